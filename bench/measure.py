"""Timing two things in turn, and the ratio pair by pair."""

from __future__ import annotations

import gc
import statistics
import time
from collections.abc import Callable


def seconds(call: Callable[[], object]) -> float:
    """The wall time of one call, garbage collected before."""
    gc.collect()
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


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
