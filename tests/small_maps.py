"""Layers of small networks, and what torch sees through them."""

from __future__ import annotations

from typing import Any

from archcalc.analysis.receptive_field.axis import Axis, Places, Strands
from archcalc.analysis.receptive_field.propagation import receptive_fields
from archcalc.analysis.receptive_field.seen import ReceptiveField, Undefined
from archcalc.graph import Graph
from tests.seen_by_torch import Probe, compare
from tests.spec_files import graph, spec

GLOBAL = {"op": "global_avg_pool2d"}


def conv(kernel_size: Any, **fields: Any) -> dict[str, Any]:
    return {"op": "conv2d", "out_channels": 2, "kernel_size": kernel_size, **fields}


def pool(kernel_size: Any, op: str = "max_pool2d", **fields: Any) -> dict[str, Any]:
    return {"op": op, "kernel_size": kernel_size, **fields}


def same(kernel_size: int, **fields: Any) -> dict[str, Any]:
    return conv(kernel_size, padding=kernel_size // 2, **fields)


def up(**fields: Any) -> dict[str, Any]:
    return {"op": "conv_transpose2d", "out_channels": 2, **fields}


def by_hand(figures: Any, input: tuple[int, int] = (80, 72)) -> ReceptiveField:
    height, width = figures if isinstance(figures[0], tuple) else (figures, figures)
    axes = tuple(Axis(size, stride, padding=-low) for low, size, stride in (height, width))
    return ReceptiveField(axes, input)


def undefined(*layers: dict[str, Any]) -> str:
    """The reason why the last of some layers has no receptive field."""
    expanded = graph(spec(*layers, input=[2, 24, 24]))
    seen = receptive_fields(expanded)[expanded.nodes[-1].name]
    assert isinstance(seen, Undefined)
    return seen.reason


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
