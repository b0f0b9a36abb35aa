"""`archcalc layers`."""

from __future__ import annotations

from pathlib import Path

import click

from archcalc.cli.models import model_argument
from archcalc.cli.networks import Setup, WholeNumber, network_options
from archcalc.cli.output import columns_option, output_options, show
from archcalc.errors import ArchcalcError
from archcalc.layers import COLUMNS, layer_table


@click.command("layers")
@model_argument
@click.option("--depth", type=WholeNumber(1), metavar="N", help="Fold what is deeper.")
@columns_option(COLUMNS)
@click.option("--no-notes", is_flag=True, help="Leave out what the columns mean.")
@network_options
@output_options()
def command(
    model: str,
    depth: int | None,
    columns: list[str],
    no_notes: bool,
    setup: Setup,
    format: str,
    output: Path | None,
) -> None:
    """The layers of one network, with subtotals that add up.

    \b
    archcalc layers lenet5
    archcalc layers resnet50 --depth 2
    archcalc layers vgg16 --columns op,output_shape,receptive_field
    """
    if depth is not None and format in ("csv", "json"):
        raise ArchcalcError("--depth folds rows for people; csv and json have one row a node")
    net = setup.load(model)
    table = layer_table(net, depth=depth, columns=columns, notes=not no_notes)
    show(table, format, output)
