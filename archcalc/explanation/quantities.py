"""How each quantity of a part is computed, as arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from archcalc.arithmetic import Number, Zero
from archcalc.count import Reading
from archcalc.explanation.depth import longest_path
from archcalc.explanation.reading import seen_from, sized, why_undefined
from archcalc.explanation.stochastic_depth import (
    expected_macs,
    least_macs,
    most_macs,
    survival,
    surviving_paths,
)
from archcalc.explanation.tree import Explanation, Working, no_number, working
from archcalc.graph import INPUT, Node
from archcalc.memory import alive, training_bytes
from archcalc.ops.window import POINT
from archcalc.quantity import Quantity, Ratio, Sum
from archcalc.receptive_field import WHOLE_INPUT, Undefined, last_maps
from archcalc.shape import names_of_axes
from archcalc.traced import Traced, formula, substituted, summed


def _sum(
    name: str,
    part: Explanation,
    count: Callable[[Explanation], int],
    of_node: Callable[[Reading], Number],
) -> Working:
    """The sum of a part's parts; what the only layer that counts computes; or why there is none."""
    holder = part.holder(count)
    if holder.node is None and not count(holder):
        if part.main is None:
            return working(name, Zero("none of its layers has any"))
        holder = part.main
    if holder.node is not None:
        at = "" if holder.node is part.node else part.name_of(holder.part.path)
        return working(name, of_node(holder.reading))._replace(at=at)
    counting = [child for child in holder.children if count(child)]
    return Working(name, summed(_terms(holder, counting, count)))


def _terms(
    part: Explanation, counting: list[Explanation], count: Callable[[Explanation], int]
) -> Iterator[Traced]:
    """What a group's sum adds: its parts, equal repetitions taken together."""

    def same(child: Explanation) -> tuple[str, int]:
        path = child.part.path
        is_copy = path.rpartition(".")[2].isdigit()
        return "" if is_copy else path, count(child)

    for (_, number), run in groupby(counting, key=same):
        copies = list(run)
        leaf = Traced(number, part.name_of(copies[0].part.path), computed=True)
        yield leaf if len(copies) == 1 else Traced(len(copies)) * leaf


def _shape(part: Explanation) -> Iterator[Working]:
    """The sizes of its output: of a layer computed, of a group those of its last layer."""
    shape = part.output if part.node is None else part.reading.output
    for name, size in zip(names_of_axes(len(shape)), shape, strict=True):
        number = size if isinstance(size, Traced) else Traced(size, name)
        yield Working(name, number, is_size=True)


def _receptive_field(part: Explanation) -> Iterator[Working]:
    net = part.network
    node = part.node or last_window(part)
    seen = part.part.receptive_field if node is None else seen_from(node, net.receptive_fields)
    if isinstance(seen, Undefined):
        reason = why_undefined(net, node) if node is not None else seen.reason
        yield no_number("receptive_field", f"undefined: {reason}")
        return
    if seen.is_whole:
        yield no_number("receptive_field", f"{WHOLE_INPUT}, {net.input}")
        return
    height, width = map(sized, seen.known)
    if (formula(height), substituted(height)) == (formula(width), substituted(width)):
        yield Working("receptive_field", height, is_size=True)
    else:
        yield Working("receptive_field_height", height, is_size=True)
        yield Working("receptive_field_width", width, is_size=True)


def last_window(part: Explanation) -> Node | None:
    """The layer that decides what a group sees, or a network before it pools or reads whole maps:
    the last one, without those behind it that work on each position by itself."""
    net = part.network
    ends: tuple[str, ...] = (part.nodes[-1].name,)
    if not part.layer:
        ends = tuple({*last_maps(net.graph, net.receptive_fields).values()})
    nodes = net.graph.by_name
    while len(ends) == 1 and ends[0] in nodes:
        node = nodes[ends[0]]
        if node.op.window(*node.input_shapes) is not POINT or len(node.inputs) > 1:
            return node
        ends = node.inputs
    return None


def _depth(part: Explanation) -> Iterator[Working]:
    node = part.node
    depth = longest_path(part) if node is None else Traced(int(node.op.is_weighted))
    reason = "" if depth.value else "no weighted layer"
    yield Working("depth", depth, is_size=True, reason=reason)


def _operations(part: Explanation) -> Iterator[Working]:
    """Elementary operations other than multiply-adds, a kind at a time."""
    kinds = dict.fromkeys(
        kind for layer in part.part.readings for kind, count in layer.operations.items() if count
    )
    for kind in kinds:
        yield _of_kind(part, kind)
    if not kinds:
        yield working("operations", Zero(_why_no_operations(part)))


def _of_kind(part: Explanation, kind: str) -> Working:
    def count(child: Explanation) -> int:
        found: int = child.part.operations.get(kind, 0)
        return found

    found = _sum(f"operations_{kind}", part, count, lambda reading: reading.operations[kind])
    return found._replace(label=kind)


def _why_no_operations(part: Explanation) -> str:
    if part.part.macs:
        return "multiply-adds alone"
    if part.node is None:
        return "none of its layers has any"
    return str(part.reading.macs.reason)


def _memory_peak(part: Explanation) -> Iterator[Working]:
    """The outputs alive at the layer of the part that needs the most of them at once."""
    net = part.network
    names = {node.name for node in part.nodes}
    at = max(names, key=lambda name: (net.live_bytes[name], name))
    held = next(list(held) for name, held in alive(net.graph) if name == at)
    outputs = [Traced(net.output_bytes[name], name, computed=True) for name in held]
    rule = f"alive while {at} runs; the network's input counts until its last use"
    yield Working("memory_peak", summed(outputs), note=rule)


def _memory_training(part: Explanation) -> Iterator[Working]:
    """What training keeps of a part; of the network, its input too."""
    net = part.network
    given = 0 if part.layer else net.output_bytes[INPUT]
    number = training_bytes(
        Traced(part.part.memory_parameters, "parameter bytes", computed=True),
        Traced(part.part.memory_outputs, "output bytes", computed=True),
        Traced(given, "input bytes", computed=True, default=True),
    )
    kept = "every output" if part.layer else "input and every output"
    rule = f"parameters, gradients, momentum; {kept} kept for the backward pass"
    yield Working("memory_training", number, note=rule)


def _ratio(part: Explanation, kind: Ratio) -> Iterator[Working]:
    """One sum over another; 0, or no number at all, where one of them is 0, and why."""
    over, under = part.total(kind.over), part.total(kind.under)
    if over and under:
        divisor = Traced(under, kind.under.title, computed=True)
        yield Working(kind.name, Traced(over, kind.over.title, computed=True) / divisor)
        return
    missing = kind.under if over else kind.over
    reason = f"none of its layers has {missing.title}"
    if part.node is not None:
        reason = missing.of_layer(part.reading).reason
    yield no_number(kind.name, reason) if over else working(kind.name, Zero(reason))


RULES: dict[str, Callable[[Explanation], Iterator[Working]]] = {
    "shape": _shape,
    "operations": _operations,
    "receptive_field": _receptive_field,
    "depth": _depth,
    "survival": survival,
    "surviving_paths": surviving_paths,
    "expected_macs": expected_macs,
    "least_macs": least_macs,
    "most_macs": most_macs,
    "memory_peak": _memory_peak,
    "memory_training": _memory_training,
}
"""How those quantities are explained that are neither sums nor ratios of sums."""


def workings(part: Explanation, kind: Quantity) -> Iterator[Working]:
    """How a quantity of a part is computed."""
    if isinstance(kind, Sum):
        yield _sum(kind.name, part, lambda child: child.total(kind), kind.of_layer)
    elif isinstance(kind, Ratio):
        yield from _ratio(part, kind)
    else:
        yield from RULES[kind.name](part)
