"""Pooling to one position, however large the map is."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archcalc.arithmetic import Number, product
from archcalc.ops.common import nothing
from archcalc.ops.op import Example
from archcalc.ops.registry import op
from archcalc.ops.saved import saves_input_and_places, saves_nothing
from archcalc.ops.sliding import Sliding
from archcalc.ops.window import WHOLE
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
