"""What a network needs in memory, in bytes, by rules that are said.

Nodes run in file order, nothing is computed in place, an output is freed after its last use, and
parameters stand apart. A framework's own workspace is not in these figures.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from archcalc.arithmetic import Number
from archcalc.count import Cost
from archcalc.graph import INPUT, Graph
from archcalc.ops.op import Op
from archcalc.shape import Shape


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
    return Memory(parameters, outputs, peak, training_bytes(parameters, outputs, sizes[INPUT]))


def training_bytes(parameters: Number, outputs: Number, given: Number) -> Number:
    """What training keeps: parameters, gradients and momentum; all outputs and the input."""
    return 3 * parameters + outputs + given


def bytes_of(shape: Shape, batch: Number, bytes_per_number: Number) -> Number:
    """The bytes of one tensor, for a batch."""
    return bytes_per_number * (batch * shape.elements)


def moved_bytes_of(
    op: Op, y: Shape, xs: Sequence[Shape], batch: Number, bytes_per_number: Number
) -> Number:
    """The bytes of parameters, inputs and output: what running a node moves."""
    moved = bytes_per_number * parameters_read(op, xs)
    for shape in (*xs, y):
        moved = moved + bytes_of(shape, batch, bytes_per_number)
    return moved


def parameters_read(op: Op, xs: Sequence[Shape]) -> Number:
    """The parameters that running an op reads: its own, or those of the layer whose it uses."""
    if getattr(op, "weights", ""):
        op = dataclasses.replace(op, weights="")  # type: ignore[type-var]
    return op.parameters(*xs)


def output_bytes(graph: Graph, batch: int, bytes_per_number: int) -> dict[str, int]:
    """The bytes of every output, the network's input among them."""
    return {name: bytes_of(shape, batch, bytes_per_number) for name, shape in graph.shapes.items()}


def moved_bytes(graph: Graph, batch: int, bytes_per_number: int) -> dict[str, int]:
    """What running every node moves."""
    return {
        node.name: moved_bytes_of(node.op, node.shape, node.input_shapes, batch, bytes_per_number)
        for node in graph.nodes
    }


def alive(graph: Graph) -> Iterator[tuple[str, Mapping[str, None]]]:
    """Each node's name with the outputs that are alive while it runs, its own last.

    What is yielded is changed by the next step; copy it to keep it.
    """
    last_use = {name: node.name for node in graph.nodes for name in node.inputs}
    kept = {*graph.outputs, *graph.auxiliary}
    held: dict[str, None] = {INPUT: None}
    for node in graph.nodes:
        held[node.name] = None
        yield node.name, held
        for name in dict.fromkeys(node.inputs):
            if last_use[name] == node.name and name not in kept:
                del held[name]


def live_bytes(graph: Graph, sizes: Mapping[str, int]) -> dict[str, int]:
    """The bytes that are alive while each node runs: what is still needed, and its output."""
    return {name: sum(sizes[output] for output in held) for name, held in alive(graph)}
