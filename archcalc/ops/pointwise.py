"""Arithmetic of several inputs, value by value: sums, products, differences, quotients, means."""

from __future__ import annotations

import operator
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any, ClassVar

from archcalc.arithmetic import Number, plain
from archcalc.ops.common import as_module, nothing, point
from archcalc.ops.fields import field, written
from archcalc.ops.in_torch import TorchCall, TorchPart
from archcalc.ops.kinds import EXACT
from archcalc.ops.op import MANY, Example, Op, OpError
from archcalc.ops.registry import op
from archcalc.ops.saved import Saved, input_at, is_a_view_of_one, saves_nothing
from archcalc.shape import Shape, known_kind


def _aligned(x: Shape, rank: int) -> Shape:
    """A vector of C features as a gate of C channels, in as many sizes as other inputs have."""
    return Shape(*x, *(1,) * (rank - len(x)))


def broadcast(*inputs: Shape) -> Shape:
    """The shape that several have together, where a size of 1 serves all positions of the others.

    >>> broadcast(Shape(64, 1, 1), Shape(64, 14, 7), Shape(64))
    Shape(64, 14, 7)
    """
    return broadcasts(*inputs)[-1]


def broadcasts(*inputs: Shape) -> list[Shape]:
    """The shapes that the first, the first two, the first three and so on have together.

    >>> broadcasts(Shape(64, 1, 1), Shape(64, 14, 1), Shape(1, 1, 7))
    [Shape(64, 1, 1), Shape(64, 14, 1), Shape(64, 14, 7)]
    """
    known: dict[tuple[int, int], Shape] = {}  # inputs are many, and their shapes few
    found = [inputs[0]]
    for x in inputs[1:]:
        key = (id(found[-1]), id(x))
        if key not in known:
            known[key] = _both(found[-1], x)
        found.append(known[key])
    return found


def _both(x: Shape, y: Shape) -> Shape:
    rank = max(len(x), len(y))
    both = zip(_aligned(x, rank), _aligned(y, rank), strict=True)
    sizes = [b if plain(a) == 1 and plain(b) != 1 else a for a, b in both]
    kind = known_kind(x, y)
    is_first = kind is type(x) and len(x) == rank and all(map(operator.is_, sizes, x))
    return x if is_first else kind(*sizes)  # the very shape, so that many inputs are soon known


class Pointwise(Op):
    """The same arithmetic of each value of several inputs.

    A size of 1 serves all positions: a gate of Cx1x1 or of C features scales whole channels of a
    map, one of 1xHxW whole positions.
    """

    kind: ClassVar[str]
    """The kind of the elementary operation that it does one by one."""
    sign: ClassVar[str]
    """The operator of Python that it is between two tensors."""

    arity = MANY
    window = point

    def output(self, *inputs: Shape) -> Shape:
        return broadcast(*inputs)

    def operations(self, y: Shape, *inputs: Shape) -> Mapping[str, Number]:
        return {self.kind: self._times(y, *inputs)}

    def _times(self, y: Shape, *inputs: Shape) -> Number:
        """How often it is done: once a value of the result of each input after the first."""
        if [*map(plain, inputs[0])] == [*map(plain, y)]:
            return (len(inputs) - 1) * y.elements
        results = broadcasts(*inputs)[1:-1]
        return sum((result.elements for result in results), y.elements)

    def consists_of(self, y: Shape, *inputs: Shape) -> Sequence[TorchPart]:
        """`a + b + c` is two additions."""
        before = [result.elements for result in broadcasts(*inputs)[:-1]]
        sizes = zip(before, [*before[1:], y.elements], strict=True) if before else ()
        return [TorchCall(self.sign, size, after) for size, after in sizes]

    def check(self, *inputs: Shape) -> None:
        rank = max(map(len, inputs))
        checked: set[tuple[int, int]] = set()
        wholes = broadcasts(*inputs)
        for i, (whole, x) in enumerate(zip(wholes, inputs[1:], strict=False), start=2):
            if (id(whole), id(x)) in checked:
                continue
            checked.add((id(whole), id(x)))
            if len(x) != len(whole) and (rank < 3 or min(len(x), len(whole)) != 1):
                raise OpError(f"input 1 is {inputs[0]}, input {i} is {x}; their ranks differ")
            both = zip(_aligned(whole, rank), _aligned(x, rank), strict=True)
            if any(a != b and 1 not in (a, b) for a, b in both):
                raise OpError(f"input 1 is {inputs[0]}, input {i} is {x}; sizes must agree or be 1")

    def module(self, torch: Any, *channels: int) -> Any:
        return as_module(torch, lambda *inputs: reduce(_SIGNS[self.sign], _same_ranks(inputs)))


_SIGNS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}


def _same_ranks(tensors: Sequence[Any]) -> list[Any]:
    """Vectors among maps as maps of one position."""
    rank = max(x.dim() for x in tensors)
    return [x[(..., *(None,) * (rank - x.dim()))] if x.dim() < rank else x for x in tensors]


@op("add")
class Add(Pointwise):
    """The sum of its inputs, value by value; a size of 1 serves all positions of the others."""

    kind, sign = "add", "+"
    examples = (
        Example({}, ((4, 3, 3), (4, 3, 3)), (4, 3, 3), operations={"add": 36}),
        Example({}, ((5,), (5,), (5,)), (5,), operations={"add": 10}),
        Example(
            {},
            inputs=((1, 3, 1), (2, 3, 1), (1, 3, 4)),
            output=(2, 3, 4),
            operations={"add": 30},
            note="2·3·1 additions, then 2·3·4",
        ),
    )

    parameters = nothing("adding has no weights")
    macs = nothing("one addition a value, no weights")
    saved = saves_nothing
    is_view = is_a_view_of_one


@op("subtract")
class Subtract(Pointwise):
    """Its first input less its second, value by value; a size of 1 serves all positions."""

    arity = 2
    kind, sign = "subtract", "-"
    examples = (
        Example({}, ((4, 3, 3), (4, 3, 3)), (4, 3, 3), operations={"subtract": 36}),
        Example({}, ((4, 3, 2), (4,)), (4, 3, 2), operations={"subtract": 24}, note="a channel's"),
    )

    parameters = nothing("subtracting has no weights")
    macs = nothing("one subtraction a value, no weights")
    saved = saves_nothing


@op("multiply")
class Multiply(Pointwise):
    """The product of its inputs, value by value; a gate of Cx1x1 or 1xHxW scales a map CxHxW."""

    kind, sign = "multiply", "*"
    examples = (
        Example(
            {},
            inputs=((4, 3, 3), (4, 1, 1)),
            output=(4, 3, 3),
            operations={"multiply": 36},
            note="a gate of one factor a channel",
        ),
        Example({}, ((5,), (5,), (5,)), (5,), operations={"multiply": 10}),
        Example(
            {},
            inputs=((1, 3, 3), (4, 3, 3)),
            output=(4, 3, 3),
            operations={"multiply": 36},
            note="a gate of one factor a position",
        ),
        Example(
            {},
            inputs=((4, 3, 3), (4,), (1, 3, 3)),
            output=(4, 3, 3),
            operations={"multiply": 72},
            note="a vector of a factor a channel, and a factor a position",
        ),
    )

    parameters = nothing("multiplying has no weights")
    macs = nothing("products of two inputs; counted apart as multiplications")
    is_view = is_a_view_of_one

    def saved(self, y: Shape, *inputs: Shape) -> Sequence[Saved]:
        """Each factor for the gradient of the other, multiplied one after another."""
        kept: list[Saved] = []
        for i, product in enumerate(broadcasts(*inputs)[:-1], start=1):
            before = Saved(f"product of inputs 1 to {i}", product.elements)
            before = input_at(0) if i == 1 else before
            kept += [before.only_for(i), input_at(i).only_for_first(i)]
        return kept


@op("divide")
class Divide(Pointwise):
    """Its first input by its second, value by value; a size of 1 serves all positions."""

    arity = 2
    kind, sign = "divide", "/"
    examples = (
        Example({}, ((4, 3, 3), (4, 3, 3)), (4, 3, 3), operations={"divide": 36}),
        Example({}, ((4, 3, 3), (1, 3, 3)), (4, 3, 3), operations={"divide": 36}),
    )

    parameters = nothing("dividing has no weights")
    macs = nothing("one division a value, no weights")

    def saved(self, y: Shape, *inputs: Shape) -> Sequence[Saved]:
        return input_at(0).only_for(1), input_at(1)


@op("mean")
class Mean(Pointwise):
    """The mean of its inputs, value by value: FractalNet's join (Larsson et al. 2017).

    In training, local drop-path leaves each input out at random, but never all of them; in use all
    are there.
    """

    drop_path: Fraction = field(EXACT, "probability that an input is dropped", default=0)

    kind, sign = "add", "+"
    examples = (
        Example(
            {},
            inputs=((2, 3, 3), (2, 3, 3), (2, 3, 3)),
            output=(2, 3, 3),
            operations={"add": 36, "divide": 18},
        ),
        Example(
            {"drop_path": Fraction("0.15")}, ((4,), (4,)), (4,), operations={"add": 4, "divide": 4}
        ),
    )

    parameters = nothing("averaging has no weights")
    macs = nothing("additions and one division a value, no weights")
    saved = saves_nothing

    def operations(self, y: Shape, *inputs: Shape) -> Mapping[str, Number]:
        return {**super().operations(y, *inputs), "divide": y.elements}

    def check(self, *inputs: Shape) -> None:
        for i, x in enumerate(inputs[1:], start=2):
            if x != inputs[0]:
                raise OpError(f"input 1 is {inputs[0]}, input {i} is {x}; all sizes must agree")
        if not 0 <= self.drop_path < 1:
            raise OpError(f"drop_path is a probability below 1, got {written(self.drop_path)}")

    def consists_of(self, y: Shape, *inputs: Shape) -> Sequence[TorchPart]:
        return [*super().consists_of(y, *inputs), TorchCall("/", y.elements, y.elements)]

    def module(self, torch: Any, *channels: int) -> Any:
        drop_path = float(self.drop_path)

        class Mean(torch.nn.Module):  # type: ignore[misc]
            def forward(self, *inputs: Any) -> Any:
                kept = inputs
                if self.training and drop_path:
                    survivor = inputs[torch.randint(len(inputs), ())]
                    kept = tuple(x for x in inputs if torch.rand(()) >= drop_path) or (survivor,)
                return reduce(operator.add, kept) / len(kept)

        return Mean()
