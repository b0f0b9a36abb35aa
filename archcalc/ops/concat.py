"""Concatenation."""

from __future__ import annotations

from functools import reduce
from typing import Any

from archcalc.ops.axes import first_unless_said, reading_along
from archcalc.ops.common import Arranging, as_module, nothing, only_arranges, point
from archcalc.ops.fields import field
from archcalc.ops.kinds import AXIS
from archcalc.ops.op import MANY, Example, OpError
from archcalc.ops.registry import op
from archcalc.ops.window import Moved, Reach
from archcalc.shape import Shape, axes_of, known_kind


@op("concat")
class Concat(Arranging):
    """Concatenation along the channels, or another axis, in the order of its inputs."""

    axis: int | None = field(AXIS, "along what; the channels of a map or vector", default=None)

    arity = MANY
    examples = (
        Example({}, inputs=((192, 4, 4), (208, 4, 4)), output=(400, 4, 4)),
        Example({}, inputs=((3,), (4,), (5,)), output=(12,)),
        Example({"axis": 0}, ((1, 768), (196, 768)), (197, 768), note="a class token in front"),
        Example({"axis": "last"}, inputs=((2, 3, 4), (2, 3, 1)), output=(2, 3, 5)),
    )

    parameters = nothing("joining has no weights")
    macs = nothing("joining copies, no arithmetic")
    consists_of = only_arranges

    def output(self, *inputs: Shape) -> Shape:
        axis = first_unless_said(self, self.axis, inputs[0])
        total = reduce(lambda so_far, x: so_far + x[axis], inputs[1:], inputs[0][axis])
        return known_kind(*inputs)(*inputs[0].with_size(axis, total))

    def axis_names(self, *inputs: Shape) -> tuple[tuple[str, ...], ...]:
        axis = first_unless_said(self, self.axis, inputs[0])
        names = axes_of(inputs[0])
        joined = (*names[:axis], "", *names[axis + 1 :])
        return (*(joined for _ in inputs), names)

    def window(self, *inputs: Shape) -> Reach:
        axis = first_unless_said(self, self.axis, inputs[0])
        if reading_along([axis], inputs[0], "") is point(self):
            return point(self)
        return Moved("joins maps side by side")

    def check(self, *inputs: Shape) -> None:
        first = inputs[0]
        axis = first_unless_said(self, self.axis, first)
        others_of_first = first.with_size(axis, 0)
        checked = {id(first)}  # inputs are many, and their shapes few
        for i, x in enumerate(inputs[1:], start=2):
            if id(x) in checked:
                continue
            checked.add(id(x))
            if len(x) != len(first) or x.with_size(axis, 0) != others_of_first:
                others = "height and width" if axis == 0 and first.is_map else "all other sizes"
                raise OpError(f"input 1 is {first}, input {i} is {x}; {others} must agree")

    def module(self, torch: Any, *channels: int) -> Any:
        axis = self.axis or 0
        dim = axis if axis < 0 else axis + 1
        return as_module(torch, lambda *inputs: torch.cat(inputs, dim=dim))
