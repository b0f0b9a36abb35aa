"""One node, read in numbers that remember their names: what its formulas show."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from archcalc.arithmetic import Number, plain
from archcalc.axis import Along, Axis, Budget, Places
from archcalc.count import Reading
from archcalc.graph import INPUT, Node
from archcalc.network import Network
from archcalc.ops.op import Op
from archcalc.ops.registry import traced
from archcalc.ops.window import POINT, Reach, Window
from archcalc.receptive_field import ReceptiveField, Seen, Undefined, moves, through
from archcalc.shape import Shape
from archcalc.traced import Traced


def explained(net: Network, node: Node) -> Reading:
    """A node read in Traced numbers. Its output's shape is not computed anew but given: at the
    boundary of a node a computed size is a plain one."""
    return read(node.op, node.input_shapes, node.shape, net, labels(node))


def read(
    op: Op, inputs: Sequence[Shape], output: Shape, net: Network, sources: Sequence[str] = ()
) -> Reading:
    """An op read in Traced numbers, also one that is not in the network itself."""
    *before, after = op.axes(*inputs)
    sources = sources or ["channels"] * len(inputs)
    xs = [_named(*named) for named in zip(inputs, before, sources, strict=True)]
    y = _named(output, after)
    batch = Traced(net.batch, "batch", default=net.batch == 1)
    return Reading(traced(op), y, xs, batch, Traced(net.bytes_per_number, "bytes"))


def _named(shape: Shape, names: Sequence[str], source: str = "") -> Shape:
    return Shape(*(Traced(size, name or source) for size, name in zip(shape, names, strict=True)))


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
    known = table[node.name]
    if isinstance(known, Undefined) or not moves(known):
        return known
    seen = value_inputs(node)
    is_join = len(seen) > 1
    inputs = [_named_field(table[name], name if is_join else "size") for name in seen]
    return _through(node, traced(node.op).window(*node.input_shapes), inputs)


def _through(node: Node, window: Reach, inputs: Sequence[Seen]) -> Seen:
    xs = node.input_shapes[: node.op.value_inputs]
    return through(window, inputs, xs, node.shape, Budget())


def sized(along: Axis | Places) -> Traced:
    """The most that an output position sees along an axis, with its working."""
    if isinstance(along, Places):
        last, first = along.highs[along.widest], along.lows[along.widest]
        return Traced(last, "last") - Traced(first, "first") + Traced(1)
    return along.size if isinstance(along.size, Traced) else Traced(along.size, "size")


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
        grows = node.op.window(*node.input_shapes) is not POINT
        terms[node.name] = grows + sum(terms.get(name, 1) for name in value_inputs(node))
        if terms[node.name] > MOST_TERMS:
            return None
        window = traced(node.op).window(*node.input_shapes)
        if isinstance(window, Window) and window is not POINT:
            window = Window(*map(_silent_ones, window))
        inputs = [table.get(name, start) for name in value_inputs(node)]
        table[node.name] = _through(node, window, inputs)
    return table[nodes[-1].name]


def _silent_ones(pair: tuple[Number, Number]) -> tuple[Number, Number]:
    height, width = (Traced(plain(n), "window", default=plain(n) == 1) for n in pair)
    return height, width


def _named_field(seen: Seen, size: str) -> Seen:
    if not isinstance(seen, ReceptiveField):
        return seen
    return seen._replace(axes=tuple(_named_axis(axis, size) for axis in seen.axes))


def _named_axis(along: Along, size: str) -> Along:
    if not isinstance(along, Axis):
        return along
    return Axis(
        Traced(along.low, f"first of {size}"),
        Traced(along.size, size),
        Traced(along.stride, "stride so far"),
    )
