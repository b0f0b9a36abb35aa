"""Reductions along axes, and tensors made of nothing but numbers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch

from archcalc.importer.onnx.call import OnnxCall, Unknown, axis_in, operator
from archcalc.importer.onnx.reading import dtype_of, read_tensor


def _product(x: Any, axes: list[int], keep: bool) -> Any:
    for axis in sorted(set(axes), reverse=True):
        x = torch.prod(x, axis, keepdim=keep)
    return x


_REDUCTIONS: dict[str, Callable[[Any, list[int], bool], Any]] = {
    "ReduceMean": lambda x, axes, keep: torch.mean(x, axes, keep),
    "ReduceSum": lambda x, axes, keep: torch.sum(x, axes, keep),
    "ReduceMax": lambda x, axes, keep: torch.amax(x, axes, keep),
    "ReduceMin": lambda x, axes, keep: torch.amin(x, axes, keep),
    "ReduceProd": _product,
    "ReduceL2": lambda x, axes, keep: torch.linalg.vector_norm(x, 2, axes, keep),
    "ReduceL1": lambda x, axes, keep: torch.linalg.vector_norm(x, 1, axes, keep),
    "ReduceSumSquare": lambda x, axes, keep: torch.sum(torch.square(x), axes, keep),
    "ReduceLogSumExp": lambda x, axes, keep: torch.logsumexp(x, axes, keep),
    "ReduceLogSum": lambda x, axes, keep: torch.log(torch.sum(x, axes, keep)),
}


def _reduction(function: Callable[[Any, list[int], bool], Any]) -> Callable[[OnnxCall], Any]:
    def reduced(call: OnnxCall) -> Any:
        x, axes = call.tensor(0), call.given(1, "axes") or []
        if not axes and call.attribute("noop_with_empty_axes", 0):
            return x
        axes = [axis_in(axis, x) for axis in axes] or list(range(x.dim()))
        return function(x, axes, bool(call.attribute("keepdims", 1)))

    return reduced


for _name, _function in _REDUCTIONS.items():
    operator(_name)(_reduction(_function))


def _extreme(function: Callable[..., Any]) -> Callable[[OnnxCall], Any]:
    def place(call: OnnxCall) -> Any:
        keep = bool(call.attribute("keepdims", 1))
        return function(call.tensor(0), call.attribute("axis", 0), keep)

    return place


operator("ArgMax")(_extreme(torch.argmax))
operator("ArgMin")(_extreme(torch.argmin))


@operator("TopK")
def _top(call: OnnxCall) -> Any:
    """The largest values along an axis."""
    count, axis = int(call.given(1, "k")[0]), call.attribute("axis", -1)
    return torch.topk(call.tensor(0), count, axis, bool(call.attribute("largest", 1)))


@operator("CumSum")
def _running_sum(call: OnnxCall) -> Any:
    """Sums along an axis."""
    return torch.cumsum(call.tensor(0), int(call.numbers(1)[0]))


@operator("Cast")
def _cast(call: OnnxCall) -> Any:
    """The same as another type of number."""
    return call.tensor(0).to(dtype_of(call.attribute("to"), "Cast"))


@operator("CastLike")
def _cast_like(call: OnnxCall) -> Any:
    """The same as the type of another tensor."""
    return call.tensor(0).to(call.tensor(1).dtype)


@operator("Constant")
def _constant(call: OnnxCall) -> Any:
    """A number, or a few; a tensor is among what the file stores."""
    for name, dtype in (("value_float", torch.float32), ("value_int", torch.int64)):
        for key in (name, f"{name}s"):
            found = call.attribute(key)
            if found is not None:
                return torch.tensor(found, dtype=dtype)
    raise Unknown("is no tensor of numbers")


@operator("ConstantOfShape")
def _constant_of_shape(call: OnnxCall) -> Any:
    """One number in every place."""
    value = call.attribute("value")
    dtype = torch.float32 if value is None else dtype_of(value.data_type, "ConstantOfShape")
    sizes = call.sizes(0)
    fill = 0 if value is None else read_tensor(value, dtype, "ConstantOfShape").item()
    return torch.full(sizes, fill, dtype=dtype, device=call.tensor(0).device)


@operator("Range")
def _counted(call: OnnxCall) -> Any:
    """Numbers at equal steps."""
    start, limit, step = (call.numbers(i)[0] for i in range(3))
    x = call.tensor(0)
    return torch.arange(start, limit, step, dtype=x.dtype, device=x.device)
