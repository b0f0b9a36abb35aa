"""Closed forms: exact, canonical, and true wherever their conditions say."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archcalc.arithmetic import plain, window_count
from archcalc.closed.arrays import Arrays
from archcalc.closed.atoms import extremum, floored, quotient, remainder
from archcalc.closed.bounds import bounds
from archcalc.closed.number import Open
from archcalc.closed.polynomial import Polynomial, divided
from archcalc.closed.writing import python, text
from tests.open_arithmetic import (
    NAMES,
    A,
    B,
    C,
    Expression,
    expressions,
    open_numbers,
    points,
)

# --- random arithmetic, in ints and open ----------------------------------------------------------


@settings(max_examples=600, deadline=None)
@given(expressions, points, st.lists(points, min_size=6, max_size=6))
def test_a_closed_form_is_what_whole_numbers_come_to_wherever_its_conditions_hold(
    expression: Expression, own: dict[str, int], others: list[dict[str, int]]
) -> None:
    domain, names = open_numbers(**own)
    try:
        expected = expression(own)
    except ZeroDivisionError:
        assume(False)
    found = expression(names)
    assert plain(found) == expected
    assert domain.holds(own)
    if not isinstance(found, Open):
        return
    assert found.form.evaluate(own) == expected
    for values in filter(domain.holds, others):
        assert found.form.evaluate(values) == expression(values)


@settings(max_examples=300, deadline=None)
@given(expressions, points)
def test_a_closed_form_survives_being_written_as_python(
    expression: Expression, own: dict[str, int]
) -> None:
    _, names = open_numbers(**own)
    try:
        found = expression(names)
    except ZeroDivisionError:
        assume(False)
    assume(isinstance(found, Open) and type(found.value) is int)
    assert eval(python(found.form), {"Fraction": Fraction}, dict(own)) == found.value


@settings(max_examples=300, deadline=None)
@given(expressions, points, points)
def test_names_can_be_put_in_for_others(
    expression: Expression, own: dict[str, int], shift: dict[str, int]
) -> None:
    """With `a` as `2·b + 1` and so on, the value is that of the form where `a` is that."""
    _, names = open_numbers(**own)
    try:
        found = expression(names)
    except ZeroDivisionError:
        assume(False)
    assume(isinstance(found, Open))
    instead = {name: C * 2 + shift[name] for name in NAMES}
    values = {name: 2 * own["c"] + shift[name] for name in NAMES}
    try:
        expected = found.form.evaluate(values)
        moved = found.form.substituted(instead)
    except ZeroDivisionError:
        assume(False)
    assert moved.evaluate({"c": own["c"]}) == expected


@settings(max_examples=300, deadline=None)
@given(expressions, points, points)
def test_bounds_hold(expression: Expression, own: dict[str, int], more: dict[str, int]) -> None:
    _, names = open_numbers(**own)
    try:
        found = expression(names)
    except ZeroDivisionError:
        assume(False)
    assume(isinstance(found, Open))
    low, high = bounds(found.form, own)
    try:
        value = found.form.evaluate({name: own[name] + more[name] - 1 for name in NAMES})
    except ZeroDivisionError:
        return
    assert low is None or low <= value
    assert high is None or value <= high


# --- canonical forms ------------------------------------------------------------------------------

CANONICAL: list[tuple[Callable[[Any, Any, Any], Any], str]] = [
    (lambda a, b, c: (a + 5) // 2, "(a + 1)//2 + 2"),
    (lambda a, b, c: (a * 2 + 1) // 4, "a//2"),
    (lambda a, b, c: (a - 3) // 2, "(a + 1)//2 - 2"),
    (lambda a, b, c: a * 7 // 3, "2·a + a//3"),
    (lambda a, b, c: ((a + 1) // 2 + 1) // 2, "(a + 3)//4"),
    (lambda a, b, c: ((a // 2) * 2) // 4, "a//4"),
    (lambda a, b, c: (a // 2 + b) // 3, "(a + 2·b)//6"),
    (lambda a, b, c: (a * Fraction(1, 2)) // 1, "a//2"),
    (lambda a, b, c: a // Fraction(2, 3), "a + a//2"),
    (lambda a, b, c: a // b // c, "a//(b·c)"),
    (lambda a, b, c: (a // 2 + 1) // b, "(a + 2)//(2·b)"),
    (lambda a, b, c: (a // b - 1) // 2, "(a - b)//(2·b)"),
    (lambda a, b, c: (a // b) % c, "-(a//(b·c))·c + a//b"),
    (lambda a, b, c: (-a) // 2, "-a + a//2"),
    (lambda a, b, c: a // -2, "-a + a//2"),
    (lambda a, b, c: a * 4 // 4, "a"),
    (lambda a, b, c: (a * 4 + 3) // 4, "a"),
    (lambda a, b, c: a * b * 2 // (b * 2), "a"),
    (lambda a, b, c: (a + b - 1) // b, "(a - 1)//b + 1"),
    (lambda a, b, c: a // (b / 2), "(2·a)//b"),
    (lambda a, b, c: (a * a - b * b) / (a + b), "a - b"),
    (lambda a, b, c: c * 64 / a, "64·c/a"),
    (lambda a, b, c: c * 64 / a * a, "64·c"),
    (lambda a, b, c: c / (a * 2) * (a * 2), "c"),
    (lambda a, b, c: a * 3 % 3 + b, "b"),
    (lambda a, b, c: a * a * 3 + b * a * 2 - 5, "3·a² + 2·a·b - 5"),
    (lambda a, b, c: a * Fraction(1, 3), "a/3"),
]


@pytest.mark.parametrize(("formula", "written"), CANONICAL, ids=[text for _, text in CANONICAL])
def test_a_form_has_one_way_to_be_written(
    formula: Callable[[Any, Any, Any], Any], written: str
) -> None:
    _, names = open_numbers(a=12, b=7, c=1)
    form = formula(**names).form
    assert text(form) == written
    for point in ((1, 2, 3), (5, 5, 4), (12, 7, 1), (30, 31, 32)):
        values = dict(zip(NAMES, map(Fraction, point), strict=True))
        expected = formula(**values)
        assert form.evaluate(values) == expected
        if expected == int(expected):
            assert eval(python(form), {}, dict(zip(NAMES, point, strict=True))) == expected


def test_stride_2_chains_are_one_floor() -> None:
    """A 7x7/2 pad 3, a 3x3/2 pad 1, then three strides of 2: ResNet's, for any height."""
    _, names = open_numbers(height=224)
    size: Any = names["height"]
    for kernel, padding in ((7, 3), (3, 1), (1, 0), (1, 0), (1, 0)):
        size = window_count(size, kernel, 2, padding)
    assert (text(size.form), size.value) == ("(height + 31)//32", 7)


def test_a_floor_of_a_floor_stays_where_a_divisor_may_be_negative() -> None:
    """1//3//-1 is 0, and 1//-3 is -1."""
    _, names = open_numbers(a=1, b=3, c=-1)
    form = (names["a"] // names["b"] // names["c"]).form
    assert text(form) == "(a//b)//c"


def test_the_minimum_of_ceil_mode_vanishes() -> None:
    """Caffe's last window is left out where it would start in the padding: never, without any."""
    _, names = open_numbers(height=224)
    after = window_count(names["height"], 3, 2, 0, ceil_mode=1)
    assert (text(after.form), after.value) == ("height//2", 112)


def test_division_leaves_a_rest() -> None:
    exact, rest = divided(A * A + 1, A + 1)
    assert (text(exact), text(rest)) == ("a - 1", "2")


def test_an_extremum_of_shifted_forms_is_the_outer_one() -> None:
    assert extremum("max", [A, A + 3, A - 1]) == A + 3
    assert extremum("min", [A, A + 3, A - 1]) == A - 1
    both = extremum("max", [A, B, A + 1])
    assert both == extremum("max", [B, extremum("max", [A + 1, B])])
    assert both.evaluate({"a": 3, "b": 4}) == 4


def test_division_by_zero_is_refused() -> None:
    for divide in (quotient, floored, remainder, divided):
        for divisor in (Polynomial({}), A - A):
            with pytest.raises(ZeroDivisionError):
                divide(A, divisor)
    domain, names = open_numbers(a=5, b=5)
    with pytest.raises(ZeroDivisionError):
        names["a"] // (names["a"] - names["b"])
    names["a"] // (names["a"] - 3)
    assert not domain.holds({"a": 3, "b": 5})


# --- over arrays ----------------------------------------------------------------------------------


@settings(max_examples=300, deadline=None)
@given(
    expressions,
    points,
    st.lists(st.lists(st.integers(1, 40), min_size=1, max_size=4), min_size=3, max_size=3),
    st.sampled_from([1, 10**9, 10**17]),
)
def test_arrays_come_to_what_whole_numbers_come_to(
    expression: Expression, own: dict[str, int], sizes: list[list[int]], factor: int
) -> None:
    """At every point of a grid where the conditions hold, also where 64 bits are too few."""
    import numpy

    domain, names = open_numbers(**own)
    try:
        found = expression(names)
    except ZeroDivisionError:
        assume(False)
    assume(isinstance(found, Open) and type(found.value) is int)
    grid = {name: [factor * v for v in values] for name, values in zip(NAMES, sizes, strict=True)}
    shapes = {"a": (-1, 1, 1), "b": (1, -1, 1), "c": (1, 1, -1)}
    arrays = {name: numpy.array(grid[name]).reshape(shapes[name]) for name in NAMES}
    block = Arrays(arrays, {name: {name} for name in NAMES})
    with numpy.errstate(divide="ignore"):
        try:
            value, inside = block.value(found.form), block.inside(domain)
        except (TypeError, ZeroDivisionError):
            return  # quotients in a minimum; a 0 in Python's own numbers
    shape = tuple(map(len, grid.values()))
    values = numpy.broadcast_to(value, shape)
    truths = numpy.broadcast_to(inside, shape)
    for index in numpy.ndindex(*shape):
        point = {name: grid[name][i] for name, i in zip(NAMES, index, strict=True)}
        assert truths[index] == domain.holds(point)
        if truths[index] and found.form.evaluate(point).denominator == 1:
            assert values[index] == found.form.evaluate(point)


def test_the_factor_of_one_axis_is_computed_along_it_alone() -> None:
    """Height and width vary together, so their floors have 3 points and not 3·2."""
    import numpy

    height, width = map(Polynomial.of, ("height", "width"))
    form = floored(height + 1, 2) * floored(width + 1, 2) * C + B
    sizes = numpy.array([[7], [8], [9]])
    values = {"height": sizes, "width": sizes, "c": numpy.array([[1, 100]]), "b": sizes * 0}
    axes = {"height": {"input"}, "width": {"input"}, "c": {"c"}, "b": {"input"}}
    block = Arrays(values, axes)
    assert block.value(form).tolist() == [[16, 1600], [16, 1600], [25, 2500]]
    assert {block.found[f].shape for f in block.found if not isinstance(f, str)} == {(3, 1)}
