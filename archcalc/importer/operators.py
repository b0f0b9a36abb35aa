"""What torch says of an operator: what it writes to, what is a view, what reads numbers, and how
much it multiplies."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

import torch
from torch._decomp import decomposition_table
from torch.utils.flop_counter import flop_registry

from archcalc.errors import parameter
from archcalc.importer.own_code import line_that_runs

_READS_VALUES = {
    "_local_scalar_dense", "item", "nonzero", "is_nonzero", "masked_select", "unique",
    "_unique2", "unique_dim", "unique_consecutive", "equal", "nonzero_numpy", "argwhere",
    "bincount", "repeat_interleave.Tensor", "allclose",
}  # fmt: skip


def reads_values(function: Any) -> bool:
    """Whether an operator needs the numbers in a tensor, and not its size alone."""
    packet = function.overloadpacket.__name__
    return packet in _READS_VALUES or f"{packet}.{function._overloadname}" in _READS_VALUES


_TRUTHS = {"is_nonzero", "equal", "allclose"}
_NUMBERS = {"item", "_local_scalar_dense"}


def is_yes_or_no(function: Any, args: Any) -> bool:
    """Whether an operator that reads numbers gives a truth value."""
    word = function.overloadpacket.__name__
    return word in _TRUTHS or (word in _NUMBERS and args[0].dtype == torch.bool)


def values_read(function: Any) -> str:
    """That an operator reads numbers, in which line of code it does, and what may be done."""
    return on_values(f"{function.overloadpacket} reads the numbers of a tensor", line_that_runs())


def counted_for_real() -> str:
    """What may be done where a cost depends on values."""
    return f"{parameter('real', True)} counts for one real input"


def on_values(why: str, line: str) -> str:
    """That a cost depends on values, and why; in which line of code, if that is known."""
    return f"its cost depends on values: {why}{line and f' at {line}'}; {counted_for_real()}"


def no_rule(function: Any) -> str:
    """That there is no rule for an operator, and what may be done."""
    packet = getattr(function, "overloadpacket", function)
    text = f"no rule for {packet}; what it costs is unknown"
    if "quantize" in str(packet):
        return f"{text}: import the module before it is quantized"
    return text


class Signature(NamedTuple):
    """What a schema says of an operator's arguments."""

    names: tuple[str, ...]
    defaults: Mapping[str, Any]
    written: frozenset[str]
    is_view: bool


@cache
def signature_of(function: Any) -> Signature:
    """What torch says of an operator's arguments."""
    arguments = function._schema.arguments
    written = {a.name for a in arguments if a.alias_info is not None and a.alias_info.is_write}
    returns = function._schema.returns
    is_view = not written and any(r.alias_info is not None for r in returns)
    defaults = {a.name: a.default_value for a in arguments if a.has_default_value()}
    names = tuple(a.name for a in arguments)
    return Signature(names, defaults, frozenset(written), is_view)


def is_view(function: Any) -> bool:
    """Whether an operator's output has the memory of its input."""
    return signature_of(function).is_view


def _deformed(*args: Any, out_val: Any, **_: Any) -> int:
    """Of `deform_conv2d`: an output is a sum over a window of a group of channels."""
    weight = args[1]
    return int(2 * out_val.numel() * weight[0].numel())


def _grouped(rows: Any, matrices: Any, *_: Any, out_val: Any, **__: Any) -> int:
    """Of `_grouped_mm` where it is rows by matrices: each row by one of them."""
    return int(2 * rows.numel() * matrices.shape[-1])


def _is_rows_by_matrices(args: Any) -> bool:
    """Whether each group of rows has a matrix of its own."""
    rows, matrices = args[:2]
    return bool(rows.dim() == 2 and matrices.dim() == 3 and rows.shape[1] == matrices.shape[1])


_MISSING: dict[str, Callable[..., int]] = {
    "aten._grouped_mm": _grouped,
    "aten.mv": lambda matrix, vector, **_: 2 * matrix.numel(),
    "torchvision.deform_conv2d": _deformed,
}
"""Products that FlopCounterMode has no formula for, and takes for nothing."""


def formulas_of_what_is_missing() -> dict[Any, Callable[..., int]]:
    """For FlopCounterMode: the formulas of products that it takes for nothing, by their sizes."""
    aten = torch.ops.aten
    found: dict[Any, Callable[..., int]] = {
        aten.mv: lambda matrix, *_, **__: 2 * matrix.numel(),
        aten.addmv: lambda _, matrix, *__, **___: 2 * matrix.numel(),
        aten.dot: lambda a, *_, **__: 2 * a.numel(),
        aten.vdot: lambda a, *_, **__: 2 * a.numel(),
        aten.addbmm: lambda _, a, b, **__: 2 * a.numel() * b.shape[-1],
        aten._trilinear: lambda a, weight, *_, **__: 2 * len(a) * weight.numel(),
    }
    if hasattr(torch.ops.torchvision, "deform_conv2d"):
        found[torch.ops.torchvision.deform_conv2d] = _deformed
    if hasattr(aten, "_grouped_mm"):  # since torch 2.8
        found[aten._grouped_mm] = _grouped
    for formula in found.values():
        formula._get_raw = True  # type: ignore[attr-defined]
    return found


def flops_of(function: Any) -> Callable[..., int] | None:
    """The formula of an operator that multiplies; None of one that does not, or has parts."""
    packet = function.overloadpacket
    if packet in flop_registry:
        return flop_registry[packet]  # type: ignore[no-any-return]
    return _MISSING.get(str(packet))


def taken_apart(function: Any, args: Sequence[Any], kwargs: Mapping[str, Any]) -> Any:
    """What an operator gives by the parts that torch takes it apart into; NotImplemented if it has
    none."""
    parts = _PARTS.get(function.overloadpacket.__name__)
    if parts is not None:
        return parts(*args, **kwargs)
    out = function.decompose(*args, **kwargs)
    parts = decomposition_table.get(function) if out is NotImplemented else None
    return out if parts is None else parts(*args, **kwargs)


def _weight_norm(v: Any, g: Any, dim: int = 0) -> tuple[Any, Any]:
    """Salimans and Kingma 2016: the direction of `v` with the length `g`."""
    length = v.norm(2, [axis for axis in range(v.dim()) if axis != dim], keepdim=True)
    return v * (g / length), length


def _dot(a: Any, b: Any) -> Any:
    """A matrix of one row times a vector."""
    return torch.mv(a.unsqueeze(0), b).squeeze(0)


def _bilinear(a: Any, b: Any, weight: Any, bias: Any = None) -> Any:
    """A linear layer of the first input for each output and each value of the second, by which its
    values are multiplied, and summed."""
    outputs, first, second = weight.shape
    rows = weight.transpose(1, 2).reshape(outputs * second, first)
    made = torch.nn.functional.linear(a, rows).unflatten(-1, (outputs, second))
    y = (made * b.unsqueeze(-2)).sum(-1)
    return y if bias is None else y + bias


_PARTS: dict[str, Callable[..., Any]] = {
    "_weight_norm_interface": _weight_norm,
    "dot": _dot,
    "vdot": _dot,
    "bilinear": _bilinear,
    "addbmm": lambda x, a, b, beta=1, alpha=1: x * beta + torch.bmm(a, b).sum(0) * alpha,
}
"""Parts of operators that torch has in other places, or only as sums of products value by value."""


_ROUNDS = {"aten.fake_quantize_per_tensor_affine", "aten.fake_quantize_per_channel_affine"}


def known_output(function: Any, args: Any, kwargs: Any) -> Any:
    """What an operator gives of tensors without memory, where nobody has to run it; else None.

    A product in groups, which torch has for few kinds of number; a batch norm by stored statistics,
    or a layer norm, which torch takes apart into thirty steps on meta, and which multiplies nothing
    and gives a tensor like its input. So does rounding as if to fewer bits, which torch does not
    have on meta.
    """
    if str(function.overloadpacket) in _ROUNDS and args and args[0].is_meta:
        return torch.empty_like(args[0])
    if str(function.overloadpacket) == "aten._grouped_mm" and _is_rows_by_matrices(args):
        return args[0].new_empty((len(args[0]), args[1].shape[-1]), dtype=kwargs.get("out_dtype"))
    if function is torch.ops.aten.layer_norm.default and not kwargs:
        x, sizes, *stored = args[:4]
        fits = x.is_meta and x.shape[-len(sizes) :] == torch.Size(sizes)
        if fits and all(s is None or s.shape == torch.Size(sizes) for s in stored):
            return torch.empty_like(x, memory_format=torch.contiguous_format)
    if function is torch.ops.aten.batch_norm.default and not kwargs:
        x, *stored, is_training = args[:6]
        fits = x.dim() > 1 and all(s is None or s.shape == x.shape[1:2] for s in stored)
        if fits and x.is_meta and not is_training and stored[2] is not None:
            return torch.empty_like(x)
    return None


ASKS = {
    "sym_is_contiguous", "is_contiguous", "is_strides_like_format", "is_non_overlapping_and_dense",
    "size", "sym_size", "stride", "sym_stride", "storage_offset", "sym_storage_offset", "numel",
    "sym_numel", "dim",
}  # fmt: skip
"""Questions about a tensor that are no calls."""
