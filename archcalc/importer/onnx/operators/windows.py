"""Convolutions, pooling and resizing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch.nn import functional

from archcalc.importer.onnx.call import OnnxCall, Unknown, axis_in, operator, uncomputed_operator

_CONVOLUTIONS = {1: functional.conv1d, 2: functional.conv2d, 3: functional.conv3d}
_TRANSPOSED = {
    1: functional.conv_transpose1d,
    2: functional.conv_transpose2d,
    3: functional.conv_transpose3d,
}
_MAX_POOLS = {1: functional.max_pool1d, 2: functional.max_pool2d, 3: functional.max_pool3d}
_AVERAGES = {1: functional.avg_pool1d, 2: functional.avg_pool2d, 3: functional.avg_pool3d}
_GLOBAL_AVERAGES = {
    1: functional.adaptive_avg_pool1d,
    2: functional.adaptive_avg_pool2d,
    3: functional.adaptive_avg_pool3d,
}
_GLOBAL_MAXIMA = {
    1: functional.adaptive_max_pool1d,
    2: functional.adaptive_max_pool2d,
    3: functional.adaptive_max_pool3d,
}
"""Functions of torch by how many axes their windows slide along."""


def _along(table: dict[int, Any], dims: int) -> Any:
    if dims not in table:
        raise Unknown(f"no rule for windows along {dims} axes")
    return table[dims]


def _window(call: OnnxCall, dims: int) -> tuple[list[int], list[int]]:
    strides = call.attribute("strides") or [1] * dims
    dilations = call.attribute("dilations") or [1] * dims
    if len(strides) != dims or len(dilations) != dims or min(*strides, *dilations) < 1:
        raise Unknown("its strides or dilations are not those of its kernel")
    return strides, dilations


def _pads(
    call: OnnxCall, sizes: Sequence[int], kernel: Sequence[int], strides: Any, dilations: Any
) -> tuple[list[int], list[int]]:
    """The padding in front and behind, along each axis."""
    dims = len(kernel)
    auto = call.attribute("auto_pad", "NOTSET")
    if auto in ("SAME_UPPER", "SAME_LOWER"):
        totals = [
            max((-(-n // s) - 1) * s + (k - 1) * d + 1 - n, 0)
            for n, k, s, d in zip(sizes, kernel, strides, dilations, strict=True)
        ]
        less, more = [t // 2 for t in totals], [t - t // 2 for t in totals]
        return (less, more) if auto == "SAME_UPPER" else (more, less)
    pads = call.attribute("pads") or [0] * (2 * dims)
    if auto == "VALID":
        pads = [0] * (2 * dims)
    if len(pads) != 2 * dims or min(pads) < 0:
        raise Unknown("its padding is not that of its kernel")
    return pads[:dims], pads[dims:]


def _around(x: Any, before: Sequence[int], after: Sequence[int], value: float = 0.0) -> Any:
    """A border, where the two ends of some axis differ."""
    ends = [end for pair in zip(before[::-1], after[::-1], strict=True) for end in pair]
    return functional.pad(x, ends, value=value)


def _filters(call: OnnxCall) -> tuple[Any, Any, list[int], list[int], list[int], list[int]]:
    """What a convolution reads, its weights, strides and dilations, and its padding in front and
    behind."""
    x, weight = call.tensor(0), call.tensor(1)
    kernel = list(weight.shape[2:])
    strides, dilations = _window(call, len(kernel))
    return x, weight, strides, dilations, *_pads(call, x.shape[2:], kernel, strides, dilations)


@uncomputed_operator("Conv")
def _conv(call: OnnxCall) -> Any:
    """A convolution; what pads two ends unlike stands in front of it."""
    x, weight, strides, dilations, before, after = _filters(call)
    dims = len(strides)
    if before != after:
        x, before = _around(x, before, after), [0] * dims
    groups = call.attribute("group", 1)
    function = _along(_CONVOLUTIONS, dims)
    return function(x, weight, call.optional(2), strides, before, dilations, groups)


@uncomputed_operator("ConvTranspose")
def _conv_transpose(call: OnnxCall) -> Any:
    """A transposed convolution."""
    if call.attribute("output_shape") or call.attribute("auto_pad", "NOTSET") != "NOTSET":
        raise Unknown("no rule for padding by the size of its output")
    x, weight, strides, dilations, before, after = _filters(call)
    dims = len(strides)
    more = call.attribute("output_padding") or [0] * dims
    if before != after:
        raise Unknown("no rule for padding that is unlike in front and behind")
    groups = call.attribute("group", 1)
    function = _along(_TRANSPOSED, dims)
    return function(x, weight, call.optional(2), strides, before, more, groups, dilations)


@uncomputed_operator("MaxPool")
def _max_pool(call: OnnxCall) -> Any:
    """Max pooling."""
    x, kernel = call.tensor(0), call.attribute("kernel_shape")
    strides, dilations = _window(call, len(kernel))
    before, after = _pads(call, x.shape[2:], kernel, strides, dilations)
    if before != after:
        x, before = _around(x, before, after, float("-inf")), [0] * len(kernel)
    function = _along(_MAX_POOLS, len(kernel))
    is_up = bool(call.attribute("ceil_mode", 0))
    return function(x, kernel, strides, before, dilations, is_up, call.outputs > 1)


@uncomputed_operator("AveragePool")
def _average_pool(call: OnnxCall) -> Any:
    """Average pooling."""
    x, kernel = call.tensor(0), call.attribute("kernel_shape")
    strides, dilations = _window(call, len(kernel))
    if max(dilations) > 1:
        raise Unknown("no rule for average pooling with dilation")
    before, after = _pads(call, x.shape[2:], kernel, strides, dilations)
    if before != after:
        x, before = _around(x, before, after), [0] * len(kernel)
    function = _along(_AVERAGES, len(kernel))
    is_up, with_pad = call.attribute("ceil_mode", 0), call.attribute("count_include_pad", 0)
    return function(x, kernel, strides, before, bool(is_up), bool(with_pad))


@uncomputed_operator("GlobalAveragePool")
def _global_average_pool(call: OnnxCall) -> Any:
    """The mean of each channel."""
    x = call.tensor(0)
    return _along(_GLOBAL_AVERAGES, x.dim() - 2)(x, 1)


@uncomputed_operator("GlobalMaxPool")
def _global_max_pool(call: OnnxCall) -> Any:
    """The maximum of each channel."""
    x = call.tensor(0)
    return _along(_GLOBAL_MAXIMA, x.dim() - 2)(x, 1)


_MODES = {
    "nearest": {1: "nearest", 2: "nearest", 3: "nearest"},
    "linear": {1: "linear", 2: "bilinear", 3: "trilinear"},
    "cubic": {2: "bicubic"},
}


@uncomputed_operator("Resize", "Upsample")
def _resize(call: OnnxCall) -> Any:
    """A map, a sequence or a volume made larger or smaller."""
    x = call.tensor(0)
    dims = x.dim() - 2
    at = 2 if call.version > 10 else 1
    scales = call.given(at, "scales") or []
    sizes = call.numbers(3) if call.has(3) else []
    axes = [axis_in(a, x) for a in call.attribute("axes") or range(x.dim())]
    if call.attribute("keep_aspect_ratio_policy", "stretch") != "stretch":
        raise Unknown("no rule for resizing that keeps the ratio of sides")
    wanted = [int(s) for s in x.shape]
    for axis, size in zip(axes, sizes or scales, strict=True):
        wanted[axis] = int(size) if sizes else int(size * x.shape[axis] + 1e-6)
    if wanted[:2] != list(x.shape[:2]) or min(wanted) < 1:
        raise Unknown("no rule for resizing samples or channels")
    mode = _MODES.get(call.attribute("mode", "nearest"), {}).get(dims)
    if mode is None:
        raise Unknown(f"no rule for resizing by {call.attribute('mode')} along {dims} axes")
    corners = call.attribute("coordinate_transformation_mode", "") == "align_corners"
    options: dict[str, Any] = {} if mode == "nearest" else {"align_corners": corners}
    pairs = list(zip(wanted[2:], x.shape[2:], strict=True))
    if not sizes and all(after % before == 0 for after, before in pairs):
        factors = [float(after // before) for after, before in pairs]
        return functional.interpolate(x, scale_factor=factors, mode=mode, **options)
    return functional.interpolate(x, size=wanted[2:], mode=mode, **options)


@operator("DepthToSpace")
def _depth_to_space(call: OnnxCall) -> Any:
    """Channels as finer positions."""
    x, block = call.tensor(0), call.attribute("blocksize")
    if call.attribute("mode", "DCR") == "CRD":
        return functional.pixel_shuffle(x, block)
    n, c, h, w = x.shape
    x = torch.reshape(x, (n, block, block, c // block**2, h, w)).permute(0, 3, 4, 1, 5, 2)
    return torch.reshape(x, (n, c // block**2, h * block, w * block))


@operator("SpaceToDepth")
def _space_to_depth(call: OnnxCall) -> Any:
    """Positions as channels."""
    x, block = call.tensor(0), call.attribute("blocksize")
    n, c, h, w = x.shape
    x = torch.reshape(x, (n, c, h // block, block, w // block, block)).permute(0, 3, 5, 1, 2, 4)
    return torch.reshape(x, (n, c * block**2, h // block, w // block))
