"""What closed forms have beside powers of names: floors, quotients, extrema, comparisons.

Two forms that are equal mostly look equal, since floors are kept in one canonical form: a
numerator's coefficients are below its divisor, and a floor of a floor is one floor.

>>> h = Polynomial.of("h")
>>> floored(floored(h + 1, 2) + 1, 2) == floored(h + 3, 4)
True
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from math import gcd, lcm, prod
from typing import Any, ClassVar

from archcalc.closed.polynomial import (
    Atom,
    Coefficient,
    Factor,
    Monomial,
    Polynomial,
    divided,
    polynomial,
)


@dataclass(frozen=True)
class Floor(Atom):
    """A quotient rounded down. All coefficients are whole, and a constant divisor is above 1."""

    numerator: Polynomial
    divisor: Polynomial

    __hash__ = Atom.__hash__

    @property
    def parts(self) -> tuple[Polynomial, ...]:
        """Numerator and divisor."""
        return self.numerator, self.divisor

    def of_values(self, numerator: Any, divisor: Any) -> Any:
        """`numerator // divisor`."""
        return numerator // divisor

    def of_forms(self, numerator: Polynomial, divisor: Polynomial) -> Polynomial:
        """`numerator // divisor`, canonical."""
        return floored(numerator, divisor)


@dataclass(frozen=True)
class Reciprocal(Atom):
    """One over a polynomial that is no number, with whole coefficients and no common factor, and
    no reciprocals of its own."""

    divisor: Polynomial

    is_whole: ClassVar[bool] = False
    __hash__ = Atom.__hash__

    @cached_property
    def inverse(self) -> Factor | None:  # type: ignore[override]
        """What it is one over, if that is a single name or atom."""
        match list(self.divisor.terms.items()):
            case [((factor,), 1)]:
                return factor
        return None

    @property
    def parts(self) -> tuple[Polynomial, ...]:
        """The divisor."""
        return (self.divisor,)

    def of_values(self, divisor: Any) -> Any:
        """`1 / divisor`."""
        return 1 / Fraction(divisor)

    def of_forms(self, divisor: Polynomial) -> Polynomial:
        """`1 / divisor`."""
        return quotient(1, divisor)


@dataclass(frozen=True)
class Extremum(Atom):
    """The smallest or largest of several numbers, of which none is known to be it everywhere.

    Their coefficients are whole.
    """

    name: str
    """`min` or `max`."""
    forms: tuple[Polynomial, ...]

    __hash__ = Atom.__hash__

    @property
    def is_whole(self) -> bool:  # type: ignore[override]
        """Whether all of them are."""
        return all(form.is_whole for form in self.forms)

    @cached_property
    def key(self) -> str:
        """Orders the factors of a product."""
        return f"{self.name} {' '.join(form.key for form in self.forms)}"

    @property
    def parts(self) -> tuple[Polynomial, ...]:
        """What it is the smallest or largest of."""
        return self.forms

    def of_values(self, *parts: Any) -> Any:
        """`min` or `max` of the values."""
        return min(parts) if self.name == "min" else max(parts)

    def of_forms(self, *parts: Polynomial) -> Polynomial:
        """The smallest or largest of other polynomials."""
        return extremum(self.name, parts)


RELATIONS: dict[str, Callable[[Any], bool]] = {
    ">=": lambda value: bool(value >= 0),
    "==": lambda value: bool(value == 0),
    "!=": lambda value: bool(value != 0),
}
"""How a polynomial with whole values can stand to 0."""


@dataclass(frozen=True)
class Indicator(Atom):
    """1 where a polynomial stands to 0 in one of RELATIONS, else 0."""

    form: Polynomial
    relation: str

    is_flag: ClassVar[bool] = True
    __hash__ = Atom.__hash__

    @cached_property
    def key(self) -> str:
        """Orders the factors of a product."""
        return f"{self.relation} {self.form.key}"

    @property
    def parts(self) -> tuple[Polynomial, ...]:
        """What is compared with 0."""
        return (self.form,)

    def of_values(self, form: Any) -> int:
        """1 or 0."""
        return int(RELATIONS[self.relation](form))

    def of_forms(self, form: Polynomial) -> Polynomial:
        """How another polynomial stands to 0; 1 or 0 where that is a number."""
        if form.is_constant:
            return Polynomial.constant(self.of_values(form.value))
        return Polynomial.of(Indicator(form, self.relation))


def quotient(a: Polynomial | Coefficient, b: Polynomial | Coefficient) -> Polynomial:
    """The exact quotient of two forms.

    Raises:
        ZeroDivisionError: by 0.
    """
    b, over = over_common_denominator(polynomial(b))
    a = polynomial(a) * over
    if b.is_constant:
        return a * (1 / Fraction(b.value))
    exact, rest = divided(a, b)
    if not rest.terms:
        return exact
    content = b.content
    return a * _reciprocal(b * (1 / content)) * (1 / content)


def _reciprocal(divisor: Polynomial) -> Polynomial:
    """One over a polynomial that is no number, factor by factor where it is a product."""
    (monomial, _), *others = divisor.terms.items()
    if others:
        return Polynomial.of(Reciprocal(divisor))
    return prod(
        (Polynomial.of(Reciprocal(Polynomial.of(factor))) for factor in monomial),
        start=Polynomial.constant(1),
    )


def over_common_denominator(form: Polynomial) -> tuple[Polynomial, Polynomial]:
    """A numerator and a denominator, with whole coefficients and no reciprocals outside floors."""
    if form.is_whole:
        return form, Polynomial.constant(1)
    reciprocals: Counter[Reciprocal] = Counter()
    for monomial in form.terms:
        reciprocals |= Counter(f for f in monomial if isinstance(f, Reciprocal))
    denominator = Polynomial.constant(form.denominator)
    for atom in reciprocals.elements():
        denominator = denominator * atom.divisor
    numerator = Polynomial({})
    for monomial, coefficient in form.terms.items():
        here = Counter(f for f in monomial if isinstance(f, Reciprocal))
        others = tuple(f for f in monomial if not isinstance(f, Reciprocal))
        term = Polynomial({others: coefficient})
        for atom in (reciprocals - here).elements():
            term = term * atom.divisor
        numerator = numerator + term * form.denominator
    return numerator, denominator


def floored(a: Polynomial | Coefficient, b: Polynomial | Coefficient) -> Polynomial:
    """The quotient of two forms rounded down, in canonical form.

    Raises:
        ZeroDivisionError: by 0.
    """
    numerator, under = over_common_denominator(polynomial(a))
    divisor, over = over_common_denominator(polynomial(b))
    if not divisor.terms:
        raise ZeroDivisionError
    numerator, divisor = numerator * over, divisor * under
    if divisor.is_constant:
        by = int(divisor.value)
        return _floored(numerator if by > 0 else -numerator, abs(by))
    exact, rest = divided(numerator, divisor)
    if not exact.is_whole:
        exact, rest = Polynomial({}), numerator
    return exact + Polynomial.of(Floor(rest, divisor)) if rest.terms else exact


def _floored(numerator: Polynomial, divisor: int) -> Polynomial:
    """A quotient by a whole number above 0, rounded down."""
    outside: dict[Monomial, Coefficient] = {}
    inside: dict[Monomial, Coefficient] = {}
    for monomial, coefficient in numerator.terms.items():
        whole_part, rest = divmod(coefficient, divisor)
        if whole_part:
            outside[monomial] = whole_part
        if rest:
            inside[monomial] = rest
    return Polynomial(outside) + _proper_floor(inside, divisor)


def _proper_floor(inside: dict[Monomial, Coefficient], divisor: int) -> Polynomial:
    """The floor of a sum of terms with coefficients below the divisor."""
    constant = inside.pop((), 0)
    if not inside:
        return Polynomial({})
    shared = gcd(divisor, *map(int, inside.values()))
    form = Polynomial(inside).over(shared) + constant // shared
    divisor //= shared
    floor = lone_floor(form)
    if floor and floor.divisor.is_constant:  # x//a + b over d is x + a·b over a·d
        by = int(floor.divisor.value)
        rest = form - Polynomial.of(floor)
        return _floored(floor.numerator + rest * by, by * divisor)
    return Polynomial.of(Floor(form, Polynomial.constant(divisor)))


def lone_floor(form: Polynomial) -> Floor | None:
    """The only floor that is a term by itself; None where there are none, or several."""
    alone = [m[0] for m, c in form.terms.items() if len(m) == 1 and c == 1]
    floors = [factor for factor in alone if isinstance(factor, Floor)]
    return floors[0] if len(floors) == 1 else None


def remainder(a: Polynomial | Coefficient, b: Polynomial | Coefficient) -> Polynomial:
    """What the quotient rounded down leaves.

    Raises:
        ZeroDivisionError: by 0.
    """
    return polynomial(a) - floored(a, b) * polynomial(b)


def extremum(name: str, forms: Iterable[Polynomial]) -> Polynomial:
    """The smallest or largest of forms, without those that differ from another one by a number
    and are never it."""
    forms = list(forms)
    denominator = lcm(*(form.denominator for form in forms))
    found: list[Polynomial] = []
    for form in all_compared(name, (form * denominator for form in forms)):
        for i, other in enumerate(found):
            difference = form - other
            if difference.is_constant:
                if (difference.value > 0) == (name == "max"):
                    found[i] = form
                break
        else:
            found.append(form)
    found.sort(key=lambda form: form.key)
    form = found[0] if len(found) == 1 else Polynomial.of(Extremum(name, tuple(found)))
    return form * Fraction(1, denominator)


def all_compared(name: str, forms: Iterable[Polynomial]) -> Iterable[Polynomial]:
    """Forms, and for one that is such an extremum itself, those that it is of."""
    for form in forms:
        match list(form.terms.items()):
            case [((Extremum(name=inner, forms=those),), 1)] if inner == name:
                yield from those
            case _:
                yield form
