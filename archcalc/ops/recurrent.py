"""Recurrent layers, which read a sequence LxC step by step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any, ClassVar
from warnings import catch_warnings, simplefilter

from archcalc.arithmetic import Number, named, pinned, product
from archcalc.frozen import Frozen
from archcalc.ops.common import shared
from archcalc.ops.fields import field, shared_weights
from archcalc.ops.in_torch import TorchModule, TorchPart
from archcalc.ops.kinds import COUNT, FLAG, SIZE
from archcalc.ops.op import Example, Op, OpError, ParameterShapes
from archcalc.ops.registry import op, with_fields
from archcalc.ops.saved import THE_INPUT_SAVED, Saved
from archcalc.ops.window import WHOLE
from archcalc.shape import Shape, Tokens


class _Recurrent(Op):
    gates: ClassVar[int]
    """How many vectors of hidden_size a step computes of its input and of the state before it."""
    per_value: ClassVar[Mapping[str, int]]
    """Elementary operations of a step for each value of the state, without biases."""
    kept_per_value: ClassVar[int]
    """Numbers that a step keeps for each value of the state beside its gates."""
    proj_size: int = 0
    weights: str


@with_fields
class Recurrent(_Recurrent):
    """A recurrent layer: at each step the state is computed of it and of the next input.

    A layer more reads the states of the one below it; one in both directions has a second state
    from the end on. Memory for the backward pass is counted as torch puts the layer together of
    simpler operations; kernels of GPUs keep it in a workspace of their own.
    """

    hidden_size: int = field(SIZE, "numbers of the state", symbol="hidden")
    num_layers: int = field(SIZE, "layers, each over the states of the one before", default=1)
    bias: int = field(FLAG, "add two biases a gate, as torch does", default=1)
    bidirectional: int = field(FLAG, "a second state runs from the end on", default=0)

    is_weighted = True
    has_activations = True

    @property
    def weighted_layers(self) -> int:
        return self.num_layers

    @property
    def _directions(self) -> int:
        return 1 + self.bidirectional

    @property
    def _out(self) -> Number:
        """The numbers that one direction hands on."""
        return self.proj_size or self.hidden_size

    def output(self, x: Shape) -> Shape:
        return Tokens(x[0], self._directions * self._out)

    def axis_names(self, x: Shape) -> tuple[tuple[str, ...], ...]:
        return ("steps", "in"), ("steps", "out")

    def in_channels(self, *inputs: Shape) -> tuple[Number, ...]:
        return (inputs[0][-1],)

    def _layers(self, x: Shape) -> Iterator[Number]:
        """What one direction of each layer reads."""
        yield x[-1]
        for _ in range(1, pinned(self.num_layers, "the number of recurrent layers")):
            yield self._out if self._directions == 1 else self._directions * self._out

    def _in_all(self, one: list[Number]) -> Number:
        """The sum over all layers of what one direction has."""
        both = one if self._directions == 1 else [self._directions * number for number in one]
        return reduce(add, both)

    def _gates(self, x: Shape) -> Number:
        if self.gates == 1:
            return self.hidden_size
        return product(named("gates", self.gates, x[-1]), self.hidden_size)

    def parameters(self, x: Shape) -> Number:
        if self.weights:
            return shared(self.weights)
        gates, out = self._gates(x), self._out
        each = []
        for read in self._layers(x):
            weights = gates * (read + out + 2) if self.bias else gates * (read + out)
            each.append(weights + out * self.hidden_size if self.proj_size else weights)
        return self._in_all(each)

    def parameter_shapes(self, x: Shape) -> ParameterShapes:
        shapes: dict[str, tuple[Number, ...]] = {}
        rows = self.gates * self.hidden_size
        for i, read in enumerate(self._layers(x)):
            for end in ("", "_reverse")[: self._directions]:
                shapes[f"weight_ih_l{i}{end}"] = (rows, read)
                shapes[f"weight_hh_l{i}{end}"] = (rows, self._out)
                if self.bias:
                    shapes |= {f"bias_{kind}_l{i}{end}": (rows,) for kind in ("ih", "hh")}
                if self.proj_size:
                    shapes[f"weight_hr_l{i}{end}"] = (self._out, self.hidden_size)
        return shapes

    def macs(self, y: Shape, x: Shape) -> Number:
        gates, out = self._gates(x), self._out
        each = []
        for read in self._layers(x):
            per_step = gates * (read + out)
            each.append(x[0] * per_step)
            if self.proj_size:
                each.append(x[0] * (out * self.hidden_size))
        return self._in_all(each)

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        states = self._directions * self.num_layers * product(x[0], self.hidden_size)
        counts = {kind: count * states for kind, count in self.per_value.items()}
        return counts | {"bias": 2 * self.bias * self.gates * states}

    def activations(self, y: Shape, *inputs: Shape) -> Number:
        return self.num_layers * y.elements

    def summary(self, x: Shape) -> str:
        several = f", {self.num_layers} layers" if self.num_layers > 1 else ""
        both = ", both directions" if self.bidirectional else ""
        return f"{self.name} {x[-1]} -> {self.output(x)[-1]}{several}{both}"

    def window(self, x: Shape) -> None:
        return WHOLE

    def check(self, x: Shape) -> None:
        if len(x) != 2:
            raise OpError(f"{self.name} takes a sequence LxC, got {x}")
        if self.proj_size and self.proj_size >= self.hidden_size:
            raise OpError(
                f"proj_size (={self.proj_size}) must be below hidden_size (={self.hidden_size})"
            )

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        count, runs = self.num_layers, self.num_layers * self._directions
        kept = self.gates + self.kept_per_value
        states = Saved(
            "gates and states of all steps", runs * product(x[0], self.hidden_size, kept)
        )
        projected = Saved("states handed on", runs * product(x[0], self.proj_size))
        between = Saved("states between layers", (count - 1) * y.elements)
        return THE_INPUT_SAVED, states, projected, between

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        name = f"{self.torch_name}(proj_size)" if self.proj_size else self.torch_name
        return (TorchModule(name, x.elements, y.elements),)

    def module(self, torch: Any, in_channels: int) -> Any:
        named = {"proj_size": self.proj_size} if self.proj_size else {}

        layer = getattr(torch.nn, self.torch_name)(
            in_channels,
            self.hidden_size,
            self.num_layers,
            bias=bool(self.bias),
            batch_first=True,
            bidirectional=bool(self.bidirectional),
            **named,
        )

        class Steps(torch.nn.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.layer = layer

            def forward(self, x: Any) -> Any:
                with catch_warnings():
                    simplefilter("ignore")  # of a kernel that oneDNN has not: no one's concern
                    states, _ = self.layer(x)
                return states.contiguous()

        return Steps()


@op("lstm")
class Lstm(Recurrent):
    """Long short-term memory (Hochreiter, Schmidhuber 1997), with a forget gate.

    As torch has it, with two biases a gate: `c = f·c + i·g`, `h = o·tanh(c)`.
    """

    proj_size: int = field(COUNT, "numbers that the state is projected to; 0 for none", default=0)
    weights: str = shared_weights()

    gates = 4
    torch_name = "LSTM"
    per_value = Frozen({"exp": 3, "divide": 3, "tanh": 2, "multiply": 3, "add": 4 + 3 + 1})
    kept_per_value = 3
    examples = (
        Example(
            {"hidden_size": 4},
            inputs=((5, 3),),
            output=(5, 4),
            parameters=144,
            macs=560,
            operations={
                "bias": 160, "exp": 60, "divide": 60, "tanh": 40, "multiply": 60, "add": 160,
            },
            note="4·4·(3 + 4 + 2) parameters, 5·4·4·(3 + 4) multiply-adds",
        ),
        Example(
            {"hidden_size": 512, "num_layers": 2},
            inputs=((100, 300),),
            output=(100, 512),
            parameters=3_768_320,
            macs=376_012_800,
            operations={
                "bias": 819_200, "exp": 307_200, "divide": 307_200, "tanh": 204_800,
                "multiply": 307_200, "add": 819_200,
            },
            note="4·512·(300 + 512 + 2) + 4·512·(512 + 512 + 2)",
        ),
        Example(
            {"hidden_size": 4, "num_layers": 2, "bidirectional": True, "bias": False,
             "proj_size": 2},
            inputs=((3, 5),),
            output=(3, 4),
            parameters=448,
            macs=1_344,
            operations={
                "bias": 0, "exp": 144, "divide": 144, "tanh": 96, "multiply": 144, "add": 384,
            },
            note="two directions: 2·(16·(5 + 2) + 2·4) + 2·(16·(4 + 2) + 2·4)",
        ),
    )  # fmt: skip


@op("gru")
class Gru(Recurrent):
    """Gated recurrent unit (Cho et al. 2014).

    As torch has it, `h = (1 - z)·n + z·h`, where the reset gate scales what the state gives to n,
    its bias included.
    """

    weights: str = shared_weights()

    gates = 3
    torch_name = "GRU"
    per_value = Frozen(
        {"exp": 2, "divide": 2, "tanh": 1, "multiply": 3, "subtract": 1, "add": 3 + 2 + 1}
    )
    kept_per_value = 4
    examples = (
        Example(
            {"hidden_size": 4},
            inputs=((5, 3),),
            output=(5, 4),
            parameters=108,
            macs=420,
            operations={
                "bias": 120, "exp": 40, "divide": 40, "tanh": 20, "multiply": 60, "subtract": 20,
                "add": 120,
            },
            note="3·4·(3 + 4 + 2) parameters, 5·3·4·(3 + 4) multiply-adds",
        ),
        Example(
            {"hidden_size": 2, "num_layers": 2, "bidirectional": True},
            inputs=((3, 5),),
            output=(3, 4),
            parameters=204,
            macs=468,
            operations={
                "bias": 144, "exp": 48, "divide": 48, "tanh": 24, "multiply": 72, "subtract": 24,
                "add": 144,
            },
            note="2·6·(5 + 2 + 2) + 2·6·(4 + 2 + 2)",
        ),
    )  # fmt: skip


@op("rnn")
class Rnn(Recurrent):
    """Elman's recurrent layer, `h = tanh(W·x + U·h + b)`."""

    weights: str = shared_weights()

    gates = 1
    torch_name = "RNN"
    per_value = Frozen({"tanh": 1, "add": 1})
    kept_per_value = 0
    examples = (
        Example(
            {"hidden_size": 4},
            inputs=((5, 3),),
            output=(5, 4),
            parameters=36,
            macs=140,
            operations={"bias": 40, "tanh": 20, "add": 20},
        ),
        Example(
            {"hidden_size": 4, "num_layers": 2, "bias": False},
            inputs=((5, 3),),
            output=(5, 4),
            parameters=60,
            macs=300,
            operations={"bias": 0, "tanh": 40, "add": 40},
        ),
    )

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        """A state more than it has steps: the one that it starts with."""
        first = self.num_layers * self._directions * self.hidden_size
        return (*super().saved(y, x), Saved("first states", first))
