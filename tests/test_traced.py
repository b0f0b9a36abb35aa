"""Numbers that remember how they were computed: what they show evaluates to what they are."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archcalc.arithmetic import Zero, defined, exact_div, named, product, window_count
from archcalc.traced import (
    Traced,
    addends,
    definitions,
    formula,
    latex,
    substituted,
    summed,
)
from tests.arithmetic import evaluate


def kernel(size: int) -> Traced:
    return Traced(size, "kernel")


def default(value: int, label: str, silent: int) -> Traced:
    return Traced(value, label, default=value == silent)


def test_names_then_digits_then_the_value() -> None:
    channels, out, bias = Traced(1, "in"), Traced(6, "out"), default(1, "1", 0)
    parameters = (product(kernel(5), kernel(5), channels) + bias) * out
    assert formula(parameters) == "(kernel·kernel·in + 1)·out"
    assert substituted(parameters) == "(5·5·1 + 1)·6"
    assert parameters.value == 156


def test_no_bias_one_group_and_no_dilation_are_not_written() -> None:
    bias, groups, dilation = default(0, "1", 0), default(1, "groups", 1), default(1, "dilation", 1)
    weights = product(kernel(3), kernel(3), exact_div(Traced(64, "in"), groups))
    assert substituted((weights + bias) * Traced(128, "out")) == "(3·3·64)·128"
    extent = kernel(3) + (kernel(3) - 1) * (dilation - 1)
    assert (substituted(extent), extent.value) == ("3", 3)


def test_two_groups_and_a_dilation_of_two_are_written() -> None:
    groups, dilation = default(2, "groups", 1), default(2, "dilation", 1)
    assert substituted(exact_div(Traced(96, "in"), groups) * Traced(256, "out")) == "(96/2)·256"
    assert formula(kernel(3) + (kernel(3) - 1) * (dilation - 1)) == (
        "kernel + (kernel - 1)·(dilation - 1)"
    )


def test_a_bias_is_the_one_that_is_added_not_a_factor() -> None:
    bias = default(1, "1", 0)
    outputs = product(Traced(6, "out"), Traced(28, "height"), Traced(28, "width"))
    assert substituted(bias * outputs) == "6·28·28"
    assert (default(0, "1", 0) * outputs).value == 0


def test_a_zero_or_one_in_the_formula_itself_changes_nothing() -> None:
    size = Traced(28, "height")
    assert substituted(size + 2 * 0) == "28"
    assert substituted(1 * size) == "28"
    assert substituted(size - 0) == "28"
    assert substituted(size * 2) == "28·2"


def test_one_minus_one_is_not_silent_where_it_is_a_computation() -> None:
    assert substituted(1 - Traced(1, "survival")) == "1 - 1"


def test_windows_floor() -> None:
    size = window_count(Traced(224, "height"), kernel(7), Traced(2, "stride"), Traced(3, "padding"))
    assert formula(size) == "(height + 2·padding - kernel)//stride + 1"
    assert substituted(size) == "(224 + 2·3 - 7)//2 + 1"
    assert size.value == 112  # 223/2 is 111.5


def test_rounding_up_shows_both_candidates() -> None:
    size = window_count(Traced(112, "height"), kernel(3), Traced(2, "stride"), 0, ceil_mode=1)
    assert size.value == 56
    assert substituted(size) == "min((112 - 3 + 2 - 1)//2 + 1, (112 + 2 - 1)//2)"


def test_a_maximum_of_several_is_one_maximum() -> None:
    largest = Traced(43, "3x3").maximum(Traced(59, "5x5")).maximum(Traced(27, "1x1"))
    assert formula(largest) == "max(3x3, 5x5, 1x1)"
    assert substituted(largest) == "max(43, 59, 27)"


def test_a_number_over_itself_is_one_and_not_said() -> None:
    features = Traced(5, "features")
    assert formula(features // features * (features - 1)) == "features - 1"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (Traced(10) - (Traced(3) - Traced(2)), "10 - (3 - 2)"),
        (Traced(10) - (Traced(3) + Traced(2)), "10 - (3 + 2)"),
        (Traced(10) - Traced(3) + Traced(2), "10 - 3 + 2"),
        (Traced(2) * (Traced(3) * Traced(4)), "2·3·4"),
        (Traced(9) // (Traced(2) * Traced(3)), "9//(2·3)"),
        (Traced(9) * Traced(5) // Traced(2), "(9·5)//2"),
        (Traced(9) * (Traced(5) // Traced(2)), "9·(5//2)"),
        (Traced(9) // Traced(5) // Traced(2), "9//5//2"),
        (Traced(8) / (Traced(4) / Traced(2)), "8/(4/2)"),
        (-Traced(3) + Traced(5), "0 - 3 + 5"),
        (Traced(-3) * Traced(5), "(-3)·5"),
        (Traced(Fraction(1, 2)) * Traced(5), "(1/2)·5"),
        (product(Traced(2), Traced(3)) * product(Traced(4), Traced(5)), "(2·3)·(4·5)"),
        (2 + Traced(3), "2 + 3"),
        (2 - Traced(3), "2 - 3"),
        (7 // Traced(2), "7//2"),
        (7 / Traced(2), "7/2"),
    ],
)
def test_parentheses_are_where_they_are_needed_and_nowhere_else(number: Any, text: str) -> None:
    assert substituted(number) == text
    assert evaluate(text) == number.value


numbers = st.recursive(
    st.integers(0, 9).map(Traced),
    lambda inner: st.one_of(
        st.tuples(inner, inner).map(lambda pair: pair[0] + pair[1]),
        st.tuples(inner, inner).map(lambda pair: pair[0] - pair[1]),
        st.tuples(inner, inner).map(lambda pair: pair[0] * pair[1]),
        st.tuples(inner, inner).map(lambda pair: product(*pair)),
        st.tuples(inner, inner).map(lambda pair: pair[0].maximum(pair[1])),
        st.tuples(inner, st.integers(1, 4)).map(lambda pair: pair[0] // Traced(pair[1])),
        st.tuples(inner, st.integers(1, 4)).map(lambda pair: pair[0] / Traced(pair[1])),
    ),
    max_leaves=12,
)


@given(numbers)
def test_what_is_shown_evaluates_to_the_value(number: Traced) -> None:
    assert evaluate(substituted(number)) == number.value
    assert evaluate(substituted(number, commas=True)) == number.value


@given(numbers)
def test_latex_is_balanced(number: Traced) -> None:
    text = latex(number, names=False)
    assert text.count(r"\left") == text.count(r"\right")
    assert text.count("{") == text.count("}")
    assert "·" not in text


def test_latex_of_a_window_and_of_a_name_with_an_underscore() -> None:
    size = window_count(Traced(28, "height"), kernel(2), Traced(2, "stride"), 0)
    assert latex(size) == (
        r"\left\lfloor \frac{\text{height} - \text{kernel}}{\text{stride}} \right\rfloor + 1"
    )
    assert latex(Traced(3, "in_features") * 2) == r"\text{in\_features} \cdot 2"


def test_counts_have_commas_for_people_and_sizes_have_none() -> None:
    total = summed([Traced(1516, "c3", computed=True), Traced(4096, "out")])
    assert substituted(total, commas=True) == "1,516 + 4096"


def test_a_definition_has_a_name_and_keeps_its_own_working() -> None:
    elements = product(Traced(512, "channels"), Traced(7, "height"), Traced(7, "width"))
    weights = defined("in_features", elements) * Traced(4096, "out_features")
    assert formula(weights) == "in_features·out_features"
    assert substituted(weights, commas=True) == "25,088·4096"
    (leaf,) = definitions(weights)
    assert leaf.definition is elements
    assert defined("in_features", 25088) == 25088


def test_a_definition_of_a_leaf_is_its_name_alone() -> None:
    named_leaf = defined("in_features", Traced(84, "features"))
    assert formula(named_leaf) == "in_features"
    assert definitions(named_leaf) == []


def test_a_size_times_ones_is_still_a_size() -> None:
    elements = product(Traced(2048, "channels"), Traced(1, "height"), Traced(1, "width"))
    assert substituted(defined("in_features", elements), commas=True) == "2048"


def test_a_number_that_a_formula_names_is_in_the_system_of_the_others() -> None:
    assert formula(named("read", 3, Traced(6, "in"))) == "read"
    assert named("read", 3, 6) == 3


def test_zero_keeps_its_reason_whatever_it_is_multiplied_by() -> None:
    nothing = Zero("only comparisons")
    for product_ in (3 * nothing, nothing * 3, Traced(3, "batch") * nothing):
        assert product_ == 0
        assert product_.reason == "only comparisons"


def test_a_formula_that_branches_on_a_number_is_refused() -> None:
    with pytest.raises(TypeError, match="structure is decided on ints"):
        bool(Traced(3, "kernel"))


def test_a_sum_of_thousands_does_not_exhaust_the_stack() -> None:
    total = summed(Traced(1, f"layer{i}") for i in range(20_000))
    assert substituted(total).count("+") == 19_999
    assert total.value == 20_000
    assert len(addends(total)) == 20_000


def test_addends_are_those_of_the_outermost_sum() -> None:
    terms = [Traced(2) * Traced(3), Traced(4) + Traced(5), Traced(6) - Traced(1)]
    assert [number.value for number in addends(summed(terms))] == [6, 9, 5]
    assert addends(terms[2]) == [terms[2]]


def test_the_evaluator_of_these_tests_can_fail() -> None:
    assert evaluate("(5·5·1 + 1)·6") == 156
    assert evaluate("7//2") == 3
    assert evaluate("7/2") == Fraction(7, 2)
    assert evaluate("1,516 + max(2, 3)") == 1519
    with pytest.raises(KeyError):
        evaluate("print(1)")
    with pytest.raises(AssertionError):
        evaluate("kernel·2")
