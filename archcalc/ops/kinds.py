"""The kinds of value that an op's field can hold: what is accepted, and its schema."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any, NamedTuple

from archcalc.arithmetic import is_whole, pinned, plain
from archcalc.errors import quote
from archcalc.expressions.parsing import LONGEST
from archcalc.shape import AXES_OF_POSITIONS, MOST_SIZES

Pair = tuple[int, ...]
"""Sizes along the axes of positions: (height, width) of a map."""

Connections = tuple[tuple[int, ...], ...]
"""For each output map, the input maps that it reads."""


class FieldError(ValueError):
    """A value that a field does not accept; the text says what it takes and what it got."""


class Kind(NamedTuple):
    """One kind of value: `check` returns it normalised or raises FieldError."""

    accepts: str
    check: Callable[[Any], Any]
    schema: dict[str, Any]
    is_text: bool = False
    """Plain text in the spec file, not an expression."""


def _whole(value: Any, least: int) -> int:
    if type(value) is not int and (isinstance(value, bool) or not is_whole(value)):
        raise FieldError
    if value < least:
        raise FieldError
    number: int = value
    return number


def _size(value: Any) -> int:
    return _whole(value, 1)


def _count(value: Any) -> int:
    return _whole(value, 0)


def _flag(value: Any) -> int:
    if type(value) is not int:
        value = pinned(value, "whether something is there")
    if value not in (0, 1) or isinstance(value, Fraction):
        raise FieldError
    return int(value)


def _pair_of(check: Callable[[Any], int], dims: int = 2) -> Callable[[Any], tuple[int, ...]]:
    def along(value: Any) -> tuple[int, ...]:
        if not isinstance(value, tuple):
            value = (value,) * dims
        if len(value) != dims:
            raise FieldError
        return tuple(map(check, value))

    return along


def _exact(value: Any) -> Any:
    if isinstance(value, bool) or not isinstance(plain(value), int | Fraction):
        raise FieldError
    return value


def _not_negative(value: Any) -> Any:
    if plain(_exact(value)) < 0:
        raise FieldError
    return value


def _positive(value: Any) -> Any:
    if plain(_exact(value)) <= 0:
        raise FieldError
    return value


def _connections(value: Any) -> Connections:
    if not isinstance(value, tuple) or not value:
        raise FieldError
    for row in value:
        if not isinstance(row, tuple) or not row or len(set(row)) < len(row):
            raise FieldError
        for channel in row:
            _count(channel)
    return value


def _choice_of(choices: tuple[str, ...]) -> Callable[[Any], str]:
    def choice(value: Any) -> str:
        if value not in choices:
            raise FieldError
        return str(value)

    return choice


AXIS_WORDS = {"channels": 0, "height": -2, "width": -1, "last": -1}
"""Names of axes in spec files: those of a map, and of the last axis whatever the rank."""


def _axis(value: Any) -> int:
    if isinstance(value, str) and value in AXIS_WORDS:
        return AXIS_WORDS[value]
    return _whole(pinned(value, "which axis is meant"), -MOST_SIZES)


def _axes(value: Any) -> tuple[int, ...]:
    axes = tuple(map(_axis, value)) if isinstance(value, tuple) else (_axis(value),)
    if not axes or len(set(axes)) < len(axes):
        raise FieldError
    return axes


def _integers(value: Any) -> tuple[int, ...]:
    numbers = value if isinstance(value, tuple) else (value,)
    return tuple(_whole(number, -LARGEST_SHIFT) for number in numbers)


def _sizes(value: Any) -> tuple[int, ...]:
    sizes = value if isinstance(value, tuple) else (value,)
    if not 1 <= len(sizes) <= MOST_SIZES:
        raise FieldError
    return tuple(map(_size, sizes))


def _sizes_or_rest(value: Any) -> tuple[int, ...]:
    sizes = value if isinstance(value, tuple) else (value,)
    if not 1 <= len(sizes) <= MOST_SIZES or sizes.count(REST) > 1:
        raise FieldError
    return tuple(size if size == REST else _size(size) for size in sizes)


def _pair_schema(least: int, dims: int = 2) -> dict[str, Any]:
    size = _or_expression("integer", minimum=least)
    of_each = {"items": size, "minItems": dims, "maxItems": dims}
    return {**size, "type": ["integer", "string", "array"], **of_each}


def sizes_along(dims: int, least: int) -> Kind:
    """A size along each of so many axes, or one for all."""
    names = ", ".join(AXES_OF_POSITIONS[dims])
    accepts = f"a whole number of at least {least}, or [{names}]"
    check = _size if least else _count
    return Kind(accepts, _pair_of(check, dims), _pair_schema(least, dims))


def _size_list(least: int) -> dict[str, Any]:
    size = _or_expression("integer", minimum=least)
    of_all = {"items": size, "minItems": 1, "maxItems": MOST_SIZES}
    return {**size, "type": ["integer", "string", "array"], **of_all}


_AXIS_SCHEMA = {"anyOf": [{"type": "integer"}, {"enum": list(AXIS_WORDS)}]}


def _or_expression(type: str, **schema: Any) -> dict[str, Any]:
    """A value of a JSON type or an expression, without alternatives: of a value that is wrong an
    editor then says what."""
    return {"type": [type, "string"], "maxLength": LONGEST, **schema}


SIZE = Kind("a whole number of at least 1", _size, _or_expression("integer", minimum=1))
COUNT = Kind("a whole number of at least 0", _count, _or_expression("integer", minimum=0))
PAIR, PADDING = sizes_along(2, 1), sizes_along(2, 0)
ALONG = {(dims, least): sizes_along(dims, least) for dims in (1, 3) for least in (0, 1)} | {
    (2, 1): PAIR,
    (2, 0): PADDING,
}
"""The kinds of sizes along so many axes, of at least so much."""
ONE_FOR_ALL = tuple(ALONG.values())
"""Kinds of which one number stands for several that are equal."""
ENDS = Kind("a whole number of at least 0, or [before, after]", _pair_of(_count), _pair_schema(0))
FLAG = Kind(
    "true or false",
    _flag,
    {"type": ["boolean", "integer", "string"], "minimum": 0, "maximum": 1, "maxLength": LONGEST},
)
EXACT = Kind("a number", _exact, _or_expression("number"))
NOT_NEGATIVE = Kind("a number of at least 0", _not_negative, _or_expression("number", minimum=0))
POSITIVE = Kind("a number above 0", _positive, _or_expression("number", exclusiveMinimum=0))
LARGEST_SHIFT = 10**9

REST = -1
"""The size of a reshaped tensor that the others leave."""

SIZE_LIST = Kind("a list of sizes, whole numbers of at least 1", _sizes, _size_list(1))
SIZES_OR_REST = Kind(
    "a list of sizes, of which one may be -1 for what the others leave",
    _sizes_or_rest,
    _size_list(REST),
)
INTEGERS = Kind("a whole number, or a list of them", _integers, _size_list(-LARGEST_SHIFT))
AXIS = Kind(
    "an axis: 0 for the first, -1 for the last, 'channels', 'height', 'width' or 'last'",
    _axis,
    _AXIS_SCHEMA,
    is_text=True,
)
AXIS_LIST = Kind(
    "an axis, or a list of axes: 0 for the first, -1 for the last, 'channels', 'height', 'width'",
    _axes,
    {"anyOf": [_AXIS_SCHEMA, {"type": "array", "minItems": 1, "items": _AXIS_SCHEMA}]},
    is_text=True,
)
CONNECTIONS = Kind(
    "a list that gives each output map the input maps it reads",
    _connections,
    {
        "type": "array",
        "minItems": 1,
        "items": {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {"type": "integer", "minimum": 0},
        },
    },
)


def _present(value: Any) -> Any:
    if not value:
        raise FieldError
    return value


LAYER = Kind("the name of an earlier item", _present, {"type": "string"}, is_text=True)
"""An earlier layer: its name in a file; in a graph its full name, or the op itself."""


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise FieldError
    return value


PLAIN_TEXT = Kind("a text", _text, {"type": "string"}, is_text=True)


def choice(*choices: str) -> Kind:
    """One of some words, written as plain text."""
    return Kind(
        " or ".join(quote(c) for c in choices),
        _choice_of(choices),
        {"enum": list(choices)},
        is_text=True,
    )


SAME, TF_SAME = "same", "tf_same"
"""Paddings of a window that keep the map's size over its stride: torch's, and TensorFlow's SAME."""
