"""Verdicts, and the one rule that compares stated figures with computed ones."""

from __future__ import annotations

from fractions import Fraction
from typing import Any, Literal, NamedTuple

from archcalc.stated_figure import StatedFigure

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


class Closeness(NamedTuple):
    """How a stated figure stands to the computed one."""

    verdict: Verdict
    rounding: Rounding | None = None
    difference: str = ""


def closeness(stated: StatedFigure, computed: Any, *, hedged: bool = False) -> Closeness:
    """The verdict on a figure. Of two figures with the same last digit, the nearer one never has
    the weaker verdict.

    >>> from archcalc.stated_figure import read_figure
    >>> [closeness(read_figure(text), 60_965_224).rounding for text in ("61M", "60M")]
    ['nearest', 'down']
    >>> closeness(read_figure("4M"), 6_998_552).difference
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
