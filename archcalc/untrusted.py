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
        _check(os.fstat(file.fileno()).st_mode)  # what is there by now
    except OSError:
        file.close()
        raise
    return file


def _check(mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise OSError(0, "is no regular file")


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
