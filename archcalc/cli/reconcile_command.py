"""`archcalc reconcile`."""

from __future__ import annotations

from pathlib import Path

import click

from archcalc.cli.models import model_argument
from archcalc.cli.networks import Setup, network_options
from archcalc.cli.output import output_options, separated, show
from archcalc.counters import read_counter, reconcile
from archcalc.counters.printed import ReconciliationPage
from archcalc.counters.reconciliation import ALL_COUNTERS, USUAL_COUNTERS


@click.command("reconcile")
@model_argument
@click.option(
    "--tools",
    default=USUAL_COUNTERS,
    show_default=True,
    metavar="NAMES",
    help=f"{USUAL_COUNTERS}, {ALL_COUNTERS}, or names, such as thop,fvcore.",
)
@click.option(
    "--counter",
    "files",
    multiple=True,
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="A convention of your own beside them.",
)
@click.option("--run", is_flag=True, help="Run the tools that are installed, and compare.")
@network_options
@output_options()
def command(
    model: str,
    tools: str,
    files: tuple[Path, ...],
    run: bool,
    setup: Setup,
    format: str,
    output: Path | None,
) -> int:
    """What other tools say of a network, each number as the exact sum that it is.

    \b
    archcalc reconcile resnet50
    archcalc reconcile vgg16 --tools thop,fvcore
    archcalc reconcile resnet50 --counter mine.json
    archcalc reconcile resnet50 --run
    """
    named = tools if tools in (ALL_COUNTERS, USUAL_COUNTERS) else separated(tools)
    found = reconcile(setup.load(model), named, [read_counter(file) for file in files])
    printed = None
    if run:
        from archcalc.installed import said_by_installed

        printed = said_by_installed(found)
    page = ReconciliationPage(found, printed)
    show(page, format, output)
    return 0 if page.agrees else 1
