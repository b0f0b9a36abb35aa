"""Pooling to a given number of positions: to one, or to as many as asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archcalc.arithmetic import Number, common_divisor, plain, product
from archcalc.ops.fields import PAIR, Pair, field
from archcalc.ops.op import Example, Op, check_map, nothing
from archcalc.ops.registry import op
from archcalc.ops.saved import THE_INPUT_SAVED, Saved, saves_nothing
from archcalc.ops.window import WHOLE, Resampling
from archcalc.shape import Shape


@op("global_avg_pool2d")
class GlobalAvgPool2d(Op):
    """The mean of each channel over the whole map (Lin et al. 2013): no weights, any input size."""

    words = ("avgpool", "gap")
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

    parameters = nothing("global average pooling has no weights")
    macs = nothing("additions and one division a channel; no weights")
    saved = saves_nothing

    def output(self, x: Shape) -> Shape:
        return Shape(x.channels, 1, 1)

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"add": (product(x.height, x.width) - 1) * x.channels, "divide": x.channels}

    def window(self, x: Shape) -> None:
        return WHOLE

    def check(self, x: Shape) -> None:
        check_map(x, self)

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.AdaptiveAvgPool2d(1)


@op("global_max_pool2d")
class GlobalMaxPool2d(Op):
    """The largest value of each channel over the whole map."""

    words = ("maxpool",)
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

    parameters = nothing("global max pooling has no weights")
    macs = nothing("only comparisons")

    def output(self, x: Shape) -> Shape:
        return Shape(x.channels, 1, 1)

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"compare": (product(x.height, x.width) - 1) * x.channels}

    def window(self, x: Shape) -> None:
        return WHOLE

    def check(self, x: Shape) -> None:
        check_map(x, self)

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        return THE_INPUT_SAVED, Saved("indices", y.elements, 8)

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.AdaptiveMaxPool2d(1)


class AdaptivePool(Op):
    """Pooling by windows that lie evenly over the map, however large that is.

    Along an axis of `size` positions output `o` of `out` reads those from `o·size//out` up to
    `(o + 1)·size/out`, rounded up; where that is no whole number, neighbours share a position.
    """

    output_size: Pair

    def output(self, x: Shape) -> Shape:
        return Shape(x.channels, *self.output_size)

    def window(self, x: Shape) -> Resampling | None:
        sizes = plain(x.height), plain(x.width)
        out = plain(self.output_size[0]), plain(self.output_size[1])
        if out == (1, 1):
            return WHOLE
        return Resampling(sizes, out, (0, 0), (sizes[0] - 1, sizes[1] - 1))

    def check(self, x: Shape) -> None:
        check_map(x, self)


def _values_read(y: Shape, x: Shape) -> Number:
    """How many values all windows read: `size + out - the common divisor` along an axis, since
    neighbours share a position wherever their border is inside one."""
    height, width = (_read(*along) for along in ((x.height, y.height), (x.width, y.width)))
    return product(y.channels, height, width)


def _read(size: Number, out: Number) -> Number:
    return size + out - common_divisor(size, out)


@op("adaptive_avg_pool2d")
class AdaptiveAvgPool2d(AdaptivePool):
    """The means of windows that lie evenly over the map, so many as asked for."""

    output_size: Pair = field(PAIR, "positions of the output", symbol="size")

    words = ("avgpool",)
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

    parameters = nothing("average pooling has no weights")
    macs = nothing("additions and one division; no weights")

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"add": _values_read(y, x) - y.elements, "divide": y.elements}

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        return () if self.output_size == (1, 1) else (THE_INPUT_SAVED,)

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.AdaptiveAvgPool2d(self.output_size)


@op("adaptive_max_pool2d")
class AdaptiveMaxPool2d(AdaptivePool):
    """The largest values of windows that lie evenly over the map, so many as asked for."""

    output_size: Pair = field(PAIR, "positions of the output", symbol="size")

    words = ("maxpool",)
    torch_name = "AdaptiveMaxPool2d"
    examples = (
        Example(
            {"output_size": [3, 2]},
            inputs=((2, 5, 4),),
            output=(2, 3, 2),
            operations={"compare": 44},
        ),
    )

    parameters = nothing("max pooling has no weights")
    macs = nothing("only comparisons")

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"compare": _values_read(y, x) - y.elements}

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        return THE_INPUT_SAVED, Saved("indices", y.elements, 8)

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.AdaptiveMaxPool2d(self.output_size)
