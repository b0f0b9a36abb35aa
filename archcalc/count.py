"""What each node costs, and the whole: counts over the ops' own formulas.

Each pass takes a graph and returns a new table by node name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from archcalc.arithmetic import Number
from archcalc.graph import INPUT, Graph
from archcalc.ops.base import CONNECTION_KINDS


class Cost(NamedTuple):
    """What a node costs; parameters and buffers once, the rest for the whole batch."""

    parameters: Number
    macs: Number
    activations: Number
    """Outputs of convolutions, linear layers and matrix products."""
    buffers: Number
    """Stored but not learned: running statistics and fixed weights."""

    @property
    def flops(self) -> Number:
        """2 x MACs."""
        return 2 * self.macs


NO_COST = Cost(0, 0, 0, 0)


def total(costs: Iterable[Cost]) -> Cost:
    """The sum of several costs."""
    columns = list(zip(*costs, strict=True))
    return Cost(*map(sum, columns)) if columns else NO_COST


def costs(graph: Graph, batch: int = 1) -> dict[str, Cost]:
    """The cost of every node."""
    shapes = graph.shapes
    table = {}
    for name, op, inputs, y, _ in graph.nodes:
        xs = [shapes[i] for i in inputs]
        table[name] = Cost(
            op.parameters(*xs),
            batch * op.macs(y, *xs),
            batch * y.elements if op.fvcore_kind else 0,
            op.buffers(*xs),
        )
    return table


def operations(graph: Graph, batch: int = 1) -> dict[str, dict[str, Number]]:
    """Elementary operations of every node other than multiply-adds, by kind."""
    shapes = graph.shapes
    return {
        node.name: {
            kind: batch * count
            for kind, count in node.op.operations(
                node.shape, *(shapes[i] for i in node.inputs)
            ).items()
        }
        for node in graph.nodes
    }


def connections(
    costs: Mapping[str, Cost], operations: Mapping[str, Mapping[str, Number]]
) -> dict[str, Number]:
    """LeNet's unit: multiply-adds, bias additions, links of subsampling and RBF units."""
    return {
        name: cost.macs + sum(operations[name].get(kind, 0) for kind in CONNECTION_KINDS)
        for name, cost in costs.items()
    }


def depths(graph: Graph) -> dict[str, int]:
    """Weighted layers on the longest path to each node, itself included."""
    table = {INPUT: 0}
    for node in graph.nodes:
        before = max(table[name] for name in node.inputs)
        table[node.name] = before + node.op.is_weighted
    return table
