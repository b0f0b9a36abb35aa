"""Writing files and folders: whole, or not at all."""

from __future__ import annotations

import errno
import os
import stat
import tempfile
from collections.abc import Mapping
from pathlib import Path

from archcalc.errors import ArchcalcError, quote

NOTHING = "; nothing was written"


def reason(error: OSError) -> str:
    """What the system says, as it stands inside a line."""
    return (error.strerror or str(error)).lower()


def _cannot_write(path: Path, error: OSError, written: str) -> ArchcalcError:
    problem = f"cannot write {quote(path, marks='')}: {reason(error)}"
    return ArchcalcError(problem + written)


def write_file(path: Path, text: str) -> None:
    """Write a file whole, or not at all; a link stays, and what it leads to is written.

    A pipe or a device is written to as it is: there, nothing can be taken back.

    Raises:
        ArchcalcError: it cannot be written.
    """
    written = NOTHING
    try:
        try:
            mode = path.stat().st_mode
        except FileNotFoundError:
            mode = stat.S_IFREG | _usual_mode()
        if stat.S_ISREG(mode):
            if path.exists() and not os.access(path, os.W_OK):
                raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
            _replace(Path(os.path.realpath(path)), text, stat.S_IMODE(mode))
        elif stat.S_ISDIR(mode):
            raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
        else:
            written = ""
            path.write_text(text, encoding="utf-8", newline="\n")
    except OSError as error:
        raise _cannot_write(path, error, written) from None


def write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Write files into a folder, which is made if it is not there: all of them, or none.

    Raises:
        ArchcalcError: one of them cannot be written; then none was.
    """
    place = folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder, prefix=".") as drafts:
            for name, text in files.items():
                place = folder / name
                if place.is_dir():
                    raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR))
                Path(drafts, name).write_text(text, encoding="utf-8", newline="\n")
            for name in files:
                place = folder / name
                os.replace(Path(drafts, name), place)
    except OSError as error:
        raise _cannot_write(place, error, NOTHING) from None


def _replace(path: Path, text: str, mode: int) -> None:
    """Put a finished file where a path is, so that nobody sees half of it."""
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:50]}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(temporary, mode)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def _usual_mode() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
