"""Along one axis: which input positions each output position of a layer sees.

Padding is seen as if the map went on without end. So what output positions see repeats: from one
to the next in a network of windows alone, after a period of positions behind layers that make a map
larger, and not at all where every position sees the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from functools import reduce
from math import lcm
from typing import NamedTuple

from archcalc.arithmetic import Number, maximum, plain, whole


class Axis(NamedTuple):
    """Output position 0 sees `size` input positions, of which the first is `padding` before the
    input's first, and each further output position sees those `stride` further."""

    size: Number
    stride: Number
    padding: Number

    @property
    def smallest(self) -> Number:
        """The fewest input positions that an output position sees."""
        return self.size

    def at(self, position: int) -> tuple[int, int]:
        """The first and the last input position that an output position sees."""
        first = position * self.stride - self.padding
        return first, first + self.size - 1


class Places(NamedTuple):
    """Output position `o` sees the input from `lows[o]` to `highs[o]`, or nothing where they are
    None; position `o + len(lows)` sees what is `shift` further. A shift of 0 moves nothing: what
    stays the same for the whole map."""

    lows: tuple[int | None, ...]
    highs: tuple[int | None, ...]
    shift: int

    @property
    def sizes(self) -> list[int]:
        """How many input positions each output position of a period sees."""
        return [
            0 if low is None or high is None else high - low + 1
            for low, high in zip(self.lows, self.highs, strict=True)
        ]

    @property
    def padding(self) -> int | None:
        """How far before the input's first position that begins which output position 0 sees."""
        return None if self.lows[0] is None else -self.lows[0]

    @property
    def size(self) -> int:
        """The most input positions that an output position sees."""
        return max(self.sizes)

    @property
    def smallest(self) -> int:
        """The fewest input positions that an output position sees."""
        return min(self.sizes)

    def at(self, position: int) -> tuple[int, int] | None:
        """The first and the last input position that an output position sees, if any."""
        period, place = divmod(position, len(self.lows))
        low, high = self.lows[place], self.highs[place]
        moved = period * self.shift
        return None if low is None or high is None else (low + moved, high + moved)

    @property
    def widest(self) -> int:
        """The first output position that sees the most."""
        return self.sizes.index(self.size)

    @property
    def narrowest(self) -> int:
        """The first output position that sees the least."""
        return self.sizes.index(self.smallest)

    @property
    def stride(self) -> Number:
        """Input positions from one output position to the next, on average."""
        return whole(Fraction(self.shift, len(self.lows))) if self.shift else 0


class Strands(NamedTuple):
    """What is seen along paths of different strides, one of which can be 0: in their order."""

    each: tuple[Axis | Places, ...]


Along = Axis | Places | Strands

ONE = Axis(1, 1, 0)
"""The network's input sees itself."""
SEES_NOTHING = Places((None,), (None,), 0)
"""Seen by what reads only the zeros between values, or around them."""

LARGEST_FIELD = 10**30
"""The largest figure of an axis: the strides of a small file multiply without end."""
MOST_PLACES = 1024
"""The longest period: those of layers that enlarge by different factors multiply."""
MOST_STRANDS = 8
"""The most different strides that are followed side by side."""


class BeyondUse(Exception):
    """What is seen cannot be said in figures that anybody would read, with the reason."""


class FieldBudget:
    """How many places may still be worked out for one network, whatever its file asks for."""

    def __init__(self, left: int = 200_000):
        self.left = left

    def spend(self, places: int) -> None:
        """Take some places from it.

        Raises:
            BeyondUse: there are none left.
        """
        self.left -= places
        if self.left < 0:
            raise BeyondUse("sees what repeats over too many positions to work out")


def bounded_period(period: int) -> int:
    """A period that is not too long to be worked out.

    Raises:
        BeyondUse: it is.
    """
    if period > MOST_PLACES:
        raise BeyondUse(f"sees what repeats only after {period} positions")
    return period


def placed(axis: Axis) -> Places:
    """What an Axis sees, as Places with a period of one position."""
    first = -plain(axis.padding)
    return Places((first,), (first + plain(axis.size) - 1,), plain(axis.stride))


def simplest(lows: Sequence[int | None], highs: Sequence[int | None], shift: int) -> Axis | Places:
    """What positions see: an Axis where each sees as much as the one before, a stride further.

    Raises:
        BeyondUse: strides multiply to more than anyone could use.
    """
    low, high = lows[0], highs[0]
    stride, rest = divmod(shift, len(lows))
    seen = Places(tuple(lows), tuple(highs), shift)
    if not any(seen.sizes):
        return SEES_NOTHING
    if rest or not stride or low is None or high is None:
        return seen
    if max(high - low, stride) > LARGEST_FIELD:
        raise BeyondUse("multiplies strides to more than 10^30")
    axis = Axis(high - low + 1, stride, -low)
    return axis if all(axis.at(o) == seen.at(o) for o in range(1, len(lows))) else seen


# --- several paths --------------------------------------------------------------------------------


def join_axes(paths: Sequence[Along], budget: FieldBudget) -> Along:
    """What is seen through several paths: along those of one stride, the smallest interval around
    what each sees.

    Raises:
        BeyondUse: it has no figures of a readable size.
    """
    first = paths[0]
    different = [path for path in paths if path is not first and path != first]
    if not different:
        return first
    by_stride: dict[Number, list[Axis | Places]] = {}
    for path in (first, *different):
        for strand in path.each if isinstance(path, Strands) else (path,):
            if strand is not SEES_NOTHING:
                by_stride.setdefault(plain(strand.stride), []).append(strand)
    if len(by_stride) > MOST_STRANDS:
        raise BeyondUse(f"joins more than {MOST_STRANDS} different strides")
    merged = [_merged(same, budget) for _, same in sorted(by_stride.items())]
    return merged[0] if len(merged) == 1 else Strands(tuple(merged)) if merged else SEES_NOTHING


def _merged(same: Sequence[Axis | Places], budget: FieldBudget) -> Axis | Places:
    """What is seen along paths of one stride."""
    first = same[0]
    if all(seen is first or seen == first for seen in same):
        return first
    axes = [seen for seen in same if isinstance(seen, Axis)]
    if len(axes) == len(same):
        return _merged_evenly(axes)
    return _merged_by_place(
        [placed(seen) if isinstance(seen, Axis) else seen for seen in same], budget
    )


def _merged_by_place(seen: Sequence[Places], budget: FieldBudget) -> Axis | Places:
    period = bounded_period(lcm(*(len(places.lows) for places in seen)))
    budget.spend(2 * period * len(seen))
    lows = zip(*(_over(places.lows, places.shift, period) for places in seen), strict=True)
    highs = zip(*(_over(places.highs, places.shift, period) for places in seen), strict=True)
    shift = seen[0].shift * period // len(seen[0].lows)
    return simplest(
        [min((n for n in ends if n is not None), default=None) for ends in lows],
        [max((n for n in ends if n is not None), default=None) for ends in highs],
        shift,
    )


def _over(ends: Sequence[int | None], shift: int, period: int) -> Iterator[int | None]:
    for k in range(period // len(ends)):
        yield from (None if end is None else end + k * shift for end in ends)


def _merged_evenly(along: Sequence[Axis]) -> Axis:
    paddings, ends = [plain(axis.padding) for axis in along], list(map(_end, along))
    first, last = along[paddings.index(max(paddings))], along[ends.index(max(ends))]
    if (max(paddings), max(ends)) in zip(paddings, ends, strict=True):
        size = reduce(maximum, [axis.size for axis in along])
    else:
        size = first.padding + last.size - last.padding
    return Axis(size, first.stride, first.padding)


def _end(axis: Axis) -> int:
    """The first input position behind what output position 0 sees."""
    end: int = plain(axis.size) - plain(axis.padding)
    return end


# --- all positions of a map together --------------------------------------------------------------


def reach(seen: Along, positions: int) -> tuple[int, int] | None:
    """The first and the last input position that any of so many output positions sees."""
    if isinstance(seen, Axis):
        moved = plain(seen.stride) * (positions - 1)
        return -plain(seen.padding), _end(seen) - 1 + moved
    if isinstance(seen, Strands):
        return around(reach(strand, positions) for strand in seen.each)
    period = len(seen.lows)
    # What is furthest back is seen in the first period, and what is furthest on in the last.
    lows = [low for low in seen.lows[:positions] if low is not None]
    highs = [
        high + o // period * seen.shift
        for o in range(max(0, positions - period), positions)
        if (high := seen.highs[o % period]) is not None
    ]
    return (min(lows), max(highs)) if lows and highs else None


def around(intervals: Iterable[tuple[int, int] | None]) -> tuple[int, int] | None:
    """The smallest interval around several."""
    found = [interval for interval in intervals if interval is not None]
    return (min(low for low, _ in found), max(high for _, high in found)) if found else None


def staying(interval: tuple[int, int] | None, size: int) -> Places:
    """What every output position sees alike, of an input of that size."""
    if interval is None or interval[1] < 0 or interval[0] >= size:
        return SEES_NOTHING
    return Places((max(interval[0], 0),), (min(interval[1], size - 1),), 0)
