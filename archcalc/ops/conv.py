"""Convolutions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from itertools import groupby
from operator import add
from typing import Any

from archcalc.arithmetic import Number, defined, exact_div, named, plain, product, window_count
from archcalc.ops.fields import (
    CONNECTIONS,
    FLAG,
    PADDING,
    PAIR,
    SAME,
    SIZE,
    TF_SAME,
    Connections,
    Pair,
    choice,
    field,
    shared_weights,
)
from archcalc.ops.in_torch import TorchCall, TorchModule, TorchPart
from archcalc.ops.op import (
    Example,
    Op,
    OpError,
    ParameterShapes,
    check_divisible,
    check_map,
    check_window,
    shared,
)
from archcalc.ops.registry import op
from archcalc.ops.saved import THE_INPUT_SAVED, Saved
from archcalc.ops.window import Window
from archcalc.shape import Shape


@op("conv2d")
class Conv2d(Op):
    """Two-dimensional convolution, a cross-correlation as torch computes it.

    With `connections`, each output map reads only the input maps that the table gives it, as in
    LeNet-5's C3 (LeCun et al. 1998, Table I).
    """

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
    connections: Connections | None = field(
        CONNECTIONS, "for each output map, the input maps it reads", default=None
    )
    weights: str = shared_weights()

    words = ("conv",)
    is_weighted = True
    has_activations = True
    torch_name = "Conv2d"
    examples = (
        Example(
            {"out_channels": 6, "kernel_size": 5},
            inputs=((1, 32, 32),),
            output=(6, 28, 28),
            parameters=156,
            macs=117_600,
            operations={"bias": 4_704},
            note="LeNet-5's C1: (5·5·1 + 1)·6 parameters, 28·28·6 outputs of 25 multiply-adds",
        ),
        Example(
            {"out_channels": 8, "kernel_size": [3, 1], "stride": 2, "padding": [1, 0], "groups": 2,
             "bias": False},
            inputs=((4, 9, 8),),
            output=(8, 5, 4),
            parameters=48,
            macs=960,
            operations={"bias": 0},
            note="two groups: 3·1·2·8 weights, each used at 5·4 positions",
        ),
        Example(
            {"out_channels": 2, "kernel_size": 3, "dilation": 2},
            inputs=((3, 7, 6),),
            output=(2, 3, 2),
            parameters=56,
            macs=324,
            operations={"bias": 12},
            note="dilated, a 3x3 kernel spans 5x5: (7 - 5) + 1 = 3 rows, (6 - 5) + 1 = 2 columns",
        ),
        Example(
            {"out_channels": 2, "kernel_size": 2, "connections": [[0, 1], [0, 1, 2]]},
            inputs=((3, 4, 5),),
            output=(2, 3, 4),
            parameters=22,
            macs=240,
            operations={"bias": 24},
            note="by table: (2·2·2 + 1) + (2·2·3 + 1) parameters, 3·4·(2·2)·5 multiply-adds",
        ),
        Example(
            {"out_channels": 2, "kernel_size": 3, "padding": 1, "padding_mode": "reflect"},
            inputs=((1, 4, 5),),
            output=(2, 4, 5),
            parameters=20,
            macs=360,
            operations={"bias": 40},
        ),
    )  # fmt: skip

    def output(self, x: Shape) -> Shape:
        kernel, stride, padding, dilation, _ = self.window(x)
        return Shape(
            self.out_channels,
            window_count(x.height, kernel[0], stride[0], padding[0], dilation[0]),
            window_count(x.width, kernel[1], stride[1], padding[1], dilation[1]),
        )

    def parameters(self, x: Shape) -> Number:
        if self.weights:
            return shared(self.weights)
        if self.connections is None:
            weights = product(*self.kernel_size, exact_div(x.channels, self.groups))
            return (weights + self.bias) * self.out_channels
        return reduce(
            add,
            ((product(*self.kernel_size, read) + self.bias) * maps for read, maps in self._runs(x)),
        )

    def parameter_shapes(self, x: Shape) -> ParameterShapes:
        if self.connections is not None:
            return {}
        weight = (self.out_channels, exact_div(x.channels, self.groups), *self.kernel_size)
        return {"weight": weight, **({"bias": (self.out_channels,)} if self.bias else {})}

    def macs(self, y: Shape, x: Shape) -> Number:
        if self.connections is None:
            outputs = product(y.height, y.width, y.channels)
            return outputs * product(*self.kernel_size, exact_div(x.channels, self.groups))
        pairs = defined("pairs", self._pairs(x))
        return product(y.height, y.width) * product(*self.kernel_size) * pairs

    def _pairs(self, x: Shape) -> Number:
        """Pairs of an output map and an input map that it reads."""
        return reduce(add, (maps * read for read, maps in self._runs(x)))

    def _runs(self, x: Shape) -> Iterator[tuple[Number, Number]]:
        """How many input maps are read, by how many output maps: a run of the table at a time."""
        assert self.connections is not None
        for read, maps in table_runs(self.connections, plain(x.channels)):
            yield named("read", read, x.channels), named("maps", len(maps), x.channels)

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"bias": self.bias * y.elements}

    def window(self, x: Shape) -> Window:
        return Window(self.kernel_size, self.stride, self.padding, self.dilation)

    def check(self, x: Shape) -> None:
        check_map(x, self)
        for name, channels in (("in_channels", x.channels), ("out_channels", self.out_channels)):
            check_divisible(name, channels, "groups", self.groups)
        if self.connections is not None:
            self._check_connections(x)
        check_window(x, self, self.window(x))
        if self.padding_mode == "reflect":
            for padding, size in zip(self.padding, (x.height, x.width), strict=True):
                if padding >= size:
                    raise OpError(f"padding (={padding}) cannot be reflected in a map of {x}")

    def _check_connections(self, x: Shape) -> None:
        assert self.connections is not None
        if self.groups != 1:
            raise OpError("connections and groups cannot both be given")
        if self.weights or self.padding_mode != "zeros":
            raise OpError("connections goes with neither weights nor padding_mode")
        if len(self.connections) != self.out_channels:
            raise OpError(
                f"connections has {len(self.connections)} rows, one an output map; "
                f"out_channels is {self.out_channels}"
            )
        highest = max(map(max, self.connections))
        if highest >= x.channels:
            raise OpError(
                f"connections reads map {highest}; the input has maps 0 to {x.channels - 1}"
            )

    def settings(self) -> Iterator[str]:
        for setting in super().settings():
            yield "by table" if setting.startswith("connections ") else setting

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        if self.connections is not None:
            return self._saved_by_table(x)
        if self.padding_mode == "zeros":
            return (THE_INPUT_SAVED,)
        return THE_INPUT_SAVED.only_for(0), Saved("padded input", self._padded_input(x))

    def _padded_input(self, x: Shape) -> Number:
        """Numbers in the input with its border."""
        height, width = (
            size + 2 * padding
            for size, padding in zip((x.height, x.width), self.padding, strict=True)
        )
        return product(x.channels, height, width)

    def _saved_by_table(self, x: Shape) -> Sequence[Saved]:
        """The input's maps once for each output map that reads them, and the places of both."""
        pairs = self._pairs(x)
        return (
            Saved("maps as they are read", product(x.height, x.width) * pairs),
            Saved("indices of the maps read", pairs, 8, is_per_sample=False).only_for(0),
            Saved("order of the output maps", self.out_channels, 8, is_per_sample=False),
        )

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        if self.connections is not None:
            read = product(x.height, x.width) * self._pairs(x)
            return (TorchModule("Conv2d", read, y.elements),)
        if self.padding_mode == "zeros":
            return super().consists_of(y, x)
        padded = self._padded_input(x)
        calls = (
            TorchCall("F.pad", x.elements, padded),
            TorchCall("F.conv2d", padded, y.elements),
        )
        return (TorchModule("Conv2d", x.elements, y.elements, calls),)

    def module(self, torch: Any, in_channels: int) -> Any:
        if self.connections is not None:
            return _gathered(torch, self)
        return torch.nn.Conv2d(
            in_channels,
            self.out_channels,
            self.kernel_size,
            self.stride,
            self.padding,
            self.dilation,
            self.groups,
            bool(self.bias),
            self.padding_mode,
        )


def table_runs(connections: Connections, channels: int) -> list[tuple[int, list[int]]]:
    """Consecutive output maps that read equally many input maps in the same manner.

    LeNet-5's paper builds its table so: maps of contiguous subsets (round the edge too) apart from
    maps of other subsets. A run is how many maps are read, and the output maps.

    >>> table_runs(((0, 1), (1, 2), (0, 3), (0, 2)), 4)
    [(2, [0, 1, 2]), (2, [3])]
    """

    def manner(output_map: int) -> tuple[int, bool]:
        row = set(connections[output_map])
        gaps = sum((channel + 1) % channels not in row for channel in row)
        return len(row), gaps <= 1

    maps = range(len(connections))
    return [(read, list(run)) for (read, _), run in groupby(maps, key=manner)]


def _gathered(torch: Any, conv: Conv2d) -> Any:
    """A convolution by table that holds the table's weights and no others.

    Output maps of equal fan-in become one grouped convolution over their gathered inputs.
    """
    assert conv.connections is not None
    by_fan_in: dict[int, list[int]] = {}
    for output_map, row in enumerate(conv.connections):
        by_fan_in.setdefault(len(row), []).append(output_map)

    class GatheredConv2d(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.convs = torch.nn.ModuleList()
            # Lists, not tensors: they have no device to be moved to, and are no state.
            self.reads: list[list[int]] = []
            order: list[int] = []
            for maps in by_fan_in.values():
                reads = [channel for m in maps for channel in conv.connections[m]]  # type: ignore[index]
                self.reads.append(reads)
                self.convs.append(
                    torch.nn.Conv2d(
                        len(reads), len(maps), conv.kernel_size, conv.stride, conv.padding,
                        conv.dilation, groups=len(maps), bias=bool(conv.bias),
                    )
                )  # fmt: skip
                order += maps
            self.back = sorted(range(len(order)), key=order.__getitem__)

        def forward(self, x: Any) -> Any:
            outputs = [
                convolution(x[:, reads])
                for reads, convolution in zip(self.reads, self.convs, strict=True)
            ]
            return torch.cat(outputs, dim=1)[:, self.back]

    return GatheredConv2d()
