"""Normalisation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from archcalc.arithmetic import Number, product
from archcalc.ops.axes import check_channels_first
from archcalc.ops.common import Elementwise, check_map, check_up_to_volumes, nothing, shared
from archcalc.ops.fields import field, shared_weights
from archcalc.ops.in_torch import TorchCall, TorchModule, TorchPart
from archcalc.ops.kinds import EXACT, FLAG, NOT_NEGATIVE, POSITIVE, SIZE
from archcalc.ops.op import Example, ParameterShapes
from archcalc.ops.registry import op
from archcalc.ops.saved import THE_INPUT_SAVED, Saved
from archcalc.shape import Shape

AFFINE = field(FLAG, "learn a scale and a shift", default=1, symbol="affine", silent=1)
EPS = field(NOT_NEGATIVE, "what is added to the variance", default=Fraction(1, 100_000))


def normalising(y: Shape, groups: Number, affine: Number) -> dict[str, Number]:
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


def scale_and_shift(size: int, affine: int) -> ParameterShapes:
    """The parameters of a norm, where it has any."""
    return dict.fromkeys(("weight", "bias"), (size,)) if affine else {}


@op("batch_norm")
class BatchNorm(Elementwise):
    """Batch normalisation over each channel (Ioffe, Szegedy 2015).

    Its parameters are a scale and a shift a channel; running statistics are buffers, not
    parameters. In use it is one multiplication and one addition a value.
    """

    affine: int = AFFINE
    weights: str = shared_weights()
    eps: Fraction = field(POSITIVE, "what is added to the variance", default=Fraction(1, 100_000))

    words = ("bn",)
    examples = (
        Example(
            {},
            inputs=((64, 5, 4),),
            output=(64, 5, 4),
            parameters=128,
            macs=0,
            operations={"multiply": 1_280, "add": 1_280},
            buffers=128,
            note="64 scales and 64 shifts; 64 running means and 64 variances",
        ),
        Example(
            {"affine": False},
            inputs=((3, 2, 2),),
            output=(3, 2, 2),
            operations={"multiply": 12, "add": 12},
            buffers=6,
        ),
        Example(
            {},
            inputs=((10,),),
            output=(10,),
            parameters=20,
            macs=0,
            operations={"multiply": 10, "add": 10},
            buffers=20,
            note="over the features of a vector, as after a linear layer",
        ),
    )

    macs = nothing("a scale and a shift a value; counted apart, not as multiply-adds")

    def parameters(self, x: Shape) -> Number:
        if self.weights:
            return shared(self.weights)
        return 2 * x.channels * self.affine

    def parameter_shapes(self, x: Shape) -> ParameterShapes:
        return scale_and_shift(x.channels, self.affine)

    def buffers(self, x: Shape) -> Number:
        return 2 * x.channels

    def check(self, x: Shape) -> None:
        check_channels_first(self, x)
        check_up_to_volumes(x, self)

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"multiply": y.elements, "add": y.elements}

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        return THE_INPUT_SAVED, Saved("mean and 1/deviation", 2 * x.channels, is_per_sample=False)

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        return (TorchModule(f"BatchNorm{max(len(x) - 1, 1)}d", x.elements, y.elements),)

    def module(self, torch: Any, in_channels: int) -> Any:
        class UnsettledBatchNorm(torch.nn.BatchNorm2d):  # type: ignore[misc]
            def _check_input_dim(self, x: Any) -> None:
                """Becomes torch's own class for vectors, maps or volumes when one arrives."""
                self.__class__ = getattr(torch.nn, f"BatchNorm{max(x.dim() - 2, 1)}d")

        return UnsettledBatchNorm(in_channels, float(self.eps), affine=bool(self.affine))


@op("local_response_norm")
class LocalResponseNorm(Elementwise):
    """Local response normalisation across neighbouring channels (Krizhevsky et al. 2012, 3.3).

    Each value is divided by `(k + alpha/size · sum of the squares of size channels)^beta`, as
    torch writes it. Operations are counted as if no neighbourhood were cut at the first and last
    channels.
    """

    size: int = field(SIZE, "channels in a neighbourhood", symbol="size")
    alpha: Fraction = field(EXACT, "scale of the sum of squares", default=Fraction(1, 10000))
    beta: Fraction = field(EXACT, "exponent", default=Fraction(3, 4))
    k: Fraction = field(EXACT, "constant in the denominator", default=1)

    words = ("lrn",)
    torch_name = "LocalResponseNorm"
    examples = (
        Example(
            {"size": 5, "k": 2},
            inputs=((7, 3, 2),),
            output=(7, 3, 2),
            operations={"multiply": 84, "add": 210, "power": 42, "divide": 42},
        ),
    )

    parameters = nothing("its constants are chosen")
    macs = nothing("sums of squares, a power and a division; no weights")

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {
            "multiply": 2 * y.elements,
            "add": self.size * y.elements,
            "power": y.elements,
            "divide": y.elements,
        }

    def check(self, x: Shape) -> None:
        check_map(x, self)

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        padded = x.channels + self.size - 1
        return (
            THE_INPUT_SAVED,
            Saved("padded squares", product(padded, x.height, x.width)),
            Saved("sums", y.elements),
            Saved("powers", y.elements),
        )

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        n, padded = x.elements, product(x.channels + self.size - 1, x.height, x.width)
        calls = (
            TorchCall("Tensor.mul", n, n),
            TorchCall("F.pad", n, padded),
            TorchCall("F.avg_pool3d", padded, n),
            TorchCall("Tensor.mul", n, n),
            TorchCall("Tensor.add", n, n),
            TorchCall("Tensor.pow", n, n),
            TorchCall("/", n, n),
        )
        return (TorchModule(self.torch_name, n, n, calls),)

    def module(self, torch: Any, in_channels: int) -> Any:
        return torch.nn.LocalResponseNorm(
            self.size, float(self.alpha), float(self.beta), float(self.k)
        )
