"""Ops that only arrange numbers."""

from __future__ import annotations

from typing import Any

from archcalc.ops.base import WHOLE, Example, Op, Shape, no_operations, nothing, op


@op("flatten")
class Flatten(Op):
    """A map CxHxW as a vector of C·H·W features."""

    examples = (Example({}, inputs=((3, 2, 4),), output=(24,), parameters=0, macs=0),)

    operations = no_operations
    parameters = nothing("flattening has no weights")
    macs = nothing("flattening only arranges numbers")

    def output(self, x: Shape) -> Shape:
        return Shape(x.elements)

    def window(self) -> None:
        return WHOLE

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.Flatten()
