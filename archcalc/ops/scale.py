"""Softmax, and a constant factor."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from archcalc.arithmetic import Number
from archcalc.ops.fields import EXACT, field
from archcalc.ops.op import Elementwise, Example, as_module, nothing
from archcalc.ops.registry import op
from archcalc.ops.saved import saves_nothing, saves_output
from archcalc.shape import Shape


@op("softmax")
class Softmax(Elementwise):
    """Softmax over the features of a vector, or over the channels at each position of a map."""

    fvcore_uncounted = ("aten::softmax",)
    examples = (
        Example(
            {},
            inputs=((10,),),
            output=(10,),
            operations={"exp": 10, "add": 9, "divide": 10},
        ),
        Example(
            {},
            inputs=((3, 2, 2),),
            output=(3, 2, 2),
            operations={"exp": 12, "add": 8, "divide": 12},
        ),
    )

    parameters = nothing("softmax has no weights")
    macs = nothing("an exponential, an addition and a division a value")
    saved = saves_output

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        sums = y.elements // y.channels * (y.channels - 1)
        return {"exp": y.elements, "add": sums, "divide": y.elements}

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.Softmax(dim=1)


@op("scale")
class Scale(Elementwise):
    """Each value times a constant: Inception-ResNet damps its residuals (Szegedy et al. 2016)."""

    factor: Fraction = field(EXACT, "the constant, not learned")

    fvcore_uncounted = ("aten::mul",)
    examples = (
        Example(
            {"factor": Fraction("0.17")},
            inputs=((320, 2, 2),),
            output=(320, 2, 2),
            operations={"multiply": 1_280},
        ),
    )

    parameters = nothing("its factor is chosen")
    macs = nothing("a constant factor a value")
    saved = saves_nothing

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"multiply": y.elements}

    def module(self, torch: Any, in_channels: int) -> Any:
        factor = float(self.factor)
        return as_module(torch, lambda x: x * factor)
