"""Depth as arithmetic: the weighted layers of the longest path, part by part."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from typing import NamedTuple

from archcalc.graph import Node
from archcalc.parts.part import Part
from archcalc.traced import Traced, summed

LONGEST_RUN = 12
"""More single layers than these in a row are one term."""


class _Stage(NamedTuple):
    """What one part of the path adds: `units` copies of `layers` weighted layers each."""

    name: str
    layers: int
    units: int


def longest_path(part: Part) -> Traced:
    """The weighted layers on the longest path through a part: `1 + 3·(3 + 4 + 6 + 3) + 1`."""
    path = [node for node in _path(part) for _ in range(node.op.weighted_layers)]
    terms = list(_terms(_stages(part, path)))
    return summed(terms) if terms else Traced(0)


def _path(part: Part) -> list[Node]:
    inside = {node.name: node for node in part.nodes}
    depths: dict[str, int] = {}
    before: dict[str, str] = {}
    for node in part.nodes:
        sources = [name for name in node.inputs if name in inside]
        if sources:
            before[node.name] = max(sources, key=lambda name: depths[name])
        depths[node.name] = depths.get(before.get(node.name, ""), 0) + node.op.weighted_layers
    ends = list(inside) if part.path else part.network.graph.outputs
    path = [max(ends, key=lambda name: depths[name])]
    while path[-1] in before:
        path.append(before[path[-1]])
    return [inside[name] for name in reversed(path)]


def _stages(part: Part, path: list[Node]) -> Iterator[_Stage]:
    for level, nodes in _parts_along(part, path):
        copies: dict[str, int] = {}
        for node in nodes:
            copy = node.name[len(level.path) + 1 :].partition(".")[0]
            copies[copy] = copies.get(copy, 0) + 1
        layers = set(copies.values())
        name = part.name_of(level.path)
        if all(map(str.isdigit, copies)) and len(layers) == 1:
            yield _Stage(name, layers.pop(), len(copies))
        else:
            yield _Stage(name, len(nodes), 1)


def _parts_along(level: Part, path: list[Node]) -> list[tuple[Part, list[Node]]]:
    """The parts that a path goes through, each with its nodes; where all of the path lies in one
    of them, the parts of that one."""
    while True:
        start = len(level.path) + 1 if level.path else 0
        runs = groupby(path, key=lambda node: node.name[start:].partition(".")[0])
        parts = [(level[key], list(nodes)) for key, nodes in runs]
        if len(parts) != 1 or len(path) == 1 or parts[0][0].node is not None:
            return parts
        level = parts[0][0]


def _terms(stages: Iterator[_Stage]) -> Iterator[Traced]:
    for (layers, is_single), run in groupby(stages, key=lambda s: (s.layers, s.units == 1)):
        alike = list(run)
        if is_single and len(alike) > (2 if layers > 1 else LONGEST_RUN):
            name = f"({alike[0].name}..{alike[-1].name})"
            alike = [_Stage(name, layers, len(alike))]
        units = [Traced(stage.units, stage.name) for stage in alike]
        if layers == 1:
            yield from units
        elif is_single and alike[0].units == 1:
            yield from (Traced(layers, stage.name) for stage in alike)
        else:
            yield Traced(layers) * summed(units)
