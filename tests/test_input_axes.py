"""What the axes of an input are called by what reads it, and the sizes given without channels."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import archcalc
from archcalc.analysis.input_axes import axes_of_input
from archcalc.cli import main
from archcalc.errors import ArchcalcError
from tests.spec_files import RELU, Tree, graph, spec

CONV = {"op": "conv1d", "out_channels": 8, "kernel_size": 3, "stride": 2, "bias": False}
LINEAR = {"op": "linear", "out_features": 4, "bias": False}
EMBED = {"op": "embedding", "num_embeddings": 50, "embedding_dim": 6}
TURN = {"op": "permute", "order": [1, 0]}

CHANNELS_FIRST = ("in_channels", "length")
TOKENS_FIRST = ("tokens", "in_features")


@pytest.mark.parametrize(
    ("layers", "input", "axes"),
    [
        ([CONV], [2, 30], CHANNELS_FIRST),
        ([RELU, {"op": "batch_norm"}, CONV], [2, 30], CHANNELS_FIRST),
        ([{"op": "max_pool1d", "kernel_size": 2}, TURN, LINEAR], [2, 30], CHANNELS_FIRST),
        ([{"op": "conv_transpose1d", "out_channels": 3, "kernel_size": 2}], [2, 30],
         CHANNELS_FIRST),
        ([{"op": "pad", "length": 1}, {"op": "batch_norm"}], [2, 30], CHANNELS_FIRST),
        ([{"op": "global_avg_pool1d"}], [2, 30], CHANNELS_FIRST),
        ([CONV | {"axis": 0}], [30, 2], TOKENS_FIRST),
        ([RELU, LINEAR], [30, 2], TOKENS_FIRST),
        ([{"op": "layer_norm"}, {"op": "lstm", "hidden_size": 3}], [30, 2], TOKENS_FIRST),
        ([{"op": "multihead_attention", "num_heads": 1}], [30, 2], TOKENS_FIRST),
        ([TURN, CONV], [30, 2], TOKENS_FIRST),
        ([TURN, CONV], [30, 30], TOKENS_FIRST),
        ([EMBED, CONV], [30], ("tokens",)),
        ([RELU, LINEAR], [30], ("in_features",)),
        ([RELU], [3, 8, 8], ("in_channels", "height", "width")),
        ([RELU], [3, 4, 8, 8], ("in_channels", "frames", "height", "width")),
    ],
)  # fmt: skip
def test_axes_by_what_reads_them(layers: list[Tree], input: list[int], axes: Any) -> None:
    assert axes_of_input(graph(spec(*layers, input=input))) == axes


@pytest.fixture
def signal(tmp_path: Path) -> str:
    """A convolution of 2 channels: 2·3·8 weights, at (length - 3)//2 + 1 positions."""
    return saved(tmp_path / "signal.json", spec(CONV, input=[2, 31]))


def saved(path: Path, tree: Tree) -> str:
    path.write_text(json.dumps(tree))
    return str(path)


def test_the_length_of_a_signal_keeps_its_channels(signal: str, tmp_path: Path) -> None:
    assert [archcalc.load(signal, input=n).macs for n in (31, 11)] == [15 * 48, 5 * 48]
    assert str(archcalc.load(f"{signal}[input=11]").input) == "2x11"
    tokens = saved(tmp_path / "tokens.json", spec(LINEAR, input=[31, 2]))
    assert str(archcalc.load(tokens, input=11).input) == "11x2"
    pair = {"a": [2, 31], "b": [31, 2]}
    layers = [CONV | {"name": "c", "inputs": "a"}, LINEAR | {"name": "l", "inputs": "b"}]
    both = spec(*layers, input=pair, outputs={"c": "c", "l": "l"})
    named = archcalc.load(saved(tmp_path / "both.json", both), input={"a": 11, "b": (11,)})
    assert str(named.input) == "a 2x11, b 11x2"


def test_sweeps_and_formulas_vary_the_length_of_a_signal(signal: str) -> None:
    net = archcalc.load(signal)
    (block,) = archcalc.sweep(net, {"input": [11, 31]}, columns=["parameters", "macs"])
    assert block["parameters"].tolist() == [48, 48]
    assert block["macs"].tolist() == [5 * 48, 15 * 48]
    found = archcalc.formula(net)
    assert str(found["macs"]) == "24·length - 24"
    assert found.held == ["length 1 more than a multiple of 2, from 3"]
    assert archcalc.solve(net, "length", "macs <= 240").answer["length"] == 12


def test_a_formula_opens_the_tokens_of_a_language_model() -> None:
    """12 blocks of 12·768² weights a token, and 2·768 products for each pair of tokens."""
    (layers, width), words = (12, 768), 50257
    each = layers * 12 * width**2 + words * width
    expected = f"{layers * 2 * width}·input_tokens² + {each}·input_tokens"
    assert str(archcalc.formula(archcalc.load("gpt2"))["macs"]) == expected


@pytest.mark.parametrize("model", ["bert-base", "gpt2", "llama3-8b"])
def test_fewer_tokens_are_given_as_the_input_or_as_the_argument(model: str) -> None:
    assert archcalc.load(model, input=128).macs == archcalc.load(model, tokens=128).macs


@pytest.mark.parametrize(
    ("input", "layers", "said"),
    [
        ([30], [LINEAR], "x has no input with positions: open says what stays open, of "
         "in_features, batch"),
        ({"a": [30]}, [LINEAR | {"inputs": "a"}],
         "x has no input with positions: open says what stays open, of a.in_features, batch"),
    ],
)  # fmt: skip
def test_a_formula_asks_what_to_open_where_nothing_is_meant(
    input: Any, layers: list[Tree], said: str, tmp_path: Path
) -> None:
    net = archcalc.load(saved(tmp_path / "x.json", spec(*layers, input=input)))
    with pytest.raises(ArchcalcError) as error:
        archcalc.formula(net)
    assert str(error.value) == said


def test_the_only_size_of_a_vector_is_swept(tmp_path: Path) -> None:
    net = archcalc.load(saved(tmp_path / "x.json", spec(LINEAR, input=[30])))
    (block,) = archcalc.sweep(net, {"input": [7, 30]}, columns=["macs"])
    assert block["macs"].tolist() == [28, 120]


@pytest.mark.parametrize(
    ("given", "input"),
    [
        ("3x32x48", "3x32x48"),
        ("32x48", "3x32x48"),
        (32, "3x32x32"),
        ("32:float16", "3x32x32"),
    ],
)
def test_load_takes_sizes_as_commands_do(given: Any, input: str) -> None:
    assert str(archcalc.load("resnet50", input=given).input) == input


def test_the_type_of_an_input_changes_nothing_of_a_spec(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A torch module beside it needs the type, so that one --input is for both."""
    code = tmp_path / "own.py"
    code.write_text("import torch\nNet = lambda: torch.nn.Embedding(50, 6)\n")
    file = saved(tmp_path / "own.json", spec(EMBED, input=[9]))
    given = ["--against", f"{code}:Net", "--input", "20:int64"]
    assert main(["verify", file, *given]) == 0
    assert main(["table", file, "--input", "20:int63"]) == 2
    said = "input takes sizes, such as 3x224x224 or 77:int64; got '20:int63'"
    assert said in capsys.readouterr().err
