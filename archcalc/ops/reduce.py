"""One value for all along some axes: their mean, sum or maximum."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archcalc.arithmetic import Number, Zero
from archcalc.ops.axes import counted_from_first, reading_along
from archcalc.ops.common import as_module, nothing
from archcalc.ops.fields import field
from archcalc.ops.in_torch import TorchCall, TorchPart
from archcalc.ops.kinds import AXIS_LIST, FLAG, choice
from archcalc.ops.op import Example, Op, OpError
from archcalc.ops.registry import op
from archcalc.ops.saved import THE_INPUT_SAVED, THE_OUTPUT_SAVED, Saved
from archcalc.ops.window import POINT, WHOLE, Moved, Reach
from archcalc.shape import Shape

_REASONS = {
    "mean": Zero("additions and one division; no weights"),
    "sum": Zero("only additions"),
    "max": Zero("only comparisons"),
}


@op("reduce")
class Reduce(Op):
    """The mean, the sum or the maximum along axes, which then are gone."""

    axes: tuple[int, ...] = field(AXIS_LIST, "along which axes")
    mode: str = field(choice("mean", "sum", "max"), "what is taken", default="mean")
    keep: int = field(FLAG, "keep the axes, with a size of 1", default=0)

    examples = (
        Example(
            {"axes": 0},
            inputs=((196, 5),),
            output=(5,),
            operations={"add": 975, "divide": 5},
            note="the mean of all tokens: 195 additions for each of 5 features",
        ),
        Example(
            {"axes": ["height", "width"], "mode": "max", "keep": True},
            inputs=((3, 2, 4),),
            output=(3, 1, 1),
            operations={"compare": 21},
        ),
        Example(
            {"axes": "channels", "mode": "sum", "keep": True},
            inputs=((3, 2, 4),),
            output=(1, 2, 4),
            operations={"add": 16},
        ),
    )

    parameters = nothing("it has no weights")

    def _axes(self, x: Shape) -> tuple[int, ...]:
        return tuple(counted_from_first(self, axis, x) for axis in self.axes)

    def output(self, x: Shape) -> Shape:
        axes = self._axes(x)
        if self.keep:
            return Shape(*(1 if axis in axes else size for axis, size in enumerate(x)))
        return Shape(*(size for axis, size in enumerate(x) if axis not in axes))

    def macs(self, y: Shape, x: Shape) -> Number:
        return _REASONS[self.mode]

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        count = x.elements - y.elements
        if self.mode == "mean":
            return {"add": count, "divide": y.elements}
        return {"add" if self.mode == "sum" else "compare": count}

    def window(self, x: Shape) -> Reach:
        read = reading_along(self._axes(x), x, f"a {self.mode}")
        if read is POINT and not self.keep:
            return Moved("takes channels together") if len(x) > 1 else WHOLE
        return read

    def check(self, x: Shape) -> None:
        axes = self._axes(x)
        if len(set(axes)) < len(axes):
            raise OpError(f"names an axis of {x} twice")
        if len(axes) == len(x) and not self.keep:
            raise OpError(f"leaves no axis of {x}; keep leaves them with a size of 1")

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        return (THE_INPUT_SAVED, THE_OUTPUT_SAVED) if self.mode == "max" else ()

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        name = {"mean": "mean", "sum": "sum", "max": "amax"}[self.mode]
        return (TorchCall(f"torch.{name}", x.elements, y.elements),)

    def module(self, torch: Any, in_channels: int) -> Any:
        function = {"mean": torch.mean, "sum": torch.sum, "max": torch.amax}[self.mode]
        dims = [axis if axis < 0 else axis + 1 for axis in self.axes]
        keep = bool(self.keep)
        return as_module(torch, lambda x: function(x, dim=dims, keepdim=keep))
