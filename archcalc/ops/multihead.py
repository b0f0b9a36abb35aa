"""Attention with its projections in one layer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from archcalc.arithmetic import Number, product
from archcalc.ops.attention import Attention, attended
from archcalc.ops.common import check_divisible, same_shape, shared
from archcalc.ops.fields import field, shared_weights
from archcalc.ops.in_torch import TorchCall, TorchModule, TorchPart
from archcalc.ops.kinds import FLAG, SIZE
from archcalc.ops.op import MANY, Example, Op, OpError, ParameterShapes
from archcalc.ops.registry import op
from archcalc.ops.saved import Saved, input_at
from archcalc.ops.window import WHOLE
from archcalc.shape import Shape

T = TypeVar("T")


@op("multihead_attention")
class MultiheadAttention(Op):
    """Attention with its projections (Vaswani et al. 2017): of a sequence to itself, or to others.

    Of one input, one linear layer makes queries, keys and values, as in torch's layer of that name.
    Of two, the first is projected to queries, the second to keys and values; of three, each to its
    own: cross-attention, whose keys and values may have other features. One linear layer reads what
    the heads give. Written out with `linear`, `slice` and `attention`, each has its own row.
    """

    num_heads: int = field(SIZE, "heads, which share the features", symbol="heads")
    bias: int = field(FLAG, "add biases in both projections", default=1, symbol="1", silent=0)
    causal: int = field(FLAG, "no token sees those behind it; counted in full", default=0)
    weights: str = shared_weights()

    arity = MANY
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
        Example(
            {"num_heads": 2},
            inputs=((3, 4), (5, 6)),
            output=(3, 4),
            parameters=96,
            macs=456,
            operations={"bias": 64, "multiply": 30, "exp": 30, "add": 24, "divide": 30},
            note="(4 + 1)·4 for queries and output, (6 + 1)·4 for keys and values; "
            "2·3·4·4 + 2·5·6·4 + 2·3·5·4 multiply-adds",
        ),
        Example(
            {"num_heads": 1, "bias": False},
            inputs=((2, 3), (4, 5), (4, 1)),
            output=(2, 3),
            parameters=36,
            macs=156,
            operations={"bias": 0, "multiply": 8, "exp": 8, "add": 6, "divide": 8},
            note="2·2·3·3 + 4·5·3 + 4·1·3 + 2·2·4·3 multiply-adds",
        ),
    )  # fmt: skip

    output = same_shape

    @property
    def weighted_layers(self) -> int:
        return 2  # both projections

    @property
    def _attention(self) -> Attention:
        return Attention(num_heads=self.num_heads, causal=self.causal)

    def axis_names(self, *inputs: Shape) -> tuple[tuple[str, ...], ...]:
        if len(inputs) == 1:
            return ("tokens", "features"), ("tokens", "features")
        queries = ("queries", "features")
        others = [("keys", f"features of {name}") for name in ("keys", "values")]
        return queries, *others[: len(inputs) - 1], queries

    def in_channels(self, *inputs: Shape) -> tuple[Number, ...]:
        return tuple([x[-1] for x in inputs])

    def parameters(self, *inputs: Shape) -> Number:
        if self.weights:
            return shared(self.weights)
        x, keys, values = _three(inputs)
        of_x = (x[-1] + self.bias) * x[-1]
        if len(inputs) == 1:
            return 4 * of_x
        of_keys, of_values = ((other[-1] + self.bias) * x[-1] for other in (keys, values))
        if len(inputs) == 2:
            return 2 * of_x + 2 * of_keys
        return 2 * of_x + of_keys + of_values

    def parameter_shapes(self, *inputs: Shape) -> ParameterShapes:
        x, keys, values = _three(inputs)
        weights = {"out_proj_weight": (x[-1], x[-1])}
        if len(inputs) == 1:
            weights["in_proj_weight"] = (3 * x[-1], x[-1])
        else:
            for name, other in (("q", x), ("k", keys), ("v", values)):
                weights[f"{name}_proj_weight"] = (x[-1], other[-1])
        biases = {"in_proj_bias": (3 * x[-1],), "out_proj_bias": (x[-1],)}
        return weights | biases if self.bias else weights

    def _projections(self, *inputs: Shape) -> Sequence[Number]:
        """The multiply-adds of the linear layers for queries, keys and values."""
        features = inputs[0][-1]
        return [x[0] * product(x[-1], features) for x in _three(inputs)]

    def _attended(self, *inputs: Shape) -> tuple[Shape, ...]:
        """Queries, keys and values once they are projected."""
        features = inputs[0][-1]
        return tuple([x.with_size(-1, features) for x in _three(inputs)])

    def macs(self, y: Shape, *inputs: Shape) -> Number:
        of_queries, of_keys, of_values = self._projections(*inputs)
        together = self._attention.macs(y, *self._attended(*inputs))
        if len(inputs) == 1:
            return 4 * of_queries + together
        if len(inputs) == 2:
            return 2 * of_queries + 2 * of_keys + together
        return 2 * of_queries + of_keys + of_values + together

    def operations(self, y: Shape, *inputs: Shape) -> Mapping[str, Number]:
        _, keys, _ = attended_to = self._attended(*inputs)
        biases = 4 * (self.bias * y.elements)
        if len(inputs) > 1:
            biases = 2 * (self.bias * y.elements) + 2 * (self.bias * keys.elements)
        return {"bias": biases, **self._attention.operations(y, *attended_to)}

    def activations(self, y: Shape, *inputs: Shape) -> Number:
        _, keys, _ = self._attended(*inputs)
        return 5 * y.elements if len(inputs) == 1 else 3 * y.elements + 2 * keys.elements

    def window(self, *inputs: Shape) -> None:
        return WHOLE

    def check(self, *inputs: Shape) -> None:
        if len(inputs) > 3:
            raise OpError(f"takes queries, keys and values, got {len(inputs)} inputs")
        for x in inputs:
            if len(x) != 2:
                raise OpError(f"multihead_attention takes sequences LxC, got {x}")
        x, keys, values = _three(inputs)
        if keys[0] != values[0]:
            raise OpError(f"takes as many values as keys, got {keys} and {values}")
        check_divisible("features", x[-1], "num_heads", self.num_heads)

    def saved(self, y: Shape, *inputs: Shape) -> Sequence[Saved]:
        """What torch's fused kernels keep, which is no scores."""
        _, keys, values = self._attended(*inputs)
        return (
            *(input_at(i) for i in range(len(inputs))),
            Saved("queries", y.elements),
            Saved("keys and values", keys.elements + values.elements),
            Saved("outputs of the heads", y.elements),
            Saved("logarithms of the sums of scores", self.num_heads * y[0]),
        )

    def consists_of(self, y: Shape, *inputs: Shape) -> Sequence[TorchPart]:
        n = y.elements
        projections = self._projections(*inputs)
        projected = self._attended(*inputs)
        if len(inputs) == 1:
            bias = self.bias * (3 * n)
            made = [TorchCall("F.linear", n, 3 * n, macs=3 * projections[0], bias=bias)]
        else:
            each = zip(_three(inputs), projected, projections, strict=True)
            made = [
                TorchCall("F.linear", x.elements, z.elements, macs=m, bias=self.bias * z.elements)
                for x, z, m in each
            ]
        together = self._attention.macs(y, *projected)
        return (
            TorchModule("ProjectedAttention", n, n, is_of_torch=False),
            *made,
            TorchCall("F.scaled_dot_product_attention", n, n, macs=together),
            TorchCall("F.linear", n, n, macs=projections[0], bias=self.bias * n),
        )

    def module(self, torch: Any, *in_channels: int) -> Any:
        heads, causal, has_bias = self.num_heads, bool(self.causal), bool(self.bias)
        functional, features = torch.nn.functional, in_channels[0]
        of_each = _three(in_channels)
        shapes = {"in_proj_weight": (3 * features, features)}
        if len(in_channels) > 1:
            shapes = {
                f"{n}_proj_weight": (features, c) for n, c in zip("qkv", of_each, strict=True)
            }
        shapes["out_proj_weight"] = (features, features)

        class ProjectedAttention(torch.nn.Module):  # type: ignore[misc]
            def __init__(self) -> None:
                super().__init__()
                for name, shape in shapes.items():
                    self.register_parameter(name, torch.nn.Parameter(torch.empty(shape)))
                for name, rows in (("in_proj", 3 * features), ("out_proj", features)):
                    bias = torch.nn.Parameter(torch.empty(rows)) if has_bias else None
                    self.register_parameter(f"{name}_bias", bias)
                self.reset_parameters()

            def reset_parameters(self) -> None:
                for parameter in self.parameters():
                    if parameter.dim() == 2:
                        torch.nn.init.xavier_uniform_(parameter)
                    else:
                        torch.nn.init.zeros_(parameter)

            def projected(self, *inputs: Any) -> Any:
                if len(inputs) == 1:
                    together = functional.linear(*inputs, self.in_proj_weight, self.in_proj_bias)
                    return together.split(features, dim=-1)
                weights = (self.q_proj_weight, self.k_proj_weight, self.v_proj_weight)
                biases = self.in_proj_bias.split(features) if has_bias else (None, None, None)
                return map(functional.linear, _three(inputs), weights, biases)

            def forward(self, *inputs: Any) -> Any:
                y = attended(torch, heads, causal, *self.projected(*inputs))
                return functional.linear(y, self.out_proj_weight, self.out_proj_bias)

        return ProjectedAttention()


def _three(inputs: Sequence[T]) -> Sequence[T]:
    """What queries, keys and values are made of."""
    return (inputs[0], inputs[min(1, len(inputs) - 1)], inputs[-1])
