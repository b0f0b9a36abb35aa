"""Functions of one value that are no activations of their own: roots, powers, logarithms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from archcalc.ops.activation import Activation
from archcalc.ops.common import as_module
from archcalc.ops.in_torch import TorchCall, TorchPart
from archcalc.ops.op import Example
from archcalc.ops.registry import op
from archcalc.ops.saved import saves_input, saves_output
from archcalc.shape import Shape


class OfTorch(Activation):
    """A function of torch of one value, by the name of that."""

    words = ()
    function: ClassVar[str]

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        return (TorchCall(f"torch.{self.function}", x.elements, y.elements),)

    def module(self, torch: Any, in_channels: int) -> Any:
        return as_module(torch, getattr(torch, self.function))


@op("exp")
class Exp(OfTorch):
    """The exponential function."""

    per_value = ("exp",)
    function = "exp"
    saved = saves_output
    examples = (Example({}, ((2, 3),), (2, 3), operations={"exp": 6}),)


@op("log")
class Log(OfTorch):
    """The natural logarithm."""

    per_value = ("log",)
    function = "log"
    saved = saves_input
    examples = (Example({}, ((2, 3),), (2, 3), operations={"log": 6}),)


@op("sqrt")
class Sqrt(OfTorch):
    """The square root."""

    per_value = ("sqrt",)
    function = "sqrt"
    saved = saves_output
    examples = (Example({}, ((2, 3),), (2, 3), operations={"sqrt": 6}),)


@op("square")
class Square(OfTorch):
    """Each value times itself."""

    per_value = ("multiply",)
    function = "square"
    saved = saves_input
    examples = (Example({}, ((2, 3),), (2, 3), operations={"multiply": 6}),)


@op("abs")
class Abs(OfTorch):
    """The absolute value."""

    per_value = ("compare",)
    function = "abs"
    saved = saves_input
    examples = (Example({}, ((2, 3),), (2, 3), operations={"compare": 6}),)
