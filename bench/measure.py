"""Timing two things in turn, and the ratio pair by pair."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable

ENOUGH = 0.2
"""Seconds that a short call is repeated for: a machine's pace changes from one to the next."""


def seconds(call: Callable[[], object]) -> float:
    """The mean wall time of a call over ENOUGH of them, garbage collected before."""
    gc.collect()
    calls, start = 0, time.perf_counter()
    while not calls or time.perf_counter() - start < ENOUGH:
        call()
        calls += 1
    return (time.perf_counter() - start) / calls


def in_turn(
    a: Callable[[], object], b: Callable[[], object], pairs: int
) -> tuple[float, float, float]:
    """Median seconds of `a` and of `b`, and the median of b/a pair by pair, after one warm-up."""
    a()
    b()
    times = [(seconds(a), seconds(b)) for _ in range(pairs)]
    return (
        statistics.median(x for x, _ in times),
        statistics.median(y for _, y in times),
        statistics.median(y / x for x, y in times),
    )
