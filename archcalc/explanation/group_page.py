"""The page of a group of layers: a row a layer, the sums, and what its design buys."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from archcalc.explanation import rows
from archcalc.explanation.design_lines import design_lines
from archcalc.explanation.field_page import field_grids, field_lines
from archcalc.explanation.page import (
    Cell,
    Grid,
    GridColumn,
    GridRow,
    Heading,
    Line,
    Page,
    cell,
    equation,
    words,
)
from archcalc.explanation.reading import labels
from archcalc.explanation.tree import Explanation, Working
from archcalc.ops.merge import Concat
from archcalc.quantity import Quantity, Sum
from archcalc.traced import addends

IN_TABLE = ("parameters", "macs", "connections")
"""The sums whose parts are rows; of others only the sum is said, unless they are asked for."""
UNASKED = ("survival", "expected_macs")
"""Of the quantities that are no sums, those that are said without being asked for."""
MOST_TERMS = 12
"""A sum of more terms is not written out."""


def group_page(part: Explanation, width: int) -> Page:
    """How the numbers of a group of layers come about."""
    return Page(_title(part, width), list(_items(part)))


def _title(part: Explanation, width: int) -> str:
    net = part.network
    given = ", ".join(map(str, dict.fromkeys(part.inputs)))
    context = f"{given} -> {part.output}, {net.conditions}"
    for what in _described(part):
        title = f"{net.name} {part.layer}: {what}, {context}"
        if len(title) <= width:
            break
    return title


def _described(part: Explanation) -> Iterator[str]:
    """What a group is: its block with its arguments; shorter, the block alone."""
    times = f"{len(part.children)} x " if part.is_repetition else ""
    info = (part.children[-1] if part.is_repetition else part).part.block
    if info is None:
        yield f"{len(part.children)} parts"
    else:
        yield times + str(info)
        yield times + info.block


def _items(part: Explanation) -> Iterator[Line | Heading | Grid]:
    table = in_table(part)
    if table:
        parts = rows.rows(part, table)
        yield rows.grid(part, [p for p in parts if not rows.is_join(p, table)], table)
        if not part.is_asked:
            yield from (_join(p) for p in parts if rows.is_join(p, table))
    for kind in part.kinds:
        if isinstance(kind, Sum):
            if kind not in table and (part.is_asked or part.total(kind)):
                yield from plain_lines(part, kind)
        elif kind.name == "receptive_field":
            yield from field_lines(part)
            if part.is_asked:
                yield from field_grids(part)
        elif kind.name == "shape":
            if part.is_asked:
                yield from shapes(part)
        elif part.is_asked or kind.name in UNASKED:
            yield from plain_lines(part, kind)
    yield from design_lines(part)


def in_table(part: Explanation) -> list[Sum]:
    """The quantities that a row shows of its layer."""
    return [
        kind
        for kind in part.kinds
        if isinstance(kind, Sum) and part.total(kind) and (part.is_asked or kind.name in IN_TABLE)
    ]


def plain_lines(part: Explanation, kind: Quantity) -> Iterator[Line]:
    """A quantity in names, in digits and its value; what has none is said where it is asked for."""
    for quantity in part.workings(kind):
        if not part.is_asked and len(addends(quantity.number)) > MOST_TERMS:
            before = f"the sum of {len(addends(quantity.number))} parts: "
            yield Line(kind.title, equation(quantity.number, "value"), before)
        elif part.is_asked or not quantity.reason:
            yield statement(quantity.label or kind.title, quantity)
        if quantity.note:
            yield Line("", after=quantity.note, indent=2)


def statement(label: str, quantity: Working) -> Line:
    """A quantity in names, in digits and its value."""
    if quantity.reason:
        return words(label, quantity.words)
    whose = f"{quantity.at}: " if quantity.at else ""
    return Line(label, equation(quantity.number, is_size=quantity.is_size), whose)


def shapes(part: Explanation) -> Iterator[Line | Grid]:
    """The sizes of every layer's output that are computed, with their working; without any, what
    the part gives."""
    found = list(_shape_grid(part))
    yield from found
    if not found:
        yield words("shape", f"{part.output}, and no arithmetic in it")


def _shape_grid(part: Explanation) -> Iterator[Grid]:
    found = [
        (layer, {q.name: q for q in layer.main.quantities if q.number.operation})
        for layer in rows.layers(part)
        if layer.main is not None
    ]
    found = [(layer, sizes) for layer, sizes in found if sizes]
    is_square = all(_digits(sizes, "height") == _digits(sizes, "width") for _, sizes in found)
    columns = {"channels": "channels", "height": "height"}
    columns |= {"height": "height, and the width the same"} if is_square else {"width": "width"}
    shown = [name for name in columns if any(name in sizes for _, sizes in found)]
    if shown:
        yield Grid(
            "layer",
            [GridColumn(columns[name], _formulas(part, found, name)) for name in shown],
            [
                GridRow(
                    part.name_of(layer.part.path),
                    layer.part.path,
                    tuple(_size(sizes.get(name)) for name in shown),
                )
                for layer, sizes in found
            ],
        )


def _digits(sizes: Mapping[str, Working], name: str) -> str:
    return sizes[name].substituted if name in sizes else ""


def _formulas(
    part: Explanation, found: Sequence[tuple[Explanation, Mapping[str, Working]]], name: str
) -> list[str]:
    if name == "channels":
        return []
    followed = [
        rows.Followed(sizes[name].formula, part.name_of(layer.part.path), layer.main.node.op.name)
        for layer, sizes in found
        if name in sizes and layer.main is not None and layer.main.node is not None
    ]
    return rows.named_formulas(followed)


def _size(quantity: Working | None) -> Cell:
    return Cell() if quantity is None else cell(quantity.number, is_size=True)


def _join(part: Explanation) -> Line:
    """How branches come together: the channels of a concat, in branch order."""
    assert part.main is not None
    reading, node = part.main.reading, part.main.nodes[0]
    reason = getattr(reading.macs, "reason", "")
    if isinstance(node.op, Concat):
        steps = equation(reading.output.channels, "substituted", "value", is_size=True)
        return Line("concat", steps, after=f" channels, in branch order; {reason}")
    return words(node.op.name, f"{', '.join(labels(node))}: {reason}")
