"""Stated figures as they are printed, and the one rule that compares them with computed ones."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Literal, NamedTuple

Verdict = Literal["exact", "rounded", "approximate", "contradicted", "not computable"]
Rounding = Literal["nearest", "down", "up"]

VERDICTS: tuple[Verdict, ...] = (
    "exact",
    "rounded",
    "approximate",
    "contradicted",
    "not computable",
)

ROUNDING_BAND = Fraction(1, 50)
"""The share of the computed figure by which one that is rounded down or up may be off."""
BAND = Fraction(1, 10)
"""The share of the computed figure by which one that a text hedges ("about", "almost") may be off
to be approximate."""
STRUCTURE_BAND = Fraction(1, 2)
"""The share of a hedged structure that may be otherwise for it to be approximate."""

UNITS: Mapping[str, int] = {
    "K": 10**3, "k": 10**3, "thousand": 10**3,
    "M": 10**6, "million": 10**6,
    "G": 10**9, "B": 10**9, "billion": 10**9,
    "x10^6": 10**6, "x 10^6": 10**6, "x10^9": 10**9, "x 10^9": 10**9,
}  # fmt: skip
"""Decimal units. Other words behind a number (`%`, `layers`, `C^2`) do not scale it."""

_HEDGES = ("~", "about ", "almost ", "approximately ")
_FIGURE = re.compile(r"(?P<digits>-?[0-9][0-9,]*(\.[0-9]+)?)\s*(?P<unit>.*)")


@dataclass(frozen=True)
class Figure:
    """A printed number: its value, what one step of its last printed digit is worth, its unit."""

    text: str
    value: Fraction
    step: Fraction
    unit: str = ""
    hedged: bool = False
    meaning: str = ""
    """What its unit means here, where that is not the usual: `K = 1,024`."""


def figure(stated: Any, units: Mapping[str, Any] | None = None, precision: Any = None) -> Figure:
    """The figure that a text or a number states.

    `units` sets what a unit means here (a K of 1024), `precision` the worth of the last digit that
    is meant where printed zeros only fill up (650,000 units, stated to 10,000).

    >>> figure("112.9M").value, figure("112.9M").step
    (Fraction(112900000, 1), Fraction(100000, 1))

    Raises:
        ValueError: there is no number at its beginning.
    """
    text = str(stated)
    bare = text
    for hedge in _HEDGES:
        bare = bare.removeprefix(hedge)
    match = _FIGURE.fullmatch(bare)
    if match is None:
        raise ValueError(f"states no figure: {text!r}")
    digits = match["digits"].replace(",", "")
    scale, meaning = _scale(match["unit"], units or {})
    decimals = len(digits.partition(".")[2])
    step = Fraction(precision) if precision is not None else scale / 10**decimals
    return Figure(text, Fraction(digits) * scale, step, match["unit"], bare != text, meaning)


def _scale(unit: str, units: Mapping[str, Any]) -> tuple[Fraction, str]:
    """What a unit scales a number by, and what is said of that, if it is not the usual."""
    for known in (units, UNITS):
        for name in sorted(known, key=len, reverse=True):
            if unit == name or unit.startswith(name + " "):
                scale = Fraction(known[name])
                is_usual = known is UNITS or scale in (1, UNITS.get(name[:1]))
                return scale, "" if is_usual else f"{name} = {number(scale)}"
    return Fraction(1), ""


class Closeness(NamedTuple):
    """How a stated figure stands to the computed one."""

    verdict: Verdict
    rounding: Rounding | None = None
    difference: str = ""


def closeness(stated: Figure, computed: Any, *, hedged: bool = False) -> Closeness:
    """The verdict on a figure. Of two figures with the same last digit, the nearer one never has
    the weaker verdict.

    >>> closeness(figure("61M"), 60_965_224).rounding, closeness(figure("60M"), 60_965_224).rounding
    ('nearest', 'down')
    >>> closeness(figure("4M"), 6_998_552).difference
    '42.8% too low'
    """
    value = Fraction(computed)
    off = abs(stated.value - value)
    if not off:
        return Closeness("exact")
    if 2 * off <= stated.step:
        return Closeness("rounded", "nearest")
    if off < stated.step and off <= ROUNDING_BAND * abs(value):
        return Closeness("rounded", "down" if stated.value < value else "up")
    difference = too_far(stated.value, value)
    if (hedged or stated.hedged) and off <= BAND * abs(value):
        return Closeness("approximate", None, difference)
    return Closeness("contradicted", None, difference)


def too_far(stated: Fraction, computed: Fraction) -> str:
    """How far a stated figure is off, as a share of the computed one.

    >>> too_far(Fraction(10), Fraction(4))
    '2.50 times the computed'
    """
    if computed == 0:
        return "computed is 0"
    if stated >= 2 * computed > 0:
        return f"{number(stated / computed, decimals=2)} times the computed"
    share = abs(stated - computed) / abs(computed)
    tenths = (share * 2000 + 1) // 2
    percent = "<0.1%" if tenths == 0 else f"{tenths // 10}.{tenths % 10}%"
    return f"{percent} too {'high' if stated > computed else 'low'}"


def number(value: Any, decimals: int = 4) -> str:
    """A computed number for people: whole with commas, else to some decimals.

    >>> number(Fraction(25, 18)), number(60_000)
    ('1.3889', '60,000')
    """
    exact = Fraction(value)
    if exact.denominator == 1:
        return f"{exact.numerator:,}"
    scaled = (2 * exact * 10**decimals + 1) // 2
    whole, rest = divmod(abs(scaled), 10**decimals)
    return f"{'-' if scaled < 0 else ''}{whole:,}.{rest:0{decimals}d}"
