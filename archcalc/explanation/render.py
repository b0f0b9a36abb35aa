"""An explanation in every format: for people as a page, for programs as data."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from itertools import groupby

from archcalc import formats
from archcalc.explanation import data
from archcalc.explanation.latex import latex
from archcalc.explanation.page import Cell, Grid, Heading, Line, Page
from archcalc.explanation.pages import page
from archcalc.explanation.text import statements, text
from archcalc.explanation.tree import Explanation


def render(
    part: Explanation, format: str = "text", width: int = 100, stated: Sequence[str] = ()
) -> str:
    """An explanation in one of `archcalc.formats.FORMATS`; `width` holds for text.

    Args:
        part: what is explained.
        format: the format.
        width: columns of text.
        stated: what documents state of it, a line each.
    """
    if format == "json":
        return formats.to_json(data.record(part))
    if format == "csv":
        records = list(data.rows(part))
        return formats.render(formats.Table("", [], [], records=records), "csv")
    found = page(part, width, stated)
    if format == "text":
        return text(found, width)
    return latex(found) if format == "latex" else _markup(found, format)


def _markup(page: Page, format: str) -> str:
    """Markdown or HTML: the tables as tables, the statements as they stand in text."""
    blocks = [_heading(page.title, 3, format)]
    for is_statements, run in groupby(page.items, key=lambda item: isinstance(item, Line)):
        items = list(run)
        if is_statements:
            lines = list(statements([item for item in items if isinstance(item, Line)], 100))
            blocks.append(_fenced("\n".join(lines), format))
        for item in items:
            if isinstance(item, Heading):
                blocks.append(_heading(item.text, 4, format))
            elif isinstance(item, Grid):
                blocks.append(formats.render(_table(item), format))
    return "\n\n".join(blocks)


def _heading(words: str, level: int, format: str) -> str:
    if format == "markdown":
        return f"{'#' * level} {formats.markdown(words)}"
    return f"<h{level}>{escape(words)}</h{level}>"


def _fenced(lines: str, format: str) -> str:
    return f"```\n{lines}\n```" if format == "markdown" else f"<pre>{escape(lines)}</pre>"


def _table(grid: Grid) -> formats.Table:
    columns = [formats.Column("layer", grid.of, align="left")]
    for i, column in enumerate(grid.columns):
        formulas = "; ".join(column.formulas)
        header = f"{column.title}: {formulas}" if formulas else f"{column.title}, working"
        columns.append(formats.Column(f"working {i}", header, align="left"))
        columns.append(formats.Column(f"value {i}", column.title))
    rows = []
    for row in grid.rows:
        values = {"layer": row.path}
        for i, cell in enumerate(row.cells):
            values |= {f"working {i}": _working(cell), f"value {i}": _value(cell)}
        rows.append(formats.Row(values))
    return formats.Table("", columns, rows)


def _working(cell: Cell) -> str:
    return cell.working.text() if cell.working else cell.words


def _value(cell: Cell) -> str:
    return cell.value.text() if cell.value else ""
