"""Figures with their units as people print them: `138M`, `4.1 GFLOPs`, `about 5.7 billion`.

What is read of one is its value and what one step of its last printed digit is worth, so that it is
known which numbers are rounded to it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

COUNTED_WORDS = {
    "parameters": ("params", "param", "parameters", "weights"),
    "operations": (
        "flops", "flop", "macs", "mac", "madds", "madd", "mult-adds", "multiply-adds", "ops",
        "multadds", "multi-adds",
    ),
    "bytes": ("b", "byte", "bytes"),
}  # fmt: skip
"""What the word behind a number says that it counts."""

_POWERS = {
    "k": 1, "thousand": 1, "m": 2, "million": 2, "g": 3, "b": 3, "billion": 3, "t": 4,
    "trillion": 4,
}  # fmt: skip
"""Which power of a thousand each prefix is, in lower case."""

_FORM = re.compile(
    r"(?P<hedge>~|about |almost |approximately )?"
    r"(?P<whole>-?(?:[0-9]{1,3}(?:,[0-9]{3}){1,9}|[0-9]{1,30}))(?![0-9]|,[0-9])"
    r"(?:\.(?P<decimals>[0-9]{1,30})(?![0-9]))?"
    r"(?:(?:[eE]\+?|\s*[x·*×]\s*10\^)(?P<power>[0-9]{1,2})(?![0-9]))?"
    r"\s*(?P<unit>.*)",
    re.DOTALL,
)
_PREFIXED = re.compile(
    r"(?P<prefix>(?:thousand|million|billion|trillion)\b|[kKmMGBT])(?P<binary>i(?=B))?"
    r"(?P<space>\s*)(?P<word>.*)",
    re.DOTALL,
)


@dataclass(frozen=True)
class StatedFigure:
    """A printed number: its value, what one step of its last printed digit is worth, its unit."""

    text: str
    value: Fraction
    step: Fraction
    unit: str = ""
    """All that stands behind its digits."""
    hedged: bool = False
    """Whether a word says that it is not exact."""
    meaning: str = ""
    """What its unit means here, where that is not the usual: `K = 1,024`."""
    digits: int = 0
    """How many digits it has from the first one on that is not 0."""
    prefix: str = ""
    """`G` of GFLOPs, `million`."""
    word: str = ""
    """Its unit without the prefix: `FLOPs`."""
    power: int = 0
    """Which power of its base the prefix is."""
    base: int = 1000
    """1000, or 1024 where the prefix says so: `MiB`."""

    @property
    def counts(self) -> str:
        """What it says that it counts, parameters, operations or bytes; nothing where it does not
        say."""
        word = self.word.lower()
        return next((kind for kind, words in COUNTED_WORDS.items() if word in words), "")

    def interval(self, base: int = 0, *, is_cut: bool = False) -> tuple[Fraction, Fraction]:
        """The numbers that round to it, from the first up to, not including, the second; or those
        that are cut off to it. Its prefix is a power of another base, if one is given."""
        value, step = self.value * self._in(base), self.step * self._in(base)
        low = value if is_cut else value - step / 2
        return low, low + step

    def in_base(self, base: int) -> StatedFigure:
        """The same digits where the prefix is a power of another base."""
        scale = self._in(base)
        unit = self.prefix + (self.word if self.counts == "bytes" else "")
        meaning = f"{unit} = {base**self.power:,}"
        return replace(
            self, value=self.value * scale, step=self.step * scale, meaning=meaning, base=base
        )

    def _in(self, base: int) -> Fraction:
        return Fraction(base or self.base, self.base) ** self.power


def read_figure(
    stated: Any,
    units: Mapping[str, Any] | None = None,
    precision: Any = None,
    *,
    of_bytes: bool = False,
) -> StatedFigure:
    """The figure that a text or a number states.

    Args:
        stated: it begins with a number, if with a hedge; K, M, G, B and T, or their words, scale it
            where they stand alone or in front of what is counted. Other words (`%`, `layers`,
            `C^2`) do not.
        units: what a unit means here, such as a K of 1024.
        precision: the worth of the last digit that is meant where printed zeros only fill up
            (650,000 units, stated to 10,000).
        of_bytes: whether a B is a byte, not a billion.

    >>> read_figure("112.9M").value, read_figure("112.9M").step
    (Fraction(112900000, 1), Fraction(100000, 1))
    >>> figure = read_figure("25.6M params")
    >>> figure.interval(), figure.digits, figure.counts
    ((Fraction(25550000, 1), Fraction(25650000, 1)), 3, 'parameters')

    Raises:
        ValueError: there is no number at its beginning.
    """
    text = str(stated)
    found = _FORM.fullmatch(text)
    if found is None:
        raise ValueError(f"states no figure: {text!r}")
    whole, decimals = found["whole"].replace(",", ""), found["decimals"] or ""
    prefix, word, base = _parts(found["unit"], of_bytes)
    power = _POWERS[prefix.lower()] if prefix else 0
    scale = Fraction(base**power * 10 ** int(found["power"] or 0))
    meaning = f"{prefix}i{word} = {base**power:,}" if base == 1024 else ""
    for name in sorted(units or (), key=len, reverse=True):
        if units and (found["unit"] == name or found["unit"].startswith(f"{name} ")):
            usual, scale = scale, Fraction(units[name])
            is_usual = scale in (1, usual) and base == 1000
            meaning = "" if is_usual else f"{name} = {scale.numerator:,}"
            break
    step = Fraction(precision) if precision is not None else scale / 10 ** len(decimals)
    return StatedFigure(
        text,
        Fraction(f"{whole}.{decimals or 0}") * scale,
        step,
        found["unit"],
        found["hedge"] is not None,
        meaning,
        len((whole + decimals).lstrip("-0")),
        prefix,
        word,
        power,
        base,
    )


def _parts(unit: str, of_bytes: bool) -> tuple[str, str, int]:
    """The prefix of a unit, the word behind it, and the base of which the prefix is a power."""
    found = _PREFIXED.fullmatch(unit)
    if found is None or (of_bytes and unit == "B"):
        return "", unit.strip(), 1000
    word = found["word"].strip()
    is_apart = not word or found["space"]
    if not is_apart and not any(word.lower() in words for words in COUNTED_WORDS.values()):
        return "", unit.strip(), 1000
    return found["prefix"], word, 1024 if found["binary"] else 1000
