"""Ops that move values between channels and positions: pixel shuffle and its kin."""

from __future__ import annotations

from typing import Any

from archcalc.arithmetic import exact_div, plain
from archcalc.ops.common import (
    Arranging,
    check_divisible,
    check_map,
    nothing,
    point,
    same_shape,
)
from archcalc.ops.fields import field
from archcalc.ops.kinds import SIZE
from archcalc.ops.op import Example, OpError
from archcalc.ops.registry import op
from archcalc.ops.window import Resampling, Window, sliding
from archcalc.shape import Shape


class Shuffling(Arranging):
    """An op that moves values between channels and positions."""

    parameters = nothing("shuffling has no weights")
    macs = nothing("shuffling only arranges numbers")


@op("pixel_shuffle")
class PixelShuffle(Shuffling):
    """Channels laid out as finer positions, r·r channels as r x r of one (Shi et al. 2016)."""

    upscale_factor: int = field(SIZE, "how many times larger each side is", symbol="upscale")

    torch_name = "PixelShuffle"
    examples = (
        Example({"upscale_factor": 2}, ((12, 3, 5),), (3, 6, 10), note="12/(2·2) channels"),
        Example({"upscale_factor": 3}, ((9, 2, 1),), (1, 6, 3)),
    )

    def output(self, x: Shape) -> Shape:
        r = self.upscale_factor
        return Shape(exact_div(x.channels, r * r), x.height * r, x.width * r)

    def window(self, x: Shape) -> Resampling:
        r = plain(self.upscale_factor)
        return Resampling((1, 1), (r, r), (0, 0), (0, 0))

    def check(self, x: Shape) -> None:
        check_map(x, self)
        square = self.upscale_factor * self.upscale_factor
        if x.channels % square:
            raise OpError(f"{x.channels} channels are not divisible by upscale_factor² (={square})")

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.PixelShuffle(self.upscale_factor)


@op("pixel_unshuffle")
class PixelUnshuffle(Shuffling):
    """Positions laid out as channels, r x r of one as r·r channels: pixel shuffle turned round."""

    downscale_factor: int = field(SIZE, "how many times smaller each side is", symbol="downscale")

    torch_name = "PixelUnshuffle"
    examples = (
        Example({"downscale_factor": 2}, ((3, 6, 10),), (12, 3, 5), note="3·2·2 channels"),
        Example({"downscale_factor": 3}, ((1, 6, 3),), (9, 2, 1)),
    )

    def output(self, x: Shape) -> Shape:
        r = self.downscale_factor
        return Shape(x.channels * r * r, exact_div(x.height, r), exact_div(x.width, r))

    def window(self, x: Shape) -> Window:
        r = self.downscale_factor
        return sliding((r, r), (r, r), (0, 0))

    def check(self, x: Shape) -> None:
        check_map(x, self)
        for name, size in (("height", x.height), ("width", x.width)):
            check_divisible(name, size, "downscale_factor", self.downscale_factor)

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.PixelUnshuffle(self.downscale_factor)


@op("channel_shuffle")
class ChannelShuffle(Shuffling):
    """The channels of each group spread over all groups (Zhang et al. 2018, ShuffleNet)."""

    groups: int = field(SIZE, "groups of channels", symbol="groups")

    torch_name = "ChannelShuffle"
    examples = (Example({"groups": 3}, ((6, 2, 4),), (6, 2, 4)),)

    output = same_shape
    window = point

    def check(self, x: Shape) -> None:
        check_map(x, self)
        check_divisible("channels", x.channels, "groups", self.groups)

    def is_view(self, x: Shape) -> bool:
        return self.groups in (1, x.channels)  # nothing moves, and torch copies nothing on a GPU

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.ChannelShuffle(self.groups)
