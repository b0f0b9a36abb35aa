"""The options that say how the networks of a command are to be built."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, TypeVar

import click

from archcalc.analysis.memory import OPTIMIZERS, Optimizer
from archcalc.cli.completion import complete_setting
from archcalc.cli.options import choice_option
from archcalc.cli.processes import in_processes
from archcalc.expressions.expression import LARGEST
from archcalc.names.arguments import read_number, read_sizes
from archcalc.names.spelling import spelling
from archcalc.names.variants import read_settings, read_variant
from archcalc.network import MOST_BYTES
from archcalc.parts.conditions import OPTIMIZER, Mode
from archcalc.selection.networks import Setup

_T = TypeVar("_T")

MANY_NETWORKS = 32
"""From how many networks on reading them in several processes is faster."""


class WholeNumber(click.ParamType):  # type: ignore[type-arg]  # click 8.1 takes none
    """A whole number from 1 on in plain digits."""

    name = "whole number"

    def __init__(self, most: int = LARGEST) -> None:
        self.most = most

    def convert(
        self, value: Any, option: click.Parameter | None, context: click.Context | None
    ) -> int:
        """The number that a user gives."""
        name = option.opts[0] if option else "batch"
        return read_number(str(value), name, self.most)


@dataclass(frozen=True)
class CommandSetup(Setup):
    """Networks as the options of a command say, with what is to be said of them on stderr."""

    said: set[str] = field(default_factory=set)
    """The lines that have been printed."""

    def say(self, lines: Iterable[str]) -> None:
        """Print lines, each once."""
        for line in lines:
            if line not in self.said:
                self.said.add(line)
                click.echo(f"archcalc: {line}", err=True)

    def of_each(
        self, files: Sequence[Sequence[str]], read: Callable[[Sequence[str]], _T]
    ) -> list[_T]:
        """What is read of the networks of each file, of many networks in processes of their own."""
        names = [read_variant(name).model for name in chain.from_iterable(files)]
        runs_code = any(spelling(name) is not None for name in names)
        if len(names) < MANY_NETWORKS or runs_code:
            return super().of_each(files, read)
        return in_processes(read, files)


def _read_input(text: str) -> Any:
    """The sizes that `--input` gives, as they are where torch modules alone take them."""
    return text if ":" in text else read_sizes(text, "--input")


def network_options(
    command: Callable[..., Any] | None = None, *, read_input: Callable[[str], Any] = _read_input
) -> Callable[..., Any]:
    """`--set`, `--input`, `--batch`, `--bytes` and `--mode`, given to the command as a Setup.

    `read_input` reads what `--input` gives.
    """
    if command is None:
        return functools.partial(network_options, read_input=read_input)
    help = "train includes auxiliary classifiers."
    mode = choice_option("--mode", ["eval", "train"], "eval", help)
    return mode(setting_options(command, read_input))


def setting_options(
    command: Callable[..., Any], read_input: Callable[[str], Any] = _read_input
) -> Callable[..., Any]:
    """The same options without `--mode`, for a command that has one of its own."""

    @click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="NAME=VALUE",
        shell_complete=complete_setting,
        help="An argument of the network (see archcalc list MODEL), such as num_classes=10; "
        "repeatable.",
    )
    @click.option(
        "--input",
        metavar="SIZES",
        help="The input's size: 3x299x299, or 299 for height and width, length or tokens.  "
        "[default: the network's own]",
    )
    @click.option(
        "--batch",
        type=WholeNumber(),
        default=1,
        show_default=True,
        metavar="N",
        help="Samples in a batch; MACs, activations and memory are of the whole batch.",
    )
    @click.option(
        "--bytes",
        "bytes_per_number",
        type=WholeNumber(MOST_BYTES),
        default=4,
        show_default=True,
        metavar="N",
        help="Bytes per number, for memory: 4 for float32, 2 for float16 or bfloat16.",
    )
    @choice_option("--optimizer", OPTIMIZERS, OPTIMIZER, "Whose state memory_training includes.")
    @click.option(
        "--real",
        is_flag=True,
        help="Run a torch module on one input of real numbers, and count what that input takes.",
    )
    @functools.wraps(command)
    def with_setup(
        *,
        settings: tuple[str, ...],
        input: str | None,
        batch: int,
        bytes_per_number: int,
        optimizer: Optimizer,
        real: bool,
        mode: Mode = "eval",
        **rest: Any,
    ) -> Any:
        arguments = read_settings(settings, "--set")
        sizes = None if input is None else read_input(input)
        setup = CommandSetup(arguments, sizes, batch, bytes_per_number, mode, optimizer, real)
        return command(setup=setup, **rest)

    return with_setup
