"""What a network needs in memory, in bytes, by rules that are said.

Nodes run in file order, nothing is computed in place, an output is freed after its last use, and
parameters stand apart. A framework's own workspace is not in these figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from archcalc.arithmetic import Number
from archcalc.count import Reading
from archcalc.graph import Graph
from archcalc.shape import Shape


def bytes_of(shape: Shape, batch: Number, bytes_per_number: Number) -> Number:
    """The bytes of one tensor, for a batch."""
    return bytes_per_number * (batch * shape.elements)


def moved_bytes(reading: Reading) -> Number:
    """The bytes of the parameters read, the inputs and the output: what running a node moves."""
    moved = reading.bytes_per_number * reading.parameters_read
    for shape in (*reading.xs, reading.y):
        moved = moved + bytes_of(shape, reading.batch, reading.bytes_per_number)
    return moved


def training_bytes(parameters: Number, outputs: Number, given: Number) -> Number:
    """An estimate for SGD with momentum: parameters, gradients and momentum, and the input and all
    outputs kept for the backward pass."""
    return 3 * parameters + outputs + given


def output_bytes(graph: Graph, batch: int, bytes_per_number: int) -> dict[str, int]:
    """The bytes of every output, the network's inputs among them."""
    return {
        name: bytes_of(shape, graph.samples.get(name, batch), bytes_per_number)
        for name, shape in graph.shapes.items()
    }


def alive(graph: Graph) -> Iterator[tuple[str, Mapping[str, None]]]:
    """Each node's name with the outputs that are alive while it runs, its own last.

    What is yielded is changed by the next step; copy it to keep it.
    """
    held: dict[str, None] = dict.fromkeys(graph.inputs)
    for name, freed in _freed(graph):
        held[name] = None
        yield name, held
        for output in freed:
            del held[output]


def live_bytes(graph: Graph, sizes: Mapping[str, int]) -> dict[str, int]:
    """The bytes that are alive while each node runs: what is still needed, and its output."""
    table = {}
    live = sum(sizes[name] for name in graph.inputs)
    for name, freed in _freed(graph):
        live += sizes[name]
        table[name] = live
        live -= sum(sizes[output] for output in freed)
    return table


def _freed(graph: Graph) -> Iterator[tuple[str, list[str]]]:
    """Each node's name with the outputs that it is the last to use."""
    last_use = {name: node.name for node in graph.nodes for name in node.inputs}
    kept = {*graph.outputs, *graph.auxiliary}
    for node in graph.nodes:
        yield (
            node.name,
            [
                name
                for name in dict.fromkeys(node.inputs)
                if last_use[name] == node.name and name not in kept
            ],
        )
