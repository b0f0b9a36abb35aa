"""What a call looks like for one sample: its tensors without the axis along which samples lie."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from archcalc.importer.heard import DATA, Call, Heard
from archcalc.ops.op import Op
from archcalc.shape import Shape


class CannotSay(Exception):
    """A call that no op of archcalc expresses, though its cost may be known."""


@dataclass
class Raised:
    """A call as an op of archcalc."""

    op: Op
    inputs: Sequence[tuple[Heard, Shape]]
    """What it reads, each as the op sees it."""
    weights: Sequence[Heard] = ()
    """The parameters and buffers that are the op's own, and what was computed in their place."""
    axis: int | None = None
    """The axis of what it makes along which samples lie; None where it runs once for all."""
    output: int = 0
    """Which of the call's outputs it makes."""
    beside: Sequence[Heard] = ()
    """What it reads beside its inputs and weights, such as a first state."""


@dataclass
class Site:
    """A call, seen for one sample."""

    call: Call
    batch: int
    """Samples of the whole network."""
    data: list[Heard] = field(init=False)

    def __post_init__(self) -> None:
        self.data = [heard for heard in self.call.reads if heard.kind == DATA]

    def __getitem__(self, name: str) -> Any:
        return self.call.given.get(name)

    @property
    def made(self) -> Heard:
        """Its first output."""
        return self.call.makes[0]

    def flag(self, name: str) -> int:
        """An argument that is true or false, as a field of an op."""
        return int(bool(self[name]))

    def sizes(self, name: str, dims: int) -> tuple[int, ...]:
        """An argument of one size, or of one along each axis of positions."""
        value = self[name]
        if isinstance(value, int):
            return (value,) * dims
        return (value[0],) * dims if len(value) == 1 else tuple(value)


def exact(number: Any) -> Any:
    """A number of a call as fields of ops keep it, by its shortest decimal.

    >>> exact(0.1), exact(2.0)
    (Fraction(1, 10), 2)
    """
    fraction = Fraction(repr(number)) if isinstance(number, float) else Fraction(number)
    return fraction.numerator if fraction.denominator == 1 else fraction


def without(sizes: Sequence[int], axis: int | None) -> Shape:
    """Sizes without those along an axis."""
    return Shape(*(size for i, size in enumerate(sizes) if i != axis))


def counted(axis: int, rank: int) -> int:
    """An axis counted from the first, which may be given from the end."""
    return axis % rank if rank else 0


def inside(axis: int, rank: int, samples: int | None) -> int:
    """An axis of a tensor as an axis of one sample.

    Raises:
        CannotSay: it is the one along which samples lie.
    """
    axis = counted(axis, rank)
    if axis == samples:
        raise CannotSay
    return axis - (samples is not None and samples < axis)


def in_rank(heard: Heard, rank: int, samples: int | None) -> Shape:
    """An operand of arithmetic, in as many sizes as the result has, without the axis of samples."""
    sizes = (*(1,) * (rank - len(heard.shape)), *heard.shape)
    return without(sizes, samples)


def axis_of(heard: Heard, rank: int) -> int | None:
    """The axis of samples of an operand, counted in a result of so many sizes."""
    return None if heard.axis is None else heard.axis + rank - len(heard.shape)


def common_axis(operands: Sequence[Heard], made: Heard) -> int | None:
    """The axis along which the samples of all operands lie, in the result's sizes; None where they
    do not lie along one."""
    rank = len(made.shape)
    axes = {axis_of(heard, rank) for heard in operands if heard.kind == DATA}
    if len(axes) != 1:
        return None
    (axis,) = axes
    if axis is None or not 0 <= axis < rank:
        return None
    for heard in operands:
        sizes = (*(1,) * (rank - len(heard.shape)), *heard.shape)
        if sizes[axis] not in (1, made.shape[axis]):
            return None
    return axis


def guessed_axis(shape: Sequence[int], batch: int) -> int | None:
    """Where samples may lie again that were folded into another axis: in front, or behind tokens.

    What an axis is taken for changes how a node is shown; its cost is the same either way.
    """
    if len(shape) > 1 and shape[0] == batch:
        return 0
    return 1 if len(shape) == 3 and shape[1] == batch else None


CallRule = Callable[[Site], Raised]
