"""What is counted: shapes, parameters, multiply-adds, and other operations by kind."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

from archcalc.analysis.count import Reading
from archcalc.arithmetic import Number, Zero
from archcalc.ops.op import CONNECTION_KINDS
from archcalc.parts.part import Part
from archcalc.quantities.quantity import (
    BY_KIND,
    LARGE_COUNTS,
    SHAPE,
    ByRule,
    Sum,
    always,
    where_learning_is_known,
)


def _shape(part: Part) -> Any:
    return part.output


ByRule("shape", "shape", SHAPE, is_usual=always, tables=(), rule=_shape)


PARAMETERS = Sum(
    "parameters",
    "parameters",
    note="parameters: learnable scalars, with biases and norm scale/shift.",
    is_usual=where_learning_is_known,
    is_had=where_learning_is_known,
    of_layer=lambda layer: layer.parameters,
)


def _stored(layer: Reading) -> Number:
    """The sum of both; where there is one alone, that with its own arithmetic or reason."""
    if isinstance(layer.buffers, Zero):
        return layer.parameters
    if isinstance(layer.parameters, Zero):
        return layer.buffers
    return layer.parameters + layer.buffers


Sum(
    "stored",
    "stored",
    note="stored: all numbers that layers keep, learned or not: parameters and buffers.",
    is_usual=lambda net: not net.is_learning_known,
    of_layer=_stored,
)

MACS = Sum(
    "macs",
    "MACs",
    LARGE_COUNTS,
    note="MACs: multiply-adds of conv, linear and matrix products.",
    is_usual=always,
    of_layer=lambda layer: layer.macs,
)

Sum(
    "flops",
    "FLOPs",
    LARGE_COUNTS,
    heading="FLOPs (2 x MACs)",
    note="FLOPs = 2 x MACs.",
    of_layer=lambda layer: 2 * layer.macs,
)


def _connections(layer: Reading) -> Number:
    kinds = [kind for kind in CONNECTION_KINDS if kind in layer.operations]
    return reduce(add, (layer.operations[kind] for kind in kinds), layer.macs)


Sum(
    "connections",
    "connections",
    LARGE_COUNTS,
    note="connections: MACs, bias additions and the links of subsampling and rbf.",
    is_usual=lambda net: "link" in net.operations,
    of_layer=_connections,
)

Sum(
    "buffers",
    "buffers",
    note="buffers: stored but not learned, such as running statistics.",
    is_usual=lambda net: bool(net.buffers),
    is_had=where_learning_is_known,
    of_layer=lambda layer: layer.buffers,
)

_NO_ACTIVATIONS = Zero("no output of a convolution, linear layer or matrix product")

Sum(
    "activations",
    "activations",
    LARGE_COUNTS,
    note="activations: outputs of conv and linear layers.",
    of_layer=lambda layer: (
        layer.batch * layer.op.activations(layer.y, *layer.xs)
        if layer.op.has_activations
        else _NO_ACTIVATIONS
    ),
)


def _operations(part: Part) -> dict[str, int]:
    found: dict[str, int] = {}
    for layer, copies in part.readings.items():
        for kind, count in layer.operations.items():
            found[kind] = found.get(kind, 0) + copies * count
    return {kind: count for kind, count in found.items() if count}


ByRule(
    "operations",
    "operations",
    BY_KIND,
    note="operations: those that are no multiply-adds, by kind.",
    rule=_operations,
)
