"""The registry of all ops, what their fields declare, and how one is made from plain values."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping, Sequence
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
    """Declare the fields of an op, or of a class that ops share: those of its bases, then its own.

    To type checkers it is a dataclass; its methods are `Op`'s, since those that `dataclass` would
    write for each op cost a third of the time that a command takes.
    """
    infos: dict[str, FieldInfo] = {}
    for base in reversed(cls.__mro__[1:]):
        infos |= vars(base).get("field_infos", {})
    own = {name: info for name, info in vars(cls).items() if isinstance(info, FieldInfo)}
    for name, info in own.items():
        if info.default is REQUIRED:
            delattr(cls, name)
        else:
            setattr(cls, name, info.default)
    cls.field_infos = infos | own
    cls.field_names = tuple(cls.field_infos)
    cls.field_defaults = {name: info.default for name, info in cls.field_infos.items()}
    cls.read_fields = staticmethod(_reader(cls.field_names))
    defaults = cls.field_defaults.items()
    cls.required_fields = tuple([name for name, default in defaults if default is REQUIRED])
    return cls


def _reader(names: Sequence[str]) -> Callable[[Op], tuple[Any, ...]]:
    """What reads some fields of an op at once."""
    if not names:
        return lambda op: ()
    read = attrgetter(*names)
    return read if names[1:] else lambda op: (read(op),)


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def op(name: str) -> Callable[[_Declared], _Declared]:
    """Register a class as the op `name`, and declare its fields.

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
