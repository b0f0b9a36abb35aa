"""Matrix products, attention and recurrent layers."""

from __future__ import annotations

from typing import Any

import torch
from torch.nn import functional

from archcalc.importer.onnx.call import OnnxCall, Unknown, uncomputed_operator


@uncomputed_operator("MatMul")
def _matmul(call: OnnxCall) -> Any:
    """A matrix product."""
    return torch.matmul(call.tensor(0), call.tensor(1))


@uncomputed_operator("Gemm")
def _gemm(call: OnnxCall) -> Any:
    """A linear layer, where it is one; else a product and a sum."""
    a, b, c = call.tensor(0), call.tensor(1), call.optional(2)
    alpha, beta = call.attribute("alpha", 1.0), call.attribute("beta", 1.0)
    a = a.t() if call.attribute("transA", 0) else a
    is_layer = (c is None or (beta == 1 and c.dim() == 1)) and alpha == 1
    if is_layer and call.attribute("transB", 0):
        return functional.linear(a, b, c)
    b = b.t() if call.attribute("transB", 0) else b
    if is_layer and c is not None and c.shape == b.shape[1:]:
        return torch.addmm(c, a, b)
    y = torch.matmul(a, b)
    y = y if alpha == 1 else y * alpha
    return y if c is None else y + (c if beta == 1 else c * beta)


@uncomputed_operator("Einsum")
def _einsum(call: OnnxCall) -> Any:
    """A product by an equation."""
    return torch.einsum(call.attribute("equation"), *call.tensors)


@uncomputed_operator("Attention")
def _attention(call: OnnxCall) -> Any:
    """Scaled dot-product attention."""
    q, k, v = (call.tensor(i) for i in range(3))
    if call.outputs > 1 or call.has(4) or call.attribute("softcap", 0.0):
        raise Unknown("no rule for attention with a cache of keys, or with softcap")
    heads = [call.attribute(f"{name}_num_heads", 0) for name in ("q", "kv", "kv")]
    is_flat = q.dim() == 3
    if is_flat:
        q, k, v = (
            torch.reshape(x, (*x.shape[:2], n, x.shape[2] // n)).transpose(1, 2)
            for x, n in zip((q, k, v), heads, strict=True)
        )
    y = functional.scaled_dot_product_attention(
        q,
        k,
        v,
        attn_mask=call.optional(3),
        is_causal=bool(call.attribute("is_causal", 0)),
        scale=call.attribute("scale"),
        enable_gqa=q.shape[1] != k.shape[1],
    )
    return torch.flatten(y.transpose(1, 2), 2) if is_flat else y


_GATES = {"LSTM": 4, "GRU": 3, "RNN": 1}


def _recurrent(call: OnnxCall, word: str) -> Any:
    x, w, r, b = call.tensor(0), call.tensor(1), call.tensor(2), call.optional(3)
    if call.attribute("layout", 0) or call.has(4):
        raise Unknown("no rule for sequences of several lengths, or samples in front")
    if word == "LSTM" and call.has(7):
        raise Unknown("no rule for peepholes")
    gates, hidden, directions = _GATES[word], r.shape[2], w.shape[0]
    if directions not in (1, 2):
        raise Unknown(f"has no {directions} directions")
    if w.shape[1] != gates * hidden:
        raise Unknown("its weights are not those of its gates")
    weights = []
    for direction in range(directions):
        weights += [w[direction], r[direction]]
        if b is not None:
            both = b[direction]
            weights += [both[: gates * hidden], both[gates * hidden :]]
    shape = (directions, x.shape[1], hidden)
    states = [call.optional(5), call.optional(6)][: 2 if word == "LSTM" else 1]
    states = [
        torch.zeros(shape, dtype=x.dtype, device=x.device) if s is None else s for s in states
    ]
    args = (weights, b is not None, 1, 0.0, False, directions == 2, False)
    if word == "LSTM":
        y, *last = torch.lstm(x, states, *args)
    else:
        y, *last = (torch.gru if word == "GRU" else torch.rnn_tanh)(x, states[0], *args)
    y = torch.reshape(y, (*x.shape[:2], directions, hidden)).transpose(1, 2)
    return (y, *last)


@uncomputed_operator("LSTM")
def _lstm(call: OnnxCall) -> Any:
    """A long short-term memory."""
    return _recurrent(call, "LSTM")


@uncomputed_operator("GRU")
def _gru(call: OnnxCall) -> Any:
    """A gated recurrent unit."""
    return _recurrent(call, "GRU")


@uncomputed_operator("RNN")
def _rnn(call: OnnxCall) -> Any:
    """A plain recurrent layer."""
    return _recurrent(call, "RNN")
