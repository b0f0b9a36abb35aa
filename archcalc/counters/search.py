"""Which number a stated figure is: what of a network gives it within its digits, and how many
would by chance.

A reading departs from the plain one, the network's own multiply-adds or parameters, by what is
counted, by its variant, its input's size and its structure, and by the unit of 1024. The least
departure comes first.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import NamedTuple

from archcalc.counters.quoted import (
    BY_ITS_UNIT,
    FURTHEST_OF_ALL,
    Quoted,
    computed_numbers_of_all,
    numbers_of_all,
    quoted_of,
    sought_of_all,
    stated_numbers,
)
from archcalc.errors import ArchcalcError, quote
from archcalc.network import Network
from archcalc.stated_figure import StatedFigure, read_figure

COULD_BE_CHANCE = 0.3
"""As many fitting readings as could well be there by chance."""
NEAR = 4
"""Within which factor of a figure readings are taken to lie evenly."""
LEAST = 1000
"""The smallest figure without a unit that is looked for: all networks have more of anything."""
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


def sought_figure(text: str) -> StatedFigure:
    """The figure that is asked for.

    Raises:
        ArchcalcError: there is none, or a small number of nothing.
    """
    said = text.strip()
    try:
        figure = read_figure(said)
    except ValueError:
        figure = None
    if figure is None or figure.value < 0 or (figure.word and not figure.counts):
        raise ArchcalcError(
            f"--number takes a figure such as 4.1e9, '3.8 B', '25.6M params', '8.2 GFLOPs' or "
            f"'97.8 MB'; got {quote(text)}"
        )
    if not figure.value:
        raise ArchcalcError(f"--number takes a figure above 0, got {quote(text)}")
    if figure.value < LEAST and not figure.unit:
        raise ArchcalcError(
            f"--number {said} is of no network; did you mean {said}G, '{said}M params' or "
            f"'{said} GFLOPs'?"
        )
    return figure


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
        return search_among(figure, _of_tools(stated_numbers(net, _furthest(figure)), tools))
    unknown = [name for name in tools or () if name not in sought_of_all()]
    if unknown:
        raise ArchcalcError(f"--number with --tools {', '.join(unknown)} takes a MODEL too")
    found = _search_all(figure, numbers_of_all(), tools)
    named = dict.fromkeys(fit.quoted.network for fit in found.fits)
    computed = {(number.what, number.value) for name in named for number in quoted_of(name)}
    if all((fit.quoted.what, fit.quoted.value) in computed for fit in found.fits):
        return found
    return _search_all(figure, computed_numbers_of_all(), tools)


def _furthest(figure: StatedFigure) -> Fraction:
    return _FURTHEST.get(figure.digits, Fraction(10))


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
    units = {counts: _units(figure, counts) for counts in {n.counts for n in suiting}}
    limit = _furthest(figure)
    fits = sorted(
        {
            fit
            for number in suiting
            for unit in units[number.counts]
            for fit in _fits(number, unit)
            if fit.departure <= limit
        },
        key=lambda fit: (fit.departure, fit.quoted.value),
    )
    first = fits[0].departure if fits else Fraction(0)
    around = range(math.ceil(figure.value / NEAR), math.floor(figure.value * NEAR) + 1)
    near = [n for n in suiting if n.value in around]
    tried = [n for n in near if n.departure <= first]
    low, high = (max(float(end), 1e-9) for end in figure.interval())
    chance = len(tried) * math.log(high / low) / (2 * math.log(NEAR))
    nearest = None if fits else _nearest(suiting, units, limit)
    return Found(figure, fits, len(tried), chance, nearest)


class _Unit(NamedTuple):
    """What a figure means where its prefix is a power of 1000, or of 1024."""

    value: Fraction
    departure: Fraction
    note: str
    ranges: Sequence[tuple[range, Fraction, str]]
    """The whole numbers that are rounded to it, then those that are cut off to it, with how far
    each departs and how it is said."""


def _units(figure: StatedFigure, counts: str) -> list[_Unit]:
    """What a figure can mean of a number that counts `parameters`, `operations` or `bytes`."""
    bases = [(figure.base, Fraction(0), "")]
    if figure.power and figure.base == 1000:
        of_1024 = Fraction(1, 4) if counts == "bytes" else Fraction(3, 2)
        bases.append((1024, of_1024, f"in units of 1024{_POWERS[figure.power]}"))
    return [
        _Unit(
            figure.in_base(base).value,
            departs,
            unit,
            [
                (
                    range(*map(math.ceil, figure.interval(base, is_cut=is_cut))),
                    departs + more,
                    ", ".join(filter(None, (how, unit))),
                )
                for is_cut, more, how in ((False, 0, ""), (True, Fraction(1, 2), "cut off"))
            ],
        )
        for base, departs, unit in bases
    ]


def _fits(number: Quoted, unit: _Unit) -> Iterator[Match]:
    """How a number gives a figure in one of its units, if it does: rounded, else cut off."""
    for values, departs, note in unit.ranges:
        if number.value in values:
            yield Match(number, number.departure + departs, note)
            return


def _nearest(
    numbers: Sequence[Quoted], units: Mapping[str, Sequence[_Unit]], limit: Fraction
) -> Near | None:
    """The number that is least off of those that depart no further, the more so the less it
    departs: a plain one before one that departs by 1 and is half as far off."""
    near = (
        Near(number, unit.note, number.value / unit.value - 1)
        for number in numbers
        for unit in units[number.counts]
        if number.departure + unit.departure <= limit
    )
    return min(near, key=lambda each: abs(each.off) * (1 + each.quoted.departure), default=None)


_POWERS = {1: "", 2: "²", 3: "³", 4: "⁴"}
