"""Options that commands share, and the one way that they print or write their output."""

from __future__ import annotations

import fnmatch
import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import click

from archcalc import catalog
from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.formats import FORMATS
from archcalc.network import Network, load

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


def network_options(command: Command) -> Command:
    """`--set`, `--input`, `--batch` and `--mode`: how a network is to be built."""
    mode = click.option("--mode", type=click.Choice(["eval", "train"]), default="eval",
                        show_default=True, help="train has the auxiliary classifiers.")  # fmt: skip
    return setting_options(mode(command))


def setting_options(command: Command) -> Command:
    """`--set`, `--input` and `--batch`: how a network is to be built, in whichever mode."""
    for option in (
        click.option("--batch", type=click.IntRange(1, 10**9), default=1, show_default=True,
                     help="Samples; MACs and activations count them all."),
        click.option("--input", metavar="CxHxW", help="Another input, such as 3x299x299."),
        click.option("--set", "settings", multiple=True, metavar="NAME=VALUE",
                     help="Set an argument of the network, such as num_classes=10."),
    ):  # fmt: skip
        command = option(command)
    return command


def read_input(text: str | None) -> tuple[int, ...] | None:
    """`3x224x224` as (3, 224, 224).

    Raises:
        ArchcalcError: it is no shape.
    """
    if text is None:
        return None
    sizes = text.lower().split("x")
    if len(sizes) not in (1, 3) or not all(
        s.isascii() and s.isdigit() and len(s) < 10 for s in sizes
    ):
        raise ArchcalcError(f"--input takes CxHxW, such as 3x224x224; got {quote(text)}")
    return tuple(map(int, sizes))


def read_settings(settings: tuple[str, ...]) -> dict[str, str]:
    """`("num_classes=10",)` as {"num_classes": "10"}.

    Raises:
        ArchcalcError: one is not NAME=VALUE.
    """
    pairs = {}
    for setting in settings:
        name, equals, value = setting.partition("=")
        if not equals or not name or not value:
            raise ArchcalcError(f"--set takes NAME=VALUE, got {quote(setting)}")
        pairs[name.strip()] = value
    return pairs


def read_models(selection: str) -> list[str]:
    """The model names that `all`, `a,b`, `resnet*`, `file.json` select, without repetitions.

    Raises:
        ArchcalcError: a pattern that matches nothing.
    """
    names: dict[str, None] = {}
    for part in filter(None, (part.strip() for part in selection.split(","))):
        if part == "all":
            names |= dict.fromkeys(catalog.built_in())
        elif "*" in part or "?" in part:
            matches = [name for name in catalog.built_in() if fnmatch.fnmatchcase(name, part)]
            if not matches:
                raise ArchcalcError(f"no model matches {quote(part)} (archcalc list)")
            names |= dict.fromkeys(matches)
        else:
            names[part] = None
    if not names:
        raise ArchcalcError(
            f"--models takes names such as all or 'resnet*', got {quote(selection)}"
        )
    return list(names)


def load_models(
    selection: str, settings: tuple[str, ...], input: str | None, batch: int, mode: Any
) -> list[Network]:
    """The networks that the options describe.

    Raises:
        ArchcalcError: a model, an argument or a size does not exist or fit; of several models,
            all that lack an argument are named.
    """
    names = read_models(selection)
    arguments = read_settings(settings)
    if len(names) > 1:
        _check_arguments(names, arguments)
    sizes = read_input(input)
    return [load(name, input=sizes, batch=batch, mode=mode, **arguments) for name in names]


def load_one(
    model: str, settings: tuple[str, ...], input: str | None, batch: int, mode: Any
) -> Network:
    """The one network that a command is about, by its name or file.

    Raises:
        ArchcalcError: it, an argument or a size does not exist or fit.
    """
    arguments = read_settings(settings)
    return load(model, input=read_input(input), batch=batch, mode=mode, **arguments)


def _check_arguments(names: list[str], arguments: dict[str, str]) -> None:
    declared = {name: catalog.find(name)[0].arguments for name in names}
    for argument in arguments:
        lacking = [name for name, has in declared.items() if argument not in has]
        if lacking:
            known = {known for has in declared.values() for known in has}
            hint = "" if argument in known else did_you_mean(argument, sorted(known))
            listed = ", ".join(lacking[:5]) + (
                f" and {len(lacking) - 5} more" if len(lacking) > 5 else ""
            )
            message = f"no argument {quote(argument)} in {listed}"
            raise ArchcalcError(f"{message}; {hint}" if hint else message)


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
