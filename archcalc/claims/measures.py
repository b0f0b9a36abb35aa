"""The quantities that claims speak of, one function each: a number of a part of a network."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from archcalc.arithmetic import Number, exact_div
from archcalc.claims.subject import Part
from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.explanation.reading import Reading, explained
from archcalc.graph import Node
from archcalc.ops.op import Op
from archcalc.ops.registry import traced
from archcalc.receptive_field import ReceptiveField
from archcalc.shape import Shape
from archcalc.traced import Traced, summed


class Measure(NamedTuple):
    """A number of a part; `is_size` numbers are printed without commas."""

    name: str
    of: Callable[[Part], Number]
    doc: str
    is_size: bool


MEASURES: dict[str, Measure] = {}


def measure(*, is_size: bool = False) -> Callable[[Callable[[Part], Number]], Any]:
    """Register a function as the quantity of its name."""

    def register(function: Callable[[Part], Number]) -> Any:
        name = function.__name__
        if name in MEASURES:
            raise ValueError(f"quantity {name!r} is declared twice")
        doc = (function.__doc__ or "").split("\n")[0]
        MEASURES[name] = Measure(name, function, doc, is_size)
        return function

    return register


def find(name: str) -> Measure:
    """The quantity of a name.

    Raises:
        ArchcalcError: there is none.
    """
    if name not in MEASURES:
        hint = did_you_mean(name, MEASURES) or f"one of {', '.join(MEASURES)}"
        raise ArchcalcError(f"no quantity {quote(name)}; {hint}")
    return MEASURES[name]


# --- counts ---------------------------------------------------------------------------------------


@measure()
def parameters(part: Part) -> Number:
    """Learnable scalars, biases included."""
    table = part.subject.reading
    if table is not None:
        op, x = table_rows(part)
        return op.parameters(x)
    return sum(part.network.costs[node.name].parameters for node in part.nodes)


@measure()
def weights(part: Part) -> Number:
    """Parameters of convolutions and linear layers without their biases."""
    return sum(
        without_bias(node.op).parameters(*node.input_shapes)
        for node in part.nodes
        if hasattr(node.op, "bias")
    )


@measure()
def biases(part: Part) -> Number:
    """Biases of convolutions and linear layers."""
    return sum(
        part.network.costs[node.name].parameters
        - without_bias(node.op).parameters(*node.input_shapes)
        for node in part.nodes
        if hasattr(node.op, "bias")
    )


@measure()
def macs(part: Part) -> Number:
    """Multiply-adds of convolutions, linear layers and matrix products."""
    return sum(part.network.costs[node.name].macs for node in part.nodes)


@measure()
def flops(part: Part) -> Number:
    """2 x MACs."""
    return 2 * macs(part)


@measure()
def connections(part: Part) -> Number:
    """LeNet's unit: multiply-adds, bias additions, links of subsampling and RBF units."""
    return sum(part.network.connections[node.name] for node in part.nodes)


@measure()
def activations(part: Part) -> Number:
    """Outputs of convolutions, linear layers and matrix products."""
    return sum(part.network.costs[node.name].activations for node in part.nodes)


@measure()
def buffers(part: Part) -> Number:
    """Stored but not learned: running statistics, fixed prototypes."""
    return sum(part.network.costs[node.name].buffers for node in part.nodes)


@measure()
def comparisons(part: Part) -> Number:
    """Comparisons of max pooling."""
    return sum(part.network.operations[node.name].get("compare", 0) for node in part.nodes)


@measure()
def additions(part: Part) -> Number:
    """Additions outside multiply-adds and biases."""
    return sum(part.network.operations[node.name].get("add", 0) for node in part.nodes)


@measure(is_size=True)
def layers(part: Part) -> Number:
    """How many nodes the part has; with `only`, how many of that kind."""
    return len(part.nodes)


@measure(is_size=True)
def depth(part: Part) -> Number:
    """Weighted layers on the longest path through the part."""
    table: dict[str, int] = {}
    for node in part.nodes:
        before = max(table.get(name, 0) for name in node.inputs)
        table[node.name] = before + node.op.is_weighted
    return max(table.values(), default=0)


# --- sizes ----------------------------------------------------------------------------------------


@measure(is_size=True)
def channels(part: Part) -> Number:
    """Channels (or features) of the output."""
    return part.output.channels


@measure(is_size=True)
def height(part: Part) -> Number:
    """Rows of the output."""
    return _size(part, part.output.height)


@measure(is_size=True)
def width(part: Part) -> Number:
    """Columns of the output."""
    return _size(part, part.output.width)


@measure()
def elements(part: Part) -> Number:
    """Numbers of the output."""
    return part.output.elements


@measure(is_size=True)
def in_channels(part: Part) -> Number:
    """Channels (or features) of the input."""
    return part.inputs[0].channels


@measure(is_size=True)
def in_height(part: Part) -> Number:
    """Rows of the input."""
    return _size(part, part.inputs[0].height)


@measure(is_size=True)
def in_width(part: Part) -> Number:
    """Columns of the input."""
    return _size(part, part.inputs[0].width)


@measure()
def in_elements(part: Part) -> Number:
    """Numbers of the input: a linear layer's in_features."""
    return part.inputs[0].elements


@measure(is_size=True)
def kernel(part: Part) -> Number:
    """Rows of the kernel or window."""
    return _field(part, "kernel_size")[0]


@measure(is_size=True)
def kernel_width(part: Part) -> Number:
    """Columns of the kernel or window."""
    return _field(part, "kernel_size")[1]


@measure(is_size=True)
def stride(part: Part) -> Number:
    """Step of the window."""
    return _field(part, "stride")[0]


@measure(is_size=True)
def padding(part: Part) -> Number:
    """Border on each side."""
    return _field(part, "padding")[0]


@measure(is_size=True)
def groups(part: Part) -> Number:
    """Groups that a convolution's channels are split into."""
    return _field(part, "groups")


@measure(is_size=True)
def read(part: Part) -> Number:
    """Channels that one filter reads: those of its group."""
    return exact_div(part.inputs[0].channels, getattr(part.node.op, "groups", 1))


@measure(is_size=True)
def maps(part: Part) -> Number:
    """Of a convolution by table, how many output maps are meant."""
    return table_rows(part)[0].out_channels


@measure(is_size=True)
def receptive_field(part: Part) -> Number:
    """Rows of the input that one output position sees."""
    network = part.network
    whole = len(part.nodes) == len(network.graph.nodes)
    seen = network.receptive_field if whole else network.receptive_fields[part.nodes[-1].name]
    if not isinstance(seen, ReceptiveField):
        raise ArchcalcError(f"{part.subject.name} has no receptive field of a single size")
    return seen.height.size


@measure(is_size=True)
def dropout(part: Part) -> Number:
    """The probability with which dropout drops."""
    return _field(part, "p")


@measure(is_size=True)
def loss_weight(part: Part) -> Number:
    """The weight of an auxiliary classifier's loss."""
    names = {node.name for node in part.nodes}
    given = [weight for name, weight in part.network.graph.auxiliary.items() if name in names]
    if len(given) != 1:
        raise ArchcalcError(f"{part.subject.name} has {len(given)} auxiliary losses, not one")
    return given[0]


@measure(is_size=True)
def auxiliaries(part: Part) -> Number:
    """Auxiliary classifiers; there are some in train mode only."""
    return len(part.network.graph.auxiliary)


@measure(is_size=True)
def survival(part: Part) -> Number:
    """Blocks expected to survive: the sum of the survival probabilities of drop_path."""
    return sum(node.op.survival for node in part.nodes if node.op.name == "drop_path")  # type: ignore[attr-defined]


def _size(part: Part, size: Number) -> Number:
    return 1 if size is None else size  # a vector is a map of 1x1


def _field(part: Part, name: str) -> Any:
    node = part.node
    if not hasattr(node.op, name):
        raise ArchcalcError(f"{part.subject.name} ({node.op.name}) has no {name}")
    return getattr(node.op, name)


def without_bias(op: Op) -> Op:
    """The same layer without its biases."""
    return dataclasses.replace(op, bias=0)  # type: ignore[type-var]


def table_rows(part: Part) -> tuple[Any, Shape]:
    """Of a convolution by table, the maps that the subject means, and what they read.

    Maps that read equally many are a full convolution over that many channels.
    """
    node = part.node
    x = node.input_shapes[0]
    rows = getattr(node.op, "connections", None)
    if rows is None:
        raise ArchcalcError(f"{part.subject.name} has no table of connections")
    chosen = [
        row
        for row in rows
        if len(row) == part.subject.reading
        and part.subject.contiguous in (None, _is_contiguous(row, x.channels))
    ]
    op = dataclasses.replace(node.op, connections=None, out_channels=len(chosen))  # type: ignore[type-var]
    return op, Shape(part.subject.reading, x.height, x.width)


def _is_contiguous(row: tuple[int, ...], channels: int) -> bool:
    """Whether a row of the table reads neighbouring maps, round the edge too."""
    return sum((channel + 1) % channels not in row for channel in row) <= 1


# --- how a quantity was computed ------------------------------------------------------------------


def working(part: Part, name: str) -> Any:
    """The arithmetic behind a quantity of a single layer, where it has a formula; else None."""
    if part.subject.reading is not None and name == "parameters":
        op, x = table_rows(part)
        return traced(op).parameters(x._replace(channels=Traced(x.channels, "read")))
    formula = _FORMULAS.get(name)
    nodes = [n for n in part.nodes if n.op.is_weighted or len(part.nodes) == 1]
    if formula is None or len(nodes) != 1:
        return None
    node = nodes[0]
    if name == "weights":
        if not hasattr(node.op, "bias"):
            return None
        node = node._replace(op=without_bias(node.op))
    shown = formula(explained(part.network, node))
    is_all = isinstance(shown, Traced) and shown.value == MEASURES[name].of(part)
    return shown if is_all and shown.operation else None


def rolled_up(part: Part, name: str) -> Traced | None:
    """A count of a part of many nodes as the sum over the parts directly under it."""
    if len(part.nodes) < 2 or name not in _ROLLED_UP:
        return None
    prefix = len(part.subject.layer[0].split(".")) if len(part.subject.layer) == 1 else 0
    groups: dict[str, list[Node]] = {}
    for node in part.nodes:
        groups.setdefault(".".join(node.name.split(".")[: prefix + 1]), []).append(node)
    counts = {
        path: MEASURES[name].of(Part(part.network, tuple(nodes), part.subject))
        for path, nodes in groups.items()
    }
    counts = {path: count for path, count in counts.items() if count}
    if not 1 < len(counts) <= MOST_PARTS:
        return None
    return summed(Traced(count, path, computed=True) for path, count in counts.items())


MOST_PARTS = 24
_ROLLED_UP = ("parameters", "weights", "macs", "connections", "activations")


_FORMULAS: Mapping[str, Callable[[Reading], Any]] = {
    "parameters": lambda reading: reading.cost.parameters,
    "weights": lambda reading: reading.cost.parameters,
    "macs": lambda reading: reading.cost.macs,
    "connections": lambda reading: reading.connections,
    "height": lambda reading: reading.output.height,
    "width": lambda reading: reading.output.width,
}
