"""What a network needs in memory, in bytes, by rules that are said.

Nodes run in file order, nothing is computed in place, a view has the memory of what it shows, an
output is freed after its last use, and parameters stand apart. A framework's own workspace is not
in these figures.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import accumulate, chain
from typing import Literal

from archcalc.analysis.count import Reading
from archcalc.arithmetic import Number, Zero, minimum
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

_MOVES_NOTHING = Zero("a view of its input; nothing is moved")
_A_VIEW = Zero("a view of its input; it has no memory of its own")


def bytes_of(shape: Shape, batch: Number, bytes_per_number: Number) -> Number:
    """The bytes of one tensor, for a batch."""
    return bytes_per_number * (batch * shape.elements)


def moved_bytes(reading: Reading) -> Number:
    """The bytes of the parameters and the inputs that are read, and of the output: what running a
    node moves.

    A view moves nothing, an input of which the size alone is asked is not read, a slice reads what
    it keeps, and a lookup at most a row for each number.
    """
    op, size = reading.op, reading.bytes_per_number
    if op.is_view(*reading.xs):
        return _MOVES_NOTHING
    moved = size * reading.parameters_read
    if op.takes_indices:
        moved = minimum(bytes_of(reading.y, reading.batch, size), moved)
    read = (reading.y,) if op.reads_what_it_keeps else reading.xs[: op.value_inputs]
    for shape in (*read, reading.y):
        moved = moved + bytes_of(shape, reading.batch, size)
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


def storages(graph: Graph) -> list[int]:
    """Whose memory each of a graph's inputs and outputs is in, by their numbers: its own, or that
    of what it is a view of."""
    owners = [*range(len(graph.inputs))]
    for number, (node, read) in enumerate(zip(graph.nodes, graph.reads, strict=True), len(owners)):
        owners.append(owners[read[0]] if node.op.is_view(*node.input_shapes) else number)
    return owners


def output_bytes(
    graph: Graph, owners: Sequence[int], batch: int, bytes_per_number: int
) -> list[int]:
    """The bytes that each of a graph's inputs and outputs adds; a view adds none.

    `owners` are the storages of the graph.
    """
    samples = graph.samples
    known: dict[tuple[int, int], int] = {}  # nodes are many, and their shapes few
    sizes = []
    shapes = chain(graph.inputs.values(), [node.shape for node in graph.nodes])
    for number, (name, shape) in enumerate(zip(graph.names, shapes, strict=True)):
        key = id(shape), samples.get(name, batch) if samples else batch
        if owners[number] != number:
            sizes.append(0)
            continue
        if key not in known:
            known[key] = bytes_of(shape, key[1], bytes_per_number)
        sizes.append(known[key])
    return sizes


MOST_NAMED = 12
"""The most outputs that are named of those alive at a node: the largest ones."""


class Alive:
    """The inputs and outputs that are alive while a node runs, the largest of them by name.

    A tree over the numbers of nodes. An output is in few places of it: those that make up the nodes
    during which it is alive. Each place keeps the largest that are there, so that neither many that
    live long nor many that live at once cost a node more.
    """

    def __init__(self, graph: Graph, owners: Sequence[int], sizes: Sequence[int]):
        self._names, self._sizes, count = graph.names, sizes, len(owners)
        self._numbers = {name: number for number, name in enumerate(graph.names)}
        self._leaves = count
        self._largest: list[list[int]] = [[] for _ in range(2 * count)]
        begun = [0] * (count + 1)
        last_uses = _last_uses(graph, owners)
        for number in sorted(range(count), key=lambda number: -sizes[number]):
            if owners[number] == number:  # no view
                last_use = last_uses[number]
                end = count if last_use < 0 else max(last_use, number) + 1
                begun[number] += 1
                begun[end] -= 1
                self._keep(number, end)
        self._counts = list(accumulate(begun))

    def _keep(self, number: int, end: int) -> None:
        """Keep an output in the places that make up the nodes from its own to the end."""
        first, last = number + self._leaves, end + self._leaves
        while first < last:
            for place in ([first] if first % 2 else []) + ([last - 1] if last % 2 else []):
                if len(self._largest[place]) < MOST_NAMED:
                    self._largest[place].append(number)
            first, last = (first + 1) // 2, last // 2

    def count(self, node: str) -> int:
        """How many are alive while a node runs."""
        return self._counts[self._numbers[node]]

    def largest(self, node: str) -> list[str]:
        """The names of the largest that are alive while a node runs, in their order; of a view the
        one that it shows."""
        found, place = list[int](), self._numbers[node] + self._leaves
        while place:
            found += self._largest[place]
            place //= 2
        names = sorted(found, key=lambda number: (-self._sizes[number], number))[:MOST_NAMED]
        return [self._names[number] for number in sorted(names)]


def live_bytes(graph: Graph, owners: Sequence[int], sizes: Sequence[int]) -> list[int]:
    """The bytes that are alive while each node runs: what is still needed, and its output.

    `owners` are the storages of the graph, `sizes` the bytes that its inputs and outputs add.
    """
    found = []
    live = sum(sizes[: len(graph.inputs)])
    for number, freed in _freed(graph, owners):
        live += sizes[number]
        found.append(live)
        for output in freed:
            live -= sizes[output]
    return found


def _freed(graph: Graph, owners: Sequence[int]) -> Iterator[tuple[int, list[int]]]:
    """The number of each node with those of the outputs whose memory it is the last to use."""
    last_use = _last_uses(graph, owners)
    for number, read in enumerate(graph.reads, len(graph.inputs)):
        if len(read) == 1:
            owner = owners[read[0]]
            yield number, [owner] if last_use[owner] == number else []
        else:
            used = dict.fromkeys([owners[source] for source in read])
            yield number, [owner for owner in used if last_use[owner] == number]


def _last_uses(graph: Graph, owners: Sequence[int]) -> list[int]:
    """The number of the node that uses the memory of each input and output last; -1 where that is
    kept, or is used by none."""
    last_use = [-1] * len(graph.names)
    for number, read in enumerate(graph.reads, len(graph.inputs)):
        for source in read:
            last_use[owners[source]] = number
    kept = {*graph.outputs, *graph.auxiliary}
    for number, name in enumerate(graph.names):
        if name in kept:
            last_use[owners[number]] = -1
    return last_use
