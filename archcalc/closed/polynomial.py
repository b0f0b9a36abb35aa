"""Exact polynomials of names, and of atoms: numbers that are computed from other polynomials.

>>> x = Polynomial.of("x")
>>> (x + 1) * (x - 1) == x * x - 1, (x * x * 3 + x).evaluate({"x": 7})
(True, 154)
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property, lru_cache
from math import gcd, lcm, prod
from typing import Any, ClassVar

from archcalc.arithmetic import whole

Coefficient = int | Fraction


@dataclass(frozen=True)
class Atom:
    """What a polynomial is of, beside names; see archcalc.closed.atoms."""

    is_whole: ClassVar[bool] = True
    """Whether its value is whole wherever the open names are."""
    is_flag: ClassVar[bool] = False
    """Whether its value is 0 or 1, so that a power of it is itself."""
    inverse: ClassVar[Factor | None] = None
    """The name or atom that it is one over, if any."""

    @property
    def parts(self) -> tuple[Polynomial, ...]:
        """The polynomials that it is computed from."""
        raise NotImplementedError

    def of_values(self, *parts: Any) -> Any:
        """Its value, from the values of its parts."""
        raise NotImplementedError

    def of_forms(self, *parts: Any) -> Polynomial:
        """What it is of other parts; that can be simpler."""
        raise NotImplementedError

    @cached_property
    def key(self) -> str:
        """Orders the factors of a product; equal atoms alone have the same."""
        return f"{type(self).__name__} {' '.join(part.key for part in self.parts)}"

    @cached_property
    def _hash(self) -> int:
        return hash(self.key)

    def __hash__(self) -> int:
        return self._hash


Factor = str | Atom
Monomial = tuple[Factor, ...]
"""Names and atoms in order, each as often as its exponent says."""


def _key(factor: Factor) -> str:
    return factor if isinstance(factor, str) else factor.key


@lru_cache(maxsize=1 << 16)
def _times(a: Monomial, b: Monomial) -> Monomial:
    """The product of two monomials; what is one over another cancels it."""
    if not a or not b:
        return a or b
    factors = sorted([*a, *b], key=_key)
    for factor in [f for f in factors if not isinstance(f, str)]:
        if factor.inverse is not None and factor.inverse in factors:
            factors.remove(factor)
            factors.remove(factor.inverse)
        elif factor.is_flag and factors.count(factor) > 1:
            factors.remove(factor)
    return tuple(factors)


class Polynomial:
    """A sum of monomials, each with an exact coefficient that is not 0.

    The names stand for whole numbers. `+ - *` are between polynomials, and with exact numbers.
    """

    __slots__ = ("_hash", "_key", "terms")

    def __init__(self, terms: Mapping[Monomial, Coefficient]):
        self.terms = terms
        self._hash: int | None = None
        self._key: str | None = None

    @staticmethod
    def of(factor: Factor) -> Polynomial:
        """A name or an atom by itself."""
        return Polynomial({(factor,): 1})

    @staticmethod
    def constant(value: Coefficient) -> Polynomial:
        """A number by itself."""
        return Polynomial({(): whole(value)} if value else {})

    # --- what it is -------------------------------------------------------------------------------

    @property
    def is_constant(self) -> bool:
        """Whether it is a number by itself."""
        return not self.terms or (len(self.terms) == 1 and () in self.terms)

    @property
    def value(self) -> Coefficient:
        """Its constant term."""
        return self.terms.get((), 0)

    @property
    def is_whole(self) -> bool:
        """Whether its value is certainly whole, wherever the names are."""
        return all(type(c) is int and _is_whole(m) for m, c in self.terms.items())

    @property
    def denominator(self) -> int:
        """The least common denominator of its coefficients."""
        return lcm(*(c.denominator for c in self.terms.values()))

    @property
    def content(self) -> Fraction:
        """What leaves whole coefficients without a common factor, the leading one positive, where
        it is divided by that; of a polynomial that is not 0."""
        denominator = self.denominator
        size = Fraction(gcd(*(int(c * denominator) for c in self.terms.values())), denominator)
        return size if self.terms[self.leading] > 0 else -size

    @property
    def leading(self) -> Monomial:
        """Its monomial of the highest degree, the first in order among several."""
        return min(self.terms, key=lambda monomial: (-len(monomial), [*map(_key, monomial)]))

    @property
    def names(self) -> frozenset[str]:
        """The names that it depends on."""
        return frozenset(factor for factor in self.factors() if isinstance(factor, str))

    def factors(self) -> Iterator[Factor]:
        """Its names and atoms, and those inside them."""
        for factor in {factor for monomial in self.terms for factor in monomial}:
            yield factor
            if isinstance(factor, Atom):
                for part in factor.parts:
                    yield from part.factors()

    @property
    def key(self) -> str:
        """A text that equal polynomials alone have; it orders factors, and is not for people."""
        if self._key is None:
            terms = sorted((" ".join(map(_key, m)), c) for m, c in self.terms.items())
            self._key = "(" + "+".join(f"{c}*{m}" for m, c in terms) + ")"
        return self._key

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self.terms.items()))
        return self._hash

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Polynomial) and self.terms == other.terms

    def __repr__(self) -> str:
        return f"Polynomial{self.key}"

    # --- arithmetic -------------------------------------------------------------------------------

    def __add__(self, other: Polynomial | Coefficient) -> Polynomial:
        if not other:
            return self
        terms = dict(self.terms)
        if isinstance(other, Polynomial):
            for monomial, coefficient in other.terms.items():
                _accumulate(terms, monomial, coefficient)
        else:
            _accumulate(terms, (), other)
        return Polynomial(terms)

    def __sub__(self, other: Polynomial | Coefficient) -> Polynomial:
        return self + -other

    def __bool__(self) -> bool:
        return bool(self.terms)

    def __neg__(self) -> Polynomial:
        return Polynomial({m: -c for m, c in self.terms.items()})

    def __mul__(self, other: Polynomial | Coefficient) -> Polynomial:
        if not isinstance(other, Polynomial):
            terms = {m: whole(c * other) for m, c in self.terms.items()} if other else {}
            return Polynomial(terms)
        terms = {}
        for left, c in self.terms.items():
            for right, d in other.terms.items():
                _accumulate(terms, _times(left, right), c * d)
        return Polynomial(terms)

    def over(self, divisor: int) -> Polynomial:
        """Its quotient by a whole number above 0, each coefficient rounded down."""
        if divisor == 1:
            return self
        terms = {m: c // divisor for m, c in self.terms.items()}
        return Polynomial({m: c for m, c in terms.items() if c})

    __radd__ = __add__
    __rmul__ = __mul__

    def __rsub__(self, other: Coefficient) -> Polynomial:
        return -self + other

    # --- values -----------------------------------------------------------------------------------

    def evaluate(self, values: Mapping[str, Any]) -> Any:
        """Its value where the names have these, exactly."""
        total: Any = 0
        for monomial, coefficient in self.terms.items():
            total = total + coefficient * prod(_value(f, values) for f in monomial)
        return whole(total)

    def substituted(self, forms: Mapping[str, Polynomial]) -> Polynomial:
        """The polynomial with other polynomials in place of some names."""
        result = Polynomial({})
        for monomial, coefficient in self.terms.items():
            term = Polynomial.constant(coefficient)
            for factor in monomial:
                term = term * _substituted(factor, forms)
            result = result + term
        return result


def polynomial(number: Polynomial | Coefficient) -> Polynomial:
    """A polynomial, or a number as one."""
    return number if isinstance(number, Polynomial) else Polynomial.constant(number)


def _accumulate(terms: dict[Monomial, Coefficient], monomial: Monomial, more: Coefficient) -> None:
    total = terms.get(monomial, 0) + more
    if total:
        terms[monomial] = total if type(total) is int else whole(total)
    else:
        terms.pop(monomial, None)


def _is_whole(monomial: Monomial) -> bool:
    return all(isinstance(factor, str) or factor.is_whole for factor in monomial)


def _value(factor: Factor, values: Mapping[str, Any]) -> Any:
    if isinstance(factor, str):
        return values[factor]
    return factor.of_values(*(part.evaluate(values) for part in factor.parts))


def _substituted(factor: Factor, forms: Mapping[str, Polynomial]) -> Polynomial:
    if isinstance(factor, str):
        return forms[factor] if factor in forms else Polynomial.of(factor)
    return factor.of_forms(*(part.substituted(forms) for part in factor.parts))


def divided(a: Polynomial, b: Polynomial) -> tuple[Polynomial, Polynomial]:
    """A quotient and a rest, with `a = quotient·b + rest`; the rest is 0 where `b` divides `a`.

    Raises:
        ZeroDivisionError: by 0.

    >>> x = Polynomial.of("x")
    >>> divided(x * x - 1, x + 1) == (x - 1, Polynomial({}))
    True
    """
    if not b.terms:
        raise ZeroDivisionError
    leading = b.leading
    quotient = rest = Polynomial({})
    while a.terms:
        highest = a.leading
        left = _without(highest, leading)
        term = Polynomial({highest: a.terms[highest]})
        if left is None:
            a, rest = a - term, rest + term
        else:
            factor = Polynomial({left: whole(Fraction(a.terms[highest]) / b.terms[leading])})
            a, quotient = a - factor * b, quotient + factor
    return quotient, rest


def _without(monomial: Monomial, divisor: Monomial) -> Monomial | None:
    """A monomial over another one, or None where that does not divide it."""
    factors = list(monomial)
    for factor in divisor:
        if factor not in factors:
            return None
        factors.remove(factor)
    return tuple(factors)
