"""The table of a group or a network: a row a layer, or a row a part, and what they add up to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from archcalc import figures
from archcalc.analysis.count import Reading
from archcalc.explanation.pages.page import Cell, Grid, GridColumn, GridRow, cell, side
from archcalc.explanation.part_sums import holder, of_sum
from archcalc.explanation.working import Working
from archcalc.parts.part import Part
from archcalc.quantities.quantity import Sum
from archcalc.traced import Traced, addends, formula, summed

MOST_LAYERS = 40
"""The most layers of a group that are explained one by one, and not by its parts."""
LONGEST_WORKING = 60
"""The most characters of a sum in a table; a longer one is that of its terms' values."""
FEWEST_ARRANGING = 6
"""So many layers behind each other that only arrange numbers are one row."""
MOST_FOLLOWING = 6
"""More rows in a row of names are the others."""
MOST_NAMES, LONGEST_NAMES = 2, 20
"""A formula that more rows follow, or rows of longer names, is under the name of their op."""


def rows_of(part: Part, sums: Sequence[Sum]) -> list[Part]:
    """The layers of a group, or its parts where it repeats or is large; of a network its parts
    that count, or what the only one of them consists of."""
    if part is part.network:
        counting = [child for child in part.children if any(each.of(child) for each in sums)]
        is_one = len(counting) == 1 and counting[0].main is None
        return rows_of(counting[0], sums) if is_one else counting
    children = [child for child in part.children if not is_silent(child, sums)]
    if part.is_repetition:
        return children
    found = list(_until(children, sums, lambda child: child.is_repetition))
    return found if len(found) <= MOST_LAYERS else children


def layers(part: Part) -> Iterator[Part]:
    """All layers of a part, each with the element-wise ones that belong to it."""
    return _until([part], (), lambda child: False)


def _until(
    parts: Iterable[Part],
    sums: Sequence[Sum],
    is_row: Callable[[Part], bool],
) -> Iterator[Part]:
    """Layers, and the groups that are to be one row, in execution order."""
    stack = list(parts)[::-1]
    while stack:
        part = stack.pop()
        if part.main is not None or is_row(part):
            yield part
        else:
            stack += [child for child in part.children if not is_silent(child, sums)][::-1]


def is_silent(part: Part, sums: Sequence[Sum]) -> bool:
    """Whether it is only element-wise ops that nothing is counted of, which have no row."""
    counts = any(each.of(part) for each in sums)
    return not counts and not any(map(part.network.is_heavy, part.nodes))


def is_join(part: Part, sums: Sequence[Sum]) -> bool:
    """Whether it only puts several tensors together."""
    is_one = part.main is not None and len(part.main.nodes[0].inputs) > 1
    return is_one and not any(each.of(part) for each in sums)


def grid_of(part: Part, parts: Sequence[Part], sums: Sequence[Sum]) -> Grid:
    """The table of some parts of a group, with its sum."""
    found = list(_rows(part, parts, sums))
    columns = [GridColumn(each.title, _formulas(part, parts, each)) for each in sums]
    if part is not part.network and len(found) > 1:
        found.append(GridRow("sum", "sum", tuple(_sum(part, each) for each in sums)))
    return Grid("layer", columns, found)


def _rows(part: Part, parts: Sequence[Part], sums: Sequence[Sum]) -> Iterator[GridRow]:
    known: dict[tuple[Reading, str, int], Cell] = {}

    def cell_of(copies: Sequence[Part], quantity: Sum) -> Cell:
        layer = holder(copies[0], quantity.of)
        if layer.node is None:
            return _cell(of_sum(copies[0], quantity), len(copies))
        key = layer.traced, quantity.name, len(copies)
        if key not in known:
            known[key] = _cell(of_sum(layer, quantity), len(copies))
        return known[key]

    for is_arranging, runs in groupby(equal_copies(parts, sums), _only_arrange):
        found = list(runs)
        arranging = [child for copies in found for child in copies] if is_arranging else []
        if len(arranging) >= FEWEST_ARRANGING:
            yield _arranging_row(arranging, len(sums))
            continue
        for copies in found:
            cells = tuple(cell_of(copies, each) for each in sums)
            path = copies_name(copies)
            yield GridRow(part.name_of(copies[0].path) if len(copies) == 1 else path, path, cells)


def _only_arrange(copies: Sequence[Part]) -> bool:
    """Whether layers have no numbers of their own, and compute none."""
    return all(
        child.node is not None
        and not (child.stored or child.buffers or child.operations)
        and not child.macs
        for child in copies
    )


def _arranging_row(parts: Sequence[Part], columns: int) -> GridRow:
    """Layers behind each other that only arrange numbers, in a row: `3 layers`."""
    names = list(dict.fromkeys(child.node.op.name for child in parts if child.node is not None))
    words = f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
    said = Cell(words=f"{words}: only arranged")
    path = f"{parts[0].path} to {parts[-1].path}"
    return GridRow(f"{len(parts)} layers", path, (said,) * columns)


def equal_copies(parts: Sequence[Part], sums: Sequence[Sum]) -> Iterator[list[Part]]:
    """Runs of neighbouring copies that come to the same; each other part by itself."""

    def alike(child: Part) -> tuple[object, ...]:
        before, _, last = child.path.rpartition(".")
        key = (before, "") if last.isdigit() else (before, last)
        return (key, child.inputs, child.output, *(each.of(child) for each in sums))

    return (list(run) for _, run in groupby(parts, key=alike))


def copies_name(copies: Sequence[Part]) -> str:
    """`layer1.0`, or `layer1.1..2` of several."""
    first, last = copies[0].path, copies[-1].path
    return first if first == last else f"{first}..{last.rpartition('.')[2]}"


def _cell(working: Working, copies: int) -> Cell:
    if working.reason:
        return Cell(words=brief(working.reason))
    number = _shortened(working.number)
    if copies > 1 and number.operation == "+":
        number = Traced(number.value, computed=True)
    return cell(number if copies == 1 else Traced(copies) * number)


def _shortened(number: Traced) -> Traced:
    """A long sum of workings as the sum of their values."""
    terms = addends(number)
    is_long = len(side(number, "substituted").text) > LONGEST_WORKING
    if len(terms) == 1 or not is_long or not all(term.operation for term in terms):
        return number
    return summed(Traced(term.value, computed=True) for term in terms)


def brief(reason: str) -> str:
    """The reason alone, without what is said after a semicolon or a colon."""
    return re.split("[;:]", reason)[0]


def _formulas(part: Part, parts: Sequence[Part], quantity: Sum) -> list[str]:
    """The formulas that rows of a single layer's working follow."""
    counting = [child for child in parts if quantity.of(child)]
    known: dict[Reading, str] = {}
    found: list[Followed] = []
    for child in counting:
        layer = holder(child, quantity.of)
        if layer.node is None:
            continue
        if layer.traced not in known:
            number = of_sum(layer, quantity).number
            is_whole = number.operation and _shortened(number) is number
            known[layer.traced] = formula(number) if is_whole else ""
        if known[layer.traced]:
            name = part.name_of(child.path)
            found.append(Followed(known[layer.traced], name, layer.node.op.name))
    return named_formulas(found, is_all=len(found) == len(counting))


class Followed(NamedTuple):
    """The formula that a row follows, with the row's name and its op's."""

    formula: str
    row: str
    op: str


def named_formulas(found: Sequence[Followed], *, is_all: bool = True) -> list[str]:
    """Each formula once, with the rows it holds for: `conv1, conv3: 2·channels`.

    Many rows are under the name of their op, if all of that op follow the formula; else most
    rows are the others. A formula that every row of a table follows has no names.
    """
    by_formula: dict[str, list[Followed]] = {}
    for row in found:
        by_formula.setdefault(row.formula, []).append(row)
    if is_all and len(by_formula) == 1:
        return list(by_formula)
    most = max(by_formula, key=lambda formula: len(by_formula[formula]), default="")
    named = {formula: _names(rows, found) for formula, rows in by_formula.items()}
    if is_all and len(named.get(most, ())) > MOST_FOLLOWING:
        named[most] = ["others"]
        named[most] = named.pop(most)  # behind those it is other than
    return [f"{', '.join(names)}: {formula}" for formula, names in named.items()]


def _names(rows: Sequence[Followed], found: Sequence[Followed]) -> Sequence[str]:
    """What to call the rows that follow one formula among all that are found."""
    names = [row.row for row in rows]
    ops = list(dict.fromkeys(row.op for row in rows))
    is_short = len(names) <= MOST_NAMES and len(", ".join(names)) <= LONGEST_NAMES
    is_of_ops = all(row.formula == rows[0].formula for row in found if row.op in ops)
    return ops if is_of_ops and not is_short else names


def _sum(part: Part, quantity: Sum) -> Cell:
    number = Traced(quantity.of(part), computed=True)
    share = figures.percent(quantity.of(part), quantity.of(part.network))
    return Cell(words=f"{share} of {part.network.name}", value=side(number, "value"))
