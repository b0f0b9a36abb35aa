"""What a format says of itself. One that leaves something unsaid cannot be made, so that the table
of formats, and with it the package, is not imported."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from typing import ClassVar

from archcalc.formats.printable import (
    Arithmetic,
    DocumentBlock,
    Heading,
    Paragraph,
    Preformatted,
    Printable,
    Table,
)
from archcalc.formats.table import Column, Row

IN_ASCII = {"·": "*", "²": "^2"}
"""What is read in place of signs that arithmetic is written with."""

WIDEST = 60
"""The most characters to which the cells of a column are filled up with spaces."""


class Format(ABC):
    """One format: what `--format` calls it, and how it writes what a command found."""

    name: ClassVar[str]

    @abstractmethod
    def write(self, found: Printable, width: int) -> str:
        """The text; only plain text is laid out to a width."""

    def substitute(self, character: str) -> str:
        """What stands for a character that the encoding of a terminal lacks: nothing is lost."""
        return IN_ASCII.get(character) or character.encode("unicode_escape").decode()


class Document(Format):
    """A format for people: how it writes each kind of block, and text that means nothing in it."""

    @abstractmethod
    def escape(self, text: str) -> str:
        """A text that the format shows as it is, whatever stands in it."""

    @abstractmethod
    def heading(self, text: str, level: int) -> str:
        """A heading; level 1 is a page's own."""

    @abstractmethod
    def paragraph(self, text: str) -> str:
        """Running text."""

    @abstractmethod
    def preformatted(self, text: str) -> str:
        """Lines that keep their spaces and breaks."""

    @abstractmethod
    def grid(self, columns: Sequence[Column], rows: Sequence[Row]) -> str:
        """The columns and rows of a table."""

    def link(self, text: str, address: str) -> str:
        """A text, not escaped yet, that leads to an address; in formats without links the text."""
        return self.escape(text)

    def arithmetic(self, block: Arithmetic) -> str:
        """Formulas with their values."""
        return self.block(block.plain)

    def table(self, table: Table) -> str:
        """A table: what it is about above it, what its columns mean below it."""
        columns = [column for column in table.columns if column.for_people]
        return self.joined(
            [
                self.paragraph(table.title) if table.title else "",
                self.grid(columns, table.real_rows),
                *(self.paragraph(text) for text in (*table.footer, *table.notes)),
            ]
        )

    def joined(self, blocks: Iterable[str]) -> str:
        """Blocks one after another."""
        return "\n\n".join(filter(None, blocks))

    def tabulated(self, columns: Sequence[Column], rows: Sequence[Row], style: str) -> str:
        """A grid of escaped cells in one of tabulate's formats that leave them as they are."""
        from tabulate import tabulate  # loaded only where such a table is written

        cells = [[self.cell(column, row) for column in columns] for row in rows]
        longest = [max(map(len, column)) for column in zip(*cells, strict=True)]
        # A column without an alignment is on the left, and not filled up with spaces.
        aligned = [
            None if column.align == "left" and length > WIDEST else column.align
            for column, length in zip(columns, longest, strict=False)
        ]
        head = [self.escape(column.title) for column in columns]
        colalign = aligned or None
        return str(tabulate(cells, head, style, colalign=colalign, disable_numparse=True))

    def cell(self, column: Column, row: Row) -> str:
        """What a grid shows of a row in a column, escaped, with its link."""
        text = row.shown(column)
        if column.link is None or not text:
            return self.escape(text)
        return self.link(text, column.link(row.values[column.key]))

    def block(self, block: DocumentBlock) -> str:
        """A block of any kind."""
        match block:
            case Heading():
                return self.heading(block.text, block.level)
            case Paragraph():
                return self.paragraph(block.text)
            case Preformatted():
                return self.preformatted(block.text)
            case Arithmetic():
                return self.arithmetic(block)
            case Table():
                return self.table(block)

    def page(self, blocks: Sequence[DocumentBlock]) -> str:
        """All blocks."""
        return self.joined(map(self.block, blocks))

    def write(self, found: Printable, width: int) -> str:
        """The page of its blocks."""
        return self.page(found.as_blocks())
