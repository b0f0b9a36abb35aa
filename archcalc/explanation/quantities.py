"""The quantities that can be explained. Adding one is one call here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from archcalc.arithmetic import Number, Zero, plain
from archcalc.explanation.depth import longest_path
from archcalc.explanation.reading import Reading, seen_from
from archcalc.explanation.tree import Explanation, Quantity, QuantityKind
from archcalc.graph import Node
from archcalc.memory import alive, bytes_of
from archcalc.network import Network
from archcalc.ops.base import POINT
from archcalc.receptive_field import ReceptiveField, Undefined, last_maps
from archcalc.stochastic import Path, dropped_paths, why_unknown
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
) -> None:
    """Register a quantity."""
    KINDS[name] = QuantityKind(name, title, of, is_usual)


def add_summed(
    name: str,
    title: str,
    of_node: Callable[[Reading], Number],
    is_usual: Callable[[Network], bool] = always,
) -> None:
    """Register a quantity that a group has the sum of; `of_node` is its formula at a layer."""
    KINDS[name] = QuantityKind(
        name, title, lambda part: _summed(part, KINDS[name]), is_usual, of_node
    )


def _summed(part: Explanation, kind: QuantityKind) -> Iterator[Quantity]:
    while part.node is None:
        counting = [child for child in part.children if child.total(kind)]
        if len(counting) > 1:
            yield Quantity(kind.name, summed(_terms(part, counting, kind)))
            return
        only = counting[0] if counting else part.main
        if only is None:
            yield Quantity(kind.name, Traced(0), reason="none of its layers has any")
            return
        part = only
    assert kind.of_node is not None
    yield quantity(kind.name, kind.of_node(part.reading))


def _terms(part: Explanation, counting: list[Explanation], kind: QuantityKind) -> Iterator[Traced]:
    """What a group's sum adds: its parts, equal repetitions taken together."""
    prefix = len(part.level.path) + 1 if part.level.path and not part.is_repetition else 0

    def same(child: Explanation) -> tuple[str, int]:
        path = child.level.path
        is_copy = path.rpartition(".")[2].isdigit()
        return "" if is_copy else path, child.total(kind)

    for (_, count), run in groupby(counting, key=same):
        copies = list(run)
        leaf = Traced(count, copies[0].level.path[prefix:], computed=True)
        yield leaf if len(copies) == 1 else Traced(len(copies)) * leaf


def quantity(name: str, number: Number, *, is_size: bool = False) -> Quantity:
    """A quantity from what a formula gave: a Traced number, a plain one, or a Zero."""
    if isinstance(number, Zero):
        return Quantity(name, Traced(0), is_size, number.reason)
    return Quantity(name, number if isinstance(number, Traced) else Traced(number), is_size)


def no_number(name: str, reason: str) -> Quantity:
    """A quantity that is not known, or has no number, and why."""
    return Quantity(name, Traced(None), reason=reason)


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
        yield no_number("receptive_field", f"undefined: {seen.reason}")
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
    net = part.network
    if part.node is not None:
        found = {k: number for k, number in part.reading.operations.items() if plain(number)}
        for kind, number in found.items():
            yield quantity(f"operations_{kind}", number)._replace(label=kind)
        if not found:
            yield quantity("operations", Zero("multiply-adds alone"))
        return
    kinds = dict.fromkeys(
        kind for node in part.nodes for kind, count in net.operations[node.name].items() if count
    )
    if not kinds:
        yield quantity("operations", Zero("multiply-adds alone"))
    for kind in kinds:
        counts = [
            Traced(
                sum(net.operations[node.name].get(kind, 0) for node in child.nodes),
                child.level.path.rpartition(".")[2],
                computed=True,
            )
            for child in part.children
        ]
        counting = [count for count in counts if count.value]
        yield Quantity(f"operations_{kind}", summed(counting), label=kind)


def _memory_peak(part: Explanation) -> Iterator[Quantity]:
    """The outputs alive at the layer of the part that needs the most of them at once."""
    net = part.network
    names = {node.name for node in part.nodes}
    at = max(names, key=lambda name: (net.live_bytes[name], name))
    held = next(list(held) for name, held in alive(net.graph) if name == at)
    outputs = [Traced(net.output_bytes[name], name, computed=True) for name in held]
    yield Quantity("memory_peak", summed(outputs))


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


def _surviving_paths(part: Explanation) -> Iterator[Quantity]:
    """Paths that survive a training step on average: the sum of their probabilities."""
    inside = {node.name for node in part.nodes}
    paths = [p for p in dropped_paths(part.network.graph) if p.name in inside]
    unknown = why_unknown(part.network.graph)
    if unknown:
        yield no_number("surviving_paths", unknown)
    elif paths:
        yield Quantity("surviving_paths", summed(map(_chance, paths)), is_size=True)
    else:
        yield quantity("surviving_paths", Zero("it drops no path in training"))


def _chance(path: Path) -> Traced:
    return Traced(path.survival, path.name.removesuffix(".drop_path"))


def _expected_macs(part: Explanation) -> Iterator[Quantity]:
    """MACs of a training step on average, where dropped paths do not lie inside one another."""
    macs = {node.name: part.network.costs[node.name].macs for node in part.nodes}
    paths = dropped_paths(part.network.graph)
    covered = [name for path in paths for name in path.nodes if name in macs]
    unknown = why_unknown(part.network.graph)
    if not unknown and len(set(covered)) < len(covered):
        unknown = (
            "its paths lie inside one another; archcalc layers has the whole network's average"
        )
    if unknown:
        yield no_number("expected_macs", unknown)
        return
    always = sum(count for name, count in macs.items() if name not in covered)
    terms = [Traced(always, "always", computed=True)] if always else []
    for path in paths:
        count = sum(macs.get(name, 0) for name in path.nodes)
        if count:
            terms.append(_chance(path) * Traced(count, "its MACs", computed=True))
    if terms:
        yield Quantity("expected_macs", summed(terms))
    else:
        yield quantity("expected_macs", Zero("none of its layers has any"))


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
add("surviving_paths", "paths kept", _surviving_paths, on_request)
add("expected_macs", "average MACs", _expected_macs, on_request)
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
add_summed("moved_bytes", "bytes moved", lambda node: node.moved_bytes, on_request)
add("arithmetic_intensity", "MACs/byte", _arithmetic_intensity, on_request)
