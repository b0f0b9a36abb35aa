"""Stochastic depth in training: the paths that a step drops at random, and what it then runs.

Huang et al. 2016, section 3: each residual branch survives with its own probability, independently.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from archcalc.arithmetic import product, whole
from archcalc.graph import Graph
from archcalc.ops.dropout import DropPath
from archcalc.ops.pointwise import Mean
from archcalc.traced import Traced, summed


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
        terms.append(Traced(whole(sum(several)), survivals) * Traced(count, each, computed=True))
    return summed(terms)


def least_macs(macs: MacsByChance) -> Traced:
    """MACs of a training step that drops every path."""
    return Traced(macs.get(1, 0), "certain MACs", computed=True)


def most_macs(macs: MacsByChance) -> Traced:
    """MACs of a training step that drops none."""
    others = sum(count for chance, count in macs.items() if chance != 1)
    droppable = Traced(others, "MACs in paths", computed=True)
    return summed([n for n in (least_macs(macs), droppable) if n.value] or [droppable])
