"""Which number a stated figure is: what of a network gives it within its digits, and how many
would by chance.

A reading departs from the plain one, the network's own multiply-adds or parameters, by what is
counted, by its variant, its input's size and its structure, and by the unit of 1024. The least
departure comes first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from archcalc.counters.quoted import (
    BY_ITS_UNIT,
    FURTHEST_OF_ALL,
    Quoted,
    numbers_of_all,
    quoted_of,
    sought_of_all,
    stated_numbers,
)
from archcalc.counters.stated_figure import StatedFigure
from archcalc.errors import ArchcalcError
from archcalc.network import Network

COULD_BE_CHANCE = 0.3
"""As many fitting readings as could well be there by chance."""
NEAR = 4
"""Within which factor of a figure readings are taken to lie evenly."""
_FURTHEST = {1: Fraction(1, 2), 2: Fraction(5, 4), 3: Fraction(2), 4: Fraction(3)}
"""How far a reading may depart, by the digits of a figure; with more of them, any far."""


class Near(NamedTuple):
    """A number that does not give a figure."""

    quoted: Quoted
    note: str
    """Its unit, where that is not one of 1000."""
    off: Fraction
    """As a share of the figure."""


class Match(NamedTuple):
    """A number that gives a figure."""

    quoted: Quoted
    departure: Fraction
    note: str
    """How it gives it, where it is not rounded in units of 1000."""


@dataclass(frozen=True)
class Found:
    """What gives a figure, the least departure first."""

    figure: StatedFigure
    fits: Sequence[Match]
    tried: int
    """How many readings depart as little as the first one."""
    by_chance: float
    """How many of them would give a figure of as many digits by chance."""
    nearest: Near | None
    """The nearest number where none gives it."""

    @property
    def first(self) -> Sequence[Match]:
        """The fits that depart least: they are not told apart."""
        least = self.fits[0].departure if self.fits else 0
        return [fit for fit in self.fits if fit.departure == least]


def search(figure: StatedFigure, net: Network | None, tools: Sequence[str] | None = None) -> Found:
    """What of a network, or of any built-in one, gives a figure.

    Args:
        figure: the figure.
        net: the network.
        tools: counters whose numbers alone are sought, by their names.

    Raises:
        ArchcalcError: of one of these the numbers of all networks are not known.
    """
    if net is not None:
        return search_among(figure, _of_tools(stated_numbers(net), tools))
    unknown = [name for name in tools or () if name not in sought_of_all()]
    if unknown:
        raise ArchcalcError(f"--number with --tools {', '.join(unknown)} takes a MODEL too")
    found = _search_all(figure, numbers_of_all(), tools)
    named = dict.fromkeys(fit.quoted.network for fit in found.fits)
    computed = {(number.what, number.value) for name in named for number in quoted_of(name)}
    if all((fit.quoted.what, fit.quoted.value) in computed for fit in found.fits):
        return found
    return _search_all(figure, numbers_of_all(anew=True), tools)


def _search_all(
    figure: StatedFigure, numbers: Sequence[Quoted], tools: Sequence[str] | None
) -> Found:
    near = [n for n in _worded(figure, numbers) if n.departure <= FURTHEST_OF_ALL]
    return _search_among(figure, _of_tools(near, tools))


def _of_tools(numbers: Sequence[Quoted], tools: Sequence[str] | None) -> Sequence[Quoted]:
    return numbers if tools is None else [number for number in numbers if number.tool in tools]


def _worded(figure: StatedFigure, numbers: Sequence[Quoted]) -> Sequence[Quoted]:
    """Numbers, those departing less whose tool alone calls them as the figure does."""
    if not figure.word:
        return numbers
    return [
        n._replace(departure=n.departure - BY_ITS_UNIT) if n.unit == figure.word else n
        for n in numbers
    ]


def search_among(figure: StatedFigure, numbers: Sequence[Quoted]) -> Found:
    """Which of some numbers give a figure."""
    return _search_among(figure, _worded(figure, numbers))


def _search_among(figure: StatedFigure, numbers: Sequence[Quoted]) -> Found:
    suiting = [n for n in numbers if n.counts == figure.counts or not figure.counts]
    if not figure.counts:
        suiting = [n for n in suiting if n.counts != "bytes"]
    limit = _FURTHEST.get(figure.digits, Fraction(10))
    fits = sorted(
        {fit for number in suiting for fit in _fits(figure, number) if fit.departure <= limit},
        key=lambda fit: (fit.departure, fit.quoted.value),
    )
    first = fits[0].departure if fits else Fraction(0)
    near = [n for n in suiting if figure.value / NEAR <= n.value <= figure.value * NEAR]
    tried = [n for n in near if n.departure <= first]
    low, high = (max(float(end), 1e-9) for end in figure.interval())
    chance = len(tried) * math.log(high / low) / (2 * math.log(NEAR))
    return Found(
        figure, fits, len(tried), chance, None if fits else _nearest(figure, suiting, limit)
    )


def _nearest(figure: StatedFigure, numbers: Sequence[Quoted], limit: Fraction) -> Near | None:
    """The number that is least off of those that depart no further, the more so the less it
    departs: a plain one before one that departs by 1 and is half as far off."""
    near = (
        Near(number, note, number.value / (figure.value * Fraction(base, 1000) ** figure.power) - 1)
        for number in numbers
        for base, departs, note in _bases(figure, number)
        if number.departure + departs <= limit
    )
    return min(near, key=lambda each: abs(each.off) * (1 + each.quoted.departure), default=None)


def _bases(figure: StatedFigure, number: Quoted) -> list[tuple[int, Fraction, str]]:
    """What a prefix can be the power of, with how far that departs and how it is said."""
    bases = [(1000, Fraction(0), "")]
    if figure.power:
        of_1024 = Fraction(1, 4) if number.counts == "bytes" else Fraction(3, 2)
        bases.append((1024, of_1024, f"in units of 1024{_POWERS[figure.power]}"))
    return bases


def _fits(figure: StatedFigure, number: Quoted) -> Iterator[Match]:
    for base, departs, unit in _bases(figure, number):
        for is_cut, more, how in ((False, Fraction(0), ""), (True, Fraction(1, 2), "cut off")):
            low, high = figure.interval(base, is_cut=is_cut)
            if low <= number.value < high:
                note = ", ".join(filter(None, (how, unit)))
                yield Match(number, number.departure + departs + more, note)
                break


_POWERS = {1: "", 2: "²", 3: "³", 4: "⁴"}
