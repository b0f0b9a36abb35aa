"""The measures that claims speak of: each a number of a part of a network."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from archcalc.arithmetic import Number, exact_div
from archcalc.claims.subject import Part
from archcalc.count import Reading
from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.explanation.reading import explained
from archcalc.graph import Node
from archcalc.quantities import ACTIVATIONS, BUFFERS, CONNECTIONS, FLOPS, MACS, PARAMETERS
from archcalc.quantity import Sum
from archcalc.receptive_field import ReceptiveField
from archcalc.traced import Traced, summed


class Measure(NamedTuple):
    """A number of a part; one that `is_size` is printed without commas."""

    name: str
    of: Callable[[Part], Number]
    is_size: bool


MEASURES: dict[str, Measure] = {}


def measure(*, is_size: bool = False) -> Callable[[Callable[[Part], Number]], Any]:
    """Register a function as the measure of its name."""

    def register(function: Callable[[Part], Number]) -> Any:
        name = function.__name__
        if name in MEASURES:
            raise ValueError(f"measure {name!r} is declared twice")
        MEASURES[name] = Measure(name, function, is_size)
        return function

    return register


def find(name: str) -> Measure:
    """The measure of a name.

    Raises:
        ArchcalcError: there is none.
    """
    if name not in MEASURES:
        hint = did_you_mean(name, MEASURES) or f"one of {', '.join(MEASURES)}"
        raise ArchcalcError(f"no quantity {quote(name)}; {hint}")
    return MEASURES[name]


# --- sums over the layers of a part ---------------------------------------------------------------


def without_bias(node: Node) -> Node:
    """The same layer without its biases."""
    return node._replace(op=dataclasses.replace(node.op, bias=0))  # type: ignore[type-var]


def _weights(part: Part, node: Node) -> Number:
    if not hasattr(node.op, "bias"):
        return 0
    return without_bias(node).op.parameters(*node.input_shapes)


def _biases(part: Part, node: Node) -> Number:
    return (
        _counted(PARAMETERS)(part, node) - _weights(part, node) if hasattr(node.op, "bias") else 0
    )


def _counted(quantity: Sum) -> Callable[[Part, Node], Number]:
    return lambda part, node: quantity.of_layer(part.network.readings_by_name[node.name])


def _operations(kind: str) -> Callable[[Part, Node], Number]:
    return lambda part, node: part.network.readings_by_name[node.name].operations.get(kind, 0)


SUMS: Mapping[str, Callable[[Part, Node], Number]] = {
    "parameters": _counted(PARAMETERS),
    "weights": _weights,
    "biases": _biases,
    "macs": _counted(MACS),
    "flops": _counted(FLOPS),
    "connections": _counted(CONNECTIONS),
    "activations": _counted(ACTIVATIONS),
    "buffers": _counted(BUFFERS),
    "comparisons": _operations("compare"),
    "additions": _operations("add"),
}
"""What one layer adds to a sum: `weights` are parameters without biases, of layers that may have
some; `comparisons` are those of max pooling, `additions` those outside multiply-adds and biases."""


def _sum(of_node: Callable[[Part, Node], Number]) -> Callable[[Part], Number]:
    return lambda part: sum(of_node(part, node) for node in part.nodes)


MEASURES |= {name: Measure(name, _sum(of_node), False) for name, of_node in SUMS.items()}


# --- sizes ----------------------------------------------------------------------------------------

SIZES: Mapping[str, Callable[[Part], Number]] = {
    "channels": lambda part: part.output.channels,
    "height": lambda part: part.output.height or 1,
    "width": lambda part: part.output.width or 1,
    "in_channels": lambda part: part.inputs[0].channels,
    "in_height": lambda part: part.inputs[0].height or 1,
    "in_width": lambda part: part.inputs[0].width or 1,
    "layers": lambda part: len(part.nodes),
    "auxiliaries": lambda part: len(part.network.graph.auxiliary),
}
"""Sizes of the output and of the (first) input, a vector being a map of 1x1; how many nodes a part
has, and auxiliary classifiers its network (some in train mode only)."""

MEASURES |= {name: Measure(name, of, True) for name, of in SIZES.items()}


@measure()
def elements(part: Part) -> Number:
    """Numbers of the output."""
    return part.output.elements


@measure()
def in_elements(part: Part) -> Number:
    """Numbers of the input: a linear layer's in_features."""
    return part.inputs[0].elements


@measure(is_size=True)
def depth(part: Part) -> Number:
    """Weighted layers on the longest path through the part."""
    table: dict[str, int] = {}
    for node in part.nodes:
        before = max(table.get(name, 0) for name in node.inputs)
        table[node.name] = before + node.op.is_weighted
    return max(table.values(), default=0)


@measure(is_size=True)
def receptive_field(part: Part) -> Number:
    """Rows of the input that one output position sees."""
    network = part.network
    whole = len(part.nodes) == len(network.graph.nodes)
    seen = network.receptive_field if whole else network.receptive_fields[part.nodes[-1].name]
    if not isinstance(seen, ReceptiveField):
        raise ArchcalcError(f"{part.subject.name} has no receptive field of a single size")
    return seen.height.size


# --- fields of the one layer that has a kernel ----------------------------------------------------

FIELDS: Mapping[str, tuple[str, int | None]] = {
    "kernel": ("kernel_size", 0),
    "kernel_width": ("kernel_size", 1),
    "stride": ("stride", 0),
    "padding": ("padding", 0),
    "groups": ("groups", None),
    "dropout": ("p", None),
    "size": ("size", None),
    "drop_path": ("drop_path", None),
}
"""The field of the op, and of a pair which of the two: 0 is that of the rows."""


def field(part: Part, name: str) -> Any:
    """A field of the one layer of a part that has a kernel.

    Raises:
        ArchcalcError: there are several layers, or it has no such field.
    """
    node = part.node
    if not hasattr(node.op, name):
        raise ArchcalcError(f"{part.subject.name} ({node.op.name}) has no {name}")
    return getattr(node.op, name)


def _field(name: str, index: int | None) -> Callable[[Part], Number]:
    return lambda part: field(part, name) if index is None else field(part, name)[index]


MEASURES |= {name: Measure(name, _field(*place), True) for name, place in FIELDS.items()}


@measure(is_size=True)
def read(part: Part) -> Number:
    """Channels that one filter reads: those of its group."""
    return exact_div(part.inputs[0].channels, getattr(part.node.op, "groups", 1))


@measure(is_size=True)
def loss_weight(part: Part) -> Number:
    """The weight of an auxiliary classifier's loss."""
    names = {node.name for node in part.nodes}
    given = [weight for name, weight in part.network.graph.auxiliary.items() if name in names]
    if len(given) != 1:
        raise ArchcalcError(f"{part.subject.name} has {len(given)} auxiliary losses, not one")
    return given[0]


@measure(is_size=True)
def survival(part: Part) -> Number:
    """Blocks expected to survive: the sum of the survival probabilities of drop_path."""
    return sum(node.op.survival for node in part.nodes if node.op.name == "drop_path")  # type: ignore[attr-defined]


# --- how a measure was computed -------------------------------------------------------------------

MOST_PARTS = 24
_ROLLED_UP = ("parameters", "weights", "macs", "connections", "activations")
_FORMULAS: Mapping[str, Callable[[Reading], Any]] = {
    "parameters": PARAMETERS.of_layer,
    "weights": PARAMETERS.of_layer,
    "macs": MACS.of_layer,
    "connections": CONNECTIONS.of_layer,
    "height": lambda reading: reading.output.height,
    "width": lambda reading: reading.output.width,
}


def working(part: Part, name: str) -> Traced | None:
    """The arithmetic behind a measure of a single layer, where it has a formula."""
    nodes = [n for n in part.nodes if n.op.is_weighted or len(part.nodes) == 1]
    if name not in _FORMULAS or len(nodes) != 1:
        return None
    node = nodes[0]
    if name == "weights":
        if not hasattr(node.op, "bias"):
            return None
        node = without_bias(node)
    shown = _FORMULAS[name](explained(part.network, node))
    is_all = isinstance(shown, Traced) and shown.value == MEASURES[name].of(part)
    return shown if is_all and shown.operation else None


def rolled_up(part: Part, name: str) -> Traced | None:
    """A count of a part of many nodes as the sum over the parts directly under it."""
    if len(part.nodes) < 2 or name not in _ROLLED_UP:
        return None
    prefix = len(part.subject.layer[0].split(".")) if len(part.subject.layer) == 1 else 0
    counts: dict[str, Number] = {}
    for node in part.nodes:
        path = ".".join(node.name.split(".")[: prefix + 1])
        counts[path] = counts.get(path, 0) + SUMS[name](part, node)
    counts = {path: count for path, count in counts.items() if count}
    if not 1 < len(counts) <= MOST_PARTS:
        return None
    return summed(Traced(count, path, computed=True) for path, count in counts.items())
