"""Work on many networks, divided among the processors of the machine."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar

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

    This process does it together with copies of itself, which share the items, and hand back what
    they make of them. It does all of it itself where there is one processor, or where it cannot be
    copied: on Windows, on macOS, whose libraries do not survive it, and where it has threads, which
    a copy lacks.

    Raises:
        ArchcalcError: a copy was ended from outside.
        Exception: what the work raises for the first item for which it raises.
    """
    processes = min(len(items), MOST_PROCESSES, processors())
    if processes < 2 or not _can_be_copied():
        return one_by_one(work, items)
    try:
        numbers = _Numbers(len(items))
    except OSError:  # no files in memory, or no room for one
        return one_by_one(work, items)
    copies: list[_Copy] = []
    try:
        while len(copies) < processes - 1:
            try:
                copies.append(_copy(lambda: _share(work, items, numbers)))
            except OSError:  # no room for more processes
                break
        found = _share(work, items, numbers)
        while copies:
            found |= copies.pop().result()
    finally:
        numbers.close()
        for copy in copies:
            copy.end()
    results = []
    for number in range(len(items)):
        result, error = found[number]
        if error is not None:
            raise error
        results.append(result)
    return results


def processors() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1


def _can_be_copied() -> bool:
    """Whether this process has one thread, on a system that copies processes; a Python that was
    built for an old C library has no files in memory there."""
    has_files = sys.platform == "linux" and hasattr(os, "memfd_create")
    return has_files and len(os.listdir("/proc/self/task")) == 1


class _Numbers:
    """The numbers of items that no process has taken so far: a file in memory, of which a process
    and its copies have one position."""

    SIZE = 4

    def __init__(self, count: int) -> None:
        self._file = os.memfd_create("archcalc")
        with open(self._file, "wb", closefd=False) as file:
            file.writelines(number.to_bytes(self.SIZE, "big") for number in range(count))
        os.lseek(self._file, 0, os.SEEK_SET)

    def take(self) -> int | None:
        """The next number, which no other process gets; None where all are taken."""
        taken = os.read(self._file, self.SIZE)
        return int.from_bytes(taken, "big") if taken else None

    def close(self) -> None:
        """Close the file here."""
        os.close(self._file)


_Outcome = tuple[Any, Exception | None]
"""What was made of an item, or what was raised for it."""


def _share(
    work: Callable[[_T], Any], items: Sequence[_T], numbers: _Numbers
) -> dict[int, _Outcome]:
    """What is made of the items that this process gets, by their numbers; it stops at an error.

    Items before that one have been taken, so the first error of all is among those that are found.
    """
    found: dict[int, _Outcome] = {}
    while (number := numbers.take()) is not None:
        try:
            found[number] = work(items[number]), None
        except Exception as error:
            found[number] = None, error
            break
    return found


class _Copy(NamedTuple):
    """A copy of this process, and where it writes what it has made."""

    process: int
    written: int

    def result(self) -> Any:
        """What it has made, once it has ended.

        Raises:
            ArchcalcError: it was ended from outside.
        """
        import pickle

        with open(self.written, "rb") as file:
            written = file.read()
        _, status = os.waitpid(self.process, 0)
        if status:
            raise ArchcalcError("a process of archcalc was ended from outside")
        return pickle.loads(written)

    def end(self) -> None:
        """End it, whatever it is doing."""
        import signal

        os.close(self.written)
        os.kill(self.process, signal.SIGKILL)
        os.waitpid(self.process, 0)


def _copy(make: Callable[[], Any]) -> _Copy:
    """Start a copy of this process that makes something; Ctrl-C is left to its original.

    Raises:
        OSError: no more processes may start.
    """
    reading, writing = os.pipe()
    try:
        process = os.fork()
    except OSError:
        os.close(reading)
        os.close(writing)
        raise
    if process:
        os.close(writing)
        return _Copy(process, reading)
    try:
        import pickle
        import signal

        signal.signal(signal.SIGINT, signal.SIG_IGN)
        with open(writing, "wb") as file:
            pickle.dump(make(), file)
        os._exit(0)
    finally:
        os._exit(1)
