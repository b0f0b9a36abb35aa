"""Random values for the fields of ops, drawn by their kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from archcalc.ops.fields import FieldInfo, written
from archcalc.ops.kinds import (
    AXIS,
    AXIS_LIST,
    CONNECTIONS,
    COUNT,
    ENDS,
    EXACT,
    FLAG,
    INTEGERS,
    LAYER,
    NOT_NEGATIVE,
    POSITIVE,
    SIZE,
    SIZE_LIST,
    SIZES_OR_REST,
    sizes_along,
)
from archcalc.ops.op import Op, OpError
from archcalc.ops.registry import create
from archcalc.shape import MOST_SIZES, Shape

Tree = dict[str, Any]

NAMES = ("conv1", "1x1", "type", "training", "half", "forward", "weight", "modules", "parameters")
"""What items are called, with a number behind; some are names of torch's own methods."""


@dataclass
class Drawing:
    """One file being drawn: what chooses one of several, and how many names it has."""

    choose: Callable[[Sequence[Any]], Any]
    named: int = 0

    def one_of(self, *options: Any) -> Any:
        return self.choose(options)

    def integer(self, least: int, most: int) -> int:
        chosen: int = self.choose(range(least, most + 1))
        return chosen

    def some(self, most: int) -> list[int]:
        """Different numbers from 0, fewer than so many or all, in any order."""
        left = list(range(most))
        return [self._taken(left) for _ in range(self.integer(1, most))]

    def _taken(self, left: list[int]) -> int:
        return left.pop(self.integer(0, len(left) - 1))

    def name(self) -> str:
        self.named += 1
        name = self.one_of(*NAMES)
        return name if self.named == 1 else f"{name}_{self.named}"


def _sizes(dims: int, least: int, most: int) -> tuple[range, ...]:
    return (range(least, most + 1),) * dims


_BY_KIND: Mapping[str, Sequence[Any]] = {
    SIZE.accepts: range(1, 7),
    COUNT.accepts: range(4),
    AXIS.accepts: (0, 1, -1, "last"),
    FLAG.accepts: (0, 1),
    EXACT.accepts: (0, 1, Fraction(1, 2), Fraction(3, 4), Fraction(2, 3)),
    NOT_NEGATIVE.accepts: (0, 1, Fraction(1, 100_000)),
    POSITIVE.accepts: (1, Fraction(1, 2), Fraction(1, 100_000)),
}
"""What a field of a kind may be."""

_BY_KIND_OF_SEVERAL: Mapping[str, tuple[range, ...]] = {
    **{
        sizes_along(dims, least).accepts: _sizes(dims, least, least + 2)
        for dims in (1, 2, 3)
        for least in (0, 1)
    },
    ENDS.accepts: _sizes(2, 0, 2),
    INTEGERS.accepts: _sizes(1, -3, 3),
}
"""What each number in a field of a kind may be."""


def drawn_fields(drawing: Drawing, op: type[Op], *inputs: Shape) -> dict[str, Any]:
    """Values for an op's fields that fit its inputs, or none that do after a few attempts."""
    x = inputs[0]
    for _ in range(6):
        fields = {}
        for name, info in op.field_infos.items():
            if name in op.required_fields or drawing.one_of(True, False):
                value = _value(drawing, info, x, fields)
                fields |= {} if value is None else {name: value}
        try:
            create(op, fields).settled(*inputs).check(*inputs)
        except OpError:
            continue
        break
    return fields


def _value(drawing: Drawing, info: FieldInfo, x: Shape, others: Tree) -> Any:
    kind = info.kind
    if kind is CONNECTIONS:
        if drawing.one_of(True, True, False):
            return None
        rows = range(others.get("out_channels", 1))
        return tuple(tuple(drawing.some(x.channels)) for _ in rows)
    if kind is LAYER:
        return None
    if kind is AXIS_LIST:
        return tuple(drawing.some(len(x)))
    if kind is SIZE_LIST:
        shapes = (3,), tuple(x), tuple(3 if size == 1 else size for size in x)
        return drawing.one_of(*[shape for shape in shapes if len(shape) <= MOST_SIZES])
    if kind is SIZES_OR_REST:
        shapes = (-1,), (x[0], -1), (-1, x[-1]), (1, *x), tuple(reversed(x))
        return drawing.one_of(*[shape for shape in shapes if len(shape) <= MOST_SIZES])
    if kind.accepts in _BY_KIND:
        return drawing.choose(_BY_KIND[kind.accepts])
    if kind.accepts in _BY_KIND_OF_SEVERAL:
        return tuple(drawing.choose(numbers) for numbers in _BY_KIND_OF_SEVERAL[kind.accepts])
    return drawing.one_of(*kind.schema["enum"])


def fields_as_written(drawing: Drawing, op: type[Op], fields: Mapping[str, Any]) -> Tree:
    """An op's fields as a file may write them."""
    infos = op.field_infos
    return {
        name: value
        if infos[name].kind.is_text
        else [value_as_written(drawing, size) for size in value]
        if infos[name].kind in (SIZE_LIST, SIZES_OR_REST)
        else value_as_written(drawing, value)
        for name, value in fields.items()
    }


def value_as_written(drawing: Drawing, value: Any) -> Any:
    """A value as a file may write it: itself, a list, or arithmetic on arguments."""
    if isinstance(value, tuple):
        is_pair = len(value) == 2 and value[0] == value[1] and isinstance(value[0], int)
        if is_pair and drawing.one_of(True, False):
            return value_as_written(drawing, value[0])
        return [value_as_written(drawing, part) for part in value]
    if isinstance(value, Fraction):
        return written(value)
    return drawing.one_of(value, value, f"{value} * (three - two)", f"{value + 2} - two")
