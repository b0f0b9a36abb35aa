"""`archcalc table`."""

from __future__ import annotations

from pathlib import Path

import click

from archcalc.cli.completion import complete_one
from archcalc.cli.models import models_argument
from archcalc.cli.networks import Setup, network_options
from archcalc.cli.output import columns_option, output_options, show
from archcalc.table import COLUMNS, network_table


@click.command("table")
@models_argument()
@columns_option(COLUMNS)
@click.option(
    "--sort",
    default="",
    metavar="KEY",
    shell_complete=complete_one(COLUMNS),
    help="One flat list, largest first.",
)
@click.option("--no-notes", is_flag=True, help="Leave out what the columns mean.")
@click.option("--exact", is_flag=True, help="Counts and bytes to the unit, for people too.")
@network_options
@output_options()
def command(
    models: tuple[str, ...],
    columns: list[str],
    sort: str,
    no_notes: bool,
    exact: bool,
    setup: Setup,
    format: str,
    output: Path | None,
) -> None:
    """Networks side by side: parameters, MACs, activations, depth, receptive field.

    Rows are in the order asked for, under their families; all are by year and family.

    \b
    archcalc table 'resnet*' --sort macs
    archcalc table resnet50 'resnet50[num_classes=10]' my.json --format csv
    """
    networks = setup.load_all(models)
    table = network_table(networks, columns=columns, sort=sort, notes=not no_notes, exact=exact)
    show(table, format, output)
