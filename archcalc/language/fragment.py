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
from archcalc.ops.op import Op
from archcalc.shape import Shape

Ref = int
"""A node by its index in a fragment; the fragment's own inputs are -1, -2, ..."""
Flow = tuple[Ref, ...]
"""What one item hands to the next: one tensor, or several open ends."""


class Layer(NamedTuple):
    """What a node is wherever its block is used; all copies share it."""

    op: Op
    input_shapes: tuple[Shape, ...]
    shape: Shape
    item: Item


class ItemError(Exception):
    """What is wrong at one item, on its way out to the file's name."""

    def __init__(self, item: Item, problem: str, hint: str = "", node: str = ""):
        super().__init__(problem)
        self.item, self.problem, self.hint, self.node = item, problem, hint, node


@dataclass(slots=True)
class Fragment:
    """Nodes in execution order, what the names in a list mean, and where its flow ends."""

    input_shapes: tuple[Shape, ...]
    flows: dict[str, Flow]
    names: list[str] = field(default_factory=list)
    """Those of its nodes; `inputs` and `layers` go along with them."""
    inputs: list[Flow] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)
    weights: dict[Ref, Ref] = field(default_factory=dict)
    """For a node that uses the parameters of another, which one."""
    groups: list[tuple[str, GroupInfo]] = field(default_factory=list)
    uses: dict[str, tuple[Fragment, list[Ref]]] = field(default_factory=dict)
    """Which fragments were copied to here, and where their nodes are: for paths into them."""
    auxiliary: list[tuple[Ref, Any]] = field(default_factory=list)
    flow: Flow = ()
    items: int = 0
    """How many items it took, absent ones and repetitions included."""

    def shape(self, ref: Ref) -> Shape:
        """The shape of a node's output or of an input."""
        return self.layers[ref].shape if ref >= 0 else self.input_shapes[-1 - ref]

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

    def named(self, reference: str, prefix: str) -> Flow | None:
        """What a name means in the list at a prefix, else in those around it; `unit.*` is every
        copy of `unit`."""
        path = reference.removesuffix(".*")
        find = self.find if path == reference else self._repetitions
        while True:
            found = find(prefix + path)
            if found is not None or not prefix:
                return found
            around = prefix[:-1].rpartition(".")[0]
            prefix = around + "." if around else ""

    def _repetitions(self, path: str) -> Flow | None:
        """The flows of all copies of a repeated item."""
        flow: list[Ref] = []
        copies = 0
        while (copy := self.find(f"{path}.{copies}")) is not None:
            flow += copy
            copies += 1
        return tuple(flow) or None

    def paste(self, part: Fragment, prefix: str, inputs: Flow, info: GroupInfo | None) -> Flow:
        """Copy a fragment to the end of this one, under a prefix; returns its flow here.

        With `info`, the prefix is a group of its own, and paths can reach into it.
        """
        start = len(self.names)
        # Where its nodes are here, and from the end its inputs: -1 is the first.
        here = [*range(start, start + len(part.names)), *reversed(inputs)]
        at = here.__getitem__
        self.names += [prefix + name for name in part.names]
        self.inputs += [tuple(map(at, refs)) for refs in part.inputs]
        self.layers += part.layers
        self.weights |= {at(ref): at(other) for ref, other in part.weights.items()}
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
            return quote(self.names[ref] if ref >= 0 else INPUT)

        return re.sub(r"\binput (\d+)\b", name, problem)

    def add(self, name: str, layer: Layer, inputs: Flow, weights: Ref | None) -> Ref:
        """Append a node, which uses the parameters of another where `weights` says so.

        Raises:
            ItemError: the other's parameters are not like its own.
        """
        ref = len(self.names)
        if weights is not None:
            self._check_shared(layer, weights)
            self.weights[ref] = self.weights.get(weights, weights)
        self.names.append(name)
        self.inputs.append(inputs)
        self.layers.append(layer)
        return ref

    def _check_shared(self, layer: Layer, weights: Ref) -> None:
        name, other = quote(self.names[weights]), self.layers[weights]
        theirs = other.op.parameter_shapes(*other.input_shapes)
        for key, shape in layer.op.parameter_shapes(*layer.input_shapes).items():
            if key not in theirs:
                raise ItemError(layer.item, f"weights: {name} has no {key} to share")
            if theirs[key] != shape:
                has, needs = ("x".join(map(str, sizes)) for sizes in (theirs[key], shape))
                what = f"the {key} of {name} is {has}, this one's {needs}"
                raise ItemError(layer.item, f"weights: {what}")

    def graph(self) -> Graph:
        """The finished network."""
        # A network's own input is -1, which is where its name stands.
        names = [*self.names, INPUT]
        at = names.__getitem__
        nodes = [
            Node(name, op, tuple(map(at, refs)), input_shapes, shape, item.place)
            for name, refs, (op, input_shapes, shape, item) in zip(
                self.names, self.inputs, self.layers, strict=True
            )
        ]
        for ref, other in self.weights.items():
            nodes[ref] = nodes[ref]._replace(op=_named(nodes[ref].op, names[other]))
        outputs = tuple(map(at, self.flow))
        auxiliary = {names[ref]: weight for ref, weight in self.auxiliary}
        return Graph(self.input_shapes[0], tuple(nodes), outputs, auxiliary, dict(self.groups))

    def problems(self) -> Iterator[ItemError]:
        """What is wrong with the network as a whole: equal names, results that nothing uses."""
        levels = _levels(self.names)
        taken: set[str] = set()
        for name, layer in zip(self.names, self.layers, strict=True):
            if name in taken or name in levels:
                problem = f"the name {quote(name)} is taken"
                yield ItemError(layer.item, problem, "give one of them a name", name)
            taken.add(name)
        used = {*self.flow, *(ref for ref, _ in self.auxiliary)}.union(*self.inputs)
        for ref in range(len(self.names)):
            if ref not in used:
                item = self.layers[ref].item
                yield ItemError(item, "its result is never used", node=self.names[ref])


def _named(op: Op, weights: str) -> Op:
    """An op that knows the full name of the layer whose parameters it uses."""
    return dataclasses.replace(op, weights=weights)  # type: ignore[type-var]


def _levels(names: Iterable[str]) -> set[str]:
    """Every dotted prefix of some names."""
    levels: set[str] = set()
    while names:
        names = {name.rpartition(".")[0] for name in names} - levels
        levels |= names
    return levels
