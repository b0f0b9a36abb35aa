"""Commands, found by their names and run: what `archcalc.cli.main` calls where more is asked for
than the start page, which needs none of this."""

from __future__ import annotations

import importlib
import os
import sys
from contextlib import suppress
from typing import Any, TextIO

import click

from archcalc.cli.start_page import COMMANDS, start_page, width
from archcalc.errors import ArchcalcError, quote, reason, told_on_command_line
from archcalc.untrusted import opened_files_remembered

FAULT = 70
"""`EX_SOFTWARE` of sysexits.h, which no command means by anything else."""
INTERRUPTED = 130
"""What shells say of a program that Ctrl-C ended."""


class Commands(click.Group):
    """Finds a command's module when it is called, so that no command loads what another needs."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands, in the order of COMMANDS."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:
        """The command's own module, imported now."""
        if name not in COMMANDS:
            return None
        command: click.Command = importlib.import_module(f".{name}_command", __package__).command
        return command

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The start page, for which no command is loaded."""
        formatter.write(start_page(formatter.width))

    def resolve_command(self, ctx: click.Context, args: list[str]) -> Any:
        """As click does, with a suggestion for a command that does not exist."""
        if args and args[0] not in COMMANDS and not args[0].startswith("-"):
            from archcalc.cli.mistakes import said_of_command

            raise ArchcalcError(said_of_command(args[0], list(COMMANDS)))
        return super().resolve_command(ctx, args)


@click.command(
    cls=Commands,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=lambda context, option, asked: _say_version(context) if asked else None,
    help="Show the version and exit.",
)
@click.pass_context
def archcalc(context: click.Context) -> None:
    """All commands; none of them is the start page."""
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def _say_version(context: click.Context) -> None:
    import archcalc as package

    click.echo(f"archcalc {package.__version__}")
    context.exit()


def exit_code(error: BaseException) -> int:
    """What a command that did not end well says on stderr, and the exit code of it.

    Raises:
        BaseException: nothing is to be said of it.
    """
    if isinstance(error, ArchcalcError):
        return _fail(str(error))
    if isinstance(error, click.UsageError):
        from archcalc.cli.mistakes import said_of_usage

        return _fail(said_of_usage(error))
    if isinstance(error, click.ClickException):
        return _fail(error.format_message())
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    is_class_error = isinstance(error.__cause__, KeyboardInterrupt)  # as Python 3.11 says of one
    if is_class_error or isinstance(error, click.Abort | KeyboardInterrupt):
        return INTERRUPTED
    if isinstance(error, OSError) and error.errno is not None and error.filename is None:
        return _not_printed(error)
    return _fault(error)


def run_command(arguments: list[str]) -> int:
    """What click's own `main` does, but for its exit code where a reader stops reading: 1."""
    if "_ARCHCALC_COMPLETE" in os.environ:
        try:
            archcalc.main(arguments, prog_name="archcalc")
        except (LookupError, ValueError) as error:  # of a shell that sets its words otherwise
            raise ArchcalcError(f"cannot complete: {quote(error)}") from None
    context = archcalc.make_context("archcalc", [*arguments], terminal_width=width())
    with told_on_command_line(), opened_files_remembered(), context:
        status = archcalc.invoke(context)
    if sys.stdout is not None:
        sys.stdout.flush()
    return status if isinstance(status, int) else 0


def _not_printed(error: OSError) -> int:
    _silence(sys.stdout)
    if isinstance(error, BrokenPipeError):
        return 0  # the reader (`| head`) has seen enough
    return _fail(f"cannot print: {reason(error)}")


def _fault(error: BaseException) -> int:
    """A traceback, and an exit code that is no disagreement's and no mistake's."""
    import traceback

    _fail("".join(traceback.format_exception(error)) + "this is a fault of archcalc, not yours")
    return FAULT


def _fail(message: str) -> int:
    lines = "\n".join(f"archcalc: {line}" for line in message.split("\n"))
    try:
        click.echo(lines, err=True)
    except (OSError, ValueError):  # broken, or closed
        _silence(sys.stderr)
    return 2


def _silence(stream: TextIO) -> None:
    """Keep Python from complaining, at its end, of what it cannot flush."""
    with suppress(OSError):
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
