"""One forward pass on torch's meta device, written down call by call.

The pass runs below autograd, where operators arrive as they were called (`linear`, `conv2d`,
`scaled_dot_product_attention`) and not in parts. While a known operator runs, it is taken apart
under the same mode, and the formulas of torch's own FlopCounterMode are summed over its parts: what
torch counts for this very call.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch

from archcalc.importer.constants import computed, known_numbers
from archcalc.importer.heard import (
    DATA,
    FIXED,
    LITERAL,
    Call,
    Heard,
    Listening,
    Root,
    SpelledCall,
    Trouble,
)
from archcalc.importer.nested import sizes_alone
from archcalc.importer.operators import (
    Signature,
    flops_of,
    is_yes_or_no,
    known_output,
    no_rule,
    reads_values,
    signature_of,
    values_read,
)
from archcalc.importer.place import Place
from archcalc.importer.seen_calls import key_of
from archcalc.importer.whole_calls import MOST_KNOWN, CallNumber, WholeCalls, memory_of, tensors_of

MOST_CALLS = 250_000
"""The most calls that a forward pass may make."""


class Ended(Exception):
    """A call that a pass without numbers cannot go beyond."""


class Listener(WholeCalls):
    """Writes down what is called while it is on."""

    def __init__(
        self,
        record: Listening,
        knows: Callable[[Any], bool],
        at: Place,
        is_free: Callable[[Any], bool] | None = None,
        apart: frozenset[CallNumber] = frozenset(),
        replies: Sequence[bool] = (),
    ):
        """
        Args:
            record: where it is written.
            knows: as of WholeCalls.
            at: where in the module it is.
            is_free: where tensors have numbers, whether an operator multiplies nothing; what torch
                counts of others is heard on tensors of their sizes without numbers.
            apart: as of WholeCalls.
            replies: what the first questions about values are answered; later ones with no.
        """
        super().__init__(knows, apart)
        self.record, self.at, self.is_free, self.replies = record, at, is_free, replies
        self.heard: dict[int, tuple[Any, Heard]] = {}
        """What each tensor holds, with the tensor, which keeps its number from being reused."""
        self.writes: dict[int, tuple[int, Heard]] = {}
        """How often the memory of a tensor has been written to, and what was written last."""
        self.inside = 0
        self.flops = 0
        self.spelled: list[SpelledCall] = []
        """The calls by torch's names that are being made, the outer ones first."""
        self.is_busy = False
        """Whether an operator runs, and not the forward between two of them."""

    # --- what tensors hold ------------------------------------------------------------------------

    def introduce(
        self, tensor: Any, kind: int, root: Root | None = None, numbers: Any = None
    ) -> Heard:
        """Say what a tensor is before the pass."""
        span = (0, tensor.numel())
        heard = Heard(tuple(tensor.shape), kind, tensor.is_floating_point(), root, span)
        if numbers is not None and not numbers.is_meta and numbers.numel() <= MOST_KNOWN:
            heard.numbers = numbers
        self.heard[id(tensor)] = (tensor, heard)
        return heard

    def introduce_root(self, tensor: Any, root: Root, numbers: Any = None) -> None:
        """Say that a tensor is a parameter or a buffer; one of whole numbers is a constant.

        Args:
            tensor: it, without memory.
            root: what is known of it.
            numbers: the tensor whose numbers it has, if they may be read.
        """
        if root.is_parameter or tensor.is_floating_point():
            self.record.roots[id(tensor)] = root
            self.introduce(tensor, FIXED, root, numbers)
        else:
            self.introduce(tensor, LITERAL, numbers=numbers)

    def holds(self, tensor: Any) -> Heard:
        """What a tensor holds now; one that nothing has made is a constant."""
        found = self.heard.get(id(tensor))
        if found is None:
            is_known = self.is_free is None and not self.is_without_numbers(tensor)
            return self.introduce(tensor, LITERAL, numbers=tensor.clone() if is_known else None)
        heard = found[1]
        if self.writes:
            write = self.writes.get(memory_of(tensor))
            if write is not None and write[0] > heard.version:
                return self._rewritten(tensor, heard, *write)
        return heard

    def _rewritten(self, tensor: Any, old: Heard, version: int, by: Heard) -> Heard:
        """What a tensor holds after another view of its memory was written to."""
        new = Heard(old.shape, max(old.kind, by.kind), old.is_float, version=version)
        new.call = Call(
            torch.ops.aten.copy.default, {"self": old, "src": by}, (old, by), [new],
            self.at.path, self.at.run, 0, self.number, is_implied=True,
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
                heard.version = self.writes.get(memory_of(tensor), (0,))[0]
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
                memory = memory_of(value)
                heard.version = self.writes.get(memory, (0,))[0] + 1
                self.writes[memory] = (heard.version, heard)

    # --- calls ------------------------------------------------------------------------------------

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        if not isinstance(function, torch._ops.OpOverload):
            raise self._ended(no_rule(function))
        was_busy, self.is_busy = self.is_busy, True
        try:
            if self.inside and function.namespace != "prim":
                return self._part(function, args, kwargs or {})
            return super().__torch_dispatch__(function, types, args, kwargs)
        finally:
            self.is_busy = was_busy

    def whole(self, function: Any, args: Any, kwargs: Any) -> Any:
        """Write a call down."""
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
        except NotImplementedError:
            if self.knows(function):
                raise
            raise self._ended(no_rule(function)) from None
        finally:
            self.inside = 0
        place = self.at
        call = Call(
            function, given, reads, [], place.path, place.run, self.flops // 2, self.number,
            tuple(self.spelled),
        )  # fmt: skip
        self.record.calls.append(call)
        if not signature.written and any(out is a for a in args):
            out = torch.ops.aten.alias(out)  # else what was read would be what is made
        self._made(out, call, signature, args)
        return out

    def _run(self, function: Any, args: Any, kwargs: Any) -> Any:
        """What a call gives, while what torch counts of it is summed."""
        if self.is_free is None:
            if reads_values(function):
                return self._answer(function, args, kwargs)
            return self.placed(self._on_meta, function, args, kwargs)
        out = function(*args, **kwargs)
        if not self.is_free(function):
            self._on_meta(function, sizes_alone(args), sizes_alone(kwargs))
        return out

    def _on_meta(self, function: Any, args: Any, kwargs: Any) -> Any:
        key = key_of(function, args, kwargs)
        seen = self.record.seen.find(key)
        if seen is not None:
            self.flops += seen.flops
            return seen.made(args)
        out, formula = known_output(function, args, kwargs), flops_of(function)
        if out is None:
            out = self._part(function, args, kwargs)
        elif formula is not None:
            self.flops += formula(*args, **kwargs, out_val=out)
        self.record.seen.note(key, self.flops, out, args, kwargs)
        return out

    def _part(self, function: Any, args: Any, kwargs: Any) -> Any:
        formula = flops_of(function)
        if formula is None:
            with self:
                out = function.decompose(*args, **kwargs)
            if out is not NotImplemented:
                return out
        if self.is_free is None and reads_values(function):
            raise self._ended(values_read(function))
        out = function(*args, **kwargs)
        if formula is not None:
            self.flops += formula(*args, **kwargs, out_val=out)
        return out

    def _answer(self, function: Any, args: Any, kwargs: Any) -> Any:
        """What is read of numbers that are those of constants."""
        known = {
            id(tensor): known_numbers(self.holds(tensor)) for tensor in tensors_of(args, kwargs)
        }
        if any(numbers is None for numbers in known.values()):
            reason = values_read(function)
            if not is_yes_or_no(function, args):
                raise self._ended(reason)
            place = len(self.record.questions)
            self.record.questions.append(Trouble(self.at.path or "forward", reason))
            answer = place < len(self.replies) and self.replies[place]
        else:
            answer = computed(function, args, kwargs, lambda tensor: known[id(tensor)])
        self.record.answers.append(answer)
        return sizes_alone(answer)

    def _ended(self, reason: str) -> Ended:
        self.record.troubles.append(Trouble(self.at.path, reason))
        return Ended(reason)


def _is_bookkeeping(call: Call) -> bool:
    """Whether it writes a whole number of the module's own, such as batch norm's count of steps."""
    return bool(call.reads) and call.reads[0].root is not None and not call.reads[0].is_float


def _span(tensor: Any) -> tuple[int, int]:
    different = 1
    for size, stride in zip(tensor.shape, tensor.stride(), strict=True):
        different *= size if stride else 1
    return tensor.storage_offset(), different
