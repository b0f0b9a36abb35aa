"""Memory against a graph worked out by hand, and against executing the same rules on tensors."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from archcalc.cli import main
from archcalc.explanation import explain
from archcalc.language.expand import expand
from archcalc.language.read import from_json
from archcalc.network import Network, load, models
from archcalc.verification import verify


def small(layers: list[dict[str, object]], input: list[int]) -> Network:
    tree = {"title": "t", "year": 2000, "source": "s", "input": input, "layers": layers}
    spec = from_json(tree, "t.json", "t")
    preset = spec.presets["t"]
    return Network("t", preset, expand(spec, preset))


def live_bytes(net: Network, bytes_per_number: int) -> dict[str, int]:
    return replace(net, bytes_per_number=bytes_per_number).live_bytes


RESIDUAL = [
    {"name": "a", "op": "conv2d", "out_channels": 4, "kernel_size": 1},
    {"name": "b", "op": "relu"},
    {"name": "c", "op": "conv2d", "out_channels": 4, "kernel_size": 1},
    {"name": "d", "op": "add", "inputs": ["a", "c"]},
    {"name": "e", "op": "max_pool2d", "kernel_size": 2},
]


def test_a_residual_graph_worked_out_by_hand() -> None:
    net = small(RESIDUAL, [2, 6, 6])
    # Numbers alive while each runs. input 2·36 = 72; a to d 4·36 = 144; e 4·9 = 36.
    by_hand = {
        "a": 72 + 144,
        "b": 144 + 144,  # the input is gone, a is needed by d
        "c": 144 + 144 + 144,  # a, b, c
        "d": 144 + 144 + 144,  # a, c, d
        "e": 144 + 36,
    }
    alive = {"a": "input a", "b": "a b", "c": "a b c", "d": "a c d", "e": "d e"}
    assert {name: " ".join(net.alive.largest(name)) for name in by_hand} == alive
    live = live_bytes(net, bytes_per_number=4)
    assert live == {name: 4 * numbers for name, numbers in by_hand.items()}
    parameters = 4 * (2 * 4 + 4 + 4 * 4 + 4)
    outputs = 4 * (4 * 144 + 36)
    assert (net.memory_parameters, net.memory_outputs, net.memory_peak) == (
        parameters, outputs, 4 * 432,
    )  # fmt: skip
    assert net.memory_inference == parameters + 4 * 432
    # The first convolution keeps its input, the relu its output, which is the next one's input, and
    # the pool its input and where it found the largest of each window, as int64.
    saved = 4 * (72 + 144 + 144) + 8 * 36
    assert net.memory_saved == saved
    assert net.memory_training == 3 * parameters + saved
    assert replace(net, optimizer="adam").memory_training == 4 * parameters + saved
    assert replace(net, optimizer="sgd").memory_training == 2 * parameters + saved


def test_what_training_keeps_behind_a_view_is_not_known() -> None:
    """A linear layer keeps a copy of a part not lying together, a norm all that it is of."""
    cut: dict[str, object] = {"name": "cut", "op": "slice", "stop": 1, "view": True}
    linear: dict[str, object] = {"op": "linear", "out_features": 3, "axis": "last"}
    net = small([{"op": "relu"}, cut, linear], [3, 2, 3])
    assert (net.memory_saved, net.memory_training) == (None, None)
    assert verify(net).agrees
    for quantity in ("memory_saved", "memory_training"):
        (working,) = explain(net, None, quantity).workings
        assert working.value is None
        assert working.reason == "not known: what is kept of cut, a slice, and behind it"


def test_a_table_says_why_training_is_not_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Behind a view of a permute, and of a network of which it is known nothing."""
    layers = [{"op": "permute", "order": [1, 0], "view": True}, {"op": "linear", "out_features": 2}]
    (tmp_path / "seen.json").write_text(json.dumps({"input": [3, 4], "layers": layers}))
    (tmp_path / "plain.json").write_text(json.dumps({"input": [3, 4], "layers": layers[1:]}))
    columns = ["--columns", "memory_training"]
    assert main(["table", f"{tmp_path}/seen.json", *columns]) == 0
    said = "seen: not known; archcalc explain --quantity memory_saved says why."
    assert said in " ".join(capsys.readouterr().out.split())
    assert main(["table", f"{tmp_path}/plain.json", *columns]) == 0
    assert "not known" not in capsys.readouterr().out


def test_views_have_the_memory_of_what_they_show() -> None:
    """A flattened map is the map; it is there until the last of both is used."""
    net = small(
        [
            {"name": "a", "op": "conv2d", "out_channels": 4, "kernel_size": 1},
            {"name": "f", "op": "flatten"},
            {"name": "g", "op": "linear", "out_features": 10},
            {"name": "h", "op": "linear", "out_features": 10},
            {"name": "j", "op": "add", "inputs": ["g", "h"]},
            {"name": "k", "op": "linear", "out_features": 1, "inputs": ["f"]},
            {"name": "l", "op": "add", "inputs": ["j", "k"]},
        ],
        [2, 3, 3],
    )
    live = live_bytes(net, bytes_per_number=1)
    # The input has 18 numbers, a 36, g, h and j 10, k 1.
    assert live == {
        "a": 18 + 36, "f": 36, "g": 36 + 10, "h": 36 + 20, "j": 36 + 30, "k": 36 + 10 + 1,
        "l": 10 + 1 + 10,
    }  # fmt: skip
    assert net["f"].memory_outputs == 0
    assert explain(net, "f", "memory_outputs").workings[0].reason.startswith("a view")


def test_training_has_the_graph_of_train_mode() -> None:
    """GoogLeNet trains with two heads more, whichever mode its table is in."""
    net, trained = load("googlenet"), load("googlenet", mode="train")
    assert trained.parameters > net.parameters
    assert net.memory_saved == trained.memory_saved
    assert net.memory_training == trained.memory_training
    assert net.memory_inference < trained.memory_inference
    assert net["inception4a"].memory_training == trained["inception4a"].memory_training


def test_an_output_that_others_read_stays_to_the_end() -> None:
    """Branches that nothing joins are outputs, each: `a`, and the end of the other path."""
    path = [
        {"name": "b", "op": "conv2d", "out_channels": 5, "kernel_size": 1},
        {"name": "c", "op": "conv2d", "out_channels": 6, "kernel_size": 1},
    ]
    net = small([RESIDUAL[0], {"branches": {"same": [], "path": path}}], [2, 3, 3])
    live = live_bytes(net, bytes_per_number=1)
    # Maps of 9: the input has 2 of them, a 4, b 5, c 6.
    assert live == {"a": 9 * (2 + 4), "path.b": 9 * (4 + 5), "path.c": 9 * (4 + 5 + 6)}


def test_arithmetic_intensity_by_hand() -> None:
    net = small(RESIDUAL[:1], [2, 6, 6])
    # 6·6·4 outputs of 2 multiply-adds; 12 parameters, 72 numbers in, 144 out, 4 bytes each.
    assert net.macs == 288
    assert net.arithmetic_intensity == Fraction(288, 4 * (12 + 72 + 144))


LOOKUP = {"op": "embedding", "num_embeddings": 50, "embedding_dim": 6}
TABLE = {"name": "table", "op": "parameter", "shape": [8, 8, 4]}


@pytest.mark.parametrize(
    ("layers", "input", "moved"),
    [
        # A row of 6 for each of 9 numbers, which are read, and 9·6 outputs.
        ([LOOKUP], [9], 9 * 6 + 9 + 9 * 6),
        # No more than the table has: 50 rows for 70 numbers.
        ([LOOKUP], [70], 50 * 6 + 70 + 70 * 6),
        ([{"op": "slice", "axis": 0, "stop": 2}], [9, 6], 2 * 6 + 2 * 6),
        ([{"op": "slice", "axis": 0, "stop": 2, "view": True}], [9, 6], 0),
        ([{"op": "crop", "height": 1, "width": 2}], [3, 9, 9], 2 * 3 * 7 * 5),
        ([{"op": "flatten"}], [3, 9, 9], 0),
        ([{"op": "reshape", "shape": [9, 27]}], [3, 9, 9], 0),
        ([{"op": "permute", "order": [1, 0]}], [9, 6], 2 * 9 * 6),
        # Of its input it takes no values: the table, and a copy of it.
        ([TABLE], [3, 9, 9], 2 * 8 * 8 * 4),
    ],
)
def test_what_is_not_read_is_not_moved(
    layers: list[dict[str, object]], input: list[int], moved: int
) -> None:
    assert small(layers, input).moved_bytes == 4 * moved


def test_a_layer_that_uses_anothers_weights_reads_them() -> None:
    net = load("zfnet-deconv")
    # 384x13x13 and 256x13x13, 4 bytes each, and a 3x3 kernel between them; conv3 has biases too.
    maps, kernel, biases = 4 * (384 + 256) * 13 * 13, 4 * 3 * 3 * 384 * 256, 4 * 384
    assert net["forward.conv3"].moved_bytes == maps + kernel + biases
    assert net["back.filter3"].moved_bytes == maps + kernel
    assert net["back.filter3"].parameters == 0
    (explained,) = explain(net, "back.filter3", "moved_bytes").workings
    assert explained.value == net["back.filter3"].moved_bytes


@pytest.mark.parametrize("model", models())
def test_replaying_the_execution_gives_the_same_peak(model: str) -> None:
    """A second way to the peak: hold outputs, drop each once all its readers have run."""
    net = load(model)
    owner = {name: name for name in net.graph.inputs}
    for node in net.layers:
        shown = node.op.is_view(*node.input_shapes)
        owner[node.name] = owner[node.inputs[0]] if shown else node.name
    readers: dict[str, int] = {}
    for node in net.layers:
        for name in {owner[name] for name in node.inputs}:
            readers[name] = readers.get(name, 0) + 1
    for name in {owner[name] for name in net.graph.outputs}:
        readers[name] = readers.get(name, 0) + 1  # whoever asked for the result
    held = {name: shape.elements for name, shape in net.graph.inputs.items()}
    peak = 0
    for node in net.layers:
        if owner[node.name] == node.name:
            held[node.name] = node.shape.elements
        peak = max(peak, sum(held.values()))
        for name in {owner[name] for name in node.inputs}:
            readers[name] -= 1
            if not readers[name]:
                del held[name]
    assert net.memory_peak == 4 * peak
    assert set(held) == {owner[name] for name in net.graph.outputs}


def test_batch_scales_outputs_and_not_parameters() -> None:
    one, four = load("lenet5"), load("lenet5", batch=4, bytes_per_number=2)
    assert four.memory_parameters * 2 == one.memory_parameters == 240_000
    assert four.memory_peak * 2 == 4 * one.memory_peak
