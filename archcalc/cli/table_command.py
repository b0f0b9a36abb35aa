"""`archcalc table`."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import click

from archcalc.cli.completion import complete_one
from archcalc.cli.eras import Era, era_options
from archcalc.cli.help_page import HelpfulCommand
from archcalc.cli.models import models_argument
from archcalc.cli.network_options import network_options
from archcalc.cli.options import columns_option, no_notes_option, sort_options
from archcalc.cli.output import output_options, show
from archcalc.errors import together
from archcalc.figures import COUNT_UNITS
from archcalc.selection.networks import Setup
from archcalc.selection.selected import read_models
from archcalc.tables.choosing import check_sorted
from archcalc.tables.network_row import network_row
from archcalc.tables.network_table import COLUMNS, asked_for, check_unit, table_of


@click.command("table", cls=HelpfulCommand)
@models_argument()
@era_options
@columns_option(COLUMNS)
@sort_options(COLUMNS, "A column to sort by: one flat list, largest first.")
@click.option(
    "--where",
    default="",
    metavar="CONDITION",
    help="Only networks that meet a condition: 'parameters < 30M and macs < 5G'.",
)
@click.option(
    "--unit",
    default="",
    metavar="UNIT",
    shell_complete=complete_one(COUNT_UNITS),
    help="K, M, G or T for all counts, or for some: parameters=M,macs=G.",
)
@no_notes_option
@click.option(
    "--exact", is_flag=True, help="Counts and bytes in full, in text, markdown and latex too."
)
@network_options
@output_options()
def command(
    models: tuple[str, ...],
    era: Era,
    columns: list[str],
    sort: str,
    ascending: bool,
    where: str,
    unit: str,
    no_notes: bool,
    exact: bool,
    setup: Setup,
    format: str,
    output: Path | None,
) -> int:
    """Networks side by side: parameters, MACs, activations, depth, receptive field.

    Rows are in the order asked for, under their families; all are by year and family. Where some
    are refused, as for an input that is too small or a mistake in their file, the others are
    shown, and the exit code is 2.

    \b
    archcalc table 'resnet*' --sort macs
    archcalc table --family mobilenet --year 2018..
    archcalc table --where 'parameters < 30M and macs < 5G' --sort parameters --ascending
    archcalc table resnet50 'resnet50[num_classes=10]' my.json --format csv
    """
    check_sorted(sort, ascending)
    check_unit(unit, exact)
    asked = asked_for(columns, where, sort, notes=not no_notes)
    names = era.pick(read_models(models))
    found = setup.read_all(names, partial(network_row, asked=asked, is_alone=len(names) == 1))
    refused = list(found.refused)
    table = table_of(
        found.values, asked, ascending=ascending, exact=exact, unit=unit, refused=refused
    )
    show(table, format, output)
    if refused:
        setup.say(str(together(found.refused.values())).splitlines())
    return 2 if refused else 0
