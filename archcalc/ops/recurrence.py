"""What recurrent layers share, which read a sequence LxC step by step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import add
from typing import Any, ClassVar
from warnings import catch_warnings, simplefilter

from archcalc.arithmetic import Number, named, pinned, product
from archcalc.ops.common import shared
from archcalc.ops.fields import field
from archcalc.ops.in_torch import TorchModule, TorchPart
from archcalc.ops.kinds import FLAG, SIZE
from archcalc.ops.op import Op, OpError, ParameterShapes
from archcalc.ops.registry import with_fields
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
