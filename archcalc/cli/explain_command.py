"""`archcalc explain`."""

from __future__ import annotations

from pathlib import Path

import click

from archcalc.cli.completion import complete_several, layer_option
from archcalc.cli.help_page import HelpfulCommand
from archcalc.cli.models import model_argument
from archcalc.cli.network_options import network_options
from archcalc.cli.output import output_options, show
from archcalc.errors import ArchcalcError, quote
from archcalc.explanation import ALL, QUANTITIES, explain
from archcalc.explanation.formats import Explained
from archcalc.language.allowed import as_declared
from archcalc.language.expand import arguments_of
from archcalc.names import catalog
from archcalc.network import Network
from archcalc.ops.fields import written
from archcalc.selection.networks import Setup
from archcalc.tables.about import about


@click.command("explain", cls=HelpfulCommand)
@model_argument
@layer_option("Only this layer or group, such as inception4a.")
@click.option(
    "--quantity",
    metavar="NAMES",
    shell_complete=complete_several(QUANTITIES),
    help=f"Quantities to explain, comma-separated: {ALL}, or any of {', '.join(QUANTITIES)}.",
)
@network_options
@output_options()
def command(
    model: str,
    layer: str | None,
    quantity: str | None,
    setup: Setup,
    format: str,
    output: Path | None,
) -> None:
    """How every number of a network, a group of layers or a layer comes about.

    \b
    archcalc explain googlenet --layer inception4a
    archcalc explain vgg16 --layer fc6 --quantity parameters,macs
    archcalc explain resnet50 --format json
    """
    net = setup.load(model)
    if layer and not _has(net, layer) and _has(setup.load(model, "train"), layer):
        raise ArchcalcError(
            f"{net.name} has no layer {quote(layer)} in eval mode; it is there with --mode train"
        )
    quantities = [name.strip() for name in quantity.split(",")] if quantity is not None else None
    said = [] if layer or quantities else [*_arguments(net), *about(net)]
    show(Explained(explain(net, layer, quantities), said), format, output)


def _arguments(net: Network) -> list[tuple[str, str]]:
    """What can be set, to what it is, and what that means."""
    if net.origin:
        return []  # a torch module has none
    spec, preset = catalog.find(net.spelled)
    lines = []
    for name, value in arguments_of(spec, preset, net.settings).items():
        argument = spec.arguments[name]
        set_to = f"{name} {written(as_declared(argument, value))}"
        lines.append(f"{set_to}: {argument.note}" if argument.note else set_to)
    return [("" if i else "arguments", line) for i, line in enumerate(lines)]


def _has(net: Network, layer: str) -> bool:
    try:
        return bool(net[layer].nodes)
    except ArchcalcError:
        return False
