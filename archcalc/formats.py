"""Tables in every format: text and Markdown, LaTeX, HTML for people, CSV and JSON for programs.

People see cells as `Column.show` writes them, programs see the values themselves.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any, Literal

BOOKTABS = "% needs \\usepackage{booktabs}\n"

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

    def asked_for(self) -> Column:
        """The same column where a user names it: then it is shown to people at every width."""
        return replace(self, in_text=True, for_people=True, leaves=None)


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
    records: Sequence[Mapping[str, Any]] | None = None
    """What programs get, where that is not the rows."""
    footer: Sequence[str] = field(default_factory=tuple)
    """Lines directly under the table, in text and Markdown."""
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
        return "x".join(map(str, value))
    if isinstance(value, dict):
        return json.dumps(value)
    if isinstance(value, str) and value[:1] in ("=", "+", "-", "@", "\t", "\r"):
        return "'" + value  # a spreadsheet would take it for a formula
    return value


# --- text -----------------------------------------------------------------------------------------


def _text(table: Table, width: int) -> str:
    columns = [c for c in table.columns if c.for_people and c.in_text]
    body, shown = _fitting(table, columns, width)
    headers = [c.header for c in columns]
    left_out = [
        c.header if headers.count(c.header) == 1 else c.key for c in columns if c not in shown
    ]
    lines = [table.title] if table.title else []
    lines += [line.rstrip() for line in body]
    lines += table.footer
    if left_out:
        lines.append(f"not shown at this width: {', '.join(left_out)}")
    for note in table.notes:
        lines += wrapped(note, width)
    return "\n".join(lines)


def _fitting(table: Table, columns: list[Column], width: int) -> tuple[list[str], list[Column]]:
    shown = columns
    leaving = sorted((c for c in columns if c.leaves is not None), key=lambda c: c.leaves or 0)
    while True:
        body = _plain(table, shown)
        if not leaving or max(map(len, body), default=0) <= width:
            return body, shown
        gone = leaving.pop(0)
        shown = [c for c in shown if c is not gone]


def _plain(table: Table, columns: Sequence[Column]) -> list[str]:
    from tabulate import tabulate

    rows = [row for row in table.rows if isinstance(row, Row)]
    cells = [[_cell(row, c, indented=i == 0) for i, c in enumerate(columns)] for row in rows]
    # The headers are a row like the others: as headers, tabulate would pad them.
    text = tabulate(
        [[column.header for column in columns], *cells],
        tablefmt="plain",
        colalign=[column.align for column in columns],
        disable_numparse=True,
        preserve_whitespace=True,
    )
    header, *lines = text.split("\n")
    body = [header]
    remaining = iter(lines)
    for row in table.rows:
        body.append(row if isinstance(row, str) else next(remaining, ""))
    return body


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


# --- markup ---------------------------------------------------------------------------------------


def _markup(table: Table, format: str) -> str:
    columns = [column for column in table.columns if column.for_people]
    rows = [row for row in table.rows if isinstance(row, Row)]
    headers = [column.heading or _capital(column.header) for column in columns]
    cells = [[_shown(row, column) for column in columns] for row in rows]
    if format == "markdown":
        return _markdown(columns, headers, cells)
    if format == "html":
        return _tabulated(columns, headers, cells, "html")
    return BOOKTABS + _tabulated(columns, headers, cells, "latex_booktabs")


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
