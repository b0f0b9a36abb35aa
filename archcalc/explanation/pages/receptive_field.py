"""What a receptive field says of a layer, a group and a network."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc import field_figures, figures
from archcalc.analysis.receptive_field.axis import Axis, Places
from archcalc.analysis.receptive_field.of_network import by_output, last_maps
from archcalc.analysis.receptive_field.seen import WHOLE_INPUT, ReceptiveField, Seen, Undefined
from archcalc.explanation.pages.growth import growth, is_square
from archcalc.explanation.pages.lines import Lines, statement
from archcalc.explanation.pages.page import (
    Grid,
    Line,
    equation,
    side,
    words,
)
from archcalc.explanation.receptive_field import (
    last_window,
    seen_through,
    why_undefined,
)
from archcalc.explanation.tree import Explanation
from archcalc.explanation.working import Working
from archcalc.explanation.workings import workings
from archcalc.graph import Node
from archcalc.ops.window import Resampling, Window
from archcalc.parts.part import Network, Part
from archcalc.quantities.quantity import Quantity
from archcalc.shape import AXES_OF_POSITIONS
from archcalc.traced import Traced


class ReceptiveFieldLines(Lines):
    """A line an axis, or one for both; where it is asked for, the way from the input."""

    def of_layer(self, explanation: Explanation, quantity: Quantity) -> Iterator[Line]:
        """The receptive field of its output, from that of its input."""
        part = explanation.part
        for working in workings(part, quantity):
            label = working.label or "RF"
            if working.reason:
                yield words(label, working.words + _along_the_trunk(part.receptive_field))
            elif not working.number.operation:
                yield words(label, f"{working.value}, as its input's")
            else:
                line = statement(label, working)
                yield line._replace(after=_by_place(part.receptive_field, working))

    def of_group(self, explanation: Explanation, quantity: Quantity) -> Iterator[Line | Grid]:
        """The receptive field behind it, from that before it, and the steps between where asked."""
        yield from _of_group(explanation.part)
        yield from self.grids(explanation)

    def of_network(self, explanation: Explanation, quantity: Quantity) -> Iterator[Line]:
        """The receptive field at its output, or at each that sees another."""
        net = explanation.part.network
        outputs = by_output(net.graph, net.receptive_fields)
        if len(set(outputs.values())) == 1:
            yield from _at_the_end(net, net.receptive_field, next(iter(outputs)))
            return
        for output in list(outputs)[:MOST_ENDS]:
            name = net.graph.names_of_outputs[output]
            yield from _at_the_end(net, outputs[output], output, f", at {name}")
        if len(outputs) > MOST_ENDS:
            yield words("", f"{len(outputs) - MOST_ENDS} more outputs")

    def grids(self, explanation: Explanation) -> Iterator[Line | Grid]:
        """Every step between the network's input and a part that changes it, if asked for."""
        if explanation.is_asked:
            names = {quantity.name for quantity in explanation.quantities}
            yield from growth(explanation.part, with_padding="effective_padding" in names)


def _at_the_end(net: Network, seen: Seen, node: str, at: str = "") -> Iterator[Line]:
    """Of a node that ends a part; `at` says which of several, which can be at different strides."""
    if isinstance(seen, Undefined):
        yield words("RF", f"undefined{at}: {seen.reason}")
    elif seen.is_whole:
        yield words("RF", f"{WHOLE_INPUT}, {net.input_of(node)}{at}{_along_the_trunk(seen)}")
    else:
        stride = f" at stride {figures.sides(seen.stride)}" if at else ""
        yield from _in_pixels(seen, f"{stride}{at or f', at {_where(net)}'}")


def _in_pixels(seen: ReceptiveField, where: str) -> Iterator[Line]:
    same = len({(axis.size, axis.smallest) for axis in seen.known}) == 1
    names = AXES_OF_POSITIONS.get(len(seen.known), ())
    unit = "pixels" if len(seen.known) == 2 else "positions"
    for axis, name in list(zip(seen.known, names, strict=False))[: 1 if same else None]:
        sides = (side(Traced(axis.size), "value", is_size=True),)
        least = "" if axis.smallest == axis.size else f" at most and {axis.smallest} at least"
        label = "RF" if same else f"RF {name}"
        yield Line(label, sides, after=f" {unit}{least}{where}{_along_the_trunk(seen)}")


def _where(net: Network) -> str:
    ends = last_maps(net.graph, net.receptive_fields)
    if all(output == last for output, last in ends.items()):
        return "its output"
    return "the last map before global pooling or a linear layer"


def _along_the_trunk(seen: Seen) -> str:
    """What is seen through windows alone, where positions see more than that."""
    if isinstance(seen, Undefined) or seen.trunk is None:
        return ""
    return f"; {field_figures.receptive_field(seen.trunk)} through windows alone"


def _by_place(seen: Seen, working: Working) -> str:
    """Which output position sees the most, where some see less or other pixels than it."""
    for axis in seen.known if isinstance(seen, ReceptiveField) else ():
        if isinstance(axis, Places) and axis.stride and axis.size == working.value:
            position = f", at output position {axis.widest} of every {len(axis.lows)}"
            least = "" if axis.smallest == axis.size else f"; {axis.smallest} at least"
            return position + least
    return ""


def _of_group(part: Part) -> Iterator[Line]:
    """The receptive field of a group's output, from that of its input; of each of several."""
    fields = part.network.receptive_fields
    if len(part.ends) > 1:
        for node in part.ends[:MOST_ENDS]:
            name = part.name_of(node.name)
            yield from _at_the_end(part.network, fields[node.name], node.name, f", at {name}")
        if len(part.ends) > MOST_ENDS:
            yield words("", f"{len(part.ends) - MOST_ENDS} more outputs")
        return
    behind = fields[part.nodes[-1].name]
    if isinstance(behind, Undefined):
        yield words("RF", f"undefined: {why_undefined(part.network, part.nodes[-1])}")
        return
    if behind.is_whole:
        input = part.network.input_of(part.nodes[-1].name)
        yield words("RF", f"{WHOLE_INPUT}, {input}{_along_the_trunk(behind)}")
        return
    before = {fields[name] for name in part.sources}
    start = before.pop()
    end = last_window(part)
    if before or end is None or end not in part.nodes or isinstance(start, Undefined):
        yield words("RF", f"{field_figures.receptive_field(behind)} at its last output")
        return
    through = seen_through(part.nodes[: part.nodes.index(end) + 1], start)
    axes = list(zip(_evenly(start), _evenly(through), strict=False))
    if not axes:
        yield words("RF", f"{_at(start)} before it, {_at(behind)} behind it")
    elif len({a for a, _ in axes}) == 1 and is_square([b for _, b in axes]):
        yield _axis(part, end, "RF", *axes[0])
    else:
        for name, (first, then) in zip(AXES_OF_POSITIONS[len(axes)], axes, strict=True):
            yield _axis(part, end, f"RF {name}", first, then)


MOST_ENDS = 12
"""The most outputs that are named one by one."""


def _evenly(seen: Seen | None) -> list[Axis]:
    """The axes of a receptive field where each output position sees as much as the next."""
    axes = seen.axes if isinstance(seen, ReceptiveField) else ()
    return [axis for axis in axes if isinstance(axis, Axis)]


def _at(seen: ReceptiveField) -> str:
    return f"{field_figures.receptive_field(seen)} at stride {figures.sides(seen.stride)}"


def _axis(part: Part, end: Node, label: str, start: Axis, through: Axis) -> Line:
    if not through.size.operation:
        return words(label, f"{start.size}, as its input's")
    sides = equation(through.size, "substituted", "value", is_size=True)
    return Line(label, sides, f"{start.size} at stride {start.stride}: ", _widest(part, end))


def _widest(part: Part, end: Node) -> str:
    """Through which branch a join sees the most, where it is one alone."""
    if len(end.inputs) == 1:
        return ""
    sizes = {}
    fields = part.network.receptive_fields
    for name in end.inputs:
        seen = fields[name]
        sizes[name] = seen.size if isinstance(seen, ReceptiveField) else []
    widest = [name for name, size in sizes.items() if size == max(sizes.values())]
    if len(widest) > 1:
        return ""
    prefix = end.name.rpartition(".")[0]
    start = len(prefix) + 1 if prefix else 0
    name = _last_growth(part.network, widest[0], prefix)
    return f", through {name[start:].partition('.')[0]}"


def _last_growth(net: Network, name: str, group: str) -> str:
    """The layer up to a node of a group that its receptive field last grew at; without one in the
    group, the node itself."""
    node = net.graph.by_name.get(name)
    while node is not None and node.name.startswith(group):
        window = node.op.window(*node.input_shapes)
        is_wider = isinstance(window, Window) and window.kernel_size != (1, 1)
        if len(node.inputs) > 1 or is_wider or isinstance(window, Resampling):
            return node.name
        node = net.graph.by_name.get(node.inputs[0])
    return name
