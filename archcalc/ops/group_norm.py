"""Group and instance normalisation: of channels by the numbers of one sample at all positions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from archcalc.arithmetic import Number
from archcalc.ops.axes import check_channels_first
from archcalc.ops.common import (
    Elementwise,
    check_divisible,
    check_up_to_volumes,
    nothing,
    shared,
)
from archcalc.ops.fields import field, shared_weights
from archcalc.ops.in_torch import TorchModule, TorchPart
from archcalc.ops.kinds import FLAG, SIZE
from archcalc.ops.norm import AFFINE, EPS, normalising, scale_and_shift
from archcalc.ops.op import Example, OpError, ParameterShapes
from archcalc.ops.registry import op
from archcalc.ops.saved import THE_INPUT_SAVED, Saved
from archcalc.ops.window import POINT, POINT_AND_WHOLE, Reach
from archcalc.shape import Shape


class NormOfChannels(Elementwise):
    """A norm over positions, with a scale and a shift a channel."""

    affine: int
    weights: str

    macs = nothing("means, differences and squares; counted apart, not as multiply-adds")

    def parameters(self, x: Shape) -> Number:
        return shared(self.weights) if self.weights else 2 * x.channels * self.affine

    def parameter_shapes(self, x: Shape) -> ParameterShapes:
        return scale_and_shift(x.channels, self.affine)


@op("group_norm")
class GroupNorm(NormOfChannels):
    """Normalisation over groups of channels at all positions (Wu, He 2018)."""

    num_groups: int = field(SIZE, "groups of channels", symbol="groups")
    affine: int = AFFINE
    weights: str = shared_weights()
    eps: Fraction = EPS

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

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return normalising(y, self.num_groups, self.affine)

    def window(self, x: Shape) -> Reach:
        return POINT_AND_WHOLE if len(x) > 1 else POINT

    def check(self, x: Shape) -> None:
        check_channels_first(self, x)
        check_divisible("channels", x.channels, "num_groups", self.num_groups)

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        groups = self.num_groups
        return THE_INPUT_SAVED, Saved("means", groups), Saved("1/deviations", groups)

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.GroupNorm(self.num_groups, in_channels, float(self.eps), bool(self.affine))


@op("instance_norm")
class InstanceNorm(NormOfChannels):
    """Normalisation of each channel over all positions (Ulyanov et al. 2016)."""

    affine: int = field(FLAG, "learn a scale and a shift", default=0, symbol="affine", silent=1)
    weights: str = shared_weights()
    eps: Fraction = EPS

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

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return normalising(y, x.channels, self.affine)

    def window(self, x: Shape) -> Reach:
        return POINT_AND_WHOLE

    def check(self, x: Shape) -> None:
        check_channels_first(self, x)
        check_up_to_volumes(x, self)
        if x.elements == x.channels:
            raise OpError(f"instance_norm takes channels of several positions, got {x}")

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        """What a batch norm over the channels of all samples keeps; scales are repeated for it."""
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

        return UnsettledInstanceNorm(in_channels, float(self.eps), affine=bool(self.affine))
