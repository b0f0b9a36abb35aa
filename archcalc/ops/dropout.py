"""Regularisation by leaving out at random, in training only: values, or whole paths."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from archcalc.arithmetic import Number
from archcalc.ops.common import Elementwise, no_operations, nothing
from archcalc.ops.fields import field, written
from archcalc.ops.in_torch import TorchCall, TorchPart
from archcalc.ops.kinds import EXACT
from archcalc.ops.op import Example, OpError
from archcalc.ops.registry import op
from archcalc.ops.saved import Saved
from archcalc.shape import Shape


@op("dropout")
class Dropout(Elementwise):
    """Dropout (Srivastava et al. 2014): values dropped at random in training, kept in use."""

    p: Fraction = field(EXACT, "probability that a value is dropped", default=Fraction(1, 2))

    torch_name = "Dropout"
    examples = (Example({"p": Fraction(2, 5)}, inputs=((7,),), output=(7,)),)

    operations = no_operations
    parameters = nothing("dropout has no weights")
    macs = nothing("in use dropout passes its input on")

    def check(self, x: Shape) -> None:
        if not 0 <= self.p <= 1:
            raise OpError(f"p is a probability, got {written(self.p)}")

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        if self.p == 0:
            return ()
        if self.p == 1:  # torch multiplies by a single zero
            return (Saved("zero", 1, is_per_sample=False),)
        return (Saved("mask", y.elements, 1),)

    def is_view(self, x: Shape) -> bool:
        return self.p == 0

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.Dropout(float(self.p))


@op("drop_path")
class DropPath(Elementwise):
    """Stochastic depth (Huang et al. 2016): in training the whole path is dropped at random.

    In use every path is there, scaled by the probability with which it survived in training.
    """

    survival: Fraction = field(EXACT, "probability that the path survives")

    examples = (
        Example(
            {"survival": Fraction(107, 108)},
            inputs=((16, 3, 3),),
            output=(16, 3, 3),
            operations={"multiply": 144},
            note="the first of 54 blocks, where the last survives with 1/2",
        ),
    )

    parameters = nothing("dropping a path has no weights")
    macs = nothing("in use one constant factor a value")

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"multiply": y.elements}

    def check(self, x: Shape) -> None:
        if not 0 < self.survival <= 1:
            raise OpError(f"survival is a probability above 0, got {written(self.survival)}")

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        return (Saved("whether the path survives", 1, 1, is_per_sample=False),)

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        return (TorchCall("*", x.elements, y.elements),)

    def module(self, torch: Any, in_channels: int) -> Any:
        survival = float(self.survival)

        class DropPath(torch.nn.Module):  # type: ignore[misc]
            def forward(self, x: Any) -> Any:
                if self.training:
                    return x * (torch.rand((), device=x.device) < survival)
                return x * survival

        return DropPath()
