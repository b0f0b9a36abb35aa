"""Rules of what works value by value, and along one axis: activations, arithmetic, softmax."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from archcalc.importer.heard import DATA, LITERAL, Heard
from archcalc.importer.rules.table import rule
from archcalc.importer.rules.weighted import is_stored
from archcalc.importer.sites import (
    CannotSay,
    Raised,
    Site,
    common_axis,
    exact,
    in_rank,
    inside,
    without,
)
from archcalc.ops.activation import Elu, Hardtanh, LeakyRelu, Prelu, Relu, Relu6, Selu, Softplus
from archcalc.ops.dropout import Dropout
from archcalc.ops.op import Op
from archcalc.ops.pointwise import Add, Divide, Multiply, Subtract
from archcalc.ops.powers import Abs, Exp, Log, Sqrt, Square
from archcalc.ops.registry import create
from archcalc.ops.scale import Scale
from archcalc.ops.softmax import Glu, LogSoftmax, Softmax
from archcalc.ops.squashing import Gelu, Hardsigmoid, Hardswish, Mish, Sigmoid, Silu, Tanh


def value_by_value(site: Site, op: Op, weights: tuple[Heard, ...] = ()) -> Raised:
    """An op of one input that keeps its shape."""
    x = site.call.reads[0]
    shape = without(x.shape, x.axis)
    if not shape:
        raise CannotSay
    return Raised(op, [(x, shape)], weights, x.axis)


_PLAIN: dict[str, type[Op]] = {
    "relu": Relu,
    "relu6": Relu6,
    "sigmoid": Sigmoid,
    "hardsigmoid": Hardsigmoid,
    "silu": Silu,
    "hardswish": Hardswish,
    "mish": Mish,
    "tanh": Tanh,
    "selu": Selu,
    "exp": Exp,
    "log": Log,
    "sqrt": Sqrt,
    "square": Square,
    "abs": Abs,
}


@rule(*_PLAIN, *(f"{name}_" for name in _PLAIN))
def activation(site: Site) -> Raised:
    """An activation without constants, or a power."""
    return value_by_value(site, _PLAIN[site.call.word]())


@rule("hardtanh", "hardtanh_")
def hardtanh(site: Site) -> Raised:
    """Values clipped to an interval; from 0 to 6 it is relu6."""
    limits = exact(site["min_val"]), exact(site["max_val"])
    if limits == (0, 6):
        return value_by_value(site, Relu6())
    return value_by_value(site, create(Hardtanh, {"min_val": limits[0], "max_val": limits[1]}))


@rule("leaky_relu", "leaky_relu_")
def leaky_relu(site: Site) -> Raised:
    """A rectifier with a small slope."""
    return value_by_value(
        site, create(LeakyRelu, {"negative_slope": exact(site["negative_slope"])})
    )


@rule("elu", "elu_")
def elu(site: Site) -> Raised:
    """An exponential linear unit."""
    if site["scale"] not in (None, 1) or site["input_scale"] not in (None, 1):
        raise CannotSay
    return value_by_value(site, create(Elu, {"alpha": exact(site["alpha"])}))


@rule("softplus")
def softplus(site: Site) -> Raised:
    """A smooth rectifier."""
    if (site["beta"], site["threshold"]) != (1, 20):
        raise CannotSay
    return value_by_value(site, Softplus())


@rule("gelu", "gelu_")
def gelu(site: Site) -> Raised:
    """A Gaussian error linear unit."""
    return value_by_value(site, create(Gelu, {"approximate": site["approximate"]}))


@rule("prelu")
def prelu(site: Site) -> Raised:
    """A rectifier with learned slopes."""
    weight, x = site["weight"], site["self"]
    if not is_stored(weight) or len(x.shape) < 2 or x.axis not in (0, None):
        raise CannotSay
    return value_by_value(site, create(Prelu, {"shared": int(weight.shape == (1,))}), (weight,))


@rule("dropout", "dropout_", "feature_dropout", "feature_dropout_")
def dropout(site: Site) -> Raised:
    """Dropout."""
    return value_by_value(site, create(Dropout, {"p": exact(site["p"])}))


@rule("softmax", "_softmax", "log_softmax", "_log_softmax")
def softmax(site: Site) -> Raised:
    """Softmax along an axis, or its logarithm."""
    kind = LogSoftmax if "log" in site.call.word else Softmax
    x = site.call.reads[0]
    axis = inside(site["dim"], len(x.shape), x.axis)
    rank = len(x.shape) - (x.axis is not None)
    is_usual = rank in (1, 3) and axis == 0
    return value_by_value(site, create(kind, {} if is_usual else {"axis": axis - rank}))


@rule("glu")
def glu(site: Site) -> Raised:
    """A gated linear unit."""
    x = site.call.reads[0]
    axis = inside(site["dim"], len(x.shape), x.axis)
    rank = len(x.shape) - (x.axis is not None)
    op = create(Glu, {} if rank in (1, 3) and axis == 0 else {"axis": axis - rank})
    return value_by_value(site, op)


_ARITHMETIC: dict[str, type[Op]] = {
    "add": Add,
    "sub": Subtract,
    "mul": Multiply,
    "div": Divide,
    "multiply": Multiply,
    "divide": Divide,
    "subtract": Subtract,
}


@rule(*_ARITHMETIC, *(f"{name}_" for name in _ARITHMETIC))
def arithmetic(site: Site) -> Raised:
    """A sum, a product, a difference or a quotient of two tensors, or a constant factor."""
    made = site.made
    if site["alpha"] not in (None, 1) or site["rounding_mode"] is not None:
        raise CannotSay
    kind = _ARITHMETIC[site.call.word]
    operands = [site["self"], site["other"]]
    if not all(isinstance(value, Heard) for value in operands):
        factor = operands[1]
        is_factor = isinstance(operands[0], Heard) and isinstance(factor, int | float)
        if is_factor and kind is Multiply and not isinstance(factor, bool):
            return value_by_value(site, create(Scale, {"factor": _finite(factor)}))
        if is_factor and kind is Divide and factor:
            return value_by_value(site, create(Scale, {"factor": 1 / Fraction(_finite(factor))}))
        raise CannotSay
    if any(heard.kind == LITERAL for heard in operands):
        raise CannotSay
    axis = common_axis(operands, made)
    data = [heard for heard in operands if heard.kind == DATA]
    if axis is None and any(heard.axis is not None for heard in data):
        raise CannotSay
    rank = len(made.shape)
    if not without(made.shape, axis):
        raise CannotSay
    return Raised(kind(), [(heard, in_rank(heard, rank, axis)) for heard in operands], axis=axis)


def _finite(number: float) -> Any:
    if number != number or number in (float("inf"), float("-inf")):
        raise CannotSay
    return exact(number)
