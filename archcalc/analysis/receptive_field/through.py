"""What one op sees of the network's input, from what its inputs see of it.

Araujo, Norris, Sim: Computing receptive fields of convolutional neural networks, Distill 2019.
"""

from __future__ import annotations

from collections.abc import Sequence
from operator import is_

from archcalc.analysis.receptive_field.advance import advance
from archcalc.analysis.receptive_field.axis import (
    SEES_NOTHING,
    Along,
    BeyondUse,
    FieldBudget,
    join_axes,
    reach,
    staying,
)
from archcalc.analysis.receptive_field.seen import ReceptiveField, Seen, Undefined, moves
from archcalc.analysis.receptive_field.together import all_seen, positions_along, undefined
from archcalc.ops.window import POINT, Moved, PointAndWhole, Reach, Resampling, Window
from archcalc.shape import Shape


def through(
    window: Reach, inputs: Sequence[Seen], xs: Sequence[Shape], y: Shape, budget: FieldBudget
) -> Seen:
    """What an op sees, from its window, and from what its inputs see and how large they are."""
    if window is None:
        return all_seen(inputs, xs, budget)
    if isinstance(window, PointAndWhole):
        gated = [*inputs, all_seen(inputs, xs, budget)]
        return through(POINT, gated, [*xs, *xs], y, budget)
    fields = []
    for seen, x in zip(inputs, xs, strict=True):
        if isinstance(seen, Undefined):
            if any(isinstance(other, ReceptiveField) and other.is_whole for other in inputs):
                return all_seen(inputs, xs, budget)
            return undefined(seen.reason, inputs, xs, budget)
        fields.append(_fitted(seen, x, y) if 1 in x[1:] != y[1:] else seen)
    first = fields[0]
    if isinstance(window, Moved):
        return undefined(window.reason, inputs, xs, budget) if moves(first) else first
    try:
        axes = first.axes if len(fields) == 1 else _joined(fields, budget)
        if window is not POINT:
            axes = _advanced(axes, window, budget)
    except BeyondUse as beyond:
        return undefined(str(beyond), inputs, xs, budget)
    if SEES_NOTHING in axes:
        axes = (SEES_NOTHING,) * len(axes)
    return ReceptiveField(axes, first.input)


def _fitted(seen: ReceptiveField, x: Shape, y: Shape) -> ReceptiveField:
    """What an input sees where its only row or column serves all those of the output."""
    before, after = positions_along(x), positions_along(y)
    if not moves(seen) or not len(seen.axes) == len(before) == len(after):
        return seen
    axes = tuple(
        staying(reach(axis, 1), size) if a == 1 != b else axis
        for axis, size, a, b in zip(seen.axes, seen.input, before, after, strict=True)
    )
    return ReceptiveField(axes, seen.input)


def _joined(fields: Sequence[ReceptiveField], budget: FieldBudget) -> tuple[Along, ...]:
    different = list({id(seen.axes): seen.axes for seen in fields}.values())
    if len(different) == 1:
        return different[0]
    first, *others = zip(*different, strict=True)
    joined = join_axes(first, budget)
    # Square windows on square fields keep one axis for both; most networks are so.
    return joined, *[
        joined if all(map(is_, first, along)) else join_axes(along, budget) for along in others
    ]


def _advanced(
    axes: tuple[Along, ...], window: Window | Resampling, budget: FieldBudget
) -> tuple[Along, ...]:
    if len(axes) != len(window[0]):
        return axes  # of a map that was made of what sees the whole input
    first = advance(axes[0], window, 0, budget)
    return first, *[_beside(first, axes, window, i, budget) for i in range(1, len(axes))]


def _beside(
    first: Along,
    axes: tuple[Along, ...],
    window: Window | Resampling,
    axis: int,
    budget: FieldBudget,
) -> Along:
    """What is seen along another axis than the first: the same, where all of it is square."""
    if axes[axis] is not axes[0]:
        return advance(axes[axis], window, axis, budget)
    for pair in window:
        if pair[0] != pair[axis]:
            return advance(axes[axis], window, axis, budget)
    return first
