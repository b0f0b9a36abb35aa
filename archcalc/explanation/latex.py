"""A page as LaTeX: `align*` environments, one `&=` a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import groupby

from archcalc.explanation.page import TIED, Cell, Grid, GridRow, Heading, Line, Page, Step
from archcalc.traced import addends, latex_text

AMSMATH = "% needs \\usepackage{amsmath}\n"
LONGEST_SIDE = 85
"""A longer sum is broken before a `+`, as in text."""


def latex(page: Page) -> str:
    """The page for a document that loads amsmath."""
    blocks = [AMSMATH + latex_words(page.title)]
    for kind, run in groupby(page.items, key=_kind):
        items = list(run)
        if kind == "equations":
            blocks.append(_align(_statement(item) for item in items if isinstance(item, Line)))
        else:
            for item in items:
                blocks += list(_block(item))
    return "\n\n".join(blocks)


def _kind(item: Line | Heading | Grid) -> str:
    return "equations" if isinstance(item, Line) and item.steps else "other"


def _block(item: Line | Heading | Grid) -> Iterator[str]:
    if isinstance(item, Heading):
        yield rf"\textbf{{{latex_words(item.text)}}}"
    elif isinstance(item, Line):
        yield latex_words(f"{item.label} {item.before}{item.after}".strip())
    else:
        yield from _table(item)


def latex_words(text: str) -> str:
    """A text that LaTeX shows as it is, outside mathematics."""
    escaped = latex_text(text).removeprefix(r"\text{").removesuffix("}")
    for plain, written in (
        ("·", r"$\cdot$"),
        (r"-\ensuremath{>}", r"$\to$"),
        ("//", r"/\!/"),
        (TIED, "~"),
    ):
        escaped = escaped.replace(plain, written)
    return escaped


def _table(grid: Grid) -> Iterator[str]:
    """An `align*` a column: its formulas, then a row a layer."""
    for i, column in enumerate(grid.columns):
        formulas = "; ".join(column.formulas)
        yield latex_words(f"{column.title}, {formulas}" if formulas else column.title)
        lines = [_row(row, row.cells[i]) for row in grid.rows if row.cells[i] != Cell()]
        if lines:
            yield _align(lines)


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
    return rf"\text{{{latex_words(words)}}}"


def _align(statements: Iterable[list[str]]) -> str:
    lines = [line for statement in statements for line in statement]
    body = " \\\\\n".join(lines)
    return f"\\begin{{align*}}\n{body}\n\\end{{align*}}"
