"""Activations, arithmetic and comparisons."""

from __future__ import annotations

from functools import reduce
from typing import Any

import torch
from torch.nn import functional

from archcalc.importer.onnx.call import OnnxCall, Unknown, each_of, operator


def _quotient(a: Any, b: Any) -> Any:
    """A quotient; of whole numbers a whole one."""
    is_float = any(
        x.dtype.is_floating_point if isinstance(x, torch.Tensor) else isinstance(x, float)
        for x in (a, b)
    )
    return torch.div(a, b) if is_float else torch.div(a, b, rounding_mode="trunc")


def _sum(a: Any, b: Any) -> Any:
    return torch.add(a, b) if isinstance(a, torch.Tensor) else torch.add(b, a)


def _product(a: Any, b: Any) -> Any:
    return torch.mul(a, b) if isinstance(a, torch.Tensor) else torch.mul(b, a)


each_of(
    Add=_sum, Sub=lambda a, b: a - b, Mul=_product, Div=_quotient, Pow=torch.pow,
    Relu=functional.relu, Sigmoid=torch.sigmoid, Tanh=torch.tanh, Mish=functional.mish,
    HardSwish=functional.hardswish, Softplus=functional.softplus, Softsign=functional.softsign,
    Sqrt=torch.sqrt, Exp=torch.exp, Log=torch.log, Erf=torch.erf, Abs=torch.abs, Neg=torch.neg,
    Reciprocal=torch.reciprocal, Floor=torch.floor, Ceil=torch.ceil, Round=torch.round,
    Sign=torch.sign, Sin=torch.sin, Cos=torch.cos, Tan=torch.tan, Asin=torch.asin,
    Acos=torch.acos, Atan=torch.atan, Sinh=torch.sinh, Cosh=torch.cosh, Asinh=torch.asinh,
    Acosh=torch.acosh, Atanh=torch.atanh, Not=torch.logical_not, IsNaN=torch.isnan,
    IsInf=torch.isinf, And=torch.logical_and, Or=torch.logical_or, Xor=torch.logical_xor,
)  # fmt: skip


def _compared(function: Any) -> Any:
    """A comparison, one of whose sides may be a single number."""

    def of(a: Any, b: Any) -> Any:
        return function(a if isinstance(a, torch.Tensor) else torch.full_like(b, a), b)

    return of


each_of(
    Equal=_compared(torch.eq),
    Greater=_compared(torch.gt),
    GreaterOrEqual=_compared(torch.ge),
    Less=_compared(torch.lt),
    LessOrEqual=_compared(torch.le),
)


@operator("Mod")
def _modulo(call: OnnxCall) -> Any:
    """What a division leaves."""
    function = torch.fmod if call.attribute("fmod", 0) else torch.remainder
    return function(call.tensor(0), call.operand(1))


@operator("Where")
def _where(call: OnnxCall) -> Any:
    """One of two values."""
    return torch.where(*call.tensors)


@operator("Sum")
def _added(call: OnnxCall) -> Any:
    """A sum of any number of tensors."""
    return reduce(torch.add, call.tensors)


@operator("Mean")
def _mean(call: OnnxCall) -> Any:
    """A mean of any number of tensors."""
    return torch.div(reduce(torch.add, call.tensors), len(call))


@operator("Max")
def _maximum(call: OnnxCall) -> Any:
    """The largest of any number of tensors."""
    return reduce(torch.maximum, call.tensors)


@operator("Min")
def _minimum(call: OnnxCall) -> Any:
    """The smallest of any number of tensors."""
    return reduce(torch.minimum, call.tensors)


@operator("LeakyRelu")
def _leaky_relu(call: OnnxCall) -> Any:
    """A rectifier with a small slope."""
    return functional.leaky_relu(call.tensor(0), _short(call.attribute("alpha", 0.01)))


@operator("Elu")
def _elu(call: OnnxCall) -> Any:
    """An exponential linear unit."""
    return functional.elu(call.tensor(0), _short(call.attribute("alpha", 1.0)))


@operator("Selu")
def _selu(call: OnnxCall) -> Any:
    """A scaled one."""
    return functional.selu(call.tensor(0))


@operator("Celu")
def _celu(call: OnnxCall) -> Any:
    """A continuous one."""
    return functional.celu(call.tensor(0), _short(call.attribute("alpha", 1.0)))


@operator("ThresholdedRelu")
def _thresholded_relu(call: OnnxCall) -> Any:
    """A rectifier from a threshold on."""
    return functional.threshold(call.tensor(0), call.attribute("alpha", 1.0), 0.0)


def _short(number: float) -> float:
    """A number of 32 bits by the fewest digits that tell it from others: 0.1, not 0.10000000149."""
    return float(f"{number:.7g}")


@operator("PRelu")
def _prelu(call: OnnxCall) -> Any:
    """A rectifier with stored slopes."""
    x, slope = call.tensor(0), call.tensor(1)
    if slope.numel() not in (1, x.shape[1] if x.dim() > 1 else 1):
        raise Unknown("no rule for slopes that differ along positions")
    return functional.prelu(x, torch.reshape(slope, (-1,)) if slope.dim() != 1 else slope)


@operator("Gelu")
def _gelu(call: OnnxCall) -> Any:
    """A Gaussian error linear unit."""
    return functional.gelu(call.tensor(0), approximate=call.attribute("approximate", "none"))


@operator("Swish")
def _swish(call: OnnxCall) -> Any:
    """A value times its sigmoid."""
    x, alpha = call.tensor(0), call.attribute("alpha", 1.0)
    return functional.silu(x) if alpha == 1 else x * torch.sigmoid(x * _short(alpha))


@operator("HardSigmoid")
def _hard_sigmoid(call: OnnxCall) -> Any:
    """A sigmoid of straight lines."""
    alpha, beta = _short(call.attribute("alpha", 0.2)), _short(call.attribute("beta", 0.5))
    x = call.tensor(0)
    if abs(alpha - 1 / 6) < 1e-6 and beta == 0.5:
        return functional.hardsigmoid(x)
    return torch.clamp(x * alpha + beta, 0.0, 1.0)


@operator("Clip")
def _clip(call: OnnxCall) -> Any:
    """Values kept in an interval."""
    if call.version < 11:
        low, high = call.attribute("min"), call.attribute("max")
    else:
        ends = [call.numbers(i)[0] if call.has(i) else None for i in (1, 2)]
        low, high = ends
    x = call.tensor(0)
    if low is None and high is None:
        return x
    if low is None or high is None or not x.dtype.is_floating_point:
        return torch.clamp(x, low, high)
    return functional.hardtanh(x, low, high)
