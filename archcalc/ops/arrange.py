"""Ops that arrange numbers along axes: slice, permute, expand, roll, flip.

What they give has memory of its own, in the order of its axes, as all ops' outputs have but those
of a reshape, and of a slice or a permute that is said to be a view. Of those torch's kernels may
round otherwise, as they are chosen by the order in memory.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from archcalc.ops.axes import counted_from_first, first_unless_said, positions
from archcalc.ops.common import (
    Arranging,
    as_module,
    nothing,
    only_arranges,
    only_copies,
    same_shape,
)
from archcalc.ops.fields import field, written
from archcalc.ops.in_torch import TorchCall, TorchPart
from archcalc.ops.kinds import AXIS, AXIS_LIST, COUNT, FLAG, INTEGERS, SIZE, SIZE_LIST
from archcalc.ops.op import Example, OpError
from archcalc.ops.registry import op
from archcalc.ops.window import POINT, Moved, Reach
from archcalc.shape import Shape, with_axes_in_order


def _copied(torch: Any, arranged: Any) -> Any:
    """A tensor with memory of its own, in the order of its axes."""
    return arranged.clone(memory_format=torch.contiguous_format)


def _dims(axes: tuple[int, ...]) -> tuple[int, ...]:
    """The dimensions in torch of axes, which have the batch in front."""
    return tuple(axis if axis < 0 else axis + 1 for axis in axes)


class Copying(Arranging):
    """An op that copies numbers into another order."""

    consists_of = only_copies


def _view() -> Any:
    """The field of an op that may leave numbers where they are."""
    return field(FLAG, "left where it is in memory, and not copied", default=0)


class _ViewOrCopy(Arranging):
    """An op that copies numbers, or with `view` only shows them otherwise."""

    view: int

    @property
    def has_known_gradient(self) -> bool:
        """Some layers that read a view keep a copy of it for their backward pass, others all of
        what it is a view of."""
        return not self.view

    def is_view(self, *inputs: Shape) -> bool:
        return bool(self.view)

    def consists_of(self, y: Shape, *inputs: Shape) -> Sequence[TorchPart]:
        return () if self.view else only_copies(self, y, *inputs)


@op("slice")
class Slice(_ViewOrCopy):
    """Some of the channels of its input, or of another axis: from `start` up to, not including,
    `stop`."""

    stop: int = field(SIZE, "the index to end before, from 0", symbol="stop")
    start: int = field(COUNT, "the first index, from 0", default=0, symbol="start", silent=0)
    step: int = field(SIZE, "from one index to the next", default=1, symbol="step", silent=1)
    axis: int | None = field(AXIS, "along what; the channels of a map or a vector", default=None)
    view: int = _view()

    examples = (
        Example({"start": 2, "stop": 5}, inputs=((8, 3, 3),), output=(3, 3, 3)),
        Example({"start": 1, "stop": 2}, inputs=((2,),), output=(1,)),
        Example({"stop": 4}, inputs=((6,),), output=(4,)),
        Example({"stop": 1, "axis": 0}, ((197, 6),), (1, 6), note="the class token"),
        Example({"stop": 5, "step": 2, "axis": "last"}, ((2, 3, 5),), (2, 3, 3)),
        Example({"start": 4, "stop": 6, "view": True}, ((6, 2, 2),), (2, 2, 2)),
    )

    reads_what_it_keeps = True
    parameters = nothing("a slice has no weights")
    macs = nothing("a slice only leaves numbers out")

    def output(self, x: Shape) -> Shape:
        axis = first_unless_said(self, self.axis, x)
        return x.with_size(axis, (self.stop - self.start + self.step - 1) // self.step)

    def window(self, x: Shape) -> Reach:
        is_moved = first_unless_said(self, self.axis, x) in positions(x)
        return Moved("leaves positions out") if is_moved else POINT

    def check(self, x: Shape) -> None:
        axis = first_unless_said(self, self.axis, x)
        if not self.start < self.stop <= x[axis]:
            what = "channels" if axis == 0 and len(x) in (1, 3) else f"indices of axis {axis}"
            raise OpError(f"takes {what} {self.start} up to {self.stop}; the input has {x[axis]}")

    def settings(self) -> Iterator[str]:
        if self.stop == self.start + 1:
            yield (
                f"channel {self.start}"
                if self.axis is None
                else f"{self.start} of axis {self.axis}"
            )
            return
        indices = f"{self.start} to {self.stop - 1}"
        yield f"channels {indices}" if self.axis is None else f"{indices} of axis {self.axis}"
        if self.step != 1:
            yield f"step {self.step}"

    def module(self, torch: Any, in_channels: int) -> Any:
        (dim,) = _dims((self.axis or 0,))
        indices = slice(self.start, self.stop, self.step)

        def sliced(x: Any) -> Any:
            before = (slice(None),) * (dim % x.dim())
            part = x[(*before, indices)]
            return part if self.view else _copied(torch, part)

        return as_module(torch, sliced)


@op("permute")
class Permute(_ViewOrCopy):
    """Its axes in another order: `[1, 2, 0]` makes HxWxC of CxHxW."""

    order: tuple[int, ...] = field(AXIS_LIST, "the axes of the input, in the order of the output")
    view: int = _view()

    examples = (
        Example({"order": [1, 2, 0]}, ((3, 5, 4),), (5, 4, 3)),
        Example({"order": [1, 2, 0], "view": True}, ((3, 5, 4),), (5, 4, 3)),
        Example({"order": [1, 0]}, ((768, 196),), (196, 768), note="positions as tokens"),
    )

    parameters = nothing("permuting has no weights")

    def settings(self) -> Iterator[str]:
        yield written(self.order)

    def _order(self, x: Shape) -> tuple[int, ...]:
        return tuple(counted_from_first(self, axis, x) for axis in self.order)

    def output(self, x: Shape) -> Shape:
        return with_axes_in_order(x, self._order(x))

    def window(self, x: Shape) -> Reach:
        is_same = all(axis in (i, i - len(x)) for i, axis in enumerate(self.order))
        return POINT if is_same else Moved("puts positions along other axes")

    def check(self, x: Shape) -> None:
        if sorted(self._order(x)) != [*range(len(x))]:
            order = [*self.order]
            raise OpError(f"order {order} does not name each axis of {x} once")

    def module(self, torch: Any, in_channels: int) -> Any:
        dims = (0, *_dims(self.order))

        def permuted(x: Any) -> Any:
            return x.permute(dims) if self.view else _copied(torch, x.permute(dims))

        return as_module(torch, permuted)


@op("expand")
class Expand(Copying):
    """Sizes of 1 repeated as often as asked for."""

    shape: tuple[int, ...] = field(SIZE_LIST, "the sizes of the output")

    examples = (
        Example({"shape": [4, 3, 5]}, ((4, 1, 1),), (4, 3, 5)),
        Example({"shape": [7, 2]}, ((1, 2),), (7, 2)),
    )

    parameters = nothing("repeating has no weights")
    macs = nothing("repeating only copies")

    def output(self, x: Shape) -> Shape:
        return Shape(*self.shape)

    def settings(self) -> Iterator[str]:
        yield f"to {Shape(*self.shape)}"

    def window(self, x: Shape) -> Moved:
        return Moved("repeats positions")

    def check(self, x: Shape) -> None:
        fits = len(x) == len(self.shape) and all(
            a in (1, b) for a, b in zip(x, self.shape, strict=True)
        )
        if not fits:
            raise OpError(f"{x} cannot be repeated to {Shape(*self.shape)}: only sizes of 1 can")

    def module(self, torch: Any, in_channels: int) -> Any:
        return as_module(torch, lambda x: _copied(torch, x.expand(len(x), *self.shape)))


@op("roll")
class Roll(Copying):
    """Positions moved along axes, those at the end to the front (Liu et al. 2021, Swin)."""

    shifts: tuple[int, ...] = field(INTEGERS, "how far along each axis; negative to the front")
    axes: tuple[int, ...] = field(AXIS_LIST, "along which axes", default=(-2, -1))

    examples = (
        Example({"shifts": [-3, -3]}, ((6, 8, 8),), (6, 8, 8)),
        Example({"shifts": 1, "axes": 0}, ((5, 2),), (5, 2)),
    )

    consists_of = only_arranges
    output = same_shape
    parameters = nothing("rolling has no weights")

    def window(self, x: Shape) -> Reach:
        rolled = {counted_from_first(self, axis, x) for axis in self.axes}
        return Moved("rolls positions round") if rolled & set(positions(x)) else POINT

    def check(self, x: Shape) -> None:
        for axis in self.axes:
            counted_from_first(self, axis, x)
        if len(self.shifts) != len(self.axes):
            counts = len(self.shifts), len(self.axes)
            raise OpError(f"has {counts[0]} shifts for {counts[1]} axes")

    def module(self, torch: Any, in_channels: int) -> Any:
        dims = _dims(self.axes)
        return as_module(torch, lambda x: torch.roll(x, self.shifts, dims))


@op("flip")
class Flip(Copying):
    """Positions in reverse order along axes."""

    axes: tuple[int, ...] = field(AXIS_LIST, "along which axes")

    examples = (Example({"axes": "width"}, ((3, 5, 4),), (3, 5, 4)),)

    output = same_shape
    parameters = nothing("flipping has no weights")

    def window(self, x: Shape) -> Reach:
        flipped = {counted_from_first(self, axis, x) for axis in self.axes}
        return Moved("reverses positions") if flipped & set(positions(x)) else POINT

    def check(self, x: Shape) -> None:
        for axis in self.axes:
            counted_from_first(self, axis, x)

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        return (TorchCall("torch.flip", x.elements, y.elements),)

    def module(self, torch: Any, in_channels: int) -> Any:
        return as_module(torch, lambda x: torch.flip(x, _dims(self.axes)))
