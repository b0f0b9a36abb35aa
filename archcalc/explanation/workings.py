"""How each quantity of a part of a network is computed, as arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import groupby

from archcalc.analysis.backward import bytes_of_saved
from archcalc.analysis.count import Reading
from archcalc.analysis.memory import OPTIMIZERS, alive, inference_bytes, training_bytes
from archcalc.analysis.receptive_field.axis import Axis, Places
from archcalc.analysis.receptive_field.seen import WHOLE_INPUT, Seen, Undefined
from archcalc.arithmetic import Number, Zero
from archcalc.explanation.depth import longest_path
from archcalc.explanation.receptive_field import (
    last_window,
    least,
    padded,
    seen_from,
    sized,
    stepped,
    trunk_from,
    why_undefined,
    without_gates,
)
from archcalc.explanation.stochastic_depth import STOCHASTIC_DEPTH
from archcalc.explanation.working import Working
from archcalc.parts.part import Network, Part
from archcalc.quantities import QUANTITIES
from archcalc.quantities.quantity import ByRule, Quantity, Ratio, Sum
from archcalc.shape import AXES_OF_POSITIONS, Shape, axes_of
from archcalc.traced import Traced, summed


def of_sum(part: Part, quantity: Sum) -> Working:
    """The sum over the parts of a part, or what its only layer that has any computes."""
    return _sum(quantity.name, part, quantity.of, quantity.of_layer)


def _sum(
    name: str,
    part: Part,
    count: Callable[[Part], int],
    of_layer: Callable[[Reading], Number],
) -> Working:
    """The sum of a part's parts; what the only layer that counts computes; or why there is none."""
    found = holder(part, count)
    if found.node is None and not count(found):
        if part.main is None:
            return Working.of(name, Zero("none of its layers has any"))
        found = part.main
    if found.node is not None:
        at = "" if found.node is part.node else part.name_of(found.path)
        return Working.of(name, of_layer(found.traced))._replace(at=at)
    counting = [child for child in found.children if count(child)]
    return Working(name, summed(_terms(found, counting, count)))


def holder(part: Part, count: Callable[[Part], int]) -> Part:
    """The innermost part in it that has all that it has of something; itself where several of its
    parts have some, or none."""
    while part.node is None:
        counting = [child for child in part.children if count(child)]
        if len(counting) != 1:
            return part
        part = counting[0]
    return part


def _terms(part: Part, counting: list[Part], count: Callable[[Part], int]) -> Iterator[Traced]:
    """What a group's sum adds: its parts, equal repetitions taken together."""

    def same(child: Part) -> tuple[str, int]:
        is_copy = child.path.rpartition(".")[2].isdigit()
        return "" if is_copy else child.path, count(child)

    for (_, number), run in groupby(counting, key=same):
        copies = list(run)
        leaf = Traced(number, part.name_of(copies[0].path), computed=True)
        yield leaf if len(copies) == 1 else Traced(len(copies)) * leaf


def _ratio(part: Part, quantity: Ratio) -> Working:
    """One sum over another; 0, or no number at all, where one of them is 0, and why."""
    name, over, under = quantity.name, quantity.over, quantity.under
    if over.of(part) and under.of(part):
        divisor = Traced(under.of(part), under.title, computed=True)
        return Working(name, Traced(over.of(part), over.title, computed=True) / divisor)
    missing = under if over.of(part) else over
    reason = f"none of its layers has {missing.title}"
    if part.node is not None:
        reason = missing.of_layer(part.traced).reason
    return Working.none(name, reason) if over.of(part) else Working.of(name, Zero(reason))


# --- those that are no sums -----------------------------------------------------------------------


def _shape(part: Part) -> Iterator[Working]:
    """The sizes of its output: of a layer computed, of a group those of its last layer."""
    shape = part.output if part.node is None else part.traced.output
    for name, size in zip(axes_of(part.output), shape, strict=True):
        number = size if isinstance(size, Traced) else Traced(size, name)
        yield Working(name, number, is_size=True)


def _receptive_field(part: Part) -> Iterator[Working]:
    net = part.network
    node = part.node or last_window(part)
    seen = part.receptive_field if node is None else seen_from(node, net.receptive_fields)
    yield from _of_field(part, "receptive_field", seen, sized)


def _receptive_field_smallest(part: Part) -> Iterator[Working]:
    yield from _of_field(part, "receptive_field_smallest", part.receptive_field, least)


def _receptive_field_trunk(part: Part) -> Iterator[Working]:
    if part.receptive_field_trunk is None:
        yield Working.none("receptive_field_trunk", "nothing in it sees all positions at once")
    else:
        yield from _of_field(part, "receptive_field_trunk", _of_trunk(part), sized)


def _effective_stride(part: Part) -> Iterator[Working]:
    yield from _of_field(part, "effective_stride", _of_trunk(part), stepped)


def _effective_padding(part: Part) -> Iterator[Working]:
    yield from _of_field(part, "effective_padding", _of_trunk(part), padded)


def _of_trunk(part: Part) -> Seen:
    """What a part's output sees through windows alone."""
    node = part.node or last_window(part)
    if node is None:
        return without_gates(part.receptive_field)
    table = part.network.receptive_fields
    return trunk_from(node, table) or seen_from(node, table)


def _of_field(
    part: Part, name: str, seen: Seen, of: Callable[[Axis | Places], Number]
) -> Iterator[Working]:
    """A figure of a receptive field along each axis, or once for all where it is computed alike."""
    net = part.network
    if isinstance(seen, Undefined):
        node = part.node or last_window(part)
        reason = why_undefined(net, node) if node is not None else seen.reason
        yield Working.none(name, f"undefined: {reason}")
    elif seen.is_whole:
        yield Working.none(name, f"{WHOLE_INPUT}, {net.input_of(part.nodes[-1].name)}")
    else:
        found = [Working.of(name, of(axis))._replace(is_size=True) for axis in seen.known]
        if len({(each.formula, each.substituted) for each in found}) == 1:
            yield found[0]
            return
        for each, axis in zip(found, AXES_OF_POSITIONS[len(found)], strict=True):
            yield each._replace(name=f"{name}_{axis}", label=f"{QUANTITIES[name].title} {axis}")


def _depth(part: Part) -> Iterator[Working]:
    depth = Traced(part.depth) if part.node is not None else longest_path(part)
    reason = "" if depth.value else "no weighted layer"
    yield Working("depth", depth, is_size=True, reason=reason)


def _operations(part: Part) -> Iterator[Working]:
    """Elementary operations other than multiply-adds, a kind at a time."""
    kinds = dict.fromkeys(
        kind for layer in part.readings for kind, count in layer.operations.items() if count
    )
    for kind in kinds:
        yield _of_kind(part, kind)
    if not kinds:
        yield Working.of("operations", Zero(_why_no_operations(part)))


def _of_kind(part: Part, kind: str) -> Working:
    def count(child: Part) -> int:
        found: int = child.operations.get(kind, 0)
        return found

    found = _sum(f"operations_{kind}", part, count, lambda reading: reading.operations[kind])
    return found._replace(label=kind)


def _why_no_operations(part: Part) -> str:
    if part.macs:
        return "multiply-adds alone"
    if part.node is None:
        return "none of its layers has any"
    return str(part.traced.macs.reason)


def _memory_peak(part: Part) -> Iterator[Working]:
    """The outputs alive at the layer of the part that needs the most of them at once."""
    net = part.network
    names = {node.name for node in part.nodes}
    at = max(names, key=lambda name: (net.live_bytes[name], name))
    held = next(list(held) for name, held in alive(net.graph) if name == at)
    outputs = [Traced(net.output_bytes[name], name, computed=True) for name in held]
    rule = f"alive while {at} runs; the network's input counts until its last use"
    yield Working("memory_peak", summed(outputs), note=rule)


def _memory_inference(part: Part) -> Iterator[Working]:
    """What inference needs at the least."""
    number = inference_bytes(
        Traced(part.memory_parameters, "parameter bytes", computed=True),
        Traced(part.memory_buffers, "buffer bytes", computed=True, default=not part.memory_buffers),
        Traced(part.memory_peak, "peak bytes", computed=True),
    )
    yield Working("memory_inference", number)


def _memory_saved(part: Part) -> Iterator[Working]:
    """The tensors that the gradients of a layer need; of a group the sum of what its parts save."""
    trained = part.in_training
    if trained.memory_saved is None:
        yield Working.none("memory_saved", _why_training_is_unknown(trained.network))
    elif not trained.memory_saved:
        yield Working.of("memory_saved", Zero(_why_nothing_saved(trained)))
    elif trained.node is None:
        counting = [child for child in trained.children if child.memory_saved]
        terms = _terms(trained, counting, lambda child: child.memory_saved)
        yield Working("memory_saved", summed(list(terms)))
    else:
        yield Working("memory_saved", summed(list(_tensors_saved(trained))))


def _tensors_saved(part: Part) -> Iterator[Traced]:
    """The bytes of every tensor that counts at a layer, in numbers that show their working."""
    net, reading = part.network, part.traced
    declared = {saved.name: saved for saved in reading.op.saved(reading.y, *reading.xs)}
    for tensor in net.saved_tensors[part.path]:
        if tensor.counts:
            shape = net.graph.shapes[tensor.storage]
            storage = Shape(*map(Traced, shape, axes_of(shape)))
            saved = declared[tensor.declared.name]
            yield bytes_of_saved(saved, storage, reading.batch, reading.bytes_per_number)


def _why_training_is_unknown(net: Network) -> str:
    for node in net.nodes:
        if not node.op.has_known_gradient:
            return f"not known: what is kept of {node.name}, a {node.op.name}, and behind it"
    how = "" if net.mode == "train" else "; it was followed in eval mode"
    return f"not known of {net.origin}{how}"


def _why_nothing_saved(part: Part) -> str:
    if part.node is None:
        return "none of its layers has any"
    tensors = part.network.saved_tensors[part.path]
    if tensors:
        there = " and ".join(f"its {t.declared.name}" for t in tensors)
        return f"{there} {'counts' if len(tensors) == 1 else 'count'} at {tensors[0].first}"
    declared = part.node.op.saved(part.node.shape, *part.node.input_shapes)
    return "no gradient flows through it" if declared else "its gradient needs no values"


def _memory_training(part: Part) -> Iterator[Working]:
    """What training needs at the least."""
    trained = part.in_training
    if trained.memory_training is None:
        yield Working.none("memory_training", _why_training_is_unknown(trained.network))
        return
    if not trained.memory_training:
        yield Working.of("memory_training", Zero("it has no parameters and saves nothing"))
        return
    _, states = OPTIMIZERS[trained.network.optimizer]
    number = training_bytes(
        Traced(trained.memory_parameters, "parameter bytes", computed=True),
        2 + len(states),
        Traced(trained.memory_buffers, "buffer bytes", computed=True, default=not part.buffers),
        Traced(trained.memory_saved, "saved bytes", computed=True),
    )
    copies = ["parameters", "gradients", *states]
    yield Working("memory_training", number, note=f"{', '.join(copies[:-1])} and {copies[-1]}")


RULES: dict[str, Callable[[Part], Iterator[Working]]] = {
    "shape": _shape,
    "operations": _operations,
    "receptive_field": _receptive_field,
    "receptive_field_smallest": _receptive_field_smallest,
    "receptive_field_trunk": _receptive_field_trunk,
    "effective_stride": _effective_stride,
    "effective_padding": _effective_padding,
    "depth": _depth,
    "memory_peak": _memory_peak,
    "memory_inference": _memory_inference,
    "memory_saved": _memory_saved,
    "memory_training": _memory_training,
    **STOCHASTIC_DEPTH,
}
"""How each ByRule is explained."""

_without = [name for name, each in QUANTITIES.items() if isinstance(each, ByRule)]
_without = [name for name in _without if name not in RULES]
if _without:
    raise NotImplementedError(f"explanation/workings.py has no working of {', '.join(_without)}")


def workings(part: Part, quantity: Quantity) -> Iterator[Working]:
    """How a quantity of a part is computed: one number, or several that it consists of."""
    if isinstance(quantity, Sum):
        yield of_sum(part, quantity)
    elif isinstance(quantity, Ratio):
        yield _ratio(part, quantity)
    else:
        yield from RULES[quantity.name](part)
