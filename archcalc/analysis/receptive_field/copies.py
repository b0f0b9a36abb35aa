"""What the copies of a block see: as much more than the first of them as their input does.

A window adds to what it reads as many strides as it is wide, whatever that sees. So of two copies
of a block whose inputs have the same stride, each node of the one sees so much more than that of
the other as its input sees more. Where gates see the whole input, they do in every copy.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from archcalc.analysis.receptive_field.axis import (
    SEES_NOTHING,
    Along,
    Axis,
    Places,
    Strands,
)
from archcalc.analysis.receptive_field.seen import ReceptiveField, Seen
from archcalc.arithmetic import Number, plain


class More(NamedTuple):
    """How many positions more are seen along an axis, and how many of these come earlier."""

    size: Number
    padding: Number


Growth = tuple[More | None, ...]
"""What one input sees more than another along each axis; None where both see the same."""


def seen_more(one: Seen, other: Seen) -> Growth | None:
    """How much more is seen by the other; None where that is not all in which they differ."""
    if one is other or one == other:
        return ()
    if not isinstance(one, ReceptiveField) or not isinstance(other, ReceptiveField):
        return None
    found: list[More | None] = []
    for a, b, size in zip(one.axes, other.axes, one.input, strict=True):
        if a == b:
            found.append(None)
            continue
        before, after = _windows(a, size), _windows(b, size)
        if before is None or after is None or type(a) is not type(b):
            return None
        if before.stride != after.stride:
            return None
        found.append(More(after.size - before.size, after.padding - before.padding))
    return tuple(found)


def most_seen(block: Iterable[Seen], axes: Sequence[int]) -> int | None:
    """The most that a node of a block sees along some axes; None unless all that they see there
    grows as what the block takes does."""
    most = 0
    for seen in block:
        if not isinstance(seen, ReceptiveField):
            return None
        for axis in axes:
            for strand in _strands(seen.axes[axis]):
                if isinstance(strand, Axis):
                    most = max(most, plain(strand.size))
                elif strand != SEES_NOTHING and not _sees_all(strand, seen.input[axis]):
                    return None
    return most


def grown(seen: Seen, more: Growth) -> Seen:
    """What sees so much more, of what grows alike."""
    if not more:
        return seen
    assert isinstance(seen, ReceptiveField), "what has no size does not grow"
    first, *others = seen.axes
    axes = [_grown(first, more[0])]
    for along, by in zip(others, more[1:], strict=True):
        is_square = along is first and by == more[0]
        axes.append(axes[0] if is_square else _grown(along, by))
    return ReceptiveField(tuple(axes), seen.input)


def _grown(along: Along, by: More | None) -> Along:
    if by is None or isinstance(along, Places):
        return along
    if isinstance(along, Strands):
        return Strands(tuple([_grown(strand, by) for strand in along.each]))  # type: ignore[misc]
    return Axis(along.size + by.size, along.stride, along.padding + by.padding)


def _windows(along: Along, size: int) -> Axis | None:
    """What is seen through windows alone, where gates see all the rest."""
    *gates, last = _strands(along)
    are_whole = all(isinstance(gate, Places) and _sees_all(gate, size) for gate in gates)
    return last if are_whole and isinstance(last, Axis) else None


def _strands(along: Along) -> tuple[Axis | Places, ...]:
    return along.each if isinstance(along, Strands) else (along,)


def _sees_all(places: Places, size: int) -> bool:
    return places == ((0,), (size - 1,), 0)
