"""How commands print or write: one way for all of them."""

from __future__ import annotations

import errno
import os
import shutil
import stat
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from archcalc.errors import ArchcalcError, quote
from archcalc.formats import FORMATS

NOTHING = "; nothing was written"

Command = TypeVar("Command", bound=Callable[..., Any])


class OutputPath(click.Path):
    """Where `--output` writes: a file, or for `report` a folder; an empty path would be the
    current one."""

    def __init__(self, kind: str = "file") -> None:
        super().__init__(path_type=Path)
        self.kind = kind

    def convert(self, value: Any, *context: Any) -> Any:
        """The path that a user gives."""
        if value == "" or (self.kind == "file" and value.endswith(("/", os.sep))):
            raise ArchcalcError(f"--output takes the path of a {self.kind}, got {quote(value)}")
        return super().convert(value, *context)


def output_options(*formats: str) -> Callable[[Command], Command]:
    """`--format` and `--output`, for every command that prints a table."""

    def add(command: Command) -> Command:
        command = click.option(
            "--output",
            type=OutputPath(),
            help="Write to this file instead of the terminal.",
        )(command)
        return click.option(
            "--format",
            "format",
            type=click.Choice(formats or FORMATS),
            default="text",
            show_default=True,
            help="How to print.",
        )(command)

    return add


def columns_option(known: Iterable[str]) -> Callable[[Command], Command]:
    """The option --columns of a table that has the known ones."""
    return click.option(
        "--columns",
        metavar="KEYS",
        callback=lambda context, option, text: _columns(text, known),
        help=f"all, or some of {', '.join(known)}.",
    )


def _columns(text: str | None, known: Iterable[str]) -> list[str]:
    """The keys that `--columns` names; none where it is not given.

    Raises:
        ArchcalcError: it names nothing, or a column twice.
    """
    if text is None:
        return []
    if text == "all":
        return list(known)
    keys = [key.strip() for key in text.split(",")]
    if not all(keys):
        raise ArchcalcError(f"--columns takes KEYS such as parameters,macs; got {quote(text)}")
    for key in keys:
        if keys.count(key) > 1:
            raise ArchcalcError(f"--columns names {quote(key)} twice")
    return keys


def listed(text: str) -> list[str]:
    """The names in a text that commas separate."""
    return [name.strip() for name in text.split(",") if name.strip()]


def width() -> int:
    """Columns to lay text out in: the terminal's, held to 80..100; 100 when piped."""
    if sys.stdout is None or not sys.stdout.isatty():
        return 100
    return max(80, min(100, shutil.get_terminal_size().columns))


def emit(text: str, output: Path | None = None) -> None:
    """Print a text, or write it to a file: whole, or not at all.

    Raises:
        ArchcalcError: the file cannot be written, or there is nowhere to print.
    """
    text = text.rstrip("\n") + "\n"
    if output is not None:
        write_file(output, text)
        return
    if sys.stdout is None:  # Python's word for a closed one
        raise ArchcalcError("cannot print: standard output is closed")
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.replace("·", "*").replace("²", "^2")
        text = text.encode(encoding, "replace").decode(encoding)
    click.echo(text, nl=False)


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
