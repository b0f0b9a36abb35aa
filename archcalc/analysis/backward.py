"""What training keeps of a forward pass for the backward pass: autograd's saved tensors.

Each op says what its gradients need (`Op.saved`); here that of a whole graph is put together. What
several ops keep is in memory once, and counts at the first of them in file order. Parameters and
buffers, which some gradients need too, are there anyway and count apart. Nothing is kept where no
gradient flows: the network's input needs none, so neither does what is computed of it without
parameters.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from archcalc.analysis.memory import storages
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


def saved_tensors(graph: Graph) -> dict[str, tuple[SavedTensor, ...]]:
    """What every node keeps for the backward pass, in the order in which its op names it."""
    return dict(_saved_by_node(graph))


def _saved_by_node(graph: Graph) -> Iterator[tuple[str, tuple[SavedTensor, ...]]]:
    """Each node's name with what it keeps; one by one, as all of it may be large."""
    owners = storages(graph)
    has_gradient = dict.fromkeys(graph.inputs, False)
    firsts: dict[str, str] = {}
    leading = _leading_to_outputs(graph)
    for node in graph.nodes:
        flows = [has_gradient[name] for name in node.read]
        has_gradient[node.name] = any(flows) or _has_parameters(node)
        first = flows.index(True) if True in flows else len(flows)
        kept = (
            _kept(node, declared, owners, firsts)
            for declared in node.op.saved(node.shape, *node.input_shapes)
            if node.name in leading and _is_needed(declared, flows, first, has_gradient[node.name])
        )
        yield node.name, tuple(kept)


def _leading_to_outputs(graph: Graph) -> set[str]:
    """The nodes whose values an output is computed of; no gradient comes to the others."""
    leading = {*graph.outputs, *graph.auxiliary}
    for node in reversed(graph.nodes):
        if node.name in leading and not node.op.takes_indices:
            leading.update(node.read)
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
    node: Node, declared: Saved, owners: Mapping[str, str], firsts: dict[str, str]
) -> SavedTensor:
    if declared.source is None:
        return SavedTensor(declared, node.name, node.name, counts=True)
    is_output = declared.source == THE_OUTPUT
    storage = owners[node.name if is_output else node.inputs[declared.source]]
    counts = storage not in firsts
    return SavedTensor(declared, storage, firsts.setdefault(storage, node.name), counts)


def saved_bytes(graph: Graph, batch: int, bytes_per_number: int) -> dict[str, int]:
    """The bytes that count at every node; their sum is what the whole network keeps."""
    return {
        name: sum(
            bytes_of_saved(tensor.declared, graph.shapes[tensor.storage], batch, bytes_per_number)
            for tensor in tensors
            if tensor.counts
        )
        for name, tensors in _saved_by_node(graph)
    }


def bytes_of_saved(
    declared: Saved, storage: Shape, batch: Number, bytes_per_number: Number
) -> Number:
    """The bytes of a saved tensor, for a batch; `storage` is the shape of what it is memory of."""
    if declared.source is not None:
        return bytes_per_number * (batch * storage.elements)
    elements = batch * declared.elements if declared.is_per_sample else declared.elements
    return (declared.bytes_per_element or bytes_per_number) * elements
