"""Attention with its projections in one layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archcalc.arithmetic import Number, product
from archcalc.ops.attention import Attention, attended
from archcalc.ops.common import check_divisible, same_shape, shared
from archcalc.ops.fields import field, shared_weights
from archcalc.ops.in_torch import TorchCall, TorchModule, TorchPart
from archcalc.ops.kinds import FLAG, SIZE
from archcalc.ops.op import Example, Op, OpError, ParameterShapes
from archcalc.ops.registry import op
from archcalc.ops.saved import THE_INPUT_SAVED, Saved
from archcalc.ops.window import WHOLE
from archcalc.shape import Shape


@op("multihead_attention")
class MultiheadAttention(Op):
    """Self-attention of a sequence LxC with its projections (Vaswani et al. 2017).

    As in torch's layer of that name, one linear layer makes queries, keys and values, and one reads
    what the heads give. Written out with `linear`, `slice` and `attention`, each has its own row.
    """

    num_heads: int = field(SIZE, "heads, which share the features", symbol="heads")
    bias: int = field(FLAG, "add biases in both projections", default=1, symbol="1", silent=0)
    causal: int = field(FLAG, "no token sees those behind it; counted in full", default=0)
    weights: str = shared_weights()

    is_weighted = True
    has_activations = True
    examples = (
        Example(
            {"num_heads": 4},
            inputs=((580, 512),),
            output=(580, 512),
            parameters=1_050_624,
            macs=952_647_680,
            operations={
                "bias": 1_187_840, "multiply": 1_345_600, "exp": 1_345_600, "add": 1_343_280,
                "divide": 1_345_600,
            },
            note="4·(512 + 1)·512 parameters; 4·580·512·512 + 2·580·580·512 multiply-adds",
        ),
        Example(
            {"num_heads": 2, "bias": False, "causal": True},
            inputs=((3, 4),),
            output=(3, 4),
            parameters=64,
            macs=264,
            operations={"bias": 0, "multiply": 18, "exp": 18, "add": 12, "divide": 18},
        ),
    )  # fmt: skip

    output = same_shape

    @property
    def weighted_layers(self) -> int:
        return 2  # both projections

    @property
    def _attention(self) -> Attention:
        return Attention(heads=self.num_heads, causal=self.causal)

    def axis_names(self, x: Shape) -> tuple[tuple[str, ...], ...]:
        return ("tokens", "features"), ("tokens", "features")

    def in_channels(self, *inputs: Shape) -> tuple[Number, ...]:
        return (inputs[0][-1],)

    def parameters(self, x: Shape) -> Number:
        if self.weights:
            return shared(self.weights)
        return 4 * ((x[-1] + self.bias) * x[-1])

    def parameter_shapes(self, x: Shape) -> ParameterShapes:
        biases = {"in_proj_bias": (3 * x[-1],), "out_proj_bias": (x[-1],)}
        weights = {"in_proj_weight": (3 * x[-1], x[-1]), "out_proj_weight": (x[-1], x[-1])}
        return weights | biases if self.bias else weights

    def macs(self, y: Shape, x: Shape) -> Number:
        projections = 4 * (x[0] * product(x[-1], x[-1]))
        return projections + self._attention.macs(y, x, x, x)

    def operations(self, y: Shape, x: Shape) -> Mapping[str, Number]:
        return {"bias": 4 * (self.bias * y.elements), **self._attention.operations(y, x, x, x)}

    def activations(self, y: Shape, *inputs: Shape) -> Number:
        return 5 * y.elements

    def window(self, x: Shape) -> None:
        return WHOLE

    def check(self, x: Shape) -> None:
        if len(x) != 2:
            raise OpError(f"multihead_attention takes a sequence LxC, got {x}")
        check_divisible("features", x[-1], "num_heads", self.num_heads)

    def saved(self, y: Shape, x: Shape) -> Sequence[Saved]:
        """By torch's fused kernels, which keep no scores."""
        sums = Saved("logarithms of the sums of scores", self.num_heads * x[0])
        return (
            THE_INPUT_SAVED,
            Saved("queries, keys and values", 3 * y.elements),
            Saved("outputs of the heads", y.elements),
            sums,
        )

    def consists_of(self, y: Shape, x: Shape) -> Sequence[TorchPart]:
        n, products = x.elements, x[0] * product(x[-1], x[-1])
        together = self._attention.macs(y, x, x, x)
        return (
            TorchModule("MultiheadAttention", n, n, is_of_torch=False),
            TorchCall("F.linear", n, 3 * n, macs=3 * products),
            TorchCall("F.scaled_dot_product_attention", n, n, macs=together),
            TorchCall("F.linear", n, n, macs=products),
        )

    def module(self, torch: Any, in_channels: int) -> Any:
        heads, causal, has_bias = self.num_heads, bool(self.causal), bool(self.bias)
        functional = torch.nn.functional

        class MultiheadAttention(torch.nn.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                for name, rows in (("in_proj", 3 * in_channels), ("out_proj", in_channels)):
                    weight = torch.nn.Parameter(torch.empty(rows, in_channels))
                    self.register_parameter(f"{name}_weight", weight)
                    bias = torch.nn.Parameter(torch.empty(rows)) if has_bias else None
                    self.register_parameter(f"{name}_bias", bias)
                self.reset_parameters()

            def reset_parameters(self) -> None:
                for parameter in self.parameters():
                    if parameter.dim() == 2:
                        torch.nn.init.xavier_uniform_(parameter)
                    else:
                        torch.nn.init.zeros_(parameter)

            def forward(self, x: Any) -> Any:
                together = functional.linear(x, self.in_proj_weight, self.in_proj_bias)
                y = attended(torch, heads, causal, *together.split(in_channels, dim=-1))
                return functional.linear(y, self.out_proj_weight, self.out_proj_bias)

        return MultiheadAttention()
