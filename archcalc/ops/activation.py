"""Activations: one value in, one value out; those that rectify."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from fractions import Fraction
from functools import cache
from typing import Any, ClassVar

from archcalc.arithmetic import Number, Zero
from archcalc.ops.common import Elementwise, nothing, shared
from archcalc.ops.fields import field, shared_weights, written
from archcalc.ops.kinds import EXACT, FLAG
from archcalc.ops.op import Example, OpError, ParameterShapes
from archcalc.ops.registry import op
from archcalc.ops.saved import (
    saves_input,
    saves_output,
)
from archcalc.shape import Shape


class Activation(Elementwise):
    """One value in, one value out, by the same function everywhere and without weights."""

    words: ClassVar[tuple[str, ...]] = ("activation",)
    per_value: ClassVar[tuple[str, ...]]
    """The kinds of the elementary operations that a value takes; one that it takes twice, twice."""

    def parameters(self, x: Shape) -> Number:
        return _no_weights(self.name)

    def macs(self, y: Shape, x: Shape) -> Number:
        return _no_macs(self.per_value)

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {kind: times * y.elements for kind, times in _counts(self.per_value).items()}

    def module(self, torch: Any, in_channels: int) -> Any:
        return getattr(torch.nn, self.torch_name)()


@cache
def _no_weights(name: str) -> Zero:
    return Zero(f"{name} has no weights")


@cache
def _counts(per_value: tuple[str, ...]) -> Counter[str]:
    return Counter(per_value)


@cache
def _no_macs(per_value: tuple[str, ...]) -> Zero:
    counts = _counts(per_value)
    words = [_counted(kind, times, is_only=len(counts) == 1) for kind, times in counts.items()]
    all_of_them = " and ".join(filter(None, [", ".join(words[:-1]), words[-1]]))
    if len(counts) > 3:
        return Zero(f"{len(per_value)} operations a value; {all_of_them}")
    return Zero(f"{all_of_them} a value")


def _counted(kind: str, times: int, *, is_only: bool) -> str:
    """`one comparison` where there is nothing else, `a comparison` beside others."""
    noun = _NOUNS.get(kind, kind)
    if times > 1:
        return f"{times} {noun}s"
    if is_only:
        return f"one {noun}"
    return f"{'an' if noun[0] in 'aeiou' else 'a'} {noun}"


_NOUNS = {
    "add": "addition",
    "compare": "comparison",
    "divide": "division",
    "exp": "exponential",
    "log": "logarithm",
    "multiply": "multiplication",
    "subtract": "subtraction",
}


@op("relu")
class Relu(Activation):
    """Rectified linear unit, max(0, x)."""

    per_value = ("compare",)
    torch_name = "ReLU"
    saved = saves_output
    examples = (Example({}, ((6, 3, 2),), (6, 3, 2), operations={"compare": 36}),)


@op("relu6")
class Relu6(Activation):
    """Rectified linear unit that stops at 6, min(max(0, x), 6) (Howard et al. 2017, MobileNets)."""

    per_value = ("compare", "compare")
    torch_name = "ReLU6"
    saved = saves_input
    examples = (Example({}, ((6, 3, 2),), (6, 3, 2), operations={"compare": 72}),)


@op("hardtanh")
class Hardtanh(Activation):
    """Values clipped to an interval, min(max(lowest, x), highest)."""

    min_val: Fraction = field(EXACT, "the lowest value", default=-1)
    max_val: Fraction = field(EXACT, "the highest value", default=1)

    per_value = ("compare", "compare")
    torch_name = "Hardtanh"
    saved = saves_input
    examples = (
        Example({}, ((5,),), (5,), operations={"compare": 10}),
        Example({"min_val": 0, "max_val": 20}, ((2, 3, 4),), (2, 3, 4), operations={"compare": 48}),
    )

    def check(self, x: Shape) -> None:
        if self.min_val >= self.max_val:
            limits = f"min_val (={written(self.min_val)})", f"max_val (={written(self.max_val)})"
            raise OpError(f"{limits[0]} is not below {limits[1]}")

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.Hardtanh(float(self.min_val), float(self.max_val))


@op("leaky_relu")
class LeakyRelu(Activation):
    """Rectified linear unit with a small slope below zero (Maas et al. 2013)."""

    negative_slope: Fraction = field(EXACT, "slope below zero", default=Fraction(1, 100))

    per_value = ("compare", "multiply")
    torch_name = "LeakyReLU"
    examples = (
        Example(
            {"negative_slope": Fraction(1, 5)},
            inputs=((6, 3, 2),),
            output=(6, 3, 2),
            operations={"compare": 36, "multiply": 36},
        ),
    )

    parameters = nothing("its slope is chosen")
    macs = nothing("a comparison and a constant factor a value")
    saved = saves_input

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.LeakyReLU(float(self.negative_slope))


@op("prelu")
class Prelu(Activation):
    """Rectified linear unit with a learned slope below zero (He et al. 2015, Delving deep)."""

    shared: int = field(FLAG, "one slope for all channels, not one a channel", default=0)
    weights: str = shared_weights()

    is_elementwise = False
    per_value = ("compare", "multiply")
    torch_name = "PReLU"
    examples = (
        Example(
            {},
            inputs=((64, 3, 2),),
            output=(64, 3, 2),
            parameters=64,
            macs=0,
            operations={"compare": 384, "multiply": 384},
            note="a slope for each of 64 channels",
        ),
        Example(
            {"shared": True},
            inputs=((5,),),
            output=(5,),
            parameters=1,
            macs=0,
            operations={"compare": 5, "multiply": 5},
        ),
    )

    macs = nothing("a comparison and a factor a value; counted apart, not as multiply-adds")
    saved = saves_input

    def parameters(self, x: Shape) -> Number:
        if self.weights:
            return shared(self.weights)
        return 1 if self.shared else x.channels

    def parameter_shapes(self, x: Shape) -> ParameterShapes:
        return {"weight": (1 if self.shared else x.channels,)}

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.PReLU(1 if self.shared else in_channels)


@op("elu")
class Elu(Activation):
    """Exponential linear unit: x above zero, alpha · (exp(x) - 1) below (Clevert et al. 2015)."""

    alpha: Fraction = field(EXACT, "how far below zero it goes", default=1)

    per_value = ("compare", "exp", "subtract", "multiply")
    torch_name = "ELU"
    saved = saves_input
    examples = (
        Example(
            {"alpha": Fraction(1, 2)},
            inputs=((2, 3, 3),),
            output=(2, 3, 3),
            operations={"compare": 18, "exp": 18, "subtract": 18, "multiply": 18},
        ),
    )

    parameters = nothing("its constant is chosen")

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.ELU(float(self.alpha))


@op("selu")
class Selu(Activation):
    """Exponential linear unit, scaled so that values keep mean and variance (Klambauer et al.
    2017)."""

    per_value = ("compare", "exp", "subtract", "multiply", "multiply")
    torch_name = "SELU"
    saved = saves_input
    examples = (
        Example(
            {},
            inputs=((5,),),
            output=(5,),
            operations={"compare": 5, "exp": 5, "subtract": 5, "multiply": 10},
        ),
    )


@op("softplus")
class Softplus(Activation):
    """A smooth rectifier, log(1 + exp(x)); above 20 it is x itself, as torch computes it."""

    per_value = ("compare", "exp", "add", "log")
    torch_name = "Softplus"
    saved = saves_input
    examples = (
        Example({}, ((5,),), (5,), operations={"compare": 5, "exp": 5, "add": 5, "log": 5}),
    )
