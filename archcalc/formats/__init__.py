"""Every format that commands print in, one entry each in FORMATS.

`table` says what tables are made of, `printable` what a command hands over; `format` says what a
format has to know, and each other module is one format. Formats for people (`text`, `markdown`,
`latex`, `html`) write cells as `Column.show` has them, those for programs (`csv`, `json`) the
values themselves. `dataframes` is what pandas makes of rows.
"""

from __future__ import annotations

from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.formats.csv import Csv
from archcalc.formats.format import Document, Format
from archcalc.formats.html import Html
from archcalc.formats.json import Json, to_json
from archcalc.formats.latex import Latex
from archcalc.formats.markdown import Markdown
from archcalc.formats.printable import (
    Arithmetic,
    DocumentBlock,
    Heading,
    Paragraph,
    Preformatted,
    Printable,
    Record,
    Table,
)
from archcalc.formats.table import NOT_APPLICABLE, Column, Row
from archcalc.formats.text import Text, cut, wrapped

FORMATS: dict[str, Format] = {
    format.name: format for format in (Text(), Markdown(), Csv(), Json(), Latex(), Html())
}
"""All formats, by what `--format` calls them."""

HTML = Html()
MARKDOWN = Markdown()


def render(found: Printable, format: str, width: int = 100) -> str:
    """What a command found, in one of FORMATS; `width` holds for text.

    Raises:
        ArchcalcError: there is no such format.
    """
    if format not in FORMATS:
        hint = did_you_mean(str(format), FORMATS) or f"one of {', '.join(FORMATS)}"
        raise ArchcalcError(f"no format {quote(format)}; {hint}")
    return FORMATS[format].write(found, width)


__all__ = [
    "FORMATS",
    "HTML",
    "MARKDOWN",
    "NOT_APPLICABLE",
    "Arithmetic",
    "Column",
    "Document",
    "DocumentBlock",
    "Format",
    "Heading",
    "Markdown",
    "Paragraph",
    "Preformatted",
    "Printable",
    "Record",
    "Row",
    "Table",
    "cut",
    "render",
    "to_json",
    "wrapped",
]
