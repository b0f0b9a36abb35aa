"""What a forward is given: tensors of sizes that --input says, or those of the user's own code."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from archcalc.errors import ArchcalcError, parameter, quote


def inputs_asked(
    input: Any, batch: int, real: bool = False
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The inputs that `--input` says: one tensor, or several by name."""
    if isinstance(input, Mapping):
        return (), {name: _tensor(sizes, batch, real) for name, sizes in input.items()}
    if not isinstance(input, str):
        return (_tensor(input, batch, real),), {}
    if "=" not in input:
        return (_read(input, batch, real),), {}
    named = {}
    for part in input.split(","):
        name, _, text = part.partition("=")
        named[name.strip()] = _read(text, batch, real)
    return (), named


def _read(text: str, batch: int, real: bool) -> Any:
    """A tensor of `3x224x224`, or of `16:int64` where it holds other than floats."""
    import torch

    sizes, _, kind = text.strip().partition(":")
    dtype = getattr(torch, kind or "float32", None)
    numbers = sizes.lower().split("x")
    if not isinstance(dtype, torch.dtype) or not all(n.isdecimal() and int(n) for n in numbers):
        takes = "takes sizes, and a type where it is not float32: 3x224x224, 16:int64"
        raise ArchcalcError(f"{parameter('input')} {takes}; got {quote(text)}")
    return _tensor(tuple(map(int, numbers)), batch, real, dtype)


def _tensor(sizes: Sequence[int], batch: int, real: bool, dtype: Any = None) -> Any:
    """A tensor without numbers; or of floats from 0 to 1, the same ones each time, or of zeros."""
    import torch

    if not real:
        return torch.empty(batch, *sizes, dtype=dtype, device="meta")
    if dtype is not None and not dtype.is_floating_point:
        return torch.zeros(batch, *sizes, dtype=dtype)
    drawn = torch.rand(batch, *sizes, generator=torch.Generator().manual_seed(0))
    return drawn.to(dtype or drawn.dtype)


def of_batch(given: Any, batch: int, real: bool) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """Inputs with so many samples in front as are asked for."""
    import torch

    if isinstance(given, torch.Tensor):
        given = (given,)
    named = dict(given) if isinstance(given, Mapping) else {}
    values = () if named else tuple(given)
    tensors = [v for v in (*values, *named.values()) if isinstance(v, torch.Tensor) and v.dim()]
    samples = tensors[0].shape[0] if tensors else None

    def resized(value: Any) -> Any:
        is_batch = isinstance(value, torch.Tensor) and value.dim() > 1 and len(value) == samples
        if not is_batch or samples == batch:
            return value
        if real:
            return value[:1].repeat(batch, *[1] * (value.dim() - 1))
        return torch.empty(batch, *value.shape[1:], dtype=value.dtype, device="meta")

    return tuple(map(resized, values)), {key: resized(value) for key, value in named.items()}
