"""How a receptive field grows: a line for a group, and a row a step from the network's input."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc import figures
from archcalc.explanation.page import Cell, Grid, GridColumn, GridRow, Line, cell, equation, words
from archcalc.explanation.quantities import last_window
from archcalc.explanation.reading import labels, seen_from, seen_through
from archcalc.explanation.tree import Explanation, short_names
from archcalc.graph import Node
from archcalc.network import Network
from archcalc.ops.base import POINT, SAME_GRID, Window
from archcalc.receptive_field import Axis, ReceptiveField, Undefined
from archcalc.traced import substituted


def field_lines(part: Explanation) -> Iterator[Line]:
    """The receptive field of a group's output, from that of its input."""
    fields = part.network.receptive_fields
    behind = fields[part.nodes[-1].name]
    if isinstance(behind, Undefined):
        yield words("RF", f"undefined: {behind.reason}")
        return
    if not isinstance(behind, ReceptiveField):
        yield words("RF", f"{behind}, {part.network.input}")
        return
    before = {fields[name] for name in part.sources}
    start = before.pop()
    end = last_window(part)
    if before or end is None or end not in part.nodes or not isinstance(start, ReceptiveField):
        yield words("RF", f"{figures.receptive_field(behind)} at its last output")
        return
    through = seen_through(part.nodes[: part.nodes.index(end) + 1], start)
    if not isinstance(through, ReceptiveField):
        yield words("RF", f"{_at(start)} before it, {_at(behind)} behind it")
    elif start.height == start.width and _is_square(through):
        yield _axis(part, end, "RF", start.height, through.height)
    else:
        yield _axis(part, end, "RF height", start.height, through.height)
        yield _axis(part, end, "RF width", start.width, through.width)


def _at(seen: ReceptiveField) -> str:
    strides = dict.fromkeys((str(seen.height.stride), str(seen.width.stride)))
    return f"{figures.receptive_field(seen)} at stride {'x'.join(strides)}"


def _is_square(seen: ReceptiveField) -> bool:
    return all(
        substituted(height) == substituted(width)
        for height, width in zip(seen.height[1:], seen.width[1:], strict=True)
    )


def _axis(part: Explanation, end: Node, label: str, start: Axis, through: Axis) -> Line:
    if not through.size.operation:
        return words(label, f"{start.size}, as its input's")
    steps = equation(through.size, "substituted", "value", is_size=True)
    return Line(label, steps, f"{start.size} at stride {start.stride}: ", _widest(part, end))


def _widest(part: Explanation, end: Node) -> str:
    """Through which branch a join sees the most, where it is one alone."""
    if len(end.inputs) == 1:
        return ""
    sizes = {}
    for label, name in zip(labels(end), end.inputs, strict=True):
        seen = part.network.receptive_fields[name]
        sizes[label] = seen.size if isinstance(seen, ReceptiveField) else []
    widest = [label for label, size in sizes.items() if size == max(sizes.values())]
    return f", through {widest[0]}" if len(widest) == 1 else ""


# --- from the input on ----------------------------------------------------------------------------


def field_grids(part: Explanation) -> Iterator[Grid]:
    """Every step between the network's input and a part that changes the receptive field."""
    net = part.network
    end = last_window(part)
    steps = []
    for node in _before(part, end) if end is not None else []:
        seen = seen_from(node, net.receptive_fields)
        if node.op.window() is not POINT or len(node.inputs) > 1:
            steps.append((node, seen))
    known = [(node, seen) for node, seen in steps if isinstance(seen, ReceptiveField)]
    if not known:
        return
    if all(_is_square(seen) for _, seen in known):
        yield _grid(net, [(node, seen.height) for node, seen in known], "RF")
    else:
        yield _grid(net, [(node, seen.height) for node, seen in known], "RF height")
        yield _grid(net, [(node, seen.width) for node, seen in known], "RF width")


def _before(part: Explanation, end: Node) -> list[Node]:
    """The nodes that a node sees the input through, itself the last, in execution order."""
    needed = {end.name}
    path = []
    for node in reversed(part.network.layers):
        if node.name in needed:
            needed.update(node.inputs)
            path.append(node)
    return path[::-1]


def _grid(net: Network, steps: list[tuple[Node, Axis]], title: str) -> Grid:
    names = short_names(net)
    columns = [
        GridColumn(title, ("size + (kernel - 1)·stride so far",)),
        GridColumn("stride so far"),
    ]
    rows = []
    for node, seen in steps:
        window = _window(node)
        stride = cell(seen.stride, is_size=True) if _has_step(node) else Cell()
        cells = (cell(seen.size, is_size=True), stride)
        rows.append(GridRow(f"{names[node.name]} {window}".rstrip(), node.name, cells))
    return Grid("layer", columns, rows)


def _has_step(node: Node) -> bool:
    window = node.op.window()
    return isinstance(window, Window) and (window.stride, window.finer) != ((1, 1), SAME_GRID)


def _window(node: Node) -> str:
    """The kernel and stride of a row, as its summary writes them: `7x7/2`."""
    if len(node.inputs) > 1:
        return ""
    return next(iter(node.op.settings()), "")
