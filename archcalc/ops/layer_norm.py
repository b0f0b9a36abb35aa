"""Layer and RMS normalisation: of each position by the numbers along one axis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from archcalc.arithmetic import Number, exact_div
from archcalc.ops.axes import last_unless_said, reading_along
from archcalc.ops.common import Elementwise, nothing, shared
from archcalc.ops.fields import field, shared_weights
from archcalc.ops.in_torch import TorchModule, TorchPart
from archcalc.ops.kinds import AXIS, FLAG, NOT_NEGATIVE
from archcalc.ops.norm import AFFINE, EPS, normalising, scale_and_shift
from archcalc.ops.op import Example, ParameterShapes
from archcalc.ops.registry import op, with_fields
from archcalc.ops.saved import THE_INPUT_SAVED, Saved
from archcalc.ops.window import Reach
from archcalc.shape import Shape


@with_fields
class NormOverAxis(Elementwise):
    """A norm of the numbers along one axis, at each position by itself."""

    affine: int = AFFINE
    axis: int | None = field(
        AXIS, "over what; the features of a vector or a sequence", default=None
    )
    weights: str = shared_weights()
    eps: Fraction | None = EPS

    def axis_of(self, x: Shape) -> int:
        """The axis over which it normalises, counted from the first."""
        return last_unless_said(self, self.axis, x)

    def window(self, x: Shape) -> Reach:
        return reading_along([self.axis_of(x)], x, "a norm")

    def check(self, x: Shape) -> None:
        self.axis_of(x)


@op("layer_norm")
class LayerNorm(NormOverAxis):
    """Normalisation over the features at each position (Ba et al. 2016).

    Over a map `axis: "channels"` normalises the channels at each position, as ConvNeXt does.
    """

    examples = (
        Example(
            {},
            inputs=((7, 4),),
            output=(7, 4),
            parameters=8,
            operations={"add": 77, "subtract": 28, "multiply": 56, "divide": 42, "sqrt": 7},
            note="a token: 3 + 3 + 1 + 4 additions, 4 + 4 products, 1 + 1 + 4 divisions",
        ),
        Example(
            {"axis": "channels", "affine": False},
            inputs=((5, 2, 3),),
            output=(5, 2, 3),
            operations={"add": 54, "subtract": 30, "multiply": 30, "divide": 42, "sqrt": 6},
            note="a position: 4 + 4 + 1 additions, 5 products, 1 + 1 + 5 divisions",
        ),
        Example(
            {},
            inputs=((6,),),
            output=(6,),
            parameters=12,
            operations={"add": 17, "subtract": 6, "multiply": 12, "divide": 8, "sqrt": 1},
        ),
    )

    macs = nothing("means, differences and squares; counted apart, not as multiply-adds")

    def parameters(self, x: Shape) -> Number:
        return shared(self.weights) if self.weights else 2 * x[self.axis_of(x)] * self.affine

    def parameter_shapes(self, x: Shape) -> ParameterShapes:
        return scale_and_shift(x[self.axis_of(x)], self.affine)

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return normalising(y, _positions(y, self.axis_of(x)), self.affine)

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        positions = _positions(y, self.axis_of(x))
        return THE_INPUT_SAVED, Saved("means", positions), Saved("1/deviations", positions)

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        return _norm_in_torch("LayerNorm", self.axis_of(x), x)

    def module(self, torch: Any, in_channels: int) -> Any:
        return _norm_along(torch, torch.nn.LayerNorm, self)


@op("rms_norm")
class RmsNorm(NormOverAxis):
    """Division by the root of the mean square over the features (Zhang, Sennrich 2019): no mean is
    taken away, and there is a scale without a shift."""

    affine: int = field(FLAG, "learn a scale", default=1, symbol="affine", silent=1)
    eps: Fraction | None = field(
        NOT_NEGATIVE,
        "what is added to the mean square; of floats the next to 1 less 1",
        default=None,
    )

    examples = (
        Example(
            {},
            inputs=((7, 4),),
            output=(7, 4),
            parameters=4,
            operations={"add": 28, "multiply": 56, "divide": 35, "sqrt": 7},
            note="a token: 3 + 1 additions, 4 + 4 products, 1 + 4 divisions",
        ),
        Example(
            {"axis": 0, "affine": False},
            inputs=((5, 2, 3),),
            output=(5, 2, 3),
            operations={"add": 30, "multiply": 30, "divide": 36, "sqrt": 6},
        ),
    )

    macs = nothing("squares and their mean; counted apart, not as multiply-adds")

    def parameters(self, x: Shape) -> Number:
        return shared(self.weights) if self.weights else x[self.axis_of(x)] * self.affine

    def parameter_shapes(self, x: Shape) -> ParameterShapes:
        return {"weight": (x[self.axis_of(x)],)} if self.affine else {}

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        positions = _positions(y, self.axis_of(x))
        return {
            "add": y.elements,
            "multiply": y.elements + self.affine * y.elements,
            "divide": y.elements + positions,
            "sqrt": positions,
        }

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        """What the simpler operations keep that torch puts it together of; its fused kernel for
        GPUs keeps the input in place of the normalised values."""
        roots = Saved("1/roots", _positions(y, self.axis_of(x)))
        normalised = Saved("normalised values", self.affine * y.elements)
        return THE_INPUT_SAVED.only_for(0), roots.only_for(0), normalised

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        return _norm_in_torch("RMSNorm", self.axis_of(x), x)

    def module(self, torch: Any, in_channels: int) -> Any:
        return _norm_along(torch, torch.nn.RMSNorm, self)


def _positions(x: Shape, axis: int) -> Number:
    """How many positions a tensor has, where one axis is no position."""
    return exact_div(x.elements, x[axis]) if len(x) > 1 else 1


def _norm_in_torch(name: str, axis: int, x: Shape) -> Sequence[TorchPart]:
    """A norm of torch, which is over the last axis; over another it is a class of its own."""
    usual = TorchModule(name, x.elements, x.elements)
    is_last = axis == len(x) - 1
    return (
        usual
        if is_last
        else usual._replace(name=f"{name}AlongAxis({name})", calls=usual.called, is_of_torch=False),
    )


def _norm_along(torch: Any, norm: Any, op: NormOverAxis) -> Any:
    """A norm of torch over one axis, whose size it finds from the first tensor that arrives."""
    axis, affine = op.axis, bool(op.affine)
    eps = None if op.eps is None else float(op.eps)
    dim = -1 if axis is None else axis if axis < 0 else axis + 1

    class Norm(norm):  # type: ignore[misc]
        def forward(self, x: Any) -> Any:
            # Not super(): the first input makes it torch's own class, where that is the last axis.
            return norm.forward(self, x.transpose(dim, -1)).transpose(dim, -1).contiguous()

    Norm.__name__ = f"{norm.__name__}AlongAxis"

    class LazyNorm(torch.nn.modules.lazy.LazyModuleMixin, norm):  # type: ignore[misc]
        cls_to_become = Norm
        forward = Norm.forward  # of the first input, after which it has become one

        def __init__(self) -> None:
            super().__init__(0, eps, elementwise_affine=affine)
            for name in self._parameters if affine else ():
                setattr(self, name, torch.nn.UninitializedParameter())

        def initialize_parameters(self, x: Any) -> None:
            self.normalized_shape = (x.shape[dim],)
            if dim in (-1, x.dim() - 1):
                self.cls_to_become = norm
            if self.has_uninitialized_params():
                for parameter in self.parameters():
                    parameter.materialize(self.normalized_shape)
                self.reset_parameters()

    return LazyNorm()
