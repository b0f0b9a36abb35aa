"""Softmax, and the gated linear unit: ops along one axis."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

from archcalc.arithmetic import Number, exact_div
from archcalc.ops.axes import first_unless_said, positions, reading_along
from archcalc.ops.common import Elementwise, check_divisible, nothing
from archcalc.ops.fields import field
from archcalc.ops.kinds import AXIS
from archcalc.ops.op import Example, Op
from archcalc.ops.registry import op
from archcalc.ops.saved import saves_input, saves_output
from archcalc.ops.window import POINT, Moved, Reach
from archcalc.shape import Shape


def _dim(axis: int | None) -> int:
    """The dimension in torch of an axis, which has the batch in front."""
    return 1 if axis is None else axis if axis < 0 else axis + 1


@op("softmax")
class Softmax(Elementwise):
    """Softmax over the features of a vector, the channels of a map at each position, or an axis."""

    axis: int | None = field(AXIS, "over what; the channels of a map or a vector", default=None)

    torch_name = "Softmax"
    examples: ClassVar[tuple[Example, ...]] = (
        Example({}, ((10,),), (10,), operations={"exp": 10, "add": 9, "divide": 10}),
        Example({}, ((3, 2, 2),), (3, 2, 2), operations={"exp": 12, "add": 8, "divide": 12}),
        Example(
            {"axis": "last"},
            inputs=((2, 5, 4),),
            output=(2, 5, 4),
            operations={"exp": 40, "add": 30, "divide": 40},
            note="3 additions in each of 2·5 rows",
        ),
    )

    parameters = nothing("softmax has no weights")
    macs = nothing("an exponential, an addition and a division a value")
    saved = saves_output

    def axis_of(self, x: Shape) -> int:
        """The axis over which it normalises, counted from the first."""
        return first_unless_said(self, self.axis, x)

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        size = y[self.axis_of(y)]
        sums = y.elements // size * (size - 1)
        return {"exp": y.elements, "add": sums, "divide": y.elements}

    def window(self, x: Shape) -> Reach:
        return reading_along([self.axis_of(x)], x, "a softmax")

    def check(self, x: Shape) -> None:
        self.axis_of(x)

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.Softmax(dim=_dim(self.axis))


@op("log_softmax")
class LogSoftmax(Softmax):
    """The logarithm of a softmax: each value less that of the sum of exponentials."""

    torch_name = "LogSoftmax"
    examples = (
        Example({}, ((10,),), (10,), operations={"exp": 10, "add": 9, "log": 1, "subtract": 10}),
        Example(
            {"axis": "last"},
            inputs=((5, 4),),
            output=(5, 4),
            operations={"exp": 20, "add": 15, "log": 5, "subtract": 20},
        ),
    )

    macs = nothing("exponentials, their sum and its logarithm")

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        rows = y.elements // y[self.axis_of(y)]
        sums = y.elements - rows
        return {"exp": y.elements, "add": sums, "log": rows, "subtract": y.elements}

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.LogSoftmax(dim=_dim(self.axis))


@op("glu")
class Glu(Op):
    """Gated linear unit (Dauphin et al. 2017): one half of the channels times the logistic function
    of the other."""

    axis: int | None = field(AXIS, "along what; the channels of a map or a vector", default=None)

    words = ("activation",)
    torch_name = "GLU"
    examples = (
        Example(
            {},
            inputs=((6, 3, 2),),
            output=(3, 3, 2),
            operations={"exp": 18, "add": 18, "divide": 18, "multiply": 18},
        ),
        Example(
            {"axis": "last"},
            inputs=((5, 4),),
            output=(5, 2),
            operations={"exp": 10, "add": 10, "divide": 10, "multiply": 10},
        ),
    )

    parameters = nothing("glu has no weights")
    macs = nothing("4 operations a value; a logistic function and a product of two halves")
    saved = saves_input

    def output(self, x: Shape) -> Shape:
        axis = first_unless_said(self, self.axis, x)
        return x.with_size(axis, exact_div(x[axis], 2))

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return dict.fromkeys(("exp", "add", "divide", "multiply"), y.elements)

    def window(self, x: Shape) -> Reach:
        is_moved = first_unless_said(self, self.axis, x) in positions(x)
        return Moved("weighs half of the positions by the other half") if is_moved else POINT

    def check(self, x: Shape) -> None:
        axis = first_unless_said(self, self.axis, x)
        if x[axis] % 2:
            check_divisible(f"axis {axis}", x[axis], "halves", 2)

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.GLU(dim=_dim(self.axis))
