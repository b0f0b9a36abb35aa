"""Closed forms in a name that decides structure, fitted as a polynomial to exact values.

A polynomial through a few values of the name is right for those alone; it is taken if it is equal
at as many further ones, which it does not know.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from typing import Any

from archcalc.closed.domain import Domain
from archcalc.closed.polynomial import Monomial, Polynomial
from archcalc.errors import ArchcalcError

DEGREE = 4
"""The largest power of the name."""
FURTHER = 10
"""The number of further values at which a polynomial has to be equal."""
STEPS = (1, 2, 4)
"""The multiples of the step between a spec's values that are tried, for what is rounded."""

FormsByKey = Mapping[Any, Polynomial]
ReadAt = Callable[[int], tuple[FormsByKey, Domain]]
"""The closed forms where the name has a value, open in the other names; refuses with an
ArchcalcError."""


@dataclass(frozen=True)
class Fitted:
    """Closed forms that are exact at some values of a name, and where they hold."""

    forms: FormsByKey
    domain: Domain
    values: tuple[int, ...]
    """The values of the name at which they are exact, in steps."""


def fitted(name: str, domain: Domain, read_at: ReadAt, *, with_floors: bool) -> Fitted | None:
    """The closed forms in a name, or None where no polynomial fits.

    Args:
        name: what decides structure.
        domain: where the closed forms hold with the network's own value of it.
        read_at: the closed forms at other values.
        with_floors: whether values between those that leave one remainder may not be left out.
    """
    step = domain.remainders[name].divisor
    for times in STEPS[:1] if with_floors else STEPS:
        values = list(_values(name, domain, read_at, step * times))
        if len(values) > DEGREE + FURTHER:
            at, forms, domains = (list(column) for column in zip(*values, strict=True))
            found = _through(at, forms, name)
            if found is not None:
                return Fitted(found, _where(name, domain, domains, step * times), tuple(at))
    return None


def _values(
    name: str, domain: Domain, read_at: ReadAt, step: int
) -> Iterator[tuple[int, FormsByKey, Domain]]:
    """Values of the name from the lowest one near the network's own on, each with what it gives."""
    own = domain.values[name]
    lowest = max(domain.least[name], own - FURTHER * step)
    first = own - (own - lowest) // step * step
    started = False
    for value in range(first, own + (DEGREE + 1 + FURTHER) * step, step):
        try:
            forms, held = read_at(value)
        except ArchcalcError:
            if started:
                return
            continue
        started = True
        yield value, forms, held
        if value >= first + (DEGREE + FURTHER) * step and value >= own:
            return


def _through(values: list[int], forms: list[FormsByKey], name: str) -> FormsByKey | None:
    """The polynomials in the name through the first few values, if they are equal at all others."""
    found = {}
    if any(at.keys() != forms[0].keys() for at in forms):
        return None
    for key in forms[0]:
        monomials: dict[Monomial, None] = {m: None for at in forms for m in at[key].terms}
        total = Polynomial({})
        for monomial in monomials:
            numbers = [Fraction(at[key].terms.get(monomial, 0)) for at in forms]
            form = _interpolated(values[: DEGREE + 1], numbers[: DEGREE + 1], name)
            if any(form.evaluate({name: v}) != n for v, n in zip(values, numbers, strict=True)):
                return None
            total = total + form * Polynomial({monomial: 1})
        found[key] = total
    return found


def _interpolated(values: list[int], numbers: list[Fraction], name: str) -> Polynomial:
    """The polynomial of the least degree through some points, after Newton.

    >>> _interpolated([1, 2, 4], [Fraction(n) for n in (1, 4, 16)], "x").evaluate({"x": 10})
    100
    """
    differences = list(numbers)
    form, basis = Polynomial({}), Polynomial.constant(1)
    for order in range(len(values)):
        form = form + basis * differences[0]
        basis = basis * (Polynomial.of(name) - values[order])
        differences = [
            (after - before) / (values[i + order + 1] - values[i])
            for i, (before, after) in enumerate(pairwise(differences))
        ]
    return form


def _where(name: str, domain: Domain, held: list[Domain], step: int) -> Domain:
    """Where fitted forms hold: for the other names, where all that they are fitted to do."""
    own = domain.values[name]
    found = Domain(domain.values)
    found.least[name] = min(at.values[name] for at in held)
    if step > 1:
        found.restrict(name, own % step, step)
    for at in held:
        for other, least in at.least.items():
            if other != name:
                found.least[other] = max(found.least[other], least)
        found.conditions |= at.conditions
    return found
