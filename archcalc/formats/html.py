"""HTML."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from archcalc.formats.format import Document
from archcalc.formats.table import Column, Row, Table


class Html(Document):
    """HTML to be put into a page."""

    name = "html"

    def escape(self, text: str) -> str:
        """A text that HTML shows as it is."""
        return escape(text)

    def heading(self, text: str, level: int) -> str:
        """An element of its level."""
        return f"<h{level}>{escape(text)}</h{level}>"

    def paragraph(self, text: str) -> str:
        """An element of its own."""
        return f"<p>{escape(text)}</p>"

    def preformatted(self, text: str) -> str:
        """An element that keeps spaces."""
        return f"<pre>{escape(text)}</pre>"

    def link(self, text: str, address: str) -> str:
        """An anchor."""
        return f'<a href="{escape(address)}">{escape(text)}</a>'

    def table(self, table: Table) -> str:
        """A table with its caption, then what its columns mean."""
        columns = [column for column in table.columns if column.for_people]
        grid = self.grid(columns, table.real_rows)
        if table.title:
            grid = grid.replace("<table>", f"<table>\n<caption>{escape(table.title)}</caption>", 1)
        return "\n".join([grid, *map(self.paragraph, (*table.footer, *table.notes))])

    def grid(self, columns: Sequence[Column], rows: Sequence[Row]) -> str:
        """A table element."""
        head = [_element("th", column, escape(column.title)) for column in columns]
        body = [[_element("td", c, self.cell(c, row)) for c in columns] for row in rows]
        lines = ["<table>", "<thead>", _line(head), "</thead>", "<tbody>"]
        return "\n".join([*lines, *map(_line, body), "</tbody>", "</table>"])


def _element(name: str, column: Column, inside: str) -> str:
    style = "" if column.align == "left" else ' style="text-align: right;"'
    return f"<{name}{style}>{inside}</{name}>"


def _line(cells: Sequence[str]) -> str:
    return f"<tr>{''.join(cells)}</tr>"
