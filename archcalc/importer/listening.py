"""One forward pass on torch's meta device, written down call by call.

The pass runs below autograd, where operators arrive as they were called (`linear`, `conv2d`,
`scaled_dot_product_attention`) and not in parts. While a known operator runs, it is taken apart
under the same mode, and the formulas of torch's own FlopCounterMode are summed over its parts: what
torch counts for this very call.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, NamedTuple

import torch
from torch.nn.modules.module import (
    register_module_forward_hook,
    register_module_forward_pre_hook,
)
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils.flop_counter import flop_registry

MOST_CALLS = 250_000
"""The most calls that a forward pass may make."""

LITERAL, FIXED, DATA = range(3)
"""What a value is made of: of nothing but constants, of parameters and buffers too, of inputs."""


class Root(NamedTuple):
    """A parameter or a buffer."""

    name: str
    is_parameter: bool
    shape: tuple[int, ...]
    key: int
    """The same for names of one tensor."""


@dataclass(eq=False, slots=True)
class Heard:
    """What a tensor holds from one write to the next."""

    shape: tuple[int, ...]
    kind: int
    is_float: bool
    root: Root | None = None
    """The parameter or buffer that it is, or is a view of."""
    span: tuple[int, int] = (0, 0)
    """Where in the memory of its root it begins, and how many different numbers it holds."""
    call: Call | None = None
    """The call that made it; None of roots and inputs."""
    version: int = 0
    axis: int | None = None
    """The axis along which samples lie, as `raising` finds it."""


@dataclass(eq=False, slots=True)
class Call:
    """One operator as it was called."""

    function: Any
    given: Mapping[str, Any]
    """Its arguments by their names, defaults too; tensors as what was heard of them."""
    reads: Sequence[Heard]
    makes: list[Heard]
    path: str
    """The module that ran, by its name in the root."""
    run: int
    """Which run of that module it was."""
    macs: int
    is_implied: bool = False
    """Whether nobody called it: a tensor changed as other views of its memory were written to."""

    @property
    def name(self) -> str:
        """`aten.conv2d`, as torch spells it without the overload."""
        return str(self.function.overloadpacket)

    @property
    def word(self) -> str:
        """`conv2d`."""
        return str(self.function.overloadpacket.__name__).rstrip("_")


class Trouble(NamedTuple):
    """What ends, or spoils, the pass: at which module, and what happened."""

    path: str
    reason: str


@dataclass
class Listening:
    """All that was heard of one pass."""

    calls: list[Call] = field(default_factory=list)
    inputs: list[Heard] = field(default_factory=list)
    input_names: list[str] = field(default_factory=list)
    outputs: dict[str, Heard] = field(default_factory=dict)
    troubles: list[Trouble] = field(default_factory=list)
    roots: dict[int, Root] = field(default_factory=dict)
    classes: dict[str, str] = field(default_factory=dict)
    """The class of the module at each path."""


class _Ended(Exception):
    """A call that a pass without numbers cannot go beyond."""


_VALUES_READ = "its cost depends on values: {} reads the numbers of a tensor"
_READS_VALUES = {
    "_local_scalar_dense", "item", "nonzero", "is_nonzero", "masked_select", "unique",
    "_unique2", "unique_dim", "unique_consecutive", "equal", "nonzero_numpy", "argwhere",
    "bincount", "histc", "repeat_interleave.Tensor", "allclose",
}  # fmt: skip


def _reads_values(function: Any) -> bool:
    packet = function.overloadpacket.__name__
    return packet in _READS_VALUES or f"{packet}.{function._overloadname}" in _READS_VALUES


class _Signature(NamedTuple):
    """What a schema says of an operator's arguments."""

    names: tuple[str, ...]
    defaults: Mapping[str, Any]
    written: frozenset[str]
    is_view: bool


@cache
def _signature(function: Any) -> _Signature:
    arguments = function._schema.arguments
    written = {a.name for a in arguments if a.alias_info is not None and a.alias_info.is_write}
    returns = function._schema.returns
    is_view = not written and any(r.alias_info is not None for r in returns)
    defaults = {a.name: a.default_value for a in arguments if a.has_default_value()}
    names = tuple(a.name for a in arguments)
    return _Signature(names, defaults, frozenset(written), is_view)


def is_view(function: Any) -> bool:
    """Whether an operator's output has the memory of its input."""
    return _signature(function).is_view


# What FlopCounterMode has no formula for, and takes for 0: products all the same.
_MISSING: dict[Any, Callable[..., int]] = {
    torch.ops.aten.mv: lambda matrix, vector, **_: 2 * matrix.numel(),
    torch.ops.aten.addmv: lambda bias, matrix, vector, **_: 2 * matrix.numel(),
    torch.ops.aten.dot: lambda a, b, **_: 2 * a.numel(),
    torch.ops.aten.vdot: lambda a, b, **_: 2 * a.numel(),
}


class Listener(TorchDispatchMode):  # type: ignore[misc]
    """Writes down what is called while it is on."""

    def __init__(self, record: Listening, knows: Callable[[Any], bool], at: _Place):
        super().__init__()
        self.record, self.knows, self.at = record, knows, at
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

    def _made(self, out: Any, call: Call, signature: _Signature, args: Any) -> None:
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

    def _written(self, call: Call, signature: _Signature, args: Any) -> None:
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
        if function.namespace == "prim" or function.overloadpacket.__name__ in _ASKS:
            return NotImplemented if function.namespace != "prim" else function(*args, **kwargs)
        if function.overloadpacket.__name__ == "_assert_async":
            return None  # what is asserted of numbers has no cost
        if self.inside:
            return self._part(function, args, kwargs)
        if _reads_values(function):
            raise self._ended(_VALUES_READ.format(function.overloadpacket))
        if not self.knows(function):
            with self:
                out = function.decompose(*args, **kwargs)
            if out is not NotImplemented:
                return out
        return self._whole(function, args, kwargs)

    def _whole(self, function: Any, args: Any, kwargs: Any) -> Any:
        if len(self.record.calls) >= MOST_CALLS:
            raise self._ended(f"makes more than {MOST_CALLS:,} calls")
        signature = _signature(function)
        reads: list[Heard] = []
        given = dict(signature.defaults)
        given.update(zip(signature.names, (self._read(a, reads) for a in args), strict=False))
        given.update((name, self._read(value, reads)) for name, value in kwargs.items())
        self.flops, self.inside = 0, 1
        try:
            out = self._part(function, args, kwargs)
        finally:
            self.inside = 0
        place = self.at
        call = Call(function, given, reads, [], place.path, place.run, self.flops // 2)
        self.record.calls.append(call)
        if not signature.written and any(out is a for a in args):
            out = torch.ops.aten.alias(out)  # else what was read would be what is made
        self._made(out, call, signature, args)
        return out

    def _part(self, function: Any, args: Any, kwargs: Any) -> Any:
        packet = function.overloadpacket
        formula = flop_registry.get(packet)
        if formula is None and packet not in _MISSING:
            with self:
                out = function.decompose(*args, **kwargs)
            if out is not NotImplemented:
                return out
        if self.inside and _reads_values(function):
            raise self._ended(_VALUES_READ.format(function.overloadpacket))
        out = function(*args, **kwargs)
        if formula is not None:
            self.flops += formula(*args, **kwargs, out_val=out)
        elif packet in _MISSING:
            self.flops += _MISSING[packet](*args, **kwargs)
        return out

    def _ended(self, reason: str) -> _Ended:
        self.record.troubles.append(Trouble(self.at.path, reason))
        return _Ended(reason)


_ASKS = {
    "sym_is_contiguous", "is_contiguous", "is_strides_like_format", "is_non_overlapping_and_dense",
    "size", "sym_size", "stride", "sym_stride", "storage_offset", "sym_storage_offset", "numel",
    "sym_numel", "dim",
}  # fmt: skip
"""Questions about a tensor that are no calls."""


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


# --- where the pass is ----------------------------------------------------------------------------


class _Place:
    """Which module runs, and in which of its runs."""

    def __init__(self, root: Any):
        self.names: dict[int, str] = {}
        for name, module in root.named_modules():
            self.names.setdefault(id(module), name)
        self.stack: list[tuple[str, int]] = [("", 0)]
        self.runs: dict[str, int] = {}

    @property
    def path(self) -> str:
        """The name of the module that runs."""
        return self.stack[-1][0]

    @property
    def run(self) -> int:
        """The number of its run, over all modules of its name."""
        return self.stack[-1][1]

    @contextmanager
    def followed(self) -> Iterator[None]:
        """Keeps up with the modules that this thread runs."""
        thread = threading.get_ident()

        def enter(module: Any, inputs: Any) -> None:
            if threading.get_ident() == thread:
                name = self.names.get(id(module), self.path)
                self.runs[name] = self.runs.get(name, 0) + 1
                self.stack.append((name, self.runs[name]))

        def leave(module: Any, inputs: Any, output: Any) -> None:
            if threading.get_ident() == thread:
                self.stack.pop()

        hooks = [
            register_module_forward_pre_hook(enter),
            register_module_forward_hook(leave),
        ]
        try:
            yield
        finally:
            for hook in hooks:
                hook.remove()


@contextmanager
def below_autograd() -> Iterator[None]:
    """No gradients, and operators as they were called: autograd, which takes them apart, is off."""
    with torch.no_grad(), torch._C._AutoDispatchBelowAutograd():
        yield


def listen(
    module: Any, inputs: Sequence[Any], named: Mapping[str, Any], knows: Callable[[Any], bool]
) -> Listening:
    """Run a module on the meta device once, and write down what it calls.

    Args:
        module: a copy without memory.
        inputs: what its forward takes, tensors without memory among it.
        named: the same by name.
        knows: whether there is a rule for an operator; others are taken apart where they can be.
    """
    record, place = Listening(), _Place(module)
    record.classes = {name: type(m).__name__ for name, m in module.named_modules()}
    listener = Listener(record, knows, place)
    for name, parameter in module.named_parameters(remove_duplicate=False):
        known = record.roots.get(id(parameter))
        if known is None:
            root = Root(name, True, tuple(parameter.shape), id(parameter))
            record.roots[id(parameter)] = root
            listener.introduce(parameter, FIXED, root)
    for name, buffer in module.named_buffers():
        is_stored = buffer.is_floating_point()
        root = Root(name, False, tuple(buffer.shape), id(buffer))
        if is_stored:
            record.roots[id(buffer)] = root
        listener.introduce(buffer, FIXED if is_stored else LITERAL, root if is_stored else None)
    for tensor in tensors_in((inputs, named)).values():
        record.inputs.append(listener.introduce(tensor, DATA))
    try:
        with below_autograd(), place.followed(), listener:
            output = module(*inputs, **named)
    except _Ended:
        return record
    except Exception as error:
        if not record.troubles:
            record.troubles.append(Trouble(place.path, _raised(error, record)))
        return record
    for name, tensor in tensors_in(output).items():
        record.outputs[name] = listener.holds(tensor)
    return record


def _raised(error: Exception, record: Listening) -> str:
    text = (str(error).strip() or type(error).__name__).split("\n")[0]
    if "meta tensor" in text or "Meta tensor" in text or "meta device" in text:
        return f"its cost depends on values, which the meta device has none of: {text}"
    given = ", ".join("x".join(map(str, heard.shape)) for heard in record.inputs)
    return f"forward raised {type(error).__name__}: {text}; the input was {given}"


def tensors_in(value: Any, name: str = "") -> dict[str, Any]:
    """The tensors in what a forward takes or gives, by where they are in it: `out`, `aux.0`."""
    if isinstance(value, torch.Tensor):
        return {name: value}
    if isinstance(value, Mapping):
        items: Any = value.items()
    elif hasattr(value, "_fields"):
        items = zip(value._fields, value, strict=True)
    elif isinstance(value, list | tuple):
        items = enumerate(value)
    elif hasattr(value, "__dataclass_fields__"):
        items = ((key, getattr(value, key)) for key in value.__dataclass_fields__)
    else:
        return {}
    found: dict[str, Any] = {}
    for key, inner in items:
        found |= tensors_in(inner, f"{name}.{key}" if name else str(key))
    return found


class _Sequence(TorchDispatchMode):  # type: ignore[misc]
    """Notes which operators are called."""

    def __init__(self, knows: Callable[[Any], bool]):
        super().__init__()
        self.knows = knows
        self.seen: list[Any] = []

    def __torch_dispatch__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if function.namespace == "prim" or function.overloadpacket.__name__ in _ASKS:
            return NotImplemented if function.namespace != "prim" else function(*args, **kwargs)
        if function.overloadpacket.__name__ == "_assert_async":
            return None
        if not self.knows(function):
            with self:
                out = function.decompose(*args, **kwargs)
            if out is not NotImplemented:
                return out
        self.seen.append(function)
        return function(*args, **kwargs)


def hear_again(
    module: Any, inputs: Sequence[Any], named: Mapping[str, Any], knows: Callable[[Any], bool]
) -> list[Any]:
    """Run a module once more: the operators that it calls."""
    sequence = _Sequence(knows)
    with below_autograd(), sequence:
        module(*inputs, **named)
    return sequence.seen
