"""Small pieces that many ops share."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from archcalc.arithmetic import Number, Zero
from archcalc.ops.in_torch import TorchCall, TorchPart
from archcalc.ops.op import Op, OpError
from archcalc.ops.saved import saves_nothing
from archcalc.ops.window import POINT, Window
from archcalc.shape import Shape


def nothing(reason: str) -> Callable[..., Zero]:
    """A cost that is zero, declared with its reason; a cell of a table ends it at a semicolon."""
    zero = Zero(reason)
    return lambda self, *shapes: zero


def shared(name: str) -> Zero:
    """The parameters of a layer that uses those of another, where they are counted."""
    return Zero(f"uses the parameters of {name}")


def only_arranges(self: Op, y: Shape, *inputs: Shape) -> Sequence[TorchPart]:
    """For ops that consist of calls which no tool counts."""
    return ()


def only_copies(self: Op, y: Shape, *inputs: Shape) -> Sequence[TorchPart]:
    """For ops that arrange numbers and copy them."""
    return (TorchCall("Tensor.clone", y.elements, y.elements),)


def no_operations(self: Op, y: Shape, *inputs: Shape) -> Mapping[str, Number]:
    """For ops that only move numbers."""
    return {}


def same_shape(self: Op, *inputs: Shape) -> Shape:
    """The output of an op that keeps its (first) input's shape."""
    return inputs[0]


def point(self: Op, *inputs: Shape) -> Window:
    """The window of an op that works on each position by itself."""
    return POINT


class Arranging(Op):
    """An op that computes nothing: it moves numbers, or copies them."""

    operations = no_operations
    macs = nothing("it only arranges numbers")
    saved = saves_nothing


class Elementwise(Op):
    """An op of one input that keeps its shape and works on each position by itself."""

    is_elementwise = True
    output = same_shape
    window = point


def as_module(torch: Any, function: Callable[..., Any]) -> Any:
    """A torch module without parameters around a function of its inputs."""

    class Function(torch.nn.Module):  # type: ignore[misc]
        def forward(self, *inputs: Any) -> Any:
            return function(*inputs)

    return Function()


def as_usually_written(sizes: tuple[int, ...]) -> int | tuple[int, ...]:
    """Sizes along several axes as torch's users write them: as one, where they are equal.

    Some tools that count take `MaxPool2d(3)` for another layer than `MaxPool2d((3, 3))`.
    """
    return sizes[0] if len(set(sizes)) == 1 else sizes


def check_map(x: Shape, op: Op) -> None:
    """Raise OpError unless the input is a map."""
    if not x.is_map:
        is_vector = len(x) == 1
        given = f"a vector of {x} features" if is_vector else str(x)
        hint = 'the op "reshape" makes a map of it' if is_vector else ""
        raise OpError(f"{op.name} takes a map CxHxW, got {given}", hint)


def check_up_to_volumes(x: Shape, op: Op) -> None:
    """Raise OpError for more axes than torch's classes of an op go up to."""
    if len(x) > 4:
        raise OpError(f"{op.name} takes a volume CxDxHxW or less, got {x}")


def check_divisible(what: str, size: int, field: str, divisor: int) -> None:
    """Raise OpError unless a size is a multiple of what a field says."""
    if size % divisor:
        raise OpError(f"{what} (={size}) is not divisible by {field} (={divisor})")
