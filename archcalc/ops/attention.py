"""Scaled dot-product attention."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archcalc.arithmetic import Number, defined, exact_div, product
from archcalc.ops.common import as_module, check_divisible, nothing
from archcalc.ops.fields import field
from archcalc.ops.in_torch import TorchCall, TorchPart
from archcalc.ops.kinds import FLAG, SIZE
from archcalc.ops.op import MANY, Example, Op, OpError
from archcalc.ops.registry import op
from archcalc.ops.saved import THE_OUTPUT_SAVED, Saved, input_at
from archcalc.ops.window import WHOLE
from archcalc.shape import Shape


@op("attention")
class Attention(Op):
    """Scaled dot-product attention, softmax(q·kᵀ/√d)·v in each head (Vaswani et al. 2017).

    Its inputs are queries, keys and values, as sequences LxC whose features the heads share, and
    where there is one a mask of queries x keys, or one for each head, which is added to the scores;
    windows may stand in front. Keys and values may have fewer heads, each for a group of those of
    the queries, and values other features than keys. Projections are layers of their own. A causal
    mask saves no work in this count: all scores are counted. In training torch's fused kernels keep
    the inputs, the output and one number a query and head, and no scores.
    """

    num_heads: int = field(SIZE, "heads of the queries", symbol="heads")
    causal: int = field(FLAG, "no query sees keys behind it; counted in full", default=0)
    value_dim: int | None = field(
        SIZE, "features of a head of values, if not those of keys", default=None, symbol="value_dim"
    )

    arity = MANY
    has_activations = True
    examples = (
        Example(
            {"num_heads": 2},
            inputs=((7, 8), (5, 8), (5, 8)),
            output=(7, 8),
            macs=560,
            operations={"multiply": 70, "exp": 70, "add": 56, "divide": 70},
            note="2·7·5 scores of 4 multiply-adds, and as many weights of 4 values",
        ),
        Example(
            {"num_heads": 4, "causal": True},
            inputs=((3, 8), (3, 4), (3, 4)),
            output=(3, 8),
            macs=144,
            operations={"multiply": 36, "exp": 36, "add": 24, "divide": 36},
            note="4 heads share the keys and values of 2; 4·3·3·2 + 4·3·3·2",
        ),
        Example(
            {"num_heads": 1},
            inputs=((2, 3, 4), (2, 5, 4), (2, 5, 4), (2, 3, 5)),
            output=(2, 3, 4),
            macs=240,
            operations={"multiply": 30, "exp": 30, "add": 54, "divide": 30},
            note="two windows, a mask each: 30 additions of it",
        ),
        Example(
            {"num_heads": 4, "value_dim": 3},
            inputs=((3, 8), (5, 4), (5, 6)),
            output=(3, 12),
            macs=300,
            operations={"multiply": 60, "exp": 60, "add": 48, "divide": 60},
            note="2 heads of keys of 2 and of values of 3: 4·3·5·2 + 4·3·5·3",
        ),
    )

    parameters = nothing("its projections are layers of their own")

    def settled(self, *inputs: Shape) -> Op:
        """The op with the features of the values' heads, where those are not the keys'."""
        if len(inputs) < 3 or not all(map(len, inputs)) or inputs[0][-1] % self.num_heads:
            return self
        queries, keys, values = inputs[:3]
        head_dim, given = queries[-1] // self.num_heads, self.value_dim
        if given is None and values[-1] != keys[-1]:
            given = values[-1] * head_dim // keys[-1]
        return self.replaced(value_dim=None if given == head_dim else given)

    def output(self, *inputs: Shape) -> Shape:
        if self.value_dim is None:
            return inputs[0]
        return inputs[0].with_size(-1, self.num_heads * self.value_dim)

    def axis_names(self, *inputs: Shape) -> tuple[tuple[str, ...], ...]:
        windows = len(inputs[0]) - 2
        front = ("windows",) if windows == 1 else tuple(f"windows {i + 1}" for i in range(windows))
        keys = (*front, "keys", "features of keys")
        same = self.value_dim is None
        values = keys if same else (*front, "keys", "features of values")
        named = [(*front, "queries", "features"), keys, values]
        for mask in inputs[3:]:
            of_heads = ("heads",) if len(mask) > len(inputs[0]) else ()
            named.append((*front, *of_heads, "queries", "keys"))
        return *named, (*front, "queries", "features" if same else "features of heads")

    def _rows(self, queries: Shape) -> Number:
        return product(*queries[:-2], self.num_heads, queries[-2])

    def macs(self, y: Shape, *inputs: Shape) -> Number:
        queries, keys, *_ = inputs
        scores = product(*queries[:-2], self.num_heads, queries[-2], keys[-2])
        head_dim = defined("head_dim", exact_div(queries[-1], self.num_heads))
        value_dim = head_dim if self.value_dim is None else self.value_dim
        return scores * head_dim + scores * value_dim

    def operations(self, y: Shape, *inputs: Shape) -> Mapping[str, Number]:
        queries, keys, _, *masks = inputs
        rows = self._rows(queries)
        scores = rows * keys[-2]
        added = scores - rows + len(masks) * scores
        return {"multiply": scores, "exp": scores, "add": added, "divide": scores}

    def window(self, *inputs: Shape) -> None:
        return WHOLE

    def check(self, *inputs: Shape) -> None:
        if len(inputs) not in (3, 4):
            raise OpError(f"takes queries, keys, values and a mask, got {len(inputs)} inputs")
        queries, keys, values, *masks = inputs
        if min(map(len, inputs[:3])) < 2 or queries[:-2] != keys[:-2]:
            given = f"{queries}, {keys} and {values}"
            raise OpError(f"takes sequences of queries, keys and values, got {given}")
        if keys[:-1] != values[:-1]:
            raise OpError(f"takes as many values as keys, got {keys} and {values}")
        check_divisible("features of queries", queries[-1], "num_heads", self.num_heads)
        head_dim = queries[-1] // self.num_heads
        check_divisible("features of keys", keys[-1], "those of a head", head_dim)
        groups = keys[-1] // head_dim
        check_divisible("num_heads", self.num_heads, "heads of keys", groups)
        of_values = groups * (self.value_dim or head_dim)
        if values[-1] != of_values:
            heads = f"{groups} heads of {self.value_dim or head_dim}"
            raise OpError(f"takes values of {of_values} features, {heads}; got {values}")
        scores = Shape(*queries[:-1], keys[-2])
        per_head = Shape(*queries[:-2], self.num_heads, *scores[-2:])
        for mask in masks:
            if mask not in (scores, per_head):
                raise OpError(f"takes a mask of {scores} or {per_head}, got {mask}")
            if self.causal:
                raise OpError("takes a mask or is causal, not both")

    def saved(self, y: Shape, *inputs: Shape) -> Sequence[Saved]:
        """What torch's fused kernels keep, which is no scores.

        The one for values of other features than keys keeps sums for whole blocks of 32 queries,
        and the state of a random generator.
        """
        queries = inputs[0]
        kept = [*(input_at(i) for i in range(len(inputs))), THE_OUTPUT_SAVED]
        sums = "logarithms of the sums of scores"
        if self.value_dim is None:
            kept.append(Saved(sums, self._rows(queries)))
        else:
            in_blocks = (queries[-2] + 31) // 32 * 32
            kept.append(Saved(sums, product(*queries[:-2], self.num_heads, in_blocks)))
            kept.append(Saved("seed and offset", 2, 8, is_per_sample=False))
        return [tensor.only_for(0, 1, 2) for tensor in kept]

    def consists_of(self, y: Shape, *inputs: Shape) -> Sequence[TorchPart]:
        # On a CPU torch takes the products apart for values of other features than keys, and for a
        # mask that gradients flow to.
        case = "(value_dim)" if self.value_dim is not None else "(mask)" if inputs[3:] else ""
        name, n = "F.scaled_dot_product_attention", inputs[0].elements
        return (TorchCall(name, n, y.elements, name.removeprefix("F.") + case),)

    def module(self, torch: Any, *channels: int) -> Any:
        heads, causal = self.num_heads, bool(self.causal)
        return as_module(torch, lambda *inputs: attended(torch, heads, causal, *inputs))


def attended(torch: Any, heads: int, causal: bool, q: Any, k: Any, v: Any, mask: Any = None) -> Any:
    """Attention in torch over sequences whose features the heads share."""

    def split(x: Any, parts: int) -> Any:
        """Windows and batch in one, a head in the place of a sequence."""
        length, features = x.shape[-2:]
        return x.reshape(-1, length, parts, features // parts).transpose(1, 2)

    groups = k.shape[-1] // (q.shape[-1] // heads)  # the values' heads too
    shared = {"enable_gqa": True} if groups != heads else {}
    if mask is not None:
        per_head = heads if mask.dim() > q.dim() else 1
        mask = mask.reshape(-1, per_head, *mask.shape[-2:])
    y = torch.nn.functional.scaled_dot_product_attention(
        split(q, heads), split(k, groups), split(v, groups), mask, is_causal=causal, **shared
    )
    return y.transpose(1, 2).flatten(-2).reshape(*q.shape[:-1], -1)
