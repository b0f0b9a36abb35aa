"""The functions of expressions, against the figures of the families that they come from."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest

from archcalc.expressions.expression import ExpressionError, SizeOf
from archcalc.expressions.functions import FUNCTIONS
from archcalc.expressions.parsing import parse


def value(text: str, **names: Any) -> Any:
    return parse(text).evaluate(names)


def said(text: str, **names: Any) -> str:
    with pytest.raises(ExpressionError) as caught:
        value(text, **names)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("64 * 0.75", 48),
        ("0.5 + 0.5", 1),
        ("1.5 - 0.5", 1),
        ("1.5 // 0.5", 3),
        ("[1.5, 3] * 2", (3, 6)),
        ("2 / 3 * 3", 2),
        ("-(0 - 0.5 * 2)", 1),
    ],
)
def test_what_is_whole_is_a_whole_number_whatever_made_it(text: str, expected: Any) -> None:
    found = value(text)
    assert found == expected
    assert all(type(part) is int for part in (found if isinstance(found, tuple) else (found,)))


# Widths of MobileNetV2's stem and stages with a width multiplier, from torchvision 0.15:
# `_make_divisible(c * width, 8)` for c in 32, 16, 24, 32, 64, 96, 160, 320.
MOBILENET_V2 = {
    "0.35": (16, 8, 8, 16, 24, 32, 56, 112),
    "0.5": (16, 8, 16, 16, 32, 48, 80, 160),
    "0.75": (24, 16, 24, 24, 48, 72, 120, 240),
    "1.4": (48, 24, 32, 48, 88, 136, 224, 448),
}


@pytest.mark.parametrize("width", MOBILENET_V2)
def test_mobilenet_s_rounding_of_widths(width: str) -> None:
    widths = value(f"round_to([32, 16, 24, 32, 64, 96, 160, 320] * {width}, 8)")
    assert widths == MOBILENET_V2[width]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("round_to(11, 8)", 16),  # 8 would be below 90% of 11
        ("round_to(8.8, 8)", 8),  # and is not below 90% of 8.8
        ("round_to(12, 8)", 16),  # half way goes up
        ("round_to(1, 8)", 8),  # at least the divisor
        ("round_to(0, 8)", 8),
        ("round_to(100, 1)", 100),
        ("ceil(2.1)", 3),
        ("ceil(2)", 2),
        ("floor(2.9)", 2),
        ("floor(-0.5)", -1),
        ("round(2.5)", 2),
        ("round(3.5)", 4),
        ("round(2.6)", 3),
        ("ceil([1.5, 2])", (2, 2)),
        ("min(3, 1, 2)", 1),
        ("max([3, 1, 2])", 3),
        ("sum([1, 0.5, 0.5])", 2),
        ("len([7, [8, 9], 10])", 3),
        ("1 + max(2, 3) * 2", 7),
    ],
)
def test_functions(text: str, expected: Any) -> None:
    assert value(text) == expected


def test_efficientnet_s_depths_and_widths() -> None:
    """EfficientNet-B4: width 1.4, depth 1.8 (Tan, Le 2019, and `efficientnet_builder.py`)."""
    assert value("ceil([1, 2, 2, 3, 3, 4, 1] * 1.8)") == (2, 4, 4, 6, 6, 8, 2)
    widths = value("round_to([32, 16, 24, 40, 80, 112, 192, 320, 1280] * 1.4, 8)")
    assert widths == (48, 24, 32, 56, 112, 160, 272, 448, 1792)


REGNETS = {
    "regnet_widths(13, 24, 36.44, 2.49)": ((24, 1), (56, 1), (152, 4), (368, 7)),  # X-200MF
    "regnet_widths(23, 80, 49.56, 2.88)": ((80, 2), (240, 5), (720, 15), (1920, 1)),  # X-8.0GF
    "regnet_widths(21, 80, 42.63, 2.66)": ((72, 2), (216, 5), (576, 13), (1512, 1)),  # Y-3.2GF
    "regnet_widths(27, 456, 160.83, 2.52)": ((528, 2), (1056, 7), (2904, 17), (7392, 1)),  # Y-128GF
}
"""The widths and depths of stages that pycls lists, behind the rounding to groups of these."""
GROUP_WIDTHS = {24: 8, 80: 120, 72: 24, 528: 264}


@pytest.mark.parametrize("text", REGNETS)
def test_regnet_s_widths(text: str) -> None:
    """Each stage has its blocks, and its width rounded to a multiple of its groups' width."""
    widths = value(text)
    stages = [(width, widths.count(width)) for width in sorted(set(widths))]
    listed = REGNETS[text]
    group = GROUP_WIDTHS[listed[0][0]]
    rounded = tuple((round(Fraction(w, min(group, w))) * min(group, w), n) for w, n in stages)
    assert rounded == listed


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("round_to(8, 0)", "'round_to(8, 0)' calls round_to with a divisor that is not over 0"),
        ("round_to(8)", "'round_to(8)' is not round_to(x, 8)"),
        ("ceil(1, 2)", "'ceil(1, 2)' is not ceil(x)"),
        ("ceill(1)", "no function 'ceill(1)'; did you mean 'ceil'?"),
        ("min()", "'min()' is not min(a, b)"),
        ("min([])", "'min([])' calls min with what are no numbers"),
        ("sum([[1]])", "'sum([[1]])' calls sum with what are no numbers"),
        ("max(relu, 1)", "'max(relu, 1)' calls max with what are no numbers"),
        ("ceil(relu)", "'ceil(relu)' calculates with what is no number"),
        ("round_to(relu, 8)", "'round_to(relu, 8)' calculates with what is no number"),
        ("len(3)", "'len(3)' calls len with what is no list"),
        ("regnet_widths(0, 8, 8, 2)",
         "'regnet_widths(0, 8, 8, 2)' calls regnet_widths with a depth that is not 1 to 200"),
        ("regnet_widths(9, 8, 8, 1)",
         "'regnet_widths(9, 8, 8, 1)' calls regnet_widths without w_0 >= 1, w_a >= 0 and "
         "w_m >= 1.5"),
        ("regnet_widths(9, 0, 8, 2)",
         "'regnet_widths(9, 0, 8, 2)' calls regnet_widths without w_0 >= 1, w_a >= 0 and "
         "w_m >= 1.5"),
        ("regnet_widths(9, 8, -1, 2)",
         "'regnet_widths(9, 8, -1, 2)' calls regnet_widths without w_0 >= 1, w_a >= 0 and "
         "w_m >= 1.5"),
        ("2 if 1else 3", "'2 if 1else 3' is no expression; names, numbers, + - * / // ( ) [ ]"),
        ("regnet_widths(200, 1, 1000000000, 1.5)",
         "'regnet_widths(200, 1, 1000000000, 1.5)' is 2151972560, larger than 10^9"),
    ],
)  # fmt: skip
def test_what_a_function_does_not_take(text: str, problem: str) -> None:
    assert said(text, relu=object()) == problem


# --- every step is bounded ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[[1]] * 1000000000", "calculates with a list of lists"),
        ("[[1], [2]] + [[3], [4]]", "calculates with a list of lists"),
        ("[[1], [2]] + 1", "calculates with a list of lists"),
        ("[1, 2] + [3]", "calculates with lists of different lengths"),
        ("n * n * n", "comes to a number of more than 18 digits"),
        ("1 / n / n / n", "comes to a number of more than 18 digits"),
        ("n * n * n / n / n", "comes to a number of more than 18 digits"),
        ("sum([n * n, n * n])", "comes to a number of more than 18 digits"),
        ("[1, 2] < [2, 3]", "compares the order of lists"),
        ("1 < [2]", "compares the order of lists"),
    ],
)
def test_every_step_of_an_expression_is_bounded(text: str, problem: str) -> None:
    assert said(text, n=10**9) == f"'{text}' {problem}"


def test_eighteen_digits_are_the_most() -> None:
    assert value("n * n / n / n", n=10**9) == 1
    assert value("1 / n / n * n", n=10**9) == Fraction(1, 10**9)


# --- sizes ----------------------------------------------------------------------------------------


def test_a_size_is_asked_of_an_item_by_its_path() -> None:
    scope = {SizeOf("height", "mixed.1x1.conv2d"): 12, SizeOf("channels", "a.0"): 5}
    parsed = parse("height(mixed.1x1.conv2d) - 2 * channels( a.0 )")
    assert parsed.sizes == set(scope)
    assert parsed.names == set()
    assert parsed.evaluate(scope) == 2


def test_height_and_width_are_also_names() -> None:
    assert value("32 * width + height", width=2, height=1) == 65


def test_what_is_said_of_an_expression_with_sizes() -> None:
    assert said("width(a.0) ** 2").startswith("'width(a.0) ** 2' is not allowed here")
    assert said("width(a) + b") == "unknown name 'width(a)' in 'width(a) + b'"


def test_all_functions_are_documented() -> None:
    from pathlib import Path

    page = (Path(__file__).parent.parent / "docs" / "spec-format.md").read_text(encoding="utf-8")
    for function in FUNCTIONS.values():
        assert f"`{function.call}`" in page
