"""Norms and softmax."""

from __future__ import annotations

from math import prod
from typing import Any

import torch
from torch.nn import functional

from archcalc.importer.onnx.call import OnnxCall, Unknown, axis_in, operator, uncomputed_operator


@operator("BatchNormalization")
def _batch_norm(call: OnnxCall) -> Any:
    """Batch normalisation by stored statistics."""
    if call.attribute("training_mode", 0) or call.outputs > 1:
        raise Unknown("no rule for batch norms in training")
    x, scale, shift, mean, variance = call.tensors
    epsilon = call.attribute("epsilon", 1e-5)
    return functional.batch_norm(x, mean, variance, scale, shift, False, 0.0, epsilon)


@operator("InstanceNormalization")
def _instance_norm(call: OnnxCall) -> Any:
    """Normalisation of each channel."""
    x, scale, shift = call.tensors
    epsilon = call.attribute("epsilon", 1e-5)
    return functional.instance_norm(x, weight=scale, bias=shift, eps=epsilon)


@operator("GroupNormalization")
def _group_norm(call: OnnxCall) -> Any:
    """Normalisation over groups of channels."""
    x, scale, shift = call.tensors
    groups = call.attribute("num_groups")
    if scale.shape != x.shape[1:2]:
        raise Unknown("no rule for a scale a group")
    return functional.group_norm(x, groups, scale, shift, call.attribute("epsilon", 1e-5))


def _normalised(call: OnnxCall) -> tuple[int, ...]:
    x = call.tensor(0)
    return tuple(x.shape[axis_in(call.attribute("axis", -1), x) :])


@operator("LayerNormalization")
def _layer_norm(call: OnnxCall) -> Any:
    """Normalisation over the last axes."""
    x, scale, shift = call.tensor(0), call.optional(1), call.optional(2)
    epsilon = call.attribute("epsilon", 1e-5)
    return functional.layer_norm(x, _normalised(call), scale, shift, epsilon)


@operator("RMSNormalization", "SimplifiedLayerNormalization")
def _rms_norm(call: OnnxCall) -> Any:
    """Division by the root of the mean square."""
    x, scale = call.tensor(0), call.optional(1)
    return functional.rms_norm(x, _normalised(call), scale, call.attribute("epsilon", 1e-5))


@uncomputed_operator("LRN")
def _local_response_norm(call: OnnxCall) -> Any:
    """Division by the squares of neighbouring channels."""
    values = (call.attribute("alpha", 1e-4), call.attribute("beta", 0.75))
    size, k = call.attribute("size"), call.attribute("bias", 1.0)
    return functional.local_response_norm(call.tensor(0), size, *values, k)


def _along_an_axis(call: OnnxCall, function: Any) -> Any:
    """A function along an axis; before version 13 along that and all behind it."""
    x = call.tensor(0)
    is_old = call.version < 13
    axis = axis_in(call.attribute("axis", 1 if is_old else -1), x)
    if not is_old or axis == x.dim() - 1:
        return function(x, axis)
    flat = torch.reshape(x, (*x.shape[:axis], prod(x.shape[axis:])))
    return torch.reshape(function(flat, axis), x.shape)


@operator("Softmax")
def _softmax(call: OnnxCall) -> Any:
    """Softmax along an axis."""
    return _along_an_axis(call, torch.softmax)


@operator("LogSoftmax")
def _log_softmax(call: OnnxCall) -> Any:
    """Its logarithm."""
    return _along_an_axis(call, torch.log_softmax)
