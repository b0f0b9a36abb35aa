"""Stochastic depth in training: the paths that a step drops at random, and what it then runs.

Huang et al. 2016, section 3: each residual branch survives with its own probability, independently.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from archcalc.arithmetic import product, sum_of
from archcalc.graph import Graph, Node
from archcalc.ops.dropout import DropPath
from archcalc.ops.pointwise import Mean
from archcalc.traced import Traced, summed


class DroppedPath(NamedTuple):
    """A path that is dropped as a whole: the node that drops it, and all that only feeds it."""

    name: str
    survival: Fraction | int
    nodes: frozenset[str]


MOST_NESTED = 32
"""The most dropped paths that may be inside each other."""

Paths = Mapping[str, DroppedPath]
"""Dropped paths in their order, each by the name of the node that drops it."""


def dropped_paths(graph: Graph) -> Paths:
    """The paths of a network that are dropped in training, unless `why_no_average` says why they
    have no chances of their own."""
    survival = {
        node.name: node.op.survival for node in graph.nodes if isinstance(node.op, DropPath)
    }
    around = _around(graph) if survival else {}
    nodes: dict[str, list[str]] = {}
    for node in graph.nodes if survival else ():
        path = _path_of(node, around)
        while path is not None:
            nodes.setdefault(path, []).append(node.name)
            path = around[path]
    return {name: DroppedPath(name, p, frozenset(nodes[name])) for name, p in survival.items()}


def why_no_average(graph: Graph) -> str:
    """Why what survives a training step has no average that is known: joins that drop their inputs,
    but never all of them; or paths inside each other without end. Else nothing."""
    joins = [node for node in graph.nodes if isinstance(node.op, Mean) and node.op.drop_path]
    if joins:
        these = "1 join drops its" if len(joins) == 1 else f"{len(joins)} joins drop their"
        return f"{these} inputs at random in training, and no path has a fixed chance of its own"
    try:
        if any(isinstance(node.op, DropPath) for node in graph.nodes):
            _around(graph)
    except _TooDeepError:
        return f"more than {MOST_NESTED} paths are dropped inside each other"
    return ""


class _TooDeepError(ValueError):
    """Too many paths are dropped inside each other."""


def paths_by_node(paths: Paths) -> dict[str, tuple[DroppedPath, ...]]:
    """The dropped paths that nodes are on, those inside them first."""
    found: dict[str, tuple[DroppedPath, ...]] = {}
    for path in paths.values():
        for name in path.nodes:
            found[name] = (*found.get(name, ()), path)
    return found


def _around(graph: Graph) -> dict[str, str | None]:
    """The innermost dropped path around each node, by the name of the node that drops it.

    A node is on a path if all that reads it is: the innermost path around all of its readers.

    Raises:
        _TooDeepError: more than MOST_NESTED are inside each other.
    """
    around: dict[str, str | None] = {}
    depth: dict[str | None, int] = {None: 0}
    paths: dict[str, str | None] = dict.fromkeys((*graph.outputs, *graph.auxiliary))
    for node in reversed(graph.nodes):
        around[node.name] = paths.get(node.name)
        if isinstance(node.op, DropPath):
            depth[node.name] = depth[around[node.name]] + 1
            if depth[node.name] > MOST_NESTED:
                raise _TooDeepError
        path = _path_of(node, around)
        for name in node.inputs:
            paths[name] = _shared(paths[name], path, around, depth) if name in paths else path
    return around


def _path_of(node: Node, around: Mapping[str, str | None]) -> str | None:
    """The innermost dropped path that a node is on; the one that it ends, where it drops it."""
    return node.name if isinstance(node.op, DropPath) else around[node.name]


def _shared(
    a: str | None, b: str | None, around: Mapping[str, str | None], depth: Mapping[str | None, int]
) -> str | None:
    """The innermost path around two."""
    while a != b:
        if depth[a] >= depth[b]:
            a = around[a] if a is not None else None
        else:
            b = around[b] if b is not None else None
    return a


# --- what a training step runs --------------------------------------------------------------------


def chance_of_all(paths: Iterable[DroppedPath]) -> Traced:
    """The probability that all of some paths are run."""
    number: Traced = product(*map(_survival, paths))
    return number


def surviving_paths(paths: Sequence[DroppedPath]) -> Traced:
    """How many of some paths survive a training step on average."""
    return summed(map(_survival, paths)) if paths else Traced(0)


def _survival(path: DroppedPath) -> Traced:
    return Traced(path.survival, f"survival of {path.name.removesuffix('.drop_path')}")


MacsByChance = Mapping[Fraction | int, int]
"""MACs by the probability with which a training step runs them."""


def expected_macs(macs: MacsByChance) -> Traced:
    """MACs of a training step on average: those that always run, others by their chance."""
    chances: dict[int, list[Fraction | int]] = {}
    for chance, count in macs.items():
        if chance != 1:
            chances.setdefault(count, []).append(chance)
    terms = [least_macs(macs)] if 1 in macs or not macs else []
    for count, several in chances.items():
        survivals = "survival" if len(several) == 1 else f"sum of {len(several)} survivals"
        each = "its MACs" if len(several) == 1 else "MACs of each"
        terms.append(Traced(sum_of(several), survivals) * Traced(count, each, computed=True))
    return summed(terms)


def least_macs(macs: MacsByChance) -> Traced:
    """MACs of a training step that drops every path."""
    return Traced(macs.get(1, 0), "certain MACs", computed=True)


def most_macs(macs: MacsByChance) -> Traced:
    """MACs of a training step that drops none."""
    others = sum(count for chance, count in macs.items() if chance != 1)
    droppable = Traced(others, "MACs in paths", computed=True)
    return summed([n for n in (least_macs(macs), droppable) if n.value] or [droppable])
