"""Files of anyone, opened to be read: one that never ends, or never begins, is refused."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import BinaryIO


def open_regular(path: Path) -> BinaryIO:
    """A file opened to be read, unless it is a pipe, a socket or a device; nothing is waited for.

    Raises:
        OSError: it cannot be opened, or is no regular file.
        ValueError: its path has a NUL.
    """
    mode = path.stat().st_mode
    if not stat.S_ISDIR(mode):  # to open one says so
        _check(mode)
    file = open(path, "rb", opener=_without_waiting)  # noqa: SIM115
    try:
        found = os.fstat(file.fileno())  # what is there by now
        _check(found.st_mode)
    except OSError:
        file.close()
        raise
    _opened.add((found.st_dev, found.st_ino))
    return file


_opened: set[tuple[int, int]] = set()
"""The files that were opened, by device and number."""


def was_opened(path: Path) -> bool:
    """Whether a file is one of those that `open_regular` has opened, by whatever name."""
    try:
        found = path.stat()
    except (OSError, ValueError):
        return False
    return (found.st_dev, found.st_ino) in _opened


def forget_opened() -> None:
    """Begin anew: what was opened so far may be written again."""
    _opened.clear()


def _check(mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise OSError(0, "is no regular file")


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
