"""Sums with products of two sums in them, where a form that is multiplied out is one.

>>> h, w, n = map(Polynomial.of, "hwn")
>>> found, rest = with_products((h + 2) * (w + 3) * (n * 5 + 1) + h * h - 7)
>>> found == {("h", "n", "w"): (n * 5 + 1, h + 2, w + 3)}, rest == h * h - 7
(True, True)
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import combinations
from typing import Any

from archcalc.closed.polynomial import Coefficient, Factor, Monomial, Polynomial

Products = dict[Monomial, tuple[Polynomial, Polynomial, Polynomial]]
"""By the first monomial of each product what it is times two sums, and these."""


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
    products = {first: (times, *sums) for sums, (first, times) in found.items()}
    return products, Polynomial({m: c for m, c in rest.items() if c})


def _product(
    rest: dict[Monomial, Coefficient], monomial: Monomial, x: Factor, y: Factor, z: Monomial
) -> tuple[Polynomial, Polynomial, Polynomial] | None:
    """A multiple of `z`, and sums with `x` and with `y`, whose product is taken from a form; None
    where there is none."""
    with_x, with_y = _without(monomial, y), _without(monomial, x)
    c, d, e = (int(rest.get(m, 0)) for m in (monomial, with_x, with_y))
    if not (d and e) or d % c or e % c:
        return None
    for taken in (monomial, with_x, with_y):
        rest.pop(taken, None)
    rest[z] = rest.get(z, 0) - d * e // c
    return Polynomial({z: c}), Polynomial.of(x) + e // c, Polynomial.of(y) + d // c


def _without(monomial: Monomial, factor: Factor) -> Monomial:
    at = monomial.index(factor)
    return monomial[:at] + monomial[at + 1 :]
