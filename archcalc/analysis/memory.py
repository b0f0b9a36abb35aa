"""What a network needs in memory, in bytes, by rules that are said.

Nodes run in file order, nothing is computed in place, a view has the memory of what it shows, an
output is freed after its last use, and parameters stand apart. A framework's own workspace is not
in these figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Literal

from archcalc.analysis.count import Reading
from archcalc.arithmetic import Number, Zero
from archcalc.graph import Graph
from archcalc.shape import Shape

Optimizer = Literal["sgd", "momentum", "adam"]

OPTIMIZERS: Mapping[Optimizer, tuple[str, tuple[str, ...]]] = {
    "sgd": ("SGD without momentum", ()),
    "momentum": ("SGD with momentum", ("momentum",)),
    "adam": ("Adam", ("first moments", "second moments")),
}
"""What each optimizer is called, and what it keeps of each parameter: torch's `momentum_buffer`,
or `exp_avg` and `exp_avg_sq`."""

_A_VIEW = Zero("a view of its input; it has no memory of its own")


def bytes_of(shape: Shape, batch: Number, bytes_per_number: Number) -> Number:
    """The bytes of one tensor, for a batch."""
    return bytes_per_number * (batch * shape.elements)


def moved_bytes(reading: Reading) -> Number:
    """The bytes of the parameters read, the inputs and the output: what running a node moves."""
    moved = reading.bytes_per_number * reading.parameters_read
    for shape in (*reading.xs, reading.y):
        moved = moved + bytes_of(shape, reading.batch, reading.bytes_per_number)
    return moved


def bytes_of_output(reading: Reading) -> Number:
    """The bytes that a node's output adds: all of it, or none where it is a view."""
    if reading.op.is_view(*reading.xs):
        return _A_VIEW
    return bytes_of(reading.y, reading.batch, reading.bytes_per_number)


def training_bytes(parameters: Number, copies: Number, buffers: Number, saved: Number) -> Number:
    """What a training step needs at the least: parameters with gradients and what the optimizer
    keeps, so many copies of them, buffers, and what the backward pass needs of the forward pass."""
    return copies * parameters + buffers + saved


def inference_bytes(parameters: Number, buffers: Number, peak: Number) -> Number:
    """Parameters, buffers, and the most outputs that are alive at once."""
    return parameters + buffers + peak


def storages(graph: Graph) -> dict[str, str]:
    """Whose memory every output is in: its own, or that of what it is a view of."""
    table = {name: name for name in graph.inputs}
    for name, op, inputs, xs, _, _ in graph.nodes:
        table[name] = table[inputs[0]] if op.is_view(*xs) else name
    return table


def output_bytes(
    graph: Graph, owners: Mapping[str, str], batch: int, bytes_per_number: int
) -> dict[str, int]:
    """The bytes that every output adds, the network's inputs among them; a view adds none.

    `owners` are the storages of the graph.
    """
    samples = graph.samples
    known: dict[tuple[int, int], int] = {}  # nodes are many, and their shapes few
    table = {}
    for name, shape in graph.shapes.items():
        key = id(shape), samples.get(name, batch) if samples else batch
        if owners[name] != name:
            table[name] = 0
            continue
        if key not in known:
            known[key] = bytes_of(shape, key[1], bytes_per_number)
        table[name] = known[key]
    return table


def alive(graph: Graph) -> Iterator[tuple[str, Mapping[str, None]]]:
    """Each node's name with the outputs that are alive while it runs, its own last; of a view the
    one that it shows.

    What is yielded is changed by the next step; copy it to keep it.
    """
    held: dict[str, None] = dict.fromkeys(graph.inputs)
    owners = storages(graph)
    for name, freed in _freed(graph, owners):
        held[owners[name]] = None
        yield name, held
        for output in freed:
            del held[output]


def live_bytes(graph: Graph, owners: Mapping[str, str], sizes: Mapping[str, int]) -> dict[str, int]:
    """The bytes that are alive while each node runs: what is still needed, and its output.

    `owners` are the storages of the graph, `sizes` the bytes that every output adds.
    """
    table = {}
    live = sum(sizes[name] for name in graph.inputs)
    for name, freed in _freed(graph, owners):
        live += sizes[name]
        table[name] = live
        for output in freed:
            live -= sizes[output]
    return table


def _freed(graph: Graph, owners: Mapping[str, str]) -> Iterator[tuple[str, list[str]]]:
    """Each node's name with the outputs whose memory it is the last to use."""
    last_use = {owners[name]: node.name for node in graph.nodes for name in node.inputs}
    kept = {owners[name] for name in (*graph.outputs, *graph.auxiliary)}
    for name, _, inputs, _, _, _ in graph.nodes:
        used = dict.fromkeys([owners[read] for read in inputs])
        yield name, [o for o in used if last_use[o] == name and o not in kept]
