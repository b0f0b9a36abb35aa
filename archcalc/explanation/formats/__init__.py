"""An explanation in every format: for people as a page, for programs as data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import groupby
from typing import Any

from archcalc import formats
from archcalc.explanation.formats import records
from archcalc.explanation.formats.latex import equations, grid_equations
from archcalc.explanation.formats.text import page_text, statements
from archcalc.explanation.pages import Saying, page_of
from archcalc.explanation.pages.page import Cell, Grid, Line, Page
from archcalc.explanation.tree import Explanation

STATEMENT_WIDTH = 100
"""Columns that statements are laid out in where they stand in a document."""


@dataclass(frozen=True)
class Explained(formats.Printable):
    """An explanation, and what else is said of it, as formats take it."""

    explanation: Explanation
    said: Sequence[Saying] = ()

    def as_text(self, width: int) -> str:
        """The page, laid out to a width."""
        return page_text(page_of(self.explanation, width, self.said), width)

    def as_blocks(self) -> Sequence[formats.DocumentBlock]:
        """The tables as tables, the statements as they stand in text; in LaTeX all as equations."""
        return list(_blocks(page_of(self.explanation, STATEMENT_WIDTH, self.said)))

    def as_records(self) -> Sequence[formats.Record]:
        """A row a quantity."""
        return list(records.quantity_rows(self.explanation))

    def as_data(self) -> Any:
        """A record with those of its children inside it."""
        return records.tree_record(self.explanation)


def _blocks(page: Page) -> Iterator[formats.DocumentBlock]:
    yield formats.Heading(page.title, 3)
    for is_statements, run in groupby(page.items, key=lambda item: isinstance(item, Line)):
        if is_statements:
            yield _statements([item for item in run if isinstance(item, Line)])
            continue
        for item in run:
            if isinstance(item, formats.Heading):
                yield item
            elif isinstance(item, Grid):
                yield formats.Arithmetic(_table(item), partial(grid_equations, item))


def _statements(lines: Sequence[Line]) -> formats.Arithmetic:
    plain = formats.Preformatted("\n".join(statements(lines, STATEMENT_WIDTH)))
    return formats.Arithmetic(plain, partial(equations, lines))


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
            values |= {f"working {i}": _working(cell), f"value {i}": cell.value_text}
        rows.append(formats.Row(values))
    return formats.Table("", columns, rows)


def _working(cell: Cell) -> str:
    return cell.working.text if cell.working else cell.words
