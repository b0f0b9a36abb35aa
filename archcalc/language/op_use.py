"""The op of an item, made of the values of its fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archcalc.errors import did_you_mean, quote
from archcalc.language.model import Item, ItemError
from archcalc.ops.fields import FieldError, written
from archcalc.ops.op import Op
from archcalc.ops.registry import create, field_infos, required_fields


def op_of(item: Item, op: type[Op], values: Mapping[str, Any]) -> Op:
    """The op of an item; what its fields do not take is a problem of the item."""
    try:
        return create(op, values)
    except FieldError as error:
        raise ItemError(item, str(error)) from None


def held_op(item: Item, argument: str, op: Any, given: Mapping[str, Any]) -> Op:
    """An op that an argument holds."""
    if not (isinstance(op, type) and issubclass(op, Op)):
        raise ItemError(item, f"argument {quote(argument)} is {written(op)}, no block or op")
    infos = field_infos(op)
    for key in given:
        if key not in infos:
            hint = did_you_mean(key, infos)
            raise ItemError(item, f"{op.name} has no field {quote(key)}", hint)
    for key in required_fields(op):
        if key not in given:
            raise ItemError(item, f"field {quote(key)} of {op.name} is missing")
    return op_of(item, op, given)
