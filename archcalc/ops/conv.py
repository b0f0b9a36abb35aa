"""Convolutions of sequences, maps and volumes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from operator import add
from typing import Any

from archcalc.arithmetic import Number, defined, named, plain, product
from archcalc.ops.connections import gathered, table_runs
from archcalc.ops.convolution import Convolution
from archcalc.ops.fields import field, shared_weights
from archcalc.ops.in_torch import TorchModule, TorchPart
from archcalc.ops.kinds import (
    CONNECTIONS,
    Connections,
)
from archcalc.ops.op import Example, OpError, ParameterShapes
from archcalc.ops.registry import op
from archcalc.ops.saved import Saved
from archcalc.shape import Shape


@op("conv1d")
class Conv1d(Convolution, dims=1):
    """One-dimensional convolution of a sequence CxL, or of tokens LxC.

    Tokens, as an embedding gives them, are known: it goes along their positions by itself.
    """

    torch_name = "Conv1d"
    weights: str = shared_weights()

    examples = (
        Example(
            {"out_channels": 8, "kernel_size": 3, "stride": 2, "padding": 1, "groups": 2},
            inputs=((4, 9),),
            output=(8, 5),
            parameters=56,
            macs=240,
            operations={"bias": 40},
            note="(3·2 + 1)·8 parameters, 5·8 outputs of 3·2 multiply-adds",
        ),
        Example(
            {"out_channels": 6, "kernel_size": 5, "dilation": 2, "axis": 0},
            inputs=((20, 3),),
            output=(12, 6),
            parameters=96,
            macs=1_080,
            operations={"bias": 72},
            note="20 tokens of 3 features: a kernel that spans 9 has 12 places",
        ),
        Example(
            {"out_channels": 2, "kernel_size": 3, "padding": 1, "padding_mode": "reflect"},
            inputs=((1, 5),),
            output=(2, 5),
            parameters=8,
            macs=30,
            operations={"bias": 10},
        ),
    )


@op("conv3d")
class Conv3d(Convolution, dims=3):
    """Three-dimensional convolution of a volume CxDxHxW, or of frames of a film."""

    torch_name = "Conv3d"
    weights: str = shared_weights()

    examples = (
        Example(
            {"out_channels": 64, "kernel_size": 3, "padding": 1},
            inputs=((3, 4, 6, 5),),
            output=(64, 4, 6, 5),
            parameters=5_248,
            macs=622_080,
            operations={"bias": 7_680},
            note="C3D's first on a small film: (3·3·3·3 + 1)·64",
        ),
        Example(
            {"out_channels": 4, "kernel_size": [1, 3, 2], "stride": [1, 2, 1], "bias": False,
             "padding": [0, 1, 0], "padding_mode": "reflect"},
            inputs=((2, 3, 5, 4),),
            output=(4, 3, 3, 3),
            parameters=48,
            macs=1_296,
            operations={"bias": 0},
        ),
    )  # fmt: skip


@op("conv2d")
class Conv2d(Convolution):
    """Two-dimensional convolution, a cross-correlation as torch computes it.

    With `connections`, each output map reads only the input maps that the table gives it, as in
    LeNet-5's C3 (LeCun et al. 1998, Table I).
    """

    torch_name = "Conv2d"
    connections: Connections | None = field(
        CONNECTIONS, "for each output map, the input maps it reads", default=None
    )
    weights: str = shared_weights()

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

    def parameters(self, x: Shape) -> Number:
        if self.weights or self.connections is None:
            return super().parameters(x)
        return reduce(
            add,
            ((product(*self.kernel_size, read) + self.bias) * maps for read, maps in self._runs(x)),
        )

    def parameter_shapes(self, x: Shape) -> ParameterShapes:
        return super().parameter_shapes(x) if self.connections is None else {}

    def macs(self, y: Shape, x: Shape) -> Number:
        if self.connections is None:
            return super().macs(y, x)
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

    def check(self, x: Shape) -> None:
        if self.connections is not None:
            self.check_rank(x)
            self._check_connections(x)
        super().check(x)

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
        return super().saved(y, x) if self.connections is None else self._saved_by_table(x)

    def _saved_by_table(self, x: Shape) -> Sequence[Saved]:
        """The input's maps once for each output map that reads them, and the places of both."""
        pairs = self._pairs(x)
        return (
            Saved("maps as they are read", product(x.height, x.width) * pairs),
            Saved("indices of the maps read", pairs, 8, is_per_sample=False).only_for(0),
            Saved("order of the output maps", self.out_channels, 8, is_per_sample=False),
        )

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        if self.connections is None:
            return super().consists_of(y, x)
        read = product(x.height, x.width) * self._pairs(x)
        return (TorchModule("Conv2d", read, y.elements),)

    def module(self, torch: Any, in_channels: int) -> Any:
        if self.connections is not None:
            return gathered(torch, self)
        return super().module(torch, in_channels)
