"""The registry of all ops, what their fields declare, and how one is made from plain values."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from operator import attrgetter
from typing import Any, TypeVar, dataclass_transform

from archcalc.ops.fields import REQUIRED, FieldInfo, check, field
from archcalc.ops.kinds import ENDS, SIZE_LIST
from archcalc.ops.op import Op
from archcalc.shape import AXES_OF_POSITIONS, names_of_axes
from archcalc.traced import Traced

OPS: dict[str, type[Op]] = {}
"""Every op by the name that spec files use."""

_Declared = TypeVar("_Declared", bound=type[Op])


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def with_fields(cls: _Declared) -> _Declared:
    """Declare the fields of an op, or of a class that ops share.

    It is then a dataclass with `Op`'s own methods: those that `dataclass` would write for each of
    them cost a third of the time that a command takes.
    """
    dataclass(init=False, repr=False, eq=False)(cls)
    fields = dataclasses.fields(cls)  # type: ignore[arg-type]
    cls.field_names = tuple([f.name for f in fields])
    cls.read_fields = staticmethod(_reader(cls.field_names))
    cls.required_fields = tuple([f.name for f in fields if f.default is REQUIRED])
    cls.field_infos = {f.name: f.metadata["info"] for f in fields}
    cls.field_defaults = {f.name: f.default for f in fields}
    return cls


def _reader(names: Sequence[str]) -> Callable[[Op], tuple[Any, ...]]:
    """What reads some fields of an op at once."""
    if not names:
        return lambda op: ()
    read = attrgetter(*names)
    return read if names[1:] else lambda op: (read(op),)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def op(name: str) -> Callable[[_Declared], _Declared]:
    """Register a class as the op `name`, and make it a dataclass.

    Raises:
        ValueError: the name is taken.
    """

    def register(cls: _Declared) -> _Declared:
        if name in OPS:
            raise ValueError(f"op {name!r} is declared twice: {OPS[name]} and {cls}")
        cls.name = name
        OPS[name] = with_fields(cls)
        return cls

    return register


@cache
def _followed(cls: type[Op]) -> tuple[tuple[str, str], ...]:
    """The fields that take the value of another where they are not given, each with that one."""
    infos = cls.field_infos
    return tuple((name, other) for name, other in cls.field_defaults.items() if other in infos)


def create(cls: type[Op], values: Mapping[str, Any]) -> Op:
    """An op from plain values, checked and with its defaults filled in.

    Raises:
        FieldError: a value is not of its field's kind (with the field's name in front).
        TypeError: a required field is missing.
    """
    checked = {}
    infos = cls.field_infos
    for name, value in values.items():
        try:
            checked[name] = check(infos[name].kind, value)
        except ValueError as error:
            raise type(error)(f"{name} {error}") from None
    for name, other in _followed(cls):
        if name not in checked:
            checked[name] = checked[other]
    return cls(**checked)


def traced(op: Op) -> Op:
    """The same op with fields that remember their names, for a formula to show its working."""
    named = {}
    for name, info in op.field_infos.items():
        value = getattr(op, name)
        if info.symbol and value is not None:
            named[name] = _named(value, info)
    return op.replaced(**named)


def _named(value: Any, info: FieldInfo) -> Any:
    if info.kind is SIZE_LIST:
        return tuple(map(Traced, value, names_of_axes(len(value))))
    if isinstance(value, tuple):
        equal = len(set(value)) == 1
        places = ("before", "after") if info.kind is ENDS else AXES_OF_POSITIONS[len(value)]
        return tuple(
            Traced(v, info.symbol if equal else f"{info.symbol}_{place}", default=v == info.silent)
            for v, place in zip(value, places, strict=True)
        )
    return Traced(value, info.symbol, default=value == info.silent)


def doc_line(thing: Any) -> str:
    """The first sentences of a docstring, up to its first empty line."""
    return (inspect.getdoc(thing) or "").split("\n\n")[0].replace("\n", " ")
