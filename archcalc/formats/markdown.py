"""Markdown, as GitHub reads it."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from archcalc.formats.format import Document
from archcalc.formats.table import Column, Row

_MEANS_SOMETHING = re.compile(
    r"[\\`*\[\]<|~$]"
    r"|(?<![^\W_])_|_(?![^\W_])"  # inside a word an underscore means nothing
    r"|&(?=[#\w])"  # an entity
    r"|(?<=:/)/|(?<=www)\.",  # an address
    re.IGNORECASE,
)
_BEGINS_A_BLOCK = re.compile(
    r"^(?:(\d{1,9})(?=[.)](?:\s|$))|(?=>|(?:[+-]|#{1,6})(?:\s|$)|[-=:\s]+$))"
)
"""What a quotation, a list, a heading, a rule or the rule of a table begins with."""


class Markdown(Document):
    """GitHub's Markdown, with its tables."""

    name = "markdown"

    def escape(self, text: str) -> str:
        """A text that Markdown shows as it is, in one line and not at its beginning."""
        return _MEANS_SOMETHING.sub(r"\\\g<0>", _in_one_line(text))

    def heading(self, text: str, level: int) -> str:
        """Its level in number signs; such at its end would be read as part of these."""
        words = re.sub("#+$", r"\\\g<0>", self.escape(text))
        return f"{'#' * level} {words}"

    def paragraph(self, text: str) -> str:
        """The text; an empty line in it begins another paragraph."""
        paragraphs = map(self.escape, re.split(r"\n\s*\n", text))
        return "\n\n".join(_BEGINS_A_BLOCK.sub(r"\1\\", line) for line in paragraphs)

    def preformatted(self, text: str) -> str:
        """A fenced block."""
        fence = "`" * max(3, _longest_run(text) + 1)
        return f"{fence}\n{text}\n{fence}"

    def code(self, text: str) -> str:
        """A text in the line that is typed as it stands."""
        text = _in_one_line(text)
        fence = "`" * (_longest_run(text) + 1)
        space = " " if text.startswith("`") or text.endswith("`") else ""
        return f"{fence}{space}{text}{space}{fence}"

    def details(self, summary: str, block: str) -> str:
        """A block, already written, that opens under its summary."""
        words = html.escape(_in_one_line(summary))
        return f"<details><summary>{words}</summary>\n\n{block}\n\n</details>"

    def link(self, text: str, address: str) -> str:
        """A link in the line."""
        from urllib.parse import quote  # slow to load

        return f"[{self.escape(text)}]({quote(address, safe='/:?#&=%')})"

    def substitute(self, character: str) -> str:
        """An entity."""
        return f"&#{ord(character)};"

    def grid(self, columns: Sequence[Column], rows: Sequence[Row]) -> str:
        """A table of pipes."""
        return self.tabulated(columns, rows, "pipe")


def _in_one_line(text: str) -> str:
    return re.sub(r"\s*[\r\n]\s*", " ", text).strip()


def _longest_run(text: str) -> int:
    """The longest run of backticks in a text."""
    return max(map(len, re.findall("`+", text)), default=0)
