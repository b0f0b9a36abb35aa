"""`archcalc verify`."""

from __future__ import annotations

import gc
import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import click

from archcalc.cli.help_page import HelpfulCommand
from archcalc.cli.models import models_argument
from archcalc.cli.network_options import WholeNumber, setting_options
from archcalc.cli.options import choice_option
from archcalc.cli.output import output_options, show
from archcalc.errors import ArchcalcError
from archcalc.network import MODES, Network
from archcalc.parts.conditions import Mode
from archcalc.selection.networks import Setup
from archcalc.twin.device import DEVICES
from archcalc.verification import TIME_LIMIT, counterparts
from archcalc.verification.agreement import Agreement, Run, verify_all


@click.command("verify", cls=HelpfulCommand)
@models_argument()
@choice_option(
    "--device",
    DEVICES,
    "auto",
    "Where fvcore's tensors are. auto is a GPU if torch can use one; meta goes without fvcore.",
)
@choice_option(
    "--mode",
    ["both", *MODES],
    "both",
    "The structure to build; train includes auxiliary classifiers.",
    given_as="structure",
)
@click.option(
    "--time-limit",
    type=WholeNumber(),
    default=TIME_LIMIT,
    show_default=True,
    metavar="SECONDS",
    help="Refuse a network that is estimated to take longer.",
)
@click.option(
    "--against",
    metavar="MODULE",
    help="A torch module of your own to compare with, node by node: my_net.py:build.",
)
@setting_options
@output_options()
def command(
    models: tuple[str, ...],
    device: str,
    structure: str,
    time_limit: int,
    against: str | None,
    setup: Setup,
    format: str,
    output: Path | None,
) -> int:
    """Networks built in PyTorch and compared with archcalc, node by node, exactly.

    The exit code is 1 if anything differs, 2 if a network cannot be verified here.

    \b
    archcalc verify all
    archcalc verify resnet50 my.json --batch 8 --device cuda
    archcalc verify my.json --against my_net.py:build
    """
    if against is not None:
        return _compare(models, against, structure, setup, format, output)
    gc.enable()  # each network's torch modules are freed before the next one's are built
    modes = [mode for mode in MODES if structure in (mode, "both")]
    by_mode = [setup.load_all(models, mode) for mode in modes]
    try:
        with _ended_by_an_interrupt():
            networks = list(zip(*by_mode, strict=True))
            runs = verify_all(networks, device, _progress, time_limit)
    finally:
        _progress("")
    show(Agreement(runs), format, output)
    return _status(runs)


def _compare(
    models: Sequence[str],
    other: str,
    structure: str,
    setup: Setup,
    format: str,
    output: Path | None,
) -> int:
    """Compare each network with one module, in the mode that is asked for, or in eval mode."""
    mode: Mode = "train" if structure == "train" else "eval"
    networks = setup.load_all(models, mode)
    if len(networks) != 1:
        raise ArchcalcError(f"--against takes one network, got {len(networks)}")
    net = networks[0]
    same = setup if setup.input is not None else replace(setup, input=_input_as_text(net))
    found = counterparts.compared_nodes(net, same.load(other, mode))
    show(found.table(), format, output)
    return 0 if found.agree else 1


def _input_as_text(net: Network) -> str:
    """The input of a network as `--input` takes it: whole numbers where they are looked up."""
    parts = []
    for name, shape in net.graph.inputs.items():
        readers = [node.op for node in net.nodes if name in node.inputs]
        kind = ":int64" if readers and all(op.takes_indices for op in readers) else ":float32"
        is_named = len(net.graph.inputs) > 1
        parts.append(f"{name}={shape}{kind}" if is_named else f"{shape}{kind}")
    return ",".join(parts)


@contextmanager
def _ended_by_an_interrupt() -> Iterator[None]:
    """Ctrl-C ends the program at once, where Python would wait for torch to finish an operator."""
    if threading.current_thread() is not threading.main_thread():
        yield  # which alone can set what a signal does
        return
    before = signal.signal(signal.SIGINT, signal.SIG_DFL)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _status(runs: Sequence[Run]) -> int:
    """The exit code: a disagreement outweighs what could not be verified."""
    if any(run.result is not None and not run.result.agrees for run in runs):
        return 1
    return 2 if any(run.result is None for run in runs) else 0


def _progress(line: str) -> None:
    """One line that the next one overwrites, on terminals only."""
    is_terminal = sys.stderr is not None and sys.stderr.isatty()
    if is_terminal and os.environ.get("TERM") != "dumb":
        click.echo(f"\r\x1b[K{line}", nl=False, err=True)
