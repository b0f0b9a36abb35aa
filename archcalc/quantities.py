"""Every quantity of a network, declared once, in the order in which they are explained.

A quantity is an attribute of every part of a network, `net["layer1"].macs`. The columns of tables,
what they mean, what `explain` shows and the JSON schemas follow from these declarations.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from functools import reduce
from operator import add
from typing import Any

from archcalc import memory, receptive_field, stochastic_depth
from archcalc.arithmetic import Number, Zero, largest, product, whole
from archcalc.count import Reading
from archcalc.memory import OPTIMIZERS
from archcalc.ops.op import CONNECTION_KINDS
from archcalc.parts import Network, Part
from archcalc.quantity import (
    BY_KIND,
    BYTES,
    EXPECTED,
    FIELD,
    LARGE_COUNTS,
    SHAPE,
    SIDES,
    SIZES,
    ByRule,
    Ratio,
    Sum,
    always,
)
from archcalc.quantity import QUANTITIES as QUANTITIES  # which is filled here
from archcalc.receptive_field import ReceptiveField, Seen, Undefined, moves
from archcalc.stochastic_depth import (
    DroppedPath,
    expected_macs,
    least_macs,
    most_macs,
    surviving_paths,
)
from archcalc.traced import Traced


def _shape(part: Part) -> Any:
    return part.output


ByRule("shape", "shape", SHAPE, is_usual=always, tables=(), rule=_shape)


PARAMETERS = Sum(
    "parameters",
    "parameters",
    note="parameters: learnable scalars, with biases and norm scale/shift.",
    is_usual=always,
    of_layer=lambda layer: layer.parameters,
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
    is_usual=lambda net: net.buffers > 0,
    of_layer=lambda layer: layer.buffers,
)

_NO_ACTIVATIONS = Zero("no output of a convolution, linear layer or matrix product")

Sum(
    "activations",
    "activations",
    LARGE_COUNTS,
    note="activations: outputs of conv and linear layers.",
    of_layer=lambda layer: (
        layer.batch * layer.y.elements if layer.op.has_activations else _NO_ACTIVATIONS
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


def _receptive_field(part: Part) -> receptive_field.Seen:
    net = part.network
    if part is net:
        return receptive_field.network_receptive_field(net.graph, net.receptive_fields)
    return receptive_field.largest_field([net.receptive_fields[node.name] for node in part.ends])


def _what_figures_mean(net: Network) -> str:
    """What is said of a receptive field that is more than one number."""
    seen = net.receptive_field
    if isinstance(seen, Undefined):
        return ""
    several = "Of several outputs the largest." if len(net.graph.outputs) > 1 else ""
    gated = "In brackets: without gates by global pooling." if seen.trunk is not None else ""
    by_place = "a..b: from the smallest to the largest, by the output's position."
    return " ".join(filter(None, [several, gated, by_place if _is_uneven(seen) else ""]))


def _is_uneven(seen: Seen) -> bool:
    return isinstance(seen, ReceptiveField) and seen.smallest != seen.size


ByRule(
    "receptive_field",
    "RF",
    FIELD,
    note="RF: receptive field, in input pixels, of the last map before global pooling or the "
    "first linear layer.",
    note_of_layers="RF: what one output sees of the input, in pixels; in the total that of the "
    "last map before global pooling or the first linear layer.",
    remark=_what_figures_mean,
    is_usual=always,
    rule=_receptive_field,
)


def _sides_of_field(
    name: str,
    title: str,
    note: str,
    of: Callable[[ReceptiveField], Any],
    is_had: Callable[[Network], bool] = always,
) -> None:
    """Declare a figure that a receptive field has along each axis."""

    def rule(part: Part) -> Any:
        seen = part.receptive_field
        return of(seen) if isinstance(seen, ReceptiveField) else None

    ByRule(name, title, SIDES, note=f"{title}: {note}", is_had=is_had, rule=rule)


def _of_a_map(sides: Callable[[ReceptiveField], Any]) -> Callable[[ReceptiveField], Any]:
    """A figure of the trunk where there are gates; none where all positions see the same."""

    def of(seen: ReceptiveField) -> Any:
        trunk = seen if seen.trunk is None else seen.trunk
        return sides(trunk) if isinstance(trunk, ReceptiveField) and moves(trunk) else None

    return of


_sides_of_field(
    "receptive_field_smallest",
    "least RF",
    "the smallest receptive field of an output; behind layers that make maps larger they differ.",
    lambda seen: None if seen.is_whole else seen.smallest,
    is_had=lambda net: _is_uneven(net.receptive_field),
)
_sides_of_field(
    "receptive_field_trunk",
    "trunk RF",
    "the receptive field without gates by global pooling, where there are such.",
    lambda seen: seen.trunk.size if isinstance(seen.trunk, ReceptiveField) else None,
    is_had=lambda net: net.receptive_field_trunk is not None,
)
_sides_of_field(
    "effective_stride",
    "stride",
    "input pixels from one output to the next, on average.",
    _of_a_map(lambda seen: seen.stride),
)
_sides_of_field(
    "effective_padding",
    "padding",
    "how far before the input's first pixel the receptive field of the first output begins.",
    _of_a_map(lambda seen: seen.padding),
)


def _depth(part: Part) -> int:
    net = part.network
    if part is net:
        return max(net.depths[name] for name in net.graph.outputs)
    depths: dict[str, int] = {}
    for node in part.nodes:
        before = max((depths.get(name, 0) for name in node.inputs), default=0)
        depths[node.name] = before + node.op.is_weighted
    return max(depths.values())


ByRule(
    "depth",
    "depth",
    SIZES,
    note="depth: weighted layers on the longest path.",
    note_of_layers="depth: weighted layers on the longest path from the input, its own included.",
    is_usual=always,
    rule=_depth,
)


# --- stochastic depth -----------------------------------------------------------------------------


def drops_paths(net: Network) -> bool:
    """Whether it drops paths, each at a fixed chance, so that a training step has an average."""
    return bool(net.dropped_paths)


def paths_around(part: Part) -> set[tuple[DroppedPath, ...]]:
    """The dropped paths that the nodes of a part are on, inner ones first."""
    by_node = part.network.paths_by_node
    return {by_node[node.name] for node in part.nodes if node.name in by_node}


def paths_in(part: Part) -> list[DroppedPath]:
    """The dropped paths that end in a part."""
    dropped = part.network.dropped_paths
    return [dropped[node.name] for node in part.nodes if node.name in dropped]


def macs_by_chance(part: Part) -> dict[Fraction | int, int]:
    """A part's MACs by the chance with which a training step runs them."""
    net = part.network
    found: dict[Fraction | int, int] = {}
    for node in part.nodes:
        macs = net.readings_by_name[node.name].macs
        if macs:
            paths = net.paths_by_node.get(node.name, ())
            chance = whole(product(*(path.survival for path in paths)))
            found[chance] = found.get(chance, 0) + macs
    return found


def _of_training(name: str, title: str, working: Callable[[Part], Traced | None]) -> None:
    """Declare what a training step runs: the value of its working, where paths are dropped."""

    def value(part: Part) -> Any:
        found = working(part) if drops_paths(part.network) else None
        return None if found is None else found.value

    ByRule(
        name,
        title,
        EXPECTED,
        tables=(),
        is_usual=lambda net: net.mode == "train" and drops_paths(net),
        is_had=drops_paths,
        rule=value,
    )


def survival(part: Part) -> Traced | None:
    """The probability that a training step runs the one path that a part is, has or is in."""
    found = paths_around(part)
    return stochastic_depth.chance_of_all(found.pop()) if len(found) == 1 else None


_of_training("survival", "survival", survival)
_of_training("surviving_paths", "paths kept", lambda part: surviving_paths(paths_in(part)))
_of_training("expected_macs", "average MACs", lambda part: expected_macs(macs_by_chance(part)))
_of_training("least_macs", "fewest MACs", lambda part: least_macs(macs_by_chance(part)))
_of_training("most_macs", "most MACs", lambda part: most_macs(macs_by_chance(part)))


# --- memory ---------------------------------------------------------------------------------------

Sum(
    "memory_parameters",
    "param bytes",
    BYTES,
    note="param bytes: {bytes} a parameter.",
    of_layer=lambda layer: layer.bytes_per_number * layer.parameters,
)

Sum(
    "memory_outputs",
    "output bytes",
    BYTES,
    note="output bytes: of all outputs that are no views, without the network's input.",
    of_layer=memory.bytes_of_output,
)


def _memory_peak(part: Part) -> Number:
    net = part.network
    there = (node.name for node in part.nodes if net.graph.times.get(node.name, 1) >= 1)
    return largest(net.live_bytes[name] for name in there)


ByRule(
    "memory_peak",
    "peak bytes",
    BYTES,
    note="peak bytes: the most alive at once of the input and all outputs, in file order, each "
    "freed after its last use.",
    note_of_layers="peak bytes: the most alive at once of the input and all outputs, in file "
    "order, each freed after its last use; of several layers the largest, not the sum.",
    rule=_memory_peak,
)


BUFFERS_IN_BYTES = Sum(
    "memory_buffers",
    "buffer bytes",
    BYTES,
    note="buffer bytes: {bytes} a number that is stored but not learned.",
    of_layer=lambda layer: layer.bytes_per_number * layer.buffers,
)


def _memory_inference(part: Part) -> Number:
    return memory.inference_bytes(part.memory_parameters, part.memory_buffers, part.memory_peak)


ByRule(
    "memory_inference",
    "infer bytes",
    BYTES,
    note="infer bytes: what inference needs: parameters, buffers and peak bytes.",
    tables=("table",),
    rule=_memory_inference,
)


def _memory_saved(part: Part) -> Number:
    trained = part.in_training
    saved, times = trained.network.saved_bytes, trained.network.graph.times
    return sum(saved[node.name] * times.get(node.name, 1) for node in trained.nodes)


ByRule(
    "memory_saved",
    "saved bytes",
    BYTES,
    note="saved bytes: what training keeps of a forward pass for the backward pass, as torch's "
    "autograd does, each tensor at the first layer that needs it.",
    rule=_memory_saved,
)


def _memory_training(part: Part) -> Number:
    trained = part.in_training
    copies = 2 + len(OPTIMIZERS[trained.network.optimizer][1])
    return memory.training_bytes(
        trained.memory_parameters, copies, trained.memory_buffers, trained.memory_saved
    )


ByRule(
    "memory_training",
    "train bytes",
    BYTES,
    note="train bytes: parameters, their gradients and what {optimizer} keeps of each, buffers and "
    "saved bytes; in train mode.",
    tables=("table",),
    rule=_memory_training,
)


MOVED_BYTES = Sum(
    "moved_bytes",
    "bytes moved",
    BYTES,
    note="bytes moved: parameters read, inputs and outputs, of every node.",
    of_layer=memory.moved_bytes,
)

Ratio(
    "arithmetic_intensity",
    "MACs/byte",
    note="MACs/byte: for each byte of parameters read, inputs and outputs.",
    over=MACS,
    under=MOVED_BYTES,
)
