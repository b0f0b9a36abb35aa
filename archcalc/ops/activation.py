"""Activations, and dropout beside them: one value in, one value out."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from archcalc.ops.base import (
    Example,
    Number,
    Op,
    OpError,
    Shape,
    as_module,
    field,
    no_operations,
    nothing,
    op,
    point,
    same_shape,
)
from archcalc.ops.fields import EXACT


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


@op("dropout")
class Dropout(Op):
    """Dropout (Srivastava et al. 2014): values dropped at random in training, kept in use."""

    p: Fraction = field(EXACT, "probability that a value is dropped", default=Fraction(1, 2))

    is_elementwise = True
    examples = (Example({"p": Fraction(2, 5)}, inputs=((7,),), output=(7,), parameters=0, macs=0),)

    output = same_shape
    window = point
    operations = no_operations
    parameters = nothing("dropout has no weights")
    macs = nothing("in use dropout passes its input on")

    def check(self, x: Shape) -> None:
        if not 0 <= self.p <= 1:
            raise OpError(f"p is a probability, got {self.p}")

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.Dropout(float(self.p))
