"""Closed forms: exact, canonical, and true wherever their conditions say."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from archcalc import arithmetic
from archcalc.arithmetic import Zero, exact_div, maximum, minimum, plain, window_count
from archcalc.closed.arrays import Arrays
from archcalc.closed.atoms import Indicator, extremum, floored, quotient, remainder
from archcalc.closed.bounds import bounds, grows_with
from archcalc.closed.domain import Domain, Remainders, condition
from archcalc.closed.number import Open
from archcalc.closed.polynomial import Polynomial, divided
from archcalc.closed.writing import condition as condition_text
from archcalc.closed.writing import latex, latex_symbols, python, text

A, B, C = map(Polynomial.of, "abc")
NAMES = ["a", "b", "c"]


def open_numbers(**values: int) -> tuple[Domain, dict[str, Open]]:
    domain = Domain(values)
    return domain, {name: Open.of(name, domain) for name in values}


# --- random arithmetic, in ints and open ----------------------------------------------------------

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


# --- what has to be decided -----------------------------------------------------------------------


def test_a_window_that_fits_says_from_which_size_on() -> None:
    domain, names = open_numbers(height=224)
    after = names["height"]
    for _ in range(5):
        assert after >= 2
        after = after // 2
    assert domain.least == {"height": 32}
    assert not domain.conditions


def test_what_holds_everywhere_is_no_condition() -> None:
    domain, names = open_numbers(height=8, width=8)
    h, w = names["height"], names["width"]
    assert h > 0
    assert h + w >= 2
    assert not h * w < h
    assert h != -3
    assert 2 * h != 5
    assert h // 2 <= h
    assert h % 4 < 4
    assert (domain.least, domain.conditions) == ({"height": 1, "width": 1}, {})


def test_what_depends_is_noted_once_as_it_was_decided() -> None:
    domain, names = open_numbers(a=64, b=256)
    a, b = names["a"], names["b"]
    for _ in range(2):
        assert b != 3 * a
        assert b == 4 * a
        assert not a > b
        assert 3 * a - b + 1 <= 0
    said = [condition_text(*c) for c in domain.conditions]
    assert said == ["3·a != b", "4·a == b", "b >= a", "b >= 3·a + 1"]
    assert domain.holds({"a": 1, "b": 4})
    assert not domain.holds({"a": 1, "b": 5})


def test_divisors_make_a_lattice() -> None:
    domain, names = open_numbers(depth=28)
    depth = names["depth"]
    n = exact_div(depth - 4, 6)
    assert n.is_whole()
    assert not depth % 4
    assert n >= 1
    assert domain.remainders == {"depth": Remainders(12, frozenset([4]))}
    assert domain.least == {"depth": 10}
    assert domain.others == []
    assert [v for v in range(60) if domain.holds({"depth": v})] == [16, 28, 40, 52]


def test_a_lattice_of_several_divisors_and_factors() -> None:
    domain, names = open_numbers(a=29)
    assert exact_div(7 * names["a"] + 1, 12).is_whole()
    assert exact_div(names["a"] + 1, 10).is_whole()
    assert domain.remainders == {"a": Remainders(60, frozenset([29]))}
    assert [v for v in range(160) if domain.holds({"a": v})] == [29, 89, 149]


def test_equal_floors_are_remainders() -> None:
    """A pooled map joins one of another stride: h // 2 and (h + 1) // 2 are equal for even h."""
    domain, names = open_numbers(h=32, w=32)
    assert (names["h"] + 1) // 16 == (names["h"] + 9) // 16
    assert names["h"] % 2 == 0
    assert names["w"] % 3 != 1
    assert domain.others == []
    rests = {name: sorted(remainders.rests) for name, remainders in domain.remainders.items()}
    assert rests == {"h": [0, 2, 4, 6], "w": [0, 2]}
    assert domain.remainders["w"].next(16) == 17


def test_remainders_by_too_many_divisors_stay_conditions() -> None:
    domain, names = open_numbers(a=0)
    for divisor in (4096, 4095):
        assert not names["a"] % divisor
    assert domain.remainders["a"].divisor == 4096
    assert [condition_text(*c) for c in domain.others] == ["4095·(a//4095) == a"]


def test_a_divisor_can_be_open() -> None:
    domain, names = open_numbers(groups=32)
    assert exact_div(96, names["groups"]).is_whole()
    assert not 96 % names["groups"]
    (noted,) = domain.conditions
    assert [str(text(form)) for form in noted.divisibility or ()] == ["groups", "96"]
    assert [v for v in range(1, 99) if domain.holds({"groups": v})] == [
        1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 96,
    ]  # fmt: skip


def test_what_is_not_whole_is_noted_too() -> None:
    domain, names = open_numbers(a=7)
    assert not exact_div(names["a"], 2).is_whole()
    assert domain.holds({"a": 9})
    assert not domain.holds({"a": 8})


def test_a_pinned_number_is_that_one() -> None:
    domain, names = open_numbers(a=7)
    assert (names["a"] + 1).pinned("which is read") == 8
    assert list(domain.pinned.values()) == ["which is read"]
    assert [v for v in range(1, 20) if domain.holds({"a": v})] == [7]


def test_a_comparison_is_a_number_until_it_is_decided() -> None:
    domain, names = open_numbers(a=7, b=9)
    is_more = (names["b"] > names["a"]).number()
    rounded = names["a"] + 8 * is_more
    assert not domain.conditions
    assert rounded.value == 15
    assert rounded.form.evaluate({"a": 9, "b": 9}) == 9
    assert is_more
    assert [condition_text(*c) for c in domain.conditions] == ["b >= a + 1"]


def test_equal_forms_are_one_key() -> None:
    domain, names = open_numbers(height=56, width=56)
    h, w = names["height"], names["width"]
    kept = {(64, h // 2, w // 2): "half"}
    assert kept.get((64, (h + 1 - 1) // 2, w // 2)) == "half"
    assert (64, 28, 28) not in kept
    assert (64, w // 2, h // 2) not in kept
    assert not domain.conditions


LOSSES: dict[str, Callable[[Any], object]] = {
    "int": int,
    "float": float,
    "range": range,
    "index": lambda a: [1, 2, 3][a],
    "repetition": lambda a: [0] * a,
    "floor": math.floor,
    "inexact": lambda a: a + 0.5,
    "text": lambda a: "x" * a,
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_form_cannot_get_lost(loss: Callable[[Any], object]) -> None:
    _, names = open_numbers(a=2)
    with pytest.raises(TypeError):
        loss(names["a"])


def test_fractions_do_not_swallow_a_form() -> None:
    _, names = open_numbers(a=4)
    for half in (
        Fraction(1, 2) * names["a"],
        names["a"] * Fraction(1, 2),
        exact_div(names["a"], 2),
    ):
        assert isinstance(half, Open)
        assert (text(half.form), half.value) == ("a/2", 2)
    assert text((Fraction(1, 2) + names["a"]).form) == "(2·a + 1)/2"
    assert text((Fraction(1, 2) - names["a"]).form) == "(-2·a + 1)/2"
    assert bool(Fraction(1, 2) < names["a"])


def test_nothing_keeps_its_reason() -> None:
    zero = Zero("no weights")
    _, names = open_numbers(a=4)
    assert (names["a"] * zero) is zero
    assert (zero * names["a"]) is zero


def test_a_form_that_no_longer_depends_is_a_plain_number() -> None:
    _, names = open_numbers(a=4)
    assert type(names["a"] - names["a"] + 3) is int


def test_where_a_form_never_falls() -> None:
    least = {"a": 0, "b": 0}
    assert grows_with(floored(A + 1, 2) * A - 3, least) == "a"
    assert grows_with(A * A - A * 3, least) is None
    assert grows_with(A + B, least) is None
    assert grows_with(A * A, {"a": -3}) is None


def test_conditions_have_one_form() -> None:
    assert condition(A * 2 - 5, ">=") == condition(A * 6 - 18, ">=") == condition(A - 2, ">")
    assert condition(A * 2 - B * 2, "==") == condition(B - A, "==")
    assert condition(A - 3, ">=").negated.negated == condition(A - 3, ">=")


# --- writing --------------------------------------------------------------------------------------


H, W, G = map(Polynomial.of, ("height", "width", "groups"))
HALF = floored(H + 1, 2)
FLOOR = r"\left\lfloor\frac{h + 1}{2}\right\rfloor"
WRITTEN = [
    (H * W * 76848 + 5, "76848·height·width + 5", "76848*height*width + 5", r"76{,}848\,h\,w + 5"),
    (HALF, "(height + 1)//2", "(height + 1)//2", FLOOR),
    (HALF * -3, "-3·((height + 1)//2)", "-3*((height + 1)//2)", rf"-3\,{FLOOR}"),
    (W * 2 - HALF, "-((height + 1)//2) + 2·width", "-((height + 1)//2) + 2*width",
     rf"-{FLOOR} + 2\,w"),
    (H - floored(W, 2), "height - width//2", "height - width//2",
     r"h - \left\lfloor\frac{w}{2}\right\rfloor"),
    (2 - HALF, "-((height + 1)//2) + 2", "-((height + 1)//2) + 2", f"-{FLOOR} + 2"),
    (HALF * HALF, "((height + 1)//2)²", "((height + 1)//2)**2", f"{FLOOR}^{{2}}"),
    (H * H * H, "height³", "height**3", "h^{3}"),
    (H * W * Fraction(1, 32), "height·width/32", "(height*width)//32", r"\frac{h\,w}{32}"),
    (H * Fraction(3, 4) - W * Fraction(1, 6), "(9·height - 2·width)/12", "(9*height - 2*width)//12",
     r"\frac{9\,h - 2\,w}{12}"),
    (quotient(H * 64, G), "64·height/groups", "(64*height)//groups", r"\frac{64\,h}{g}"),
    (Polynomial({}), "0", "0", "0"),
    (Polynomial.constant(-3), "-3", "-3", "-3"),
    (
        extremum("max", [H, W]) * 2,
        "2·max(height, width)",
        "2*max(height, width)",
        r"2\,\max\left(h, w\right)",
    ),
    (
        Polynomial.of(Indicator(H - W, ">=")) * 8,
        "8·[height >= width]",
        "8*(height >= width)",
        r"8\,\left[h \ge w\right]",
    ),
]  # fmt: skip


@pytest.mark.parametrize("case", WRITTEN, ids=[case[1] for case in WRITTEN])
def test_forms_as_text_python_and_latex(case: tuple[Polynomial, str, str, str]) -> None:
    form, *expected = case
    names = ["height", "width", "groups"]
    assert [text(form, names), python(form, names), latex(form, names)] == expected


def test_terms_stand_in_the_order_of_the_names() -> None:
    form = A * B + B * B + A + B + 1
    assert text(form, ["b", "a"]) == "b² + b·a + b + a + 1"
    assert text(form, ["a", "b"]) == "a·b + b² + a + b + 1"


def test_latex_names() -> None:
    symbols = latex_symbols(["height", "width", "widen", "num_classes", "units[0]", "units[2]"])
    assert symbols == {
        "height": "h",
        "width": r"\mathrm{width}",
        "widen": r"\mathrm{widen}",
        "num_classes": "n",
        "units[0]": "u_{0}",
        "units[2]": "u_{2}",
    }


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

    form = HALF * floored(W + 1, 2) * C + B
    sizes = numpy.array([[7], [8], [9]])
    values = {"height": sizes, "width": sizes, "c": numpy.array([[1, 100]]), "b": sizes * 0}
    axes = {"height": {"input"}, "width": {"input"}, "c": {"c"}, "b": {"input"}}
    block = Arrays(values, axes)
    assert block.value(form).tolist() == [[16, 1600], [16, 1600], [25, 2500]]
    assert {block.found[f].shape for f in block.found if not isinstance(f, str)} == {(3, 1)}
