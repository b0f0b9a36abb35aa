"""What copies of a block see: as an earlier one does, so that they need not be worked out."""

from __future__ import annotations

import random
from typing import Any

import pytest

from archcalc.analysis.receptive_field import propagation
from archcalc.analysis.receptive_field.propagation import receptive_fields
from archcalc.analysis.receptive_field.seen import ReceptiveField, Undefined
from archcalc.errors import SpecError
from archcalc.graph import Graph
from archcalc.network import load, models
from tests.random_specs import Unfitting, drawn
from tests.small_maps import GLOBAL, by_hand, conv, pool, same
from tests.spec_files import graph, spec

RELU = {"op": "relu"}
GATE = [
    {"name": "x", **same(3)},
    GLOBAL,
    {"name": "gate", "op": "sigmoid"},
    {"op": "multiply", "inputs": ["x", "gate"]},
]
DOWN_AND_UP = [pool(2, "avg_pool2d"), {"op": "upsample", "scale_factor": 2}]
RESIDUAL = [{"branches": {"a": [same(3), RELU, same(3)], "b": []}, "join": "add"}, RELU]


def repeated(block: list[dict[str, Any]], times: int = 4, *stem: dict[str, Any]) -> Graph:
    unit = {"name": "unit", "block": "unit", "repeat": times}
    return graph(spec(*stem, unit, input=[2, 80, 72], blocks={"unit": {"layers": block}}))


def in_groups(*pieces: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Pieces of a block, each with names of its own."""
    return [{"name": f"piece{i}", "layers": piece} for i, piece in enumerate(pieces)]


def node_by_node(expanded: Graph) -> dict[str, Any]:
    return dict(receptive_fields(expanded.with_nodes(expanded.nodes)))


def compare(expanded: Graph) -> None:
    assert dict(receptive_fields(expanded)) == node_by_node(expanded)


@pytest.fixture
def few_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let copies of any size be seen as earlier ones are."""
    monkeypatch.setattr(propagation, "FEWEST_NODES", 1)


def test_each_copy_sees_as_much_more_as_the_first() -> None:
    # Behind a stride of 2 a 3x3 convolution sees 4 more; a unit of two residuals has four.
    net = repeated(in_groups(RESIDUAL, RESIDUAL), 4, same(3, stride=2))
    assert len(net.nodes) == 1 + 4 * 10
    assert [(copy.start, copy.stop, copy.earlier) for copy in net.copies] == [
        (11, 21, 1), (21, 31, 11), (31, 41, 21),
    ]  # fmt: skip
    seen = receptive_fields(net)
    ends = [f"unit.{i}.piece1.relu" for i in range(4)]
    assert [seen[name] for name in ends] == [
        by_hand((-1 - 8 * i, 3 + 16 * i, 2)) for i in (1, 2, 3, 4)
    ]
    assert seen["unit.3.piece0.a.conv2d"] == by_hand((-1 - 24 - 2, 3 + 48 + 4, 2))


def test_a_copy_behind_another_stride_sees_more() -> None:
    # Padding keeps the map as large, so that both uses of the unit are of equal shapes: behind a
    # stride of 1 four 3x3 convolutions see 9, behind one of 2 they see 4·2·2 more.
    far = conv(1, stride=2, padding=[40, 36])
    block = {"layers": [same(3), RELU] * 4}
    uses = [{"name": "near", "block": "unit"}, far, {"name": "far", "block": "unit"}]
    net = graph(spec(*uses, input=[2, 80, 72], blocks={"unit": block}))
    assert len(net.copies) == 1
    seen = receptive_fields(net)
    assert seen["near.relu_4"] == by_hand((-4, 9, 1))
    assert seen["far.relu_4"] == by_hand(((-52, 25, 2), (-48, 25, 2)))


def test_copies_that_alternate_are_each_like_the_first() -> None:
    """However many there are: what the last sees is not looked for through all the others."""
    blocks = {
        "a": {"layers": [{"op": "relu"}] * 8},
        "b": {"layers": [{"op": "sigmoid"}] * 8},
    }
    uses = [{"name": f"unit{i}", "block": "ab"[i % 2]} for i in range(1000)]
    net = graph(spec(GLOBAL, *uses, input=[2, 80, 72], blocks=blocks))
    seen = receptive_fields(net)["unit999.sigmoid_3"]
    assert isinstance(seen, ReceptiveField)
    assert seen.is_whole


@pytest.mark.parametrize(
    "again",
    [
        {"op": "permute", "order": [0, 2, 1]},  # of which nothing but the reason is known
        {"op": "multiply", "inputs": [-1, "gate"]},
    ],
)
def test_what_sees_the_same_again_is_not_worked_out(
    again: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    worked_out = []
    through = propagation.through
    monkeypatch.setattr(
        propagation, "through", lambda *given: worked_out.append(given) or through(*given)
    )
    gate = [{"name": "x", "op": "relu"}, GLOBAL, {"name": "gate", "op": "sigmoid"}]
    items = [*gate, {"op": "relu", "inputs": "x"}, {"name": "again", "repeat": 60, **again}]
    receptive_fields(graph(spec(*items, input=[3, 9, 9])))
    assert len(worked_out) < 8


def test_a_copy_is_not_worked_out(monkeypatch: pytest.MonkeyPatch) -> None:
    worked_out = []
    through = propagation.through
    monkeypatch.setattr(
        propagation, "through", lambda *given: worked_out.append(given) or through(*given)
    )
    receptive_fields(repeated([same(3), RELU] * 4, 100))
    assert len(worked_out) == 4


def test_built_in_networks_see_what_they_do_node_by_node() -> None:
    expanded = [load(name).graph for name in models()]
    for each in expanded:
        compare(each)
    assert sum(bool(each.copies) for each in expanded) > 150


STEMS: list[list[dict[str, Any]]] = [
    [],
    [same(3, stride=2)],
    [conv(5)],
    [conv(4, stride=3)],
    GATE,
    [{"op": "upsample", "scale_factor": 2}],
    [*RESIDUAL, *GATE, conv([5, 1])],
]
PIECES: list[list[dict[str, Any]]] = [
    [same(3)],
    [same(5), RELU],
    [conv(3, padding=2, dilation=2)],
    [conv([1, 3], padding=[0, 1])],
    [pool(3, stride=1, padding=1)],
    DOWN_AND_UP,
    RESIDUAL,
    GATE,
    [{"op": "pad", "height": [2, 0], "width": [0, 2]}, conv(3)],
    [{"op": "crop", "height": [1, 1], "width": [1, 1]}, conv(1, padding=1)],
    [{"op": "roll", "axis": "height", "shift": 1}],
    [{"branches": {"wide": same(7), "far": [*DOWN_AND_UP, same(3)]}, "join": "add"}],
]


@pytest.mark.parametrize("seed", range(8))
def test_copies_of_random_blocks_see_what_they_do_node_by_node(seed: int, few_nodes: None) -> None:
    choose, compared = random.Random(seed), 0
    for _ in range(40):
        pieces = choose.choices(PIECES, k=choose.randint(1, 5))
        block = in_groups(*pieces)
        try:
            expanded = repeated(block, choose.randint(2, 5), *choose.choice(STEMS))
        except SpecError:
            continue
        compare(expanded)
        compared += 1
    assert compared > 15


@pytest.mark.parametrize("seed", range(4))
def test_copies_in_random_specs_see_what_they_do_node_by_node(seed: int, few_nodes: None) -> None:
    choose, copies = random.Random(seed), 0
    for _ in range(150):
        try:
            expanded = graph(drawn(choose.choice))
        except (Unfitting, SpecError):
            continue
        compare(expanded)
        copies += len(expanded.copies)
    assert copies > 20


def test_a_copy_that_sees_too_much_is_undefined() -> None:
    # Behind strides of 10^28 a unit of four windows of 9 sees 3.2·10^29 more, up to 10^30.
    far = conv(1, stride=10**7, padding=4 * 10**8)
    expanded = repeated([same(9), RELU] * 4, 5, far, far, far, far)
    seen = receptive_fields(expanded)
    ends = [isinstance(seen[f"unit.{i}.relu_4"], Undefined) for i in range(5)]
    assert ends == [False, False, False, True, True]
    assert isinstance(seen["unit.3.conv2d"], Undefined)  # 9.6·10^29 + 8·10^28
    compare(expanded)
