"""Pooling to as many positions as asked for, by windows that lie evenly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archcalc.arithmetic import Number, common_divisor, plain, product
from archcalc.ops.common import nothing
from archcalc.ops.fields import field
from archcalc.ops.kinds import PAIR, Pair
from archcalc.ops.op import Example
from archcalc.ops.registry import op, with_fields
from archcalc.ops.saved import THE_INPUT_SAVED, Saved, saves_input_and_places
from archcalc.ops.sliding import Sliding
from archcalc.ops.window import WHOLE, Resampling
from archcalc.shape import Shape


class AdaptivePool(Sliding):
    """Pooling by windows that lie evenly over the map, however large that is.

    Along an axis of `size` positions output `o` of `out` reads those from `o·size//out` up to
    `(o + 1)·size/out`, rounded up; where that is no whole number, neighbours share a position.
    """

    output_size: Pair

    def output(self, x: Shape) -> Shape:
        return self.shaped(self.channels_of(x), *self.output_size)

    def window(self, x: Shape) -> Resampling | None:
        sizes = tuple(map(plain, self.sizes_of(x)))
        out = tuple(map(plain, self.output_size))
        if set(out) == {1}:
            return WHOLE
        return Resampling(sizes, out, (0,) * self.dims, tuple(size - 1 for size in sizes))

    def check(self, x: Shape) -> None:
        self.check_rank(x)

    def values_read(self, y: Shape, x: Shape) -> Number:
        """How many values all windows read: `size + out - the common divisor` along an axis, since
        neighbours share a position wherever their border is inside one."""
        along = zip(self.sizes_of(x), self.sizes_of(y), strict=True)
        read = [size + out - common_divisor(size, out) for size, out in along]
        return product(self.channels_of(y), *read)


@with_fields
class AdaptiveAvgPool(AdaptivePool):
    """The means of windows that lie evenly."""

    output_size: Pair = field(PAIR, "positions of the output", symbol="size")

    words = ("avgpool",)
    parameters = nothing("average pooling has no weights")
    macs = nothing("additions and one division; no weights")

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"add": self.values_read(y, x) - y.elements, "divide": y.elements}

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        return () if set(self.output_size) == {1} else (THE_INPUT_SAVED,)

    def module(self, torch: Any, in_channels: int) -> Any:
        return self.as_it_reads(torch, self.output_size)


@op("adaptive_avg_pool1d")
class AdaptiveAvgPool1d(AdaptiveAvgPool, dims=1):
    """The means of windows that lie evenly over a sequence CxL, or over tokens LxC."""

    torch_name = "AdaptiveAvgPool1d"
    examples = (
        Example({"output_size": 3}, ((2, 5),), (2, 3), operations={"add": 8, "divide": 6}),
        Example(
            {"output_size": 2, "axis": 0}, ((4, 3),), (2, 3), operations={"add": 6, "divide": 6}
        ),
    )


@op("adaptive_avg_pool2d")
class AdaptiveAvgPool2d(AdaptiveAvgPool):
    """The means of windows that lie evenly over the map, so many as asked for."""

    torch_name = "AdaptiveAvgPool2d"
    examples = (
        Example(
            {"output_size": 6},
            inputs=((256, 12, 6),),
            output=(256, 6, 6),
            operations={"add": 9_216, "divide": 9_216},
            note="windows of 2x1: an addition and a division each",
        ),
        Example(
            {"output_size": [3, 2]},
            inputs=((2, 5, 4),),
            output=(2, 3, 2),
            operations={"add": 44, "divide": 12},
            note="rows 0-1, 1-3, 3-4, which are 7, and columns 0-1, 2-3: 2·7·4 - 12 additions",
        ),
    )


@op("adaptive_avg_pool3d")
class AdaptiveAvgPool3d(AdaptiveAvgPool, dims=3):
    """The means of windows that lie evenly over a volume CxDxHxW."""

    torch_name = "AdaptiveAvgPool3d"
    examples = (
        Example(
            {"output_size": [1, 2, 2]},
            inputs=((2, 3, 4, 4),),
            output=(2, 1, 2, 2),
            operations={"add": 88, "divide": 8},
        ),
    )


@with_fields
class AdaptiveMaxPool(AdaptivePool):
    """The largest values of windows that lie evenly."""

    output_size: Pair = field(PAIR, "positions of the output", symbol="size")

    words = ("maxpool",)
    parameters = nothing("max pooling has no weights")
    macs = nothing("only comparisons")
    saved = saves_input_and_places

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"compare": self.values_read(y, x) - y.elements}

    def module(self, torch: Any, in_channels: int) -> Any:
        return self.as_it_reads(torch, self.output_size)


@op("adaptive_max_pool1d")
class AdaptiveMaxPool1d(AdaptiveMaxPool, dims=1):
    """The largest values of windows that lie evenly over a sequence CxL, or over tokens LxC."""

    torch_name = "AdaptiveMaxPool1d"
    examples = (
        Example(
            {"output_size": 3},
            ((2, 5),),
            (2, 3),
            operations={"compare": 8},
            note="positions 0-1, 1-3, 3-4, which are 7: 2·7 - 6 comparisons",
        ),
        Example({"output_size": 2, "axis": 0}, ((4, 3),), (2, 3), operations={"compare": 6}),
    )


@op("adaptive_max_pool2d")
class AdaptiveMaxPool2d(AdaptiveMaxPool):
    """The largest values of windows that lie evenly over the map, so many as asked for."""

    torch_name = "AdaptiveMaxPool2d"
    examples = (
        Example(
            {"output_size": [3, 2]},
            inputs=((2, 5, 4),),
            output=(2, 3, 2),
            operations={"compare": 44},
        ),
    )


@op("adaptive_max_pool3d")
class AdaptiveMaxPool3d(AdaptiveMaxPool, dims=3):
    """The largest values of windows that lie evenly over a volume CxDxHxW."""

    torch_name = "AdaptiveMaxPool3d"
    examples = (
        Example(
            {"output_size": [1, 2, 2]},
            inputs=((2, 3, 4, 4),),
            output=(2, 1, 2, 2),
            operations={"compare": 88},
            note="2·3·4·4 - 8 comparisons",
        ),
    )
