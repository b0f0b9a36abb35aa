"""Markdown, as GitHub reads it."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from archcalc.formats.format import Document
from archcalc.formats.table import Column, Row


class Markdown(Document):
    """GitHub's Markdown, with its tables."""

    name = "markdown"

    def escape(self, text: str) -> str:
        """A text that Markdown shows as it is; an underscore inside a word means nothing there."""
        return re.sub(r"[\\`*\[\]<|]|(?<![^\W_])_|_(?![^\W_])", r"\\\g<0>", text)

    def heading(self, text: str, level: int) -> str:
        """Its level in number signs."""
        return f"{'#' * level} {self.escape(text)}"

    def paragraph(self, text: str) -> str:
        """The text."""
        return self.escape(text)

    def preformatted(self, text: str) -> str:
        """A fenced block."""
        fence = "`" * max(3, _longest_run(text) + 1)
        return f"{fence}\n{text}\n{fence}"

    def code(self, text: str) -> str:
        """A text in the line that is typed as it stands."""
        fence = "`" * (_longest_run(text) + 1)
        space = " " if text.startswith("`") or text.endswith("`") else ""
        return f"{fence}{space}{text}{space}{fence}"

    def details(self, summary: str, block: str) -> str:
        """A block, already written, that opens under its summary."""
        return f"<details><summary>{html.escape(summary)}</summary>\n\n{block}\n\n</details>"

    def link(self, text: str, address: str) -> str:
        """A link in the line."""
        return f"[{self.escape(text)}]({address})"

    def grid(self, columns: Sequence[Column], rows: Sequence[Row]) -> str:
        """A table of pipes."""
        lines = [
            [self.escape(column.title) for column in columns],
            [":--" if column.align == "left" else "--:" for column in columns],
            *([self.cell(column, row) for column in columns] for row in rows),
        ]
        return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _longest_run(text: str) -> int:
    """The longest run of backticks in a text."""
    return max(map(len, re.findall("`+", text)), default=0)
