"""A figure as people state it, such as `4.1 GFLOPs`, and the numbers that it stands for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from archcalc.errors import ArchcalcError, quote

_FORM = re.compile(
    r"(?P<digits>\d{1,3}(?:,\d{3})+|\d{1,18})(?P<decimals>\.\d{1,12})?"
    r"(?:(?:[eE]\+?|\s*[x·]\s*10\^)(?P<power>\d{1,2}))?"
    r"\s*(?P<prefix>(?:thousand|million|billion|trillion)\b|[kKMmGBT](?:i(?=B))?)?"
    r"\s*(?P<word>[A-Za-z -]*)"
)
_PREFIXES = {"k": 1, "thousand": 1, "m": 2, "million": 2, "g": 3, "b": 3, "billion": 3, "t": 4,
             "trillion": 4}  # fmt: skip
COUNTED_WORDS = {
    "parameters": ("params", "param", "parameters", "weights"),
    "operations": (
        "flops", "flop", "macs", "mac", "madds", "madd", "mult-adds", "multiply-adds", "ops",
        "multadds", "multi-adds",
    ),
    "bytes": ("b", "byte", "bytes"),
}  # fmt: skip
"""What the word behind a number says that it counts."""


LEAST = 1000
"""The smallest figure without a unit that is looked for: all networks have more of anything."""


@dataclass(frozen=True)
class StatedFigure:
    """A number with so many digits, and what it says that it counts."""

    text: str
    value: Fraction
    """In units of 1000, where it has a prefix."""
    last_digit: Fraction
    """What one more of its last digit would be."""
    digits: int
    power: int
    """Which power of 1000 its prefix is."""
    counts: str
    """parameters, operations, bytes; nothing where it does not say."""
    word: str = ""
    """The unit as it says it, without its prefix: `Mac`."""

    def interval(self, base: int = 1000, *, is_cut: bool = False) -> tuple[Fraction, Fraction]:
        """The numbers that round to it, from the first up to, not including, the second; or those
        that are cut off to it. The base of its prefix is 1000 or 1024."""
        scale = Fraction(base, 1000) ** self.power
        below = Fraction(0) if is_cut else self.last_digit / 2
        return (self.value - below) * scale, (self.value - below + self.last_digit) * scale


def stated_figure(text: str) -> StatedFigure:
    """The figure that a text states.

    >>> figure = stated_figure("25.6M params")
    >>> figure.interval(), figure.digits, figure.counts
    ((Fraction(25550000, 1), Fraction(25650000, 1)), 3, 'parameters')

    Raises:
        ArchcalcError: it states none, or a small number of nothing.
    """
    found = _FORM.fullmatch(text.strip())
    word = found["word"].strip().lower() if found else ""
    counts = next((kind for kind, words in COUNTED_WORDS.items() if word in words), "")
    if found is None or (word and not counts):
        raise ArchcalcError(
            f"--number takes a figure such as 4.1e9, '3.8 B', '25.6M params', '8.2 GFLOPs' or "
            f"'97.8 MB'; got {quote(text)}"
        )
    whole, decimals = found["digits"].replace(",", ""), (found["decimals"] or ".")[1:]
    prefix = (found["prefix"] or "").lower().removesuffix("i")
    power = _PREFIXES.get(prefix, 0)
    unit = Fraction(1000**power * 10 ** int(found["power"] or 0))
    value = Fraction(f"{whole}.{decimals or 0}") * unit
    if not value:
        raise ArchcalcError(f"--number takes a figure above 0, got {quote(text)}")
    if unit == 1 and value < LEAST and not word:
        said = text.strip()
        raise ArchcalcError(
            f"--number {said} is of no network; did you mean {said}G, '{said}M params' or "
            f"'{said} GFLOPs'?"
        )
    digits = len((whole + decimals).lstrip("0"))
    said = found["word"].strip()
    return StatedFigure(
        text.strip(), value, unit / 10 ** len(decimals), digits, power, counts, said
    )
