"""What callers give `load`, from Python or from the command line, as the values of spec files."""

from __future__ import annotations

import operator
import re
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

from archcalc.arithmetic import whole
from archcalc.errors import ArchcalcError, quote
from archcalc.expressions.expression import ExpressionError
from archcalc.expressions.parsing import MOST_DIGITS, literal, parse
from archcalc.shape import MOST_SIZES

_TYPE: Final = re.compile("bool|u?int(8|16|32|64)|b?float(16|32|64)")
"""What torch calls the types of an input's numbers."""

AskedInput = str | int | Sequence[int] | Mapping[str, str | int | Sequence[int]]
"""What callers give for them: sizes, the only one, or a text such as `3x224x224`."""
InputSizes = tuple[int, ...] | dict[str, tuple[int, ...]]
"""The sizes of a network's only input, or of some of several by name."""


def argument_value(value: Any) -> Any:
    """A value for an argument, as Python or as text such as `10`, `[3, 4, 6, 3]` or `basic`.

    Raises:
        ArchcalcError: it is no number, list or expression.
    """
    value = _pythons_own(value)
    if isinstance(value, list | tuple):
        return tuple(map(argument_value, value))
    if isinstance(value, Fraction):
        return whole(value)
    if isinstance(value, int):
        return int(value)
    if not isinstance(value, str | float):
        raise ArchcalcError(f"takes a number, a list or an expression, got {quote(value)}")
    text = str(value).strip()
    text = {"true": "1", "false": "0"}.get(text, text)
    try:
        return literal(text)
    except ExpressionError:
        pass
    try:
        return parse(text)
    except ExpressionError as error:
        raise ArchcalcError(str(error)) from None


def input_sizes(input: Any) -> InputSizes:
    """The sizes of an input, which may be numpy's or torch's, or a text as commands take it; of
    several inputs by name.

    >>> input_sizes((3, 224, 224)), input_sizes("3x224x224"), input_sizes(288)
    ((3, 224, 224), (3, 224, 224), (288,))

    Raises:
        ArchcalcError: it is no shape.
    """
    if isinstance(input, str):
        return read_sizes(input, "input")
    if isinstance(input, Mapping):
        return {str(name): _sizes(sizes) for name, sizes in input.items()}
    return _sizes(input)


def _sizes(input: Any) -> tuple[int, ...]:
    if isinstance(input, str):
        return _read_shape(input, "input")
    given = _pythons_own(input)
    given = (given,) if type(given) is int else given
    if isinstance(given, Sequence) and not isinstance(given, str | bytes | bytearray):
        sizes = tuple(map(_pythons_own, given))
        if 1 <= len(sizes) <= MOST_SIZES and all(type(size) is int for size in sizes):
            return sizes
    raise ArchcalcError(f"input takes sizes, such as (3, 224, 224); got {quote(input)}")


def read_sizes(text: str, taker: str) -> InputSizes:
    """`3x224x224` as (3, 224, 224), `image=3x224x224,ids=77`, in brackets or not, as a dict of
    such; `taker` is what takes it: `--input`.

    The type that a torch module's input needs, `ids=77:int64`, changes nothing of a spec's.

    >>> read_sizes("image=3x64x64,ids=77:int64", "--input")
    {'image': (3, 64, 64), 'ids': (77,)}

    Raises:
        ArchcalcError: it is no shape.
    """
    if "=" not in text:
        return _read_shape(text, taker)
    named: dict[str, tuple[int, ...]] = {}
    for part in text.removeprefix("[").removesuffix("]").split(","):
        name, equals, sizes = (word.strip() for word in part.partition("="))
        if not equals or not name or name in named:
            takes = f"{taker} takes sizes by name once, such as image=3x224x224,ids=77"
            raise ArchcalcError(f"{takes}; got {quote(text)}")
        named[name] = _read_shape(sizes, taker)
    return named


def _read_shape(text: str, taker: str) -> tuple[int, ...]:
    numbers, colon, kind = text.strip().lower().partition(":")
    sizes = numbers.split("x")
    if colon and not _TYPE.fullmatch(kind):
        takes = f"{taker} takes sizes, such as 3x224x224 or 77:int64"
        raise ArchcalcError(f"{takes}; got {quote(text)}")
    if len(sizes) > MOST_SIZES or not all(map(_is_short, sizes)):
        raise ArchcalcError(f"{taker} takes sizes, such as 3x224x224; got {quote(text)}")
    return tuple(map(int, sizes))


def read_number(text: str, taker: str, most: int) -> int:
    """A whole number from 1 on in plain digits, where Python's int takes more, such as `1_0`.

    Raises:
        ArchcalcError: it is none, or larger than `most`.
    """
    if _is_short(text) and 1 <= int(text) <= most:
        return int(text)
    takes = f"{taker} takes a whole number from 1 to {most:,}"
    raise ArchcalcError(f"{takes}, got {quote(text)}")


def _is_short(digits: str) -> bool:
    return digits.isascii() and digits.isdecimal() and len(digits) <= MOST_DIGITS


def whole_number(value: Any, what: str, most: int) -> int:
    """A whole number from 1 to the most that there can be, which may be numpy's.

    Raises:
        ArchcalcError: it is none.
    """
    number = _pythons_own(value)
    if type(number) is not int or not 1 <= number <= most:
        raise ArchcalcError(f"{what} is a whole number from 1 to {most:,}, got {quote(value)}")
    return number


def _pythons_own(value: Any) -> Any:
    """A number or list of numpy, torch or another library as Python's own; others as they are."""
    if isinstance(value, bool):
        return value
    if hasattr(value, "tolist") and not isinstance(value, type):
        return value.tolist()
    try:
        return operator.index(value)
    except TypeError:
        return value
