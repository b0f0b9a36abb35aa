"""Tensors that a network holds and no input gives: learned ones, and rows that are looked up."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from archcalc.arithmetic import Number, Zero, product
from archcalc.ops.common import no_operations, nothing, only_copies, shared
from archcalc.ops.fields import field, shared_weights
from archcalc.ops.in_torch import TorchModule, TorchPart
from archcalc.ops.kinds import FLAG, SIZE, SIZE_LIST
from archcalc.ops.op import Example, Op, ParameterShapes
from archcalc.ops.registry import op
from archcalc.ops.saved import Saved, saves_nothing
from archcalc.ops.window import POINT, Moved, Reach
from archcalc.shape import Shape, Tokens


@op("parameter")
class Parameter(Op):
    """A tensor of its own, the same for all samples: a class token, a position embedding.

    Of its input it takes the number of samples alone.
    """

    shape: tuple[int, ...] = field(SIZE_LIST, "its sizes", symbol="size")
    learned: int = field(FLAG, "it is learned, not fixed", default=1)
    weights: str = shared_weights()

    value_inputs = 0
    examples = (
        Example({"shape": [1, 768]}, ((196, 768),), (1, 768), parameters=768),
        Example({"shape": [3, 5, 4], "learned": False}, ((2,),), (3, 5, 4), buffers=60),
    )

    operations = no_operations
    macs = nothing("it is stored and not computed")
    saved = saves_nothing

    def output(self, x: Shape) -> Shape:
        return Shape(*self.shape)

    def parameters(self, x: Shape) -> Number:
        if self.weights:
            return shared(self.weights)
        return Shape(*self.shape).elements if self.learned else _FIXED

    def parameter_shapes(self, x: Shape) -> ParameterShapes:
        return {"weight": tuple(self.shape)} if self.learned else {}

    def buffers(self, x: Shape) -> Number:
        return Shape(*self.shape).elements * (1 - self.learned)

    def settings(self) -> Iterator[str]:
        if not self.learned:
            yield "fixed"
        if self.weights:
            yield f"weights {self.weights}"

    def window(self, x: Shape) -> Moved:
        return Moved("is the same for every input")

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        return TorchModule("Parameter", x.elements, y.elements, is_of_torch=False), *only_copies(
            self, y, x
        )

    def module(self, torch: Any, in_channels: int) -> Any:
        shape, learned = self.shape, bool(self.learned)

        class Parameter(torch.nn.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                if learned:
                    self.weight = torch.nn.Parameter(torch.empty(shape))
                else:
                    self.register_buffer("weight", torch.empty(shape))
                self.reset_parameters()

            def reset_parameters(self) -> None:
                torch.nn.init.normal_(self.weight, std=0.02)

            def forward(self, x: Any) -> Any:
                return self.weight.expand(len(x), *shape).clone()

        return Parameter()


_FIXED = Zero("it is fixed, not learned")


@op("embedding")
class Embedding(Op):
    """A row of a table for each whole number that comes in, such as words of a vocabulary."""

    num_embeddings: int = field(SIZE, "rows of the table", symbol="rows")
    embedding_dim: int = field(SIZE, "features of a row", symbol="features")
    weights: str = shared_weights()

    takes_indices = True
    torch_name = "Embedding"
    examples = (
        Example(
            {"num_embeddings": 100, "embedding_dim": 8},
            inputs=((16,),),
            output=(16, 8),
            parameters=800,
        ),
    )

    operations = no_operations
    macs = nothing("a lookup copies rows")

    def output(self, x: Shape) -> Shape:
        kind = Tokens if len(x) == 1 else Shape
        return kind(*x, self.embedding_dim)

    def axis_names(self, x: Shape) -> tuple[tuple[str, ...], ...]:
        names = ("tokens",) if len(x) == 1 else tuple(f"size {i + 1}" for i in range(len(x)))
        return names, (*names, "features")

    def parameters(self, x: Shape) -> Number:
        if self.weights:
            return shared(self.weights)
        return product(self.num_embeddings, self.embedding_dim)

    def parameter_shapes(self, x: Shape) -> ParameterShapes:
        return {"weight": (self.num_embeddings, self.embedding_dim)}

    def window(self, x: Shape) -> Reach:
        return POINT if isinstance(x, Tokens) else Moved("looks up one number a token")

    def summary(self, x: Shape) -> str:
        return f"embedding {self.num_embeddings} x {self.embedding_dim}"

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        return (Saved("indices", x.elements, 8),)

    def prepared(self, x: Any) -> Sequence[Any]:
        return (x.long(),)

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.Embedding(self.num_embeddings, self.embedding_dim)
