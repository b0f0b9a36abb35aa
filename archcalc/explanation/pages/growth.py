"""How a receptive field grows: a row for each step from the network's input."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from archcalc.analysis.receptive_field.axis import Axis, Places
from archcalc.analysis.receptive_field.seen import WHOLE_INPUT, ReceptiveField, Seen, Undefined
from archcalc.arithmetic import Number, Zero
from archcalc.explanation.pages.page import (
    Cell,
    Grid,
    GridColumn,
    GridRow,
    cell,
)
from archcalc.explanation.pages.rows import Followed, named_formulas
from archcalc.explanation.receptive_field import (
    last_window,
    padded,
    seen_from,
    short_names,
    sized,
    stepped,
    trunk_from,
    why_undefined,
)
from archcalc.graph import Node
from archcalc.ops.window import POINT, Resampling, Window
from archcalc.parts.part import Network, Part
from archcalc.shape import AXES_OF_POSITIONS
from archcalc.traced import Traced, formula, substituted


def is_square(axes: Sequence[Axis | Places]) -> bool:
    """Whether all axes see alike, so that one speaks for them."""
    if any(isinstance(axis, Places) for axis in axes):
        return len(set(axes)) == 1
    first, *others = [(substituted(axis.size), substituted(axis.stride)) for axis in axes]
    return all(axis == first for axis in others)


def growth(part: Part, *, with_padding: bool) -> Iterator[Grid]:
    """Every step that changes what a part sees: one table, or one an axis.

    `with_padding` adds what the padding so far comes to.
    """
    net, table = part.network, part.network.receptive_fields
    end = last_window(part)
    steps: list[tuple[Node, Seen]] = []
    gates = ""
    for node in _before(part, end) if end is not None else []:
        if node.op.window(*node.input_shapes) is not POINT or len(node.inputs) > 1:
            trunk = trunk_from(node, table)
            gates = " through windows alone" if trunk is not None else gates
            steps.append((node, trunk or seen_from(node, table)))
    known = [seen for _, seen in steps if isinstance(seen, ReceptiveField) and seen.known]
    if not known:
        return  # of a vector no position is further than another
    are_square = all(is_square(seen.known) for seen in known)
    names = AXES_OF_POSITIONS[max(len(seen.known) for seen in known)]
    for i, title in enumerate(("RF",) if are_square else [f"RF {name}" for name in names]):
        along = [(n, _along(s, i)) for n, s in steps]
        yield _grid(net, along, title + gates, with_padding=with_padding)


def _along(seen: Seen, axis: int) -> Axis | Places | Seen:
    """What is seen along one axis, where that has a size."""
    has_size = isinstance(seen, ReceptiveField) and not seen.is_whole and axis < len(seen.known)
    return seen.known[axis] if has_size else seen  # type: ignore[union-attr]


def _before(part: Part, end: Node) -> list[Node]:
    """The nodes that a node sees the input through, itself the last, in execution order."""
    needed = {end.name}
    path = []
    for node in reversed(part.network.nodes):
        if node.name in needed:
            needed.update(node.inputs)
            path.append(node)
    return path[::-1]


def _grid(
    net: Network,
    steps: list[tuple[Node, Axis | Places | Seen]],
    title: str,
    *,
    with_padding: bool,
) -> Grid:
    names = short_names(net)
    followed, rows = [], []
    for node, seen in steps:
        name = names[node.name]
        if isinstance(seen, Undefined | ReceptiveField):
            cells = [Cell(words=_no_size(net, node, seen)), Cell(), Cell()]
        else:
            size = sized(seen)
            cells = [
                _cell(size),
                _cell(stepped(seen)) if _has_step(node) else Cell(),
                _cell(padded(seen)) if _has_padding(node) else Cell(),
            ]
            if isinstance(size, Traced) and size.operation and len(node.read) == 1:
                along = re.sub("_(frames|height|width)", "", formula(size))  # the column's own
                followed.append(Followed(along, name, node.op.name))
        cells = cells if with_padding else cells[:2]
        rows.append(GridRow(f"{name} {_window(node)}".rstrip(), node.name, tuple(cells)))
    columns = [GridColumn(title, named_formulas(followed)), GridColumn("stride so far")]
    columns += [GridColumn("padding so far")] * with_padding
    return Grid("layer", columns, rows)


def _cell(number: Number) -> Cell:
    return Cell(words="0") if isinstance(number, Zero) else cell(number, is_size=True)


def _no_size(net: Network, node: Node, seen: Seen) -> str:
    if isinstance(seen, Undefined):
        return f"undefined: {why_undefined(net, node)}"
    return WHOLE_INPUT


def _has_step(node: Node) -> bool:
    window = node.op.window(*node.input_shapes)
    if not isinstance(window, Window):
        return isinstance(window, Resampling)
    return {*window.stride, *window.finer} != {1}


def _has_padding(node: Node) -> bool:
    window = node.op.window(*node.input_shapes)
    return isinstance(window, Window) and any(window.padding)


def _window(node: Node) -> str:
    """The kernel and stride of a row, as its summary writes them: `7x7/2`."""
    if len(node.inputs) > 1:
        return ""
    return next(iter(node.op.settings()), "")
