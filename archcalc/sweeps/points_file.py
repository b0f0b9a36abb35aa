"""Points that a file lists: a CSV file with a column for each argument or size that varies."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from archcalc.errors import ArchcalcError, quote
from archcalc.names.arguments import argument_value
from archcalc.sweeps.space import SpaceAxis

LARGEST_POINTS_FILE = 256 << 20
"""How many bytes a file of points may have."""
LONGEST_COLUMN = 60
"""How many letters of a column's name are said."""


def points_axis(path: Path) -> SpaceAxis:
    """The points of a file as one axis, along which all its columns vary together.

    Raises:
        ArchcalcError: it cannot be read, or a line of it is no point.
    """
    name = quote(path, marks="")
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            raise OSError(0, "it is no regular file")  # a pipe or a device may never end
        if path.stat().st_size > LARGEST_POINTS_FILE:
            raise OSError(0, f"it is larger than {LARGEST_POINTS_FILE >> 20} MiB")
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = list(csv.reader(file))
    except (OSError, ValueError, csv.Error) as error:
        said = getattr(error, "strerror", None) or "it is no CSV file"
        raise ArchcalcError(f"{name}: cannot be read: {said}") from None
    if len(lines) < 2:
        raise ArchcalcError(f"{name}: has no points; it takes a line of names, and lines of values")
    names = [word.strip() for word in lines[0]]
    if not all(names) or len({*names}) < len(names):
        raise ArchcalcError(f"{name}: its first line takes names, each once")
    columns: dict[str, list[Any]] = {column: [] for column in names}
    for number, line in enumerate(lines[1:], start=2):
        if len(line) != len(names):
            raise ArchcalcError(f"{name}: line {number} has {len(line)} values, not {len(names)}")
        for column, text in zip(names, line, strict=True):
            try:
                columns[column].append(argument_value(text))
            except ArchcalcError as error:
                place = f"{name}: line {number}: {quote(column, marks='')[:LONGEST_COLUMN]}"
                raise ArchcalcError(f"{place}: {error}") from None
    return SpaceAxis(columns, columns)
