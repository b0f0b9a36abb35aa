"""Receptive fields of small networks, worked out by hand, against torch's gradients."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
import torch

from archcalc.analysis.receptive_field.axis import Places
from archcalc.analysis.receptive_field.propagation import receptive_fields
from archcalc.analysis.receptive_field.seen import ReceptiveField, Undefined
from tests.seen_by_torch import Probe, around_the_middle
from tests.small_maps import by_hand, compare_all, conv, pool, same, undefined, up
from tests.spec_files import graph, spec

torch.set_num_threads(1)


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
