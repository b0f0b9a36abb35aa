"""Stochastic depth in training: the paths that a step drops at random.

Huang et al. 2016, section 3: each residual branch survives with its own probability, independently.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import NamedTuple

from archcalc.graph import Graph
from archcalc.ops.dropout import DropPath
from archcalc.ops.merge import Mean


class DroppedPath(NamedTuple):
    """A path that is dropped as a whole: the node that drops it, and all that only feeds it."""

    name: str
    survival: Fraction | int
    nodes: frozenset[str]


def dropped_paths(graph: Graph) -> list[DroppedPath]:
    """The paths of a network that are dropped in training, in their order; none where `why_unknown`
    says why."""
    if why_unknown(graph):
        return []
    readers: dict[str, list[str]] = {}
    for node in graph.nodes:
        for name in node.inputs:
            readers.setdefault(name, []).append(node.name)
    return [
        DroppedPath(node.name, node.op.survival, _only_feeding(graph, node.name, readers))
        for node in graph.nodes
        if isinstance(node.op, DropPath)
    ]


def paths_by_node(paths: Iterable[DroppedPath]) -> dict[str, tuple[DroppedPath, ...]]:
    """The dropped paths that nodes are on, those inside them first."""
    found: dict[str, tuple[DroppedPath, ...]] = {}
    for path in paths:
        for name in path.nodes:
            found[name] = (*found.get(name, ()), path)
    return found


def _only_feeding(graph: Graph, end: str, readers: Mapping[str, list[str]]) -> frozenset[str]:
    path = {end}
    reached = list(graph.by_name[end].inputs)
    while reached:
        name = reached.pop()
        node = graph.by_name.get(name)
        is_output = name in graph.outputs or name in graph.auxiliary
        if node is not None and not is_output and path.issuperset(readers[name]):
            path.add(name)
            reached += node.inputs
    return frozenset(path)


def why_unknown(graph: Graph) -> str:
    """Why what survives has no average here: joins that drop their inputs, but never all of them.

    Empty where every dropped path has a fixed chance of its own.
    """
    joins = [node for node in graph.nodes if isinstance(node.op, Mean) and node.op.drop_path]
    if not joins:
        return ""
    these = "1 join drops its" if len(joins) == 1 else f"{len(joins)} joins drop their"
    return f"{these} inputs at random in training, and no path has a fixed chance of its own"
