"""Layers that turn others round: transposed convolution and unpooling."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from archcalc.arithmetic import Number, exact_div, extent, product
from archcalc.ops.fields import FLAG, LAYER, PADDING, PAIR, SIZE, Pair, field, shared_weights
from archcalc.ops.in_torch import TorchCall, TorchPart
from archcalc.ops.op import (
    Example,
    Op,
    OpError,
    ParameterShapes,
    as_module,
    check_divisible,
    check_map,
    no_operations,
    nothing,
    shared,
)
from archcalc.ops.pool import MaxPool2d
from archcalc.ops.registry import op
from archcalc.ops.saved import THE_INPUT_SAVED, Saved
from archcalc.ops.window import Window
from archcalc.shape import Shape


def _transposed(kernel_size: Pair, stride: Pair, padding: Pair, dilation: Pair = (1, 1)) -> Window:
    """What an output of a transposed window sees: a window on a grid `stride` times finer.

    Output position `o` reads input `i` where `o = i·stride - padding + k·dilation` for some `k`
    below the kernel's size: on the fine grid, up to `extent - 1 - padding` positions before `o`.
    """
    before = [extent(k, d) - 1 - p for k, d, p in zip(kernel_size, dilation, padding, strict=True)]
    return Window(kernel_size, (1, 1), (before[0], before[1]), dilation, finer=stride)


@op("conv_transpose2d")
class ConvTranspose2d(Op):
    """Transposed convolution: a convolution's gradient, which spreads each input over a window.

    Zeiler et al. 2010 call it deconvolution; it gives a convolution's input size back, not its
    input. Each input value meets every weight of its channel once.
    """

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
    is_weighted = True
    has_activations = True
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

    def output(self, x: Shape) -> Shape:
        height, width = (
            (size - 1) * stride - 2 * padding + extent(kernel, dilation) + more
            for size, stride, padding, kernel, dilation, more in zip(
                (x.height, x.width), self.stride, self.padding, self.kernel_size, self.dilation,
                self.output_padding, strict=True,
            )
        )  # fmt: skip
        return Shape(self.out_channels, height, width)

    def parameters(self, x: Shape) -> Number:
        if self.weights:
            return shared(self.weights)
        weights = product(*self.kernel_size, x.channels, exact_div(self.out_channels, self.groups))
        return weights + self.bias * self.out_channels

    def parameter_shapes(self, x: Shape) -> ParameterShapes:
        weight = (x.channels, exact_div(self.out_channels, self.groups), *self.kernel_size)
        return {"weight": weight, **({"bias": (self.out_channels,)} if self.bias else {})}

    def macs(self, y: Shape, x: Shape) -> Number:
        per_input = product(*self.kernel_size, exact_div(self.out_channels, self.groups))
        return product(x.height, x.width, x.channels) * per_input

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"bias": self.bias * y.elements}

    def window(self, x: Shape) -> Window:
        return _transposed(self.kernel_size, self.stride, self.padding, self.dilation)

    def check(self, x: Shape) -> None:
        check_map(x, self)
        for name, channels in (("in_channels", x.channels), ("out_channels", self.out_channels)):
            check_divisible(name, channels, "groups", self.groups)
        for axis in (0, 1):
            if self.output_padding[axis] >= max(self.stride[axis], self.dilation[axis]):
                raise OpError(
                    f"output_padding (={self.output_padding[axis]}) must be below stride "
                    f"(={self.stride[axis]}) or dilation (={self.dilation[axis]})"
                )
        y = self.output(x)
        if min(y.height, y.width) < 1:
            raise OpError(f"padding cuts all of the output: {y.height}x{y.width} is left")

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        return (THE_INPUT_SAVED,)

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.ConvTranspose2d(
            in_channels,
            self.out_channels,
            self.kernel_size,
            self.stride,
            self.padding,
            self.output_padding,
            self.groups,
            bool(self.bias),
            self.dilation,
        )


@op("max_unpool2d")
class MaxUnpool2d(Op):
    """Max pooling turned round (Zeiler, Fergus 2013): values go back to where the maxima were.

    Its second input, found through `of`, is what that pooling pooled: from it come the size of the
    output and the switches, which are the places of the maxima. All other places are 0.
    """

    of: MaxPool2d = field(LAYER, "the earlier max_pool2d whose switches and input size it takes")

    words = ("unpool",)
    arity = 2
    value_inputs = 1
    examples = (
        Example(
            {"of": MaxPool2d(kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), ceil_mode=0)},
            inputs=((4, 55, 55), (4, 110, 110)),
            output=(4, 110, 110),
            note="ZFNet's first: 110 pooled by 3x3/2 with padding 1 is 55",
        ),
        Example(
            {"of": MaxPool2d(kernel_size=(2, 3), stride=(2, 3), padding=(0, 0), ceil_mode=1)},
            inputs=((2, 3, 3), (2, 5, 7)),
            output=(2, 5, 7),
        ),
    )

    operations = no_operations
    parameters = nothing("unpooling has no weights")
    macs = nothing("values are only put back in their places")

    def output(self, x: Shape, pooled: Shape) -> Shape:
        return pooled

    def window(self, *inputs: Shape) -> Window:
        return _transposed(self.of.kernel_size, self.of.stride, self.of.padding)

    def check(self, x: Shape, pooled: Shape) -> None:
        if self.of.dilation != (1, 1):
            raise OpError("torch has no reverse of a pooling with a dilation")
        expected = self.of.output(pooled)
        if x != expected:
            raise OpError(f"takes {expected}, which its pooling made of {pooled}; got {x}")

    def settings(self) -> Iterator[str]:
        return self.of.settings()

    def saved(self, y: Shape, x: Shape, pooled: Shape) -> Sequence[Saved]:
        return (Saved("indices", x.elements, 8),)

    def consists_of(self, y: Shape, x: Shape, pooled: Shape) -> Sequence[TorchPart]:
        return (
            TorchCall("F.max_pool2d(indices)", pooled.elements, x.elements),
            TorchCall("F.max_unpool2d", x.elements, y.elements),
        )

    def module(self, torch: Any, *channels: int) -> Any:
        functional, of = torch.nn.functional, self.of

        def unpooled(x: Any, pooled: Any) -> Any:
            window = of.kernel_size, of.stride, of.padding
            _, switches = functional.max_pool2d(
                pooled, *window, ceil_mode=bool(of.ceil_mode), return_indices=True
            )
            # A tracer's sizes are tensors, which max_unpool2d refuses.
            size = [int(n) for n in pooled.shape[-2:]]
            return functional.max_unpool2d(x, switches, *window, output_size=size)

        return as_module(torch, unpooled)
