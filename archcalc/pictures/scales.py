"""Axes: which values are marked, and where they stand."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import log10

from archcalc import figures


def round_steps(most: int, at_most: int = 3) -> list[int]:
    """Round values from 0 on, evenly apart, of which at most so many are above 0.

    >>> round_steps(1_360_000), round_steps(0)
    ([0, 500000, 1000000], [0])
    """
    step = 1
    while step * (at_most + 1) <= most:
        step = _next_round(step)
    return list(range(0, most + 1, step)) if most else [0]


def _next_round(step: int) -> int:
    digits = str(step)
    following = {"1": 2, "2": 5, "5": 10}[digits[0]]
    return following * int("1" + "0" * (len(digits) - 1))


_ROOM_FOR_THREE = 60
"""Pixels of a power of ten from which on three values of it are marked."""


@dataclass(frozen=True)
class Logarithmic:
    """A logarithmic axis from `least` to `most`, drawn from one position to another."""

    least: float
    most: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """Where a value stands."""
        share = log10(value / self.least) / log10(self.most / self.least)
        return self.start + (self.end - self.start) * share

    def marks(self) -> Iterator[tuple[int, bool]]:
        """The values 1, 2 and 5 of each power of ten, and whether it is a power itself; where a
        power takes little room the powers alone."""
        per_power = abs(self.end - self.start) / log10(self.most / self.least)
        power = 1
        while power <= self.most:
            for times in (1, 2, 5) if per_power >= _ROOM_FOR_THREE else (1,):
                if self.least <= power * times <= self.most:
                    yield power * times, times == 1
            power *= 10

    def written(self, apart: float) -> set[int]:
        """Of the marks those to be written beside the axis, so far apart: powers of ten, and
        others where there is room.

        >>> sorted(Logarithmic(100, 20_000, 0, 240).written(apart=40))
        [100, 1000, 10000]
        """
        found: set[int] = set()
        for value, _ in sorted(self.marks(), key=lambda mark: not mark[1]):
            if all(abs(self(value) - self(other)) >= apart for other in found):
                found.add(value)
        return found


def logarithmic(values: Iterable[int], start: float, end: float) -> Logarithmic:
    """An axis that has some values on it, with a margin to both sides."""
    found = list(values)
    least, most = min(found), max(found)
    spread = max(most / least, 4)
    margin = spread**0.06
    return Logarithmic(least / margin, max(most, least * 4) * margin, start, end)


def marked(value: int) -> str:
    """A round value beside an axis: `500M`.

    >>> marked(500_000_000), marked(1000), marked(1500), marked(20)
    ('500M', '1K', '1.5K', '20')
    """
    text = figures.short(value)
    number = text.rstrip("KMGT")
    if "." not in number:
        return text
    return number.rstrip("0").rstrip(".") + text[len(number) :]
