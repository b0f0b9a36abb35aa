"""Conditions on open names: how a polynomial stands to 0, and the remainders that this allows."""

from __future__ import annotations

from collections.abc import Mapping
from math import gcd, lcm
from typing import NamedTuple

from archcalc.closed.atoms import RELATIONS, Floor, Indicator, over_common_denominator
from archcalc.closed.polynomial import Polynomial

LONGEST_PERIOD = 4096
"""The largest divisor by which remainders are told apart."""


class Remainders(NamedTuple):
    """The remainders by a divisor that are allowed."""

    divisor: int
    rests: frozenset[int]

    def both(self, other: Remainders) -> Remainders:
        """Those that both allow, by the least common multiple of their divisors.

        >>> Remainders(2, frozenset([1])).both(Remainders(3, frozenset([2])))
        Remainders(divisor=6, rests=frozenset({5}))
        """
        divisor = lcm(self.divisor, other.divisor)
        allowed = (r for rest in self.rests for r in range(rest, divisor, self.divisor))
        return Remainders(
            divisor, frozenset(r for r in allowed if r % other.divisor in other.rests)
        )

    @property
    def least(self) -> Remainders:
        """The same by the least divisor.

        >>> Remainders(8, frozenset([1, 3, 5, 7])).least
        Remainders(divisor=2, rests=frozenset({1}))
        """
        for divisor in range(1, self.divisor // 2 + 1):
            rests = frozenset(rest % divisor for rest in self.rests)
            if (
                not self.divisor % divisor
                and len(rests) * self.divisor == len(self.rests) * divisor
            ):
                return Remainders(divisor, rests)
        return self

    def next(self, value: int) -> int:
        """The first allowed value from this one on."""
        return value + min((rest - value) % self.divisor for rest in self.rests)


class Condition(NamedTuple):
    """A polynomial and how it stands to 0: `>=`, `>`, `==` or `!=`; see `condition`."""

    form: Polynomial
    relation: str

    def holds(self, values: Mapping[str, int]) -> bool:
        """Whether it is so where the names have these values."""
        return RELATIONS[self.relation](self.form.evaluate(values))

    @property
    def only_value_of(self) -> str | None:
        """The name that it leaves one value alone, if it does."""
        match sorted(self.form.terms, key=len):
            case [(), (name,)] | [(name,)] if self.relation == "==" and isinstance(name, str):
                return name
        return None

    def follows(self, forms: Mapping[str, Polynomial]) -> bool:
        """Whether it holds wherever names are what these forms of them come to."""
        form = self.form.substituted(forms)
        return form.is_constant and RELATIONS[self.relation](form.value)

    @property
    def negated(self) -> Condition:
        """That it is not so."""
        match self.relation:
            case "==":
                return Condition(self.form, "!=")
            case "!=":
                return Condition(self.form, "==")
        return condition(-self.form - 1, ">=")

    @property
    def remainders(self) -> tuple[str, Remainders] | None:
        """A name, and the remainders that it may leave, if it holds or not by these alone."""
        match list(self.form.names):
            case [name]:
                divisors = (f.divisor for f in self.form.factors() if isinstance(f, Floor))
                period = lcm(*(int(d.value) for d in divisors if d.is_constant))
                later = self.form.substituted({name: Polynomial.of(name) + period})
                if period <= LONGEST_PERIOD and later == self.form:
                    rests = (rest for rest in range(period) if self.holds({name: rest}))
                    return name, Remainders(period, frozenset(rests))
        return None


def condition(form: Polynomial, relation: str) -> Condition:
    """How a form stands to 0, `>` too, in the way that equal conditions share: its coefficients are
    whole, without a common factor, and there are no quotients outside floors."""
    match list(form.terms.items()):
        case [((Indicator() as atom,), c)] if c > 0 and relation in (">", "!="):
            return Condition(atom.form, atom.relation)
        case [((Indicator() as atom,), _)] if relation == "==":
            return Condition(atom.form, atom.relation).negated
    numerator, denominator = over_common_denominator(form)
    if relation in ("==", "!="):
        return Condition(_primitive(numerator), relation)
    if not denominator.is_constant:
        numerator = numerator * denominator
    if relation == ">":
        numerator = numerator - 1
    shared = gcd(*(int(c) for monomial, c in numerator.terms.items() if monomial)) or 1
    return Condition(numerator.over(shared), ">=")


def _primitive(form: Polynomial) -> Polynomial:
    return form * (1 / form.content) if form.terms else form
