"""Expressions that ask for the sizes of earlier items."""

from __future__ import annotations

from typing import Any

import pytest

from tests.spec_files import RELU, block, channels, conv, graph, message, point, relu, spec

POOL = {"op": "max_pool2d", "kernel_size": 2}


def test_a_join_can_ask_for_the_block_s_own_input() -> None:
    """MobileNetV2 adds where nothing changes; the join's own first input is the last norm."""
    unit = block(
        point("out", name="project"),
        {"op": "add", "inputs": ["project", "input"], "when": "channels(input) == out"},
        arguments={"out": None},
    )
    items = [{"name": name, "block": "unit", "out": out} for name, out in (("a", 5), ("b", 5))]
    expanded = graph(spec(*items, blocks={"unit": unit}))
    assert [node.name for node in expanded.nodes] == ["a.project", "b.project", "b.add"]


def test_a_crop_to_the_size_of_another_map() -> None:
    """U-Net's: what is carried over is 4 rows larger on each side than what comes up."""
    cut = "(height(down.convs) - height(up)) / 2"
    expanded = graph(
        spec(
            {"name": "down", "layers": [conv(name="convs"), POOL]},
            conv(name="bottom", kernel_size=5),
            {"name": "up", "op": "upsample", "scale_factor": 2},
            {"name": "crop", "op": "crop", "inputs": "down.convs", "height": cut, "width": cut},
            {"op": "concat", "inputs": ["crop", "up"]},
        )
    )
    assert [str(node.shape) for node in expanded.nodes[-2:]] == ["8x22x22", "16x22x22"]


def test_sizes_are_sought_from_the_inside_out_and_into_blocks_and_copies() -> None:
    inner = {"name": "g", "layers": [point(4, name="a"), point("channels(a) + 1", name="b")]}
    assert channels(point(2, name="a"), inner, point("channels(a)", name="c")) == [2, 4, 5, 2]
    unit = block(point(6, name="x"), point(7, name="y"))
    copies = {"name": "u", "block": "unit", "repeat": 2}
    last = point("channels(u.0.x) + channels(u.1)", name="last")
    assert channels(copies, last, blocks={"unit": unit}) == [6, 7, 6, 7, 13]


def test_branches_can_have_names_that_begin_with_a_digit() -> None:
    branches = {"name": "m", "branches": {"1x1": [point(4, name="c")], "x": []}, "join": "concat"}
    assert channels(branches, point("2 * channels(m.1x1.c)")) == [4, 7, 8]


def test_each_repetition_asks_anew() -> None:
    layers = [point("channels(input) + index", name="a"), point("2 * channels(a)", name="b")]
    item = {"name": "p", "repeat": 3, "layers": layers}
    assert channels(item) == [3, 6, 4, 8, 5, 10]


def test_of_what_a_block_is_given_and_of_a_repetition() -> None:
    unit = block(*[point("n")], arguments={"n": None})
    use = {"name": "u", "block": "unit", "n": "channels(a) * 2", "repeat": "channels(a)"}
    assert channels(point(2, name="a"), use, blocks={"unit": unit}) == [2, 4, 4]


def test_sizes_of_sequences_and_vectors() -> None:
    expanded = graph(spec(relu("a"), relu("b", when="tokens(a) == 7 and features(a) == 5"),
                          input=[7, 5]))  # fmt: skip
    assert len(expanded.nodes) == 2
    vector = graph(spec(relu("a"), relu("b", when="channels(a) == 7"), input=[7]))
    assert len(vector.nodes) == 2


@pytest.mark.parametrize(
    ("items", "said"),
    [
        (
            [point("channels(b)")],
            "layers[0] (conv2d): out_channels takes a whole number of at least 1: "
            "channels(b): no earlier item 'b'",
        ),
        (
            [relu("conv1"), point("channels(conv_1)")],
            "layers[1] (conv2d): out_channels takes a whole number of at least 1: "
            "channels(conv_1): no earlier item 'conv_1'; did you mean 'conv1'?",
        ),
        (
            [{"op": "flatten", "name": "f"}, {**RELU, "when": "height(f)"}],
            "layers[1] (relu): height(f): 'f' is 3072, without height",
        ),
        (
            [{"name": "m", "branches": {"a": [RELU], "b": []}}, {"op": "concat"},
             point("channels(m)")],
            "layers[2] (conv2d): out_channels: channels(m): 'm' is 2 outputs",
        ),
        (
            [relu("a", repeat=1), point("channels(a.1)")],
            "layers[1] (conv2d): out_channels: channels(a.1): no earlier item 'a.1' here",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_size(items: list[Any], said: str) -> None:
    assert message(spec(*items)) == said


def test_arguments_see_no_items() -> None:
    file = spec(RELU, arguments={"n": "channels(input)"})
    assert message(file) == "arguments.n: channels(input): no earlier item 'input'"
