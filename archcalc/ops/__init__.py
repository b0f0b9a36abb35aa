"""Layer types, one class each; importing this package registers them all."""

from archcalc.ops import activation, conv, dropout, linear, merge, norm, pool, reshape, upsampling
from archcalc.ops.op import OPS, Example, Op, OpError, create

__all__ = [
    "OPS",
    "Example",
    "Op",
    "OpError",
    "activation",
    "conv",
    "create",
    "dropout",
    "linear",
    "merge",
    "norm",
    "pool",
    "reshape",
    "upsampling",
]
