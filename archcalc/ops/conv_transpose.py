"""Transposed convolutions of sequences, maps and volumes."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.arithmetic import Number, exact_div, extent, product
from archcalc.ops.common import shared
from archcalc.ops.convolution import Filters
from archcalc.ops.fields import field, shared_weights
from archcalc.ops.kinds import FLAG, PADDING, PAIR, SIZE, Pair
from archcalc.ops.op import Example, OpError
from archcalc.ops.registry import op, with_fields
from archcalc.ops.saved import THE_INPUT_SAVED, Saved
from archcalc.ops.window import Window, transposed_window
from archcalc.shape import Shape


@with_fields
class TransposedConvolution(Filters):
    """Transposed convolution: a convolution's gradient, which spreads each input over a window."""

    out_channels: int = field(SIZE, "channels of the output", symbol="out")
    kernel_size: Pair = field(PAIR, "the window that each input is spread over", symbol="kernel")
    stride: Pair = field(
        PAIR, "steps between the windows in the output", default=(1, 1), symbol="stride", silent=1
    )
    padding: Pair = field(
        PADDING, "cut off each side of the output", default=(0, 0), symbol="padding"
    )
    output_padding: Pair = field(
        PADDING, "added at the output's end", default=(0, 0), symbol="output_padding", silent=0
    )
    dilation: Pair = field(
        PAIR, "step inside the window", default=(1, 1), symbol="dilation", silent=1
    )
    groups: int = field(
        SIZE, "parts that see only their own channels", default=1, symbol="groups", silent=1
    )
    bias: int = field(FLAG, "add a bias per output channel", default=1, symbol="1", silent=0)
    weights: str = shared_weights()

    words = ("deconv",)

    def output(self, x: Shape) -> Shape:
        sizes = (
            (size - 1) * stride - 2 * padding + extent(kernel, dilation) + more
            for size, stride, padding, kernel, dilation, more in zip(
                self.sizes_of(x), self.stride, self.padding, self.kernel_size, self.dilation,
                self.output_padding, strict=True,
            )
        )  # fmt: skip
        return self.shaped(self.out_channels, *sizes)

    def parameters(self, x: Shape) -> Number:
        if self.weights:
            return shared(self.weights)
        each = exact_div(self.out_channels, self.groups)
        return product(*self.kernel_size, self.channels_of(x), each) + self.bias * self.out_channels

    def filter_channels(self, x: Shape) -> tuple[Number, Number]:
        return self.channels_of(x), exact_div(self.out_channels, self.groups)

    def macs(self, y: Shape, x: Shape) -> Number:
        per_input = product(*self.kernel_size, exact_div(self.out_channels, self.groups))
        return product(*self.sizes_of(x), self.channels_of(x)) * per_input

    def window(self, x: Shape) -> Window:
        return transposed_window(self.kernel_size, self.stride, self.padding, self.dilation)

    def check(self, x: Shape) -> None:
        self.check_groups(x)
        for more, stride, dilation in zip(
            self.output_padding, self.stride, self.dilation, strict=True
        ):
            if more >= max(stride, dilation):
                raise OpError(
                    f"output_padding (={more}) must be below stride (={stride}) or dilation "
                    f"(={dilation})"
                )
        sizes = self.sizes_of(self.output(x))
        if any(size < 1 for size in sizes):
            left = "x".join(map(str, sizes))
            raise OpError(f"padding cuts all of the output: {left} is left")

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        return (THE_INPUT_SAVED,)


@op("conv_transpose1d")
class ConvTranspose1d(TransposedConvolution, dims=1):
    """Transposed convolution of a sequence CxL, or of tokens LxC."""

    torch_name = "ConvTranspose1d"
    examples = (
        Example(
            {"out_channels": 8, "kernel_size": 4, "stride": 2, "padding": 1},
            inputs=((6, 5),),
            output=(8, 10),
            parameters=200,
            macs=960,
            operations={"bias": 80},
            note="(5 - 1)·2 - 2 + 4 = 10; each of 5·6 inputs meets 4·8 weights",
        ),
        Example(
            {"out_channels": 2, "kernel_size": 3, "bias": False, "axis": 0},
            inputs=((5, 4),),
            output=(7, 2),
            parameters=24,
            macs=120,
            operations={"bias": 0},
        ),
    )


@op("conv_transpose2d")
class ConvTranspose2d(TransposedConvolution):
    """Transposed convolution: a convolution's gradient, which spreads each input over a window.

    Zeiler et al. 2010 call it deconvolution; it gives a convolution's input size back, not its
    input. Each input value meets every weight of its channel once.
    """

    torch_name = "ConvTranspose2d"
    examples = (
        Example(
            {"out_channels": 512, "kernel_size": 2, "stride": 2},
            inputs=((1024, 3, 4),),
            output=(512, 6, 8),
            parameters=2_097_664,
            macs=25_165_824,
            operations={"bias": 24_576},
            note="U-Net's up-convolution: 2·2·1024·512 weights and 512 biases; 3·4 positions",
        ),
        Example(
            {"out_channels": 3, "kernel_size": 11, "stride": 4, "bias": False},
            inputs=((96, 55, 55),),
            output=(3, 227, 227),
            parameters=34_848,
            macs=105_415_200,
            operations={"bias": 0},
            note="AlexNet's first layer turned round: (55 - 1)·4 + 11 = 227",
        ),
        Example(
            {"out_channels": 4, "kernel_size": [3, 2], "stride": [2, 1], "padding": 1,
             "output_padding": [1, 0], "dilation": [1, 3], "groups": 2},
            inputs=((2, 4, 6),),
            output=(4, 8, 7),
            parameters=28,
            macs=576,
            operations={"bias": 224},
            note="(4 - 1)·2 - 2 + 3 + 1 = 8 rows, (6 - 1) - 2 + 4 = 7 columns; 3·2·2·4/2 + 4",
        ),
    )  # fmt: skip


@op("conv_transpose3d")
class ConvTranspose3d(TransposedConvolution, dims=3):
    """Transposed convolution of a volume CxDxHxW."""

    torch_name = "ConvTranspose3d"
    examples = (
        Example(
            {"out_channels": 4, "kernel_size": 2, "stride": 2},
            inputs=((8, 3, 5, 4),),
            output=(4, 6, 10, 8),
            parameters=260,
            macs=15_360,
            operations={"bias": 1_920},
            note="3D U-Net's up-convolution: 2·2·2·8·4 weights at 3·5·4 positions",
        ),
    )
