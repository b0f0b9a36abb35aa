"""Several named inputs of a network, as every command takes and says them."""

from __future__ import annotations

import json
import pickle
from pathlib import Path
from typing import Any

import pytest
import torch

import archcalc
from archcalc.analysis.receptive_field.propagation import receptive_fields
from archcalc.analysis.receptive_field.seen import Undefined
from archcalc.cli import main
from archcalc.errors import SpecError
from tests.spec_files import graph, message, spec, warnings

PAIR = {"image": [3, 8, 8], "extra": [5]}
LAYERS = [
    {"name": "conv", "op": "conv2d", "inputs": "image", "out_channels": 2, "kernel_size": 3},
    {"name": "fc", "op": "linear", "out_features": 4},
    {"name": "both", "op": "concat", "inputs": ["fc", "extra"]},
    {"name": "out", "op": "linear", "out_features": 2},
]
FILE = spec(*LAYERS, input=PAIR)


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "pair.json"
    path.write_text(json.dumps(FILE))
    return str(path)


def test_figures_by_hand(file: str) -> None:
    net = archcalc.load(file, batch=2)
    assert net.parameters == (3 * 3 * 3 + 1) * 2 + (72 + 1) * 4 + (9 + 1) * 2
    assert net.macs == 2 * (6 * 6 * 2 * 27 + 72 * 4 + 9 * 2)
    assert net.depth == 3
    # Both inputs are there while the convolution runs: of the extra one 5 numbers of 4 bytes.
    assert net["conv"].memory_peak == 4 * 2 * (3 * 64 + 5 + 2 * 36)


def test_each_node_sees_what_it_reads(file: str) -> None:
    net = archcalc.load(file)
    assert net["conv"].receptive_field.size == [3, 3]
    assert net["fc"].receptive_field.is_whole
    assert str(net.input_of("fc")) == "image 3x8x8"
    assert str(net.input_of("out")) == str(net.input) == "image 3x8x8, extra 5"


def test_messages_name_the_inputs_that_an_op_reads() -> None:
    """Those of its own, whichever order the network has them in."""
    inputs = {"left": [3, 4, 4], "middle": [5, 4, 4], "right": [4, 4, 4]}
    join = {"op": "add", "inputs": ["middle", "left"]}
    said = "'middle' is 5x4x4, 'left' is 3x4x4; sizes must agree or be 1"
    assert message(spec(join, input=inputs)) == f"layers[0] (add): {said}"


def test_messages_name_what_is_inside_a_block_by_its_whole_path() -> None:
    unit = {"layers": [{"op": "relu"}, {"name": "c", "op": "linear", "out_features": 4}]}
    join = {"op": "add", "inputs": ["input", "u"]}
    file = spec({"name": "u", "block": "unit"}, join, blocks={"unit": unit}, input=[3])
    assert message(file) == "layers[1] (add): 'input' is 3, 'u.c' is 4; sizes must agree or be 1"
    size = {"op": "linear", "out_features": "channels(u.nothing)"}
    file = spec({"name": "u", "block": "unit"}, size, blocks={"unit": unit}, input=[3])
    assert message(file) == (
        "layers[1] (linear): out_features: channels(u.nothing): no earlier item 'u.nothing' here"
    )


def test_of_very_many_inputs_only_what_is_computed_of_one_is_followed() -> None:
    """Each of 300 inputs would be followed through a sum of 301: 90,300 steps."""
    inputs = {f"i{i}": [1, 6, 6] for i in range(300)}
    conv = {"name": "a", "op": "conv2d", "inputs": "i5", "out_channels": 1, "kernel_size": 3,
            "padding": 1}  # fmt: skip
    join = {"name": "sum", "op": "add", "inputs": ["a", *inputs]}
    seen = receptive_fields(graph(spec(conv, join, {"name": "end", "op": "relu"}, input=inputs)))
    assert seen["a"].size == [3, 3]
    said = "is computed of 300 inputs, which are not followed so far"
    assert seen["sum"] == seen["end"] == Undefined(said)


def test_maps_of_two_inputs_have_no_common_size() -> None:
    layers = [
        {"name": "a", "op": "conv2d", "inputs": "left", "out_channels": 2, "kernel_size": 3},
        {"name": "b", "op": "conv2d", "inputs": "right", "out_channels": 2, "kernel_size": 5},
        {"op": "add", "inputs": ["a", "b"]},
    ]
    net = graph(spec(*layers, input={"left": [1, 6, 6], "right": [1, 8, 8]}))
    seen = receptive_fields(net)
    assert seen["add"] == Undefined("sees 3x3 of left and 5x5 of right")
    assert seen["b"].size == [5, 5]  # type: ignore[union-attr]


def test_inputs_of_other_sizes(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert archcalc.load(file, input={"extra": (7,)}).parameters == 56 + 292 + 24
    assert main(["layers", file, "--input", "image=3x4x4,extra=1", "--no-notes"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[0] == "pair: T, image 3x4x4, extra 1, batch 1, eval mode"
    assert rows[2].split() == ["image", "3x4x4"]
    assert rows[3].split() == ["extra", "1"]


@pytest.mark.parametrize(
    ("model", "given", "input"),
    [
        ("resnet50", "288", "3x288x288"),
        ("lenet5", "36", "1x36x36"),
        ("resnet50", "96x64", "3x96x64"),
        ("fully-connected-vector", "5", "1024x5x5"),
        ("llama3-8b", "7", "7"),
    ],
)
def test_sizes_without_channels_keep_these(model: str, given: str, input: str) -> None:
    assert str(archcalc.load(f"{model}[input={given}]").input) == input
    sizes = tuple(map(int, given.split("x")))
    assert str(archcalc.load(model, input=sizes).input) == input


def test_sizes_of_a_named_input_without_channels(file: str) -> None:
    assert str(archcalc.load(file, input={"image": (6,)}).input) == "image 3x6x6, extra 5"
    assert str(archcalc.load(file, input={"image": (6, 4)}).input) == "image 3x6x4, extra 5"


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("3x4x4", "input takes sizes by name: image, extra"),
        ("imag=3x4x4", "input has no 'imag'; did you mean 'image'?"),
        ("image=3x2x2", "layers[0] 'conv' (conv2d): gets 3x2x2, smaller than its kernel"),
        ("image=3x4x4,image=3x4x4", "--input takes sizes by name once"),
        ("image=3x4x4,5", "--input takes sizes by name once"),
        ("image=8x8x3", "8x8x3 has its channels last; did you mean 3x8x8?"),
    ],
)
def test_wrong_inputs(
    file: str, given: str, problem: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["layers", file, "--input", given]) == 2
    assert problem in capsys.readouterr().err


def test_wrong_files() -> None:
    assert message(spec({"op": "relu"}, input={})) == "input: is empty"
    assert "no earlier item 'image'" in message(spec(*LAYERS))
    other = {"small": {"input": {"picture": [3, 8, 8]}}}
    said = "presets.small.input: the inputs of this file are image, extra"
    assert said in message(spec(*LAYERS, input=PAIR, presets=other))
    assert "input is one without a name here" in _refused(spec({"op": "relu"}), {"a": (1,)})
    assert warnings(spec({"op": "relu"}, input=PAIR)) == ["input.extra: nothing reads it"]
    last = "input: [32, 32, 3] has its channels last; sizes are [channels, height, width]"
    assert warnings(spec({"op": "relu"}, input=[32, 32, 3])) == [last]
    assert warnings(spec({"op": "relu"}, input=[3, 32, 32])) == []


def _refused(file: Any, input: Any) -> str:
    with pytest.raises(SpecError) as error:
        graph(file, input=input)
    return str(error.value)


def test_sizes_of_inputs_can_be_asked_and_can_be_arguments() -> None:
    keys = {"arguments": {"size": 8}, "input": {"a": [3, "size", "size"], "b": [5]}}
    fc = {"op": "linear", "inputs": "b", "out_features": "height(a)"}
    one = {"op": "relu", "inputs": "a"}
    assert graph(spec(one, fc, **keys)).nodes[1].shape == (8,)


def test_torch_takes_them_in_their_order(file: str) -> None:
    net = archcalc.load(file)
    assert archcalc.verify(net).agrees
    model = archcalc.build(net)
    assert model(torch.zeros(2, 3, 8, 8), torch.zeros(2, 5)).shape == (2, 2)
    assert pickle.loads(pickle.dumps(net)).input.sizes == PAIR


def test_programs_get_the_sizes_by_name(file: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", "--models", file, "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["input"] == PAIR
