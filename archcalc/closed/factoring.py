"""Sums with products of two sums in them, where a form that is multiplied out is one.

>>> h, w, n = map(Polynomial.of, "hwn")
>>> found, rest = with_products((h + 2) * (w + 3) * (n * 5 + 1) + h * h - 7)
>>> found == {("h", "n", "w"): (n * 5 + 1, h + 2, w + 3)}, rest == h * h - 7
(True, True)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import combinations
from typing import Any

from archcalc.closed.polynomial import Coefficient, Factor, Monomial, Polynomial

MOST_ADDED = 100
"""The most multiples of its factor that are taken away behind a product, where less was there:
`(x + 2)·(y + 3) - 6` reads well, `(x + 4038)·(y + 559) - 2257242` does not."""

Products = dict[Monomial, tuple[Polynomial, ...]]
"""By the first monomial of each product what it is times one sum or two, and these."""


def with_products(
    form: Polynomial, order: Callable[[Monomial], Any] | None = None
) -> tuple[Products, Polynomial]:
    """Products of two sums and the rest of a form with whole coefficients, which is their sum.

    `c·z·x·y + d·z·x + e·z·y` is `c·z·(x + e/c)·(y + d/c)` but for a multiple of `z`, where `c`
    divides both; those with equal sums are one. `order` says which products come first, of those
    that could have a term.
    """
    rest = dict(form.terms)
    found: dict[tuple[Polynomial, Polynomial], tuple[Monomial, Polynomial]] = {}
    for monomial in sorted(form.terms, key=order):
        if monomial not in rest:
            continue
        for i, j in combinations(range(len(monomial)), 2):
            x, y = monomial[i], monomial[j]
            z = (*monomial[:i], *monomial[i + 1 : j], *monomial[j + 1 :])
            product = None if x == y else _product(rest, monomial, x, y, z)
            if product is not None:
                times, left, right = product
                first, others = found.get((left, right), (monomial, Polynomial({})))
                found[left, right] = first, others + times
                break
    products: Products = {first: (times, *sums) for sums, (first, times) in found.items()}
    return products, Polynomial({m: c for m, c in rest.items() if c})


def with_common_coefficients(
    form: Polynomial, order: Callable[[Monomial], Any] | None = None
) -> tuple[Products, Polynomial]:
    """Coefficients times the sums of all terms that have them, and the rest of a form. What is a
    factor of all these terms stands beside the coefficient.

    >>> a, b, c = map(Polynomial.of, "abc")
    >>> found, rest = with_common_coefficients(a * 37 - b * 37 + c * 5 + 37)
    >>> found == {("a",): (Polynomial.constant(37), a - b)}, rest == c * 5 + 37
    (True, True)
    >>> found, rest = with_common_coefficients(a * b * c * 8 - a * c * 8)
    >>> found == {("a", "b", "c"): (a * c * 8, b - 1)}
    True
    """
    alike: dict[Any, list[Monomial]] = {}
    for monomial in sorted(form.terms, key=order):
        if monomial:
            alike.setdefault(abs(form.terms[monomial]), []).append(monomial)
    rest = dict(form.terms)
    found: Products = {}
    for size, monomials in alike.items():
        if size == 1 or len(monomials) == 1:
            continue
        coefficient = form.terms[monomials[0]]
        shared = _shared(monomials)
        terms = {_left(m, shared): rest.pop(m) // coefficient for m in monomials}
        found[monomials[0]] = Polynomial({shared: coefficient}), Polynomial(terms)
    return found, Polynomial(rest)


def _product(
    rest: dict[Monomial, Coefficient], monomial: Monomial, x: Factor, y: Factor, z: Monomial
) -> tuple[Polynomial, Polynomial, Polynomial] | None:
    """A multiple of `z`, and sums with `x` and with `y`, whose product is taken from a form; None
    where there is none."""
    with_x, with_y = _without(monomial, y), _without(monomial, x)
    c, d, e = (int(rest.get(m, 0)) for m in (monomial, with_x, with_y))
    if not (d and e) or d % c or e % c:
        return None
    before = int(rest.get(z, 0))
    left = before - d * e // c
    if abs(left) > max(abs(before), MOST_ADDED * abs(c)):
        return None
    for taken in (monomial, with_x, with_y):
        rest.pop(taken, None)
    rest[z] = left
    return Polynomial({z: c}), Polynomial.of(x) + e // c, Polynomial.of(y) + d // c


def _shared(monomials: Sequence[Monomial]) -> Monomial:
    """The factors of all of them, each as often as all have it."""
    first, *others = monomials
    for other in others:
        left = list(first)
        for factor in other:
            if factor in left:
                left.remove(factor)
        first = _left(first, tuple(left))
    return first


def _left(monomial: Monomial, taken: Monomial) -> Monomial:
    """A monomial without some of its factors."""
    for factor in taken:
        monomial = _without(monomial, factor)
    return monomial


def _without(monomial: Monomial, factor: Factor) -> Monomial:
    at = monomial.index(factor)
    return monomial[:at] + monomial[at + 1 :]
