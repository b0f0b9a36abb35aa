"""Points that a file lists: a CSV file with a column for each argument or size that varies."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

from archcalc.arguments import argument_value
from archcalc.errors import ArchcalcError, quote
from archcalc.sweeps.space import SpaceAxis


def points_axis(path: Path) -> SpaceAxis:
    """The points of a file as one axis, along which all its columns vary together.

    Raises:
        ArchcalcError: it cannot be read, or a line of it is no point.
    """
    name = quote(path, marks="")
    try:
        with path.open(newline="", encoding="utf-8-sig") as file:
            lines = list(csv.reader(file))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
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
                raise ArchcalcError(f"{name}: line {number}: {column}: {error}") from None
    return SpaceAxis(columns, columns)
