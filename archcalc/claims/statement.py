"""What a claim states, as the types of assertion are handed it, and what they make of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from archcalc.claims.stated import STRUCTURE_BAND, Rounding, Verdict
from archcalc.claims.subject import Subject
from archcalc.claims.words import Phrase, phrases
from archcalc.stated_figure import StatedFigure, read_figure


class ClaimError(ValueError):
    """A claim that is not written as its type takes it."""


@dataclass(frozen=True)
class Finding:
    """What an assertion computed, and the verdict that follows."""

    computed: Any
    """The result for programs: a number, a text or a list."""
    text: str
    """The result for people."""
    verdict: Verdict
    rounding: Rounding | None = None
    difference: str = ""
    """How far the stated is off, where it is."""
    details: Sequence[str] = ()
    """The cells of a table that do not agree."""
    figures: int = 0
    """How many figures of a table there are to compare."""
    meaning: str = ""
    """What a unit of what is stated means, where that is not the usual: `K = 1,024`."""


@dataclass(frozen=True)
class Statement:
    """What is stated of a part of a network, and whether the text hedges."""

    subject: Subject
    stated: Any = None
    hedged: bool = False

    @property
    def text(self) -> str:
        """What is stated, as it is printed."""
        return str(self.stated)

    @property
    def names(self) -> list[str]:
        """The names of a list: `conv2, conv4`; `none` is an empty one."""
        return [name for part in self.text.split(",") if (name := part.strip()) != "none"]

    def figure(self, units: Mapping[str, Any] | None = None, precision: Any = None) -> StatedFigure:
        """The figure that is stated.

        Raises:
            ClaimError: there is none.
        """
        try:
            return read_figure(self.stated, units, precision)
        except ValueError as error:
            raise ClaimError(str(error)) from None

    def phrases(self, text: str | None = None) -> list[Phrase]:
        """The layers that the statement, or a part of its text, describes.

        Raises:
            ClaimError: it cannot be read.
        """
        try:
            return phrases(self.text if text is None else text)
        except ValueError as error:
            raise ClaimError(str(error)) from None

    def against(self, computed: Any, text: str, stated: Any = None) -> Finding:
        """The verdict on a structure: exact if it is the stated one; where the text hedges and at
        least half of what is stated holds, approximate; else contradicted."""
        stated = self.text if stated is None else stated
        if stated == computed:
            return Finding(computed, text, "exact")
        if self.hedged and _share(stated, computed) >= 1 - STRUCTURE_BAND:
            return Finding(computed, text, "approximate", difference="in part")
        return Finding(computed, text, "contradicted")


def _share(stated: Any, computed: Any) -> Fraction:
    """How much of what is stated, and of what is computed, the two have in common."""
    if not isinstance(stated, list) or not isinstance(computed, list):
        return Fraction(0)
    rest = list(computed)
    for item in stated:
        if item in rest:
            rest.remove(item)
    longer = max(len(stated), len(computed))
    return Fraction(len(computed) - len(rest), longer)
