"""How a receptive field grows: a row for each step from the network's input."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

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
    through_windows_alone,
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
    if all(axis is axes[0] for axis in axes):
        return True
    if any(isinstance(axis, Places) for axis in axes):
        return len(set(axes)) == 1
    first, *others = [(substituted(axis.size), substituted(axis.stride)) for axis in axes]
    return all(axis == first for axis in others)


def growth(part: Part, *, with_padding: bool) -> Iterator[Grid]:
    """Every step that changes what a part sees: one table, or one an axis.

    `with_padding` adds what the padding so far comes to.
    """
    net = part.network
    names = short_names(net)
    steps = [_Step(net, node, names[node.name]) for node in _steps(part)]
    formulas: list[list[Followed]] = []  # those that rows follow, an axis at a time
    are_square, gates = True, ""
    for step in steps:
        seen = step.seen()
        known = seen.known if isinstance(seen, ReceptiveField) else ()
        are_square = are_square and (not known or is_square(known))
        gates = " through windows alone" if step.is_gated else gates
        formulas += [[] for _ in known[len(formulas) :]]
        for i, followed in enumerate(formulas):
            followed += step.followed(_along(seen, i))
    if not formulas:
        return  # of a vector no position is further than another
    titles = [f"RF {name}" for name in AXES_OF_POSITIONS[len(formulas)]]
    for i, title in enumerate(["RF"] if are_square else titles):
        columns = [GridColumn(title + gates, named_formulas(formulas[i]))]
        columns.append(GridColumn("stride so far"))
        columns += [GridColumn("padding so far")] * with_padding
        yield Grid("layer", columns, _Rows(steps, i, len(columns)))


@dataclass(frozen=True)
class _Rows:
    """The rows of a table, made each time that they are gone through: what many layers see, in
    numbers that show their working, would take much memory."""

    steps: Sequence[_Step]
    axis: int
    columns: int

    def __iter__(self) -> Iterator[GridRow]:
        for step in self.steps:
            yield step.row(_along(step.seen(), self.axis), self.columns)


def _along(seen: Seen, axis: int) -> Axis | Places | Seen:
    """What is seen along one axis, where that has a size."""
    has_size = isinstance(seen, ReceptiveField) and not seen.is_whole and axis < len(seen.known)
    return seen.known[axis] if has_size else seen  # type: ignore[union-attr]


def _steps(part: Part) -> Iterator[Node]:
    """The nodes up to the end of a part that change what is seen."""
    end = last_window(part)
    for node in _before(part, end) if end is not None else []:
        if node.op.window(*node.input_shapes) is not POINT or len(node.inputs) > 1:
            yield node


def _before(part: Part, end: Node) -> list[Node]:
    """The nodes that a node sees the input through, itself the last, in execution order."""
    needed = {end.name}
    path = []
    for node in reversed(part.network.nodes):
        if node.name in needed:
            needed.update(node.inputs)
            path.append(node)
    return path[::-1]


class _Step(NamedTuple):
    """A node that changes what is seen."""

    network: Network
    node: Node
    name: str

    @property
    def is_gated(self) -> bool:
        """Whether it sees more than windows let it see."""
        return through_windows_alone(self.node, self.network.receptive_fields) is not None

    def seen(self) -> Seen:
        """What it sees, through windows alone where that is less, with its working."""
        table = self.network.receptive_fields
        return trunk_from(self.node, table) or seen_from(self.node, table)

    def followed(self, seen: Axis | Places | Seen) -> Iterator[Followed]:
        """The formula that it follows along an axis, where it has one."""
        if len(self.node.read) > 1 or isinstance(seen, Undefined | ReceptiveField):
            return
        size = sized(seen)
        if isinstance(size, Traced) and size.operation:
            along = re.sub("_(frames|height|width)", "", formula(size))  # the column's own
            # One text serves the many rows that follow it.
            yield Followed(sys.intern(along), self.name, self.node.op.name)

    def row(self, seen: Axis | Places | Seen, columns: int) -> GridRow:
        """Its row in the table of an axis."""
        node = self.node
        if isinstance(seen, Undefined | ReceptiveField):
            cells = (Cell(words=_no_size(self.network, node, seen)), Cell(), Cell())
        else:
            cells = (
                _cell(sized(seen)),
                _cell(stepped(seen)) if _has_step(node) else Cell(),
                _cell(padded(seen)) if columns > 2 and _has_padding(node) else Cell(),
            )
        return GridRow(f"{self.name} {_window(node)}".rstrip(), node.name, cells[:columns])


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
