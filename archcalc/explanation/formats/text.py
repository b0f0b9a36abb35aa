"""A page as plain text, laid out to a width."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from archcalc.explanation.pages.page import TIED, Cell, Grid, GridColumn, Line, Page
from archcalc.formats import Heading

LABEL = 13
"""Columns of the labels, where they are not longer."""
COLUMN = "  "
"""Words before an equation that end so are a column of their own."""


def page_text(page: Page, width: int) -> str:
    """The page in plain text; long sums break before `=`, then before `+`."""
    title = re.sub("(?<!,) ", TIED, page.title)
    first, *more = _broken([("", title)], width)
    lines = [first, *(f"  {line}" for line in more)]
    for is_statements, run in groupby(page.items, key=lambda item: isinstance(item, Line)):
        if is_statements:
            lines += statements([item for item in run if isinstance(item, Line)], width)
            continue
        for item in run:
            if isinstance(item, Heading):
                lines.append(item.text)
            elif isinstance(item, Grid):
                lines += grid_lines(item, width)
    return "\n".join(line.rstrip() for line in lines).replace(TIED, " ")


def statements(lines: Sequence[Line], width: int) -> Iterator[str]:
    """Statements with their labels in one column, and short words before them in another."""
    column = max(LABEL, max(len(line.label) + line.indent + 1 for line in lines))
    for line in lines:
        label = " " * line.indent + line.label
        start = column if line.label else column + line.indent
        if line.before.endswith(COLUMN):
            first, hanging, pieces = line.before, start + len(line.before), _pieces(line)
        else:
            first, hanging = "", start
            (arithmetic, after), *others = _pieces(line)
            pieces = [(line.before + arithmetic, after), *others]
        body = list(_broken(pieces, width - hanging))
        yield (label.ljust(start) + first + body[0]).replace(TIED, " ")
        for more in body[1:]:
            yield " " * hanging + more.replace(TIED, " ")


def _pieces(line: Line) -> list[tuple[str, str]]:
    """The sides of an equation, each with the words behind it."""
    if not line.sides:
        return [("", line.after)]
    pieces: list[tuple[str, str]] = []
    for side in line.sides:
        if pieces and side.is_about:  # a/b, about c
            pieces[-1] = (f"{pieces[-1][0]}, {side.text}", "")
        else:
            pieces.append((f"= {side.text}" if pieces else side.text, ""))
    pieces[-1] = (pieces[-1][0], line.after)
    return pieces


def _broken(pieces: Sequence[tuple[str, str]], width: int) -> Iterator[str]:
    """Lines of at most `width` columns: broken before a side, the first of them if that is enough;
    else before a `+`, else at a space of the words."""
    sides = [arithmetic + words for arithmetic, words in pieces]
    for breaks in ([" ".join(sides)], [sides[0], " ".join(sides[1:])]):
        if max(map(len, breaks)) <= width:
            yield from breaks
            return
    current = ""
    for arithmetic, words in pieces:
        tokens: Iterable[str] = [arithmetic + words]
        if current and len(current) + 1 + len(arithmetic + words) > width:
            yield current
            current = ""
        if len(arithmetic + words) > width:
            tokens = _tokens(arithmetic, words, width)
        elif current:
            tokens = [f" {arithmetic + words}"]
        for token in tokens:
            if current and len(current + token.rstrip()) > width:
                yield current.rstrip()
                current = token.lstrip()
            else:
                current += token
    yield current


def _tokens(arithmetic: str, words: str, width: int) -> Iterator[str]:
    """Where a side can be broken: before a `+` outside parentheses, between the numbers of a
    maximum; words at their spaces. A term that is too long breaks inside its parentheses too."""
    terms = list(_terms(arithmetic, 0))
    if max(map(len, terms)) > width:
        terms = list(_terms(arithmetic, 1))
    first, *others = words.split(" ")
    yield from terms[:-1]
    yield terms[-1] + first
    for word in others:
        yield f" {word}"


def _terms(arithmetic: str, deepest: int) -> Iterator[str]:
    """Arithmetic cut before each `+` in so many parentheses at most, and behind each comma; behind
    the names of rows too."""
    depth = start = 0
    for i, character in enumerate(arithmetic):
        depth += (character == "(") - (character == ")")
        is_sum = character == "+" and depth <= deepest
        if is_sum or (character == " " and arithmetic[i - 1] in ",:"):
            yield arithmetic[start:i]
            start = i
    yield arithmetic[start:]


# --- tables ---------------------------------------------------------------------------------------


class _Shown(NamedTuple):
    """A cell as text: its working, or words in its place, and its value."""

    working: str
    words: str
    value: str

    def lines(self, room: int | None) -> list[str]:
        """Its working or words, in so many columns."""
        if room is None:
            return [self.working or self.words]
        return list(_broken([(self.working, self.words)], room))


class _Row(NamedTuple):
    name: str
    cells: Sequence[_Shown]


def grid_lines(table: Grid, width: int) -> list[str]:
    """A table of workings; where it is too wide, a table a column."""
    rows = [_Row(row.name, [*map(_shown, row.cells)]) for row in table.rows]
    lines: list[str] = []
    for line in _grid(table.of, table.columns, rows, None):
        if len(line) > width:
            break
        lines.append(line)
    else:
        return lines
    lines = []
    for i, column in enumerate(table.columns):
        alone = [_Row(row.name, [row.cells[i]]) for row in rows]
        lines += _grid(table.of, [column], alone, width)
    return lines


def _shown(cell: Cell) -> _Shown:
    return _Shown(cell.working.text if cell.working else "", cell.words, cell.value_text)


def _grid(
    of: str, columns: Sequence[GridColumn], rows: Sequence[_Row], width: int | None
) -> Iterator[str]:
    names = max(len(of), *(len(row.name) for row in rows))
    cells = list(zip(*(row.cells for row in rows), strict=True))
    values = [max(len(cell.value) for cell in column) for column in cells]
    room = None if width is None else width - names - 2 - 3 - values[0]
    workings = [max(len(line) for cell in column for line in cell.lines(room)) for column in cells]
    room_above = None if width is None else width - names - 2
    headers = [_header(column, room_above) for column in columns]
    for i, header in enumerate(headers[:-1]):  # nothing stands behind the last one
        workings[i] = max(workings[i], max(map(len, header)) - 3 - values[i])
    for i in range(max(map(len, headers))):
        line = (of if i == 0 else "").ljust(names)
        for header, working, value in zip(headers, workings, values, strict=True):
            words = header[i] if i < len(header) else ""
            line += "  " + words.ljust(working + 3 + value)
        yield line.rstrip()
    for row in rows:
        parts = [cell.lines(room) for cell in row.cells]
        for i in range(max(map(len, parts))):
            line = row.name.ljust(names) if i == 0 else " " * names
            for cell, part, working, value in zip(row.cells, parts, workings, values, strict=True):
                is_last = i == len(part) - 1
                line += "  " + (part[i] if i < len(part) else "").ljust(working)
                line += " = " if is_last and cell.working and cell.value else "   "
                line += (cell.value if is_last else "").rjust(value)
            yield line.rstrip()


def _header(column: GridColumn, room: int | None) -> list[str]:
    """A column's title and, under it, the formulas that its rows follow."""
    lines = [column.title]
    for formula in column.formulas:
        if room is None:
            lines.append(formula)
        else:
            first, *more = _broken([(formula, "")], room - 2)
            lines += [first, *(f"  {line}" for line in more)]
    return lines
