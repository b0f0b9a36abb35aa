"""Along one axis, one more window: what is seen after a layer from what is seen before it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from math import gcd
from typing import NamedTuple

from archcalc.analysis.receptive_field.axis import (
    LARGEST_FIELD,
    Along,
    Axis,
    BeyondUse,
    FieldBudget,
    Places,
    Strands,
    bounded_period,
    join_axes,
    placed,
    simplest,
)
from archcalc.arithmetic import extent, plain
from archcalc.ops.window import Resampling, Window


def advance(seen: Along, window: Window | Resampling, axis: int, budget: FieldBudget) -> Along:
    """What is seen after one more window.

    Raises:
        BeyondUse: it has no figures of a readable size.
    """
    if type(window) is Window and plain(window.finer[axis]) == 1:
        return _advance_by_window(seen, window, axis, budget)
    if isinstance(seen, Strands):
        return join_axes([advance(strand, window, axis, budget) for strand in seen.each], budget)
    places = placed(seen) if isinstance(seen, Axis) else seen
    return _advance_by_place(places, _reads(window, axis), budget)


def _advance_by_window(seen: Along, window: Window, axis: int, budget: FieldBudget) -> Along:
    """What is seen after a window that reads whole positions: at least one wherever it stands."""
    if type(seen) is Axis:
        return _advance_evenly(seen, window, axis)
    if isinstance(seen, Strands):
        # All strides grow alike, so that they stay different and in their order.
        each = [_advance_by_window(strand, window, axis, budget) for strand in seen.each]
        return Strands(tuple(each))  # type: ignore[arg-type]
    assert isinstance(seen, Places)
    if not seen.shift and len(seen.lows) == 1:
        return seen  # the same for the whole map
    return _advance_by_place(seen, _reads(window, axis), budget)


def _advance_evenly(seen: Axis, window: Window, axis: int) -> Axis:
    """The rule of Araujo et al. 2019: `size + (kernel - 1)·stride so far`."""
    so_far = seen.stride
    kernel = extent(window.kernel_size[axis], window.dilation[axis])
    after = Axis(
        seen.size + (kernel - 1) * so_far,
        so_far * window.stride[axis],
        seen.padding + window.padding[axis] * so_far,
    )
    if plain(after.size) > LARGEST_FIELD or plain(after.stride) > LARGEST_FIELD:
        raise BeyondUse("multiplies strides to more than 10^30")
    return after


class _Run(NamedTuple):
    """Input positions that an output position reads: `many` from `first` on, `step` apart."""

    first: int
    step: int
    many: int


class _Reads(NamedTuple):
    """What the output positions of a period read, and how much further the next period does."""

    runs: tuple[_Run, ...]
    shift: int


def _reads(window: Window | Resampling, axis: int) -> _Reads:
    along = [plain(pair[axis]) for pair in window]
    return _resampled(*along) if isinstance(window, Resampling) else _slid(*along)


@lru_cache(maxsize=256)
def _slid(kernel: int, stride: int, padding: int, dilation: int, finer: int) -> _Reads:
    period = bounded_period(finer // gcd(finer, stride))
    runs = [_run(o * stride - padding, kernel, dilation, finer) for o in range(period)]
    return _Reads(tuple(runs), stride * period // finer)


@lru_cache(maxsize=256)
def _resampled(step: int, parts: int, first: int, last: int) -> _Reads:
    common = gcd(step, parts)
    ends = [
        ((step * o + first) // parts, (step * o + last) // parts)
        for o in range(bounded_period(parts // common))
    ]
    return _Reads(tuple(_Run(low, 1, high - low + 1) for low, high in ends), step // common)


def _run(start: int, kernel: int, dilation: int, finer: int) -> _Run:
    """The whole numbers among `(start + k·dilation)/finer`, for `k` below the kernel's size."""
    common = gcd(dilation, finer)
    apart = finer // common  # from one k to the next that gives a whole number
    if start % common:
        return _Run(0, 1, 0)
    k = -(start // common) * pow(dilation // common, -1, apart) % apart
    many = max(0, -((k - kernel) // apart))
    return _Run((start + k * dilation) // finer, dilation // common, many)


def _advance_by_place(seen: Places, reads: _Reads, budget: FieldBudget) -> Along:
    period = len(seen.lows)
    repeats = period // gcd(reads.shift, period)
    bounded_period(repeats * len(reads.runs))
    shift = seen.shift * (repeats * reads.shift) // period
    runs = [
        _Run(run.first + k * reads.shift, run.step, run.many)
        for k in range(repeats)
        for run in reads.runs
    ]
    backward = [_Run(r.first + (r.many - 1) * r.step, -r.step, r.many) for r in runs]
    lows = list(_extremes(seen.lows, seen.shift, runs, 1, budget))
    highs = list(_extremes(seen.highs, seen.shift, backward, -1, budget))
    return simplest(lows, highs, shift)


def _extremes(
    ends: Sequence[int | None], shift: int, runs: Sequence[_Run], sign: int, budget: FieldBudget
) -> Iterator[int | None]:
    """For each run the least end (the greatest, where the sign is -1) of the positions in it.

    Of the positions a period apart the first in its run has it, and where ends never turn back
    the first of all."""
    period = len(ends)
    following = [*ends[1:], None if ends[0] is None else ends[0] + shift]
    turns = any(a is None or b is None or b < a for a, b in zip(ends, following, strict=True))
    for first, step, many in runs:
        needed = min(many, period // gcd(step, period) if turns else 1)
        budget.spend(1 + needed)
        found = [
            end + i // period * shift
            for i in range(first, first + needed * step, step)
            if (end := ends[i % period]) is not None
        ]
        yield (min(found) if sign > 0 else max(found)) if found else None
