"""Writing files and folders: whole, or not at all.

What is written is a draft beside its place first, which then takes that place. A draft that a run
has left behind, because it was killed, is cleared away by the next one.
"""

from __future__ import annotations

import errno
import os
import re
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from archcalc.errors import ArchcalcError, quote, reason
from archcalc.untrusted import was_opened

NOTHING = "; nothing was written"
MOST_KEPT = 10_000
"""Files that a folder may hold for its pages to be exchanged all at once."""


def _cannot_write(path: Path, error: OSError, written: str = NOTHING) -> ArchcalcError:
    return ArchcalcError(f"cannot write {quote(path, marks='')}: {reason(error)}{written}")


def _error(number: int) -> OSError:
    return OSError(number, os.strerror(number))


def write_file(path: Path, text: str | bytes) -> None:
    """Write a file whole, or not at all: see `write_by`.

    Raises:
        ArchcalcError: it cannot be written.
    """
    write_by(path, lambda place: _write(place, text))


def write_by(path: Path, write: Callable[[Path], object]) -> None:
    """Let a file be written whole, or not at all; a link stays, and what it leads to is written.

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
            _check_not_read(path)
            if path.exists() and not os.access(path, os.W_OK):
                raise _error(errno.EACCES)
            place = Path(os.path.realpath(path))
            with _draft_of(place) as draft:
                write(draft)
                draft.chmod(stat.S_IMODE(mode))
                os.replace(draft, place)
        elif stat.S_ISDIR(mode):
            raise _error(errno.EISDIR)
        else:
            written = ""
            write(path)
    except OSError as error:
        raise _cannot_write(path, error, written) from None


def write_folder(folder: Path, files: Mapping[str, str]) -> None:
    """Write files into a folder, which is made if it is not there: all of them, or none.

    A folder that holds files alone is exchanged for a new one that holds them too, so that nobody
    ever sees old and new pages together; in another one they are replaced one after the other.

    Raises:
        ArchcalcError: one of them cannot be written; then none was.
    """
    place = Path(os.path.realpath(folder))
    try:
        for name in files:
            _check_not_read(place / name)
            if (place / name).is_dir():
                raise _cannot_write(folder / name, _error(errno.EISDIR))
        if not next(path for path in (place, *place.parents) if path.exists()).is_dir():
            raise _error(errno.ENOTDIR)
        place.parent.mkdir(parents=True, exist_ok=True)
        if _is_exchangeable(place):
            with _draft_of(place) as draft:
                _fill(draft, files, folder)
                _exchange(draft, place)
        else:
            with _draft_of(place / "report") as draft:
                _fill(draft, files, folder)
                _replace_each(draft, place, files)
    except OSError as error:
        raise _cannot_write(folder, error) from None


def _check_not_read(path: Path) -> None:
    if was_opened(path):
        said = f"cannot write {quote(path, marks='')}: that is the file that was read"
        raise ArchcalcError(said + NOTHING)


def _write(path: Path, text: str | bytes) -> None:
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def _fill(draft: Path, files: Mapping[str, str], folder: Path) -> None:
    draft.mkdir()
    for name, text in files.items():
        try:
            _write(draft / name, text)
        except OSError as error:
            raise _cannot_write(folder / name, error) from None


def _is_exchangeable(folder: Path) -> bool:
    """Whether another folder can take its place unnoticed by what else is in it or uses it."""
    if not os.access(folder.parent, os.W_OK):
        return False
    if not folder.exists():
        return True
    with os.scandir(folder) as entries:
        kept = [entry.is_file(follow_symlinks=False) for entry in entries]
    is_in_use = folder.is_mount() or Path.cwd().is_relative_to(folder)
    return all(kept) and len(kept) <= MOST_KEPT and not is_in_use


def _exchange(draft: Path, folder: Path) -> None:
    """Put a folder in another one's place, with the files of the latter that it lacks."""
    if not folder.exists():
        os.rename(draft, folder)
        return
    for kept in folder.iterdir():
        if not (draft / kept.name).exists():
            os.link(kept, draft / kept.name)
    from shutil import copystat

    copystat(folder, draft)
    former = draft.with_suffix(".old")
    os.rename(folder, former)
    try:
        os.rename(draft, folder)
    except OSError:
        os.rename(former, folder)
        raise
    _remove(former)


def _replace_each(draft: Path, folder: Path, files: Mapping[str, str]) -> None:
    """Move files into a folder, and take all of that back where one cannot be moved."""
    former = draft / "former"
    former.mkdir()
    replaced = []
    try:
        for name in files:
            if (folder / name).exists():
                os.link(folder / name, former / name)
            os.replace(draft / name, folder / name)
            replaced.append(name)
    except OSError:
        for name in replaced:
            if (former / name).exists():
                os.replace(former / name, folder / name)
            else:
                (folder / name).unlink()
        raise


# --- drafts ---------------------------------------------------------------------------------------


@contextmanager
def _draft_of(place: Path) -> Iterator[Path]:
    """The path of a draft, which is gone afterwards."""
    name = f".{place.name[:50]}."
    _clear(place, name)
    draft = place.parent / f"{name}{os.getpid()}.draft"
    try:
        yield draft
    finally:
        _remove(draft)


def _clear(place: Path, name: str) -> None:
    """Remove what killed runs have left; a folder that one had just set aside goes back."""
    with suppress(OSError):
        for left in place.parent.iterdir():
            found = re.fullmatch(rf"{re.escape(name)}(\d+)\.(draft|old)", left.name)
            if found is None or _is_running(int(found[1])):
                continue
            if found[2] == "old" and not place.exists():
                os.rename(left, place)
            else:
                _remove(left)


def _remove(path: Path) -> None:
    """Remove a draft; one that stays changes nothing in what was written."""
    if path.is_dir():
        from shutil import rmtree

        rmtree(path, ignore_errors=True)
    else:
        with suppress(OSError):
            path.unlink()


def _is_running(process: int) -> bool:
    if os.name != "posix":
        return True  # there, the signal 0 would end it
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return process != os.getpid()


def _usual_mode() -> int:
    umask = os.umask(0)
    os.umask(umask)
    return 0o666 & ~umask
