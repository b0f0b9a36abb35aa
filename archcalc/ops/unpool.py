"""Unpooling: max pooling turned round."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from archcalc.ops.common import as_module, as_usually_written, no_operations, nothing
from archcalc.ops.fields import field
from archcalc.ops.in_torch import TorchCall, TorchPart
from archcalc.ops.kinds import LAYER
from archcalc.ops.op import Example, Op, OpError
from archcalc.ops.pool import MaxPool2d
from archcalc.ops.registry import op
from archcalc.ops.saved import Saved
from archcalc.ops.window import Window, transposed_window
from archcalc.shape import Shape


@op("max_unpool2d")
class MaxUnpool2d(Op):
    """Max pooling turned round (Zeiler, Fergus 2013): values go back to where the maxima were.

    Its second input, found through `of`, is what that pooling pooled: from it come the size of the
    output and the switches, which are the places of the maxima. All other places are 0.
    """

    of: MaxPool2d = field(LAYER, "the earlier max_pool2d whose switches and input size it takes")

    words = ("unpool",)
    arity = 2
    value_inputs = 1
    examples = (
        Example(
            {"of": MaxPool2d(kernel_size=(3, 3), stride=(2, 2), padding=(1, 1), ceil_mode=0)},
            inputs=((4, 55, 55), (4, 110, 110)),
            output=(4, 110, 110),
            note="ZFNet's first: 110 pooled by 3x3/2 with padding 1 is 55",
        ),
        Example(
            {"of": MaxPool2d(kernel_size=(2, 3), stride=(2, 3), padding=(0, 0), ceil_mode=1)},
            inputs=((2, 3, 3), (2, 5, 7)),
            output=(2, 5, 7),
        ),
    )

    operations = no_operations
    parameters = nothing("unpooling has no weights")
    macs = nothing("values are only put back in their places")

    def output(self, x: Shape, pooled: Shape) -> Shape:
        return pooled

    def window(self, *inputs: Shape) -> Window:
        return transposed_window(self.of.kernel_size, self.of.stride, self.of.padding)

    def check(self, x: Shape, pooled: Shape) -> None:
        if self.of.dilation != (1, 1):
            raise OpError("torch has no reverse of a pooling with a dilation")
        expected = self.of.output(pooled)
        if x != expected:
            raise OpError(f"takes {expected}, which its pooling made of {pooled}; got {x}")

    def settings(self) -> Iterator[str]:
        return self.of.settings()

    def saved(self, y: Shape, x: Shape, pooled: Shape) -> Sequence[Saved]:
        return (Saved("indices", x.elements, 8),)

    def consists_of(self, y: Shape, x: Shape, pooled: Shape) -> Sequence[TorchPart]:
        return (
            TorchCall("F.max_pool2d(indices)", pooled.elements, x.elements),
            TorchCall("F.max_unpool2d", x.elements, y.elements),
        )

    def module(self, torch: Any, *channels: int) -> Any:
        functional, of = torch.nn.functional, self.of

        def unpooled(x: Any, pooled: Any) -> Any:
            window = [*map(as_usually_written, (of.kernel_size, of.stride, of.padding))]
            _, switches = functional.max_pool2d(
                pooled, *window, ceil_mode=bool(of.ceil_mode), return_indices=True
            )
            # A tracer's sizes are tensors, which max_unpool2d refuses.
            size = [int(n) for n in pooled.shape[-2:]]
            return functional.max_unpool2d(x, switches, *window, output_size=size)

        return as_module(torch, unpooled)
