"""What the points of a part of a space come to, written down region by region."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from archcalc.closed.arrays import LARGEST_INTEGER

Index = list[Any]
"""Which values of each axis, as arrays."""


@dataclass
class Figures:
    """What a part of a space comes to; arrays of its shape."""

    columns: dict[str, Any]
    """The quantities; of points that the spec refuses, they mean nothing."""
    refused: Any
    """The number of the reason for which the spec refuses each point, or 0."""

    def put(self, place: Index, inside: Any, values: Mapping[str, Any], refusal: int) -> None:
        """Write the values of some points."""
        import numpy

        for name, value in values.items():
            if not _is_short(value):
                self.columns[name] = self.columns[name].astype(object)
            _write(self.columns[name], place, inside, value)
        if refusal:
            _write(self.refused, place, inside, numpy.int32(refusal))


def _is_short(value: Any) -> bool:
    """Whether a number, or an array, is one of numpy's integers."""
    if isinstance(value, int):
        return abs(value) <= LARGEST_INTEGER
    return not value.dtype.hasobject


def _write(array: Any, place: Index, inside: Any, value: Any) -> None:
    import numpy

    slices = [_as_slice(indices) for indices in place]
    if all(slices):
        numpy.copyto(array[tuple(slices)], value, where=inside)
    else:
        where = numpy.ix_(*place)
        part = array[where]
        numpy.copyto(part, value, where=inside)
        array[where] = part


def _as_slice(indices: Any) -> slice | None:
    """Indices that follow each other as a slice."""
    first, last = int(indices[0]), int(indices[-1])
    return slice(first, last + 1) if last - first + 1 == len(indices) else None
