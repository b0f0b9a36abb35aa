from __future__ import annotations

from fractions import Fraction

import pytest

from archcalc import field_figures, figures
from archcalc.analysis.receptive_field.axis import Axis, Places
from archcalc.analysis.receptive_field.seen import ReceptiveField, Seen, Undefined


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (999, "999"),
        (1000, "1.00K"),
        (999_499, "999K"),
        (999_500, "1.00M"),  # half up, and the unit moves with it
        (9_995, "10.0K"),
        (9_994, "9.99K"),
        (325_680, "326K"),
        (3_857_973_248, "3.86G"),
        (1_500_000_000_000, "1.50T"),
        (999_600_000_000_000, "1,000T"),
    ],
)
def test_short_has_three_digits_rounded_half_up(value: int, text: str) -> None:
    assert figures.short(value) == text


@pytest.mark.parametrize(
    ("part", "whole", "text"),
    [
        (0, 5, ""),
        (1, 2000, "0.1%"),
        (1, 2001, "<0.1%"),
        (1, 3, "33.3%"),
        (5, 5, "100.0%"),
        (9_994, 10_000, "99.9%"),
        (1_999, 2_000, ">99.9%"),
        (10**9 - 1, 10**9, ">99.9%"),
    ],
)
def test_percent(part: int, whole: int, text: str) -> None:
    assert figures.percent(part, whole) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (Fraction(1, 8), "0.125"),
        (Fraction(99_949, 100_000), "0.999"),
        (Fraction(99_951, 100_000), "1.00"),
        (Fraction(995, 10), "99.5"),
        (Fraction(9_996, 100), "100"),
        (Fraction(19_995, 2), "9,998"),
        (Fraction(5, 10**9), "0.00000000500"),
        (0, "0"),
    ],
)
def test_three_digits_also_where_rounding_makes_one_more(value: Fraction, text: str) -> None:
    assert figures.significant(value) == text


def test_ratios_say_what_is_larger() -> None:
    # 112,896,000 / 5,268,480 = 21.428...; 49 / 27 = 1.8148...; 97,526,008 / 6,998,552 = 13.935...
    assert figures.ratio(5_268_480, 112_896_000) == "21.4x"
    assert figures.fewer(5_268_480, 112_896_000) == "21.4x fewer"
    assert figures.more(49, 27) == "81.5% more"
    assert figures.more(97_526_008, 6_998_552) == "13.9x as many"
    assert figures.ratio(9, 3) == "3x"
    assert figures.ratio(123_456, 100) == "1,235x"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0 B"),
        (40, "40 B"),
        (1023, "1,023 B"),
        (1024, "1 KiB"),
        (1536, "1.50 KiB"),
        (240_000, "234 KiB"),  # 234.375
        (1023 * 1024 + 511, "1,023 KiB"),
        (1023 * 1024 + 512, "1.00 MiB"),  # half up, and the unit moves with it
        (553_430_176, "528 MiB"),  # 138,357,544 parameters: 527.79
        (3 * 2**30, "3 GiB"),
        (5000 * 2**40, "5,000 TiB"),
    ],
)
def test_bytes_have_the_unit_that_suits(value: int, text: str) -> None:
    assert figures.memory(value) == text


def test_bytes_to_the_unit() -> None:
    assert figures.exact_memory(553_430_176) == "553,430,176 B"


SEVEN_BY_ONE = ReceptiveField((Axis(7, 1, 0), Axis(1, 1, 0)), (30, 30))
WHOLE = ReceptiveField((Places((0,), (29,), 0),) * 2, (30, 30))
UNEVEN = ReceptiveField((Places((0, 0), (5, 7), 2),) * 2, (30, 30))


def test_programs_are_told_why_a_receptive_field_has_no_size() -> None:
    assert field_figures.receptive_field_data(SEVEN_BY_ONE) == {
        "receptive_field": [7, 1],
        "receptive_field_note": None,
    }
    undefined = field_figures.receptive_field_data(Undefined("strides differ"))
    assert undefined["receptive_field_note"] == "undefined: strides differ"
    assert field_figures.receptive_field_data(WHOLE) == {
        "receptive_field": None,
        "receptive_field_note": "the whole input",
    }


def test_programs_are_told_what_one_size_does_not_say() -> None:
    assert field_figures.receptive_field_data(UNEVEN) == {
        "receptive_field": [8, 8],
        "receptive_field_note": "6 to 8, by the output's position",
    }
    gated = field_figures.receptive_field_data(WHOLE._replace(trunk=SEVEN_BY_ONE))
    assert gated == {
        "receptive_field": None,
        "receptive_field_note": "the whole input; 7x1 through windows alone",
    }
    of_heads = field_figures.receptive_field_data(SEVEN_BY_ONE, {"a": SEVEN_BY_ONE, "b": UNEVEN})
    assert of_heads == {
        "receptive_field": [7, 1],
        "receptive_field_note": "a: 7x1; b: 6 to 8, by the output's position",
    }


@pytest.mark.parametrize(
    ("seen", "text"),
    [
        ([SEVEN_BY_ONE, UNEVEN, SEVEN_BY_ONE], "7x1, 6..8"),
        (SEVEN_BY_ONE, "7x1"),
        (WHOLE, "whole"),
        (UNEVEN, "6..8"),
        (ReceptiveField((UNEVEN.height, SEVEN_BY_ONE.width), (30, 30)), "6..8x1"),
        (WHOLE._replace(trunk=SEVEN_BY_ONE), "whole (7x1)"),
        (Undefined("strides differ"), "undefined"),
    ],
)
def test_receptive_fields_for_people(seen: Seen | list[Seen], text: str) -> None:
    assert field_figures.receptive_field(seen) == text
