"""CSV, for spreadsheets."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

from archcalc.formats.format import Format
from archcalc.formats.json import compact
from archcalc.formats.printable import Printable


class Csv(Format):
    """A line a record, under a line of keys."""

    name = "csv"

    def write(self, found: Printable, width: int) -> str:
        """The records."""
        records = found.as_records()
        keys = list(records[0]) if records else found.keys()
        file = io.StringIO()
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(keys)
        writer.writerows([_cell(record.get(key)) for key in keys] for record in records)
        return file.getvalue()


_BEGIN_FORMULAS = tuple("=+-@＝＋－＠")
"""What a spreadsheet takes for the beginning of a formula, also where it is typed in full width."""


def _cell(value: Any) -> Any:
    if isinstance(value, Fraction):
        return float(value)
    if value is None or isinstance(value, int | float):
        return value
    text = _text(value)
    return f"'{text}" if text.lstrip().startswith(_BEGIN_FORMULAS) else text


def text_of_list(values: Sequence[Any]) -> str:
    """A list in one cell: a shape CxHxW, others with spaces, which no name has."""
    are_sizes = all(isinstance(value, int | float) for value in values)
    return ("x" if are_sizes else " ").join(map(str, values))


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        return text_of_list(value)
    return compact(value) if isinstance(value, dict) else str(value)
