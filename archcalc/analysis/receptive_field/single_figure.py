"""One figure for what is seen along paths of different strides, where a gate sees it all."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.analysis.receptive_field.axis import (
    Along,
    FieldBudget,
    Places,
    Strands,
    reach,
    staying,
)
from archcalc.analysis.receptive_field.seen import ReceptiveField, Seen, Undefined, stays
from archcalc.analysis.receptive_field.together import positions_along, undefined
from archcalc.shape import Shape


def single_figure(seen: Seen, shape: Shape, budget: FieldBudget) -> Seen:
    """One figure for what is seen along paths of different strides, where a gate sees it all."""
    if isinstance(seen, Undefined) or Strands not in map(type, seen.axes):
        return seen
    shown: list[Along] = []
    trunk: list[Along] = []
    for axis, size, positions in zip(seen.axes, seen.input, positions_along(shape), strict=True):
        shown.append(_gate(axis, size, positions) or axis)
        trunk.append(moving(axis))
    found = _defined(shown, seen, shape, budget)
    if isinstance(found, Undefined):
        return found
    return found._replace(trunk=_defined(trunk, seen, shape, budget))


def _gate(along: Along, size: int, positions: int) -> Places | None:
    """The path on which every position sees the same, where that is all that any other sees."""
    if not isinstance(along, Strands):
        return None
    gate = along.each[0]
    if not isinstance(gate, Places) or gate.shift:
        return None
    if gate.lows == (0,) and gate.highs == (size - 1,):
        return gate
    (first,), (last,), _ = staying(reach(along, positions), size)
    is_all = all(low == first for low in gate.lows) and all(high == last for high in gate.highs)
    return gate if is_all else None


def moving(along: Along) -> Along:
    """The paths on which positions see different parts of the input."""
    if not isinstance(along, Strands):
        return along
    found = tuple(strand for strand in along.each if not stays(strand))
    return found[0] if len(found) == 1 else Strands(found)


def _defined(
    axes: Sequence[Along], seen: ReceptiveField, shape: Shape, budget: FieldBudget
) -> Seen:
    for axis in axes:
        if isinstance(axis, Strands):
            return undefined(_why_several(axis), [seen], [shape], budget)
    return ReceptiveField(tuple(axes), seen.input)


def _why_several(strands: Strands) -> str:
    if stays(strands.each[0]):
        return "joins a map and a gate that sees only a part of what the map sees"
    return f"joins strides {' and '.join(str(strand.stride) for strand in strands.each)}"
