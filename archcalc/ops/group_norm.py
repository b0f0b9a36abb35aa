"""Normalisation by the statistics of one sample: layer, group, instance and RMS normalisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archcalc.arithmetic import Number, exact_div
from archcalc.ops.axes import check_channels_first, last_unless_said, reading_along
from archcalc.ops.common import Elementwise, check_divisible, nothing, shared
from archcalc.ops.fields import field, shared_weights
from archcalc.ops.in_torch import TorchModule, TorchPart
from archcalc.ops.kinds import AXIS, FLAG, SIZE
from archcalc.ops.norm import scale_and_shift
from archcalc.ops.op import Example, OpError, ParameterShapes
from archcalc.ops.registry import op
from archcalc.ops.saved import THE_INPUT_SAVED, Saved
from archcalc.ops.window import POINT, POINT_AND_WHOLE, Reach
from archcalc.shape import Shape

AFFINE = field(FLAG, "learn a scale and a shift", default=1, symbol="affine", silent=1)


def _normalising(y: Shape, groups: Number, affine: Number) -> dict[str, Number]:
    """What it takes to normalise a tensor whose numbers are in so many groups.

    Of each group the mean, the differences to it, the mean of their squares, and its root after a
    small constant was added; then each difference divided by that root, scaled and shifted.
    """
    return {
        "add": 2 * y.elements - groups + affine * y.elements,
        "subtract": y.elements,
        "multiply": y.elements + affine * y.elements,
        "divide": y.elements + 2 * groups,
        "sqrt": groups,
    }


@op("layer_norm")
class LayerNorm(Elementwise):
    """Normalisation over the features at each position (Ba et al. 2016).

    Over a map `axis: "channels"` normalises the channels at each position, as ConvNeXt does.
    """

    affine: int = AFFINE
    axis: int | None = field(
        AXIS, "over what; the features of a vector or a sequence", default=None
    )
    weights: str = shared_weights()

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

    def axis_of(self, x: Shape) -> int:
        """The axis over which it normalises, counted from the first."""
        return last_unless_said(self, self.axis, x)

    def parameters(self, x: Shape) -> Number:
        return shared(self.weights) if self.weights else 2 * x[self.axis_of(x)] * self.affine

    def parameter_shapes(self, x: Shape) -> ParameterShapes:
        return scale_and_shift(x[self.axis_of(x)], self.affine)

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return _normalising(y, _positions(y, self.axis_of(x)), self.affine)

    def window(self, x: Shape) -> Reach:
        return reading_along([self.axis_of(x)], x, "a norm")

    def check(self, x: Shape) -> None:
        self.axis_of(x)

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        positions = _positions(y, self.axis_of(x))
        return THE_INPUT_SAVED, Saved("means", positions), Saved("1/deviations", positions)

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        return _norm_in_torch("LayerNorm", self.axis_of(x), x)

    def module(self, torch: Any, in_channels: int) -> Any:
        return _norm_along(torch, torch.nn.LayerNorm, self.axis, bool(self.affine))


@op("rms_norm")
class RmsNorm(Elementwise):
    """Division by the root of the mean square over the features (Zhang, Sennrich 2019): no mean is
    taken away, and there is a scale without a shift."""

    affine: int = field(FLAG, "learn a scale", default=1, symbol="affine", silent=1)
    axis: int | None = field(
        AXIS, "over what; the features of a vector or a sequence", default=None
    )
    weights: str = shared_weights()

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

    def axis_of(self, x: Shape) -> int:
        """The axis over which it normalises, counted from the first."""
        return last_unless_said(self, self.axis, x)

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

    def window(self, x: Shape) -> Reach:
        return reading_along([self.axis_of(x)], x, "a norm")

    def check(self, x: Shape) -> None:
        self.axis_of(x)

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        """As torch puts it together of simpler operations; its fused kernel for GPUs keeps the
        input in place of the normalised values."""
        roots = Saved("1/roots", _positions(y, self.axis_of(x)))
        normalised = Saved("normalised values", self.affine * y.elements)
        return THE_INPUT_SAVED.only_for(0), roots.only_for(0), normalised

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        return _norm_in_torch("RMSNorm", self.axis_of(x), x)

    def module(self, torch: Any, in_channels: int) -> Any:
        return _norm_along(torch, torch.nn.RMSNorm, self.axis, bool(self.affine))


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
        else usual._replace(name=f"{name}AlongAxis", calls=usual.called, is_of_torch=False),
    )


def _norm_along(torch: Any, norm: Any, axis: int | None, affine: bool) -> Any:
    """A norm of torch over one axis, whose size it finds from the first tensor that arrives."""
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
            super().__init__(0, elementwise_affine=affine)
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


@op("group_norm")
class GroupNorm(Elementwise):
    """Normalisation over groups of channels at all positions (Wu, He 2018)."""

    num_groups: int = field(SIZE, "groups of channels", symbol="groups")
    affine: int = AFFINE
    weights: str = shared_weights()

    torch_name = "GroupNorm"
    examples = (
        Example(
            {"num_groups": 2},
            inputs=((6, 2, 2),),
            output=(6, 2, 2),
            parameters=12,
            operations={"add": 70, "subtract": 24, "multiply": 48, "divide": 28, "sqrt": 2},
            note="a group: 11 + 11 + 1 + 12 additions, 12 + 12 products, 1 + 1 + 12 divisions",
        ),
        Example(
            {"num_groups": 1, "affine": False},
            inputs=((4, 3),),
            output=(4, 3),
            operations={"add": 23, "subtract": 12, "multiply": 12, "divide": 14, "sqrt": 1},
        ),
    )

    macs = nothing("means, differences and squares; counted apart, not as multiply-adds")

    def parameters(self, x: Shape) -> Number:
        return shared(self.weights) if self.weights else 2 * x.channels * self.affine

    def parameter_shapes(self, x: Shape) -> ParameterShapes:
        return scale_and_shift(x.channels, self.affine)

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return _normalising(y, self.num_groups, self.affine)

    def window(self, x: Shape) -> Reach:
        return POINT_AND_WHOLE if len(x) > 1 else POINT

    def check(self, x: Shape) -> None:
        check_channels_first(self, x)
        check_divisible("channels", x.channels, "num_groups", self.num_groups)

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        groups = self.num_groups
        return THE_INPUT_SAVED, Saved("means", groups), Saved("1/deviations", groups)

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.GroupNorm(self.num_groups, in_channels, affine=bool(self.affine))


@op("instance_norm")
class InstanceNorm(Elementwise):
    """Normalisation of each channel over all positions (Ulyanov et al. 2016)."""

    affine: int = field(FLAG, "learn a scale and a shift", default=0, symbol="affine", silent=1)
    weights: str = shared_weights()

    examples = (
        Example(
            {},
            inputs=((3, 2, 2),),
            output=(3, 2, 2),
            operations={"add": 21, "subtract": 12, "multiply": 12, "divide": 18, "sqrt": 3},
            note="a channel: 3 + 3 + 1 additions, 4 products, 1 + 1 + 4 divisions",
        ),
        Example(
            {"affine": True},
            inputs=((3, 4),),
            output=(3, 4),
            parameters=6,
            operations={"add": 33, "subtract": 12, "multiply": 24, "divide": 18, "sqrt": 3},
        ),
    )

    macs = nothing("means, differences and squares; counted apart, not as multiply-adds")

    def parameters(self, x: Shape) -> Number:
        return shared(self.weights) if self.weights else 2 * x.channels * self.affine

    def parameter_shapes(self, x: Shape) -> ParameterShapes:
        return scale_and_shift(x.channels, self.affine)

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return _normalising(y, x.channels, self.affine)

    def window(self, x: Shape) -> Reach:
        return POINT_AND_WHOLE

    def check(self, x: Shape) -> None:
        check_channels_first(self, x)
        if x.elements == x.channels:
            raise OpError(f"instance_norm takes channels of several positions, got {x}")

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        """Of a batch norm over the channels of all samples, for which scales are repeated."""
        scales = Saved("a scale a channel", self.affine * x.channels)
        means = Saved("means", x.channels)
        return THE_INPUT_SAVED, means, Saved("1/deviations", x.channels), scales

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        return (TorchModule(f"InstanceNorm{len(x) - 1}d", x.elements, y.elements),)

    def module(self, torch: Any, in_channels: int) -> Any:
        class UnsettledInstanceNorm(torch.nn.InstanceNorm2d):  # type: ignore[misc]
            def _check_input_dim(self, x: Any) -> None:
                """Becomes torch's own class for sequences, maps or volumes when one arrives."""
                self.__class__ = getattr(torch.nn, f"InstanceNorm{x.dim() - 2}d")

        return UnsettledInstanceNorm(in_channels, affine=bool(self.affine))
