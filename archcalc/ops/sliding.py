"""Windows that slide along the positions of a tensor: of a sequence, a map or a volume.

One class of ops serves all three: `class Conv1d(Convolution, dims=1)` is a convolution whose fields
for two axes are for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from archcalc.arithmetic import Number, extent, window_count
from archcalc.ops.common import check_map
from archcalc.ops.fields import field
from archcalc.ops.in_torch import TorchModule, TorchPart
from archcalc.ops.kinds import ALONG, AXIS, PADDING, PAIR
from archcalc.ops.op import Op, OpError
from archcalc.ops.window import Window
from archcalc.shape import AXES_OF_POSITIONS, Shape, Tokens, of_channels

TENSORS = {1: "a sequence CxL", 3: "a volume CxDxHxW"}
"""What a window of so many axes slides over."""


class Sliding(Op):
    """An op that slides a window along positions, and keeps channels apart."""

    dims: ClassVar[int] = 2
    """How many axes positions are along."""
    axis: ClassVar[int | None] = None
    """Along which axis the positions of a sequence are; a field of ops of sequences."""

    def __init_subclass__(cls, dims: int = 2, **given: Any):
        super().__init_subclass__(**given)
        cls.dims = dims
        for name, info in cls.field_infos.items() if dims != 2 else ():
            if info.kind in (PAIR, PADDING):
                kind, default = ALONG[dims, int(info.kind is PAIR)], info.default
                if isinstance(default, tuple):
                    default = default[:1] * dims
                setattr(cls, name, info._replace(kind=kind, default=default))
        if dims == 1:
            doc = "along which axis positions are: the last, or 0 of LxC"
            cls.axis = field(AXIS, doc, default=None)

    @property
    def takes_signals(self) -> bool:
        return not self.has_channels_last

    @property
    def has_channels_last(self) -> bool:
        """Whether it reads a sequence LxC, positions first."""
        return self.axis in (0, -2)

    def settled(self, *inputs: Shape) -> Op:
        """Along the positions of what is known to be tokens."""
        if self.dims == 1 and self.axis is None and isinstance(inputs[0], Tokens):
            return self.replaced(axis=0)
        return self

    def in_channels(self, *inputs: Shape) -> tuple[Number, ...]:
        return tuple(map(self.channels_of, inputs))

    def channels_of(self, x: Shape) -> Number:
        """The channels of a tensor that it reads or gives."""
        return x[-1] if self.has_channels_last else x[0]

    def sizes_of(self, x: Shape) -> tuple[Number, ...]:
        """Its sizes along positions."""
        return x[:-1] if self.has_channels_last else x[1:]

    def shaped(self, channels: Number, *sizes: Number) -> Shape:
        """A tensor of so many channels and positions."""
        return Tokens(*sizes, channels) if self.has_channels_last else of_channels(channels, *sizes)

    def axis_names(self, *inputs: Shape) -> tuple[tuple[str, ...], ...]:
        if self.dims != 1:
            return super().axis_names(*inputs)
        changes = "out_channels" in self.field_names
        before, after = ("in", "out") if changes else ("channels", "channels")
        if self.has_channels_last:
            return ("length", before), ("length", after)
        return (before, "length"), (after, "length")

    def check_rank(self, x: Shape) -> None:
        """Raise OpError unless it is a tensor of as many axes as the window slides along."""
        if self.axis not in (None, 0, 1, -1, -2):
            raise OpError(f"{self.name} has axis {self.axis}; 0 and -1 are those of a sequence")
        if len(x) != self.dims + 1:
            if self.dims == 2:
                check_map(x, self)
            raise OpError(f"{self.name} takes {TENSORS[self.dims]}, got {x}")

    def check_window(self, x: Shape, window: Window) -> None:
        """Raise OpError unless the window fits into the padded input."""
        self.check_rank(x)
        for axis, size in enumerate(self.sizes_of(x)):
            span = extent(window.kernel_size[axis], window.dilation[axis])
            padded = size + 2 * window.padding[axis]
            if span > padded:
                name = AXES_OF_POSITIONS[self.dims][axis]
                raise OpError(
                    f"gets {x}, smaller than its kernel: {name} {size} + padding is {padded}, "
                    f"the kernel spans {span}"
                )

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        of_torch = TorchModule(self.torch_name, x.elements, y.elements)
        if not self.has_channels_last:
            return (of_torch,)
        own = TorchModule(
            f"OverTokens({self.torch_name})", x.elements, y.elements, is_of_torch=False
        )
        return own, *of_torch.called

    def as_it_reads(self, torch: Any, *given: Any, **named: Any) -> Any:
        """Its module of torch, which reads channels first, for the sequences that it reads."""
        make = getattr(torch.nn, self.torch_name)
        if not self.has_channels_last:
            return make(*given, **named)

        class OverTokens(make):  # type: ignore[misc, valid-type]
            def forward(self, x: Any) -> Any:
                return super().forward(x.transpose(1, 2)).transpose(1, 2).contiguous()

        return OverTokens(*given, **named)


def window_counts(
    sizes: tuple[Number, ...], window: Window, ceil_mode: Number = 0
) -> tuple[Number, ...]:
    """How many places a window has along each axis."""
    along = zip(
        sizes, window.kernel_size, window.stride, window.padding, window.dilation, strict=True
    )
    return tuple([window_count(n, k, s, p, d, ceil_mode) for n, k, s, p, d in along])
