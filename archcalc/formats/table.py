"""The table: what it is about, its columns and rows, and what stands under it, in no format yet."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from archcalc.formats.printable import DocumentBlock, Printable, Record

NOT_APPLICABLE = "-"
"""What people read where a figure does not apply; None, for programs."""


@dataclass(frozen=True)
class Column:
    """One column: its key for programs, its header for people, and how a value is written."""

    key: str
    header: str
    show: Callable[[Any], str] = str
    """How people read a value; None, which every column may hold, never comes here."""
    align: Literal["left", "right"] = "right"
    leaves: int | None = None
    """The order in which columns leave where the text is too wide; None never leaves."""
    in_text: bool = True
    """Not in text where a heading already says it."""
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
        return replace(self, in_text=True, for_people=True, leaves=None, least=least)


@dataclass(frozen=True)
class Row:
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


@dataclass(frozen=True)
class Table(Printable):
    """A table: what it is about, its columns and rows, and what stands under it."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Row | str]
    """A str is a heading that text shows above the rows after it."""
    notes: Sequence[str] = ()
    """What its columns mean; in text and documents, as what else stands around it."""
    records: Sequence[Record] | None = None
    """What programs get, where that is not the rows."""
    footer: Sequence[str] = field(default_factory=tuple)
    """Lines directly under the table."""
    csv: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Lists whose values have a column each in CSV, with the names of these."""

    @property
    def real_rows(self) -> Sequence[Row]:
        """The rows, without the headings among them."""
        return [row for row in self.rows if isinstance(row, Row)]

    def as_blocks(self) -> Sequence[DocumentBlock]:
        """The table itself."""
        return [self]

    def as_data(self) -> Sequence[Record]:
        """A record a row."""
        if self.records is not None:
            return self.records
        keys = [column.key for column in self.columns]
        return [{key: row.values.get(key) for key in keys} for row in self.real_rows]

    def as_records(self) -> Sequence[Record]:
        """The same, with a value of its own for each figure of a list."""
        return [dict(self._flat(record)) for record in self.as_data()]

    def keys(self) -> Sequence[str]:
        """Those of its columns."""
        return [column.key for column in self.columns]

    def _flat(self, record: Record) -> Iterator[tuple[str, Any]]:
        for key, value in record.items():
            names = self.csv.get(key)
            if names is None:
                yield key, value
            else:
                yield from zip(names, [None] * len(names) if value is None else value, strict=True)
