"""The tensors in what a forward, or an operator, takes and gives."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from types import ModuleType
from typing import Any

import torch

from archcalc.importer.copying import NOT_COPIED, CannotCopy, CopiesWithoutMemory, without_memory


def tensors_in(value: Any, name: str = "", within: tuple[Any, ...] = ()) -> dict[str, Any]:
    """The tensors in what a forward takes or gives, by where they are in it: `out`, `aux.0`.

    Args:
        value: a tensor, or what holds some: a collection, or an object with attributes.
        name: what it is called.
        within: the objects that hold it, which are not entered again.
    """
    if isinstance(value, torch.Tensor):
        return {name: value}
    if isinstance(value, Mapping):
        items: Any = value.items()
    elif hasattr(value, "_fields"):
        items = zip(value._fields, value, strict=True)
    elif isinstance(value, list | tuple):
        items = enumerate(value)
    elif hasattr(value, "__dataclass_fields__"):
        items = ((key, getattr(value, key, None)) for key in value.__dataclass_fields__)
    elif _is_record(value):
        items = vars(value).items()
    else:
        return {}
    if any(value is outer for outer in within):
        return {}
    found: dict[str, Any] = {}
    for key, inner in items:
        found |= tensors_in(inner, f"{name}.{key}" if name else str(key), (*within, value))
    return found


def _is_record(value: Any) -> bool:
    """Whether it is an object that is there for its attributes."""
    is_other = isinstance(value, type | ModuleType | torch.nn.Module) or callable(value)
    return hasattr(value, "__dict__") and not is_other


def sizes_alone(value: Any) -> Any:
    """Arguments of a call, or of a forward, with tensors without memory in the place of their
    own.

    Raises:
        CannotCopy: an object with tensors holds what Python cannot copy, or depends on values.
    """
    if isinstance(value, torch.Tensor):
        return without_memory(value)
    if isinstance(value, Mapping):
        made = {key: sizes_alone(inner) for key, inner in value.items()}
        return made if type(value) is dict else type(value)(made)  # type: ignore[call-arg]
    if hasattr(value, "_fields"):
        try:
            return type(value)(*map(sizes_alone, value))
        except ValueError as error:  # as of a sequence that is packed by the numbers of its lengths
            raise CannotCopy(f"{type(value).__name__}: {error}") from error
    if isinstance(value, list | tuple):
        return type(value)(map(sizes_alone, value))
    if (_is_record(value) or hasattr(value, "__dataclass_fields__")) and tensors_in(value):
        try:
            with CopiesWithoutMemory():
                return copy.deepcopy(value)
        except NOT_COPIED as error:
            raise CannotCopy(f"{type(value).__name__}: {error}") from error
    return value
