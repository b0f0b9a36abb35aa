"""Ops of imported networks alone: operators of torch by their own names, tensors that are computed
of no input, and ops whose weights another layer makes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from archcalc.arithmetic import Number, Zero
from archcalc.errors import ArchcalcError
from archcalc.ops.common import no_operations, nothing
from archcalc.ops.fields import field
from archcalc.ops.in_torch import TorchPart, all_calls
from archcalc.ops.kinds import PLAIN_TEXT, SIZE_LIST
from archcalc.ops.op import Op
from archcalc.ops.registry import with_fields
from archcalc.ops.saved import Saved
from archcalc.ops.window import POINT, WHOLE, Moved, Reach
from archcalc.shape import Shape


class _OfAnImport(Op):
    """An op that no spec can name."""

    @property
    def has_known_gradient(self) -> bool:
        return False

    def saved(self, y: Shape, *inputs: Shape) -> Sequence[Saved]:
        """Nobody has said what its backward pass needs."""
        raise ArchcalcError(f"what {self.name} keeps for the backward pass is not known")

    def module(self, torch: Any, *channels: int) -> Any:
        """There is none: the user's own module has it."""
        raise ArchcalcError(f"no spec has an op for {self.name}: build the module itself")


class Free(NamedTuple):
    """Why an operator of torch has no multiply-adds, and what it does a value instead."""

    reason: str
    per_output: bool = False
    """Whether it does one operation, of its own name, a value of its output."""
    per_input: bool = False
    """Whether it does one a value of its first input, less those that are left."""
    is_pointwise: bool = False


@with_fields
class Called(_OfAnImport):
    """An operator of torch that is known to have no multiply-adds, by its own name."""

    function: str = field(PLAIN_TEXT, "the operator")
    shape: tuple[int, ...] = field(SIZE_LIST, "the sizes of its output")
    free: Free = field(PLAIN_TEXT, "why it has no multiply-adds")

    parameters = nothing("it has no weights")

    @property
    def name(self) -> str:  # type: ignore[override]
        """As torch spells it."""
        return self.function

    @property
    def is_elementwise(self) -> bool:  # type: ignore[override]
        """Whether it works value by value."""
        return self.free.is_pointwise

    def output(self, *inputs: Shape) -> Shape:
        return Shape(*self.shape)

    def macs(self, y: Shape, *inputs: Shape) -> Number:
        return Zero(self.free.reason)

    def operations(self, y: Shape, *inputs: Shape) -> Mapping[str, Number]:
        if self.free.per_output:
            return {self.function: y.elements}
        if self.free.per_input and inputs:
            return {self.function: inputs[0].elements - y.elements}
        return {}

    def axis_names(self, *inputs: Shape) -> tuple[tuple[str, ...], ...]:
        return tuple(tuple(f"size {i + 1}" for i in range(len(x))) for x in (*inputs, self.shape))

    def window(self, *inputs: Shape) -> Reach:
        same = self.free.is_pointwise and all(x == Shape(*self.shape) for x in inputs)
        return POINT if same else Moved(f"{self.function} moves or joins positions")

    def settings(self) -> Iterator[str]:
        return iter(())


@with_fields
class Constant(_OfAnImport):
    """A tensor that forward makes of nothing that is given or learned, such as positions."""

    shape: tuple[int, ...] = field(SIZE_LIST, "its sizes")

    value_inputs = 0
    name = "constant"
    operations = no_operations
    parameters = nothing("it is made in forward, and not learned")
    macs = nothing("it is made of no input, and not multiplied")

    def output(self, *inputs: Shape) -> Shape:
        return Shape(*self.shape)

    def consists_of(self, y: Shape, *inputs: Shape) -> Sequence[TorchPart]:
        """Nothing that tools count."""
        return ()

    def window(self, *inputs: Shape) -> Reach:
        return Moved("is the same for every input")

    def settings(self) -> Iterator[str]:
        return iter(())


@with_fields
class Applied(_OfAnImport):
    """An op whose weights are inputs, all or some: computed, fixed, or another layer's.

    Its first inputs are the op's own; the others are its weights.
    """

    op: Op = field(PLAIN_TEXT, "the op")
    own: int = field(PLAIN_TEXT, "how many of its parameters are its own")
    own_buffers: int = field(PLAIN_TEXT, "how many of its buffers are its own")
    reads: int = field(PLAIN_TEXT, "how many inputs are the op's own")

    def __getattr__(self, name: str) -> Any:
        """A field of the op, such as a kernel size."""
        if name.startswith("__") or name == "op":
            raise AttributeError(name)
        return getattr(self.op, name)

    @property
    def name(self) -> str:  # type: ignore[override]
        """The op's."""
        return self.op.name

    @property
    def is_weighted(self) -> bool:  # type: ignore[override]
        """As the op is."""
        return self.op.is_weighted

    @property
    def has_activations(self) -> bool:
        """As the op has."""
        return self.op.has_activations

    def _of(self, inputs: Sequence[Shape]) -> Sequence[Shape]:
        return inputs[: self.reads]

    def output(self, *inputs: Shape) -> Shape:
        return self.op.output(*self._of(inputs))

    def parameters(self, *inputs: Shape) -> Number:
        return self.own or Zero("its weights are given by other layers")

    def buffers(self, *inputs: Shape) -> Number:
        return self.own_buffers or Zero("none of its own")

    def macs(self, y: Shape, *inputs: Shape) -> Number:
        return self.op.macs(y, *self._of(inputs))

    def operations(self, y: Shape, *inputs: Shape) -> Mapping[str, Number]:
        return self.op.operations(y, *self._of(inputs))

    def consists_of(self, y: Shape, *inputs: Shape) -> Sequence[TorchPart]:
        """What the op does; where a weight is computed, its calls, as a module has its own."""
        parts = self.op.consists_of(y, *self._of(inputs))
        return parts if len(inputs) == self.reads else tuple(all_calls(parts))

    def parameters_read(self, *inputs: Shape) -> Number:
        """Its own, or those of another layer."""
        if len(inputs) > self.reads:
            return self.parameters(*inputs)
        return self.op.parameters_read(*inputs)

    def axis_names(self, *inputs: Shape) -> tuple[tuple[str, ...], ...]:
        *named, last = self.op.axis_names(*self._of(inputs))
        others = (tuple(f"weight {i + 1}" for i in range(len(x))) for x in inputs[self.reads :])
        return (*named, *others, last)

    def window(self, *inputs: Shape) -> Reach:
        return self.op.window(*self._of(inputs)) if len(inputs) == self.reads else WHOLE

    def summary(self, *inputs: Shape) -> str:
        return self.op.summary(*self._of(inputs))


class NothingMade(Shape):
    """The shape of what is not made."""

    __slots__ = ()
    elements = 0


NOT_MADE = NothingMade()


@with_fields
class Unread(_OfAnImport):
    """Parameters and buffers of a module that the forward pass reads nothing of, in this mode."""

    own: int = field(PLAIN_TEXT, "how many parameters")
    own_buffers: int = field(PLAIN_TEXT, "how many buffers")

    value_inputs = 0
    name = "not read"
    operations = no_operations
    macs = nothing("nothing reads it in this mode")

    def output(self, *inputs: Shape) -> Shape:
        return NOT_MADE

    def consists_of(self, y: Shape, *inputs: Shape) -> Sequence[TorchPart]:
        """Nothing that runs, and so nothing that tools count."""
        return ()

    def saved(self, y: Shape, *inputs: Shape) -> Sequence[Saved]:
        return ()

    def module(self, torch: Any, *channels: int) -> Any:
        """There is none: nothing runs."""
        raise ArchcalcError("has parameters that nothing reads: take the module itself")

    def parameters(self, *inputs: Shape) -> Number:
        return self.own or Zero("it has none")

    def buffers(self, *inputs: Shape) -> Number:
        return self.own_buffers or Zero("it has none")

    def axis_names(self, *inputs: Shape) -> tuple[tuple[str, ...], ...]:
        return (*(() for _ in inputs), ())

    def window(self, *inputs: Shape) -> Reach:
        return Moved("reads nothing")

    def settings(self) -> Iterator[str]:
        return iter(())
