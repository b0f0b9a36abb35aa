"""What each node costs, and the whole: counts over the ops' own formulas.

Each pass takes a graph and returns a new table by node name.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import add
from typing import NamedTuple

from archcalc.arithmetic import Number, Zero
from archcalc.graph import INPUT, Graph
from archcalc.ops.op import CONNECTION_KINDS, Op
from archcalc.shape import Shape


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


_NOT_ACTIVATIONS = Zero("no output of a convolution, linear layer or matrix product")


def cost(op: Op, y: Shape, xs: Sequence[Shape], batch: Number = 1) -> Cost:
    """The cost of one op, in the number system of its fields and shapes."""
    return Cost(
        op.parameters(*xs),
        batch * op.macs(y, *xs),
        batch * y.elements if op.fvcore_kind else _NOT_ACTIVATIONS,
        op.buffers(*xs),
    )


def costs(graph: Graph, batch: int = 1) -> dict[str, Cost]:
    """The cost of every node."""
    # The copies of a block share their ops and shapes: each is counted once.
    counted: dict[tuple[int, int], Cost] = {}
    table = {}
    for name, op, _, xs, y, _ in graph.nodes:
        key = (id(op), id(xs))
        found = counted.get(key)
        if found is None:
            found = counted[key] = cost(op, y, xs, batch)
        table[name] = found
    return table


def operations(graph: Graph, batch: int = 1) -> dict[str, dict[str, Number]]:
    """Elementary operations of every node other than multiply-adds, by kind."""
    return {
        node.name: operations_of(node.op, node.shape, node.input_shapes, batch)
        for node in graph.nodes
    }


def operations_of(op: Op, y: Shape, xs: Sequence[Shape], batch: Number = 1) -> dict[str, Number]:
    """The other operations of one op, in the number system of its fields and shapes."""
    return {kind: batch * count for kind, count in op.operations(y, *xs).items()}


def connections(
    costs: Mapping[str, Cost], operations: Mapping[str, Mapping[str, Number]]
) -> dict[str, Number]:
    """LeNet's unit: multiply-adds, bias additions, links of subsampling and RBF units."""
    return {name: connections_of(cost, operations[name]) for name, cost in costs.items()}


def connections_of(cost: Cost, operations: Mapping[str, Number]) -> Number:
    """The connections of one node, from its cost and its other operations."""
    counts = [cost.macs, *(operations[kind] for kind in CONNECTION_KINDS if kind in operations)]
    return reduce(add, counts)


def depths(graph: Graph) -> dict[str, int]:
    """Weighted layers on the longest path to each node, itself included."""
    table = {INPUT: 0}
    for node in graph.nodes:
        before = max(table[name] for name in node.inputs)
        table[node.name] = before + node.op.is_weighted
    return table
