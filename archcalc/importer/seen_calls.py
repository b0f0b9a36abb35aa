"""Calls without numbers that were made before: on meta, what is made, and what torch counts of it,
follow from the sizes of what is read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch

from archcalc.importer.operators import signature_of
from archcalc.importer.whole_calls import memory_of, tensors_of

_PLAIN = {torch.Tensor, torch.nn.Parameter, torch.nn.Buffer}
_NUMBERS = {
    torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.int64, torch.int32,
    torch.int16, torch.int8, torch.uint8, torch.bool,
}  # fmt: skip


class SeenCall(NamedTuple):
    """What a call gave."""

    flops: int
    """What torch counts of it."""
    tensors: tuple[tuple[Any, Any, Any], ...]
    """Sizes, strides and kind of number of each tensor that it made; none where it gave the one
    that it wrote to."""
    kind: type | None = None
    """The collection that it gave them in; None of a tensor by itself."""

    def made(self, args: Any) -> Any:
        """The same again, of other tensors of the same sizes."""
        if not self.tensors:
            return args[0]
        made = [
            torch.empty_strided(sizes, strides, dtype=dtype, device="meta")
            for sizes, strides, dtype in self.tensors
        ]
        return made[0] if self.kind is None else self.kind(made)


class SeenCalls:
    """What calls gave, by all that they can know of what they are given."""

    def __init__(self) -> None:
        self._seen: dict[Any, SeenCall] = {}

    def find(self, key: Any) -> SeenCall | None:
        """What a call of this key gave."""
        return None if key is None else self._seen.get(key)

    def note(self, key: Any, flops: int, out: Any, args: Any, kwargs: Any) -> None:
        """Keep what a call gave: tensors with memory of their own, or the one that it wrote to, of
        the sizes that this had before.

        Args:
            key: its key.
            flops: what torch counts of it.
            out: what it gave.
            args: what it was given.
            kwargs: the same by name.
        """
        kind = type(out) if isinstance(out, list | tuple) else None
        if key is None or kind not in (None, list, tuple):
            return
        if signature_of(key[0]).written:
            if args and out is args[0] and _known(args[:1]) == key[1][:1]:
                self._seen[key] = SeenCall(flops, ())
            return
        taken = {memory_of(tensor) for tensor in tensors_of(args, kwargs)}
        tensors = []
        for tensor in [out] if kind is None else out:
            if type(tensor) is not torch.Tensor or not _is_of_sizes_alone(tensor):
                return
            memory = memory_of(tensor)
            if memory in taken:
                return
            taken.add(memory)
            tensors.append((tensor.shape, tensor.stride(), tensor.dtype))
        if tensors:
            self._seen[key] = SeenCall(flops, tuple(tensors), kind)


def key_of(function: Any, args: Any, kwargs: Mapping[str, Any]) -> Any:
    """The key of a call; None where it gives a view, writes to more than its first argument, or is
    given what has more to it than sizes."""
    signature = signature_of(function)
    if signature.is_view or not signature.written.issubset(signature.names[:1]):
        return None
    try:
        key = (function, _known(args), _known(kwargs.items()) if kwargs else ())
        hash(key)
    except TypeError:
        return None
    return key


def _known(values: Any) -> tuple[Any, ...]:
    """
    Raises:
        TypeError: one of them has more to it than its sizes.
    """
    known: list[Any] = []
    for value in values:
        kind = type(value)
        if kind in _PLAIN:
            if not _is_of_sizes_alone(value):
                raise TypeError
            known.append((value.shape, value.stride(), value.dtype))
        elif kind is list or kind is tuple:
            known.append(_known(value))
        elif isinstance(value, torch.Tensor):
            raise TypeError
        else:
            known.append((kind, value))  # 1, 1.0 and True are equal
    return tuple(known)


def _is_of_sizes_alone(tensor: Any) -> bool:
    return tensor.is_meta and tensor.layout == torch.strided and tensor.dtype in _NUMBERS
