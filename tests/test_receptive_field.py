"""Receptive fields against torch's gradients, on networks small and published."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

import pytest
import torch

from archcalc.graph import Graph
from archcalc.network import load
from archcalc.receptive_field import (
    WHOLE_INPUT,
    Axis,
    ReceptiveField,
    Undefined,
    network_receptive_field,
    receptive_fields,
)
from tests.seen_by_torch import (
    RUN,
    Ends,
    Probe,
    is_inside,
    seen_around_the_middle,
    slides_evenly,
    thin,
)
from tests.spec_files import graph, spec

torch.set_num_threads(1)


def compared(expanded: Graph, name: str, *, evenly: bool) -> None:
    """Hold a node's receptive field against torch, along both axes, around its middle."""
    field = receptive_fields(expanded)[name]
    assert isinstance(field, ReceptiveField)
    runs = seen_around_the_middle(Probe(expanded), name)
    for axis, run, size in zip(field, runs, expanded.input.sizes[1:], strict=True):
        assert len(run) == RUN or not evenly
        assert is_inside(run.values(), size), "choose a larger input"
        compare_axis(axis, run, evenly=evenly)


def compare_axis(axis: Axis, run: Mapping[int, Ends], *, evenly: bool) -> None:
    """What neighbouring output positions see, each from where the field has moved to.

    Behind a layer that makes its map larger some see less, so that the field is the smallest
    interval that holds what each of them sees.
    """
    firsts = {first - o * axis.stride for o, (first, _) in run.items()}
    lasts = {last - o * axis.stride for o, (_, last) in run.items()}
    assert (min(firsts), max(lasts)) == (axis.low, axis.high)
    if evenly:
        assert (firsts, lasts) == ({axis.low}, {axis.high})


# --- small networks, worked out by hand and seen by torch -----------------------------------------


def conv(kernel_size: Any, **fields: Any) -> dict[str, Any]:
    return {"op": "conv2d", "out_channels": 2, "kernel_size": kernel_size, **fields}


def pool(kernel_size: Any, op: str = "max_pool2d", **fields: Any) -> dict[str, Any]:
    return {"op": op, "kernel_size": kernel_size, **fields}


def same(kernel_size: int, **fields: Any) -> dict[str, Any]:
    return conv(kernel_size, padding=kernel_size // 2, **fields)


def up(**fields: Any) -> dict[str, Any]:
    return {"op": "conv_transpose2d", "out_channels": 2, **fields}


HALF, THIRD = Fraction(1, 2), Fraction(1, 3)

# (height, width), each (low, size, stride) by hand.
CASES: dict[str, tuple[list[dict[str, Any]], Any]] = {
    "one": ([conv(3)], (0, 3, 1)),
    "three 3x3 are one 7x7": ([conv(3), conv(3), conv(3)], (0, 7, 1)),
    "stride": ([conv(7, stride=2, padding=3), pool(3, stride=2, padding=1)], (-5, 11, 4)),
    "after a stride a step is larger": ([pool(2), conv(5), pool(2), conv(5)], (0, 28, 4)),
    "kernel below stride": ([conv(1, stride=3), conv(2)], (0, 4, 3)),
    "dilation": ([conv(3, dilation=2), conv(3, dilation=4, padding=4)], (-4, 13, 1)),
    "dilation and stride": ([conv(3, stride=2, dilation=3), conv(2, dilation=2)], (0, 11, 2)),
    "two sides": (
        [conv([1, 7], padding=[0, 3]), conv([5, 1], stride=[2, 3], dilation=[2, 1])],
        ((0, 9, 2), (-3, 7, 3)),
    ),
    "ceil mode": ([pool(3, stride=2, ceil_mode=True), conv(3)], (0, 7, 2)),
    "means and sums": (
        [pool(3, "avg_pool2d", stride=1, padding=1, count_include_pad=False),
         pool([2, 4], "subsampling", stride=2)],
        ((-1, 4, 2), (-1, 6, 2)),
    ),
    "activations and norms see their own place": (
        [conv(3), {"op": "batch_norm"}, {"op": "relu"}, {"op": "prelu"}, {"op": "sigmoid"},
         {"op": "tanh"}, {"op": "local_response_norm", "size": 2}, {"op": "dropout", "p": 0.5},
         {"op": "softmax"}, {"op": "scale", "factor": 2}, {"op": "slice", "stop": 1}],
        (0, 3, 1),
    ),
    "padding by reflection": ([conv(5, padding=2, padding_mode="reflect")], (-2, 5, 1)),
    "uneven padding": (
        [{"op": "pad", "height": [2, 0], "width": [0, 1]}, conv(3)], ((-2, 3, 1), (0, 3, 1)),
    ),
    "crop after a stride": (
        [pool(2), {"op": "crop", "height": [3, 0], "width": [1, 2]}, conv(3)],
        ((6, 6, 2), (2, 6, 2)),
    ),
    "inception": (
        [same(3, stride=2), {"branches": {
            "1x1": conv(1), "3x3": [conv(1), same(3)], "5x5": [conv(1), same(5)],
            "pool": [pool(3, stride=1, padding=1), conv(1)],
        }, "join": "concat"}, conv(3)],
        (-5, 15, 2),
    ),
    "uneven branches": (  # columns of 1x7 and rows of 7x1: the hull is no branch's own
        [{"branches": {"a": [conv([1, 7], padding=[0, 3])],
                       "b": [{"op": "pad", "height": [4, 0]},
                             {"op": "crop", "height": [0, 4]}]}, "join": "concat"}],
        ((-4, 5, 1), (-3, 7, 1)),
    ),
    "neither branch sees it all": (
        [{"branches": {"left": [{"op": "pad", "width": [2, 0]}, {"op": "crop", "width": [0, 2]}],
                       "right": [{"op": "crop", "width": [3, 0]}, {"op": "pad", "width": [0, 3]}]},
          "join": "concat"}],
        ((0, 1, 1), (-2, 6, 1)),
    ),
    "a residual sees what its longest path sees": (
        [{"name": "start", **conv(3)}, same(3), {"op": "relu"}, {"name": "end", **same(3)},
         {"op": "add", "inputs": ["start", "end"]}],
        (-2, 7, 1),
    ),
    "a residual with a stride in both paths": (
        [{"name": "a", **same(3, stride=2)}, {"name": "b", **same(3)},
         {"name": "shortcut", **conv(1, stride=2, inputs="input")},
         {"op": "add", "inputs": ["b", "shortcut"]}],
        (-3, 7, 2),
    ),
    "dense": (
        [{"name": "x", "repeat": 3, "layers": [{"branches": {"skip": [], "new": same(3)},
                                               "join": "concat"}]}],
        (-3, 7, 1),
    ),
    "a mean and a product of paths": (
        [{"branches": {"a": [same(3)], "b": [same(5)]}, "join": "mean"},
         {"branches": {"c": [same(3)], "d": [same(1)]}, "join": "multiply"}],
        (-3, 7, 1),
    ),
    "transposed, kernel as stride": ([up(kernel_size=2, stride=2)], (-HALF, 1 + HALF, HALF)),
    "transposed, overlapping": (
        [up(kernel_size=4, stride=2, padding=1)], (-1, 1 + 3 * HALF, HALF)
    ),
    "transposed, with holes": ([up(kernel_size=2, stride=3)], (-THIRD, 1 + THIRD, THIRD)),
    "transposed, dilated": (
        [up(kernel_size=3, stride=2, dilation=[3, 1], padding=1)],
        ((-5 * HALF, 4, HALF), (-HALF, 2, HALF)),
    ),
    "transposed by one": ([up(kernel_size=3, padding=1)], (-1, 3, 1)),
    "down and up": (
        [conv(4, stride=2, padding=1), same(3), up(kernel_size=4, stride=2, padding=1)],
        (-5, 11, 1),
    ),
    "unpooled": (
        [{"name": "p", **pool(2)}, same(3), {"op": "max_unpool2d", "of": "p"}, same(3)],
        (-4, 9, 1),
    ),
    "nearest": (
        [{"op": "upsample", "scale_factor": [2, 3]}, same(3)],
        ((-1, 1 + 3 * HALF, HALF), (-1, 1 + 4 * THIRD, THIRD)),
    ),
    "bilinear": (
        [{"op": "upsample", "scale_factor": [2, 3], "mode": "bilinear"}],
        ((-1, 1 + 3 * HALF, HALF), (-1, 1 + 4 * THIRD, THIRD)),
    ),
    "bilinear, finer": (
        [{"op": "upsample", "scale_factor": [4, 5], "mode": "bilinear"}],
        ((Fraction(-5, 4), Fraction(11, 4), Fraction(1, 4)),
         (Fraction(-6, 5), Fraction(13, 5), Fraction(1, 5))),
    ),
    "u-net": (
        [{"name": "down", **same(3)}, pool(2), same(3),
         {"name": "up", **up(kernel_size=2, stride=2)},
         {"op": "concat", "inputs": ["up", "down"]}, same(3)],
        (-5, 11, 1),
    ),
}  # fmt: skip


def by_hand(figures: Any) -> ReceptiveField:
    height, width = figures if isinstance(figures[0], tuple) else (figures, figures)
    return ReceptiveField(Axis(*height), Axis(*width))


@pytest.mark.parametrize("case", CASES)
def test_small_networks(case: str) -> None:
    layers, figures = CASES[case]
    expanded = graph(spec(*layers, input=[2, 80, 72]))
    last = expanded.nodes[-1].name
    assert receptive_fields(expanded)[last] == by_hand(figures)
    compared(expanded, last, evenly=slides_evenly(expanded, last))


def undefined(*layers: dict[str, Any]) -> str:
    """The reason why the last of some layers has no receptive field."""
    expanded = graph(spec(*layers, input=[2, 24, 24]))
    seen = receptive_fields(expanded)[expanded.nodes[-1].name]
    assert isinstance(seen, Undefined)
    return seen.reason


def test_a_join_of_different_strides_has_no_single_receptive_field() -> None:
    paths = {"by two": same(3, stride=2), "by one": {"op": "crop", "height": 6, "width": 6}}
    branches = {"branches": {"a": paths["by two"], "b": paths["by one"]}, "join": "concat"}
    assert undefined(branches, same(3), {"op": "relu"}) == "joins strides 1 and 2"
    probe = Probe(graph(spec(branches, input=[2, 24, 24])))
    # 2o - 1 to 2o + 1 and 6 + o: what both span grows and shrinks along the map.
    assert [probe.sees("concat", o, o) for o in (2, 6, 9)] == [
        ((3, 8), (3, 8)), ((11, 13), (11, 13)), ((15, 19), (15, 19)),
    ]  # fmt: skip


def test_a_stride_along_the_width_alone_leaves_a_join_undefined_too() -> None:
    a = same(3, stride=[1, 3])
    b = {"op": "crop", "width": 8}
    assert undefined({"branches": {"a": a, "b": b}, "join": "add"}) == "joins strides 1 and 3"


def test_a_gate_that_stays_while_its_map_moves_leaves_a_product_undefined() -> None:
    layers = [{"name": "x", **same(3)}, {"name": "gate", **conv(24)}]
    product = {"op": "multiply", "inputs": ["x", "gate"]}
    assert undefined(*layers, product) == "joins a map and one of 1x1"
    probe = Probe(graph(spec(*layers, product, input=[2, 24, 24])))
    assert probe.sees("multiply", 3, 3) == probe.sees("multiply", 9, 20) == ((0, 23), (0, 23))


def test_a_gate_of_a_map_of_one_column_or_one_row_is_undefined_too() -> None:
    for input, kernel_size in (([2, 9, 1], [9, 1]), ([2, 1, 9], [1, 9])):
        layers = [{"name": "gate", **conv(kernel_size)},
                  {"op": "multiply", "inputs": ["input", "gate"]}]  # fmt: skip
        seen = receptive_fields(graph(spec(*layers, input=input)))["multiply"]
        assert seen == Undefined("joins a map and one of 1x1")


@pytest.mark.parametrize("stride", [10**9, [1, 10**9], [10**9, 1]])
def test_strides_that_multiply_beyond_all_use_leave_it_undefined(stride: Any) -> None:
    steps = [{**same(3, stride=stride), "padding": 10**9} for _ in range(4)]
    assert undefined(*steps) == "multiplies strides to more than 10^30"
    expanded = graph(spec(*steps[:3], input=[2, 24, 24]))
    # 1 + 2 + 2·10^9 + 2·10^18 along an axis with the strides.
    seen = receptive_fields(expanded)[expanded.nodes[-1].name]
    assert isinstance(seen, ReceptiveField)
    assert 3 + 2 * 10**9 + 2 * 10**18 in seen.size


WHOLE: dict[str, list[dict[str, Any]]] = {
    "global pooling": [same(3), {"op": "global_avg_pool2d"}],
    "linear": [same(3), {"op": "linear", "out_features": 3}, {"op": "relu"}],
    "flatten": [pool(2), {"op": "flatten"}, {"op": "linear", "out_features": 3}],
    "a join of different strides, flattened": [
        {"branches": {"a": same(3, stride=2),
                      "b": {"op": "crop", "height": [4, 0], "width": [1, 2]}}, "join": "concat"},
        {"op": "flatten"},
    ],
    "a gate": [
        {"name": "x", **same(3)}, {"op": "global_avg_pool2d"}, {"name": "gate", "op": "sigmoid"},
        {"op": "multiply", "inputs": ["x", "gate"]}, same(3),
    ],
}  # fmt: skip


@pytest.mark.parametrize("case", WHOLE)
def test_whole_input(case: str) -> None:
    expanded = graph(spec(*WHOLE[case], input=[2, 8, 6]))
    last = expanded.nodes[-1].name
    assert receptive_fields(expanded)[last] == WHOLE_INPUT
    assert Probe(expanded).sees(last, 0, 0) == ((0, 7), (0, 5))


HEAD = [{"op": "global_avg_pool2d"}, {"op": "flatten"}, {"op": "linear", "out_features": 2}]


@pytest.mark.parametrize("head", [[], HEAD, HEAD[1:], HEAD[2:], [{"op": "relu"}, *HEAD]])
def test_a_network_s_receptive_field_is_that_of_its_last_map(head: list[dict[str, Any]]) -> None:
    expanded = graph(spec(conv(3), same(5, stride=2), *head, input=[2, 24, 24]))
    assert network_receptive_field(expanded, receptive_fields(expanded)) == by_hand((-2, 7, 2))


# --- published ones -------------------------------------------------------------------------------

PUBLISHED = {  # github.com/google-research/receptive_field (Araujo et al. 2019)
    "alexnet": ("pool5", 195),
    "vgg16": ("pool5", 212),
    "resnet50": ("layer4", 483),
}


@pytest.mark.parametrize(("model", "last", "size"), [(m, *rest) for m, rest in PUBLISHED.items()])
def test_published(model: str, last: str, size: int) -> None:
    """Twice: their number, and what torch's gradient reaches in the same geometry."""
    net = load(model)
    name = [node.name for node in net if node.name.startswith(last)][-1]
    field = net.receptive_fields[name]
    assert isinstance(field, ReceptiveField)
    assert field.size == [size, size]
    side = size + 9 * int(field.height.stride)
    thinned = thin(net.graph, name, (1, side, side))
    compared(thinned, name, evenly=True)


def test_lenet5_sees_its_whole_image() -> None:
    """32x32, in torch too: the last map is one position."""
    net = load("lenet5")
    assert net.receptive_field == by_hand((0, 32, 4))  # two poolings by 2
    last = net["c5"].nodes[-1].name
    assert Probe(net.graph).sees(last, 0, 0) == ((0, 31), (0, 31))
