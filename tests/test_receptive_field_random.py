"""Receptive fields against torch's gradients, on networks that nobody thought of.

RANDOM_SPECS=2000 pytest tests/test_receptive_field_random.py  draws that many, others each time.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from typing import Any

import torch
from hypothesis import HealthCheck, assume, given, settings

from archcalc.errors import SpecError
from archcalc.graph import Graph
from archcalc.receptive_field import Axis, ReceptiveField, receptive_fields
from tests.random_specs import specs
from tests.seen_by_torch import Ends, Probe, is_inside, seen_around_the_middle, slides_evenly
from tests.spec_files import graph

torch.set_num_threads(1)

LONG_RUN = os.environ.get("RANDOM_SPECS")


def shown(tree: Any) -> Any:
    """A random spec without what hides a path from a gradient: factors of 0, a softmax over one
    channel, and channels that a slice or a table of connections leaves out."""
    if isinstance(tree, list):
        return [shown(item) for item in tree]
    if not isinstance(tree, dict):
        return tree
    if tree.get("op") in ("softmax", "scale", "slice", "tanh", "local_response_norm"):
        return {"op": "relu", **{key: tree[key] for key in ("name", "inputs") if key in tree}}
    return {key: shown(value) for key, value in tree.items() if key != "connections"}


MARGIN = 8
"""What a random network may cut off at the borders, and pad again."""

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
    check_random(expanded)


def unused_dropped(tree: dict[str, Any]) -> dict[str, Any]:
    """A tree without the arguments that nothing uses any more."""
    rest = json.dumps([tree["layers"], tree["blocks"]])
    kept: dict[str, Any] = {}
    for name, value in reversed(tree["arguments"].items()):
        if re.search(rf"\b{name}\b", rest + str(kept)):
            kept[name] = value
    return tree | {"arguments": dict(reversed(kept.items()))}


def check_random(expanded: Graph) -> int:
    """Compare every node whose field is away from the borders; returns how many were."""
    fields = receptive_fields(expanded)
    probe = Probe(expanded)
    compared = 0
    for node in expanded.nodes:
        field = fields[node.name]
        if isinstance(field, ReceptiveField) and node.shape.is_map:
            evenly = slides_evenly(expanded, node.name)
            runs = seen_around_the_middle(probe, node.name)
            for axis, run, size in zip(field, runs, expanded.input.sizes[1:], strict=True):
                compared += check_random_axis(axis, run, size, evenly=evenly)
    return compared


def check_random_axis(axis: Axis, run: Mapping[int, Ends], size: int, *, evenly: bool) -> bool:
    """Nothing outside the field is seen, and all of it where no layer makes its map larger."""
    there = {o: (axis.low + o * axis.stride, axis.high + o * axis.stride) for o in run}
    if not there or not is_inside(there.values(), size, MARGIN):
        return False
    for o, (first, last) in there.items():
        assert first <= run[o][0]
        assert run[o][1] <= last
    if evenly:
        assert run == there
    return True
