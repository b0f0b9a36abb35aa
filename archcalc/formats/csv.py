"""CSV, for spreadsheets."""

from __future__ import annotations

import csv
import io
import re
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


_FORMULA = re.compile(r"\s*[=+\-@＝＋－＠]")
"""What a spreadsheet takes for a formula, also where it is typed in full width."""


def _cell(value: Any) -> Any:
    if isinstance(value, Fraction):
        return float(value)
    if value is None or isinstance(value, int | float):
        return value
    text = _text(value)
    return f"'{text}" if _FORMULA.match(text) else text


def _text(value: Any) -> str:
    if isinstance(value, list | tuple):
        # A shape is written CxHxW; what is no number can hold an x, and a name no space.
        are_sizes = all(isinstance(part, int | float) for part in value)
        return ("x" if are_sizes else " ").join(map(str, value))
    return compact(value) if isinstance(value, dict) else str(value)
