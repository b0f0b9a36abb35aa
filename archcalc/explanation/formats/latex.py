"""Statements and tables of an explanation as LaTeX: `align*` environments, one `&=` a line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from fractions import Fraction
from itertools import groupby

from archcalc.explanation.pages import page
from archcalc.explanation.pages.page import Cell, Grid, GridRow, Line, Side
from archcalc.formats import wrapped
from archcalc.formats.latex import align, escape
from archcalc.traced import addends, latex

LONGEST_SIDE = 46
"""A longer sum is broken before a `+`, as in text, and longer words between them."""


def equations(lines: Iterable[Line]) -> str:
    """Statements: those with arithmetic in `align*`, others as paragraphs with a label."""
    blocks = []
    for is_equation, run in groupby(lines, key=lambda line: bool(line.sides)):
        if is_equation:
            blocks.append(align(x for line in run for x in _statement(line)))
        else:
            blocks += map(_paragraph, run)
    return "\n\n".join(blocks)


def _paragraph(line: Line) -> str:
    words = escape(f"{line.before}{line.after}".strip())
    return rf"\textit{{{escape(line.label)}:}} {words}" if line.label else words


def grid_equations(grid: Grid) -> str:
    """A table of workings: an `align*` a column, its formulas above it, a row a layer."""
    blocks = []
    for i, column in enumerate(grid.columns):
        formulas = "; ".join(map(_formula, column.formulas))
        title = escape(column.title)
        blocks.append(f"{title}, {formulas}" if formulas else title)
        rows = [row for row in grid.rows if row.cells[i] != Cell()]
        if rows:
            blocks.append(align(line for row in rows for line in _row(row, row.cells[i])))
    return "\n\n".join(blocks)


_SIGNS = {"·": r" \cdot ", "//": r" \mathbin{/\!/} ", "×": r" \times "}


def _formula(text: str) -> str:
    r"""A formula in names as mathematics in a line, with what it is of before it.

    >>> _formula("fc: (in_features + 1)·out")
    'fc: $(\\text{in\\_features} + 1) \\cdot \\text{out}$'
    """
    whose, colon, formula = text.rpartition(": ")
    found = re.sub(
        r"·|//|×|[^\W\d]\w*|[^\w\s()+\-/*,=.]",
        lambda part: _SIGNS.get(part[0]) or _text(part[0]),
        formula,
    )
    return f"{escape(whose)}{colon}${found}$"


def _row(row: GridRow, cell: Cell) -> list[str]:
    sides = [side for side in (cell.working, cell.value) if side is not None]
    if not sides:
        first, *more = wrapped(cell.words, LONGEST_SIDE)
        return [rf"{_text(row.path)} & \quad {_text(first)}", *map(_words, more)]
    return _sides(_text(row.path), sides, cell.words)


def _statement(line: Line) -> list[str]:
    label = ", ".join(filter(None, (line.label, line.before.strip().rstrip(":"))))
    after = line.after.strip(" ,:")
    if label:
        return _sides(_text(label), line.sides, after)
    return _sides(_side(line.sides[0]), line.sides[1:], after)


def _sides(left: str, sides: Iterable[Side], after: str) -> list[str]:
    lines: list[str] = []
    last = ""
    for side in sides:
        last = side.text
        first, *more = _broken(side)
        lines.append(rf"&\approx {first}" if side.is_about else f"&= {first}")
        lines += [rf"&\quad + {text}" for text in more]
    lines[0] = f"{left} {lines[0]}".strip()
    if after and len(last) + len(after) <= LONGEST_SIDE:
        lines[-1] += rf" \quad {_text(after)}"
    elif after:
        lines += map(_words, wrapped(after, LONGEST_SIDE))
    return lines


def _words(text: str) -> str:
    """Words in a line of their own."""
    return rf"&\quad {_text(text)}"


def _broken(side: Side) -> list[str]:
    """One side of an equation; a long sum in several lines."""
    if side.form == "value" or len(side.text) <= LONGEST_SIDE:
        return [_side(side)]
    lines: list[list[str]] = [[]]
    length = 0
    for term in addends(side.number):
        part = page.side(term, side.form, is_size=side.is_size)
        if lines[-1] and length + len(part.text) > LONGEST_SIDE:
            lines.append([])
            length = 0
        lines[-1].append(_side(part))
        length += len(part.text) + 3
    return [" + ".join(terms) for terms in lines]


def _side(side: Side) -> str:
    """One side of an equation as mathematics."""
    value = side.number.value
    if side.form != "value":
        return latex(side.number, names=side.form == "formula")
    if isinstance(value, Fraction) and not side.is_about:
        exact = rf"\frac{{{value.numerator:,}}}{{{value.denominator:,}}}"
        return rf"{exact} \approx {side.rounded}".replace(",", "{,}")
    return (side.rounded if side.is_about else side.text).replace(",", "{,}")


def _text(words: str) -> str:
    return rf"\text{{{escape(words)}}}"
