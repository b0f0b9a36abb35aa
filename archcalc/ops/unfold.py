"""Windows of a map laid out as columns: what a convolution multiplies."""

from __future__ import annotations

from typing import Any

from archcalc.arithmetic import product
from archcalc.ops.common import no_operations, nothing
from archcalc.ops.fields import field
from archcalc.ops.kinds import PADDING, PAIR, Pair
from archcalc.ops.op import Example
from archcalc.ops.registry import op
from archcalc.ops.saved import saves_nothing
from archcalc.ops.sliding import Sliding, window_counts
from archcalc.ops.window import Moved, Window, sliding
from archcalc.shape import Shape


@op("unfold")
class Unfold(Sliding):
    """Each window of a map as a column of C·kernel·kernel values, window after window.

    A matrix of `out_channels` rows times these columns is a convolution.
    """

    kernel_size: Pair = field(PAIR, "the window", symbol="kernel")
    stride: Pair = field(PAIR, "step of the window", default=(1, 1), symbol="stride")
    padding: Pair = field(PADDING, "zeros on each side", default=(0, 0), symbol="padding")
    dilation: Pair = field(
        PAIR, "step inside the window", default=(1, 1), symbol="dilation", silent=1
    )

    torch_name = "Unfold"
    examples = (
        Example(
            {"kernel_size": 3, "stride": 2, "padding": 1},
            inputs=((4, 5, 7),),
            output=(36, 12),
            note="4·3·3 values of each of 3·4 windows",
        ),
        Example(
            {"kernel_size": [2, 1], "dilation": 2},
            inputs=((3, 6, 2),),
            output=(6, 8),
            note="3·2·1 values of 4·2 windows, each of which spans 3 rows",
        ),
    )

    operations = no_operations
    parameters = nothing("unfolding has no weights")
    macs = nothing("unfolding only copies numbers")
    saved = saves_nothing

    @property
    def sliding(self) -> Window:
        """Its window, whatever its size is in a network."""
        return sliding(self.kernel_size, self.stride, self.padding, self.dilation)

    def output(self, x: Shape) -> Shape:
        counts = window_counts(self.sizes_of(x), self.sliding)
        return Shape(x.channels * product(*self.kernel_size), product(*counts))

    def axis_names(self, x: Shape) -> tuple[tuple[str, ...], ...]:
        return ("channels", "height", "width"), ("values", "windows")

    def window(self, x: Shape) -> Moved:
        return Moved("lays windows out in a row")

    def check(self, x: Shape) -> None:
        self.check_window(x, self.sliding)

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.Unfold(self.kernel_size, self.dilation, self.padding, self.stride)
