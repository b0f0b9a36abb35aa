"""Stochastic depth in training: what a step runs on average, at least and at most.

Huang et al. 2016, section 3: each residual branch survives with its own probability, independently.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import NamedTuple

from archcalc.arithmetic import Number, exact_div
from archcalc.count import Cost
from archcalc.graph import Graph
from archcalc.ops.dropout import DropPath
from archcalc.ops.merge import Mean


class Path(NamedTuple):
    """A path that is dropped as a whole: the node that drops it, and all that only feeds it."""

    name: str
    survival: Fraction | int
    nodes: frozenset[str]


class StochasticDepth(NamedTuple):
    """What one training step runs of a network whose paths are dropped at random."""

    paths: int
    expected_paths: Fraction | int
    """How many survive on average."""
    expected_macs: Number
    least_macs: int
    """With every path dropped."""
    most_macs: int


def dropped_paths(graph: Graph) -> list[Path]:
    """The paths of a network that are dropped in training, in their order."""
    readers: dict[str, list[str]] = {}
    for node in graph.nodes:
        for name in node.inputs:
            readers.setdefault(name, []).append(node.name)
    return [
        Path(node.name, node.op.survival, _only_feeding(graph, node.name, readers))
        for node in graph.nodes
        if isinstance(node.op, DropPath)
    ]


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


def stochastic_depth(graph: Graph, costs: Mapping[str, Cost]) -> StochasticDepth | None:
    """What a training step runs; None for a network that drops no path, or not at fixed chances:
    see `why_unknown`."""
    paths = dropped_paths(graph)
    if not paths or why_unknown(graph):
        return None
    runs: dict[str, Fraction | int] = dict.fromkeys(costs, 1)
    for path in paths:
        for name in path.nodes:
            runs[name] *= path.survival
    macs = {name: cost.macs for name, cost in costs.items()}
    return StochasticDepth(
        paths=len(paths),
        expected_paths=exact_div(sum(path.survival for path in paths), 1),
        expected_macs=exact_div(sum(runs[name] * count for name, count in macs.items()), 1),
        least_macs=sum(count for name, count in macs.items() if runs[name] == 1),
        most_macs=sum(macs.values()),
    )
