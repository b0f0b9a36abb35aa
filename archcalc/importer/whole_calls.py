"""A pass without numbers: each operator runs whole where there is a rule for it, in parts where
there is none, and on meta wherever a tensor without numbers takes part."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode, _disable_current_modes

from archcalc.importer.copying import without_memory
from archcalc.importer.operators import ASKS, signature_of, taken_apart

CallNumber = tuple[int, ...]
"""Which call of a pass it is: the how-manieth, and of one that is in parts, which part."""

MOST_KNOWN = 1 << 20
"""The most numbers of a constant that are computed."""


class WholeCalls(TorchDispatchMode):  # type: ignore[misc]
    """Sees each call of an operator that there is a rule for, and takes the others apart."""

    def __init__(self, knows: Callable[[Any], bool], apart: frozenset[CallNumber] = frozenset()):
        """
        Args:
            knows: whether there is a rule for an operator; others are taken apart, if they can be.
            apart: calls that are taken apart all the same, if they can be.
        """
        super().__init__()
        self.knows, self.apart = knows, apart
        self._count = [0]
        self._lost: set[int] = set()
        """Memory elsewhere than on meta that values without numbers were written to."""

    @property
    def number(self) -> CallNumber:
        """The number of the call that is made."""
        return tuple(self._count)

    def whole(self, function: Any, args: Any, kwargs: Any) -> Any:
        """What a call gives that is not taken apart."""
        raise NotImplementedError

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if function.namespace == "prim":
            return function(*args, **kwargs)
        word = function.overloadpacket.__name__
        if word in ASKS:  # TorchScript asks too
            return function(*args, **kwargs)
        if word == "_assert_async":
            return None  # what is asserted of numbers has no cost
        self._count[-1] += 1
        if not self.knows(function) or self.number in self.apart:
            self._count.append(0)
            try:
                with self:
                    out = taken_apart(function, args, kwargs)
            finally:
                self._count.pop()
            if out is not NotImplemented:
                return out
        return self.whole(function, args, kwargs)

    # --- devices ----------------------------------------------------------------------------------

    def is_without_numbers(self, tensor: Any) -> bool:
        """Whether nobody knows the numbers of a tensor, wherever it is."""
        return bool(tensor.is_meta) or (bool(self._lost) and memory_of(tensor) in self._lost)

    def placed(self, run: Callable[..., Any], function: Any, args: Any, kwargs: Any) -> Any:
        """What a call gives, run on meta if a tensor without numbers takes part. Constants that a
        forward makes elsewhere keep their numbers, unless they are many.

        Args:
            run: takes the function, its arguments and those by name, and runs it on meta.
            function: the operator.
            args: its arguments.
            kwargs: those by name.
        """
        meet = False
        elsewhere = []
        for tensor in tensors_of(args, kwargs):
            if tensor.is_meta:
                meet = True
            else:
                elsewhere.append(tensor)
        device = _device(function, args, kwargs)
        has_meta = _is_meta(device)
        if not elsewhere and (has_meta or (meet and device is None)):
            return run(function, args, kwargs)
        moved: dict[int, Any] = {}
        at_meta = _moved(args, moved), _moved(kwargs, moved)
        at_meta = _on_meta(function, *at_meta, device is not None or not (meet or elsewhere))
        out = run(function, *at_meta)
        if meet or any(map(self.is_without_numbers, elsewhere)):
            self._lose(function, args)
            back = {id(moved[id(here)]): here for here in elsewhere}
            return back.get(id(out), out)
        is_drawn = torch.Tag.nondeterministic_seeded in function.tags
        if is_drawn or sum(x.numel() for x in tensors_of((out,), {})) > MOST_KNOWN:
            self._lose(function, args)
            return out
        with _disable_current_modes():
            return function(*args, **kwargs)

    def _lose(self, function: Any, args: Any) -> None:
        """Note that what a call writes to has no numbers any more."""
        signature = signature_of(function)
        for name, value in zip(signature.names, args, strict=False):
            if name in signature.written and isinstance(value, torch.Tensor) and not value.is_meta:
                self._lost.add(memory_of(value))


def memory_of(tensor: Any) -> int:
    """The same for all views of one tensor."""
    return int(tensor.untyped_storage()._cdata)


def tensors_of(args: Any, kwargs: Mapping[str, Any]) -> Iterator[Any]:
    """The tensors among the arguments of a call, or among what it gives."""
    for value in (*args, *kwargs.values()) if kwargs else args:
        if isinstance(value, torch.Tensor):
            yield value
        elif isinstance(value, list | tuple):
            yield from tensors_of(value, {})


def _device(function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """The device that a call asks for."""
    if "device" in kwargs:
        return kwargs["device"]
    names = signature_of(function).names
    place = names.index("device") if "device" in names else len(args)
    return args[place] if place < len(args) else None


def _is_meta(device: Any) -> bool:
    return device is not None and torch.device(device).type == "meta"


def _on_meta(function: Any, args: Any, kwargs: Any, has_device: bool) -> tuple[Any, Any]:
    """The arguments with the device meta, where they have one."""
    names = signature_of(function).names
    if not has_device or "device" not in names:
        return args, kwargs
    place = names.index("device")
    if place < len(args):
        return (*args[:place], torch.device("meta"), *args[place + 1 :]), kwargs
    return args, {**kwargs, "device": torch.device("meta")}


def _moved(value: Any, known: dict[int, Any]) -> Any:
    """The same with tensors on meta."""
    if isinstance(value, torch.Tensor):
        if value.is_meta:
            return value
        if id(value) not in known:
            known[id(value)] = without_memory(value)
        return known[id(value)]
    if isinstance(value, Mapping):
        return {name: _moved(inner, known) for name, inner in value.items()}
    return [_moved(inner, known) for inner in value] if isinstance(value, list | tuple) else value
