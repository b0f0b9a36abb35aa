"""How each quantity of a part of a network is computed, as arithmetic."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from archcalc.analysis.receptive_field.axis import Axis, Places
from archcalc.analysis.receptive_field.seen import WHOLE_INPUT, Seen, Undefined
from archcalc.arithmetic import Number, Zero
from archcalc.explanation.depth import longest_path
from archcalc.explanation.memory import MEMORY
from archcalc.explanation.part_sums import of_sum, sum_of_parts
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
from archcalc.parts.part import Part
from archcalc.quantities import QUANTITIES
from archcalc.quantities.quantity import ByRule, Quantity, Ratio, Sum
from archcalc.shape import AXES_OF_POSITIONS, axes_of
from archcalc.traced import Traced


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
        whole = f"{WHOLE_INPUT}, {net.input_of(part.nodes[-1].name)}"
        is_size = name.startswith("receptive_field")
        yield Working.none(name, whole if is_size else f"none: an output sees {whole}")
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

    name = f"operations_{kind}"
    found = sum_of_parts(name, part, count, lambda reading: reading.operations[kind])
    return found._replace(label=kind)


def _why_no_operations(part: Part) -> str:
    if part.macs:
        return "multiply-adds alone"
    if part.node is None:
        return "none of its layers has any"
    return str(part.traced.macs.reason)


RULES: dict[str, Callable[[Part], Iterator[Working]]] = {
    "shape": _shape,
    "operations": _operations,
    "receptive_field": _receptive_field,
    "receptive_field_smallest": _receptive_field_smallest,
    "receptive_field_trunk": _receptive_field_trunk,
    "effective_stride": _effective_stride,
    "effective_padding": _effective_padding,
    "depth": _depth,
    **MEMORY,
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
