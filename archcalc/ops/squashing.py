"""Activations that squash values, and those that weigh a value by a squashed one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from archcalc.arithmetic import Number
from archcalc.ops.activation import Activation
from archcalc.ops.common import as_module, nothing
from archcalc.ops.fields import field
from archcalc.ops.in_torch import TorchCall, TorchModule, TorchPart
from archcalc.ops.kinds import EXACT, choice
from archcalc.ops.op import Example
from archcalc.ops.registry import op
from archcalc.ops.saved import THE_OUTPUT_SAVED, Saved, saves_input, saves_output
from archcalc.shape import Shape


@op("sigmoid")
class Sigmoid(Activation):
    """Logistic function, 1 / (1 + exp(-x))."""

    per_value = ("exp", "add", "divide")
    torch_name = "Sigmoid"
    examples = (Example({}, ((4, 1, 1),), (4, 1, 1), operations={"exp": 4, "add": 4, "divide": 4}),)

    parameters = nothing("the logistic function has no weights")
    saved = saves_output


@op("hardsigmoid")
class Hardsigmoid(Activation):
    """A logistic function of straight lines, relu6(x + 3) / 6 (Howard et al. 2019, MobileNetV3)."""

    per_value = ("add", "compare", "compare", "divide")
    torch_name = "Hardsigmoid"
    saved = saves_input
    examples = (
        Example({}, ((4, 1, 1),), (4, 1, 1), operations={"add": 4, "compare": 8, "divide": 4}),
    )


@op("tanh")
class Tanh(Activation):
    """Hyperbolic tangent `amplitude · tanh(slope · x)`; LeNet's has 1.7159 and 2/3."""

    amplitude: Fraction = field(EXACT, "factor of the result", default=1)
    slope: Fraction = field(EXACT, "factor of the input", default=1)

    examples = (
        Example(
            {"amplitude": Fraction("1.7159"), "slope": Fraction(2, 3)},
            inputs=((84,),),
            output=(84,),
            operations={"tanh": 84, "multiply": 168},
            note="LeNet-5's squashing function: one tanh and two constant factors a value",
        ),
        Example(
            {},
            inputs=((2, 3, 3),),
            output=(2, 3, 3),
            operations={"tanh": 18, "multiply": 0},
        ),
    )

    parameters = nothing("its constants are chosen")
    macs = nothing("one tanh a value")

    @property
    def _is_scaled(self) -> bool:
        return self.amplitude != 1 or self.slope != 1

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        factors = (self.amplitude != 1) + (self.slope != 1)
        return {"tanh": y.elements, "multiply": factors * y.elements}

    def summary(self, x: Shape) -> str:
        return "scaled tanh" if self._is_scaled else "tanh"

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        return (Saved("tanh", y.elements),) if self._is_scaled else (THE_OUTPUT_SAVED,)

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        n = x.elements
        if not self._is_scaled:
            return (TorchModule("Tanh", n, n),)
        return TorchCall("*", n, n), TorchCall("torch.tanh", n, n), TorchCall("*", n, n)

    def module(self, torch: Any, in_channels: int) -> Any:
        if not self._is_scaled:
            return torch.nn.Tanh()
        amplitude, slope = float(self.amplitude), float(self.slope)
        return as_module(torch, lambda x: torch.tanh(x * slope) * amplitude)


@op("silu")
class Silu(Activation):
    """Sigmoid-weighted linear unit, x · sigmoid(x), also called swish (Elfwing et al. 2017)."""

    per_value = ("exp", "add", "divide")
    torch_name = "SiLU"
    saved = saves_input
    examples = (
        Example({}, ((6, 3, 2),), (6, 3, 2), operations={"exp": 36, "add": 36, "divide": 36}),
    )


@op("hardswish")
class Hardswish(Activation):
    """Silu of straight lines, x · relu6(x + 3) / 6 (Howard et al. 2019, MobileNetV3)."""

    per_value = ("add", "compare", "compare", "multiply", "divide")
    torch_name = "Hardswish"
    saved = saves_input
    examples = (
        Example(
            {},
            inputs=((6, 3, 2),),
            output=(6, 3, 2),
            operations={"add": 36, "compare": 72, "multiply": 36, "divide": 36},
        ),
    )


@op("mish")
class Mish(Activation):
    """x · tanh(softplus(x)) (Misra 2019)."""

    per_value = ("exp", "add", "log", "tanh", "multiply")
    torch_name = "Mish"
    saved = saves_input
    examples = (
        Example(
            {},
            inputs=((5,),),
            output=(5,),
            operations={"exp": 5, "add": 5, "log": 5, "tanh": 5, "multiply": 5},
        ),
    )


_GELUS = {
    "none": ("multiply", "erf", "add", "multiply", "multiply"),
    "tanh": (*["multiply"] * 3, "add", "multiply", "tanh", "add", "multiply", "multiply"),
}


@op("gelu")
class Gelu(Activation):
    """Gaussian error linear unit, x/2 · (1 + erf(x/√2)) (Hendrycks, Gimpel 2016).

    Approximated by a hyperbolic tangent it is x/2 · (1 + tanh(√(2/π) · (x + 0.044715·x³))).
    """

    approximate: str = field(choice("none", "tanh"), "by what it is approximated", default="none")

    torch_name = "GELU"
    saved = saves_input
    examples = (
        Example(
            {},
            inputs=((3, 2, 2),),
            output=(3, 2, 2),
            operations={"multiply": 36, "erf": 12, "add": 12},
            note="x/√2, its error function, 1 added; times x and times 1/2",
        ),
        Example(
            {"approximate": "tanh"},
            inputs=((5,),),
            output=(5,),
            operations={"multiply": 30, "add": 10, "tanh": 5},
            note="x·x·x·0.044715 takes 3 products, √(2/π), x and 1/2 one each",
        ),
    )

    @property
    def per_value(self) -> tuple[str, ...]:
        return _GELUS[self.approximate]

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.GELU(self.approximate)
