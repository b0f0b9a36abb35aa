"""The expansion of a block, or of a network: nodes, and what names mean in it.

A block is a pure function of its arguments and of its inputs' shapes, so one Fragment serves
wherever it is used with the same ones: it is copied there, under that use's name.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from archcalc.errors import quote
from archcalc.graph import INPUT, Graph, GroupInfo, Node
from archcalc.language.model import Item
from archcalc.ops.base import Op
from archcalc.shape import Shape

Ref = int
"""A node by its index in a fragment; the fragment's own inputs are -1, -2, ..."""
Flow = tuple[Ref, ...]
"""What one item hands to the next: one tensor, or several open ends."""


class Draft(NamedTuple):
    """A node of a fragment, before it has its full name."""

    name: str
    op: Op
    inputs: Flow
    input_shapes: tuple[Shape, ...]
    shape: Shape
    item: Item
    weights: Ref | None = None
    """The node whose parameters it uses."""


class ItemError(Exception):
    """What is wrong at one item, on its way out to the file's name."""

    def __init__(self, item: Item, problem: str, hint: str = "", node: str = ""):
        super().__init__(problem)
        self.item, self.problem, self.hint, self.node = item, problem, hint, node


@dataclass(slots=True)
class Fragment:
    """Nodes in execution order, what the names in a list mean, and where its flow ends."""

    inputs: tuple[Shape, ...]
    flows: dict[str, Flow]
    nodes: list[Draft] = field(default_factory=list)
    groups: list[tuple[str, GroupInfo]] = field(default_factory=list)
    uses: dict[str, tuple[Fragment, list[Ref]]] = field(default_factory=dict)
    """Which fragments were copied to here, and where their nodes are: for paths into them."""
    auxiliary: list[tuple[Ref, Any]] = field(default_factory=list)
    flow: Flow = ()
    items: int = 0
    """How many items it took, absent ones and repetitions included."""

    def shape(self, ref: Ref) -> Shape:
        """The shape of a node's output or of an input."""
        return self.nodes[ref].shape if ref >= 0 else self.inputs[-1 - ref]

    def find(self, path: str) -> Flow | None:
        """The flow that a dotted path names, also inside a copied fragment."""
        flow = self.flows.get(path)
        if flow is not None:
            return flow
        head = path
        while "." in head:
            head = head.rpartition(".")[0]
            if head in self.uses:
                inner, here = self.uses[head]
                found = inner.find(path[len(head) + 1 :])
                if found is None:
                    return None
                # Kept, so that many references to one deep path search it once.
                self.flows[path] = tuple(map(here.__getitem__, found))
                return self.flows[path]
        return None

    def paste(self, part: Fragment, prefix: str, inputs: Flow, info: GroupInfo | None) -> Flow:
        """Copy a fragment to the end of this one, under a prefix; returns its flow here.

        With `info`, the prefix is a group of its own, and paths can reach into it.
        """
        start = len(self.nodes)
        # Where its nodes are here, and from the end its inputs: -1 is the first.
        here = [*range(start, start + len(part.nodes)), *reversed(inputs)]
        at = here.__getitem__
        self.nodes += [
            Draft(
                prefix + name,
                op,
                tuple(map(at, refs)),
                input_shapes,
                shape,
                item,
                weights if weights is None else at(weights),
            )
            for name, op, refs, input_shapes, shape, item, weights in part.nodes
        ]
        if info is not None:
            path = prefix[:-1]
            self.groups.append((path, info))
            self.uses[path] = (part, here)
        self.groups += [(prefix + path, group) for path, group in part.groups]
        self.auxiliary += [(here[ref], weight) for ref, weight in part.auxiliary]
        return tuple(map(at, part.flow))

    def with_names(self, problem: str, inputs: Flow) -> str:
        """An op's message, with its inputs' names for `input 1`, `input 2`."""

        def name(match: re.Match[str]) -> str:
            ref = inputs[int(match[1]) - 1]
            return quote(self.nodes[ref].name if ref >= 0 else INPUT)

        return re.sub(r"\binput (\d+)\b", name, problem)

    def check_shared(self, item: Item, op: Op, shapes: tuple[Shape, ...], weights: Ref) -> None:
        """Refuse the use of another layer's parameters where the op's own are not like them."""
        other = self.nodes[weights]
        theirs = other.op.parameter_shapes(*other.input_shapes)
        for name, shape in op.parameter_shapes(*shapes).items():
            if name not in theirs:
                raise ItemError(item, f"weights: {quote(other.name)} has no {name} to share")
            if theirs[name] != shape:
                has, needs = ("x".join(map(str, sizes)) for sizes in (theirs[name], shape))
                what = f"the {name} of {quote(other.name)} is {has}, this one's {needs}"
                raise ItemError(item, f"weights: {what}")

    def graph(self) -> Graph:
        """The finished network."""
        # A network's own input is -1, which is where its name stands.
        names = [*(draft.name for draft in self.nodes), INPUT]
        at = names.__getitem__
        nodes = [
            Node(
                name,
                op if weights is None else _named(op, names[weights]),
                tuple(map(at, refs)),
                input_shapes,
                shape,
                item.place,
            )
            for name, op, refs, input_shapes, shape, item, weights in self.nodes
        ]
        outputs = tuple(map(at, self.flow))
        auxiliary = {names[ref]: weight for ref, weight in self.auxiliary}
        return Graph(self.inputs[0], tuple(nodes), outputs, auxiliary, dict(self.groups))

    def problems(self) -> Iterator[ItemError]:
        """What is wrong with the network as a whole: equal names, results that nothing uses."""
        levels = _levels([draft.name for draft in self.nodes])
        taken: set[str] = set()
        for draft in self.nodes:
            if draft.name in taken or draft.name in levels:
                problem = f"the name {quote(draft.name)} is taken"
                yield ItemError(draft.item, problem, "give one of them a name", draft.name)
            taken.add(draft.name)
        used = {*self.flow, *(ref for ref, _ in self.auxiliary)}
        used.update(*(draft.inputs for draft in self.nodes))
        for ref, draft in enumerate(self.nodes):
            if ref not in used:
                yield ItemError(draft.item, "its result is never used", node=draft.name)


def _named(op: Op, weights: str) -> Op:
    """An op that knows the full name of the layer whose parameters it uses."""
    return dataclasses.replace(op, weights=weights)  # type: ignore[type-var]


def _levels(names: Iterable[str]) -> set[str]:
    """Every dotted prefix of some names."""
    levels: set[str] = set()
    while names:
        names = {name.rpartition(".")[0] for name in names} - levels - {""}
        levels |= names
    return levels
