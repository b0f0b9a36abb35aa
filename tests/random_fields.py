"""Random values for the fields of ops, drawn by their kinds."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from hypothesis import strategies as st

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
from archcalc.ops.registry import create, field_infos
from archcalc.shape import Shape

Draw = Callable[[st.SearchStrategy[Any]], Any]
Tree = dict[str, Any]

NAMES = ("conv1", "1x1", "type", "training", "half", "forward", "weight", "modules", "parameters")
"""What items are called, with a number behind; some are names of torch's own methods."""


@dataclass
class Drawing:
    """One file being drawn: its source of choices, and how many names it has."""

    draw: Draw
    named: int = 0

    def one_of(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def name(self) -> str:
        self.named += 1
        name = self.one_of(*NAMES)
        return name if self.named == 1 else f"{name}_{self.named}"


_BY_KIND: Mapping[str, st.SearchStrategy[Any]] = {
    SIZE.accepts: st.integers(1, 6),
    COUNT.accepts: st.integers(0, 3),
    **{
        sizes_along(dims, least).accepts: st.tuples(*(st.integers(least, least + 2),) * dims)
        for dims in (1, 2, 3)
        for least in (0, 1)
    },
    ENDS.accepts: st.tuples(st.integers(0, 2), st.integers(0, 2)),
    AXIS.accepts: st.sampled_from([0, 1, -1, "last"]),
    INTEGERS.accepts: st.tuples(st.integers(-3, 3)),
    FLAG.accepts: st.integers(0, 1),
    EXACT.accepts: st.sampled_from([0, 1, Fraction(1, 2), Fraction(3, 4), Fraction(2, 3)]),
    NOT_NEGATIVE.accepts: st.sampled_from([0, 1, Fraction(1, 100_000)]),
    POSITIVE.accepts: st.sampled_from([1, Fraction(1, 2), Fraction(1, 100_000)]),
}


def drawn_fields(drawing: Drawing, op: type[Op], *inputs: Shape) -> dict[str, Any]:
    """Values for an op's fields that fit its inputs, or none that do after a few attempts."""
    x = inputs[0]
    for _ in range(6):
        fields = {}
        for name, info in field_infos(op).items():
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
        row = st.lists(st.integers(0, x.channels - 1), min_size=1, unique=True)
        return tuple(tuple(drawing.draw(row)) for _ in range(others.get("out_channels", 1)))
    if kind is LAYER:
        return None
    if kind is AXIS_LIST:
        axes = drawing.draw(st.permutations(range(len(x))))
        return tuple(axes[: drawing.draw(st.integers(1, len(x)))])
    if kind is SIZE_LIST:
        return drawing.one_of((3,), tuple(x), tuple(3 if size == 1 else size for size in x))
    if kind is SIZES_OR_REST:
        return drawing.one_of((-1,), (x[0], -1), (-1, x[-1]), (1, *x), tuple(reversed(x)))
    if kind.accepts in _BY_KIND:
        return drawing.draw(_BY_KIND[kind.accepts])
    return drawing.one_of(*kind.schema["enum"])


def fields_as_written(drawing: Drawing, op: type[Op], fields: Mapping[str, Any]) -> Tree:
    """An op's fields as a file may write them."""
    infos = field_infos(op)
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
