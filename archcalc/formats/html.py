"""HTML, a page by itself."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from archcalc.formats.format import Document
from archcalc.formats.printable import DocumentBlock, Heading, Table
from archcalc.formats.table import Column, Row

STYLE = """\
:root { color-scheme: light dark; }
body { margin: 2rem auto; max-width: 80rem; padding: 0 1rem; font: 16px/1.5 system-ui, sans-serif; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
caption { text-align: left; padding-bottom: 0.5rem; font-weight: bold; }
th, td { padding: 0.2rem 0.7rem; text-align: left; border-bottom: 1px solid #8884; }
pre { overflow-x: auto; line-height: 1.3; }"""
"""How a page looks, on paper and in a dark window too."""


class Html(Document):
    """A whole page, with its encoding and style."""

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
        """An element that keeps spaces; a line break at its very beginning does not count."""
        return f"<pre>\n{escape(text)}</pre>"

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
        return self.tabulated(columns, rows, "unsafehtml")

    def page(self, blocks: Sequence[DocumentBlock]) -> str:
        """All blocks, in a page that is called what the first of them is about."""
        return PAGE.format(title=escape(_title(blocks)), style=STYLE, body=super().page(blocks))

    def substitute(self, character: str) -> str:
        """An entity."""
        return f"&#{ord(character)};"


PAGE = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>{title}</title>
<style>
{style}
</style>
</head>
<body>
{body}
</body>
</html>"""


def _title(blocks: Sequence[DocumentBlock]) -> str:
    match blocks[:1]:
        case [Heading(text=title)] | [Table(title=title)] if title:
            return title.strip().partition("\n")[0]
    return "archcalc"
