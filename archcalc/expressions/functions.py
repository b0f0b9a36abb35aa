"""What the operators and functions of expressions compute, on exact numbers and lists of them.

Among them is how families of networks since 2017 round their sizes. Where a family's code computes
with floats, a function gives what exact arithmetic gives.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache, reduce
from typing import Any, NamedTuple

from archcalc.arithmetic import exact_div, maximum, minimum, pinned, plain, truth, whole

LARGEST_PART = 10**18
"""The largest numerator, and denominator, that any step may come to."""
LONGEST_OPERAND = 16
"""The most values in a list that is calculated with, once for each operator of an expression."""
MOST_WIDTHS = 200
"""The most blocks that `regnet_widths` gives widths to."""

Exact = int | Fraction
_Operation = Callable[..., Any]


class CalculationError(ValueError):
    """A calculation that has no result; the text goes on from the expression: `divides by zero`."""


class Function(NamedTuple):
    """A function that expressions can call."""

    call: str
    """How it is written, with names for its arguments."""
    doc: str
    """What it gives, in a few words."""
    compute: _Operation
    arguments: range
    """How many arguments it takes."""
    weight: int = 1
    """How many steps of an expression it takes as long as."""


# --- each step ------------------------------------------------------------------------------------


def _step(operate: _Operation) -> _Operation:
    """An operation whose result is a whole number where it is whole, and is bounded."""

    def step(*values: Any) -> Any:
        value = operate(*values)
        kind = type(value)
        if kind is int:
            if -LARGEST_PART <= value <= LARGEST_PART:
                return value
        elif kind is Fraction:
            if -LARGEST_PART <= value.numerator <= LARGEST_PART >= value.denominator:
                return whole(value)
        else:
            return value  # another number system bounds its own numbers
        raise CalculationError("comes to a number of more than 18 digits")

    return step


def _on_each(operate: _Operation) -> _Operation:
    """An operation of one or two numbers that works on each value of a list, or of two."""
    step = _step(operate)

    def on_each(*values: Any) -> Any:
        lists = [value for value in values if type(value) is tuple]
        if not lists:
            return step(*values)
        for one in lists:
            if len(one) > LONGEST_OPERAND:
                raise CalculationError(f"calculates with a list of more than {LONGEST_OPERAND}")
            if any(type(value) is tuple for value in one):
                raise CalculationError("calculates with a list of lists")
            if len(one) != len(lists[0]):
                raise CalculationError("calculates with lists of different lengths")
        several = (v if type(v) is tuple else (v,) * len(lists[0]) for v in values)
        return tuple(map(step, *several))

    return on_each


def _compared(compare: _Operation) -> _Operation:
    return lambda a, b: truth(compare(a, b))


def _in_order(compare: _Operation) -> _Operation:
    """A comparison of two numbers; lists have no order."""

    def compared(a: Any, b: Any) -> Any:
        if type(a) is tuple or type(b) is tuple:
            raise CalculationError("compares the order of lists")
        return truth(compare(a, b))

    return compared


add, subtract = _on_each(operator.add), _on_each(operator.sub)
multiply, divide = _on_each(operator.mul), _on_each(exact_div)
divide_down = _on_each(operator.floordiv)
equal, unequal = _compared(operator.eq), _compared(operator.ne)
less, at_most = _in_order(operator.lt), _in_order(operator.le)
greater, at_least = _in_order(operator.gt), _in_order(operator.ge)


def item(values: Any, index: Any) -> Any:
    """One value of a list, the first one at index 0.

    Raises:
        CalculationError: there is none at that index.
        TypeError: one of the two is no list, or no whole number.
    """
    if type(index) is not int:
        index = pinned(index, "which value of a list is taken")
    if not 0 <= index < len(values):
        raise CalculationError(f"reads item {index} of a list of {len(values)}")
    return values[index]


# --- functions ------------------------------------------------------------------------------------


def round_to(x: Any, divisor: Any) -> Any:
    """The multiple of `divisor` nearest to `x`, the upper one of two, at least `divisor`; the next
    one where that would be less than 90% of `x`.

    `_make_divisible` of MobileNetV2's code (Sandler et al. 2018), which MobileNetV3, MNASNet,
    EfficientNet (`round_filters`) and torchvision took over.

    >>> round_to(32 * Fraction(3, 4), 8), round_to(11, 8), round_to(1, 8)
    (24, 16, 8)

    Raises:
        CalculationError: the divisor is not over 0.
    """
    if divisor <= 0:
        raise CalculationError("calls round_to with a divisor that is not over 0")
    rounded = maximum(divisor, (x + exact_div(divisor, 2)) // divisor * divisor)
    return rounded + divisor * truth(10 * rounded < 9 * x)


def regnet_widths(depth: Exact, w_0: Exact, w_a: Exact, w_m: Exact) -> tuple[int, ...]:
    """The width of each of RegNet's `depth` blocks (Radosavovic et al. 2020, equations 2 to 4).

    Block j has `u = w_0 + w_a*j`, brought to the nearest `w_0 * w_m^s` for a whole s, and that to
    the nearest multiple of 8. Nearest is of logarithms: `(u/w_0)^2 <= w_m^(2s + 1)`.

    >>> regnet_widths(13, 24, Fraction("36.44"), Fraction("2.49"))  # RegNetX-200MF
    (24, 56, 152, 152, 152, 152, 368, 368, 368, 368, 368, 368, 368)

    Raises:
        CalculationError: the depth or one of the widths is out of bounds.
    """
    depth, w_0, w_a, w_m = (pinned(n, "RegNet's widths") for n in (depth, w_0, w_a, w_m))
    if not isinstance(depth, int) or not 1 <= depth <= MOST_WIDTHS:
        raise CalculationError(f"calls regnet_widths with a depth that is not 1 to {MOST_WIDTHS}")
    if w_0 < 1 or w_a < 0 or w_m < Fraction(3, 2):
        raise CalculationError("calls regnet_widths without w_0 >= 1, w_a >= 0 and w_m >= 1.5")
    return _regnet_widths(depth, Fraction(w_0), Fraction(w_a), Fraction(w_m))


@lru_cache(maxsize=1024)
def _regnet_widths(depth: int, w_0: Fraction, w_a: Fraction, w_m: Fraction) -> tuple[int, ...]:
    widths = []
    power, middle = Fraction(1), w_m  # w_m^s and w_m^(2s + 1), for the s of the block before
    for j in range(depth):
        ratio = 1 + w_a * j / w_0
        while ratio * ratio > middle:
            power, middle = power * w_m, middle * w_m * w_m
        widths.append(round(w_0 * power / 8) * 8)
    return tuple(widths)


def _ceil(x: Any) -> Any:
    return -(-x // 1)


def _floor(x: Any) -> Any:
    return x // 1


def _round(x: Any) -> Any:
    up = (2 * x + 1) // 2
    return up - truth(2 * x % 2 == 1) * (up % 2)


def _least(*values: Any) -> Any:
    return reduce(minimum, _numbers("min", values))


def _greatest(*values: Any) -> Any:
    return reduce(maximum, _numbers("max", values))


def _total(values: Any) -> Any:
    return sum(_numbers("sum", (values,)))


def _numbers(name: str, values: tuple[Any, ...]) -> tuple[Any, ...]:
    """The numbers that a function is given, one by one or in a list."""
    found = values[0] if len(values) == 1 else values
    if type(found) is not tuple or not found or not all(isinstance(plain(v), Exact) for v in found):
        raise CalculationError(f"calls {name} with what are no numbers")
    return found


def _length(values: Any) -> int:
    if type(values) is not tuple:
        raise CalculationError("calls len with what is no list")
    return len(values)


_ONE, _TWO, _ANY = range(1, 2), range(2, 3), range(1, 1_000)

FUNCTIONS: Mapping[str, Function] = {
    "ceil": Function(
        "ceil(x)", "x rounded up: EfficientNet's depths (Tan, Le 2019)", _on_each(_ceil), _ONE
    ),
    "floor": Function("floor(x)", "x rounded down", _on_each(_floor), _ONE),
    "round": Function(
        "round(x)",
        "the nearest whole number, the even one of two: RegNet's widths are round(w / 8) * 8",
        _on_each(_round),
        _ONE,
    ),
    "round_to": Function(
        "round_to(x, 8)",
        "the nearest multiple of 8, the next if that is below 90% of x: MobileNet's widths "
        "(Sandler et al. 2018)",
        _on_each(round_to),
        _TWO,
    ),
    "min": Function("min(a, b)", "the smallest of numbers, or of a list", _least, _ANY),
    "max": Function("max(a, b)", "the largest of numbers, or of a list", _greatest, _ANY),
    "sum": Function("sum(list)", "the sum of a list", _step(_total), _ONE),
    "len": Function("len(list)", "the number of values in a list", _length, _ONE),
    "regnet_widths": Function(
        "regnet_widths(depth, w_0, w_a, w_m)",
        "the width of each of RegNet's blocks (Radosavovic et al. 2020)",
        regnet_widths,
        range(4, 5),
        weight=1_000,
    ),
}
"""The functions by the name that expressions call them by."""
