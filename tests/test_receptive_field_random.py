"""Receptive fields against torch's gradients, on networks that nobody thought of.

RANDOM_SPECS=2000 pytest tests/test_receptive_field_random.py  draws that many, others each time.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from typing import Any

import torch
from hypothesis import HealthCheck, assume, given, settings

from archcalc.analysis.receptive_field.axis import SEES_NOTHING, Axis, Places
from archcalc.analysis.receptive_field.propagation import receptive_fields
from archcalc.analysis.receptive_field.seen import ReceptiveField
from archcalc.errors import SpecError
from archcalc.graph import INPUT, Graph
from archcalc.ops.registry import OPS
from archcalc.ops.window import POINT
from tests.pyramids import SIDE, pyramids
from tests.random_specs import specs
from tests.seen_by_torch import Ends, Probe, compare
from tests.spec_files import graph

torch.set_num_threads(1)

LONG_RUN = os.environ.get("RANDOM_SPECS")


def shown(tree: Any) -> Any:
    """A random spec without what hides a path from a gradient: functions that saturate, factors of
    0, a softmax over one channel, differences, after which a relu may see nothing but negative
    values, and channels that a slice or a table of connections leaves out."""
    if isinstance(tree, list):
        return [shown(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    op = tree.get("op")
    if op in HIDING:
        kept = {key: tree[key] for key in ("name", "inputs") if key in tree}
        return {"op": "add" if OPS[op].arity == 2 else "relu", **kept}
    return {key: shown(value) for key, value in tree.items() if key != "connections"}


SHOWING = ("batch_norm", "dropout", "drop_path")
HIDING = {
    name
    for name, cls in OPS.items()
    if (cls.is_elementwise and name not in SHOWING) or name in ("slice", "subtract", "divide")
}

MARGIN = 8
"""What a random network may cut off at the borders, and pad again."""
MARGIN_OF_PYRAMIDS = 24
"""They cut and pad on grids as coarse as nine."""

drawn = settings(
    max_examples=int(LONG_RUN or 25),
    deadline=None,
    derandomize=not LONG_RUN,
    database=None,
    suppress_health_check=list(HealthCheck),
)


@drawn
@given(specs())
def test_random_networks(tree: Any) -> None:
    channels, height, width = tree["input"]
    larger = shown(tree) | {"input": [channels, 64 + height, 64 + width]}
    try:
        expanded = graph(unused_dropped(larger))
    except SpecError:
        assume(False)  # its parts fit together on its own small maps only
    assume(max(shape.elements for shape in expanded.shapes.values()) < 2_000_000)
    check(expanded, MARGIN, many=8)


def unused_dropped(tree: dict[str, Any]) -> dict[str, Any]:
    """A tree without the arguments that nothing uses any more."""
    rest = json.dumps([tree["layers"], tree["blocks"]])
    kept: dict[str, Any] = {}
    for name, value in reversed(tree["arguments"].items()):
        if re.search(rf"\b{name}\b", rest + str(kept)):
            kept[name] = value
    return tree | {"arguments": dict(reversed(kept.items()))}


def check(expanded: Graph, margin: int, many: int = SIDE) -> int:
    """Compare rows and columns of every node, `many` in the middle; returns how many were inside
    the input."""
    fields = receptive_fields(expanded)
    probe = Probe(expanded)
    inside = 0
    for node in expanded.nodes:
        seen = fields[node.name]
        as_before = node.op.window(*node.input_shapes) is POINT and len(node.inputs) == 1
        if isinstance(seen, ReceptiveField) and node.shape.is_map and not as_before:
            for i, (axis, size) in enumerate(zip(seen.known, seen.input, strict=True)):
                found = probe.lines(node.name, i, many)
                if axis is SEES_NOTHING or axis.stride:
                    inside += compare(axis.at, found, size, margin)
                else:
                    check_gated(axis, list(found.values()))
    return inside


def check_gated(axis: Axis | Places, found: Sequence[Ends | None]) -> None:
    """Behind a gate all positions see the same, but for those that padding hides the gate from."""
    ends = [each for each in found if each is not None]
    if not ends:
        return  # all of it is padding
    first, last = min(low for low, _ in ends), max(high for _, high in ends)
    ((said_first, said_last),) = {axis.at(o) for o in range(len(found))}
    assert said_first <= first
    assert last <= said_last
    if len(ends) > MARGIN:
        assert ends.count((first, last)) >= len(ends) - MARGIN


@drawn
@given(pyramids())
def test_down_and_up_again(tree: Any) -> None:
    check(graph(tree), MARGIN_OF_PYRAMIDS)


def test_enough_is_compared() -> None:
    """A check that every network passes since nothing of it is inside would be none."""
    tree = {
        "title": "T", "year": 2024, "source": "S", "input": [1, SIDE, SIDE],
        "layers": [
            {"name": "a", "op": "conv2d", "out_channels": 1, "kernel_size": 3, "padding": 1},
            {"op": "max_pool2d", "kernel_size": 2},
            {"name": "up", "op": "upsample", "scale_factor": 2},
            {"op": "add", "inputs": ["a", "up"]},
        ],
    }  # fmt: skip
    expanded = graph(tree)
    rows = {name: shape.height for name, shape in expanded.shapes.items() if name != INPUT}
    total = 2 * sum(rows.values())
    assert total > check(expanded, MARGIN_OF_PYRAMIDS) > total // 3
