"""Statements and tables of an explanation as LaTeX: `align*` environments, one `&=` a line."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import groupby

from archcalc.explanation.page import Cell, Grid, GridRow, Line, Step
from archcalc.formats.latex import escape
from archcalc.traced import addends

LONGEST_SIDE = 85
"""A longer sum is broken before a `+`, as in text."""


def equations(lines: Iterable[Line]) -> str:
    """Statements: those with arithmetic in `align*`, the others as paragraphs."""
    blocks = []
    for is_equation, run in groupby(lines, key=lambda line: bool(line.steps)):
        if is_equation:
            blocks.append(_align(map(_statement, run)))
        else:
            blocks += (escape(f"{x.label} {x.before}{x.after}".strip()) for x in run)
    return "\n\n".join(blocks)


def table(grid: Grid) -> str:
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
    steps = [step for step in (cell.working, cell.value) if step is not None]
    words = rf" \quad {_text(cell.words)}" if cell.words else ""
    if not steps:
        return [f"{_text(row.path)} & {words}"]
    return _sides(_text(row.path), steps, words)


def _statement(line: Line) -> list[str]:
    label = ", ".join(filter(None, (line.label, line.before.strip().rstrip(":"))))
    after = rf" \quad {_text(line.after.strip(' ,:'))}" if line.after.strip(" ,:") else ""
    if label:
        return _sides(_text(label), line.steps, after)
    return _sides(line.steps[0].latex(), line.steps[1:], after)


def _sides(left: str, steps: Iterable[Step], after: str) -> list[str]:
    lines: list[str] = []
    for step in steps:
        first, *more = _broken(step)
        lines.append(rf"&\approx {first}" if step.is_about else f"&= {first}")
        lines += [rf"&\quad + {text}" for text in more]
    lines[0] = f"{left} {lines[0]}".strip()
    lines[-1] += after
    return lines


def _broken(step: Step) -> list[str]:
    """One side of an equation; a long sum in several lines."""
    if step.form == "value" or len(step.text()) <= LONGEST_SIDE:
        return [step.latex()]
    lines: list[list[str]] = [[]]
    length = 0
    for term in addends(step.number):
        part = step._replace(number=term)
        if lines[-1] and length + len(part.text()) > LONGEST_SIDE:
            lines.append([])
            length = 0
        lines[-1].append(part.latex())
        length += len(part.text()) + 3
    return [" + ".join(terms) for terms in lines]


def _text(words: str) -> str:
    return rf"\text{{{escape(words)}}}"


def _align(statements: Iterable[list[str]]) -> str:
    lines = [line for statement in statements for line in statement]
    body = " \\\\\n".join(lines)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"
