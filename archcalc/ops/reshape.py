"""Ops that only arrange numbers: flatten, reshape, pad, crop."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import inf, prod
from typing import Any

from archcalc.arithmetic import exact_div, product
from archcalc.ops.axes import check_channels_first
from archcalc.ops.common import (
    Arranging,
    as_module,
    check_map,
    no_operations,
    nothing,
    only_arranges,
)
from archcalc.ops.fields import field
from archcalc.ops.in_torch import TorchCall, TorchPart
from archcalc.ops.kinds import ENDS, REST, SIZES_OR_REST, Pair, choice
from archcalc.ops.op import Example, Op, OpError
from archcalc.ops.registry import op
from archcalc.ops.saved import THE_INPUT_SAVED, Saved, is_a_view
from archcalc.ops.window import WHOLE, Moved, Window, sliding
from archcalc.shape import AXES_OF_POSITIONS, Shape, of_channels, with_other_sizes

_UNTOUCHED = (0, 0)
_CONSTANTS = {"zeros": 0.0, "-inf": -inf}
"""The modes of a border that holds one number."""


def _ends(**axes: Pair) -> Iterator[str]:
    """What a row says of the two ends of each axis: `height 1+0`."""
    return (f"{axis} {ends[0]}+{ends[1]}" for axis, ends in axes.items() if ends != _UNTOUCHED)


@op("flatten")
class Flatten(Arranging):
    """A map CxHxW as a vector of C·H·W features."""

    torch_name = "Flatten"
    examples = (Example({}, inputs=((3, 2, 4),), output=(24,)),)

    parameters = nothing("flattening has no weights")
    macs = nothing("flattening only arranges numbers")
    is_view = is_a_view

    def output(self, x: Shape) -> Shape:
        return Shape(x.elements)

    def window(self, x: Shape) -> None:
        return WHOLE

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.Flatten()


@op("reshape")
class Reshape(Arranging):
    """The same numbers, in the same order, in another shape."""

    shape: tuple[int, ...] = field(
        SIZES_OR_REST, "the sizes of the output; one may be -1, for what the others leave"
    )

    examples = (
        Example({"shape": [768, -1]}, ((768, 14, 14),), (768, 196)),
        Example({"shape": [4, 2, 3]}, ((24,),), (4, 2, 3)),
        Example({"shape": 6}, ((2, 3),), (6,)),
    )

    parameters = nothing("reshaping has no weights")
    macs = nothing("reshaping only arranges numbers")
    is_view = is_a_view
    consists_of = only_arranges

    def output(self, x: Shape) -> Shape:
        others = product(*(size for size in self.shape if size != REST))
        return with_other_sizes(
            x, *(exact_div(x.elements, others) if n == REST else n for n in self.shape)
        )

    def window(self, x: Shape) -> Moved:
        return Moved("gives positions another shape")

    def summary(self, x: Shape) -> str:
        return f"reshape from {x}"

    def check(self, x: Shape) -> None:
        others = prod(size for size in self.shape if size != REST)
        if x.elements % others or (REST not in self.shape and x.elements != others):
            sizes = "x".join(map(str, self.shape))
            raise OpError(f"{x} has {x.elements} numbers, which are no {sizes}")

    def module(self, torch: Any, in_channels: int) -> Any:
        return as_module(torch, lambda x: x.reshape(len(x), *self.shape))


@op("pad")
class Pad(Op):
    """Values added before and after channels, rows, columns, frames or the positions of a sequence.

    Zero channels make the shortcut without parameters that He et al. 2015 call option A.
    """

    channels: Pair = field(ENDS, "zero channels", default=(0, 0), symbol="padding", silent=0)
    height: Pair = field(
        ENDS, "zero rows, above and below", default=(0, 0), symbol="padding", silent=0
    )
    width: Pair = field(
        ENDS, "zero columns, left and right", default=(0, 0), symbol="padding", silent=0
    )
    frames: Pair = field(
        ENDS, "of a volume, first and last", default=(0, 0), symbol="padding", silent=0
    )
    length: Pair = field(
        ENDS, "of a sequence, first and last", default=(0, 0), symbol="padding", silent=0
    )
    mode: str = field(
        choice("zeros", "-inf", "reflect", "replicate"),
        "what the border holds; no maximum is that of -inf",
        default="zeros",
    )

    takes_signals = True
    examples = (
        Example(
            {"height": [0, 1], "width": [2, 3]},
            inputs=((4, 8, 6),),
            output=(4, 9, 11),
            note="8 + 0 + 1 rows, 6 + 2 + 3 columns",
        ),
        Example(
            {"channels": 1, "height": 1, "width": 1},
            inputs=((4, 8, 6),),
            output=(6, 10, 8),
        ),
        Example(
            {"channels": [0, 16]},
            inputs=((16, 4, 4),),
            output=(32, 4, 4),
            note="an option A shortcut from 16 to 32 maps",
        ),
        Example({"height": 1, "width": [2, 0], "mode": "reflect"}, ((2, 3, 4),), (2, 5, 6)),
        Example({"length": [4, 0], "mode": "replicate"}, ((2, 3),), (2, 7)),
        Example({"height": [0, 1], "mode": "-inf"}, ((2, 3, 4),), (2, 4, 4)),
        Example({"frames": 1, "width": [0, 1]}, ((2, 3, 4, 5),), (2, 5, 4, 6)),
    )

    operations = no_operations
    parameters = nothing("its values are no weights")
    macs = nothing("padding only arranges numbers")

    def _ends_of(self, x: Shape) -> tuple[Pair, ...]:
        """What is added along each of its axes."""
        names = ("channels", *AXES_OF_POSITIONS[len(x) - 1])
        return tuple([getattr(self, name) for name in names])

    def output(self, x: Shape) -> Shape:
        ends = zip(x, self._ends_of(x), strict=True)
        return of_channels(*[size + before + after for size, (before, after) in ends])

    def window(self, x: Shape) -> Window:
        before = tuple([ends[0] for ends in self._ends_of(x)[1:]])
        ones = (1,) * len(before)
        return sliding(ones, ones, before)

    def check(self, x: Shape) -> None:
        if not 2 <= len(x) <= 4:
            check_map(x, self)
        check_channels_first(self, x)
        given = {
            name for name in ("height", "width", "frames", "length") if any(getattr(self, name))
        }
        for name in sorted(given - set(AXES_OF_POSITIONS[len(x) - 1])):
            raise OpError(f"pad of {name}: {x} has {' and '.join(AXES_OF_POSITIONS[len(x) - 1])}")
        if self.mode == "zeros":
            return
        if any(self.channels):
            raise OpError(f"mode {self.mode} is of positions; channels are padded by zeros")
        for size, ends in zip(x, self._ends_of(x), strict=True):
            if self.mode == "reflect" and max(ends) >= size:
                raise OpError(f"padding (={max(ends)}) cannot be reflected in {x}")

    def settings(self) -> Iterator[str]:
        names = ("channels", "frames", "height", "width", "length")
        yield from _ends(**{name: getattr(self, name) for name in names})
        if self.mode != "zeros":
            yield self.mode

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        return () if self.mode in _CONSTANTS else (THE_INPUT_SAVED,)

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        return (TorchCall("F.pad", x.elements, y.elements),)

    def module(self, torch: Any, in_channels: int) -> Any:
        value = _CONSTANTS.get(self.mode)
        mode = self.mode if value is None else "constant"

        def padded(x: Any) -> Any:
            names = ("channels", *AXES_OF_POSITIONS[x.dim() - 2])
            ends = [getattr(self, name) for name in names]
            if mode != "constant":
                ends = ends[1:]
            # torch counts axes from the last one
            sizes = [n for pair in reversed(ends) for n in pair]
            return torch.nn.functional.pad(x, sizes, mode, value)

        return as_module(torch, padded)


@op("crop")
class Crop(Arranging):
    """A map without some of its outer rows and columns, as U-Net crops what it carries over."""

    height: Pair = field(ENDS, "rows cut, above and below", default=(0, 0), symbol="cut", silent=0)
    width: Pair = field(ENDS, "columns cut, left and right", default=(0, 0), symbol="cut", silent=0)

    examples = (
        Example(
            {"height": [1, 0], "width": 2},
            inputs=((3, 5, 9),),
            output=(3, 4, 5),
            note="5 - 1 - 0 rows, 9 - 2 - 2 columns",
        ),
        Example({"height": 1, "width": 1}, inputs=((3, 5, 9),), output=(3, 3, 7)),
    )

    reads_what_it_keeps = True
    parameters = nothing("cropping has no weights")
    macs = nothing("cropping only leaves numbers out")

    def output(self, x: Shape) -> Shape:
        return Shape(
            x.channels,
            x.height - self.height[0] - self.height[1],
            x.width - self.width[0] - self.width[1],
        )

    def window(self, x: Shape) -> Window:
        return sliding((1, 1), (1, 1), (-self.height[0], -self.width[0]))

    def check(self, x: Shape) -> None:
        check_map(x, self)
        for axis, size, cut in (("height", x.height, self.height), ("width", x.width, self.width)):
            if sum(cut) >= size:
                raise OpError(f"cuts {sum(cut)} of the input's {axis} {size}; nothing is left")

    def settings(self) -> Iterator[str]:
        return _ends(height=self.height, width=self.width)

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        return (TorchCall("F.pad", x.elements, y.elements),)

    def module(self, torch: Any, in_channels: int) -> Any:
        cut = (*self.width, *self.height)  # torch counts axes from the last one
        return as_module(torch, lambda x: torch.nn.functional.pad(x, [-n for n in cut]))
