"""Ops that join several tensors into one: concat, and element by element."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import reduce
from typing import Any

from archcalc.arithmetic import Number
from archcalc.ops.fields import EXACT, field, written
from archcalc.ops.op import (
    MANY,
    Example,
    Op,
    OpError,
    as_module,
    no_operations,
    nothing,
    point,
    same_shape,
)
from archcalc.ops.registry import op
from archcalc.ops.saved import Saved, input_at, is_a_view_of_one, saves_nothing
from archcalc.shape import Shape


def _check_equal(op: Op, inputs: tuple[Shape, ...], axes: slice, names: str) -> None:
    first = inputs[0]
    for i, shape in enumerate(inputs[1:], start=2):
        if shape[axes] != first[axes]:
            raise OpError(f"input 1 is {first}, input {i} is {shape}; {names} must agree")


@op("concat")
class Concat(Op):
    """Concatenation along the channels, in the order of its inputs."""

    arity = MANY
    examples = (
        Example({}, inputs=((192, 4, 4), (208, 4, 4)), output=(400, 4, 4)),
        Example({}, inputs=((3,), (4,), (5,)), output=(12,)),
    )

    window = point
    operations = no_operations
    parameters = nothing("joining has no weights")
    macs = nothing("joining copies, no arithmetic")
    saved = saves_nothing

    def output(self, *inputs: Shape) -> Shape:
        channels = reduce(lambda total, x: total + x.channels, inputs[1:], inputs[0].channels)
        return Shape(channels, *inputs[0][1:])

    def check(self, *inputs: Shape) -> None:
        _check_equal(self, inputs, slice(1, None), "height and width")

    def module(self, torch: Any, *channels: int) -> Any:
        return as_module(torch, lambda *inputs: torch.cat(inputs, dim=1))


@op("add")
class Add(Op):
    """The sum of its inputs, element by element."""

    arity = MANY
    fvcore_uncounted = ("aten::add",)
    examples = (
        Example(
            {},
            inputs=((4, 3, 3), (4, 3, 3)),
            output=(4, 3, 3),
            operations={"add": 36},
        ),
        Example(
            {},
            inputs=((5,), (5,), (5,)),
            output=(5,),
            operations={"add": 10},
        ),
    )

    output = same_shape
    window = point
    parameters = nothing("adding has no weights")
    macs = nothing("one addition a value, no weights")
    saved = saves_nothing
    is_view = is_a_view_of_one

    def operations(self, y: Shape, *inputs: Shape) -> Mapping[str, Number]:
        return {"add": (len(inputs) - 1) * y.elements}

    def check(self, *inputs: Shape) -> None:
        _check_equal(self, inputs, slice(None), "channels, height and width")

    def module(self, torch: Any, *channels: int) -> Any:
        return as_module(torch, lambda *inputs: reduce(torch.add, inputs))


@op("mean")
class Mean(Op):
    """The mean of its inputs, element by element: FractalNet's join (Larsson et al. 2017).

    In training, local drop-path leaves each input out at random, but never all of them; in use all
    are there.
    """

    drop_path: Fraction = field(EXACT, "probability that an input is dropped", default=0)

    arity = MANY
    fvcore_uncounted = ("aten::add", "aten::div")
    examples = (
        Example(
            {},
            inputs=((2, 3, 3), (2, 3, 3), (2, 3, 3)),
            output=(2, 3, 3),
            operations={"add": 36, "divide": 18},
        ),
        Example(
            {"drop_path": Fraction("0.15")},
            inputs=((4,), (4,)),
            output=(4,),
            operations={"add": 4, "divide": 4},
        ),
    )

    output = same_shape
    window = point
    parameters = nothing("averaging has no weights")
    macs = nothing("additions and one division a value, no weights")
    saved = saves_nothing

    def operations(self, y: Shape, *inputs: Shape) -> Mapping[str, Number]:
        return {"add": (len(inputs) - 1) * y.elements, "divide": y.elements}

    def check(self, *inputs: Shape) -> None:
        _check_equal(self, inputs, slice(None), "channels, height and width")
        if not 0 <= self.drop_path < 1:
            raise OpError(f"drop_path is a probability below 1, got {written(self.drop_path)}")

    def module(self, torch: Any, *channels: int) -> Any:
        drop_path = float(self.drop_path)

        class Mean(torch.nn.Module):  # type: ignore[misc]
            def forward(self, *inputs: Any) -> Any:
                kept = inputs
                if self.training and drop_path:
                    survivor = inputs[torch.randint(len(inputs), ())]
                    kept = tuple(x for x in inputs if torch.rand(()) >= drop_path) or (survivor,)
                return reduce(torch.add, kept) / len(kept)

        return Mean()


@op("multiply")
class Multiply(Op):
    """The product of its inputs, element by element; a 1x1 map scales whole channels."""

    arity = MANY
    fvcore_uncounted = ("aten::mul",)
    examples = (
        Example(
            {},
            inputs=((4, 3, 3), (4, 1, 1)),
            output=(4, 3, 3),
            operations={"multiply": 36},
            note="a gate of one factor a channel",
        ),
        Example(
            {},
            inputs=((5,), (5,), (5,)),
            output=(5,),
            operations={"multiply": 10},
        ),
    )

    output = same_shape
    window = point
    parameters = nothing("multiplying has no weights")
    macs = nothing("products of two inputs; counted apart as multiplications")

    def operations(self, y: Shape, *inputs: Shape) -> Mapping[str, Number]:
        return {"multiply": (len(inputs) - 1) * y.elements}

    def check(self, *inputs: Shape) -> None:
        first = inputs[0]
        for i, shape in enumerate(inputs[1:], start=2):
            gate = Shape(first.channels, 1, 1) if first.is_map else first
            if shape not in (first, gate):
                takes = " or ".join(dict.fromkeys(map(str, (first, gate))))
                both_maps = first.is_map and shape.is_map
                is_scaled = both_maps and first == gate and first.channels == shape.channels
                raise OpError(
                    f"input 1 is {first}, input {i} is {shape}; it takes {takes}",
                    "the map that is scaled comes first" if is_scaled else "",
                )

    def saved(self, y: Shape, *inputs: Shape) -> Sequence[Saved]:
        """Each factor for the gradient of the other, multiplied one after another."""
        kept: list[Saved] = []
        for i in range(1, len(inputs)):
            before = input_at(0) if i == 1 else Saved(f"product of inputs 1 to {i}", y.elements)
            kept += [before.only_for(i), input_at(i).only_for(*range(i))]
        return kept

    is_view = is_a_view_of_one

    def module(self, torch: Any, *channels: int) -> Any:
        return as_module(torch, lambda *inputs: reduce(torch.mul, inputs))
