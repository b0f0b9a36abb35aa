"""Tables in every format: text and Markdown, LaTeX, HTML for people, CSV and JSON for programs.

People see cells as `Column.show` writes them, programs see the values themselves.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from html import escape
from itertools import zip_longest
from typing import Any, Literal

BOOKTABS = "% needs \\usepackage{booktabs}"

FORMATS = ("text", "markdown", "csv", "json", "latex", "html")


@dataclass(frozen=True)
class Column:
    """One column: its key for programs, its header for people, and how a value is written."""

    key: str
    header: str
    show: Callable[[Any], str] = str
    align: Literal["left", "right"] = "right"
    leaves: int | None = None
    """The order in which columns leave where the text is too wide; None never leaves."""
    in_text: bool = True
    """Not in text where a heading already says it."""
    heading: str = ""
    """What Markdown, LaTeX and HTML call it, where that is not the header."""
    is_markup: bool = False
    """Whether its cells are Markdown already."""
    for_people: bool = True
    least: int | None = None
    """To how few columns its text may be narrowed where the table is too wide; None for names and
    figures, which stay whole."""
    wraps: bool = False
    """Whether narrowed text goes on in the next line; else it is cut behind a word."""
    note: str = ""
    """What it means, to be said under a table."""

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


@dataclass(frozen=True)
class Table:
    """A table: what it is about, its columns and rows, and what stands under it."""

    title: str
    columns: Sequence[Column]
    rows: Sequence[Row | str]
    """A str is a heading that text shows above the rows after it."""
    notes: Sequence[str] = ()
    """What its columns mean; in text and markup, as what else stands around it."""
    records: Sequence[Mapping[str, Any]] | None = None
    """What programs get, where that is not the rows."""
    footer: Sequence[str] = field(default_factory=tuple)
    """Lines directly under the table."""
    csv: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """Lists whose values have a column each in CSV, with the names of these."""


def render(table: Table, format: str, width: int = 100) -> str:
    """A table in one of FORMATS; `width` holds for text."""
    if format == "json":
        return to_json(_records(table))
    if format == "csv":
        return _csv(table)
    if format == "text":
        return _text(table, width)
    return _markup(table, format)


def to_json(value: Any) -> str:
    """JSON for programs: exact integers, shapes as lists, None where nothing applies."""
    return json.dumps(value, indent=1, ensure_ascii=False, default=_jsonable)


def _jsonable(value: Any) -> Any:
    if isinstance(value, Fraction):
        return float(value)
    raise TypeError(f"no JSON for {type(value)}")


def _records(table: Table) -> list[Mapping[str, Any]]:
    if table.records is not None:
        return list(table.records)
    return [
        {column.key: row.values.get(column.key) for column in table.columns}
        for row in table.rows
        if isinstance(row, Row)
    ]


def _csv(table: Table) -> str:
    records = [_flat(record, table.csv) for record in _records(table)]
    keys = list(records[0]) if records else [column.key for column in table.columns]
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow(keys)
    for record in records:
        writer.writerow([_csv_cell(record.get(key)) for key in keys])
    return file.getvalue()


def _flat(record: Mapping[str, Any], parts: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """A record with a value of its own for each figure of a list."""
    flat: dict[str, Any] = {}
    for key, value in record.items():
        if key in parts:
            values = [None] * len(parts[key]) if value is None else value
            flat |= zip(parts[key], values, strict=True)
        else:
            flat[key] = value
    return flat


def _csv_cell(value: Any) -> Any:
    if isinstance(value, Fraction):
        return float(value)
    if isinstance(value, list | tuple):
        # A shape is written CxHxW; what is no number can hold an x, and a name no space.
        are_sizes = all(isinstance(part, int | float) for part in value)
        return ("x" if are_sizes else " ").join(map(str, value))
    if isinstance(value, dict):
        return json.dumps(value, default=_jsonable)
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value  # a spreadsheet would take it for a formula
    return value


# --- text -----------------------------------------------------------------------------------------


def _text(table: Table, width: int) -> str:
    columns = [column for column in table.columns if column.for_people and column.in_text]
    rows = [row for row in table.rows if isinstance(row, Row)]
    cells = {
        c.key: [c.header, *(_cell(row, c, indented=i == 0) for row in rows)]
        for i, c in enumerate(columns)
    }
    widths = _fitting(columns, {key: max(map(len, cells[key])) for key in cells}, width)
    shown = [column for column in columns if column.key in widths]
    grid = zip(*(cells[column.key] for column in shown), strict=True)
    printed = iter([list(_lines(row, shown, widths)) for row in grid])
    lines = _paragraphs(table.title, width) + next(printed, [])
    for row in table.rows:
        lines += wrapped(row, width) if isinstance(row, str) else next(printed, [])
    lines += table.footer
    left_out = [column.key for column in columns if column.key not in widths]
    if left_out:
        lines += wrapped(f"not shown at this width: {', '.join(left_out)}", width)
    for note in table.notes:
        lines += wrapped(note, width)
    return "\n".join(lines)


def _fitting(columns: Sequence[Column], widths: Mapping[str, int], width: int) -> dict[str, int]:
    """How wide each column is in a text: first some are narrowed, then some leave."""
    leaving = sorted((c for c in columns if c.leaves is not None), key=lambda c: c.leaves or 0)
    shown = list(columns)
    while True:
        found = {column.key: widths[column.key] for column in shown}
        room = width - 2 * (len(shown) - 1)
        while sum(found.values()) > room:
            wide = [c for c in shown if c.least is not None and found[c.key] > c.least]
            if not wide:
                break
            found[max(wide, key=lambda c: found[c.key]).key] -= 1
        if sum(found.values()) <= room or not leaving:
            return found
        shown.remove(leaving.pop(0))


def _lines(
    cells: Sequence[str], columns: Sequence[Column], widths: Mapping[str, int]
) -> Iterator[str]:
    """A row's line, and more of them where a narrowed text goes on."""
    parts = [_narrowed(cell, c, widths[c.key]) for cell, c in zip(cells, columns, strict=True)]
    for line in zip_longest(*parts, fillvalue=""):
        aligned = (
            cell.ljust(widths[c.key]) if c.align == "left" else cell.rjust(widths[c.key])
            for cell, c in zip(line, columns, strict=True)
        )
        yield "  ".join(aligned).rstrip()


def _narrowed(cell: str, column: Column, width: int) -> list[str]:
    return wrapped(cell, width) if column.wraps and len(cell) > width else [cut(cell, width)]


def _cell(row: Row, column: Column, *, indented: bool) -> str:
    if indented:
        return "  " * row.level + (row.name or _shown(row, column))
    return _shown(row, column)


def _shown(row: Row, column: Column) -> str:
    return column.show(row.values[column.key]) if column.key in row.values else ""


def wrapped(text: str, width: int) -> list[str]:
    """A note's lines, broken between words."""
    import textwrap

    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def _paragraphs(text: str, width: int) -> list[str]:
    """The lines of a text that has line breaks of its own, broken where they are too long."""
    return [line for own in text.splitlines() for line in wrapped(own, width) or [""]]


def cut(text: str, width: int) -> str:
    """A text in so many columns at most, cut behind a word.

    >>> cut("Going deeper with convolutions", 20)
    'Going deeper ...'
    """
    if len(text) <= width:
        return text
    whole = text[: width - 3].rpartition(" ")[0]
    return f"{whole or text[: width - 4]} ..."


# --- markup ---------------------------------------------------------------------------------------


def _markup(table: Table, format: str) -> str:
    """A table for documents, with what it is about above it and what it means below it."""
    columns = [column for column in table.columns if column.for_people]
    rows = [row for row in table.rows if isinstance(row, Row)]
    headers = [column.heading or _capital(column.header) for column in columns]
    cells = [[_shown(row, column) for column in columns] for row in rows]
    below = [*table.footer, *table.notes]
    if format == "markdown":
        body = _markdown(columns, headers, cells)
        return "\n\n".join(filter(None, [markdown(table.title), body, *map(markdown, below)]))
    if format == "html":
        body = _tabulated(columns, headers, cells, "html")
        if table.title:
            caption = f"<caption>{escape(table.title)}</caption>"
            body = body.replace("<table>", f"<table>\n{caption}", 1)
        return "\n".join([body, *(f"<p>{escape(line)}</p>" for line in below)])
    body = _tabulated(columns, headers, cells, "latex_booktabs")
    return "\n".join([BOOKTABS, *_comments([table.title]), body, *_comments(below)])


def _comments(texts: Iterable[str]) -> Iterator[str]:
    return (f"% {line}" for text in texts for line in text.splitlines())


def _markdown(
    columns: Sequence[Column], headers: Sequence[str], cells: Sequence[Sequence[str]]
) -> str:
    rules = [":--" if column.align == "left" else "--:" for column in columns]
    escaped = [
        [cell if c.is_markup else markdown(cell) for c, cell in zip(columns, row, strict=True)]
        for row in cells
    ]
    rows = [[markdown(header) for header in headers], rules, *escaped]
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def _tabulated(
    columns: Sequence[Column],
    headers: Sequence[str],
    cells: Sequence[Sequence[str]],
    tablefmt: str,
) -> str:
    """HTML or LaTeX, whose cells tabulate escapes."""
    from tabulate import tabulate

    text: str = tabulate(
        cells,
        headers=headers,
        tablefmt=tablefmt,
        colalign=[column.align for column in columns] if cells else None,
        disable_numparse=True,
    )
    return text


def _capital(header: str) -> str:
    return header[:1].upper() + header[1:]


def markdown(text: str) -> str:
    """A text that Markdown shows as it is; an underscore inside a word means nothing there."""
    return re.sub(r"[\\`*\[\]<|]|(?<![^\W_])_|_(?![^\W_])", r"\\\g<0>", text)
