"""What training keeps of a forward pass for the backward pass: autograd's saved tensors.

Each op says what its gradients need (`Op.saved`); here that of a whole graph is put together. What
several ops keep is in memory once, and counts at the first of them in file order. Parameters and
buffers, which some gradients need too, are there anyway and count apart. Nothing is kept where no
gradient flows: the network's input needs none, so neither does what is computed of it without
parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from archcalc.arithmetic import Number
from archcalc.graph import Graph, Node
from archcalc.ops.saved import THE_OUTPUT, Saved
from archcalc.shape import Shape


class SavedTensor(NamedTuple):
    """A tensor that a node keeps for the backward pass."""

    declared: Saved
    storage: str
    """Whose output its memory is (that of a view's whole source), or the node that makes it."""
    first: str
    """The node at which it counts: the first in file order that keeps it."""
    counts: bool
    """Whether that is this node, which may keep the same tensor twice."""


def saved_tensors(graph: Graph, owners: Sequence[int]) -> dict[str, tuple[SavedTensor, ...]]:
    """What every node keeps for the backward pass, in the order in which its op names it.

    `owners` are the storages of the graph.
    """
    names, first = graph.names, len(graph.inputs)
    return {
        names[number]: tuple([kept.named(names) for kept in tensors])
        for number, tensors in enumerate(_saved_by_node(graph, owners), first)
    }


class _Kept(NamedTuple):
    """A tensor that a node keeps, with the numbers of what a SavedTensor names."""

    declared: Saved
    storage: int
    first: int
    counts: bool

    def named(self, names: Sequence[str]) -> SavedTensor:
        """It by these names."""
        return SavedTensor(self.declared, names[self.storage], names[self.first], self.counts)


def _saved_by_node(graph: Graph, owners: Sequence[int]) -> Iterator[list[_Kept]]:
    """What each node keeps; one by one, as all of it may be large."""
    has_gradient = [False] * len(graph.inputs)
    firsts: dict[int, int] = {}
    leading = _leading_to_outputs(graph)
    for number, (node, inputs) in enumerate(
        zip(graph.nodes, graph.reads, strict=True), len(graph.inputs)
    ):
        flows = [has_gradient[source] for source in inputs[: node.op.value_inputs]]
        has_gradient.append(any(flows) or _has_parameters(node))
        if not leading[number]:
            yield []
            continue
        first = flows.index(True) if True in flows else len(flows)
        yield [
            _kept(number, inputs, declared, owners, firsts)
            for declared in node.op.saved(node.shape, *node.input_shapes)
            if _is_needed(declared, flows, first, has_gradient[number])
        ]


def _leading_to_outputs(graph: Graph) -> list[bool]:
    """Of each number whether an output is computed of its values; no gradient comes to others."""
    ends = {*graph.outputs, *graph.auxiliary}
    leading = [name in ends for name in graph.names]
    number = len(leading)
    for node, inputs in zip(reversed(graph.nodes), reversed(graph.reads), strict=True):
        number -= 1
        if leading[number] and not node.op.takes_indices:
            for source in inputs[: node.op.value_inputs]:
                leading[source] = True
    return leading


def _has_parameters(node: Node) -> bool:
    """Whether it has parameters to learn, its own or another layer's."""
    return bool(getattr(node.op, "weights", "") or node.op.parameters(*node.input_shapes))


def _is_needed(declared: Saved, flows: list[bool], first: int, has_gradient: bool) -> bool:
    """`first` is the number of the first input that a gradient flows to."""
    needed_by = declared.needed_by
    if needed_by is None:
        return has_gradient
    if isinstance(needed_by, range):  # which begins at the first
        return first in needed_by
    return any(flows[index] for index in needed_by)


def _kept(
    number: int,
    inputs: Sequence[int],
    declared: Saved,
    owners: Sequence[int],
    firsts: dict[int, int],
) -> _Kept:
    if declared.source is None:
        return _Kept(declared, number, number, counts=True)
    is_output = declared.source == THE_OUTPUT
    storage = owners[number if is_output else inputs[declared.source]]
    counts = storage not in firsts
    return _Kept(declared, storage, firsts.setdefault(storage, number), counts)


def saved_bytes(
    graph: Graph, owners: Sequence[int], batch: int, bytes_per_number: int
) -> dict[str, int]:
    """The bytes that count at every node; their sum is what the whole network keeps.

    `owners` are the storages of the graph.
    """
    shapes = [*graph.inputs.values(), *[node.shape for node in graph.nodes]]
    return {
        node.name: sum(
            [
                bytes_of_saved(tensor.declared, shapes[tensor.storage], batch, bytes_per_number)
                for tensor in tensors
                if tensor.counts
            ]
        )
        for node, tensors in zip(graph.nodes, _saved_by_node(graph, owners), strict=True)
    }


def bytes_of_saved(
    declared: Saved, storage: Shape, batch: Number, bytes_per_number: Number
) -> Number:
    """The bytes of a saved tensor, for a batch; `storage` is the shape of what it is memory of."""
    if declared.source is not None:
        return bytes_per_number * (batch * storage.elements)
    elements = batch * declared.elements if declared.is_per_sample else declared.elements
    return (declared.bytes_per_element or bytes_per_number) * elements
