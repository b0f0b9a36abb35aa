"""Activations, and a constant factor: one value in, one value out."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from archcalc.ops.fields import EXACT, FLAG
from archcalc.ops.op import (
    Example,
    Number,
    Op,
    Shape,
    as_module,
    field,
    nothing,
    op,
    point,
    same_shape,
)


@op("relu")
class Relu(Op):
    """Rectified linear unit, max(0, x)."""

    is_elementwise = True
    examples = (
        Example(
            {},
            inputs=((6, 3, 2),),
            output=(6, 3, 2),
            parameters=0,
            macs=0,
            operations={"compare": 36},
        ),
    )

    output = same_shape
    window = point
    parameters = nothing("relu has no weights")
    macs = nothing("one comparison a value")

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"compare": y.elements}

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.ReLU()


@op("leaky_relu")
class LeakyRelu(Op):
    """Rectified linear unit with a small slope below zero (Maas et al. 2013)."""

    negative_slope: Fraction = field(EXACT, "slope below zero", default=Fraction(1, 100))

    is_elementwise = True
    fvcore_uncounted = ("aten::leaky_relu",)
    examples = (
        Example(
            {"negative_slope": Fraction(1, 5)},
            inputs=((6, 3, 2),),
            output=(6, 3, 2),
            parameters=0,
            macs=0,
            operations={"compare": 36, "multiply": 36},
        ),
    )

    output = same_shape
    window = point
    parameters = nothing("its slope is chosen, not learned")
    macs = nothing("a comparison and a constant factor a value")

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"compare": y.elements, "multiply": y.elements}

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.LeakyReLU(float(self.negative_slope))


@op("prelu")
class Prelu(Op):
    """Rectified linear unit with a learned slope below zero (He et al. 2015, Delving deep)."""

    shared: int = field(FLAG, "one slope for all channels, not one a channel", default=0)

    fvcore_uncounted = ("aten::prelu",)
    examples = (
        Example(
            {},
            inputs=((64, 3, 2),),
            output=(64, 3, 2),
            parameters=64,
            macs=0,
            operations={"compare": 384, "multiply": 384},
            note="a slope for each of 64 channels",
        ),
        Example(
            {"shared": True},
            inputs=((5,),),
            output=(5,),
            parameters=1,
            macs=0,
            operations={"compare": 5, "multiply": 5},
        ),
    )

    output = same_shape
    window = point
    macs = nothing("a comparison and a factor a value; counted apart, not as multiply-adds")

    def parameters(self, x: Shape) -> Number:
        return 1 if self.shared else x.channels

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"compare": y.elements, "multiply": y.elements}

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.PReLU(1 if self.shared else in_channels)


@op("sigmoid")
class Sigmoid(Op):
    """Logistic function, 1 / (1 + exp(-x))."""

    is_elementwise = True
    fvcore_uncounted = ("aten::sigmoid",)
    examples = (
        Example(
            {},
            inputs=((4, 1, 1),),
            output=(4, 1, 1),
            parameters=0,
            macs=0,
            operations={"exp": 4, "add": 4, "divide": 4},
        ),
    )

    output = same_shape
    window = point
    parameters = nothing("the logistic function has no weights")
    macs = nothing("an exponential, an addition and a division a value")

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"exp": y.elements, "add": y.elements, "divide": y.elements}

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.Sigmoid()


@op("tanh")
class Tanh(Op):
    """Hyperbolic tangent `amplitude · tanh(slope · x)`; LeNet's has 1.7159 and 2/3."""

    amplitude: Fraction = field(EXACT, "factor of the result", default=1)
    slope: Fraction = field(EXACT, "factor of the input", default=1)

    is_elementwise = True
    fvcore_uncounted = ("aten::tanh", "aten::mul")
    examples = (
        Example(
            {"amplitude": Fraction("1.7159"), "slope": Fraction(2, 3)},
            inputs=((84,),),
            output=(84,),
            parameters=0,
            macs=0,
            operations={"tanh": 84, "multiply": 168},
            note="LeNet-5's squashing function: one tanh and two constant factors a value",
        ),
        Example(
            {},
            inputs=((2, 3, 3),),
            output=(2, 3, 3),
            parameters=0,
            macs=0,
            operations={"tanh": 18, "multiply": 0},
        ),
    )

    output = same_shape
    window = point
    parameters = nothing("its constants are chosen, not learned")
    macs = nothing("one tanh a value")

    @property
    def _is_scaled(self) -> bool:
        return self.amplitude != 1 or self.slope != 1

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        factors = (self.amplitude != 1) + (self.slope != 1)
        return {"tanh": y.elements, "multiply": factors * y.elements}

    def summary(self, x: Shape) -> str:
        return "scaled tanh" if self._is_scaled else "tanh"

    def module(self, torch: Any, in_channels: int) -> Any:
        if not self._is_scaled:
            return torch.nn.Tanh()
        amplitude, slope = float(self.amplitude), float(self.slope)
        return as_module(torch, lambda x: torch.tanh(x * slope) * amplitude)


@op("softmax")
class Softmax(Op):
    """Softmax over the features of a vector, or over the channels at each position of a map."""

    is_elementwise = True
    fvcore_uncounted = ("aten::softmax",)
    examples = (
        Example(
            {},
            inputs=((10,),),
            output=(10,),
            parameters=0,
            macs=0,
            operations={"exp": 10, "add": 9, "divide": 10},
        ),
        Example(
            {},
            inputs=((3, 2, 2),),
            output=(3, 2, 2),
            parameters=0,
            macs=0,
            operations={"exp": 12, "add": 8, "divide": 12},
        ),
    )

    output = same_shape
    window = point
    parameters = nothing("softmax has no weights")
    macs = nothing("an exponential, an addition and a division a value")

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        sums = y.elements // y.channels * (y.channels - 1)
        return {"exp": y.elements, "add": sums, "divide": y.elements}

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.Softmax(dim=1)


@op("scale")
class Scale(Op):
    """Each value times a constant: Inception-ResNet damps its residuals (Szegedy et al. 2016)."""

    factor: Fraction = field(EXACT, "the constant, not learned")

    is_elementwise = True
    fvcore_uncounted = ("aten::mul",)
    examples = (
        Example(
            {"factor": Fraction("0.17")},
            inputs=((320, 2, 2),),
            output=(320, 2, 2),
            parameters=0,
            macs=0,
            operations={"multiply": 1_280},
        ),
    )

    output = same_shape
    window = point
    parameters = nothing("its factor is chosen, not learned")
    macs = nothing("a constant factor a value")

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"multiply": y.elements}

    def module(self, torch: Any, in_channels: int) -> Any:
        factor = float(self.factor)
        return as_module(torch, lambda x: x * factor)
