"""What only arranges numbers: shapes, slices, joins, lookups, padding."""

from __future__ import annotations

from math import prod
from typing import Any

import torch
from torch.nn import functional

from archcalc.importer.onnx.call import OnnxCall, Unknown, axis_in, operator


@operator("Identity")
def _identity(call: OnnxCall) -> Any:
    """The same."""
    return call.tensor(0)


@operator("Dropout")
def _dropout(call: OnnxCall) -> Any:
    """The same: a file is for inference."""
    x = call.tensor(0)
    return (x, torch.ones_like(x, dtype=torch.bool)) if call.outputs > 1 else x


@operator("Shape")
def _shape(call: OnnxCall) -> Any:
    """The sizes of a tensor."""
    sizes = list(call.tensor(0).shape)
    start, end = call.attribute("start", 0), call.attribute("end")
    return torch.tensor(sizes[start:end], dtype=torch.int64)


@operator("Size")
def _size(call: OnnxCall) -> Any:
    """How many numbers a tensor has."""
    return torch.tensor(call.tensor(0).numel(), dtype=torch.int64)


@operator("Reshape")
def _reshape(call: OnnxCall) -> Any:
    """The same numbers in another shape."""
    x = call.tensor(0)
    sizes = call.sizes(1)
    if not call.attribute("allowzero", 0):
        sizes = [size or x.shape[i] for i, size in enumerate(sizes)]
    return torch.reshape(x, sizes)


@operator("Flatten")
def _flatten(call: OnnxCall) -> Any:
    """A matrix."""
    x, axis = call.tensor(0), call.attribute("axis", 1)
    if axis == 1 and x.dim() > 1:
        return torch.flatten(x, 1)
    axis = axis % x.dim() if axis < 0 else axis
    return torch.reshape(x, (prod(x.shape[:axis]), prod(x.shape[axis:])))


@operator("Squeeze")
def _squeeze(call: OnnxCall) -> Any:
    """Axes of size 1 left out."""
    x, axes = call.tensor(0), call.given(1, "axes")
    gone = [i for i, s in enumerate(x.shape) if s == 1] if axes is None else []
    gone += [axis_in(axis, x) for axis in axes or ()]
    return torch.reshape(x, [s for i, s in enumerate(x.shape) if i not in gone])


@operator("Unsqueeze")
def _unsqueeze(call: OnnxCall) -> Any:
    """Axes of size 1 put in."""
    x = call.tensor(0)
    axes = call.sizes(1) if call.has(1) else call.attribute("axes", [])
    rank = x.dim() + len(axes)
    at = {axis % rank for axis in axes}
    sizes = iter(x.shape)
    return torch.reshape(x, [1 if i in at else next(sizes) for i in range(rank)])


@operator("Transpose")
def _transpose(call: OnnxCall) -> Any:
    """Axes in another order."""
    x = call.tensor(0)
    return x.permute(call.attribute("perm") or list(range(x.dim()))[::-1])


@operator("Expand")
def _expand(call: OnnxCall) -> Any:
    """Sizes of 1 repeated."""
    x = call.tensor(0)
    return x.expand(torch.broadcast_shapes(x.shape, call.sizes(1)))


@operator("Tile")
def _tile(call: OnnxCall) -> Any:
    """Everything repeated along axes."""
    return call.tensor(0).repeat(call.sizes(1))


@operator("Concat")
def _concat(call: OnnxCall) -> Any:
    """Tensors side by side along an axis."""
    return torch.cat(call.tensors, call.attribute("axis"))


@operator("Split")
def _split(call: OnnxCall) -> Any:
    """Parts along an axis."""
    x = call.tensor(0)
    axis = axis_in(call.attribute("axis", 0), x)
    sizes = call.given(1, "split")
    if sizes is None:
        parts = call.attribute("num_outputs", call.outputs)
        if parts != call.outputs:
            raise Unknown(f"has {call.outputs} outputs, and {parts} parts")
        part = -(-x.shape[axis] // parts)
        return torch.split(x, part, axis)
    return torch.split(x, [int(n) for n in sizes], axis)


@operator("Slice")
def _sliced(call: OnnxCall) -> Any:
    """Parts of axes, by steps; backwards too."""
    x = call.tensor(0)
    starts, ends = call.given(1, "starts"), call.given(2, "ends")
    axes = call.given(3, "axes") or list(range(len(starts)))
    steps = call.given(4, "steps") or [1] * len(starts)
    if len(set(axes)) < len(axes):
        raise Unknown("takes parts of an axis twice")
    for start, end, axis, step in zip(starts, ends, axes, steps, strict=True):
        axis = axis_in(axis, x)
        if step > 0:
            start, end, step = slice(start, end, step).indices(x.shape[axis])
            if (start, end, step) != (0, x.shape[axis], 1):
                x = torch.ops.aten.slice(x, axis, start, max(start, end), step)
        else:
            places = range(x.shape[axis])[slice(start, end, step)]
            if not places:
                raise Unknown("takes nothing of an axis")
            x = torch.ops.aten.slice(x, axis, places[-1], places[0] + 1, -step)
            x = torch.flip(x, [axis])
    return x


@operator("Gather")
def _gather(call: OnnxCall) -> Any:
    """Indices of an axis; of a table with whole numbers as input a lookup."""
    x, indices = call.tensor(0), call.tensor(1)
    axis = axis_in(call.attribute("axis", 0), x)
    if call.is_known(1) and indices.dim() == 0:
        return torch.select(x, axis, call.numbers(1)[0])
    if axis == 0 and x.dim() == 2 and not call.is_known(1):
        return functional.embedding(indices.long() if indices.dtype != torch.int32 else indices, x)
    found = torch.index_select(x, axis, torch.reshape(indices, (-1,)))
    sizes = (*x.shape[:axis], *indices.shape, *x.shape[axis + 1 :])
    return found if found.shape == sizes else torch.reshape(found, sizes)


@operator("GatherElements")
def _gather_elements(call: OnnxCall) -> Any:
    """A value an index, along an axis."""
    return torch.gather(call.tensor(0), call.attribute("axis", 0), call.tensor(1).long())


@operator("ScatterElements")
def _scatter_elements(call: OnnxCall) -> Any:
    """Values written to indices along an axis."""
    x, indices, updates = call.tensors
    if call.attribute("reduction", "none") != "none":
        raise Unknown("no rule for scattering that reduces")
    return torch.scatter(x, call.attribute("axis", 0), indices.long(), updates)


@operator("ScatterND")
def _scatter(call: OnnxCall) -> Any:
    """Parts written over."""
    x, indices, updates = call.tensors
    if call.attribute("reduction", "none") != "none":
        raise Unknown("no rule for scattering that reduces")
    if indices.shape[-1] > x.dim():
        raise Unknown(f"has indices of {indices.shape[-1]} axes of {x.dim()}")
    places = [torch.select(indices, -1, i) for i in range(indices.shape[-1])]
    return torch.index_put(x, places, updates)


@operator("Pad")
def _pad(call: OnnxCall) -> Any:
    """A border."""
    x, pads = call.tensor(0), call.given(1, "pads")
    rank = x.dim()
    axes = [axis_in(a, x) for a in call.numbers(3)] if call.has(3) else list(range(rank))
    if len(pads) != 2 * len(axes):
        raise Unknown("its padding is not that of its axes")
    ends = [(0, 0)] * rank
    for i, axis in enumerate(axes):
        ends[axis] = int(pads[i]), int(pads[i + len(axes)])
    while ends and ends[0] == (0, 0):
        ends.pop(0)
    if not ends:
        return x
    modes = {"constant": "constant", "reflect": "reflect", "edge": "replicate", "wrap": "circular"}
    mode = modes.get(call.attribute("mode", "constant"))
    if mode is None:
        raise Unknown("no rule for such padding")
    flat = [end for pair in ends[::-1] for end in pair]
    value = call.numbers(2)[0] if call.has(2) else call.attribute("value", 0.0)
    return functional.pad(x, flat, mode, value if mode == "constant" else None)


@operator("Trilu")
def _triangle(call: OnnxCall) -> Any:
    """The part above or below the diagonal."""
    k = call.numbers(1)[0] if call.has(1) else 0
    return (torch.triu if call.attribute("upper", 1) else torch.tril)(call.tensor(0), k)


@operator("EyeLike")
def _eye(call: OnnxCall) -> Any:
    """Ones on the diagonal."""
    x = call.tensor(0)
    return torch.eye(*x.shape, device=x.device)
