"""Pooling to a given number of positions: to one, or to as many as asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archcalc.arithmetic import Number, common_divisor, plain, product
from archcalc.ops.common import nothing
from archcalc.ops.fields import field
from archcalc.ops.kinds import PAIR, Pair
from archcalc.ops.op import Example
from archcalc.ops.registry import op, with_fields
from archcalc.ops.saved import THE_INPUT_SAVED, Saved, saves_input_and_places, saves_nothing
from archcalc.ops.sliding import Sliding
from archcalc.ops.window import WHOLE, Resampling
from archcalc.shape import Shape


class GlobalPool(Sliding):
    """One value a channel, of all positions, however many there are."""

    def output(self, x: Shape) -> Shape:
        return self.shaped(self.channels_of(x), *(1,) * self.dims)

    def window(self, x: Shape) -> None:
        return WHOLE

    def check(self, x: Shape) -> None:
        self.check_rank(x)


class GlobalAvgPool(GlobalPool):
    """The mean of each channel over all positions."""

    words = ("avgpool", "gap")
    parameters = nothing("global average pooling has no weights")
    macs = nothing("additions and one division a channel; no weights")
    saved = saves_nothing

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        channels = self.channels_of(x)
        return {"add": (product(*self.sizes_of(x)) - 1) * channels, "divide": channels}

    def module(self, torch: Any, in_channels: int) -> Any:
        return self.as_it_reads(torch, 1)


@op("global_avg_pool1d")
class GlobalAvgPool1d(GlobalAvgPool, dims=1):
    """The mean of each channel over a whole sequence CxL, or of each feature of tokens LxC."""

    torch_name = "AdaptiveAvgPool1d"
    examples = (
        Example({}, ((6, 5),), (6, 1), operations={"add": 24, "divide": 6}),
        Example({"axis": 0}, ((6, 5),), (1, 5), operations={"add": 25, "divide": 5}),
    )


@op("global_avg_pool2d")
class GlobalAvgPool2d(GlobalAvgPool):
    """The mean of each channel over the whole map (Lin et al. 2013): no weights, any input size."""

    torch_name = "AdaptiveAvgPool2d"
    examples = (
        Example(
            {},
            inputs=((1024, 7, 7),),
            output=(1024, 1, 1),
            operations={"add": 49_152, "divide": 1_024},
            note="GoogLeNet's: 48 additions and a division a channel",
        ),
    )


@op("global_avg_pool3d")
class GlobalAvgPool3d(GlobalAvgPool, dims=3):
    """The mean of each channel over a whole volume CxDxHxW."""

    torch_name = "AdaptiveAvgPool3d"
    examples = (Example({}, ((6, 2, 5, 4),), (6, 1, 1, 1), operations={"add": 234, "divide": 6}),)


class GlobalMaxPool(GlobalPool):
    """The largest value of each channel over all positions."""

    words = ("maxpool",)
    parameters = nothing("global max pooling has no weights")
    macs = nothing("only comparisons")
    saved = saves_input_and_places

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"compare": (product(*self.sizes_of(x)) - 1) * self.channels_of(x)}

    def module(self, torch: Any, in_channels: int) -> Any:
        return self.as_it_reads(torch, 1)


@op("global_max_pool1d")
class GlobalMaxPool1d(GlobalMaxPool, dims=1):
    """The largest value of each channel of a sequence CxL, or of each feature of tokens LxC."""

    torch_name = "AdaptiveMaxPool1d"
    examples = (
        Example({}, ((6, 5),), (6, 1), operations={"compare": 24}),
        Example({"axis": 0}, ((6, 5),), (1, 5), operations={"compare": 25}),
    )


@op("global_max_pool2d")
class GlobalMaxPool2d(GlobalMaxPool):
    """The largest value of each channel over the whole map."""

    torch_name = "AdaptiveMaxPool2d"
    examples = (
        Example(
            {},
            inputs=((6, 5, 4),),
            output=(6, 1, 1),
            operations={"compare": 114},
            note="19 comparisons a channel",
        ),
    )


@op("global_max_pool3d")
class GlobalMaxPool3d(GlobalMaxPool, dims=3):
    """The largest value of each channel over a whole volume CxDxHxW."""

    torch_name = "AdaptiveMaxPool3d"
    examples = (Example({}, ((2, 3, 2, 2),), (2, 1, 1, 1), operations={"compare": 22}),)


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
