"""Values by relative position, as attention in windows takes them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from archcalc.arithmetic import product
from archcalc.ops.arrange import Copying
from archcalc.ops.common import as_module, nothing
from archcalc.ops.fields import field
from archcalc.ops.in_torch import TorchCall, TorchPart
from archcalc.ops.kinds import PAIR
from archcalc.ops.op import Example, OpError
from archcalc.ops.registry import op
from archcalc.ops.window import Moved
from archcalc.shape import Shape


@op("relative_positions")
class RelativePositions(Copying):
    """Values by relative position as one for each pair of positions of a window
    (Liu et al. 2021, Swin).

    Its input is Cx(2h-1)x(2w-1) for a window of h x w; its output, CxPxP of P = h·w positions, is
    what attention takes as a mask of each head.
    """

    size: tuple[int, int] = field(PAIR, "the window", default=(7, 7))

    examples = (
        Example({}, ((3, 13, 13),), (3, 49, 49), note="a window of 7x7 in three heads"),
        Example({"size": [2, 3]}, ((2, 3, 5),), (2, 6, 6)),
    )

    parameters = nothing("the values are a layer of their own")
    macs = nothing("it only repeats numbers")

    def output(self, x: Shape) -> Shape:
        positions = self.size[0] * self.size[1]
        return Shape(x[0], positions, positions)

    def window(self, x: Shape) -> Moved:
        return Moved("repeats positions")

    def check(self, x: Shape) -> None:
        height, width = self.size
        if tuple(x[1:]) != (2 * height - 1, 2 * width - 1):
            raise OpError(f"takes Cx{2 * height - 1}x{2 * width - 1}, got {x}")

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        # What unfolding shows is not copied; flipping copies it.
        rows = product(x[0], self.size[0], self.size[0], x[2])
        return (
            TorchCall("Tensor.unfold", x.elements, rows),
            TorchCall("Tensor.unfold", rows, y.elements),
            TorchCall("torch.flip", y.elements, y.elements),
        )

    def module(self, torch: Any, in_channels: int) -> Any:
        height, width = self.size

        def of_pairs(table: Any) -> Any:
            # Windows go up in k and l, so they are flipped: [i, j, k, l] is for (i - k, j - l).
            windows = table.unfold(2, height, 1).unfold(3, width, 1).flip(-2, -1)
            return windows.flatten(-2).flatten(-3, -2)

        return as_module(torch, of_pairs)
