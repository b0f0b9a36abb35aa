"""One node, read in numbers that remember their names: what its formulas show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from archcalc.arithmetic import Number, plain
from archcalc.count import Cost, connections_of, cost, operations_of
from archcalc.graph import INPUT, Node
from archcalc.memory import moved_bytes_of
from archcalc.network import Network
from archcalc.ops.op import POINT, Op, Window
from archcalc.ops.registry import field_infos, traced
from archcalc.receptive_field import Axis, ReceptiveField, Seen, Undefined, through
from archcalc.shape import Shape
from archcalc.traced import Traced


@dataclass(frozen=True)
class Reading:
    """An op with its shapes: in ints it counts, in Traced numbers the same formulas explain."""

    op: Op
    y: Shape
    xs: Sequence[Shape]
    batch: Number
    bytes_per_number: Number

    @cached_property
    def cost(self) -> Cost:
        """What the node costs."""
        return cost(self.op, self.y, self.xs, self.batch)

    @cached_property
    def operations(self) -> Mapping[str, Number]:
        """Its other operations by kind."""
        return operations_of(self.op, self.y, self.xs, self.batch)

    @property
    def connections(self) -> Number:
        """Connections in LeNet's sense."""
        return connections_of(self.cost, self.operations)

    @property
    def moved_bytes(self) -> Number:
        """The bytes that running it moves."""
        return moved_bytes_of(self.op, self.y, self.xs, self.batch, self.bytes_per_number)

    @property
    def output(self) -> Shape:
        """The shape of its output, with how it was computed."""
        return self.op.output(*self.xs)


def counted(net: Network, node: Node) -> Reading:
    """A node read in ints."""
    return Reading(node.op, node.shape, node.input_shapes, net.batch, net.bytes_per_number)


def explained(net: Network, node: Node) -> Reading:
    """A node read in Traced numbers. Its output's shape is not computed anew but given: at the
    boundary of a node a computed size is a plain one."""
    return read(node.op, node.input_shapes, node.shape, net, labels(node))


def read(
    op: Op, inputs: Sequence[Shape], output: Shape, net: Network, sources: Sequence[str] = ()
) -> Reading:
    """An op read in Traced numbers, also one that is not in the network itself."""
    fields = field_infos(type(op))
    before, after = ("in", "out") if "out_channels" in fields else ("channels", "channels")
    features = "in_features" if "out_features" in fields else "features"
    if sources and len(inputs) > 1:
        xs = [_named(x, source, source) for x, source in zip(inputs, sources, strict=True)]
    else:
        xs = [_named(x, before, features) for x in inputs]
    y = _named(output, after, "out_features" if "out_features" in fields else "features")
    batch = Traced(net.batch, "batch", default=net.batch == 1)
    return Reading(traced(op), y, xs, batch, Traced(net.bytes_per_number, "bytes"))


def _named(shape: Shape, channels: str, features: str) -> Shape:
    if not shape.is_map:
        return Shape(Traced(shape.channels, features))
    names = (channels, "height", "width")
    return Shape(*(Traced(size, name) for size, name in zip(shape, names, strict=True)))


def labels(node: Node) -> list[str]:
    """Short names for what a node joins: in its own group the branch or layer, else `input`."""
    group = node.name.rpartition(".")[0]
    prefix = f"{group}." if group else ""
    outside = {name for name in node.inputs if not name.startswith(prefix)}
    full = {
        name: name[len(prefix) :] if name not in outside else INPUT if len(outside) == 1 else name
        for name in node.inputs
    }
    short = {
        name: label if name in outside else label.partition(".")[0] for name, label in full.items()
    }
    chosen = short if len(set(short.values())) == len(short) else full
    return [chosen[name] for name in node.inputs]


# --- receptive fields -----------------------------------------------------------------------------


def value_inputs(node: Node) -> tuple[str, ...]:
    """The inputs whose values a node computes with."""
    return node.inputs[: node.op.value_inputs]


def seen_from(node: Node, table: Mapping[str, Seen]) -> Seen:
    """The receptive field of a node in Traced numbers, from those of its inputs in ints."""
    seen = value_inputs(node)
    is_join = len(seen) > 1
    inputs = [_named_field(table[name], name if is_join else "size") for name in seen]
    return through(traced(node.op).window(), inputs)


def why_undefined(net: Network, node: Node) -> str:
    """Why a node's receptive field is undefined, and at which node before it that begins."""
    table = net.receptive_fields
    first = node
    while before := [i for i in value_inputs(first) if isinstance(table[i], Undefined)]:
        first = net.graph.by_name[before[0]]
    seen = table[first.name]
    assert isinstance(seen, Undefined)
    return seen.reason if first is node else f"{first.name} {seen.reason}"


MOST_TERMS = 20
"""A line of arithmetic with more terms is none: behind joins in a row their number doubles."""


def seen_through(nodes: Sequence[Node], before: Seen) -> Seen | None:
    """The receptive field behind several nodes, as one line of arithmetic from `before` them.

    What leaves it as it is, a 1x1 window and a stride of 1, is not in that line. None where it
    would be no line.
    """
    start = _named_field(before, "size")
    table: dict[str, Seen] = {}
    terms: dict[str, int] = {}
    for node in nodes:
        grows = node.op.window() is not POINT
        terms[node.name] = grows + sum(terms.get(name, 1) for name in value_inputs(node))
        if terms[node.name] > MOST_TERMS:
            return None
        window = traced(node.op).window()
        table[node.name] = through(
            window if window is None or window is POINT else Window(*map(_silent_ones, window)),
            [table.get(name, start) for name in value_inputs(node)],
        )
    return table[nodes[-1].name]


def _silent_ones(pair: tuple[Number, Number]) -> tuple[Number, Number]:
    height, width = (Traced(plain(n), "window", default=plain(n) == 1) for n in pair)
    return height, width


def _named_field(seen: Seen, size: str) -> Seen:
    if not isinstance(seen, ReceptiveField):
        return seen
    height, width = (
        Axis(
            Traced(axis.low, f"first of {size}"),
            Traced(axis.size, size),
            Traced(axis.stride, "stride so far"),
        )
        for axis in seen
    )
    return ReceptiveField(height, width)
