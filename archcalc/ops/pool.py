"""Pooling of sequences, maps and volumes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archcalc.arithmetic import Number, plain, product
from archcalc.ops.common import as_usually_written, nothing
from archcalc.ops.fields import field
from archcalc.ops.kinds import FLAG, PADDING, PAIR, TF_SAME, Pair
from archcalc.ops.op import Example, OpError
from archcalc.ops.registry import op, with_fields
from archcalc.ops.saved import saves_input, saves_input_and_places
from archcalc.ops.sliding import Sliding, window_counts
from archcalc.ops.window import WHOLE, Window, sliding
from archcalc.shape import Shape


@with_fields
class Pooling(Sliding):
    """One value of each channel for each place of a window."""

    kernel_size: Pair = field(PAIR, "the window", symbol="kernel")
    stride: Pair = field(PAIR, "step of the window", default="kernel_size", symbol="stride")
    padding: Pair = field(
        PADDING, "border on each side", default=(0, 0), symbol="padding", words=(TF_SAME,)
    )
    ceil_mode: int = field(FLAG, "round the output size up", default=0)

    @property
    def sliding(self) -> Window:
        """Its window, whatever its size is in a network."""
        return sliding(self.kernel_size, self.stride, self.padding)

    def output(self, x: Shape) -> Shape:
        counts = window_counts(self.sizes_of(x), self.sliding, self.ceil_mode)
        return self.shaped(self.channels_of(x), *counts)

    def check(self, x: Shape) -> None:
        self.check_window(x, self.sliding)
        for kernel, padding in zip(self.kernel_size, self.padding, strict=True):
            if 2 * padding > kernel:
                raise OpError(f"padding (={padding}) is more than half of kernel_size (={kernel})")


@with_fields
class MaxPool(Pooling):
    """The largest value of each window."""

    dilation: Pair = field(
        PAIR, "step inside the window", default=(1, 1), symbol="dilation", silent=1
    )

    words = ("pool", "maxpool")
    parameters = nothing("max pooling has no weights")
    macs = nothing("only comparisons")
    saved = saves_input_and_places

    @property
    def sliding(self) -> Window:
        return sliding(self.kernel_size, self.stride, self.padding, self.dilation)

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"compare": (product(*self.kernel_size) - 1) * y.elements}

    def window(self, x: Shape) -> Window:
        return self.sliding

    def module(self, torch: Any, in_channels: int) -> Any:
        return self.as_it_reads(
            torch,
            *map(as_usually_written, (self.kernel_size, self.stride, self.padding, self.dilation)),
            ceil_mode=bool(self.ceil_mode),
        )


@op("max_pool1d")
class MaxPool1d(MaxPool, dims=1):
    """The largest value of each window of a sequence CxL, or of tokens LxC."""

    torch_name = "MaxPool1d"
    examples = (
        Example(
            {"kernel_size": 3, "stride": 2},
            inputs=((4, 9),),
            output=(4, 4),
            operations={"compare": 32},
        ),
        Example(
            {"kernel_size": 2, "axis": 0},
            inputs=((6, 5),),
            output=(3, 5),
            operations={"compare": 15},
        ),
    )


@op("max_pool2d")
class MaxPool2d(MaxPool):
    """The largest value of each window. `ceil_mode` keeps a last partial window, as Caffe does."""

    torch_name = "MaxPool2d"
    examples = (
        Example(
            {"kernel_size": 3, "stride": 2},
            inputs=((4, 13, 13),),
            output=(4, 6, 6),
            operations={"compare": 1_152},
            note="AlexNet's overlapping pooling: 8 comparisons for each of 4·6·6 outputs",
        ),
        Example(
            {"kernel_size": 3, "stride": 2, "ceil_mode": True},
            inputs=((1, 112, 55),),
            output=(1, 56, 27),
            operations={"compare": 12_096},
            note="rounded up, 112 gives 56 where it gave 55; 55 gives 27 either way",
        ),
        Example(
            {"kernel_size": 3, "stride": 1, "padding": 1, "dilation": 2},
            inputs=((2, 7, 6),),
            output=(2, 5, 4),
            operations={"compare": 320},
            note="a 3x3 window that spans 5x5: 7 + 2 - 4 = 5 rows of 8 comparisons each",
        ),
    )


@op("max_pool3d")
class MaxPool3d(MaxPool, dims=3):
    """The largest value of each window of a volume CxDxHxW."""

    torch_name = "MaxPool3d"
    examples = (
        Example(
            {"kernel_size": [1, 2, 2]},
            inputs=((3, 4, 6, 8),),
            output=(3, 4, 3, 4),
            operations={"compare": 432},
            note="C3D's first pooling: 3 comparisons for each of 3·4·3·4 outputs",
        ),
    )


@with_fields
class AvgPool(Pooling):
    """The mean of each window."""

    count_include_pad: int = field(FLAG, "count the padding as values", default=1)

    words = ("pool", "avgpool")
    parameters = nothing("average pooling has no weights")
    macs = nothing("additions and one division; no weights")
    saved = saves_input

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"add": (product(*self.kernel_size) - 1) * y.elements, "divide": y.elements}

    def window(self, x: Shape) -> Window | None:
        # A mean over all of the map is global average pooling, however it is written.
        padded = [n + 2 * p for n, p in zip(self.sizes_of(x), self.padding, strict=True)]
        is_global = [plain(k) for k in self.kernel_size] == [plain(size) for size in padded]
        return WHOLE if is_global else self.sliding

    def module(self, torch: Any, in_channels: int) -> Any:
        return self.as_it_reads(
            torch,
            *map(as_usually_written, (self.kernel_size, self.stride, self.padding)),
            ceil_mode=bool(self.ceil_mode),
            count_include_pad=bool(self.count_include_pad),
        )


@op("avg_pool1d")
class AvgPool1d(AvgPool, dims=1):
    """The mean of each window of a sequence CxL, or of tokens LxC."""

    torch_name = "AvgPool1d"
    examples = (
        Example(
            {"kernel_size": 2},
            inputs=((4, 9),),
            output=(4, 4),
            operations={"add": 16, "divide": 16},
        ),
        Example(
            {"kernel_size": 3, "stride": 1, "padding": 1, "axis": 0},
            inputs=((6, 5),),
            output=(6, 5),
            operations={"add": 60, "divide": 30},
        ),
    )


@op("avg_pool2d")
class AvgPool2d(AvgPool):
    """The mean of each window; with `count_include_pad` the border counts as zeros.

    Operations are counted as if no window were cut at a border.
    """

    torch_name = "AvgPool2d"
    examples = (
        Example(
            {"kernel_size": 5, "stride": 3},
            inputs=((8, 14, 14),),
            output=(8, 4, 4),
            operations={"add": 3_072, "divide": 128},
            note="GoogLeNet's auxiliary heads: 24 additions and a division for each of 8·4·4",
        ),
        Example(
            {"kernel_size": 3, "stride": 1, "padding": 1, "count_include_pad": False},
            inputs=((2, 5, 4),),
            output=(2, 5, 4),
            operations={"add": 320, "divide": 40},
        ),
        Example(
            {"kernel_size": 2, "ceil_mode": True},
            inputs=((3, 7, 8),),
            output=(3, 4, 4),
            operations={"add": 144, "divide": 48},
            note="rounded up, 7 rows give 4, of which the last has one row to average",
        ),
    )


@op("avg_pool3d")
class AvgPool3d(AvgPool, dims=3):
    """The mean of each window of a volume CxDxHxW."""

    torch_name = "AvgPool3d"
    examples = (
        Example(
            {"kernel_size": 2},
            inputs=((3, 4, 6, 8),),
            output=(3, 2, 3, 4),
            operations={"add": 504, "divide": 72},
        ),
    )
