"""The helpers of formulas: windows as torch counts them, and the same in every number system."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import Any

import pytest
import torch

from archcalc.arithmetic import Zero, exact_div, extent, maximum, minimum, whole, window_count
from archcalc.closed.domain import Domain
from archcalc.closed.number import Open
from archcalc.traced import Traced


@pytest.mark.parametrize("ceil_mode", [0, 1])
def test_torch_counts_every_small_window_the_same(ceil_mode: int) -> None:
    compared = 0
    for kernel, stride, dilation in product(range(1, 5), range(1, 6), (1, 2)):
        for size, padding in product(range(1, 14), range(kernel // 2 + 1)):
            if extent(kernel, dilation) > size + 2 * padding:
                continue
            pooled = torch.nn.functional.max_pool2d(
                torch.zeros(1, size, 1), (kernel, 1), (stride, 1), (padding, 0), (dilation, 1),
                bool(ceil_mode),
            )  # fmt: skip
            counted = window_count(size, kernel, stride, padding, dilation, ceil_mode)
            assert counted == pooled.shape[1], (size, kernel, stride, padding, dilation)
            compared += 1
    assert compared > 700


def test_a_dilated_kernel_reaches_from_its_first_to_its_last_tap() -> None:
    for kernel, dilation in product(range(1, 6), repeat=2):
        taps = range(0, kernel * dilation, dilation)
        assert extent(kernel, dilation) == taps[-1] + 1


@pytest.mark.parametrize("number", [int, Traced])
def test_the_smaller_and_the_larger_in_every_number_system(number: Any) -> None:
    for a, b in ((number(3), number(5)), (number(5), number(3)), (3, number(5)), (number(3), 5)):
        assert getattr(minimum(a, b), "value", minimum(a, b)) == 3
        assert getattr(maximum(a, b), "value", maximum(a, b)) == 5


def test_the_smaller_and_the_larger_of_open_numbers_stay_open() -> None:
    n = Open.of("n", Domain({"n": 3}))
    for a, b in ((n, 4), (4, n)):
        assert [minimum(a, b).form.evaluate({"n": value}) for value in (3, 5)] == [3, 4]
        assert [maximum(a, b).form.evaluate({"n": value}) for value in (3, 5)] == [4, 5]


def test_quotients_are_exact_and_whole_ones_are_ints() -> None:
    for number, divisor in product([*range(-4, 5), Fraction(3, 2), Fraction(-1, 4)], repeat=2):
        if divisor == 0:
            with pytest.raises(ZeroDivisionError):
                exact_div(number, divisor)
            continue
        quotient = exact_div(number, divisor)
        assert quotient * divisor == number
        assert type(quotient) is (int if quotient == int(quotient) else Fraction)


def test_quotients_of_traced_and_open_numbers() -> None:
    for number, divisor in ((Traced(6), 4), (6, Traced(4)), (Traced(6), Traced(4))):
        assert exact_div(number, divisor).value == Fraction(3, 2)
    n = Open.of("n", Domain({"n": 6}))
    assert exact_div(n, 4).value == exact_div(9, n).value == Fraction(3, 2)
    assert exact_div(9, n).form.evaluate({"n": 4}) == Fraction(9, 4)


def test_whole_leaves_what_is_no_fraction_alone() -> None:
    seven = Traced(7, "kernel")
    assert whole(seven) is seven
    assert whole(Zero("no bias")).reason == "no bias"
