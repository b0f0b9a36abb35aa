"""Work on many networks, divided among the processors of the machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from archcalc.errors import ArchcalcError

_T = TypeVar("_T")
_R = TypeVar("_R")

MOST_PROCESSES = 8
"""More of them save less time than they take memory."""


def one_by_one(work: Callable[[_T], _R], items: Sequence[_T]) -> list[_R]:
    """What some work makes of each item, in their order."""
    return [work(item) for item in items]


def in_processes(work: Callable[[_T], _R], items: Sequence[_T]) -> list[_R]:
    """What some work makes of each item, in their order; items that take long should come first.

    Copies of this process share the items, and hand back what they make of them. It does all of it
    itself where there is one processor, or where it cannot be copied: on Windows, on macOS, whose
    libraries do not survive it, and where it has threads, which a copy lacks.

    Raises:
        ArchcalcError: a copy was ended from outside.
        Exception: what the work raises for the first item for which it raises.
    """
    processes = min(len(items), MOST_PROCESSES, processors())
    if processes < 2 or not _can_be_copied():
        return one_by_one(work, items)
    from concurrent.futures import ProcessPoolExecutor
    from concurrent.futures.process import BrokenProcessPool
    from multiprocessing import get_context

    try:
        pool = ProcessPoolExecutor(processes, get_context("fork"), _take_over, (work, items))
    except (OSError, NotImplementedError):  # no semaphores
        return one_by_one(work, items)
    try:
        try:
            results = [pool.submit(_do, i) for i in range(len(items))]
        except OSError:  # no room for more processes
            _end_copies()
            return one_by_one(work, items)
        # `map` would cancel the others first.
        return [result.result() for result in results]
    except BrokenProcessPool:
        raise ArchcalcError("a process of archcalc was ended from outside") from None
    except BaseException:
        _end_copies()
        raise
    finally:
        pool.shutdown(cancel_futures=True)


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _can_be_copied() -> bool:
    """Whether this process has one thread, on a system that copies processes."""
    return sys.platform == "linux" and len(os.listdir("/proc/self/task")) == 1


_taken_over: tuple[Callable[[Any], Any], Sequence[Any]]
"""What a copy works on. It has it as its original had it: nothing is written and read again."""


def _take_over(work: Callable[[_T], Any], items: Sequence[_T]) -> None:
    """Begin as a copy, which leaves Ctrl-C to its original: that ends its copies."""
    import signal

    global _taken_over
    _taken_over = work, items
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def _end_copies() -> None:
    from multiprocessing import active_children

    for copy in active_children():
        copy.terminate()


def _do(i: int) -> Any:
    work, items = _taken_over
    return work(items[i])
