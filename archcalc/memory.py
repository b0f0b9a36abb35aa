"""What a network needs in memory, in bytes, by rules that are said.

Nodes run in file order, nothing is computed in place, an output is freed after its last use, and
parameters stand apart. A framework's own workspace is not in these figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from archcalc.count import Cost
from archcalc.graph import INPUT, Graph


class Memory(NamedTuple):
    """Bytes of a whole network."""

    parameters: int
    outputs: int
    """Of all outputs together."""
    peak: int
    """Of the most outputs that are alive at once, the network's input among them."""
    training: int
    """An estimate for SGD with momentum: parameters, gradients and momentum, and the input and all
    outputs kept for the backward pass."""


def memory(graph: Graph, costs: Mapping[str, Cost], batch: int, bytes_per_number: int) -> Memory:
    """The memory of a network, for a batch."""
    parameters = bytes_per_number * sum(cost.parameters for cost in costs.values())
    sizes = output_bytes(graph, batch, bytes_per_number)
    outputs = sum(sizes.values()) - sizes[INPUT]
    peak = max(live_bytes(graph, sizes).values())
    return Memory(parameters, outputs, peak, 3 * parameters + sizes[INPUT] + outputs)


def output_bytes(graph: Graph, batch: int, bytes_per_number: int) -> dict[str, int]:
    """The bytes of every output, the network's input among them."""
    return {name: batch * bytes_per_number * shape.elements for name, shape in graph.shapes.items()}


def live_bytes(graph: Graph, sizes: Mapping[str, int]) -> dict[str, int]:
    """The bytes that are alive while each node runs: what is still needed, and its output."""
    last_use = {name: node.name for node in graph.nodes for name in node.inputs}
    kept = {*graph.outputs, *graph.auxiliary}
    live = sizes[INPUT]
    table = {}
    for node in graph.nodes:
        live += sizes[node.name]
        table[node.name] = live
        for name in dict.fromkeys(node.inputs):
            if last_use[name] == node.name and name not in kept:
                live -= sizes[name]
    return table


def moved_bytes(
    graph: Graph, costs: Mapping[str, Cost], batch: int, bytes_per_number: int
) -> dict[str, int]:
    """The bytes of parameters, inputs and output of every node: what running it moves."""
    sizes = output_bytes(graph, batch, bytes_per_number)
    return {
        node.name: sizes[node.name]
        + sum(sizes[name] for name in node.inputs)
        + bytes_per_number * costs[node.name].parameters
        for node in graph.nodes
    }
