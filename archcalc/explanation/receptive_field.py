"""Receptive fields as arithmetic: of one layer from its inputs, and through several layers."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import accumulate

from archcalc.analysis.receptive_field.axis import (
    SEES_NOTHING,
    Along,
    Axis,
    FieldBudget,
    Places,
    Strands,
)
from archcalc.analysis.receptive_field.of_network import last_maps
from archcalc.analysis.receptive_field.seen import ReceptiveField, Seen, Undefined, moves
from archcalc.analysis.receptive_field.single_figure import moving
from archcalc.analysis.receptive_field.through import through
from archcalc.arithmetic import Number, Zero, plain
from archcalc.graph import Node
from archcalc.ops.op import Op
from archcalc.ops.registry import traced
from archcalc.ops.window import POINT, Reach, Resampling, Window
from archcalc.parts.part import Network, Part
from archcalc.shape import Shape
from archcalc.traced import Traced, formula, substituted


def seen_from(node: Node, table: Mapping[str, Seen]) -> Seen:
    """The receptive field of a node in Traced numbers, from those of its inputs in ints."""
    known = table[node.name]
    is_looked_up = node.op.takes_indices  # a row of a table for each position: there is no window
    if isinstance(known, Undefined) or not moves(known) or is_looked_up:
        return known
    found = _seen_from(node, table)
    if not isinstance(found, ReceptiveField):
        return known  # of ids, whose axes are others
    along = zip(found.axes, known.axes, strict=True)
    axes = (one if isinstance(axis, Strands) else axis for axis, one in along)
    return found._replace(axes=tuple(axes))


def trunk_from(node: Node, table: Mapping[str, Seen]) -> Seen | None:
    """The receptive field of a node through windows alone; None where nothing else lets positions
    see more."""
    alone = through_windows_alone(node, table)
    if alone is None:
        return None
    trunks = {name: without_gates(table[name]) for name in node.read}
    if len({len(one.axes) for one in trunks.values() if isinstance(one, ReceptiveField)}) > 1:
        return alone  # of inputs of the network that have other axes: an image and a time
    found = _seen_from(node, trunks)
    if not isinstance(found, ReceptiveField):
        return alone  # that follows from paths which no single figure of an input stands for
    return found._replace(axes=tuple(map(moving, found.axes)))


def through_windows_alone(node: Node, table: Mapping[str, Seen]) -> ReceptiveField | None:
    """The receptive field of a node through windows alone, in ints, where it sees more."""
    known = table[node.name]
    trunk = None if isinstance(known, Undefined) else known.trunk
    return trunk if isinstance(trunk, ReceptiveField) else None


def without_gates(seen: Seen) -> Seen:
    """What positions see along the trunk, where there are gates."""
    if isinstance(seen, ReceptiveField) and isinstance(seen.trunk, ReceptiveField):
        return seen.trunk
    return seen


def _seen_from(node: Node, table: Mapping[str, Seen]) -> Seen:
    seen = node.read
    inputs = [_named_field(table[name], name if len(seen) > 1 else "size") for name in seen]
    xs = node.input_shapes
    return _through(node, _traced_window(node.op, xs, tuple(map(type, xs))), inputs)


@lru_cache(maxsize=256)
def _traced_window(op: Op, xs: tuple[Shape, ...], kinds: tuple[type, ...]) -> Reach:
    """The window of an op in Traced numbers, with one number for the axes that have it alike."""
    window = traced(op).window(*xs)
    if not isinstance(window, Window | Resampling):
        return window
    return type(window)(*map(_once, window))


def _once(sizes: tuple[Number, ...]) -> tuple[Number, ...]:
    known: dict[tuple[str, str], Number] = {}
    return tuple(known.setdefault((formula(n), substituted(n)), n) for n in sizes)


def _through(node: Node, window: Reach, inputs: Sequence[Seen]) -> Seen:
    xs = node.input_shapes[: node.op.value_inputs]
    return through(window, inputs, xs, node.shape, FieldBudget())


def sized(along: Axis | Places) -> Number:
    """The most that an output position sees along an axis, with its working."""
    return _from_end_to_end(along, along.widest) if isinstance(along, Places) else _size(along)


def least(along: Axis | Places) -> Number:
    """The least that an output position sees along an axis, with its working."""
    return _from_end_to_end(along, along.narrowest) if isinstance(along, Places) else _size(along)


def _from_end_to_end(along: Places, position: int) -> Number:
    ends = along.at(position)
    if ends is None:
        which = "its" if along is SEES_NOTHING else "some"
        return Zero(f"{which} output positions see nothing of the input")
    return Traced(ends[1], "last") - Traced(ends[0], "first") + Traced(1)


def _size(along: Axis) -> Traced:
    return _traced(along.size, "size")


def stepped(along: Axis | Places) -> Number:
    """The effective stride along an axis, with its working."""
    if not plain(along.stride):
        return Zero("all output positions see the same")
    if isinstance(along, Places):
        return Traced(along.shift, "pixels") / Traced(len(along.lows), "positions")
    return _traced(along.stride, "stride so far")


def padded(along: Axis | Places) -> Number:
    """The effective padding along an axis, with its working."""
    if not plain(along.padding):
        return Zero("what its first output sees begins at the input's first pixel")
    name = "padding so far" if isinstance(along, Axis) else ""
    return _traced(along.padding, name)


def _traced(number: Number, name: str) -> Traced:
    return number if isinstance(number, Traced) else Traced(number, name)


def why_undefined(net: Network, node: Node) -> str:
    """Why a node's receptive field is undefined, and at which node before it that begins."""
    first = net.undefined_from[node.name]
    seen = net.receptive_fields[first]
    assert isinstance(seen, Undefined)
    return seen.reason if first == node.name else f"{first} {seen.reason}"


def last_window(part: Part) -> Node | None:
    """The layer that decides what a group sees, or a network before it pools or reads whole maps:
    the last one, without those behind it that work on each position by itself."""
    graph = part.network.graph
    ends: Sequence[str] = (part.nodes[-1].name,)
    if part is part.network:
        ends = tuple({*last_maps(graph, part.network.receptive_fields).values()})
    while len(ends) == 1 and ends[0] in graph.by_name:
        node = graph.by_name[ends[0]]
        if node.op.window(*node.input_shapes) is not POINT or len(node.inputs) > 1:
            return node
        ends = node.inputs
    return None


MOST_GROWTHS = 20
"""A line of arithmetic with more terms is none: behind joins in a row their number doubles."""


def seen_through(nodes: Sequence[Node], before: Seen) -> Seen | None:
    """The receptive field behind several nodes, as one line of arithmetic from `before` them.

    What leaves it as it is, a 1x1 window and a stride of 1, is not in that line. None where it
    would be no line, as behind a parameter, which sees nothing.
    """
    start = _named_field(before, "size")
    table: dict[str, Seen] = {}
    terms: dict[str, int] = {}
    for node in nodes:
        grows = node.op.window(*node.input_shapes) is not POINT
        terms[node.name] = grows + sum(terms.get(name, 1) for name in node.read)
        if terms[node.name] > MOST_GROWTHS:
            return None
        window = traced(node.op).window(*node.input_shapes)
        if isinstance(window, Window) and window is not POINT:
            window = Window(*map(_silent_ones, window))
        inputs = [table.get(name, start) for name in node.read]
        if not inputs:
            return None
        table[node.name] = _through(node, window, inputs)
    return table[nodes[-1].name]


def _silent_ones(sizes: tuple[Number, ...]) -> tuple[Number, ...]:
    return tuple(Traced(plain(n), "window", default=plain(n) == 1) for n in sizes)


def _named_field(seen: Seen, size: str) -> Seen:
    if not isinstance(seen, ReceptiveField):
        return seen
    named = {id(axis): _named_axis(axis, size) for axis in seen.axes}  # two that are one stay one
    return seen._replace(axes=tuple(named[id(axis)] for axis in seen.axes))


def _named_axis(along: Along, size: str) -> Along:
    if not isinstance(along, Axis):
        return along
    return Axis(
        Traced(along.size, size),
        Traced(along.stride, "stride so far"),
        Traced(along.padding, "padding so far" if size == "size" else f"padding of {size}"),
    )


def short_names(net: Network) -> dict[str, str]:
    """Every node under the shortest path that is about it alone, element-wise ones aside."""
    shares = Counter(
        path
        for node in net
        if not node.op.is_elementwise
        for path in accumulate(node.name.split("."), "{}.{}".format)
    )
    return {
        node.name: next(
            (p for p in accumulate(node.name.split("."), "{}.{}".format) if shares[p] == 1),
            node.name,
        )
        for node in net
    }
