"""The command line: thin commands, one module each, loaded only when called.

Only this package prints or exits. A user's mistake is one clear message on stderr and exit code 2;
a disagreement, or a verdict that is not the expected one, is exit code 1; a fault of archcalc's own
is 70, and Ctrl-C 130.
"""

from __future__ import annotations

import gc
import importlib
import os
import sys
from contextlib import suppress
from typing import Any, TextIO

import click

from archcalc.cli.help_page import width
from archcalc.errors import ArchcalcError, quote, reason
from archcalc.untrusted import opened_files_remembered

COMMANDS_BY_USE = {
    "Figures": {
        "list": "The built-in networks and studies, by family, with the arguments that --set "
        "takes.",
        "table": "Networks side by side: parameters, MACs, activations, depth, receptive field.",
        "layers": "The layers of one network, with subtotals that add up.",
        "explain": "How every number of a network, a group of layers or a layer comes about.",
        "compare": "Networks compared with the first of them: figures, arguments, layers that "
        "differ.",
        "formula": "What a network costs as closed forms in the sizes and arguments left open.",
        "sweep": "Figures of a network at all combinations of arguments and sizes.",
        "solve": "The largest value of an argument or a size for which a condition holds.",
    },
    "Checks": {
        "reconcile": "What other tools print for a network, each number as an exact sum.",
        "claims": "Stated figures, of documents, papers or a file of your own, judged against the "
        "specs.",
        "verify": "Networks built in PyTorch and compared with archcalc, node by node, exactly.",
    },
    "Pictures and pages": {
        "plot": "Pictures of what networks cost, as SVG, PNG or PDF.",
        "diagram": "A network or a group of layers as boxes, with shapes and costs.",
        "page": "One HTML page of networks that counts again in the browser, for other inputs and "
        "batches.",
        "report": "Markdown pages: an overview, and a page per network with its arithmetic.",
    },
    "Networks of your own": {
        "spec": "The spec file of a built-in network, as a start for one of your own.",
        "validate": "Every problem of spec files: of all presets, in both modes.",
        "ops": "The layer types that specs can use, or one of them with its fields and an example.",
        "schema": "The JSON Schema of spec files or counter files, for completion in an editor.",
        "import": "The spec file of a torch module of your own, with its blocks and repetitions.",
        "export": "The torch module of a network as a torch.export or ONNX file, with initial "
        "weights.",
    },
}
"""Each command with the first sentence of its own help, in the order that `archcalc --help` shows.

A command is `archcalc.cli.NAME_command`; with its line here, the help need not load it.
"""

COMMANDS = {name: line for lines in COMMANDS_BY_USE.values() for name, line in lines.items()}

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
        command: click.Command = importlib.import_module(f"archcalc.cli.{name}_command").command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The commands in the help, from COMMANDS, so that none is loaded for its line."""
        longest = max(map(len, COMMANDS))
        for use, lines in COMMANDS_BY_USE.items():
            with formatter.section(use):
                formatter.write_dl([(name.ljust(longest), line) for name, line in lines.items()])

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
    """What a neural network costs, with the arithmetic shown and PyTorch to confirm it.

    \b
    archcalc table resnet50 vgg16
    archcalc explain googlenet --layer inception4a
    """
    if context.invoked_subcommand is None:
        click.echo(context.get_help())


def _say_version(context: click.Context) -> None:
    import archcalc as package

    click.echo(f"archcalc {package.__version__}")
    context.exit()


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code, and exits with it when called as a program.

    Commands run without Python's garbage collector, which would search a large network again and
    again and free nothing: no command makes reference cycles worth collecting. `verify`, whose
    torch modules do, turns it on. A program that ends has nothing searched either.
    """
    is_collecting = gc.isenabled()
    gc.disable()
    try:
        return _run(arguments)
    finally:
        if arguments is None:
            gc.freeze()
        (gc.enable if is_collecting else gc.disable)()


def _run(arguments: list[str] | None) -> int:
    try:
        return _command(sys.argv[1:] if arguments is None else arguments)
    except ArchcalcError as error:
        return _fail(str(error))
    except click.UsageError as error:
        from archcalc.cli.mistakes import said_of_usage

        return _fail(said_of_usage(error))
    except click.ClickException as error:
        return _fail(error.format_message())
    except click.exceptions.Exit as error:
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        return INTERRUPTED
    except Exception as error:
        if isinstance(error.__cause__, KeyboardInterrupt):
            return INTERRUPTED  # Python 3.11's word for one while a class was made
        if isinstance(error, OSError) and error.errno is not None and error.filename is None:
            return _not_printed(error)
        return _fault(error)


def _command(arguments: list[str]) -> int:
    """What click's own `main` does, but for its exit code where a reader stops reading: 1."""
    if "_ARCHCALC_COMPLETE" in os.environ:
        try:
            archcalc.main(arguments, prog_name="archcalc")
        except (LookupError, ValueError) as error:  # of a shell that sets its words otherwise
            raise ArchcalcError(f"cannot complete: {quote(error)}") from None
    context = archcalc.make_context("archcalc", [*arguments], terminal_width=width())
    with opened_files_remembered(), context:
        status = archcalc.invoke(context)
    if sys.stdout is not None:
        sys.stdout.flush()
    return status if isinstance(status, int) else 0


def _not_printed(error: OSError) -> int:
    _silence(sys.stdout)
    if isinstance(error, BrokenPipeError):
        return 0  # the reader (`| head`) has seen enough
    return _fail(f"cannot print: {reason(error)}")


def _fault(error: Exception) -> int:
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
