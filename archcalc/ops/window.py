"""What one output position of an op sees of its input: all that receptive fields ask of it."""

from __future__ import annotations

from typing import NamedTuple

from archcalc.arithmetic import Number

SAME_GRID = (1, 1)


class Window(NamedTuple):
    """A sliding window, (height, width) each: output position `o` sees the input positions
    `(o·stride - padding + k·dilation)/finer`, for each `k` below the kernel's size that makes it a
    whole number."""

    kernel_size: tuple[Number, Number]
    stride: tuple[Number, Number]
    padding: tuple[Number, Number]
    dilation: tuple[Number, Number] = (1, 1)
    finer: tuple[Number, Number] = SAME_GRID
    """Positions of the output for each of the input, where a layer makes its map larger."""


class Resampling(NamedTuple):
    """Sizes changed by a ratio, (height, width) each: output position `o` sees the input positions
    from `(step·o + first)//parts` to `(step·o + last)//parts`."""

    step: tuple[int, int]
    parts: tuple[int, int]
    first: tuple[int, int]
    last: tuple[int, int]


class Moved(NamedTuple):
    """Values moved to other positions, in a way that no window describes."""

    reason: str


class PointAndWhole(NamedTuple):
    """The position at the same place, and through statistics of all positions the others too."""


POINT = Window((1, 1), (1, 1), (0, 0))
"""Each output position sees the one input position at its place."""

WHOLE = None
"""Each output position sees all positions of the input."""

POINT_AND_WHOLE = PointAndWhole()
"""What one output position of a norm over all positions sees, as behind a gate."""

Reach = Window | Resampling | Moved | PointAndWhole | None
"""What one output position of an op sees of its input."""
