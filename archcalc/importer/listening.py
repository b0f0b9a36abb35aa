"""One forward pass on torch's meta device, written down call by call.

The pass runs below autograd, where operators arrive as they were called (`linear`, `conv2d`,
`scaled_dot_product_attention`) and not in parts. While a known operator runs, it is taken apart
under the same mode, and the formulas of torch's own FlopCounterMode are summed over its parts: what
torch counts for this very call.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode

from archcalc.importer.copying import sizes_alone
from archcalc.importer.heard import DATA, FIXED, LITERAL, Call, Heard, Listening, Root, Trouble
from archcalc.importer.operators import (
    ASKS,
    VALUES_READ,
    Signature,
    flops_of,
    known_output,
    reads_values,
    signature_of,
    taken_apart,
)
from archcalc.importer.place import Place

MOST_CALLS = 250_000
"""The most calls that a forward pass may make."""


class Ended(Exception):
    """A call that a pass without numbers cannot go beyond."""


class Listener(TorchDispatchMode):  # type: ignore[misc]
    """Writes down what is called while it is on."""

    def __init__(
        self,
        record: Listening,
        knows: Callable[[Any], bool],
        at: Place,
        is_free: Callable[[Any], bool] | None = None,
    ):
        """
        Args:
            record: where it is written.
            knows: whether there is a rule for an operator; others are taken apart, if they can be.
            at: where in the module it is.
            is_free: where tensors have numbers, whether an operator multiplies nothing; what torch
                counts of others is heard on tensors of their sizes without numbers.
        """
        super().__init__()
        self.record, self.knows, self.at, self.is_free = record, knows, at, is_free
        self.heard: dict[int, tuple[Any, Heard]] = {}
        """What each tensor holds, with the tensor, which keeps its number from being reused."""
        self.writes: dict[int, tuple[int, Heard]] = {}
        """How often the memory of a tensor has been written to, and what was written last."""
        self.inside = 0
        self.flops = 0

    # --- what tensors hold ------------------------------------------------------------------------

    def introduce(self, tensor: Any, kind: int, root: Root | None = None) -> Heard:
        """Say what a tensor is before the pass."""
        span = (0, tensor.numel())
        heard = Heard(tuple(tensor.shape), kind, tensor.is_floating_point(), root, span)
        self.heard[id(tensor)] = (tensor, heard)
        return heard

    def introduce_root(self, tensor: Any, root: Root) -> None:
        """Say that a tensor is a parameter or a buffer; one of whole numbers is a constant."""
        if root.is_parameter or tensor.is_floating_point():
            self.record.roots[id(tensor)] = root
            self.introduce(tensor, FIXED, root)
        else:
            self.introduce(tensor, LITERAL)

    def holds(self, tensor: Any) -> Heard:
        """What a tensor holds now; one that nothing has made is a constant."""
        found = self.heard.get(id(tensor))
        if found is None:
            return self.introduce(tensor, LITERAL)
        heard = found[1]
        if self.writes:
            write = self.writes.get(_memory(tensor))
            if write is not None and write[0] > heard.version:
                return self._rewritten(tensor, heard, *write)
        return heard

    def _rewritten(self, tensor: Any, old: Heard, version: int, by: Heard) -> Heard:
        """What a tensor holds after another view of its memory was written to."""
        new = Heard(old.shape, max(old.kind, by.kind), old.is_float, version=version)
        new.call = Call(
            torch.ops.aten.copy.default, {"self": old, "src": by}, (old, by), [new],
            self.at.path, self.at.run, 0, is_implied=True,
        )  # fmt: skip
        self.record.calls.append(new.call)
        self.heard[id(tensor)] = (tensor, new)
        return new

    def _read(self, value: Any, reads: list[Heard]) -> Any:
        if isinstance(value, torch.Tensor):
            heard = self.holds(value)
            reads.append(heard)
            return heard
        if isinstance(value, list | tuple):
            return [self._read(v, reads) for v in value]
        return value

    def _made(self, out: Any, call: Call, signature: Signature, args: Any) -> None:
        kind = max((heard.kind for heard in call.reads), default=LITERAL)
        outs = out if isinstance(out, list | tuple) else (out,)
        for tensor in outs:
            if not isinstance(tensor, torch.Tensor):
                continue
            heard = Heard(tuple(tensor.shape), kind, tensor.is_floating_point(), call=call)
            source = call.reads[0] if call.reads else None
            if signature.is_view and source is not None and source.root is not None:
                heard.root, heard.span = source.root, _span(tensor)
            call.makes.append(heard)
            if self.writes:
                heard.version = self.writes.get(_memory(tensor), (0,))[0]
            self.heard[id(tensor)] = (tensor, heard)
        if signature.written and not _is_bookkeeping(call):
            self._written(call, signature, args)

    def _written(self, call: Call, signature: Signature, args: Any) -> None:
        for name, value in zip(signature.names, args, strict=False):
            if name in signature.written and isinstance(value, torch.Tensor):
                heard = self.heard[id(value)][1]
                if heard not in call.makes:  # its output is another tensor object
                    heard = Heard(tuple(value.shape), DATA, value.is_floating_point(), call=call)
                    call.makes.append(heard)
                    self.heard[id(value)] = (value, heard)
                memory = _memory(value)
                heard.version = self.writes.get(memory, (0,))[0] + 1
                self.writes[memory] = (heard.version, heard)

    # --- calls ------------------------------------------------------------------------------------

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if not isinstance(function, torch._ops.OpOverload):
            raise self._ended(f"no rule for {function}; what it costs is unknown")
        if function.namespace == "prim" or function.overloadpacket.__name__ in ASKS:
            return NotImplemented if function.namespace != "prim" else function(*args, **kwargs)
        if function.overloadpacket.__name__ == "_assert_async":
            return None  # what is asserted of numbers has no cost
        if self.inside:
            return self._part(function, args, kwargs)
        if self.is_free is None and reads_values(function):
            raise self._ended(VALUES_READ.format(function.overloadpacket))
        if not self.knows(function):
            with self:
                out = taken_apart(function, args, kwargs)
            if out is not NotImplemented:
                return out
        return self._whole(function, args, kwargs)

    def _whole(self, function: Any, args: Any, kwargs: Any) -> Any:
        if len(self.record.calls) >= MOST_CALLS:
            raise self._ended(f"makes more than {MOST_CALLS:,} calls")
        signature = signature_of(function)
        reads: list[Heard] = []
        given = dict(signature.defaults)
        given.update(zip(signature.names, (self._read(a, reads) for a in args), strict=False))
        given.update((name, self._read(value, reads)) for name, value in kwargs.items())
        self.flops, self.inside = 0, 1
        try:
            out = self._run(function, args, kwargs)
        finally:
            self.inside = 0
        place = self.at
        call = Call(function, given, reads, [], place.path, place.run, self.flops // 2)
        self.record.calls.append(call)
        if not signature.written and any(out is a for a in args):
            out = torch.ops.aten.alias(out)  # else what was read would be what is made
        self._made(out, call, signature, args)
        return out

    def _run(self, function: Any, args: Any, kwargs: Any) -> Any:
        """What a call gives, while what torch counts of it is summed."""
        if self.is_free is None:
            known = known_output(function, args, kwargs)
            return self._part(function, args, kwargs) if known is None else known
        out = function(*args, **kwargs)
        if not self.is_free(function):
            self._part(function, sizes_alone(args), sizes_alone(kwargs))
        return out

    def _part(self, function: Any, args: Any, kwargs: Any) -> Any:
        formula = flops_of(function)
        if formula is None:
            with self:
                out = function.decompose(*args, **kwargs)
            if out is not NotImplemented:
                return out
        if self.is_free is None and reads_values(function):
            raise self._ended(VALUES_READ.format(function.overloadpacket))
        out = function(*args, **kwargs)
        if formula is not None:
            self.flops += formula(*args, **kwargs, out_val=out)
        return out

    def _ended(self, reason: str) -> Ended:
        self.record.troubles.append(Trouble(self.at.path, reason))
        return Ended(reason)


def _is_bookkeeping(call: Call) -> bool:
    """Whether it writes a whole number of the module's own, such as batch norm's count of steps."""
    return bool(call.reads) and call.reads[0].root is not None and not call.reads[0].is_float


def _memory(tensor: Any) -> int:
    return int(tensor.untyped_storage()._cdata)


def _span(tensor: Any) -> tuple[int, int]:
    different = 1
    for size, stride in zip(tensor.shape, tensor.stride(), strict=True):
        different *= size if stride else 1
    return tensor.storage_offset(), different
