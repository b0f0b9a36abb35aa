"""Maps made larger or smaller by repeating or interpolating their values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from archcalc.arithmetic import Number, Zero, plain
from archcalc.ops.common import as_usually_written, check_map, nothing
from archcalc.ops.fields import field
from archcalc.ops.in_torch import TorchCall, TorchModule, TorchPart
from archcalc.ops.kinds import PAIR, Pair, choice
from archcalc.ops.op import Example, Op, OpError
from archcalc.ops.registry import op
from archcalc.ops.saved import saves_nothing
from archcalc.ops.window import Resampling
from archcalc.shape import Shape

_ONLY_COPIES = Zero("repeating only copies")
_FIXED_WEIGHTS = Zero("means with fixed weights; counted apart, not as multiply-adds")


@op("upsample")
class Upsample(Op):
    """A map made larger: each value repeated (nearest), or interpolated between its neighbours."""

    scale_factor: Pair | None = field(
        PAIR, "how many times larger; or say its size", default=None, symbol="scale"
    )
    mode: str = field(choice("nearest", "bilinear"), "how", default="nearest")
    size: Pair | None = field(
        PAIR, "the size of the output, whatever that of the input", default=None, symbol="size"
    )

    torch_name = "Upsample"
    examples = (
        Example(
            {"scale_factor": 2},
            inputs=((8, 3, 4),),
            output=(8, 6, 8),
        ),
        Example(
            {"scale_factor": [2, 3], "mode": "bilinear"},
            inputs=((8, 3, 4),),
            output=(8, 6, 12),
            operations={"multiply": 2_304, "add": 1_728},
            note="4 products and 3 additions for each of 8·6·12 outputs",
        ),
        Example(
            {"size": [7, 5], "mode": "bilinear"},
            inputs=((2, 3, 4),),
            output=(2, 7, 5),
            operations={"multiply": 280, "add": 210},
        ),
        Example({"size": 9}, inputs=((2, 3, 4),), output=(2, 9, 9)),
    )

    parameters = nothing("resizing has no weights")
    saved = saves_nothing

    def output(self, x: Shape) -> Shape:
        if self.scale_factor is None:
            assert self.size is not None
            return Shape(x.channels, *self.size)
        vertical, horizontal = self.scale_factor
        return Shape(x.channels, x.height * vertical, x.width * horizontal)

    def macs(self, y: Shape, x: Shape) -> Number:
        return _ONLY_COPIES if self.mode == "nearest" else _FIXED_WEIGHTS

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        if self.mode == "nearest":
            return {}
        return {"multiply": 4 * y.elements, "add": 3 * y.elements}

    def window(self, x: Shape) -> Resampling:
        """Nearest: `o // scale`. Bilinear: the two around `(o + 1/2)/scale - 1/2`. The scale is
        the output's size over the input's."""
        size = self.output(x)
        (a, b), (c, d) = (
            Fraction(plain(out), plain(n)).as_integer_ratio()
            for out, n in ((size.height, x.height), (size.width, x.width))
        )
        if self.mode == "nearest":
            return Resampling((b, d), (a, c), (0, 0), (0, 0))
        return Resampling((2 * b, 2 * d), (2 * a, 2 * c), (b - a, d - c), (a + b - 1, c + d - 1))

    def check(self, x: Shape) -> None:
        check_map(x, self)
        if (self.scale_factor is None) is (self.size is None):
            raise OpError("takes either scale_factor or size")

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        n, m = x.elements, y.elements
        call = TorchCall("F.interpolate", n, m, f"upsample_{self.mode}2d")
        return (TorchModule(self.torch_name, n, m, (call,)),)

    def module(self, torch: Any, in_channels: int) -> Any:
        factor = self.scale_factor and as_usually_written(self.scale_factor)
        return torch.nn.Upsample(self.size, factor, self.mode)
