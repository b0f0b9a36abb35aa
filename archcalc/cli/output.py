"""How commands print or write: one way for all of them."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from archcalc.errors import ArchcalcError, quote
from archcalc.formats import FORMATS

Command = TypeVar("Command", bound=Callable[..., Any])


def output_options(*formats: str) -> Callable[[Command], Command]:
    """`--format` and `--output`, for every command that prints a table."""

    def add(command: Command) -> Command:
        command = click.option(
            "--output",
            type=click.Path(path_type=Path),
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


def width() -> int:
    """Columns to lay text out in: the terminal's, held to 80..100; 100 when piped."""
    if not sys.stdout.isatty():
        return 100
    return max(80, min(100, shutil.get_terminal_size().columns))


def emit(text: str, output: Path | None = None) -> None:
    """Print a text, or write it to a file: whole, or not at all.

    Raises:
        ArchcalcError: the file cannot be written; then nothing was.
    """
    text = text.rstrip("\n") + "\n"
    if output is not None:
        write_file(output, text)
        return
    encoding = sys.stdout.encoding or "utf-8"
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        text = text.replace("·", "*").replace("²", "^2")
        text = text.encode(encoding, "replace").decode(encoding)
    click.echo(text, nl=False)


def check_writable(folder: Path) -> None:
    """Make sure that files can be written to a folder, which is made if it is not there.

    Raises:
        ArchcalcError: it cannot be made or written to; then nothing was.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise _cannot_write(folder, error) from None


def _cannot_write(path: Path, error: OSError) -> ArchcalcError:
    reason = (error.strerror or str(error)).lower()
    return ArchcalcError(f"cannot write {quote(path, marks='')}: {reason}; nothing was written")


def write_file(path: Path, text: str) -> None:
    """Write a file whole, or not at all.

    Raises:
        ArchcalcError: it cannot be written; then nothing was.
    """
    try:
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name[:50]}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
                file.write(text)
            umask = os.umask(0)
            os.umask(umask)
            os.chmod(temporary, 0o666 & ~umask)
            os.replace(temporary, path)
        except BaseException:
            os.unlink(temporary)
            raise
    except OSError as error:
        raise _cannot_write(path, error) from None
