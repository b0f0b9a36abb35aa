"""What an output sees of the input, and how many weighted layers lie between."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from archcalc.analysis.receptive_field.of_network import largest_field, network_receptive_field
from archcalc.analysis.receptive_field.seen import ReceptiveField, Seen, Undefined, moves
from archcalc.parts.part import Network, Part
from archcalc.quantities.quantity import FIELD, SIDES, SIZES, ByRule, always


def _receptive_field(part: Part) -> Seen:
    net = part.network
    if part is net:
        return network_receptive_field(net.graph, net.receptive_fields)
    return largest_field([net.receptive_fields[node.name] for node in part.ends])


def _what_figures_mean(net: Network) -> list[str]:
    """What is said of a receptive field that is more than one number."""
    seen = net.receptive_field
    said: list[str] = []
    if isinstance(seen, Undefined):
        return said
    if len(net.graph.outputs) > 1:
        said.append("Of several outputs the largest.")
    if seen.trunk is not None:
        said.append("In brackets: through windows alone.")
    if _is_uneven(seen):
        said.append("a..b: from the smallest to the largest, by the output's position.")
    return said


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
    remarks=_what_figures_mean,
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
    "the receptive field through windows alone, where gates by global pooling, attention or norms "
    "see all positions.",
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
        depths[node.name] = before + node.op.weighted_layers
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
