"""What tables are made of: columns and rows, in no format yet."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal, NamedTuple

NOT_APPLICABLE = "-"
"""What people read where a figure does not apply; None, for programs."""


class Column(NamedTuple):
    """One column: its key for programs, its header for people, and how a value is written."""

    key: str
    header: str
    show: Callable[[Any], str] = str
    """How people read a value; None, which every column may hold, never comes here."""
    align: Literal["left", "right"] = "right"
    leaves: int | None = None
    """The order in which columns leave where the text is too wide; None never leaves."""
    in_text: bool = True
    """Whether it is in text; not where a heading already says it."""
    heading: str = ""
    """What documents call it, where that is not the header."""
    link: Callable[[Any], str] | None = None
    """The address that a value leads to, in formats that have links."""
    for_people: bool = True
    least: int | None = None
    """To how few columns its text may be narrowed where the table is too wide; None for names and
    figures, which stay whole."""
    wraps: bool = False
    """Whether narrowed text goes on in the next line; else it is cut behind a word."""
    note: str = ""
    """What it means, to be said under a table."""

    @property
    def title(self) -> str:
        """What documents call it: with a capital letter, as a heading is written."""
        return self.heading or self.header[:1].upper() + self.header[1:]

    def asked_for(self) -> Column:
        """The same column where a user names it: then people get all of it, at every width."""
        least = self.least if self.wraps else None
        return self._replace(in_text=True, for_people=True, leaves=None, least=least)


class Row(NamedTuple):
    """One row: values by column key. `level` indents its first cell in text."""

    values: Mapping[str, Any]
    level: int = 0
    name: str = ""
    """What text shows in the first column, where that is not the value itself."""

    def shown(self, column: Column) -> str:
        """What people read in a column; nothing where the row has no such value."""
        if column.key not in self.values:
            return ""
        value = self.values[column.key]
        return NOT_APPLICABLE if value is None else column.show(value)
