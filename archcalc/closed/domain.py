"""Where a closed form holds: from which value each name, and under which conditions."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import gcd
from typing import NamedTuple

from archcalc.closed.atoms import (
    RELATIONS,
    Floor,
    Indicator,
    over_common_denominator,
    remainder,
)
from archcalc.closed.bounds import Bounds, bounds, grows_with
from archcalc.closed.polynomial import Polynomial


class Condition(NamedTuple):
    """A polynomial and how it stands to 0: `>=`, `>`, `==` or `!=`; see `condition`."""

    form: Polynomial
    relation: str

    def holds(self, values: Mapping[str, int]) -> bool:
        """Whether it is so where the names have these values."""
        return RELATIONS[self.relation](self.form.evaluate(values))

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
    def divisibility(self) -> tuple[Polynomial, Polynomial] | None:
        """What divides what, if that is what it says."""
        if self.relation == "==":
            for factor in {factor for monomial in self.form.terms for factor in monomial}:
                if isinstance(factor, Floor):
                    rest = condition(remainder(factor.numerator, factor.divisor), "==")
                    if rest == self:
                        return factor.divisor, factor.numerator
        return None

    @property
    def congruence(self) -> tuple[str, int, int] | None:
        """A name, a remainder and by which divisor it leaves that, if `6 divides depth - 4` or the
        like is what it says."""
        match self.divisibility:
            case (divisor, numerator) if divisor.is_constant and len(numerator.names) == 1:
                (name,) = numerator.names
                by, rest = int(divisor.value), int(numerator.value)
                factor = int(numerator.terms.get((name,), 0))
                if numerator == Polynomial.of(name) * factor + rest and gcd(factor, by) == 1:
                    return name, -rest * pow(factor, -1, by) % by, by
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
    constant = int(numerator.value)
    rest = numerator - constant
    shared = gcd(*map(int, rest.terms.values())) or 1
    return Condition(rest * Fraction(1, shared) + constant // shared, ">=")


def _primitive(form: Polynomial) -> Polynomial:
    return form * (1 / form.content) if form.terms else form


class Domain:
    """The open names of a network, with the values that it is read at, and what has been decided.

    What structure depends on is decided by those values. A decision that is the same for all
    values of the names from their least on is no condition; every other one is noted, and the
    closed forms hold where all noted conditions do.
    """

    def __init__(self, values: Mapping[str, int]):
        self.values = dict(values)
        """What each name is in the network that is read."""
        self.least = {name: min(1, value) for name, value in values.items()}
        """The value that each name has at least."""
        self.conditions: dict[Condition, None] = {}
        """What holds beside; in the order of noting."""
        self._bounds: dict[Polynomial, Bounds] = {}

    def settled(self, condition: Condition) -> bool | None:
        """Whether a condition holds everywhere, or nowhere; None where that depends."""
        form, relation = condition
        if form.is_constant:
            return RELATIONS[relation](form.value)
        if condition in self.conditions:
            return True
        if condition.negated in self.conditions:
            return False
        least, most = self.bounds(form)
        match relation:
            case ">=":
                if least is not None and least >= 0:
                    return True
                if most is not None and most < 0:
                    return False
            case _:
                beside = (least is not None and least > 0) or (most is not None and most < 0)
                if beside or _is_never_0(form):
                    return relation == "!="
        return None

    def bounds(self, form: Polynomial) -> Bounds:
        """Between which numbers a form lies."""
        found = self._bounds.get(form)  # the least values only grow, so that old bounds stay true
        if found is None:
            found = self._bounds[form] = bounds(form, self.least)
        return found

    def note(self, condition: Condition) -> None:
        """A condition that holds at the values, and is asked of all others from now on."""
        if condition.relation == ">=":
            name = grows_with(condition.form, self.least)
            if name is not None:
                self.least[name] = self._least(name, condition)
                self._bounds.clear()
                return
        self.conditions[condition] = None

    def _least(self, name: str, condition: Condition) -> int:
        """The least value of a name with which a condition holds that stays so from there on."""
        low, high = self.least[name], self.values[name]
        while low < high:
            middle = (low + high) // 2
            if condition.holds({name: middle}):
                high = middle
            else:
                low = middle + 1
        return low

    def holds(self, values: Mapping[str, int]) -> bool:
        """Whether closed forms that were read here hold for these values of the names."""
        return all(values[name] >= least for name, least in self.least.items()) and all(
            condition.holds(values) for condition in self.conditions
        )

    def lattice(self) -> dict[str, tuple[int, int]]:
        """For each name the remainder that it must leave, and by which divisor; `(0, 1)` is any."""
        found = dict.fromkeys(self.values, (0, 1))
        for condition in self.conditions:
            congruence = condition.congruence
            if congruence is not None:
                name, rest, divisor = congruence
                found[name] = _both(found[name], (rest, divisor))
        return found

    def others(self) -> list[Condition]:
        """The conditions that neither a least value nor the lattice says."""
        return [c for c in self.conditions if c.congruence is None]


def _both(a: tuple[int, int], b: tuple[int, int]) -> tuple[int, int]:
    """The remainder that two remainders come to, by the least common multiple of their divisors.

    >>> _both((1, 2), (2, 3))
    (5, 6)
    """
    (r, m), (s, n) = a, b
    shared = gcd(m, n)
    assert (s - r) % shared == 0, "both hold at the values that were read"
    step = (s - r) // shared * pow(m // shared, -1, n // shared)
    divisor = m // shared * n
    return (r + m * step) % divisor, divisor


def _is_never_0(form: Polynomial) -> bool:
    """Whether a form leaves a remainder by what divides all but its constant."""
    shared = gcd(*(int(c) for monomial, c in form.terms.items() if monomial))
    return bool(int(form.value) % shared)
