"""What a command prints, before it has a format: the views of it that formats take, and the blocks
that documents are made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from archcalc.formats.table import Table

Record: TypeAlias = Mapping[str, Any]
"""One row for programs: values by key, None where nothing applies."""


class Printable(ABC):
    """What a command found. A format takes the view that it needs and asks for no other."""

    @abstractmethod
    def as_blocks(self) -> Sequence[DocumentBlock]:
        """For documents: headings, paragraphs, tables, arithmetic."""

    @abstractmethod
    def as_records(self) -> Sequence[Record]:
        """For spreadsheets: rows of the same keys."""

    def keys(self) -> Sequence[str]:
        """The keys that its records would have, for where there are none."""
        return ()

    def as_data(self) -> Any:
        """For programs: exact integers, lists, records within records."""
        return self.as_records()

    def as_text(self, width: int) -> str | None:
        """For terminals, where that is not the blocks in plain text."""
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


class Arithmetic(NamedTuple):
    """Formulas with their values: as other blocks in most formats, as mathematics in LaTeX."""

    plain: Preformatted | Table
    latex: Callable[[], str]


DocumentBlock: TypeAlias = "Heading | Paragraph | Preformatted | Arithmetic | Table"
