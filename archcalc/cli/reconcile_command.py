"""`archcalc reconcile`."""

from __future__ import annotations

from pathlib import Path

import click

from archcalc.cli.completion import complete_model, complete_one
from archcalc.cli.help_page import HelpfulCommand
from archcalc.cli.network_options import network_options
from archcalc.cli.output import AnyPath, output_options, show
from archcalc.counters import read_counter, reconcile
from archcalc.counters.printed import ReconciliationPage
from archcalc.counters.reconciliation import ALL_COUNTERS, USUAL_COUNTERS, chosen_counters
from archcalc.errors import ArchcalcError
from archcalc.names.variants import separated
from archcalc.network import Network
from archcalc.selection.networks import Setup


@click.command("reconcile", cls=HelpfulCommand)
@click.argument("model", required=False, shell_complete=complete_model)
@click.option(
    "--tools",
    default=USUAL_COUNTERS,
    show_default=True,
    metavar="NAMES",
    help=f"{USUAL_COUNTERS}, {ALL_COUNTERS}, or tools or packages by name: thop,ptflops.",
)
@click.option(
    "--counter",
    "files",
    multiple=True,
    type=AnyPath(),
    metavar="FILE",
    help="A counter file with a convention of your own, shown beside the tools; repeatable.",
)
@click.option(
    "--spelling",
    default="",
    metavar="LIBRARY",
    shell_complete=complete_one(("torchvision",)),
    help="Count the network as a library writes its modules: torchvision.",
)
@click.option(
    "--number",
    metavar="FIGURE",
    help="Find which tool and network give a stated figure, such as '4.1 GFLOPs'.",
)
@click.option("--run", is_flag=True, help="Run the installed tools too, and compare.")
@network_options
@output_options()
def command(
    model: str | None,
    tools: str,
    files: tuple[Path, ...],
    spelling: str,
    number: str | None,
    run: bool,
    setup: Setup,
    format: str,
    output: Path | None,
) -> int:
    """What other tools print for a network, each number as an exact sum.

    \b
    archcalc reconcile resnet50
    archcalc reconcile vgg16 --tools thop,fvcore
    archcalc reconcile resnet50 --counter mine.json
    archcalc reconcile googlenet-bn --spelling torchvision
    archcalc reconcile resnet50 --run
    archcalc reconcile resnet50 --number '4.1 GFLOPs'
    archcalc reconcile --number 4.134e9
    """
    net = None if model is None else setup.load(model)
    if number is not None:
        return _search(number, net, tools, format, output)
    if net is None:
        raise ArchcalcError("reconcile takes a MODEL, such as resnet50, or a --number")
    named = tools if tools in (ALL_COUNTERS, USUAL_COUNTERS) else separated(tools)
    found = reconcile(net, named, [read_counter(file) for file in files], spelling)
    printed = None
    if run:
        from archcalc.counters.installed import said_by_installed

        printed = said_by_installed(found)
    page = ReconciliationPage(found, printed)
    show(page, format, output)
    return 0 if page.agrees else 1


def _search(number: str, net: Network | None, tools: str, format: str, output: Path | None) -> int:
    from archcalc.counters.search import search, sought_figure
    from archcalc.counters.search_page import SearchPage

    named = None
    if tools not in (ALL_COUNTERS, USUAL_COUNTERS):
        named = [counter.name for counter in chosen_counters(separated(tools))]
    show(SearchPage(search(sought_figure(number), net, named)), format, output)
    return 0
