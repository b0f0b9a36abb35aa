"""Files of anyone, opened to be read: one that never ends, or never begins, is refused."""

from __future__ import annotations

import errno
import io
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING, Any, BinaryIO, TypeVar

from archcalc.errors import ArchcalcError, quote, reason

if TYPE_CHECKING:
    from pathlib import Path  # of which the help has no need

_Read = TypeVar("_Read")
_FileId = tuple[int, int]
"""A file's device and its number there, which are the same by whatever name it is opened."""


class _Opened:
    """The files that a command has opened, and what the last of those that were read whole held."""

    def __init__(self) -> None:
        self.ids: set[_FileId] = set()
        self.last: tuple[str, int, bytes] = ("", 0, b"")


_opened: ContextVar[_Opened | None] = ContextVar("_opened", default=None)


@contextmanager
def untrusted_file(path: Path | str) -> Iterator[BinaryIO]:
    """A file opened to be read, unless it is a pipe, a socket or a device; nothing is waited for.

    Raises:
        ArchcalcError: there is no such file, or it is no regular one, or it cannot be read.
    """
    try:
        with _open_regular(path) as file:
            yield file
    except FileNotFoundError:
        raise ArchcalcError(f"no file {quote(path)}") from None
    except OSError as error:
        raise ArchcalcError(f"{quote(path, '')}: cannot be read: {reason(error)}") from None


def read_untrusted(path: Path | str, most: int) -> bytes:
    """What a file holds, or the first `most` bytes of it.

    Within `opened_files_remembered` a file is read once for all of its networks in turn.

    Raises:
        ArchcalcError: as of `untrusted_file`.
    """
    opened, key = _opened.get(), (os.fspath(path), most)
    if opened is not None and opened.last[:2] == key:
        return opened.last[2]
    with untrusted_file(path) as file:
        data = file.read(most)
    if opened is not None:
        opened.last = (*key, data)
    return data


@contextmanager
def opened_files_remembered() -> Iterator[None]:
    """Within it, `was_opened` knows the files that `untrusted_file` has opened there."""
    token = _opened.set(_Opened())
    try:
        yield
    finally:
        _opened.reset(token)


def was_opened(path: Path) -> bool:
    """Whether a file, by whatever name, was opened within `opened_files_remembered`."""
    try:
        opened = _opened.get()
        return opened is not None and _file_id(path.stat()) in opened.ids
    except (OSError, ValueError):
        return False


def _open_regular(path: Path | str) -> BinaryIO:
    try:
        mode = os.stat(path).st_mode
    except ValueError as error:  # a NUL in the path
        raise OSError(0, str(error)) from None
    if not stat.S_ISDIR(mode):  # to open one says so
        _check(mode)
    file = io.BufferedReader(_NotWaiting(path, opener=_without_waiting))
    try:
        found = os.fstat(file.fileno())  # what is there by now
        _check(found.st_mode)
    except OSError:
        file.close()
        raise
    opened = _opened.get()
    if opened is not None:
        opened.ids.add(_file_id(found))
    return file


class _NotWaiting(io.FileIO):
    """A file that is read without waiting; one that has nothing yet, as the kernel's, has none."""

    def readinto(self, buffer: Any) -> int:
        count: int = _read(super().readinto(buffer))
        return count

    def readall(self) -> bytes:
        return _read(super().readall())


def _read(found: _Read | None) -> _Read:
    if found is None:
        raise BlockingIOError(errno.EAGAIN, "has nothing to read now")
    return found


def _file_id(found: os.stat_result) -> _FileId:
    return found.st_dev, found.st_ino


def _check(mode: int) -> None:
    if not stat.S_ISREG(mode):
        raise OSError(0, "is no regular file")


def _without_waiting(path: str, flags: int) -> int:
    return os.open(path, flags | getattr(os, "O_NONBLOCK", 0))
