"""The measures that claims speak of: a number of a part of a network, by its name.

Every quantity of a network is one; here are those that only texts speak of.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from archcalc.analysis.count import Reading
from archcalc.analysis.receptive_field.seen import ReceptiveField
from archcalc.arithmetic import Number, exact_div
from archcalc.claims.words import words_of
from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.graph import Node
from archcalc.parts.part import Part
from archcalc.quantities import QUANTITIES
from archcalc.quantities.quantity import BYTES, COUNTS, EXPECTED, LARGE_COUNTS, SIZES, Sum
from archcalc.shape import Shape
from archcalc.traced import Traced, summed


class Measure(NamedTuple):
    """A number of a part; one that `is_size` is printed without commas."""

    of: Callable[[Part], Number]
    is_size: bool = False


MEASURES: dict[str, Measure] = {
    name: Measure(quantity.of, quantity.unit not in (COUNTS, LARGE_COUNTS, BYTES))
    for name, quantity in QUANTITIES.items()
    if quantity.unit in (COUNTS, LARGE_COUNTS, SIZES, BYTES, EXPECTED)
}


def measure_named(name: str) -> Measure:
    """The measure of a name.

    Raises:
        ArchcalcError: there is none.
    """
    if name not in MEASURES:
        hint = did_you_mean(name, MEASURES) or f"one of {', '.join(MEASURES)}"
        raise ArchcalcError(f"no quantity {quote(name)}; {hint}")
    return MEASURES[name]


def called(part: Part) -> str:
    """What messages call a part: `googlenet inception4a`."""
    return f"{part.network.name} {part.path}".strip()


# --- counts ---------------------------------------------------------------------------------------


def without_bias(node: Node) -> Node:
    """The same layer without its biases."""
    return node._replace(op=node.op.replaced(bias=0))


def _weights(part: Part) -> Number:
    biased = (node for node in part.nodes if hasattr(node.op, "bias"))
    return sum(without_bias(node).op.parameters(*node.input_shapes) for node in biased)


def _biases(part: Part) -> Number:
    biased = tuple(node for node in part.nodes if hasattr(node.op, "bias"))
    layers = Part(part.network, part.path, biased)
    return layers.parameters - _weights(layers)


MEASURES |= {
    "weights": Measure(_weights),
    "biases": Measure(_biases),
    "comparisons": Measure(lambda part: part.operations.get("compare", 0)),
    "additions": Measure(lambda part: part.operations.get("add", 0)),
    "layers": Measure(lambda part: len(part.nodes), is_size=True),
    "auxiliaries": Measure(lambda part: len(part.network.graph.auxiliary), is_size=True),
}
"""`weights` are the parameters of convolutions and linear layers without their biases;
`comparisons` are those of max pooling; `auxiliaries` are there in train mode only."""


# --- sizes ----------------------------------------------------------------------------------------


def output(part: Part) -> Shape:
    """The shape of the last output; of no layers, that of the network's first input."""
    return part.output if part.nodes else first_input(part)


def first_input(part: Part) -> Shape:
    """The shape of the first input."""
    return part.inputs[0] if part.nodes else next(iter(part.network.graph.inputs.values()))


def _receptive_field(part: Part) -> Number:
    seen = part.receptive_field
    if not isinstance(seen, ReceptiveField) or seen.is_whole:
        raise ArchcalcError(f"{called(part)} has no receptive field of a single size")
    return seen.size[0]


MEASURES |= {
    "channels": Measure(lambda part: output(part).channels, is_size=True),
    "height": Measure(lambda part: output(part).height or 1, is_size=True),
    "width": Measure(lambda part: output(part).width or 1, is_size=True),
    "elements": Measure(lambda part: output(part).elements),
    "in_channels": Measure(lambda part: first_input(part).channels, is_size=True),
    "in_height": Measure(lambda part: first_input(part).height or 1, is_size=True),
    "in_width": Measure(lambda part: first_input(part).width or 1, is_size=True),
    "in_elements": Measure(lambda part: first_input(part).elements),
    "receptive_field": Measure(_receptive_field, is_size=True),
}
"""A vector is a map of 1x1; of a receptive field, the rows are meant."""


# --- fields of the one layer that has a kernel ----------------------------------------------------


def layer(part: Part) -> Node:
    """The one node that decides kernels and the like: the only one with weights or a window.

    Raises:
        ArchcalcError: there are several.
    """
    layers = [node for node in part.nodes if "layer" in words_of(node)]
    found = layers if len(part.nodes) != 1 else part.nodes
    if len(found) != 1:
        raise ArchcalcError(
            f"{called(part)} has {len(found)} layers with a kernel; name one of them"
        )
    return found[0]


def layer_field(part: Part, name: str) -> Any:
    """A field of the one layer of a part.

    Raises:
        ArchcalcError: there are several layers, or it has no such field.
    """
    op = layer(part).op
    if not hasattr(op, name):
        raise ArchcalcError(f"{called(part)} ({op.name}) has no {name}")
    return getattr(op, name)


_FIELDS: Mapping[str, tuple[str, int | None]] = {
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


def _field(name: str, index: int | None) -> Callable[[Part], Number]:
    return lambda part: layer_field(part, name) if index is None else layer_field(part, name)[index]


def _loss_weight(part: Part) -> Number:
    auxiliary = part.network.graph.auxiliary
    given = [auxiliary[node.name] for node in part.nodes if node.name in auxiliary]
    if len(given) != 1:
        raise ArchcalcError(f"{called(part)} has {len(given)} auxiliary losses, not one")
    return given[0]


def _read(part: Part) -> Number:
    return exact_div(first_input(part).channels, getattr(layer(part).op, "groups", 1))


MEASURES |= {name: Measure(_field(*place), is_size=True) for name, place in _FIELDS.items()}
MEASURES |= {
    "read": Measure(_read, is_size=True),
    "loss_weight": Measure(_loss_weight, is_size=True),
}
"""`read` is the number of channels that one filter reads: those of its group."""


# --- how a measure was computed -------------------------------------------------------------------

_MOST_PARTS = 24
"""The most parts whose sum is written out."""
_FORMULAS: Mapping[str, Callable[[Reading], Any]] = {
    **{name: sum_.of_layer for name, sum_ in QUANTITIES.items() if isinstance(sum_, Sum)},
    "weights": lambda reading: reading.parameters,
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
    shown = _FORMULAS[name](part.network.explained(node))
    is_all = isinstance(shown, Traced) and shown.value == MEASURES[name].of(part)
    return shown if is_all and shown.operation else None


def rolled_up(part: Part, name: str) -> Traced | None:
    """A count of a part of many nodes as the sum over the parts directly under it."""
    if len(part.nodes) < 2 or name in ("height", "width") or name not in _FORMULAS:
        return None
    counts = {child.path: MEASURES[name].of(child) for child in part.children}
    terms = [Traced(count, path, computed=True) for path, count in counts.items() if count]
    return summed(terms) if 1 < len(terms) <= _MOST_PARTS else None
