"""Open numbers, and random arithmetic on them."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

from archcalc import arithmetic
from archcalc.arithmetic import exact_div, maximum, minimum
from archcalc.closed.domain import Domain
from archcalc.closed.number import Open
from archcalc.closed.polynomial import Polynomial

A, B, C = map(Polynomial.of, "abc")
NAMES = ["a", "b", "c"]


Expression = Callable[[dict[str, Any]], Any]

OPERATIONS: dict[str, Callable[[Any, Any], Any]] = {
    "+": lambda a, b: a + b,
    "-": lambda a, b: a - b,
    "*": lambda a, b: a * b,
    "//": lambda a, b: a // b,
    "%": lambda a, b: a % b,
    "/": exact_div,
    "min": minimum,
    "max": maximum,
    "if": lambda a, b: a if a > b else b - 1,
    "equal": lambda a, b: 3 if a == b else b,
    "odd": lambda a, b: a if a % 2 else b,
}


def leaf(name: str) -> Expression:
    return lambda scope: scope[name]


def number(value: int | Fraction) -> Expression:
    return lambda scope: value


def operation(name: str, left: Expression, right: Expression) -> Expression:
    return lambda scope: OPERATIONS[name](left(scope), right(scope))


expressions = st.recursive(
    st.one_of(
        st.sampled_from(NAMES).map(leaf),
        st.integers(-4, 9).map(number),
        st.fractions(-3, 3, max_denominator=4).map(arithmetic.whole).map(number),
    ),
    lambda inner: st.builds(operation, st.sampled_from(sorted(OPERATIONS)), inner, inner),
    max_leaves=9,
)
points = st.fixed_dictionaries({name: st.integers(1, 40) for name in NAMES})


def open_numbers(**values: int) -> tuple[Domain, dict[str, Open]]:
    domain = Domain(values)
    return domain, {name: Open.of(name, domain) for name in values}
