"""Kernels that torch has on devices with memory and not on `meta`, for what is asked there.

On `meta` torch puts fused attention together of matrix products, draws a dropout's mask in another
type, and may leave unfolded windows in another order in memory. Each mode here, while entered,
gives one of these the kernel that devices have.
"""

from __future__ import annotations

from typing import Any

import torch
from torch.overrides import TorchFunctionMode


class _Reads(torch.autograd.Function):  # type: ignore[misc]
    """A tensor as it is, and another that it was computed of, to which a gradient flows."""

    @staticmethod
    def forward(context: Any, tensor: Any, other: Any) -> Any:
        return tensor.view_as(tensor)


def fused_attention(
    q: Any, k: Any, v: Any, mask: Any = None, is_causal: bool = False, enable_gqa: bool = False
) -> Any:
    """Attention by the kernel that makes no scores; its mask has its gradient by itself.

    Where values have other features than keys, that is another kernel.
    """
    fixed = None if mask is None else mask.detach()
    if k.shape[-1] == v.shape[-1]:
        flash = torch.ops.aten._scaled_dot_product_flash_attention_for_cpu
        y = flash(q, k, v, 0.0, is_causal, attn_mask=fixed)[0]
    else:
        efficient = torch.ops.aten._scaled_dot_product_efficient_attention
        y = efficient(q, k, v, fixed, True, 0.0, is_causal)[0]
    return y if fixed is None else _Reads.apply(y, mask)


_RECURRENT = (torch._VF.lstm, torch._VF.gru, torch._VF.rnn_tanh)


class KernelsOfCpus(TorchFunctionMode):  # type: ignore[misc]
    """Makes ops allocate on `meta` what they allocate on a CPU.

    Attention makes no scores there, unless a gradient flows to its mask or values have other
    features than keys. Recurrent layers multiply the inputs of all steps at once, and before the
    first step; other kernels make less.
    """

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        is_attention = function is torch.nn.functional.scaled_dot_product_attention
        if is_attention and (len(args) == 3 or args[3] is None):
            _, k, v, *_ = args
            if k.shape[-1] == v.shape[-1]:  # with others it does make scores
                function = fused_attention
        if function in _RECURRENT:
            steps, _, weights, *_ = args
            rows = sum(weight.shape[0] for weight in weights if weight.dim() == 2)
            torch.empty_like(steps)
            steps.new_empty(*steps.shape[:-1], rows)
        return function(*args, **(kwargs or {}))


class KernelsOfGpus(TorchFunctionMode):  # type: ignore[misc]
    """Makes ops keep on every device what they keep on a GPU: of attention no scores, of dropout a
    mask of a byte a value, of unfolded windows no copy for each layer that reads them as a row.

    Torch has another kernel for a GPU, with which the mask of other devices takes a number a value.
    No path is dropped: a join that leaves inputs out at random keeps less of a step, at random.
    """

    def __torch_function__(
        self, function: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        kwargs = kwargs or {}
        if function is torch.nn.functional.scaled_dot_product_attention:
            return fused_attention(*args, **kwargs)
        if function is torch.rand:
            return torch.ones(*args, **kwargs)
        if function is torch.nn.functional.dropout and 0 < kwargs["p"] < 1:
            return torch.native_dropout(*args, kwargs["p"], kwargs["training"])[0]
        if function is torch.nn.functional.unfold:
            return function(*args, **kwargs).contiguous()
        return function(*args, **kwargs)
