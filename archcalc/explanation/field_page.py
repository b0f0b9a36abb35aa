"""How a receptive field grows: a line for a group, and a row a step from the network's input."""

from __future__ import annotations

import re
from collections.abc import Iterator

from archcalc import figures
from archcalc.explanation.page import Cell, Grid, GridColumn, GridRow, Line, cell, equation, words
from archcalc.explanation.quantities import last_window
from archcalc.explanation.reading import seen_from, seen_through, why_undefined
from archcalc.explanation.rows import Followed, named_formulas
from archcalc.explanation.tree import Explanation, short_names
from archcalc.graph import Node
from archcalc.network import Network
from archcalc.ops.op import POINT, SAME_GRID, Window
from archcalc.receptive_field import Axis, ReceptiveField, Undefined
from archcalc.traced import formula, substituted


def field_lines(part: Explanation) -> Iterator[Line]:
    """The receptive field of a group's output, from that of its input."""
    fields = part.network.receptive_fields
    behind = fields[part.nodes[-1].name]
    if isinstance(behind, Undefined):
        yield words("RF", f"undefined: {why_undefined(part.network, part.nodes[-1])}")
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
        window = node.op.window()
        if len(node.inputs) > 1 or (window is not None and window.kernel_size != (1, 1)):
            return node.name
        node = net.graph.by_name.get(node.inputs[0])
    return name


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
    known = [seen for _, seen in steps if isinstance(seen, ReceptiveField)]
    if not known:
        return
    is_square = all(_is_square(seen) for seen in known)
    for i, title in enumerate(("RF",) if is_square else ("RF height", "RF width")):
        along = [(n, s[i] if isinstance(s, ReceptiveField) else s) for n, s in steps]
        yield _grid(net, along, title)


def _before(part: Explanation, end: Node) -> list[Node]:
    """The nodes that a node sees the input through, itself the last, in execution order."""
    needed = {end.name}
    path = []
    for node in reversed(part.network.layers):
        if node.name in needed:
            needed.update(node.inputs)
            path.append(node)
    return path[::-1]


def _grid(net: Network, steps: list[tuple[Node, Axis | Undefined | str]], title: str) -> Grid:
    names = short_names(net)
    followed, rows = [], []
    for node, seen in steps:
        name = names[node.name]
        cells = (Cell(words=_no_size(net, node, seen)), Cell())
        if isinstance(seen, Axis):
            stride = cell(seen.stride, is_size=True) if _has_step(node) else Cell()
            cells = (cell(seen.size, is_size=True), stride)
            if len(node.inputs) == 1 and seen.size.operation:
                along = re.sub("_(height|width)", "", formula(seen.size))  # the column's own
                followed.append(Followed(along, name, node.op.name))
        rows.append(GridRow(f"{name} {_window(node)}".rstrip(), node.name, cells))
    columns = [GridColumn(title, named_formulas(followed)), GridColumn("stride so far")]
    return Grid("layer", columns, rows)


def _no_size(net: Network, node: Node, seen: Axis | Undefined | str) -> str:
    if isinstance(seen, Undefined):
        return f"undefined: {why_undefined(net, node)}"
    return str(seen)


def _has_step(node: Node) -> bool:
    window = node.op.window()
    return isinstance(window, Window) and (window.stride, window.finer) != ((1, 1), SAME_GRID)


def _window(node: Node) -> str:
    """The kernel and stride of a row, as its summary writes them: `7x7/2`."""
    if len(node.inputs) > 1:
        return ""
    return next(iter(node.op.settings()), "")
