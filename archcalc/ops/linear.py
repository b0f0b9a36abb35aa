"""Layers that connect every output to every input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archcalc.arithmetic import Number, defined, product
from archcalc.ops.axes import last_unless_said, reading_along
from archcalc.ops.common import nothing, shared
from archcalc.ops.fields import field, shared_weights
from archcalc.ops.in_torch import TorchCall, TorchPart
from archcalc.ops.kinds import AXIS, FLAG, SIZE
from archcalc.ops.op import Example, Op, OpError, ParameterShapes
from archcalc.ops.registry import op
from archcalc.ops.saved import THE_INPUT_SAVED, Saved
from archcalc.ops.window import WHOLE, Reach
from archcalc.shape import FeaturesLast, Shape, axes_of


@op("linear")
class Linear(Op):
    """Fully connected layer. Over a map it reads every channel at every position.

    The same as a convolution whose kernel is its whole input, and as `flatten` and a linear layer.
    Over a sequence it is the same layer at each position, and along `axis: "last"` of any tensor.
    """

    out_features: int = field(SIZE, "outputs", symbol="out_features")
    bias: int = field(FLAG, "add a bias per output", default=1, symbol="1", silent=0)
    weights: str = shared_weights()
    axis: int | None = field(
        AXIS, "'last' to be at each position; without it a map is flattened", default=None
    )

    words = ("fc",)
    is_weighted = True
    has_activations = True
    torch_name = "Linear"
    examples = (
        Example(
            {"out_features": 84},
            inputs=((120,),),
            output=(84,),
            parameters=10_164,
            macs=10_080,
            operations={"bias": 84},
            note="LeNet-5's F6: (120 + 1)·84",
        ),
        Example(
            {"out_features": 5, "bias": False},
            inputs=((3, 2, 4),),
            output=(5,),
            parameters=120,
            macs=120,
            operations={"bias": 0},
            note="over a 3x2x4 map: 24 inputs",
        ),
        Example(
            {"out_features": 5},
            inputs=((7, 3),),
            output=(7, 5),
            parameters=20,
            macs=105,
            operations={"bias": 35},
            note="the same (3 + 1)·5 parameters at each of 7 tokens",
        ),
        Example(
            {"out_features": 5, "axis": "last"},
            inputs=((2, 4, 3),),
            output=(2, 4, 5),
            parameters=20,
            macs=120,
            operations={"bias": 40},
        ),
    )

    def output(self, x: Shape) -> Shape:
        if self.flattens(x):
            return Shape(self.out_features)
        return self._as_it_reads(x).with_size(-1, self.out_features)

    def _as_it_reads(self, x: Shape) -> Shape:
        """A tensor of which nothing else is known, with its features last."""
        return FeaturesLast(*x) if type(x) is Shape and len(x) > 2 else x

    def axis_names(self, x: Shape) -> tuple[tuple[str, ...], ...]:
        before, after = super().axis_names(x)
        if len(x) == 1 or self.flattens(x):
            return before, after
        positions = axes_of(self._as_it_reads(x))[:-1]
        return (*positions, "in_features"), (*positions, "out_features")

    def flattens(self, x: Shape) -> bool:
        """Whether it reads a whole map as one vector."""
        return self.axis is None and x.is_map

    def _in_features(self, x: Shape) -> Number:
        return defined("in_features", x.elements if self.flattens(x) else x[-1])

    def parameters(self, x: Shape) -> Number:
        if self.weights:
            return shared(self.weights)
        return (self._in_features(x) + self.bias) * self.out_features

    def parameter_shapes(self, x: Shape) -> ParameterShapes:
        bias = {"bias": (self.out_features,)} if self.bias else {}
        return {"weight": (self.out_features, self._in_features(x)), **bias}

    def macs(self, y: Shape, x: Shape) -> Number:
        if len(y) == 1:
            return self._in_features(x) * self.out_features
        return product(*y[:-1]) * product(self._in_features(x), self.out_features)

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"bias": self.bias * y.elements}

    def check(self, x: Shape) -> None:
        if self.axis is None and len(x) > 3:
            hint = "'last' is at each position; flatten makes a vector"
            raise OpError(f"linear over {x} needs an axis", hint)
        if not self.flattens(x) and last_unless_said(self, self.axis, x) != len(x) - 1:
            hint = "a 1x1 convolution does along the channels"
            raise OpError(f"linear works along the last axis, not axis {self.axis}", hint)

    def window(self, x: Shape) -> Reach:
        if len(x) == 1 or self.flattens(x):
            return WHOLE
        return reading_along([len(x) - 1], x, "a linear layer")

    def summary(self, x: Shape) -> str:
        where = " at each position" if len(x) > 1 and not self.flattens(x) else ""
        return f"linear {self._in_features(x)} -> {self.out_features}{where}"

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        return (THE_INPUT_SAVED,)

    def prepared(self, x: Any) -> Sequence[Any]:
        return (x.flatten(1) if self.axis is None and x.dim() == 4 else x,)

    def module(self, torch: Any, in_channels: int) -> Any:
        # Lazy: torch finds in_features from the tensor that arrives, not from our shapes.
        return torch.nn.LazyLinear(self.out_features, bias=bool(self.bias))


@op("rbf")
class Rbf(Op):
    """Euclidean radial basis function units: squared distances to fixed prototypes.

    LeNet-5's output layer (LeCun et al. 1998, section II-B): the prototypes are 7x12 bitmaps, so
    their weights are fixed and no parameters.
    """

    out_features: int = field(SIZE, "units, one prototype each", symbol="out_features")

    is_weighted = True
    examples = (
        Example(
            {"out_features": 10},
            inputs=((84,),),
            output=(10,),
            operations={"link": 840, "subtract": 840, "multiply": 840, "add": 830},
            buffers=840,
            note="LeNet-5's output: 10 prototypes of 84 fixed weights",
        ),
    )

    parameters = nothing("its prototypes are fixed")
    macs = nothing("squared distances to fixed prototypes; no products of inputs and weights")

    def output(self, x: Shape) -> Shape:
        return Shape(self.out_features)

    def buffers(self, x: Shape) -> Number:
        return x.elements * self.out_features

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        links = x.elements * self.out_features
        return {
            "link": links,
            "subtract": links,
            "multiply": links,
            "add": (x.elements - 1) * self.out_features,
        }

    def window(self, x: Shape) -> None:
        return WHOLE

    def summary(self, x: Shape) -> str:
        return f"rbf {x.elements} -> {self.out_features}, {self.buffers(x):,} fixed weights"

    def check(self, x: Shape) -> None:
        if len(x) > 1:
            what = "the map " if x.is_map else ""
            raise OpError(f"rbf takes a vector of features, got {what}{x}; flatten it first")

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        return (Saved("differences", x.elements * self.out_features),)

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        differences = x.elements * self.out_features
        return (
            TorchCall("-", x.elements, differences),
            TorchCall("Tensor.pow", differences, differences),
            TorchCall("Tensor.sum", differences, y.elements),
        )

    def module(self, torch: Any, in_channels: int) -> Any:
        out_features = self.out_features

        class Rbf(torch.nn.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                self.register_buffer("prototypes", torch.empty(out_features, in_channels))
                self.reset_parameters()

            def reset_parameters(self) -> None:
                self.prototypes.bernoulli_().mul_(2).sub_(1)

            def forward(self, x: Any) -> Any:
                return (x.unsqueeze(1) - self.prototypes).pow(2).sum(dim=2)

        return Rbf()
