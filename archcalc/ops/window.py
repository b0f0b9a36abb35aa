"""What one output position of an op sees of its input: all that receptive fields ask of it."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.arithmetic import Number, extent


class Window(NamedTuple):
    """A sliding window, with a size along each axis of positions.

    Output position `o` sees the input positions `(o·stride - padding + k·dilation)/finer`, for each
    `k` below the kernel's size that makes it a whole number.
    """

    kernel_size: tuple[Number, ...]
    stride: tuple[Number, ...]
    padding: tuple[Number, ...]
    dilation: tuple[Number, ...]
    finer: tuple[Number, ...]
    """Positions of the output for each of the input, where a layer makes its map larger."""


class Resampling(NamedTuple):
    """Sizes changed by a ratio along each axis of positions.

    Output position `o` sees the input positions from `(step·o + first)//parts` to
    `(step·o + last)//parts`.
    """

    step: tuple[int, ...]
    parts: tuple[int, ...]
    first: tuple[int, ...]
    last: tuple[int, ...]


class Moved(NamedTuple):
    """Values moved to other positions, in a way that no window describes."""

    reason: str


class PointAndWhole(NamedTuple):
    """The position at the same place, and through statistics of all positions the others too."""


def sliding(
    kernel_size: tuple[Number, ...],
    stride: tuple[Number, ...],
    padding: tuple[Number, ...],
    dilation: tuple[Number, ...] = (),
) -> Window:
    """A window whose output is on the grid of its input, or on one that is coarser."""
    ones = (1,) * len(kernel_size)
    return Window(kernel_size, stride, padding, dilation or ones, ones)


def transposed_window(
    kernel_size: tuple[Number, ...],
    stride: tuple[Number, ...],
    padding: tuple[Number, ...],
    dilation: tuple[Number, ...] = (),
) -> Window:
    """What an output of a transposed window sees: a window on a grid `stride` times finer.

    Output position `o` reads input `i` where `o = i·stride - padding + k·dilation` for some `k`
    below the kernel's size: on the fine grid, up to `extent - 1 - padding` positions before `o`.
    """
    ones = (1,) * len(kernel_size)
    apart = dilation or ones
    along = zip(kernel_size, apart, padding, strict=True)
    before = tuple([extent(k, d) - 1 - p for k, d, p in along])
    return Window(kernel_size, ones, before, apart, finer=stride)


POINT = sliding((1, 1), (1, 1), (0, 0))
"""Each output position sees the one input position at its place."""

WHOLE = None
"""Each output position sees all positions of the input."""

POINT_AND_WHOLE = PointAndWhole()
"""What one output position of a norm over all positions sees, as behind a gate."""

Reach = Window | Resampling | Moved | PointAndWhole | None
"""What one output position of an op sees of its input."""
