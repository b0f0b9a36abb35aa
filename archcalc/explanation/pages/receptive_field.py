"""What a receptive field says, and how it grows: a row for each step from the network's input."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from archcalc import figures
from archcalc.axis import Axis, Places
from archcalc.explanation.pages.lines import Lines, statement
from archcalc.explanation.pages.page import (
    Cell,
    Grid,
    GridColumn,
    GridRow,
    Line,
    Side,
    cell,
    equation,
    words,
)
from archcalc.explanation.pages.rows import Followed, named_formulas
from archcalc.explanation.receptive_field import (
    last_window,
    seen_from,
    seen_through,
    short_names,
    sized,
    why_undefined,
)
from archcalc.explanation.tree import Explanation
from archcalc.explanation.workings import workings
from archcalc.graph import Node
from archcalc.ops.window import POINT, SAME_GRID, Resampling, Window
from archcalc.parts import Network, Part
from archcalc.quantity import Quantity
from archcalc.receptive_field import WHOLE_INPUT, ReceptiveField, Seen, Undefined, last_maps
from archcalc.traced import Traced, formula, substituted


class ReceptiveFieldLines(Lines):
    """A line an axis, or one for both; where it is asked for, the way from the input."""

    def of_layer(self, explanation: Explanation, quantity: Quantity) -> Iterator[Line]:
        """From that of its input."""
        for working in workings(explanation.part, quantity):
            axis = working.name.removeprefix("receptive_field").strip("_")
            if not working.number.operation and not working.reason:
                yield words(f"RF {axis}".strip(), f"{working.value}, as its input's")
            else:
                yield statement(f"RF {axis}".strip(), working)

    def of_group(self, explanation: Explanation, quantity: Quantity) -> Iterator[Line | Grid]:
        """From before it to behind it."""
        yield from _of_group(explanation.part)
        yield from self.grids(explanation)

    def of_network(self, explanation: Explanation, quantity: Quantity) -> Iterator[Line]:
        """Where it ends."""
        found = list(workings(explanation.part, quantity))
        if len({working.value for working in found}) == 1:
            found = [found[0]._replace(name=quantity.name)]
        for working in found:
            if working.reason:
                yield words("RF", working.words)
                continue
            axis = working.name.removeprefix(quantity.name).strip("_")
            sides = (Side(working.number, "value", is_size=True),)
            after = f" pixels, at {_where(explanation.part.network)}"
            yield Line(f"RF {axis}".strip(), sides, after=after)

    def grids(self, explanation: Explanation) -> Iterator[Line | Grid]:
        """Every step between the network's input and a part that changes it."""
        if explanation.is_asked:
            yield from _grids(explanation.part)


def _where(net: Network) -> str:
    ends = last_maps(net.graph, net.receptive_fields)
    if all(output == last for output, last in ends.items()):
        return "its output"
    return "the last map before global pooling or a linear layer"


def _of_group(part: Part) -> Iterator[Line]:
    """The receptive field of a group's output, from that of its input."""
    fields = part.network.receptive_fields
    behind = fields[part.nodes[-1].name]
    if isinstance(behind, Undefined):
        yield words("RF", f"undefined: {why_undefined(part.network, part.nodes[-1])}")
        return
    if behind.is_whole:
        yield words("RF", f"{WHOLE_INPUT}, {part.network.input}")
        return
    before = {fields[name] for name in part.sources}
    start = before.pop()
    end = last_window(part)
    if before or end is None or end not in part.nodes or isinstance(start, Undefined):
        yield words("RF", f"{figures.receptive_field(behind)} at its last output")
        return
    through = seen_through(part.nodes[: part.nodes.index(end) + 1], start)
    axes = list(zip(_evenly(start), _evenly(through), strict=False))
    if not axes:
        yield words("RF", f"{_at(start)} before it, {_at(behind)} behind it")
    elif len({a for a, _ in axes}) == 1 and _is_square([b for _, b in axes]):
        yield _axis(part, end, "RF", *axes[0])
    else:
        for name, (first, then) in zip(AXES, axes, strict=True):
            yield _axis(part, end, f"RF {name}", first, then)


AXES = ("height", "width")


def _evenly(seen: Seen | None) -> list[Axis]:
    """The axes of a receptive field where each output position sees as much as the next."""
    axes = seen.axes if isinstance(seen, ReceptiveField) else ()
    return [axis for axis in axes if isinstance(axis, Axis)]


def _at(seen: ReceptiveField) -> str:
    strides = dict.fromkeys(map(str, seen.stride))
    return f"{figures.receptive_field(seen)} at stride {'x'.join(strides)}"


def _is_square(axes: Sequence[Axis | Places]) -> bool:
    if any(isinstance(axis, Places) for axis in axes):
        return len(set(axes)) == 1
    first, *others = [(substituted(axis.size), substituted(axis.stride)) for axis in axes]
    return all(axis == first for axis in others)


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


# --- from the input on ----------------------------------------------------------------------------


def _grids(part: Part) -> Iterator[Grid]:
    net = part.network
    end = last_window(part)
    steps = []
    for node in _before(part, end) if end is not None else []:
        seen = seen_from(node, net.receptive_fields)
        if node.op.window(*node.input_shapes) is not POINT or len(node.inputs) > 1:
            steps.append((node, seen))
    known = [seen for _, seen in steps if isinstance(seen, ReceptiveField)]
    if not known:
        return
    is_square = all(_is_square(seen.known) for seen in known)
    for i, title in enumerate(("RF",) if is_square else ("RF height", "RF width")):
        along = [
            (n, s.known[i] if isinstance(s, ReceptiveField) and not s.is_whole else s)
            for n, s in steps
        ]
        yield _grid(net, along, title)


def _before(part: Part, end: Node) -> list[Node]:
    """The nodes that a node sees the input through, itself the last, in execution order."""
    needed = {end.name}
    path = []
    for node in reversed(part.network.nodes):
        if node.name in needed:
            needed.update(node.inputs)
            path.append(node)
    return path[::-1]


def _grid(net: Network, steps: list[tuple[Node, Axis | Places | Seen]], title: str) -> Grid:
    names = short_names(net)
    followed, rows = [], []
    for node, seen in steps:
        name = names[node.name]
        if isinstance(seen, Undefined | ReceptiveField):
            cells = (Cell(words=_no_size(net, node, seen)), Cell())
        else:
            size, so_far = sized(seen), seen.stride
            so_far = so_far if isinstance(so_far, Traced) else Traced(so_far, "stride so far")
            stride = cell(so_far, is_size=True) if _has_step(node) else Cell()
            cells = (cell(size, is_size=True), stride)
            if len(node.inputs) == 1 and size.operation:
                along = re.sub("_(height|width)", "", formula(size))  # the column's own
                followed.append(Followed(along, name, node.op.name))
        rows.append(GridRow(f"{name} {_window(node)}".rstrip(), node.name, cells))
    columns = [GridColumn(title, named_formulas(followed)), GridColumn("stride so far")]
    return Grid("layer", columns, rows)


def _no_size(net: Network, node: Node, seen: Seen) -> str:
    if isinstance(seen, Undefined):
        return f"undefined: {why_undefined(net, node)}"
    return WHOLE_INPUT


def _has_step(node: Node) -> bool:
    window = node.op.window(*node.input_shapes)
    if not isinstance(window, Window):
        return isinstance(window, Resampling)
    return (window.stride, window.finer) != ((1, 1), SAME_GRID)


def _window(node: Node) -> str:
    """The kernel and stride of a row, as its summary writes them: `7x7/2`."""
    if len(node.inputs) > 1:
        return ""
    return next(iter(node.op.settings()), "")
