"""LeNet's subsampling."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archcalc.arithmetic import Number, named, product
from archcalc.ops.common import as_usually_written, nothing, shared
from archcalc.ops.fields import field, shared_weights
from archcalc.ops.in_torch import TorchCall, TorchModule, TorchPart
from archcalc.ops.kinds import PAIR, Pair
from archcalc.ops.op import Example, ParameterShapes
from archcalc.ops.registry import op
from archcalc.ops.saved import THE_INPUT_SAVED, Saved
from archcalc.ops.sliding import Sliding, window_counts
from archcalc.ops.window import Window, sliding
from archcalc.shape import Shape


@op("subsampling")
class Subsampling(Sliding):
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
        return Shape(x.channels, *window_counts(self.sizes_of(x), self.window(x)))

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
        return sliding(self.kernel_size, self.stride, (0, 0))

    def check(self, x: Shape) -> None:
        self.check_window(x, self.window(x))

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
        kernel_size, stride = map(as_usually_written, (self.kernel_size, self.stride))

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
