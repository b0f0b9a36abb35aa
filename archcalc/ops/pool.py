"""Pooling and subsampling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archcalc.arithmetic import Number, named, plain, product, window_count
from archcalc.ops.fields import FLAG, PADDING, PAIR, TF_SAME, Pair, field, shared_weights
from archcalc.ops.in_torch import TorchCall, TorchModule, TorchPart
from archcalc.ops.op import (
    Example,
    Op,
    OpError,
    ParameterShapes,
    as_usually_written,
    check_window,
    nothing,
    shared,
)
from archcalc.ops.registry import op
from archcalc.ops.saved import THE_INPUT_SAVED, Saved, saves_input
from archcalc.ops.window import WHOLE, Window
from archcalc.shape import Shape


def _pooled(x: Shape, window: Window, ceil_mode: int) -> Shape:
    kernel, stride, padding, dilation, _ = window
    return Shape(
        x.channels,
        window_count(x.height, kernel[0], stride[0], padding[0], dilation[0], ceil_mode),
        window_count(x.width, kernel[1], stride[1], padding[1], dilation[1], ceil_mode),
    )


def _sliding(pool: MaxPool2d | AvgPool2d) -> Window:
    dilation = pool.dilation if isinstance(pool, MaxPool2d) else (1, 1)
    return Window(pool.kernel_size, pool.stride, pool.padding, dilation)


def _check_pool(x: Shape, pool: MaxPool2d | AvgPool2d) -> None:
    check_window(x, pool, _sliding(pool))
    for kernel, padding in zip(pool.kernel_size, pool.padding, strict=True):
        if 2 * padding > kernel:
            raise OpError(f"padding (={padding}) is more than half of kernel_size (={kernel})")


@op("max_pool2d")
class MaxPool2d(Op):
    """The largest value of each window. `ceil_mode` keeps a last partial window, as Caffe does."""

    kernel_size: Pair = field(PAIR, "the window", symbol="kernel")
    stride: Pair = field(PAIR, "step of the window", default="kernel_size", symbol="stride")
    padding: Pair = field(
        PADDING, "border on each side", default=(0, 0), symbol="padding", words=(TF_SAME,)
    )
    ceil_mode: int = field(FLAG, "round the output size up", default=0)
    dilation: Pair = field(
        PAIR, "step inside the window", default=(1, 1), symbol="dilation", silent=1
    )

    words = ("pool", "maxpool")
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

    parameters = nothing("max pooling has no weights")
    macs = nothing("only comparisons")

    def output(self, x: Shape) -> Shape:
        return _pooled(x, _sliding(self), self.ceil_mode)

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"compare": (product(*self.kernel_size) - 1) * y.elements}

    def window(self, x: Shape) -> Window:
        return _sliding(self)

    def check(self, x: Shape) -> None:
        _check_pool(x, self)

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        return THE_INPUT_SAVED, Saved("indices", y.elements, 8)

    def module(self, torch: Any, in_channels: int) -> Any:
        window = map(as_usually_written, (self.kernel_size, self.stride, self.padding))
        dilation = as_usually_written(self.dilation)
        return torch.nn.MaxPool2d(*window, dilation, False, bool(self.ceil_mode))


@op("avg_pool2d")
class AvgPool2d(Op):
    """The mean of each window; with `count_include_pad` the border counts as zeros.

    Operations are counted as if no window were cut at a border.
    """

    kernel_size: Pair = field(PAIR, "the window", symbol="kernel")
    stride: Pair = field(PAIR, "step of the window", default="kernel_size", symbol="stride")
    padding: Pair = field(
        PADDING, "border on each side", default=(0, 0), symbol="padding", words=(TF_SAME,)
    )
    ceil_mode: int = field(FLAG, "round the output size up", default=0)
    count_include_pad: int = field(FLAG, "count the padding as values", default=1)

    words = ("pool", "avgpool")
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

    parameters = nothing("average pooling has no weights")
    macs = nothing("additions and one division; no weights")
    saved = saves_input

    def output(self, x: Shape) -> Shape:
        return _pooled(x, _sliding(self), self.ceil_mode)

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"add": (product(*self.kernel_size) - 1) * y.elements, "divide": y.elements}

    def window(self, x: Shape) -> Window | None:
        # A mean over all of the map is global average pooling, however it is written.
        padded = [size + 2 * p for size, p in zip((x.height, x.width), self.padding, strict=True)]
        is_global = [plain(k) for k in self.kernel_size] == [plain(size) for size in padded]
        return WHOLE if is_global else _sliding(self)

    def check(self, x: Shape) -> None:
        _check_pool(x, self)

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.AvgPool2d(
            *map(as_usually_written, (self.kernel_size, self.stride, self.padding)),
            ceil_mode=bool(self.ceil_mode),
            count_include_pad=bool(self.count_include_pad),
        )


@op("subsampling")
class Subsampling(Op):
    """LeNet's subsampling: the sum of each window, times a coefficient, plus a bias.

    One trainable coefficient and one bias a map (LeCun et al. 1998, section II-B).
    """

    kernel_size: Pair = field(PAIR, "the window", symbol="kernel")
    stride: Pair = field(PAIR, "step of the window", default="kernel_size", symbol="stride")
    weights: str = shared_weights()

    words = ("pool", "avgpool")
    examples = (
        Example(
            {"kernel_size": 2},
            inputs=((6, 28, 28),),
            output=(6, 14, 14),
            parameters=12,
            macs=0,
            operations={"link": 4_704, "bias": 1_176, "add": 3_528, "multiply": 1_176},
            note="LeNet-5's S2: (1 + 1)·6 parameters, (2·2 + 1)·6·14·14 = 5,880 connections",
        ),
    )

    macs = nothing("sums scaled by one coefficient a map: no products of inputs and weights")

    def output(self, x: Shape) -> Shape:
        return _pooled(x, self.window(x), 0)

    def parameters(self, x: Shape) -> Number:
        if self.weights:
            return shared(self.weights)
        coefficient, bias = named("coefficient", 1, x.channels), named("bias", 1, x.channels)
        return (coefficient + bias) * x.channels

    def parameter_shapes(self, x: Shape) -> ParameterShapes:
        return dict.fromkeys(("weight", "bias"), (x.channels, 1, 1))

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {
            "link": product(*self.kernel_size) * y.elements,
            "bias": y.elements,
            "add": (product(*self.kernel_size) - 1) * y.elements,
            "multiply": y.elements,
        }

    def window(self, x: Shape) -> Window:
        return Window(self.kernel_size, self.stride, (0, 0))

    def check(self, x: Shape) -> None:
        check_window(x, self, self.window(x))

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        return THE_INPUT_SAVED.only_for(0), Saved("sums", y.elements)

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        return (
            TorchModule("Subsampling", x.elements, y.elements, is_of_torch=False),
            TorchCall("F.avg_pool2d", x.elements, y.elements),
            TorchCall("*", y.elements, y.elements),
            TorchCall("+", y.elements, y.elements),
        )

    def module(self, torch: Any, in_channels: int) -> Any:
        kernel_size, stride = self.kernel_size, self.stride

        class Subsampling(torch.nn.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.weight = torch.nn.Parameter(torch.ones(in_channels, 1, 1))
                self.bias = torch.nn.Parameter(torch.zeros(in_channels, 1, 1))

            def reset_parameters(self) -> None:
                torch.nn.init.ones_(self.weight)
                torch.nn.init.zeros_(self.bias)

            def forward(self, x: Any) -> Any:
                sums = torch.nn.functional.avg_pool2d(x, kernel_size, stride, divisor_override=1)
                return sums * self.weight + self.bias

        return Subsampling()
