"""One number with its arithmetic."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.arithmetic import Number, Zero
from archcalc.traced import Traced, formula, substituted


class Working(NamedTuple):
    """One number of a part of a network, and how it is computed."""

    name: str
    number: Traced
    is_size: bool = False
    """Sizes are written without commas, counts with them."""
    reason: str = ""
    """Why it is 0, or why it is no number."""
    label: str = ""
    """What stands before it, where that is not its quantity's title."""
    at: str = ""
    """The layer inside that it is computed at, where that is the only one with any."""
    note: str = ""
    """The rule that it is computed by, where its arithmetic does not say so."""

    @classmethod
    def of(cls, name: str, number: Number) -> Working:
        """What a formula gave: a Traced number, a plain one, or a Zero."""
        if isinstance(number, Zero):
            return cls(name, Traced(0), reason=number.reason)
        return cls(name, number if isinstance(number, Traced) else Traced(number))

    @classmethod
    def none(cls, name: str, reason: str) -> Working:
        """What is not known, or has no number, and why."""
        return cls(name, Traced(None), reason=reason)

    @property
    def value(self) -> Number | None:
        """The number itself; None where there is none, and `reason` says why."""
        return self.number.value

    @property
    def formula(self) -> str:
        """Its arithmetic in names."""
        return "" if self.value is None else formula(self.number)

    @property
    def substituted(self) -> str:
        """Its arithmetic in digits; as plain arithmetic it evaluates to the value."""
        return "" if self.value is None else substituted(self.number)

    @property
    def words(self) -> str:
        """What is said in place of arithmetic; nothing where there is some."""
        return self.reason if self.value is None or not self.reason else f"none: {self.reason}"
