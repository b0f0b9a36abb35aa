"""Factors of values: a constant one, and those that are learned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from archcalc.arithmetic import Number
from archcalc.ops.axes import first_unless_said
from archcalc.ops.common import Elementwise, as_module, nothing, shared
from archcalc.ops.fields import field, shared_weights
from archcalc.ops.in_torch import TorchCall, TorchModule, TorchPart
from archcalc.ops.kinds import AXIS, EXACT, FLAG
from archcalc.ops.op import Example, ParameterShapes
from archcalc.ops.registry import op
from archcalc.ops.saved import saves_input, saves_nothing
from archcalc.shape import Shape


@op("scale")
class Scale(Elementwise):
    """Each value times a constant: Inception-ResNet damps its residuals (Szegedy et al. 2016)."""

    factor: Fraction = field(EXACT, "the constant, not learned")

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

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        return (TorchCall("*", x.elements, y.elements),)

    def module(self, torch: Any, in_channels: int) -> Any:
        factor = float(self.factor)
        return as_module(torch, lambda x: x * factor)


@op("layer_scale")
class LayerScale(Elementwise):
    """Each channel times a learned factor (Touvron et al. 2021, CaiT), or all by a shared one."""

    shared: int = field(FLAG, "one factor for all, not one a channel", default=0)
    init: Fraction = field(EXACT, "what the factors are before training", default=1)
    axis: int | None = field(
        AXIS, "along what it has factors; the channels of a map or a vector", default=None
    )
    weights: str = shared_weights()

    examples = (
        Example({}, ((96, 3, 2),), (96, 3, 2), parameters=96, operations={"multiply": 576}),
        Example({"axis": -1}, ((7, 4),), (7, 4), parameters=4, operations={"multiply": 28}),
        Example({"shared": True}, ((5, 2),), (5, 2), parameters=1, operations={"multiply": 10}),
    )

    macs = nothing("a factor a value; counted apart, not as multiply-adds")
    saved = saves_input

    def parameters(self, x: Shape) -> Number:
        return shared(self.weights) if self.weights else self._factors(x)

    def parameter_shapes(self, x: Shape) -> ParameterShapes:
        return {"weight": (self._factors(x),)}

    def _factors(self, x: Shape) -> Number:
        return 1 if self.shared else x[first_unless_said(self, self.axis, x)]

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"multiply": y.elements}

    def check(self, x: Shape) -> None:
        if not self.shared:
            first_unless_said(self, self.axis, x)

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        n, m = x.elements, y.elements
        return TorchModule("LayerScale", n, m, is_of_torch=False), TorchCall("*", n, m)

    def module(self, torch: Any, in_channels: int) -> Any:
        shared, init, axis = bool(self.shared), float(self.init), self.axis or 0
        dim = axis if axis < 0 else axis + 1

        class LayerScale(torch.nn.Module):  # type: ignore[misc]
            def reset_parameters(self) -> None:
                torch.nn.init.constant_(self.weight, init)

            def forward(self, x: Any) -> Any:
                behind = 0 if shared else -dim - 1 if dim < 0 else x.dim() - dim - 1
                return x * (self.weight[(..., *(None,) * behind)] if behind else self.weight)

        # Lazy: torch finds the size of the axis from the tensor that arrives.
        class LazyLayerScale(torch.nn.modules.lazy.LazyModuleMixin, LayerScale):  # type: ignore[misc]
            cls_to_become = LayerScale

            def __init__(self) -> None:
                super().__init__()
                self.weight = torch.nn.UninitializedParameter()

            def initialize_parameters(self, x: Any) -> None:
                self.weight.materialize((1 if shared else x.shape[dim],))
                self.reset_parameters()

        return LazyLayerScale()
