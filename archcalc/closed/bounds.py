"""Between which numbers a closed form lies, wherever its names are at least what they are.

Only what is easily seen: floors lie between fractions, and a polynomial whose coefficients are
positive, written in how far each name is above its least value, is least there.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import ceil, floor
from typing import NamedTuple

from archcalc.arithmetic import whole
from archcalc.closed.atoms import Extremum, Floor, Indicator
from archcalc.closed.factoring import with_products
from archcalc.closed.polynomial import Coefficient, Factor, Monomial, Polynomial


class Bounds(NamedTuple):
    """The numbers that a closed form is never below and never above; None where none is known."""

    least: Coefficient | None
    most: Coefficient | None


LARGEST_NAMED = 10**9
"""What no name is above: the largest value in a spec file."""


def bounds(form: Polynomial, least: Mapping[str, int]) -> Bounds:
    """The bounds of a closed form where each name is at least so much.

    >>> from archcalc.closed.atoms import floored
    >>> h = Polynomial.of("h")
    >>> bounds(floored(h + 1, 2) - floored(h, 2), {"h": 1})
    Bounds(least=0, most=1)
    >>> bounds(h * 3 - 7, {"h": 3})
    Bounds(least=2, most=2999999993)
    >>> bounds(floored(Polynomial.constant(55), h), {"h": 2})
    Bounds(least=0, most=27)
    """
    for sign in (1, -1):
        if _never_falls(form * sign, least):
            ends = form.evaluate(least), form.evaluate(dict.fromkeys(least, LARGEST_NAMED))
            return Bounds(*ends[::sign])
    low = _least(_bounded(form, 1, least), least)
    high = _least(_bounded(-form, 1, least), least)
    most = None if high is None else -high
    if low is None or most is None:
        rough = _term_by_term(form, least)
        most = rough.most if most is None else most
        if low is None:
            low = 0 if _is_product(form, least) else rough.least
    if form.is_whole:
        low = None if low is None else ceil(low)
        most = None if most is None else floor(most)
    return Bounds(low, most)


def _term_by_term(form: Polynomial, least: Mapping[str, int]) -> Bounds:
    """The sum of the bounds of each term, as if the names in one could differ from those in
    another: far from close, but enough against what no size can be."""
    low: Coefficient = 0
    high: Coefficient = 0
    for monomial, coefficient in form.terms.items():
        ends = [coefficient, coefficient]
        for factor in monomial:
            inner = _factor(factor, least)
            if inner.least is None or inner.most is None or inner.least < 0:
                return Bounds(None, None)
            ends = [ends[0] * inner.least, ends[1] * inner.most]
        low, high = low + min(ends), high + max(ends)
    return Bounds(whole(low), whole(high))


def _is_product(form: Polynomial, least: Mapping[str, int]) -> bool:
    """Whether a form is one product of sums that are never negative.

    >>> from archcalc.closed.atoms import floored
    >>> h, w = floored(Polynomial.of("h"), 8), floored(Polynomial.of("w"), 8)
    >>> _is_product((h - 3) * (w - 3) * 64, {"h": 24, "w": 24})
    True
    >>> _is_product((h - 3) * (w - 3) * 64, {"h": 23, "w": 24})
    False
    """
    products, rest = with_products(form, _by_degree)
    if rest.terms or len(products) != 1:
        return False
    return all(_is_at_least_0(part, least) for (parts,) in [products.values()] for part in parts)


def _by_degree(monomial: Monomial) -> tuple[int, str]:
    return -len(monomial), Polynomial({monomial: 1}).key


def _factor(factor: Factor, least: Mapping[str, int]) -> Bounds:
    match factor:
        case str():
            return Bounds(least[factor], LARGEST_NAMED)
        case Floor(numerator=numerator, divisor=divisor) if divisor.is_constant:
            low, most = bounds(numerator, least)
            if low is not None and most is not None:
                return Bounds(low // divisor.value, most // divisor.value)
    return Bounds(None, None)


def _least(form: Polynomial | None, least: Mapping[str, int]) -> Coefficient | None:
    """The least value of a polynomial of names alone, if it is where they all are least."""
    if form is None:
        return None
    shifted = form.substituted({name: Polynomial.of(name) + least[name] for name in form.names})
    if any(coefficient < 0 for monomial, coefficient in shifted.terms.items() if monomial):
        return None
    return shifted.value


def _bounded(form: Polynomial, sign: int, least: Mapping[str, int]) -> Polynomial | None:
    """A polynomial of names alone that is never above the form; with sign -1, never below."""
    result = Polynomial({})
    for monomial, coefficient in form.terms.items():
        bound = _monomial(monomial, sign if coefficient > 0 else -sign, least)
        if bound is None:
            return None
        result = result + bound * coefficient
    return result


def _monomial(monomial: Monomial, sign: int, least: Mapping[str, int]) -> Polynomial | None:
    """A bound of a product of factors that are never negative."""
    atoms = [factor for factor in monomial if not isinstance(factor, str)]
    names = Polynomial({tuple(f for f in monomial if isinstance(f, str)): 1})
    if not atoms:
        return names
    if len(monomial) > 1 and not all(_is_positive(factor, least) for factor in monomial):
        return None
    if len(atoms) > 1 and sign > 0:
        return Polynomial({})  # each is at least 0; a product of lower bounds can be below that
    for atom in atoms:
        bound = _atom(atom, sign, least)
        if bound is None:
            return None
        names = names * bound
    return names


def _atom(atom: Factor, sign: int, least: Mapping[str, int]) -> Polynomial | None:
    match atom:
        case Floor(numerator=numerator, divisor=divisor) if divisor.is_constant:
            inner = _bounded(numerator, sign, least)
            if inner is None:
                return None
            lost = divisor.value - 1 if sign > 0 else 0
            return (inner - lost) * Fraction(1, divisor.value)
        case Floor(numerator=numerator, divisor=divisor) if _is_at_least_0(numerator, least):
            fewest = _lower(divisor, least)
            if fewest is None or fewest <= 0:
                return None
            most = Polynomial({}) if sign > 0 else _bounded(numerator, sign, least)
            return most and most * (1 / Fraction(fewest))
        case Indicator():
            return Polynomial.constant(0 if sign > 0 else 1)
        case Extremum(name="min", forms=forms) if sign < 0:
            return _bounded(forms[0], sign, least)
        case Extremum(name="max", forms=forms) if sign > 0:
            return _bounded(forms[0], sign, least)
    return None


def _is_positive(factor: Factor, least: Mapping[str, int]) -> bool:
    """Whether a factor is never negative."""
    match factor:
        case str():
            return least[factor] >= 0
        case Floor(numerator=numerator, divisor=divisor):
            return _is_at_least_0(numerator, least) and _is_at_least_0(divisor, least)
        case Indicator():
            return True
        case Extremum(forms=forms):
            return all(_is_at_least_0(form, least) for form in forms)
    return False


def _is_at_least_0(form: Polynomial, least: Mapping[str, int]) -> bool:
    low = _lower(form, least)
    return low is not None and low >= 0


def _lower(form: Polynomial, least: Mapping[str, int]) -> Coefficient | None:
    """What a form is never below, if that is known."""
    if _never_falls(form, least):
        found: Coefficient = form.evaluate(least)
        return found
    return _least(_bounded(form, 1, least), least)


def grows_with(form: Polynomial, least: Mapping[str, int]) -> str | None:
    """The one name that a form depends on, if the form never falls where that name grows.

    >>> from archcalc.closed.atoms import floored
    >>> h = Polynomial.of("h")
    >>> grows_with(floored(h + 1, 2) * h - 3, {"h": 0}), grows_with(h * h - h * 3, {"h": 0})
    ('h', None)
    """
    names = form.names
    if len(names) != 1 or not _never_falls(form, least):
        return None
    (name,) = names
    return name


def _never_falls(form: Polynomial, least: Mapping[str, int]) -> bool:
    """Whether a form is a sum of products of factors that grow with their names."""
    for monomial, coefficient in form.terms.items():
        if not monomial:
            continue
        if coefficient < 0:
            return False
        for factor in monomial:
            match factor:
                case str():
                    grows = least[factor] >= 0
                case Floor(numerator=numerator, divisor=divisor):
                    grows = divisor.is_constant and _never_falls(numerator, least)
                case Extremum(forms=forms):
                    grows = all(_never_falls(form, least) for form in forms)
                case _:
                    grows = False
            if not grows or (len(monomial) > 1 and not _is_positive(factor, least)):
                return False
    return True
