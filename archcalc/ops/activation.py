"""Activations, and a constant factor: one value in, one value out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from typing import Any, ClassVar

from archcalc.arithmetic import Number, Zero
from archcalc.ops.fields import EXACT, FLAG, field
from archcalc.ops.op import Elementwise, Example, as_module, nothing
from archcalc.ops.registry import op
from archcalc.ops.saved import (
    OUTPUT,
    Saved,
    saves_input,
    saves_nothing,
    saves_output,
)
from archcalc.shape import Shape


class Activation(Elementwise):
    """One value in, one value out, by the same function everywhere and without weights."""

    words = ("activation",)
    per_value: ClassVar[tuple[str, ...]]
    """The kinds of the elementary operations that a value takes; one that it takes twice, twice."""
    torch_name: ClassVar[str]
    """The name of its module in torch.nn."""

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
    return Zero(f"{' and '.join(filter(None, [', '.join(words[:-1]), words[-1]]))} a value")


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


@op("leaky_relu")
class LeakyRelu(Activation):
    """Rectified linear unit with a small slope below zero (Maas et al. 2013)."""

    negative_slope: Fraction = field(EXACT, "slope below zero", default=Fraction(1, 100))

    per_value = ("compare", "multiply")
    fvcore_uncounted = ("aten::leaky_relu",)
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

    is_elementwise = False
    per_value = ("compare", "multiply")
    fvcore_uncounted = ("aten::prelu",)
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
        return 1 if self.shared else x.channels

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.PReLU(1 if self.shared else in_channels)


@op("sigmoid")
class Sigmoid(Activation):
    """Logistic function, 1 / (1 + exp(-x))."""

    per_value = ("exp", "add", "divide")
    torch_name = "Sigmoid"
    fvcore_uncounted = ("aten::sigmoid",)
    examples = (Example({}, ((4, 1, 1),), (4, 1, 1), operations={"exp": 4, "add": 4, "divide": 4}),)

    parameters = nothing("the logistic function has no weights")
    saved = saves_output


@op("tanh")
class Tanh(Activation):
    """Hyperbolic tangent `amplitude · tanh(slope · x)`; LeNet's has 1.7159 and 2/3."""

    amplitude: Fraction = field(EXACT, "factor of the result", default=1)
    slope: Fraction = field(EXACT, "factor of the input", default=1)

    fvcore_uncounted = ("aten::tanh", "aten::mul")
    examples = (
        Example(
            {"amplitude": Fraction("1.7159"), "slope": Fraction(2, 3)},
            inputs=((84,),),
            output=(84,),
            operations={"tanh": 84, "multiply": 168},
            note="LeNet-5's squashing function: one tanh and two constant factors a value",
        ),
        Example(
            {},
            inputs=((2, 3, 3),),
            output=(2, 3, 3),
            operations={"tanh": 18, "multiply": 0},
        ),
    )

    parameters = nothing("its constants are chosen")
    macs = nothing("one tanh a value")

    @property
    def _is_scaled(self) -> bool:
        return self.amplitude != 1 or self.slope != 1

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        factors = (self.amplitude != 1) + (self.slope != 1)
        return {"tanh": y.elements, "multiply": factors * y.elements}

    def summary(self, x: Shape) -> str:
        return "scaled tanh" if self._is_scaled else "tanh"

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        return (Saved("tanh", y.elements),) if self._is_scaled else (OUTPUT,)

    def module(self, torch: Any, in_channels: int) -> Any:
        if not self._is_scaled:
            return torch.nn.Tanh()
        amplitude, slope = float(self.amplitude), float(self.slope)
        return as_module(torch, lambda x: torch.tanh(x * slope) * amplitude)


@op("softmax")
class Softmax(Elementwise):
    """Softmax over the features of a vector, or over the channels at each position of a map."""

    fvcore_uncounted = ("aten::softmax",)
    examples = (
        Example(
            {},
            inputs=((10,),),
            output=(10,),
            operations={"exp": 10, "add": 9, "divide": 10},
        ),
        Example(
            {},
            inputs=((3, 2, 2),),
            output=(3, 2, 2),
            operations={"exp": 12, "add": 8, "divide": 12},
        ),
    )

    parameters = nothing("softmax has no weights")
    macs = nothing("an exponential, an addition and a division a value")
    saved = saves_output

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        sums = y.elements // y.channels * (y.channels - 1)
        return {"exp": y.elements, "add": sums, "divide": y.elements}

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.Softmax(dim=1)


@op("scale")
class Scale(Elementwise):
    """Each value times a constant: Inception-ResNet damps its residuals (Szegedy et al. 2016)."""

    factor: Fraction = field(EXACT, "the constant, not learned")

    fvcore_uncounted = ("aten::mul",)
    examples = (
        Example(
            {"factor": Fraction("0.17")},
            inputs=((320, 2, 2),),
            output=(320, 2, 2),
            operations={"multiply": 1_280},
        ),
    )

    parameters = nothing("its factor is chosen")
    macs = nothing("a constant factor a value")
    saved = saves_nothing

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"multiply": y.elements}

    def module(self, torch: Any, in_channels: int) -> Any:
        factor = float(self.factor)
        return as_module(torch, lambda x: x * factor)
