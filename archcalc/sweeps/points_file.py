"""Points that a file lists: a CSV file with a column for each argument or size that varies."""

from __future__ import annotations

import csv
import io
import os
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from archcalc.errors import ArchcalcError, quote
from archcalc.names.arguments import argument_value
from archcalc.sweeps.space import MOST_VALUES, SpaceAxis
from archcalc.untrusted import untrusted_file

LARGEST_POINTS_FILE = 256 << 20
"""How many bytes a file of points may have."""
LONGEST_COLUMN = 60
"""How many letters of a column's name are said."""
MOST_TEXTS_KEPT = 10_000
"""How many texts are read once for all the places where they stand."""


def points_axis(path: Path) -> SpaceAxis:
    """The points of a file as one axis, along which all its columns vary together.

    Raises:
        ArchcalcError: it cannot be read, or a line of it is no point.
    """
    name = quote(path, marks="")
    try:
        with untrusted_file(path) as file:
            if os.fstat(file.fileno()).st_size > LARGEST_POINTS_FILE:
                raise ArchcalcError(f"{name}: is larger than {LARGEST_POINTS_FILE >> 20} MiB")
            text = io.TextIOWrapper(file, encoding="utf-8-sig", newline="")
            columns = _columns(csv.reader(text), name)
    except (UnicodeDecodeError, csv.Error):
        raise ArchcalcError(f"{name}: is no CSV file") from None
    return SpaceAxis(columns, columns)


def _columns(lines: Iterator[list[str]], name: str) -> dict[str, list[Any]]:
    """The values of each column; `name` is the file's, for messages."""
    names = [word.strip() for word in next(lines, [])]
    first = next(lines, None)
    if first is None:
        raise ArchcalcError(f"{name}: has no points; it takes a line of names, and lines of values")
    if not names or not all(names) or len({*names}) < len(names):
        got = quote(",".join(names))
        raise ArchcalcError(f"{name}: its first line takes names, each once; got {got}")
    columns: dict[str, list[Any]] = {column: [] for column in names}
    known: dict[str, Any] = {}
    for number, line in enumerate(chain([first], lines), start=2):
        if len(line) != len(names):
            raise ArchcalcError(f"{name}: line {number} has {len(line)} values, not {len(names)}")
        if number > MOST_VALUES + 1:
            raise ArchcalcError(f"{name}: has more than {MOST_VALUES:,} points")
        for column, text in zip(names, line, strict=True):
            value = known.get(text)
            if value is None:
                value = _value(text, f"{name}: line {number}: {_said(column)}")
                if len(known) < MOST_TEXTS_KEPT:
                    known[text] = value
            columns[column].append(value)
    return columns


def _said(column: str) -> str:
    return quote(column, marks="")[:LONGEST_COLUMN]


def _value(text: str, place: str) -> Any:
    try:
        return argument_value(text)
    except ArchcalcError as error:
        raise ArchcalcError(f"{place}: {error}") from None
