"""What all positions of some maps together see."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import repeat

from archcalc.analysis.receptive_field.axis import (
    BeyondUse,
    FieldBudget,
    Places,
    around,
    reach,
    staying,
)
from archcalc.analysis.receptive_field.seen import Interval, ReceptiveField, Seen, Undefined
from archcalc.shape import Shape, Signal


def all_seen(inputs: Sequence[Seen], xs: Sequence[Shape], budget: FieldBudget) -> ReceptiveField:
    """What reads all of its inputs sees all that any position of them sees."""
    sizes = inputs[0].input
    axes = map(staying, _reaches(inputs, xs, budget), sizes)
    return ReceptiveField(tuple(axes), sizes)


def undefined(
    reason: str, inputs: Sequence[Seen], xs: Sequence[Shape], budget: FieldBudget
) -> Undefined:
    """What has no single size, for a reason, with all that it sees of these inputs."""
    return Undefined(reason, _reaches(inputs, xs, budget), inputs[0].input)


def _reaches(
    inputs: Sequence[Seen], xs: Sequence[Shape], budget: FieldBudget
) -> tuple[Interval, ...]:
    """What all positions of some maps together see; the whole input, where that is too much to work
    out."""
    found = []
    for seen, x in zip(inputs, xs, strict=True):
        if isinstance(seen, Undefined):
            found.append(seen.reach)
            continue
        try:
            budget.spend(sum(len(axis.lows) for axis in seen.axes if isinstance(axis, Places)))
        except BeyondUse:
            return tuple((0, size - 1) for size in seen.input)
        found.append(tuple(map(reach, seen.axes, _positions_of(seen, x))))
    return tuple(map(around, zip(*found, strict=True)))


def _positions_of(seen: ReceptiveField, x: Shape) -> Iterable[int]:
    """The positions of a tensor along each axis of the input; one where its axes are others, as
    those of a vector are, all of whose values see the same."""
    sizes = positions_along(x)
    return sizes if len(sizes) == len(seen.axes) else repeat(1)


def positions_along(shape: Shape) -> tuple[int, ...]:
    """The axes that positions are along: those of a map CxHxW but the first, of a sequence LxC and
    of a vector but the last."""
    return shape[1:] if len(shape) > 2 or isinstance(shape, Signal) else shape[:-1]
