"""Recurrent layers: LSTM, GRU and Elman's."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.frozen import Frozen
from archcalc.ops.fields import field, shared_weights
from archcalc.ops.kinds import COUNT
from archcalc.ops.op import Example
from archcalc.ops.recurrence import Recurrent
from archcalc.ops.registry import op
from archcalc.ops.saved import Saved
from archcalc.shape import Shape


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
