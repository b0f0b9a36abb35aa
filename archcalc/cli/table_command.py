"""`archcalc table`."""

from __future__ import annotations

from pathlib import Path

import click

from archcalc.cli.networks import Setup, models_option, network_options
from archcalc.cli.output import columns_option, output_options, show
from archcalc.table import COLUMNS, network_table


@click.command("table")
@models_option
@columns_option(COLUMNS)
@click.option("--sort", default="", metavar="KEY", help="One flat list, largest first.")
@click.option("--no-notes", is_flag=True, help="Leave out what the columns mean.")
@click.option("--exact", is_flag=True, help="Counts and bytes to the unit, for people too.")
@network_options
@output_options()
def command(
    models: str,
    columns: list[str],
    sort: str,
    no_notes: bool,
    exact: bool,
    setup: Setup,
    format: str,
    output: Path | None,
) -> None:
    """Networks side by side: parameters, MACs, activations, depth, receptive field.

    Tables for people are by family and year; csv and json keep the order asked for, and
    --sort orders all of them.

    \b
    archcalc table --models 'resnet*' --sort macs
    archcalc table --models vgg16,my.json --format csv
    """
    networks = setup.load_all(models)
    table = network_table(networks, columns=columns, sort=sort, notes=not no_notes, exact=exact)
    show(table, format, output)
