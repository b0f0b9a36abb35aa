"""The few helpers that formulas are written with, besides `+ - * //`.

A formula is read in three number systems: int (and exact Fraction), Traced numbers that remember
how they were computed, and Open numbers that have a closed form. These helpers work in all of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from functools import reduce
from math import gcd, lcm, prod
from typing import Any

Number = Any
"""An int, a Fraction, or a number of a class that computes with these: Traced, Open."""


class Zero(int):
    """A count that is 0, and why: nothing is ever 0 because we did not know."""

    reason: str

    def __new__(cls, reason: str) -> Zero:  # noqa: D102
        zero = super().__new__(cls, 0)
        zero.reason = reason
        return zero

    def __mul__(self, other: Number) -> Zero:
        return self  # any number of times nothing is nothing, for the same reason

    __rmul__ = __mul__


def product(*factors: Number) -> Number:
    """The product of sizes that belong together; explanations print it as one group.

    >>> product(28, 28, 6)
    4704
    """
    result = prod(factors)
    return result if type(result) is int else _grouped(result)


def _grouped(result: Number) -> Number:
    return result.grouped() if hasattr(result, "grouped") else result


def exact_div(number: Number, divisor: Number) -> Number:
    """A quotient that is not rounded: an int where it is whole, else a Fraction.

    >>> exact_div(96, 2), exact_div(1, 2), exact_div(Fraction(3, 2), Fraction(1, 2))
    (48, Fraction(1, 2), 3)
    """
    if type(number) is int and type(divisor) is int and not number % divisor:
        return number // divisor
    if isinstance(number, int | Fraction) and isinstance(divisor, int | Fraction):
        return whole(Fraction(number, divisor))
    return number / divisor


def sum_of(numbers: Iterable[Number]) -> Number:
    """The sum of many numbers; to 40 decimals where the common denominator of fractions has more
    than MOST_DENOMINATOR_DIGITS.

    >>> sum_of([1, Fraction(1, 2), Fraction(1, 6)])
    Fraction(5, 3)
    """
    by_denominator: dict[int, Number] = {}
    for number in numbers:
        denominator = number.denominator if type(number) is Fraction else 1
        numerator = number.numerator if type(number) is Fraction else number
        by_denominator[denominator] = by_denominator.get(denominator, 0) + numerator
    if len(by_denominator) == 1 and 1 in by_denominator:
        return by_denominator[1]
    common = 1
    for denominator in by_denominator:
        common = lcm(common, denominator)
        if common > 10**MOST_DENOMINATOR_DIGITS:
            scaled = (n * 10**40 // d for d, n in by_denominator.items())
            return whole(Fraction(sum(scaled), 10**40))
    return whole(Fraction(sum(n * (common // d) for d, n in by_denominator.items()), common))


MOST_DENOMINATOR_DIGITS = 1000
"""The digits of the largest common denominator: each fraction can bring a factor of its own."""


def whole(number: Number) -> Number:
    """The same number, as an int where a fraction is one.

    >>> whole(Fraction(6, 2)), whole(Fraction(3, 2))
    (3, Fraction(3, 2))
    """
    is_whole = type(number) is Fraction and number.denominator == 1
    return number.numerator if is_whole else number


def minimum(a: Number, b: Number) -> Number:
    """The smaller of two numbers, in whichever system they are."""
    return _extremum(a, b, "minimum")


def maximum(a: Number, b: Number) -> Number:
    """The larger of two numbers, in whichever system they are."""
    return _extremum(a, b, "maximum")


def largest(numbers: Iterable[Number]) -> Number:
    """The largest of several numbers, in whichever system they are."""
    different = set(numbers)
    if all(type(number) is int for number in different):
        return max(different)
    for number in different:
        if hasattr(number, "largest"):
            return number.largest(sorted(different, key=plain, reverse=True))
    return reduce(maximum, sorted(different, key=plain, reverse=True))


def _extremum(a: Number, b: Number, name: str) -> Number:
    for number, other in ((a, b), (b, a)):
        if hasattr(number, name):
            return getattr(number, name)(other)
    return min(a, b) if name == "minimum" else max(a, b)


def common_divisor(a: Number, b: Number) -> Number:
    """The largest whole number that divides both. It has no closed form, so open numbers may not
    stay open.

    >>> common_divisor(12, 18)
    6
    """
    divided = [plain(pinned(number, "a common divisor")) for number in (a, b)]
    return named("common divisor", gcd(*divided), a)


def extent(kernel: Number, dilation: Number) -> Number:
    """Positions that a dilated kernel spans: `kernel + (kernel - 1)·(dilation - 1)`.

    >>> extent(3, 1), extent(3, 2)
    (3, 5)
    """
    return kernel + (kernel - 1) * (dilation - 1)


def window_count(
    size: Number,
    kernel: Number,
    stride: Number,
    padding: Number,
    dilation: Number = 1,
    ceil_mode: int = 0,
) -> Number:
    """Positions of a sliding window along one axis, as torch counts them.

    Rounded down, the last partial window is left out. With `ceil_mode` it stays, unless it would
    start in the padding after the end: Caffe's rule, which torch follows.

    >>> window_count(224, 7, 2, 3), window_count(112, 3, 2, 0, ceil_mode=1)
    (112, 56)
    """
    span = size + 2 * padding - extent(kernel, dilation)
    if ceil_mode:
        return minimum((span + stride - 1) // stride + 1, (size + padding + stride - 1) // stride)
    return span // stride + 1


def named(label: str, value: int, like: Number) -> Number:
    """A number that a formula names though no field holds it, in the system that `like` is in."""
    return like.named(label, value) if hasattr(like, "named") else value


def defined(label: str, number: Number) -> Number:
    """A number with a name of its own in formulas; explanations say beside it how it arises."""
    return number.defined(label) if hasattr(number, "defined") else number


def plain(number: Number) -> Number:
    """The int in a Traced or open number: what structure is decided on.

    >>> plain(7)
    7
    """
    return number if type(number) is int else getattr(number, "value", number)


def pinned(number: Number, what: str) -> Number:
    """A number that may not stay open, as what follows holds for its present value alone.

    An open number is then that value; `what` it decides is said where it was asked to stay open.
    """
    return number.pinned(what) if hasattr(number, "pinned") else number


def for_each_copy(count: Number) -> tuple[Number, Number] | None:
    """For an open number of copies: the number of each, from 0 on, and how many they are, so that
    what one comes to is summed; None where it cannot be."""
    found: tuple[Number, Number] | None = count.each() if hasattr(count, "each") else None
    return found


def is_whole(number: Number) -> bool:
    """Whether a value is a whole number, in whichever system it is."""
    return isinstance(number, int) or (hasattr(number, "is_whole") and bool(number.is_whole()))


def alike(a: Number, b: Number) -> bool:
    """Whether two numbers are equal; open ones, whether for all values of their names."""
    return bool(getattr(a, "form", a) == getattr(b, "form", b))


def truth(outcome: Any) -> Number:
    """The outcome of a comparison as 1 or 0, in whichever system it is."""
    return int(outcome) if outcome is True or outcome is False else outcome.number()
