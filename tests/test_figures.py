from __future__ import annotations

import pytest

from archcalc import figures


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
        (None, "-"),
    ],
)
def test_short_has_three_digits_rounded_half_up(value: int | None, text: str) -> None:
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


def test_ratios_say_what_is_larger() -> None:
    # 112,896,000 / 5,268,480 = 21.428...; 49 / 27 = 1.8148...; 97,526,008 / 6,998,552 = 13.935...
    assert figures.ratio(5_268_480, 112_896_000) == "21.4x"
    assert figures.fewer(5_268_480, 112_896_000) == "21.4x fewer"
    assert figures.more(49, 27) == "81.5% more"
    assert figures.more(97_526_008, 6_998_552) == "13.9x as many"
    assert figures.ratio(9, 3) == "3x"
    assert figures.ratio(123_456, 100) == "1,235x"
