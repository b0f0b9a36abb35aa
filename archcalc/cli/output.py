"""How commands print or write: one way for all of them."""

from __future__ import annotations

import functools
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from archcalc.cli.files import write_file
from archcalc.cli.options import Decorated, Decorator, OneOf
from archcalc.cli.start_page import width
from archcalc.errors import ArchcalcError, quote
from archcalc.formats import FORMATS, Format, Printable

if TYPE_CHECKING:
    from archcalc.pictures.picture import Picture


FILE_OR_FOLDER = "file, or of a folder with a slash behind it"


class FolderPath(type(Path())):  # type: ignore[misc]
    """The path of a folder, which a slash at its end says where a file could be meant."""


class AnyPath(click.Path):
    """A path that a system can have, which has no NUL character."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def convert(
        self, value: Any, option: click.Parameter | None, context: click.Context | None
    ) -> Any:
        """The path that a user gives, or the usual one."""
        if isinstance(value, str) and not _is_path(value):
            name = option.opts[0] if option else "it"
            raise ArchcalcError(f"{name} takes a path, got {quote(value)}")
        return super().convert(value, option, context)


def _is_path(value: str) -> bool:
    """Whether a file system can have a file of that name: none has a NUL or half a character."""
    try:
        return b"\0" not in os.fsencode(value)
    except UnicodeEncodeError:
        return False


class OutputPath(AnyPath):
    """Where `--output` writes: a file, for `report` a folder, for `sweep` either; an empty path
    would be the current one. A file of which the command writes one kind ends as that does."""

    def __init__(self, kind: str = "file", endings: Sequence[str] = ()) -> None:
        super().__init__()
        self.kind = kind
        self.endings = endings

    def convert(
        self, value: Any, option: click.Parameter | None, context: click.Context | None
    ) -> Any:
        """The path that a user gives, or the usual one."""
        if isinstance(value, Path):
            return value
        if value == "" or (self.kind == "file" and value.endswith(("/", os.sep))):
            raise ArchcalcError(f"--output takes the path of a {self.kind}, got {quote(value)}")
        if self.kind == FILE_OR_FOLDER and value.endswith(("/", os.sep)):
            return FolderPath(value)
        if self.endings:
            check_ending(Path(value), self.endings)
        return super().convert(value, option, context)


SUFFIXES = {
    ".csv": "csv",
    ".json": "json",
    ".md": "markdown",
    ".tex": "latex",
    ".html": "html",
    ".txt": "text",
    ".py": "python",
    ".parquet": "parquet",
}
"""The formats that the names of files say, where --format says none."""


def output_options(*formats: str, kind: str = "file", by_name: Sequence[str] = ()) -> Decorator:
    """`--format` and `--output`, for every command that prints a table.

    The formats `by_name` are those that only the name of a file can say.
    """
    printed = formats or tuple(FORMATS)

    def add(command: Decorated) -> Decorated:
        @functools.wraps(command)
        def with_format(*, format: str, output: Path | None, **rest: Any) -> Any:
            source = click.get_current_context().get_parameter_source("format")
            is_default = source is ParameterSource.DEFAULT
            if is_default and output is not None and not isinstance(output, FolderPath):
                format = _format_of(output, (*printed, *by_name))
            return command(format=format, output=output, **rest)

        said = "A file to write, instead of printing."
        parts = " A folder, DIR/, is written in parts; a run that was stopped goes on there."
        option = click.option(
            "--output",
            type=OutputPath(kind),
            help=said + parts * (kind == FILE_OR_FOLDER),
        )
        format_option = format_choice(printed)
        found: Decorated = format_option(option(with_format))  # type: ignore[assignment]
        return found

    return add


def _format_of(file: Path, formats: Sequence[str]) -> str:
    """The format that a file's name says, text where it says none.

    Raises:
        ArchcalcError: it is none of these formats.
    """
    check_ending(file, [e for e, format in SUFFIXES.items() if format in formats], "--format")
    return SUFFIXES.get(file.suffix.lower(), "text")


def check_ending(file: Path, endings: Sequence[str], option: str = "") -> None:
    """Refuse a file whose name ends as that of another kind; none has none."""
    ending = file.suffix.lower()
    if ending and ending not in endings:
        *others, last = endings
        known = " or ".join(filter(None, (", ".join(others), last)))
        hint = f"; {option} writes it under any name" if option else ""
        if ending in _OF_SPREADSHEETS and ".csv" in endings:
            hint = "; a spreadsheet opens .csv"
        raise ArchcalcError(
            f"--output takes a file that ends in {known}, got {quote(file.name)}{hint}"
        )


_OF_SPREADSHEETS = (".xlsx", ".xls", ".ods", ".tsv")


def format_choice(printed: Sequence[str]) -> Decorator:
    """`--format` of a command, with the formats that it prints."""
    return click.option(
        "--format",
        type=OneOf(printed),
        default="text",
        help="The format.  [default: the one of --output's ending (.csv, .json, .md, .tex, .html, "
        ".txt), else text]",
    )


def show(found: Printable, format: str, output: Path | None) -> None:
    """Print what a command found in one of the formats, or write it to a file.

    Raises:
        ArchcalcError: as `put`.
    """
    put(FORMATS[format].write(found, width()), format, output)


def put(text: str, format: str = "text", output: Path | None = None) -> None:
    """Print a text, or write it to a file: whole, or not at all.

    What the terminal's encoding lacks is written as the format has it.

    Raises:
        ArchcalcError: the file cannot be written, or there is nowhere to print.
    """
    text = text.rstrip("\n") + "\n"
    if output is not None:
        write_file(output, text)
    elif sys.stdout is None:  # Python's word for a closed one
        raise ArchcalcError("cannot print: standard output is closed")
    else:
        encoding = sys.stdout.encoding or "utf-8"
        click.echo(_encodable(text, encoding, FORMATS[format]), nl=False)


def put_picture(found: Picture, output: Path | None) -> None:
    """Print a picture as SVG, or write it to a file in the format that its name ends in.

    Raises:
        ArchcalcError: as `put`, or the format or what writes it is missing.
    """
    if output is None:
        put(found.svg)
    else:
        from archcalc.pictures.picture import format_of

        write_file(output, found.data(format_of(output)))


def _encodable(text: str, encoding: str, format: Format) -> str:
    def has(characters: str) -> bool:
        try:
            characters.encode(encoding)
        except UnicodeEncodeError:
            return False
        return True

    if has(text):
        return text
    return "".join(c if c.isascii() or has(c) else format.substitute(c) for c in text)
