"""`archcalc formula`, `sweep` and `solve` over the sizes of inputs that have names."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import archcalc
from archcalc.cli import main
from archcalc.errors import ArchcalcError
from archcalc.formats import render
from archcalc.formulas.printed import FormulaPage
from archcalc.network import Network
from tests.formulas import evaluated
from tests.spec_files import spec

TOWERS = spec(
    {"name": "patches", "op": "conv2d", "inputs": "image", "out_channels": "width",
     "kernel_size": 8, "stride": 8, "bias": False},
    {"name": "words", "op": "embedding", "inputs": "ids", "num_embeddings": 50,
     "embedding_dim": "width"},
    {"name": "mixed", "op": "linear", "out_features": "width", "bias": False},
    input={"image": [3, 64, 64], "ids": [77]},
    arguments={"width": 16},
    outputs={"image": "patches", "ids": "mixed"},
)  # fmt: skip
"""Of an image 8·8·3·width weights at (height/8)·(width/8) positions; of each word width² MACs."""


@pytest.fixture
def file(tmp_path: Path) -> str:
    return saved(tmp_path, TOWERS)


def saved(folder: Path, tree: Any) -> str:
    path = folder / "towers.json"
    path.write_text(json.dumps(tree))
    return str(path)


@pytest.fixture
def net(file: str) -> Network:
    return archcalc.load(file)


def test_the_positions_of_all_inputs_are_open_unless_names_are_given(net: Network) -> None:
    found = archcalc.formula(net)
    assert found.names == ("image.height", "image.width", "ids.tokens")
    assert found["parameters"].text == str(8 * 8 * 3 * 16 + 50 * 16 + 16 * 16)
    assert found["macs"].text == "48·image.height·image.width + 256·ids.tokens"
    assert found.held == ["image.height and image.width multiples of 8", "ids.tokens from 1"]
    values = {"image.height": 32, "image.width": 128, "ids.tokens": 5}
    assert found.evaluate(**values) == evaluated(found, values)


def test_a_size_has_the_name_of_its_input_before_it(net: Network) -> None:
    """`width` is the argument, and `image.width` the size."""
    found = archcalc.formula(net, ["image.in_channels", "image.width", "width"], floors=True)
    assert found["macs"].text == "512·image.in_channels·(image.width//8)·width + 77·width²"
    assert found.held == ["image.in_channels and width from 1", "image.width from 8"]


def test_sizes_that_are_given_or_of_a_preset_are_those_of_the_form(tmp_path: Path) -> None:
    """An input can be an expression of arguments, as long as none is given instead."""
    tree = TOWERS | {
        "arguments": {"width": 16, "words": 77},
        "input": {"image": [3, 64, 64], "ids": ["words"]},
        "presets": {"small": {"input": {"image": [3, 32, 32], "ids": ["words"]}}},
    }
    net = archcalc.load(saved(tmp_path, tree))
    assert archcalc.formula(net, ["words"])["macs"].text == f"256·words + {48 * 32 * 32}"
    given = archcalc.load(saved(tmp_path, tree), input={"image": (3, 8, 16)})
    assert archcalc.formula(given, ["ids.tokens"])["macs"].text == f"256·ids.tokens + {48 * 8 * 16}"


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("image.hight", "has no size or argument 'image.hight'; did you mean 'image.height'?"),
        ("height", "has no size or argument 'height'; did you mean 'image.height'?"),
        ("ids.height", "has no size or argument 'ids.height'; it has image.in_channels, image.h"),
    ],
)
def test_a_size_that_is_not_there_is_refused(net: Network, name: str, said: str) -> None:
    with pytest.raises(ArchcalcError) as error:
        archcalc.formula(net, [name])
    assert said in str(error.value)


def test_inputs_that_have_to_agree_have_no_form_in_the_size_of_one(tmp_path: Path) -> None:
    pair = spec({"op": "add", "inputs": ["a", "b"]}, input={"a": [3, 8, 8], "b": [3, 8, 8]})
    net = archcalc.load(saved(tmp_path, pair))
    with pytest.raises(ArchcalcError, match=r"no closed form in a\.height, a size of its input"):
        archcalc.formula(net, ["a.height"])


def test_python_has_a_word_for_each_size(tmp_path: Path) -> None:
    """Whatever the input is called, and where an argument is called so too."""
    tree = json.loads(
        json.dumps(TOWERS).replace('"image"', '"2d"').replace('"width"', '"ids_tokens"')
    )
    net = archcalc.load(saved(tmp_path, tree))
    found = archcalc.formula(net, ["2d.height", "ids.tokens", "ids_tokens"])
    functions: dict[str, Any] = {}
    exec(FormulaPage(found).python(), functions)
    # height 16, 3 tokens, and a width of 5: 8·8·3·5 weights at (16/8)·(64/8) positions.
    assert functions["macs"](16, 3, 5) == 8 * 8 * 3 * 5 * 2 * 8 + 3 * 5 * 5
    assert list(functions["macs"].__annotations__) == [
        "_2d_height",
        "ids_tokens",
        "ids_tokens_",
        "return",
    ]


def test_latex_has_the_input_as_an_index(net: Network) -> None:
    latex = render(FormulaPage(archcalc.formula(net)), "latex")
    assert r"48\,h_{\mathrm{image}}\,w_{\mathrm{image}} + 256\,t_{\mathrm{ids}}" in latex


def test_a_sweep_and_solve_vary_the_same_names(net: Network) -> None:
    (block,) = archcalc.sweep(
        net, {"image.height": [8, 32], "ids.tokens": [1, 2]}, columns=["macs"]
    )
    assert block["macs"].tolist() == [48 * 64 * h + 256 * t for h in (8, 32) for t in (1, 2)]
    # 48·64·height to the next multiple of 8 below, and 77·256 of the words.
    at_most = 48 * 64 * 16 + 77 * 256
    assert archcalc.solve(net, "image.height", f"macs <= {at_most}").value == 23
    assert archcalc.solve(net, "image.height", "image.height / 3 <= 50").value == 150


def test_one_size_alike_is_of_an_input_without_a_name(net: Network) -> None:
    for vary in (
        lambda: archcalc.sweep(net, {"input": [32]}),
        lambda: archcalc.solve(net, "input", "macs < 1G"),
    ):
        with pytest.raises(ArchcalcError) as error:
            vary()
        assert str(error.value) == (
            "towers has inputs with names; what varies is one of image.in_channels, image.height, "
            "image.width, ids.tokens"
        )


def test_a_sweep_takes_the_sizes_of_named_inputs(
    file: str, capsys: pytest.CaptureFixture[str]
) -> None:
    given = "--input image=3x16x16,ids=9 --set width=1,2 --format csv"
    asked = ["sweep", file, *given.split()]
    assert main(asked) == 0
    rows = [line.split(",")[2] for line in capsys.readouterr().out.splitlines()]
    # 2·2 positions of 8·8·3·width weights, and 9 words of width² each.
    assert rows == ["macs", str(4 * 192 + 9), str(4 * 384 + 9 * 4)]
