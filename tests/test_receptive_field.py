"""Receptive fields against torch's gradients, on networks small and published."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import pytest
import torch

from archcalc.graph import Graph
from archcalc.network import Network, load
from archcalc.ops.activation import Relu
from archcalc.ops.window import Moved
from archcalc.receptive_field.axis import Axis, Places, Strands
from archcalc.receptive_field.of_network import by_output, network_receptive_field
from archcalc.receptive_field.propagation import receptive_fields
from archcalc.receptive_field.seen import ReceptiveField, Seen, Undefined
from archcalc.shape import Shape
from tests.seen_by_torch import RUN, Probe, around_the_middle, compare, thin
from tests.spec_files import graph, spec

torch.set_num_threads(1)


def compare_all(expanded: Graph, name: str, margin: int = 1) -> None:
    """Hold what each row and each column of a node sees against torch: exactly where it is inside
    the input, and nothing else near its borders."""
    field = receptive_fields(expanded)[name]
    assert isinstance(field, ReceptiveField)
    probe = Probe(expanded)
    for i, (axis, size) in enumerate(zip(field.axes, field.input, strict=True)):
        assert not isinstance(axis, Strands)
        compared = compare(axis.at, probe.lines(name, i), size, margin)
        assert compared >= period(axis), "choose a larger input"


def period(axis: Axis | Places) -> int:
    return len(axis.lows) if isinstance(axis, Places) else 1


# --- small networks, worked out by hand and seen by torch -----------------------------------------


def conv(kernel_size: Any, **fields: Any) -> dict[str, Any]:
    return {"op": "conv2d", "out_channels": 2, "kernel_size": kernel_size, **fields}


def pool(kernel_size: Any, op: str = "max_pool2d", **fields: Any) -> dict[str, Any]:
    return {"op": op, "kernel_size": kernel_size, **fields}


def same(kernel_size: int, **fields: Any) -> dict[str, Any]:
    return conv(kernel_size, padding=kernel_size // 2, **fields)


def up(**fields: Any) -> dict[str, Any]:
    return {"op": "conv_transpose2d", "out_channels": 2, **fields}


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
    "transposed by one": ([up(kernel_size=3, padding=1)], (-1, 3, 1)),
    "as large as it was": ([{"op": "upsample", "scale_factor": 1, "mode": "bilinear"}], (0, 1, 1)),
    # The skip alone sees more than the three copies of a window of three rows.
    "a skip that sees more": (
        [{"name": "down", **same(7)}, pool(3, inputs="input"),
         {"name": "up", "op": "upsample", "scale_factor": 3},
         {"op": "crop", "inputs": "down", "height": [0, 2], "name": "cut"},
         {"op": "concat", "inputs": ["up", "cut"]}],
        (-3, 7, 1),
    ),
    "up and down": (
        [{"op": "upsample", "scale_factor": 2}, pool(3, stride=2, padding=1), same(3)], (-2, 4, 1)
    ),
}  # fmt: skip


def by_hand(figures: Any, input: tuple[int, int] = (80, 72)) -> ReceptiveField:
    height, width = figures if isinstance(figures[0], tuple) else (figures, figures)
    axes = tuple(Axis(size, stride, padding=-low) for low, size, stride in (height, width))
    return ReceptiveField(axes, input)


@pytest.mark.parametrize("case", CASES)
def test_small_networks(case: str) -> None:
    layers, figures = CASES[case]
    expanded = graph(spec(*layers, input=[2, 80, 72]))
    last = expanded.nodes[-1].name
    assert receptive_fields(expanded)[last] == by_hand(figures)
    compare_all(expanded, last)


# Places(lows, highs, shift): what each output position of a period sees.
BY_PLACE: dict[str, tuple[list[dict[str, Any]], Any]] = {
    # o reads i where o = 2i + k, k < 2: each input makes two outputs.
    "kernel as stride": ([up(kernel_size=2, stride=2)], Places((0, 0), (0, 0), 1)),
    # o = 2i - 1 + k, k < 4: output 0 reads inputs -1 and 0, output 1 inputs 0 and 1.
    "overlapping": ([up(kernel_size=4, stride=2, padding=1)], Places((-1, 0), (0, 1), 1)),
    # o = 2i + k, k < 3: even outputs read two inputs, odd ones one.
    "uneven": ([up(kernel_size=3, stride=2)], Places((-1, 0), (0, 0), 1)),
    # o = 3i + k, k < 2: every third output reads nothing.
    "with holes": (
        [up(kernel_size=2, stride=3)], Places((0, 0, None), (0, 0, None), 1)
    ),
    # o = 2i - 1 + 3k, k < 3, along the height: output 0 reads i = (1 - 3)/2, output 1
    # i = (2 - 6)/2 and i = 2/2.
    "dilated": (
        [up(kernel_size=3, stride=2, dilation=[3, 1], padding=1)],
        (Places((-1, -2), (-1, 1), 1), Places((0, 0), (0, 1), 1)),
    ),
    "nearest": (
        [{"op": "upsample", "scale_factor": [2, 4]}],
        (Places((0, 0), (0, 0), 1), Places((0,) * 4, (0,) * 4, 1)),
    ),
    # A row of 3 reads 2 copies of one input and 1 of the next one.
    "nearest, then 3x3": (
        [{"op": "upsample", "scale_factor": 2}, same(3)], Places((-1, 0), (0, 1), 1)
    ),
    # Output o is between the inputs around (o + 1/2)/2 - 1/2; by 3, the middle one is copied.
    "bilinear": (
        [{"op": "upsample", "scale_factor": [2, 3], "mode": "bilinear"}],
        (Places((-1, 0), (0, 1), 1), Places((-1, 0, 0), (0, 0, 1), 1)),
    ),
    # Outputs 0 and 1 come from the one window of inputs 0 and 1.
    "2x2 pool and back": ([pool(2), up(kernel_size=2, stride=2)], Places((0, 0), (1, 1), 2)),
    "two pools and two nearest": (
        [pool(2), pool(2), {"op": "upsample", "scale_factor": 2},
         {"op": "upsample", "scale_factor": 2}],
        Places((0,) * 4, (3,) * 4, 4),
    ),
    # Unpooled, outputs 0 and 1 are of window 0, which sees rows -2 to 3 (3x3 over windows -1 to 1).
    "unpooled": (
        [{"name": "p", **pool(2)}, same(3), {"op": "max_unpool2d", "of": "p"}],
        Places((-2, -2), (3, 3), 2),
    ),
    # The skip sees 3 rows from o - 1 on, what comes back up 8: rows -3 to 4 of outputs 0 and 1.
    "a skip from before a pool": (
        [{"name": "down", **same(3)}, pool(2), same(3),
         {"name": "up", **up(kernel_size=2, stride=2)},
         {"op": "concat", "inputs": ["up", "down"]}],
        Places((-3, -3), (4, 4), 2),
    ),
    # Output 0 reads -1 to 1, the first of which is of the window before.
    "u-net": (
        [{"name": "down", **same(3)}, pool(2), same(3),
         {"name": "up", **up(kernel_size=2, stride=2)},
         {"op": "concat", "inputs": ["up", "down"]}, same(3)],
        Places((-5, -3), (4, 6), 2),
    ),
    # Periods of 2 and 3 in one join: 6.
    "two periods": (
        [{"name": "a", **pool(2)}, {"name": "b", "op": "upsample", "scale_factor": 2},
         {"name": "c", **pool(3, inputs="input")},
         {"name": "d", "op": "upsample", "scale_factor": 3},
         {"op": "crop", "inputs": "b", "height": [0, 2], "name": "cut"},
         {"op": "concat", "inputs": ["cut", "d"]}],
        Places((0, 0, 0, 2, 3, 3), (2, 2, 3, 5, 5, 5), 6),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", BY_PLACE)
def test_what_is_seen_behind_a_layer_that_makes_a_map_larger(case: str) -> None:
    layers, by_place = BY_PLACE[case]
    height, width = by_place if isinstance(by_place[0], Places) else (by_place, by_place)
    expanded = graph(spec(*layers, input=[2, 80, 72]))
    last = expanded.nodes[-1].name
    assert receptive_fields(expanded)[last] == ReceptiveField((height, width), (80, 72))
    compare_all(expanded, last, margin=4)


def test_the_largest_and_the_smallest_that_outputs_see() -> None:
    expanded = graph(spec(up(kernel_size=3, stride=[2, 5]), input=[2, 9, 9]))
    field = receptive_fields(expanded)["conv_transpose2d"]
    assert isinstance(field, ReceptiveField)
    assert (field.size, field.smallest) == ([2, 1], [1, 0])  # of five columns two see nothing
    assert field.stride == [Fraction(1, 2), Fraction(1, 5)]


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


def test_a_gate_that_sees_a_part_of_the_input_leaves_a_product_undefined() -> None:
    layers = [
        {"name": "x", **same(3)},
        {"name": "part", "op": "crop", "height": [0, 20], "width": [0, 20]},
        {"name": "gate", "op": "global_avg_pool2d"},
    ]
    product = {"op": "multiply", "inputs": ["x", "gate"]}
    assert undefined(*layers, product).startswith("joins a map and a gate that sees only a part")
    # Rows 0 to 4 in the gate, and o - 1 to o + 1.
    probe = Probe(graph(spec(*layers, product, input=[2, 24, 24])))
    assert [probe.sees("multiply", o, o) for o in (3, 9)] == [((0, 4),) * 2, ((0, 10),) * 2]


@pytest.mark.parametrize("stride", [10**9, [1, 10**9], [10**9, 1]])
def test_strides_that_multiply_beyond_all_use_leave_it_undefined(stride: Any) -> None:
    steps = [{**same(3, stride=stride), "padding": 10**9} for _ in range(4)]
    assert undefined(*steps) == "multiplies strides to more than 10^30"
    expanded = graph(spec(*steps[:3], input=[2, 24, 24]))
    # 1 + 2 + 2·10^9 + 2·10^18 along an axis with the strides.
    seen = receptive_fields(expanded)[expanded.nodes[-1].name]
    assert isinstance(seen, ReceptiveField)
    assert 3 + 2 * 10**9 + 2 * 10**18 in seen.size


@pytest.mark.parametrize(
    ("factors", "reason"),
    [
        ([1500], "repeats only after 1500 positions"),
        ([32, 33], "repeats only after 1056 positions"),
    ],
)
def test_periods_that_multiply_beyond_all_use_leave_it_undefined(
    factors: list[int], reason: str
) -> None:
    """A file of a few words can ask for any period; nothing is worked out for one of a thousand."""
    steps = [{"op": "upsample", "scale_factor": factor} for factor in factors]
    assert undefined(*steps) == f"sees what {reason}"
    assert undefined(*steps, {"op": "relu"}) == f"sees what {reason}"


def test_the_work_for_one_network_is_bounded() -> None:
    layers = [{"op": "upsample", "scale_factor": 64}, *[same(3) for _ in range(9000)]]
    expanded = graph(spec(*layers, input=[2, 1, 1]))
    reasons = {s.reason for s in receptive_fields(expanded).values() if isinstance(s, Undefined)}
    assert reasons == {"sees what repeats over too many positions to work out"}


def double(name: str, padding: int, **fields: Any) -> dict[str, Any]:
    """Two 3x3 convolutions, as U-Net and hourglass networks have at every level."""
    first = conv(3, padding=padding, **fields)
    return {"name": name, "layers": [first, conv(3, padding=padding)]}


def unet() -> list[dict[str, Any]]:
    """Ronneberger et al. 2015, figure 1: four levels, and crops of 4, 16, 40 and 88."""
    layers = []
    for level in range(1, 5):
        layers += [double(f"down{level}", 0), pool(2)]
    layers.append(double("bottom", 0))
    for level, cut in ((4, 4), (3, 16), (2, 40), (1, 88)):
        skip, back = f"skip{level}", f"up{level}"
        layers += [
            {"name": back, **up(kernel_size=2, stride=2)},
            {"name": skip, "op": "crop", "inputs": f"down{level}", "height": cut, "width": cut},
            {"op": "concat", "inputs": [skip, back]}, double(f"again{level}", 0),
        ]  # fmt: skip
    return layers


def hourglass(levels: int) -> list[dict[str, Any]]:
    """Newell et al. 2016, with one 3x3 convolution where they have a residual module."""
    inner = hourglass(levels - 1) if levels > 1 else []
    low = [pool(2), same(3), *inner, same(3), {"op": "upsample", "scale_factor": 2}]
    return [
        {"name": f"skip{levels}", "layers": [same(3)]},
        {"name": f"low{levels}", "inputs": -2, "layers": low},
        {"op": "add", "inputs": [f"skip{levels}", f"low{levels}"]},
    ]


@pytest.mark.parametrize(
    ("layers", "side", "smallest", "largest"),
    [(unet(), 572, 188, 204), (hourglass(4), 256, 124, 140)],
    ids=["unet", "hourglass"],
)
def test_networks_that_go_down_and_up(
    layers: list[dict[str, Any]], side: int, smallest: int, largest: int
) -> None:
    expanded = graph(spec(*layers, input=[1, side, side]))
    last = expanded.nodes[-1].name
    field = receptive_fields(expanded)[last]
    assert isinstance(field, ReceptiveField)
    assert (field.smallest, field.size) == ([smallest] * 2, [largest] * 2)
    assert field.stride == [1, 1]
    runs = around_the_middle(Probe(expanded), last, 16)
    for axis, run in zip(field.known, runs, strict=True):
        assert run == {o: axis.at(o) for o in run}
        assert {end - start + 1 for start, end in run.values()} >= {smallest, largest}


# --- the whole input ------------------------------------------------------------------------------

GLOBAL = {"op": "global_avg_pool2d"}
GATED = {"op": "multiply", "inputs": ["x", "gate"]}
X = {"name": "x", **same(3)}

WHOLE: dict[str, list[dict[str, Any]]] = {
    "global pooling": [same(3), GLOBAL],
    "an average over the whole map": [same(3), pool([8, 6], "avg_pool2d")],
    "linear": [same(3), {"op": "linear", "out_features": 3}, {"op": "relu"}],
    "flatten": [pool(2), {"op": "flatten"}, {"op": "linear", "out_features": 3}],
    "a join of different strides, flattened": [
        {"branches": {"a": same(3, stride=2),
                      "b": {"op": "crop", "height": [4, 0], "width": [1, 2]}}, "join": "concat"},
        {"op": "flatten"},
    ],
    "a gate": [X, GLOBAL, {"name": "gate", "op": "sigmoid"}, GATED, same(3)],
    "a gate through a convolution": [X, {"name": "gate", **conv([8, 6])}, GATED, same(3)],
    "a gate through a pooling": [
        X, {"op": "max_pool2d", "kernel_size": [8, 6]}, {"name": "gate", "op": "relu"}, GATED
    ],
    "pooled and made as large again": [
        X, GLOBAL, {"name": "up", "op": "upsample", "scale_factor": [8, 6]},
        {"op": "concat", "inputs": ["x", "up"]}, same(3),
    ],
    "pooled by a window and made as large again": [
        X, {"op": "max_pool2d", "kernel_size": [8, 6]},
        {"name": "up", "op": "upsample", "scale_factor": [8, 6], "mode": "bilinear"},
        {"op": "concat", "inputs": ["x", "up"]},
    ],
    "a gate behind a gate": [
        X, {"name": "gate", **GLOBAL}, {"name": "y", **GATED}, {"name": "gate2", **GLOBAL},
        {"op": "multiply", "inputs": ["y", "gate2"]},
    ],
}  # fmt: skip


@pytest.mark.parametrize("case", WHOLE)
def test_whole_input(case: str) -> None:
    expanded = graph(spec(*WHOLE[case], input=[2, 8, 6]))
    last = expanded.nodes[-1]
    seen = receptive_fields(expanded)[last.name]
    assert isinstance(seen, ReceptiveField)
    assert seen.is_whole
    assert (seen.size, seen.smallest, seen.stride) == ([8, 6], [8, 6], [0, 0])
    probe = Probe(expanded)
    whole = ((0, 7), (0, 5))
    assert probe.sees(last.name, 0, 0) == whole
    if last.shape.is_map:
        corner = last.shape.height - 1, last.shape.width - 1
        assert probe.sees(last.name, *corner) == whole


def test_what_is_cropped_away_before_global_pooling_is_not_seen() -> None:
    layers = [{"op": "crop", "height": [3, 1], "width": 2}, GLOBAL]
    expanded = graph(spec(*layers, input=[2, 8, 6]))
    seen = receptive_fields(expanded)["global_avg_pool2d"]
    assert isinstance(seen, ReceptiveField)
    assert not seen.is_whole
    assert seen.size == [4, 2]
    assert Probe(expanded).sees("global_avg_pool2d", 0, 0) == ((3, 6), (2, 3))


def test_a_gate_of_a_map_of_one_column_or_one_row_sees_it_all_too() -> None:
    for input, kernel_size in (([2, 9, 1], [9, 1]), ([2, 1, 9], [1, 9])):
        layers = [{"name": "gate", **conv(kernel_size)},
                  {"op": "multiply", "inputs": ["input", "gate"]}]  # fmt: skip
        seen = receptive_fields(graph(spec(*layers, input=input)))["multiply"]
        assert isinstance(seen, ReceptiveField)
        assert seen.is_whole


@pytest.mark.parametrize("layers", [[{"op": "linear", "out_features": 3}], [{"op": "relu"}]])
def test_of_a_vector_everything_sees_the_whole(layers: list[dict[str, Any]]) -> None:
    expanded = graph(spec(*layers, input=[784]))
    table = receptive_fields(expanded)
    seen = network_receptive_field(expanded, table)
    assert isinstance(seen, ReceptiveField)
    assert seen.is_whole


class Rolled(Relu):
    """An op that moves values to other places, as a reshaped or a permuted map has them."""

    def window(self, *inputs: Shape) -> Moved:
        return Moved("moves positions")


def test_what_moves_positions_leaves_a_receptive_field_undefined_until_all_is_seen() -> None:
    expanded = graph(spec(same(3), {"op": "relu"}, same(3), GLOBAL, {"op": "sigmoid"}))
    rolled = {"relu": Rolled(), "sigmoid": Rolled()}
    nodes = [node._replace(op=rolled.get(node.name, node.op)) for node in expanded.nodes]
    table = receptive_fields(dataclasses.replace(expanded, nodes=tuple(nodes)))
    assert [reason(table[node.name]) for node in nodes] == [
        "", "moves positions", "moves positions", "", "",
    ]  # fmt: skip
    for name in ("global_avg_pool2d", "sigmoid"):
        seen = table[name]
        assert isinstance(seen, ReceptiveField)
        assert seen.is_whole


def reason(seen: Seen) -> str:
    return seen.reason if isinstance(seen, Undefined) else ""


# --- the one figure of a network ------------------------------------------------------------------

HEAD = [GLOBAL, {"op": "flatten"}, {"op": "linear", "out_features": 2}]


def of_network(*layers: dict[str, Any], input: Sequence[int] = (2, 24, 24)) -> Seen:
    expanded = graph(spec(*layers, input=list(input)))
    return network_receptive_field(expanded, receptive_fields(expanded))


@pytest.mark.parametrize(
    "head",
    [[], HEAD, HEAD[1:], HEAD[2:], [{"op": "relu"}, *HEAD], [pool(11, "avg_pool2d"), *HEAD[1:]]],
)
def test_a_network_s_receptive_field_is_that_of_its_last_map(head: list[dict[str, Any]]) -> None:
    assert of_network(conv(3), same(5, stride=2), *head) == by_hand((-2, 7, 2), (24, 24))


def squeeze_excite(name: str, of: str) -> list[dict[str, Any]]:
    """Hu et al. 2017: weights for the channels from the mean of each."""
    return [
        {"name": name, "inputs": of, "layers": [
            GLOBAL, conv(1), {"op": "relu"}, conv(1), {"op": "sigmoid"},
        ]},
        {"name": f"{name}_out", "op": "multiply", "inputs": [of, name]},
    ]  # fmt: skip


def test_a_norm_over_all_positions_sees_the_whole_input_as_a_gate_does() -> None:
    """3x3/2, the norm, 3x3: 3 + 2·2 = 7 along the trunk; a norm at each position sees no more."""
    for norm in ({"op": "group_norm", "num_groups": 1}, {"op": "instance_norm"}):
        seen = of_network(same(3, stride=2), norm, same(3))
        assert seen.is_whole
        assert isinstance(seen.trunk, ReceptiveField)
        assert seen.trunk.size == [7, 7]
    alone = of_network(same(3, stride=2), {"op": "layer_norm", "axis": "channels"}, same(3))
    assert (alone.size, alone.trunk) == ([7, 7], None)


def test_positions_that_are_moved_leave_it_undefined() -> None:
    undefined_softmax = undefined(same(3), {"op": "softmax", "axis": "width"})
    assert undefined_softmax == "a softmax reads all positions along the width"


def test_a_network_with_gates_sees_the_whole_input_and_its_trunk_less() -> None:
    """3x3, a gate, 3x3/2 and 3x3/2: 3 + 2·1 + 2·2 = 9 along the trunk."""
    trunk = [{"name": "a", **same(3)}, *squeeze_excite("se", "a"), same(3, stride=2),
             {"name": "b", **same(3, stride=2)}, *squeeze_excite("se2", "b")]  # fmt: skip
    for head in ([], HEAD, HEAD[2:]):
        seen = of_network(*trunk, *head)
        assert isinstance(seen, ReceptiveField)
        assert seen.is_whole
        assert seen.trunk == by_hand((-1 - 1 - 2, 9, 4), (24, 24))


def test_an_image_pooling_branch_is_a_gate_too() -> None:
    """DeepLab's ASPP: dilated branches beside one of the whole image; 1 + 2·2·6 along the trunk."""
    seen = of_network(
        pool(2),
        {"branches": {
            "a": conv(1), "b": conv(3, padding=6, dilation=6),
            "image": [GLOBAL, conv(1), {"op": "upsample", "scale_factor": 12}],
        }, "join": "concat"},
        conv(1),
    )  # fmt: skip
    assert isinstance(seen, ReceptiveField)
    assert seen.is_whole
    assert seen.trunk == by_hand((-12, 26, 2), (24, 24))


def test_along_a_trunk_of_two_strides_there_is_no_figure_beside_the_whole() -> None:
    paths = {"two": same(3, stride=2), "one": {"op": "crop", "height": 6, "width": 6}}
    layers = [{"name": "x", "branches": paths, "join": "concat"}, *squeeze_excite("se", "x")]
    layers[1]["layers"][3]["out_channels"] = 4
    seen = of_network(*layers)
    assert isinstance(seen, ReceptiveField)
    assert seen.is_whole
    assert reason(seen.trunk) == "joins strides 1 and 2"


def test_of_two_heads_each_has_its_own_and_the_network_the_largest() -> None:
    """YOLO's: one at stride 4, and one at stride 2 that also reads the first."""
    expanded = graph(
        spec(
            {"name": "c2", **same(3, stride=2)},
            {"name": "c4", **same(3, stride=2)},
            {"name": "heads", "branches": {
                "coarse": same(3),
                "fine": [
                    {"name": "up", "op": "upsample", "scale_factor": 2},
                    {"op": "concat", "inputs": ["up", "c2"]}, conv(1),
                ],
            }},
            input=[2, 48, 48],
        )
    )  # fmt: skip
    table = receptive_fields(expanded)
    fields = by_output(expanded, table)
    assert fields == {
        "heads.coarse.conv2d": by_hand((-1 - 2 - 4, 3 + 4 + 8, 4), (48, 48)),
        # The fine outputs 0 and 1: row 0 of c4 sees -3 to 3, and c2's rows 0 and 1 -1 to 3.
        "heads.fine.conv2d": ReceptiveField((Places((-3, -3), (3, 3), 4),) * 2, (48, 48)),
    }
    assert network_receptive_field(expanded, table) == fields["heads.coarse.conv2d"]
    for name in fields:
        compare_all(expanded, name, margin=8)


# --- published ones -------------------------------------------------------------------------------

PUBLISHED = {
    # github.com/google-research/receptive_field, RECEPTIVE_FIELD_TABLE.md (Araujo et al. 2019):
    # receptive field, effective stride and effective padding of TF-slim's networks.
    "alexnet": {  # alexnet_v2
        "conv1": (11, 4, 0), "pool1": (19, 8, 0), "conv2": (51, 8, 16), "conv3": (99, 16, 32),
        "conv4": (131, 16, 48), "conv5": (163, 16, 64), "pool5": (195, 32, 64),
    },
    "vgg11": {  # vgg_a
        "pool1": (4, 2, 1), "pool2": (10, 4, 3), "pool3": (30, 8, 11), "pool4": (70, 16, 27),
        "pool5": (150, 32, 59),
    },
    "vgg16": {
        "pool1": (6, 2, 2), "pool2": (16, 4, 6), "pool3": (44, 8, 18), "pool4": (100, 16, 42),
        "pool5": (212, 32, 90),
    },
    "inception-v3": {
        "maxpool1": (15, 4, 2), "maxpool2": (31, 8, 2), "Mixed_5b": (63, 8, 18),
        "Mixed_5c": (95, 8, 34), "Mixed_5d": (127, 8, 50), "Mixed_6a": (159, 16, 58),
        "Mixed_6b": (351, 16, 154), "Mixed_6c": (543, 16, 250), "Mixed_6d": (735, 16, 346),
        "Mixed_6e": (927, 16, 442), "Mixed_7a": (1055, 32, 490), "Mixed_7b": (1183, 32, 554),
        "Mixed_7c": (1311, 32, 618),
    },
    "inception-v4": {
        "stem.grid73": (15, 4, 2), "stem.grid71": (47, 4, 14), "stem.grid35": (55, 8, 14),
        "inception_a.0": (87, 8, 30), "inception_a.3": (183, 8, 78), "reduction_a": (215, 16, 86),
        "inception_b.0": (407, 16, 182), "inception_b.6": (1559, 16, 758),
        "reduction_b": (1687, 32, 806), "inception_c.0": (1815, 32, 870),
        "inception_c.2": (2071, 32, 998),
    },
    "inception-resnet-v2": {
        "stem.pool3": (15, 4, 2), "stem.pool5": (31, 8, 2), "stem.mixed_5b": (63, 8, 18),
        "reduction_a": (415, 16, 186), "inception_resnet_b.19": (2335, 16, 1146),
        "reduction_b": (2399, 32, 1162), "block8": (3039, 32, 1482),
    },
}  # fmt: skip
SLIM_RESNETS = {  # They stride at the end of a block, and pad by the size of the input.
    "resnet50": [35, 99, 291, 483],
    "resnet101": [35, 99, 835, 1027],
    "resnet152": [35, 163, 1315, 1507],
}


def last_of(net: Network, layer: str) -> ReceptiveField:
    field = net.receptive_fields[net[layer].nodes[-1].name]
    assert isinstance(field, ReceptiveField)
    return field


@pytest.mark.parametrize("model", PUBLISHED)
def test_published(model: str) -> None:
    net = load(model)
    for layer, figures in PUBLISHED[model].items():
        field = last_of(net, layer)
        assert list(zip(field.size, field.stride, field.padding, strict=True)) == [figures] * 2


@pytest.mark.parametrize("model", SLIM_RESNETS)
def test_published_sizes_of_resnets(model: str) -> None:
    net = load(model)
    sizes = [last_of(net, f"layer{i}").size for i in range(1, 5)]
    assert sizes == [[size, size] for size in SLIM_RESNETS[model]]


@pytest.mark.parametrize(
    ("model", "layer"), [("alexnet", "pool5"), ("vgg16", "pool5"), ("resnet50", "layer4")]
)
def test_torch_sees_what_is_published(model: str, layer: str) -> None:
    net = load(model)
    field = last_of(net, layer)
    side = field.size[0] + 9 * int(field.height.stride)
    compare_around_the_middle(thin(net.graph, net[layer].nodes[-1].name, (1, side, side)))


def compare_around_the_middle(expanded: Graph) -> None:
    last = expanded.nodes[-1].name
    field = receptive_fields(expanded)[last]
    assert isinstance(field, ReceptiveField)
    for axis, run in zip(field.known, around_the_middle(Probe(expanded), last), strict=True):
        assert len(run) == RUN
        assert run == {o: axis.at(o) for o in run}


def test_lenet5_sees_its_whole_image() -> None:
    """32x32, in torch too: the last map is one position."""
    net = load("lenet5")
    assert net.receptive_field == by_hand((0, 32, 4), (32, 32))  # two poolings by 2
    last = net["c5"].nodes[-1].name
    assert Probe(net.graph).sees(last, 0, 0) == ((0, 31), (0, 31))
