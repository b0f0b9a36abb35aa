"""The quantities that can be explained. Adding one is one call here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from archcalc.arithmetic import Number, Zero
from archcalc.explanation.depth import longest_path
from archcalc.explanation.reading import Reading, seen_from, why_undefined
from archcalc.explanation.stochastic_depth import (
    drops_paths,
    expected_macs,
    least_macs,
    most_macs,
    survival,
    surviving_paths,
)
from archcalc.explanation.tree import Explanation, Quantity, QuantityKind, no_number, quantity
from archcalc.graph import INPUT, Node
from archcalc.memory import alive, bytes_of, training_bytes
from archcalc.network import Network
from archcalc.ops.op import POINT
from archcalc.receptive_field import ReceptiveField, Undefined, last_maps
from archcalc.traced import Traced, formula, substituted, summed

KINDS: dict[str, QuantityKind] = {}
"""By name, in the order in which they are explained."""


def always(net: Network) -> bool:
    """For what is explained of every network."""
    return True


def on_request(net: Network) -> bool:
    """For what is explained only when it is asked for."""
    return False


def add(
    name: str,
    title: str,
    of: Callable[[Explanation], Iterator[Quantity]],
    is_usual: Callable[[Network], bool] = always,
    is_had: Callable[[Network], bool] = always,
) -> None:
    """Register a quantity."""
    KINDS[name] = QuantityKind(name, title, of, is_usual, is_had)


def add_summed(
    name: str,
    title: str,
    of_node: Callable[[Reading], Number],
    is_usual: Callable[[Network], bool] = always,
) -> None:
    """Register a quantity that a group has the sum of; `of_node` is its formula at a layer."""
    KINDS[name] = QuantityKind(
        name, title, lambda part: _summed(part, KINDS[name]), is_usual, of_node=of_node
    )


def _summed(part: Explanation, kind: QuantityKind) -> Iterator[Quantity]:
    assert kind.of_node is not None
    yield _sum(kind.name, part, lambda child: child.total(kind), kind.of_node)


def _sum(
    name: str,
    part: Explanation,
    count: Callable[[Explanation], int],
    of_node: Callable[[Reading], Number],
) -> Quantity:
    """The sum of a part's parts; what the only layer that counts computes; or why there is none."""
    holder = part.holder(count)
    if holder.node is None and not count(holder):
        if part.main is None:
            return quantity(name, Zero("none of its layers has any"))
        holder = part.main
    if holder.node is not None:
        at = "" if holder.node is part.node else part.name_of(holder.level.path)
        return quantity(name, of_node(holder.reading))._replace(at=at)
    counting = [child for child in holder.children if count(child)]
    return Quantity(name, summed(_terms(holder, counting, count)))


def _terms(
    part: Explanation, counting: list[Explanation], count: Callable[[Explanation], int]
) -> Iterator[Traced]:
    """What a group's sum adds: its parts, equal repetitions taken together."""

    def same(child: Explanation) -> tuple[str, int]:
        path = child.level.path
        is_copy = path.rpartition(".")[2].isdigit()
        return "" if is_copy else path, count(child)

    for (_, number), run in groupby(counting, key=same):
        copies = list(run)
        leaf = Traced(number, part.name_of(copies[0].level.path), computed=True)
        yield leaf if len(copies) == 1 else Traced(len(copies)) * leaf


def _shape(part: Explanation) -> Iterator[Quantity]:
    """The sizes of its output: of a layer computed, of a group those of its last layer."""
    shape = part.output if part.node is None else part.reading.output
    names = ("channels", "height", "width") if shape.is_map else ("features",)
    for name, size in zip(names, shape.sizes, strict=True):
        number = size if isinstance(size, Traced) else Traced(size, name)
        yield Quantity(name, number, is_size=True)


def _receptive_field(part: Explanation) -> Iterator[Quantity]:
    net = part.network
    node = part.node or last_window(part)
    if node is not None:
        seen = seen_from(node, net.receptive_fields)
    else:
        seen = net.receptive_fields[part.nodes[-1].name] if part.layer else net.receptive_field
    if isinstance(seen, Undefined):
        reason = why_undefined(net, node) if node is not None else seen.reason
        yield no_number("receptive_field", f"undefined: {reason}")
        return
    if not isinstance(seen, ReceptiveField):
        yield no_number("receptive_field", f"{seen}, {net.input}")
        return
    height, width = (
        size if isinstance(size, Traced) else Traced(size, "size")
        for size in (seen.height.size, seen.width.size)
    )
    if (formula(height), substituted(height)) == (formula(width), substituted(width)):
        yield Quantity("receptive_field", height, is_size=True)
    else:
        yield Quantity("receptive_field_height", height, is_size=True)
        yield Quantity("receptive_field_width", width, is_size=True)


def last_window(part: Explanation) -> Node | None:
    """The layer that decides what a group sees, or a network before it pools or reads whole maps:
    the last one, without those behind it that work on each position by itself."""
    net = part.network
    ends = (part.nodes[-1].name,) if part.layer else last_maps(net.graph, net.receptive_fields)
    nodes = net.graph.by_name
    while len(ends) == 1 and ends[0] in nodes:
        node = nodes[ends[0]]
        if node.op.window() is not POINT or len(node.inputs) > 1:
            return node
        ends = node.inputs
    return None


def _depth(part: Explanation) -> Iterator[Quantity]:
    node = part.node
    depth = longest_path(part) if node is None else Traced(int(node.op.is_weighted))
    reason = "" if depth.value else "no weighted layer"
    yield Quantity("depth", depth, is_size=True, reason=reason)


def _operations(part: Explanation) -> Iterator[Quantity]:
    """Elementary operations other than multiply-adds, a kind at a time."""
    operations = part.network.operations
    kinds = dict.fromkeys(
        kind for node in part.nodes for kind, count in operations[node.name].items() if count
    )
    for kind in kinds:
        yield _of_kind(part, kind)
    if not kinds:
        yield quantity("operations", Zero(_why_no_operations(part)))


def _of_kind(part: Explanation, kind: str) -> Quantity:
    operations = part.network.operations

    def count(child: Explanation) -> int:
        return sum(operations[node.name].get(kind, 0) for node in child.nodes)

    found = _sum(f"operations_{kind}", part, count, lambda reading: reading.operations[kind])
    return found._replace(label=kind)


def _why_no_operations(part: Explanation) -> str:
    if any(part.network.costs[node.name].macs for node in part.nodes):
        return "multiply-adds alone"
    if part.node is None:
        return "none of its layers has any"
    return str(part.reading.cost.macs.reason)


def _memory_peak(part: Explanation) -> Iterator[Quantity]:
    """The outputs alive at the layer of the part that needs the most of them at once."""
    net = part.network
    names = {node.name for node in part.nodes}
    at = max(names, key=lambda name: (net.live_bytes[name], name))
    held = next(list(held) for name, held in alive(net.graph) if name == at)
    outputs = [Traced(net.output_bytes[name], name, computed=True) for name in held]
    rule = f"alive while {at} runs; the network's input counts until its last use"
    yield Quantity("memory_peak", summed(outputs), note=rule)


def _memory_training(part: Explanation) -> Iterator[Quantity]:
    """What training keeps of a part; of the network, its input too."""
    net = part.network
    parameters = sum(net.bytes_per_number * net.costs[node.name].parameters for node in part.nodes)
    outputs = sum(net.output_bytes[node.name] for node in part.nodes)
    given = 0 if part.layer else net.output_bytes[INPUT]
    number = training_bytes(
        Traced(parameters, "parameter bytes", computed=True),
        Traced(outputs, "output bytes", computed=True),
        Traced(given, "input bytes", computed=True, default=True),
    )
    kept = "every output" if part.layer else "input and every output"
    rule = f"parameters, gradients, momentum; {kept} kept for the backward pass"
    yield Quantity("memory_training", number, note=rule)


def _arithmetic_intensity(part: Explanation) -> Iterator[Quantity]:
    """MACs over the bytes of parameters, inputs and outputs, each of which is a quantity too."""
    if part.node is not None and isinstance(part.reading.cost.macs, Zero):
        yield quantity("arithmetic_intensity", part.reading.cost.macs)
        return
    net = part.network
    macs = sum(net.costs[node.name].macs for node in part.nodes)
    if not macs:
        yield quantity("arithmetic_intensity", Zero("none of its layers has MACs"))
        return
    moved = sum(net.moved_bytes[node.name] for node in part.nodes)
    ratio = Traced(macs, "MACs", computed=True) / Traced(moved, "bytes moved", computed=True)
    yield Quantity("arithmetic_intensity", ratio)


def _trains_with_dropped_paths(net: Network) -> bool:
    return net.mode == "train" and drops_paths(net)


def _has_links(net: Network) -> bool:
    return any("link" in kinds for kinds in net.operations.values())


add("shape", "shape", _shape)
add_summed("parameters", "parameters", lambda node: node.cost.parameters)
add_summed("macs", "MACs", lambda node: node.cost.macs)
add_summed("flops", "FLOPs", lambda node: node.cost.flops, on_request)
add_summed("connections", "connections", lambda node: node.connections, _has_links)
add_summed("buffers", "buffers", lambda node: node.cost.buffers, lambda net: net.total.buffers > 0)
add_summed("activations", "activations", lambda node: node.cost.activations, on_request)
add("operations", "operations", _operations, on_request)
add("receptive_field", "RF", _receptive_field)
add("depth", "depth", _depth)
add("survival", "survival", survival, _trains_with_dropped_paths, drops_paths)
add("surviving_paths", "paths kept", surviving_paths, _trains_with_dropped_paths, drops_paths)
add("expected_macs", "average MACs", expected_macs, _trains_with_dropped_paths, drops_paths)
add("least_macs", "fewest MACs", least_macs, _trains_with_dropped_paths, drops_paths)
add("most_macs", "most MACs", most_macs, _trains_with_dropped_paths, drops_paths)
add_summed(
    "memory_parameters",
    "param bytes",
    lambda node: node.bytes_per_number * node.cost.parameters,
    on_request,
)
add_summed(
    "memory_outputs",
    "output bytes",
    lambda node: bytes_of(node.y, node.batch, node.bytes_per_number),
    on_request,
)
add("memory_peak", "peak bytes", _memory_peak, on_request)
add("memory_training", "train bytes", _memory_training, on_request)
add_summed("moved_bytes", "bytes moved", lambda node: node.moved_bytes, on_request)
add("arithmetic_intensity", "MACs/byte", _arithmetic_intensity, on_request)
