"""What a command prints, before it has a format: the views of it that formats take, and the blocks
that documents are made of, tables among them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeAlias

from archcalc.formats.table import Column, Row

Record: TypeAlias = Mapping[str, Any]
"""One row for programs: values by key, None where nothing applies."""


class Printable(ABC):
    """What a command found. A format takes the view that it needs and asks for no other."""

    @abstractmethod
    def as_blocks(self) -> Sequence[DocumentBlock]:
        """The view of documents: headings, paragraphs, tables, arithmetic."""

    @abstractmethod
    def as_records(self) -> Sequence[Record]:
        """The view of spreadsheets: rows of the same keys."""

    def keys(self) -> Sequence[str]:
        """The keys that its records would have, for where there are none."""
        return ()

    def as_data(self) -> Any:
        """The view of programs: exact integers, lists, records within records."""
        return self.as_records()

    def as_text(self, width: int) -> str | None:
        """The view of terminals; None where that is the blocks in plain text."""
        return None


class Heading(NamedTuple):
    """A heading; level 1 is a page's own."""

    text: str
    level: int


class Paragraph(NamedTuple):
    """Running text."""

    text: str


class Preformatted(NamedTuple):
    """Lines that keep their spaces and breaks."""

    text: str


@dataclass(frozen=True)
class Table(Printable):
    """A table: what it is about, its columns and rows, and what stands under it."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Row | str]
    """A str is a heading that text shows above the rows after it."""
    notes: Sequence[str] = ()
    """What its columns mean; in text and documents, as what else stands around it."""
    records: Sequence[Record] | Callable[[], Sequence[Record]] | None = None
    """What programs get, where that is not the rows; or what makes it when they do."""
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
            return self.records() if callable(self.records) else self.records
        keys = [column.key for column in self.columns]
        return [{key: row.values.get(key) for key in keys} for row in self.real_rows]

    def as_records(self) -> Sequence[Record]:
        """A record a row, with a value of its own for each figure of a list."""
        data = self.as_data()
        names = {key: self._names_of(key, data) for key in self.csv}
        return [dict(self._flat(record, names)) for record in data]

    def _names_of(self, key: str, data: Sequence[Record]) -> Sequence[str]:
        """What the figures of a list are called: of volumes there is one more in front."""
        names = self.csv[key]
        most = max((len(record.get(key) or ()) for record in data), default=0)
        return (f"{key}_frames", *names) if most > len(names) else names

    def keys(self) -> Sequence[str]:
        """The keys of its columns, a list's as one for each figure."""
        return [key for column in self.columns for key in self.csv.get(column.key, (column.key,))]

    def _flat(
        self, record: Record, lists: Mapping[str, Sequence[str]]
    ) -> Iterator[tuple[str, Any]]:
        for key, value in record.items():
            names = lists.get(key)
            if names is None:
                yield key, value
            else:
                given = [] if value is None else list(value)
                lacking = len(names) - len(given)  # a sequence has the last axis alone
                yield from zip(names, [None] * lacking + given, strict=True)


class Arithmetic(NamedTuple):
    """Formulas with their values: as other blocks in most formats, as mathematics in LaTeX."""

    plain: Preformatted | Table
    latex: Callable[[], str]


DocumentBlock: TypeAlias = Heading | Paragraph | Preformatted | Arithmetic | Table
