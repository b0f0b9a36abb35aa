"""Closed forms evaluated over arrays: many points at once, exactly.

Each name has an array along the axis of a grid that it varies on, of size 1 along all others. What
depends on some axes alone is computed along these, once, and meets the others at the end.

>>> import numpy
>>> from archcalc.closed.atoms import floored
>>> h, w = Polynomial.of("h"), Polynomial.of("w")
>>> heights, widths = numpy.array([[7], [8]]), numpy.array([[1, 10, 100]])
>>> block = Arrays({"h": heights, "w": widths}, {"h": {0}, "w": {1}})
>>> block.value(floored(h + 1, 2) * w + 5).tolist()
[[9, 45, 405], [9, 45, 405]]
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from collections.abc import Set as AbstractSet
from functools import lru_cache
from math import prod
from typing import Any

from archcalc.closed.atoms import Extremum, Floor, Indicator, Reciprocal, over_common_denominator
from archcalc.closed.bounds import LARGEST_NAMED
from archcalc.closed.condition import Condition
from archcalc.closed.domain import Domain
from archcalc.closed.polynomial import Atom, Coefficient, Factor, Monomial, Polynomial

LARGEST_INTEGER = 2**63 - 1
"""The largest of numpy's integers; where larger numbers can occur, Python's own are taken."""

Axes = AbstractSet[Hashable]


class NoArray(TypeError):
    """A closed form that is evaluated point by point alone, as the smallest of quotients is."""


class Arrays:
    """The values of open names at the points of a block, and what is computed of them.

    Args:
        values: an array of whole numbers for each name; all broadcast to the shape of the block.
        axes: along which of the grid's axes each name varies.
    """

    def __init__(self, values: Mapping[str, Any], axes: Mapping[str, Axes]):
        self.values, self.axes = values, axes
        self.largest = {name: int(abs(array).max()) for name, array in values.items()}
        self.found: dict[Any, Any] = dict(values)
        """Names and atoms at all points."""
        self._exact: Arrays | None = None

    def value(self, form: Polynomial) -> Any:
        """A form at all points, an array or a number; where it is no whole number, rounded down."""
        numerator, denominator = over_common_denominator(form)
        block = self._holding(numerator, denominator)
        above = block.sum(numerator)
        return (
            above if denominator == Polynomial.constant(1) else above // block.divisor(denominator)
        )

    def holds(self, condition: Condition) -> Any:
        """Where a condition holds: an array of truths, or one truth."""
        value = self._holding(condition.form).sum(condition.form)
        match condition.relation:
            case ">=":
                return value >= 0
            case "==":
                return value == 0
        return value != 0

    def inside(self, domain: Domain) -> Any:
        """Where closed forms that were read in a domain hold."""
        truths = [self.values[name] >= least for name, least in domain.least.items()]
        truths += [self.values[name] <= LARGEST_NAMED for name in domain.least]
        truths += map(self.holds, domain.conditions)
        inside: Any = True
        for truth in truths:
            inside = inside & truth
        return inside

    # --- overflow ---------------------------------------------------------------------------------

    def _holding(self, *forms: Polynomial) -> Arrays:
        """The block in numbers that hold all that these forms can come to."""
        if max(map(self.bound, forms)) <= LARGEST_INTEGER:
            return self
        if self._exact is None:
            objects = {name: array.astype(object) for name, array in self.values.items()}
            self._exact = Arrays(objects, self.axes)
        return self._exact

    def bound(self, form: Polynomial) -> int:
        """What no part of a form exceeds at any point, in whatever order it is computed."""
        return sum(
            abs(int(coefficient)) * prod(map(self._bound_of_factor, monomial))
            for monomial, coefficient in form.terms.items()
        )

    def _bound_of_factor(self, factor: Factor) -> int:
        match factor:
            case str():
                return self.largest[factor]
            case Floor(numerator=numerator, divisor=divisor):
                return max(self.bound(numerator), self.bound(divisor)) + 1
            case Extremum(forms=forms):
                return max(map(self.bound, forms))
            case Indicator(form=form):
                return self.bound(form) + 1
        raise NoArray(f"no array of a {type(factor).__name__}")

    # --- sums of products -------------------------------------------------------------------------

    def sum(self, form: Polynomial) -> Any:
        """A form with whole coefficients."""
        return self._sum(form.terms)

    def _sum(self, terms: Mapping[Monomial, Coefficient]) -> Any:
        axes = {axis for monomial in terms for factor in monomial for axis in self.along(factor)}
        if len(axes) < 2:
            products = [
                self.product(m) * int(c) if m and c != 1 else self.product(m) if m else int(c)
                for m, c in terms.items()
            ]
        else:
            # What varies along an axis meets all points of the others: the least of it comes last.
            parts = min((_split(terms, axis, self) for axis in axes), key=len)
            products = []
            for monomial, rest in parts.items():
                factor = self._sum(rest)
                if not monomial:
                    products.append(factor)
                elif isinstance(factor, int) and factor == 1:
                    products.append(self.product(monomial))
                else:
                    products.append(self.product(monomial) * factor)
        return _added(products)

    def divisor(self, form: Polynomial) -> Any:
        """A form to divide by. Where it is 0 no closed form with it holds, and it is taken as 1."""
        value = self.sum(form)
        return value + (value == 0)

    def product(self, monomial: Monomial) -> Any:
        """A product of names and atoms."""
        first, *others = map(self.factor, monomial)
        for other in others:
            first = first * other
        return first

    def factor(self, factor: Factor) -> Any:
        """A name or an atom at all points, computed once."""
        if factor not in self.found:
            assert isinstance(factor, Atom)
            self.found[factor] = self._atom(factor)
        return self.found[factor]

    def along(self, factor: Factor) -> Axes:
        """The axes that a name or an atom varies along."""
        if isinstance(factor, str):
            return self.axes[factor]
        return {axis for name in _names(factor) for axis in self.axes[name]}

    def _atom(self, atom: Atom) -> Any:
        match atom:
            case Floor(numerator=numerator, divisor=divisor):
                return self.sum(numerator) // self.divisor(divisor)
            case Extremum(name=name, forms=forms) if not any(map(_has_quotient, forms)):
                import numpy

                chosen = numpy.minimum if name == "min" else numpy.maximum
                first, *others = map(self.sum, forms)
                for other in others:
                    first = chosen(first, other)
                return first
            case Indicator(form=form, relation=relation):
                return self.holds(Condition(form, relation)) * 1
        raise NoArray(f"no array of a {type(atom).__name__}")


@lru_cache(maxsize=65_536)
def _names(atom: Atom) -> frozenset[str]:
    """The names that an atom depends on; asked of every block of points."""
    return frozenset(Polynomial.of(atom).names)


def _has_quotient(form: Polynomial) -> bool:
    return any(isinstance(factor, Reciprocal) for factor in form.factors())


def _split(
    terms: Mapping[Monomial, Coefficient], axis: Hashable, arrays: Arrays
) -> dict[Monomial, dict[Monomial, Coefficient]]:
    """Terms by what each has along an axis; of each, what else it has."""
    parts: dict[Monomial, dict[Monomial, Coefficient]] = {}
    for monomial, coefficient in terms.items():
        along = tuple(factor for factor in monomial if axis in arrays.along(factor))
        others = tuple(factor for factor in monomial if axis not in arrays.along(factor))
        parts.setdefault(along, {})[others] = coefficient
    return parts


def _added(numbers: list[Any]) -> Any:
    """The sum of arrays and numbers, the smaller arrays first."""
    numbers.sort(key=lambda number: getattr(number, "size", 0))
    total: Any = 0
    for number in numbers:
        total = number if isinstance(total, int) and not total else total + number
    return total
