"""The network as a graph: what reading ends with and every pass starts from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any, NamedTuple

from archcalc.arithmetic import Number
from archcalc.frozen import Frozen
from archcalc.ops.fields import written
from archcalc.ops.in_torch import AsCalled
from archcalc.ops.op import Op
from archcalc.shape import Shape

INPUT = "input"
"""The name of a network's only input."""


class NamedInputs(Frozen[str, Shape]):
    """The shapes of the inputs of a network that names them.

    >>> str(NamedInputs(image=Shape(3, 224, 224), ids=Shape(77)))
    'image 3x224x224, ids 77'
    """

    @property
    def sizes(self) -> dict[str, list[Number]]:
        """The sizes of each as a list, for programs."""
        return {name: shape.sizes for name, shape in self.items()}

    def __str__(self) -> str:
        return ", ".join(f"{name} {shape}" for name, shape in self.items())


class Node(NamedTuple):
    """One op in its place: where its inputs come from, what they are, and what it makes of them.

    The copies of a block share their ops and shapes.
    """

    name: str
    op: Op
    inputs: tuple[str, ...]
    input_shapes: tuple[Shape, ...]
    shape: Shape
    place: str

    @property
    def read(self) -> tuple[str, ...]:
        """Those of its inputs whose values it computes with: of others it takes the size alone."""
        return self.inputs[: self.op.value_inputs]

    @property
    def sources(self) -> tuple[str, ...]:
        """Its inputs, unless all that it takes of them is how many samples there are."""
        return () if self.op.value_inputs == 0 else self.inputs


class Copy(NamedTuple):
    """Nodes that a use of a block makes, from one number up to another, of one earlier node or
    input: each is that of an earlier use, but for its name and for what it takes."""

    start: int
    stop: int
    source: str
    """What the block takes here."""
    earlier: int
    """The number of the first node of the earlier use."""
    earlier_source: str


class GroupInfo(NamedTuple):
    """A level of names that a block makes: which block, with which arguments."""

    block: str
    arguments: Mapping[str, Any]

    def __str__(self) -> str:
        """The block and what it is given: `bottleneck width 128`."""
        given = ", ".join(f"{key} {written(value)}" for key, value in self.arguments.items())
        return f"{self.block} {given}" if given else self.block


@dataclass(frozen=True)
class Graph:
    """A network, expanded: its nodes in execution order. No pass changes it."""

    input: Shape | NamedInputs
    nodes: tuple[Node, ...]
    outputs: tuple[str, ...]
    auxiliary: Mapping[str, Any] = field(default_factory=dict)
    """Side outputs with the weight of their loss; there in train mode only."""
    groups: Mapping[str, GroupInfo] = field(default_factory=dict)
    times: Mapping[str, Number] = field(default_factory=dict)
    """How many copies a node stands for, where that is not itself alone: of open repeats."""
    output_names: Mapping[str, str] = field(default_factory=dict)
    """What the outputs are called, each with its node: as the spec names them, else as their items
    or branches are named."""
    warnings: tuple[str, ...] = ()
    """What is probably a mistake in the spec, a line each."""
    samples: Mapping[str, int] = field(default_factory=dict)
    """How many samples a node runs over, where those are not the batch: 1 where it works on
    parameters alone, or where samples lie along an axis of its own."""

    as_called: Mapping[str, AsCalled] = field(default_factory=dict)
    """Of an imported network, the nodes that are no modules of torch.nn by themselves."""
    copies: tuple[Copy, ...] = ()
    """The uses of blocks that are like earlier ones, in the order of their nodes, outer ones
    first."""

    def with_nodes(self, nodes: Sequence[Node], **others: Any) -> Graph:
        """The same network with other nodes, and with what else is given."""
        return replace(self, nodes=tuple(nodes), copies=(), **others)

    @cached_property
    def inputs(self) -> Mapping[str, Shape]:
        """Its inputs by name; an only one without a name of its own is `input`."""
        return self.input if isinstance(self.input, NamedInputs) else Frozen({INPUT: self.input})

    @cached_property
    def names_of_outputs(self) -> Mapping[str, str]:
        """What each output is called, by its node; by the node's own name where it has no other."""
        called = {node: name for name, node in self.output_names.items()}
        return Frozen({node: called.get(node, node) for node in self.outputs})

    @cached_property
    def has_known_gradients(self) -> bool:
        """Whether it is known of all its nodes what they keep for the backward pass."""
        return all(node.op.has_known_gradient for node in self.nodes)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of its inputs, then those of its nodes: the order of what is computed of each
        of them by number."""
        return (*self.inputs, *[node.name for node in self.nodes])

    @cached_property
    def reads(self) -> tuple[tuple[int, ...], ...]:
        """The numbers of what each node has as its inputs."""
        number = {name: i for i, name in enumerate(self.names)}.__getitem__
        return tuple([tuple(map(number, node.inputs)) for node in self.nodes])

    @cached_property
    def by_name(self) -> Mapping[str, Node]:
        """The nodes by their dotted names."""
        return Frozen({node.name: node for node in self.nodes})

    @cached_property
    def shapes(self) -> Mapping[str, Shape]:
        """The shape of every output, the network's inputs among them."""
        return Frozen({**self.inputs, **{node.name: node.shape for node in self.nodes}})
