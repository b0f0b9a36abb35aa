"""Statements and tables of an explanation as LaTeX: `align*` environments, one `&=` a line."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from itertools import groupby

from archcalc.explanation.pages.page import Cell, Grid, GridRow, Line, Side
from archcalc.formats.latex import escape
from archcalc.traced import addends, latex

LONGEST_SIDE = 85
"""A longer sum is broken before a `+`, as in text."""


def equations(lines: Iterable[Line]) -> str:
    """Statements: those with arithmetic in `align*`, the others as paragraphs."""
    blocks = []
    for is_equation, run in groupby(lines, key=lambda line: bool(line.sides)):
        if is_equation:
            blocks.append(_align(map(_statement, run)))
        else:
            blocks += (escape(f"{x.label} {x.before}{x.after}".strip()) for x in run)
    return "\n\n".join(blocks)


def grid_equations(grid: Grid) -> str:
    """A table of workings: an `align*` a column, its formulas above it, a row a layer."""
    blocks = []
    for i, column in enumerate(grid.columns):
        formulas = "; ".join(column.formulas)
        blocks.append(escape(f"{column.title}, {formulas}" if formulas else column.title))
        lines = [_row(row, row.cells[i]) for row in grid.rows if row.cells[i] != Cell()]
        if lines:
            blocks.append(_align(lines))
    return "\n\n".join(blocks)


def _row(row: GridRow, cell: Cell) -> list[str]:
    sides = [side for side in (cell.working, cell.value) if side is not None]
    words = rf" \quad {_text(cell.words)}" if cell.words else ""
    if not sides:
        return [f"{_text(row.path)} & {words}"]
    return _sides(_text(row.path), sides, words)


def _statement(line: Line) -> list[str]:
    label = ", ".join(filter(None, (line.label, line.before.strip().rstrip(":"))))
    after = rf" \quad {_text(line.after.strip(' ,:'))}" if line.after.strip(" ,:") else ""
    if label:
        return _sides(_text(label), line.sides, after)
    return _sides(_side(line.sides[0]), line.sides[1:], after)


def _sides(left: str, sides: Iterable[Side], after: str) -> list[str]:
    lines: list[str] = []
    for side in sides:
        first, *more = _broken(side)
        lines.append(rf"&\approx {first}" if side.is_about else f"&= {first}")
        lines += [rf"&\quad + {text}" for text in more]
    lines[0] = f"{left} {lines[0]}".strip()
    lines[-1] += after
    return lines


def _broken(side: Side) -> list[str]:
    """One side of an equation; a long sum in several lines."""
    if side.form == "value" or len(side.text()) <= LONGEST_SIDE:
        return [_side(side)]
    lines: list[list[str]] = [[]]
    length = 0
    for term in addends(side.number):
        part = side._replace(number=term)
        if lines[-1] and length + len(part.text()) > LONGEST_SIDE:
            lines.append([])
            length = 0
        lines[-1].append(_side(part))
        length += len(part.text()) + 3
    return [" + ".join(terms) for terms in lines]


def _side(side: Side) -> str:
    """One side of an equation as mathematics."""
    value = side.number.value
    if side.form != "value":
        return latex(side.number, names=side.form == "formula")
    if isinstance(value, Fraction) and not side.is_about:
        exact = rf"\frac{{{value.numerator:,}}}{{{value.denominator:,}}}"
        return rf"{exact} \approx {side.rounded}".replace(",", "{,}")
    return (side.rounded if side.is_about else side.text()).replace(",", "{,}")


def _text(words: str) -> str:
    return rf"\text{{{escape(words)}}}"


def _align(statements: Iterable[list[str]]) -> str:
    lines = [line for statement in statements for line in statement]
    body = " \\\\\n".join(lines)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"
