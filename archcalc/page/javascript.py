"""A number that writes JavaScript: the fourth reading of the ops' formulas.

An op's own methods, given such numbers, write the function that a browser counts with; Traced
numbers whose values are such write its arithmetic with places for the digits.

>>> x = Js("x[0][1]", 224)
>>> ((x + 2 * 3 - 7) // 2 + 1).code
'F((x[0][1]+6-7)/2)+1'
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Any

from archcalc.ops.op import Op
from archcalc.shape import Shape

_SUM, _PRODUCT, _ATOM = 1, 2, 3


class Js:
    """A value with the JavaScript that computes it.

    Structure is decided on the value, as with other numbers that are not plain; what is decided
    holds in the browser too, where sizes differ, as far as `tests/test_page.py` finds.
    """

    __slots__ = ("code", "rank", "value")

    def __init__(self, code: str, value: Any, rank: int = _ATOM):
        self.code, self.value, self.rank = code, value, rank

    def __add__(self, other: Any) -> Any:
        return self if not isinstance(other, Js) and other == 0 else _joined("+", self, other)

    def __radd__(self, other: Any) -> Any:
        return self if other == 0 else _joined("+", other, self)

    def __sub__(self, other: Any) -> Any:
        return self if not isinstance(other, Js) and other == 0 else _joined("-", self, other)

    def __rsub__(self, other: Any) -> Any:
        return _joined("-", other, self)

    def __neg__(self) -> Any:
        return _joined("-", 0, self)

    def __mul__(self, other: Any) -> Any:
        return self if type(other) is int and other == 1 else _joined("*", self, other)

    def __rmul__(self, other: Any) -> Any:
        return self if type(other) is int and other == 1 else _joined("*", other, self)

    def __floordiv__(self, other: Any) -> Any:
        return _floor(self, other)

    def __rfloordiv__(self, other: Any) -> Any:
        return _floor(other, self)

    def __mod__(self, other: Any) -> Any:
        return _joined("%", self, other)

    def __rmod__(self, other: Any) -> Any:
        return _joined("%", other, self)

    def __truediv__(self, other: Any) -> Any:
        return _joined("/", self, other)

    def __rtruediv__(self, other: Any) -> Any:
        return _joined("/", other, self)

    def minimum(self, other: Any) -> Any:
        """`min(self, other)`."""
        least = min(self.value, _value(other))
        return Js(f"Math.min({self.code},{code_of(other)})", least)

    def maximum(self, other: Any) -> Any:
        """`max(self, other)`."""
        most = max(self.value, _value(other))
        return Js(f"Math.max({self.code},{code_of(other)})", most)

    @staticmethod
    def named(label: str, value: Any) -> Any:
        """A number that a formula names, which no size changes."""
        return value

    def __eq__(self, other: object) -> bool:
        return bool(self.value == _value(other))

    def __lt__(self, other: Any) -> bool:
        return bool(self.value < _value(other))

    def __gt__(self, other: Any) -> bool:
        return bool(self.value > _value(other))

    def __le__(self, other: Any) -> bool:
        return bool(self.value <= _value(other))

    def __ge__(self, other: Any) -> bool:
        return bool(self.value >= _value(other))

    def __hash__(self) -> int:
        return hash(self.value)

    def __bool__(self) -> bool:
        return bool(self.value)

    def __index__(self) -> int:
        return int(self.value)

    def __str__(self) -> str:
        return f"{{{self.code}}}"

    def __format__(self, how: str) -> str:
        return f"{{{self.code}{'|,' if how == ',' else ''}}}"

    def __repr__(self) -> str:
        return f"Js({self.code!r}, {self.value!r})"


def _value(number: Any) -> Any:
    return number.value if isinstance(number, Js) else number


def code_of(number: Any) -> str:
    """The JavaScript of a number: of a plain one its digits."""
    if isinstance(number, Js):
        return number.code
    return f"({number})" if isinstance(number, Fraction) or number < 0 else str(int(number))


def _parts(number: Any) -> tuple[str, Any, int]:
    """The JavaScript of a number, its value, and how closely the code hangs together."""
    if isinstance(number, Js):
        return number.code, number.value, number.rank
    return code_of(number), number, _ATOM


def _divided(a: Any, b: Any) -> Any:
    found = Fraction(a) / Fraction(b)
    return found.numerator if found.denominator == 1 else found


_OPERATIONS: dict[str, tuple[int, Callable[[Any, Any], Any]]] = {
    "+": (_SUM, operator.add),
    "-": (_SUM, operator.sub),
    "*": (_PRODUCT, operator.mul),
    "%": (_PRODUCT, operator.mod),
    "/": (_PRODUCT, _divided),
}


def _joined(sign: str, a: Any, b: Any) -> Any:
    rank, compute = _OPERATIONS[sign]
    left, x, left_rank = _parts(a)
    right, y, right_rank = _parts(b)
    if left_rank < rank:
        left = f"({left})"
    if right_rank < rank or (right_rank == rank and sign in "-/%"):
        right = f"({right})"
    return Js(f"{left}{sign}{right}", compute(x, y), rank)


def _floor(a: Any, b: Any) -> Any:
    left, x, left_rank = _parts(a)
    right, y, right_rank = _parts(b)
    left = f"({left})" if left_rank < _PRODUCT else left
    right = f"({right})" if right_rank < _ATOM else right
    return Js(f"F({left}/{right})", x // y)


# --- ops and shapes in these numbers --------------------------------------------------------------


def shape_named(shape: Shape, name: str) -> Shape:
    """A shape whose sizes are those of a variable: `x[0]`."""
    return type(shape)(*(Js(f"{name}[{axis}]", size) for axis, size in enumerate(shape)))


def fields_named(op: Op) -> tuple[Op, list[int]]:
    """An op whose sizes are `f[0]`, `f[1]`, ..., and what they are: the fields that have a name in
    formulas; others decide structure."""
    values: list[int] = []
    named: dict[str, Any] = {}

    def number(value: int) -> Js:
        values.append(int(value))
        return Js(f"f[{len(values) - 1}]", value)

    for name, value in _sized(op):
        is_one = _is_number(value)
        named[name] = number(value) if is_one else tuple(map(number, value))
    return op.replaced(**named), values


def _sized(op: Op) -> Iterator[tuple[str, Any]]:
    """The fields of an op that are numbers which its formulas name."""
    for name, info in op.field_infos.items():
        value = getattr(op, name)
        is_tuple = isinstance(value, tuple) and bool(value) and all(map(_is_number, value))
        if info.symbol and (_is_number(value) or is_tuple):
            yield name, value


def _is_number(value: Any) -> bool:
    return type(value) is int


def numbers_in(op: Op) -> Iterator[int]:
    """The numbers of an op's fields, in the order of `fields_named`."""
    for _, value in _sized(op):
        if isinstance(value, tuple):
            yield from value
        else:
            yield value


def position_of(op: Op, field: str) -> int | None:
    """Which number of an op a field is, in the order of `fields_named`; None where it is none."""
    position = 0
    for name, value in _sized(op):
        if name == field:
            return position if _is_number(value) else None
        position += len(value) if isinstance(value, tuple) else 1
    return None
