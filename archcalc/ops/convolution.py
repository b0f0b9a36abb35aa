"""What convolutions of sequences, maps and volumes share, transposed ones too."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from archcalc.arithmetic import Number, exact_div, product
from archcalc.ops.common import check_divisible, shared
from archcalc.ops.fields import field
from archcalc.ops.in_torch import TorchCall, TorchModule, TorchPart
from archcalc.ops.kinds import FLAG, PADDING, PAIR, SAME, SIZE, TF_SAME, Pair, choice
from archcalc.ops.op import OpError, ParameterShapes
from archcalc.ops.registry import with_fields
from archcalc.ops.saved import THE_INPUT_SAVED, Saved
from archcalc.ops.sliding import Sliding, window_counts
from archcalc.ops.window import Window, sliding
from archcalc.shape import Shape


class Filters(Sliding):
    """An op that gives every output channel weights over a window of its group's channels."""

    out_channels: int
    kernel_size: Pair
    groups: int
    bias: int
    weights: str
    """The layer whose parameters it uses; each class declares it, behind fields of its own."""

    is_weighted = True
    has_activations = True

    @abstractmethod
    def filter_channels(self, x: Shape) -> tuple[Number, Number]:
        """The sizes of its weights along channels, in torch's order."""

    def parameter_shapes(self, x: Shape) -> ParameterShapes:
        weight = (*self.filter_channels(x), *self.kernel_size)
        return {"weight": weight, **({"bias": (self.out_channels,)} if self.bias else {})}

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"bias": self.bias * y.elements}

    def module(self, torch: Any, in_channels: int) -> Any:
        ours = ("axis", "connections", "weights")  # all other fields are torch's arguments
        given = {name: getattr(self, name) for name in self.field_names if name not in ours}
        return self.as_it_reads(torch, in_channels, **{**given, "bias": bool(self.bias)})

    def check_groups(self, x: Shape) -> None:
        """Raise OpError unless the channels on both sides come in as many groups."""
        self.check_rank(x)
        check_divisible("in_channels", self.channels_of(x), "groups", self.groups)
        check_divisible("out_channels", self.out_channels, "groups", self.groups)


@with_fields
class Convolution(Filters):
    """A convolution, a cross-correlation as torch computes it."""

    out_channels: int = field(SIZE, "filters: channels of the output", symbol="out")
    kernel_size: Pair = field(PAIR, "the window", symbol="kernel")
    stride: Pair = field(PAIR, "step of the window", default=(1, 1), symbol="stride")
    padding: Pair = field(
        PADDING, "border on each side", default=(0, 0), symbol="padding", words=(SAME, TF_SAME)
    )
    dilation: Pair = field(
        PAIR, "step inside the window", default=(1, 1), symbol="dilation", silent=1
    )
    groups: int = field(
        SIZE, "parts that see only their own channels", default=1, symbol="groups", silent=1
    )
    padding_mode: str = field(choice("zeros", "reflect"), "what the padding holds", default="zeros")
    bias: int = field(FLAG, "add a bias per output channel", default=1, symbol="1", silent=0)

    words = ("conv",)

    def output(self, x: Shape) -> Shape:
        return self.shaped(self.out_channels, *window_counts(self.sizes_of(x), self.window(x)))

    def parameters(self, x: Shape) -> Number:
        if self.weights:
            return shared(self.weights)
        weights = product(*self.kernel_size, exact_div(self.channels_of(x), self.groups))
        return (weights + self.bias) * self.out_channels

    def filter_channels(self, x: Shape) -> tuple[Number, Number]:
        return self.out_channels, exact_div(self.channels_of(x), self.groups)

    def macs(self, y: Shape, x: Shape) -> Number:
        outputs = product(*self.sizes_of(y), self.channels_of(y))
        per_output = product(*self.kernel_size, exact_div(self.channels_of(x), self.groups))
        return outputs * per_output

    def window(self, x: Shape) -> Window:
        return sliding(self.kernel_size, self.stride, self.padding, self.dilation)

    def check(self, x: Shape) -> None:
        self.check_groups(x)
        self.check_window(x, self.window(x))
        if self.padding_mode == "reflect":
            for padding, size in zip(self.padding, self.sizes_of(x), strict=True):
                if padding >= size:
                    what = {1: "sequence", 2: "map", 3: "volume"}[self.dims]
                    raise OpError(f"padding (={padding}) cannot be reflected in a {what} of {x}")

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        if self.padding_mode == "zeros":
            return (THE_INPUT_SAVED,)
        return THE_INPUT_SAVED.only_for(0), Saved("padded input", self._padded_input(x))

    def _padded_input(self, x: Shape) -> Number:
        """Numbers in the input with its border."""
        sizes = [n + 2 * p for n, p in zip(self.sizes_of(x), self.padding, strict=True)]
        return product(self.channels_of(x), *sizes)

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        if self.padding_mode == "zeros":
            return super().consists_of(y, x)
        padded = self._padded_input(x)
        calls = (
            TorchCall("F.pad", x.elements, padded),
            TorchCall(f"F.conv{self.dims}d", padded, y.elements),
        )
        name = f"OverTokens({self.torch_name})"
        own = TorchModule(name, x.elements, y.elements, is_of_torch=False)
        of_torch = TorchModule(self.torch_name, x.elements, y.elements, calls)
        return (own, *calls) if self.has_channels_last else (of_torch,)
