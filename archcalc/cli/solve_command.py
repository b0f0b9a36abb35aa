"""`archcalc solve`."""

from __future__ import annotations

from pathlib import Path

import click

from archcalc.cli.completion import complete_one, complete_several
from archcalc.cli.help_page import HelpfulCommand
from archcalc.cli.models import model_argument
from archcalc.cli.network_options import network_options
from archcalc.cli.output import output_options, show
from archcalc.cli.sweep_command import varied
from archcalc.errors import ArchcalcError, quote
from archcalc.formulas.closed_forms import COUNTED
from archcalc.names.variants import separated
from archcalc.selection.networks import Setup
from archcalc.sweeps.printed import solution_table
from archcalc.sweeps.solving import solve
from archcalc.sweeps.space import read_inputs


@click.command("solve", cls=HelpfulCommand)
@model_argument
@click.option(
    "--for",
    "name",
    required=True,
    metavar="NAME",
    help="What to solve for: an argument, a size such as height, or input or batch.",
)
@click.option(
    "--where", required=True, metavar="CONDITION", help="The condition to meet: 'macs <= 300M'."
)
@click.option(
    "--most",
    default="",
    metavar="KEY",
    shell_complete=complete_one(COUNTED),
    help="The value at which this figure is largest, instead of the largest value.",
)
@click.option("--smallest", is_flag=True, help="The smallest value, instead of the largest.")
@click.option(
    "--columns",
    default="",
    metavar="KEYS",
    shell_complete=complete_several(COUNTED),
    help=f"Other figures to show, comma-separated, any of {', '.join(COUNTED)}.",
)
@network_options(read_input=read_inputs)
@output_options()
def command(
    model: str,
    name: str,
    where: str,
    most: str,
    smallest: bool,
    columns: str,
    setup: Setup,
    format: str,
    output: Path | None,
) -> None:
    """The largest value of an argument or a size for which a condition holds.

    All values from 1 to 100,000 are tried, or to 300 where the value decides the structure; of a
    multiplier, such as a width of 0.75, those from 0.05 to 5. Other values are given by
    --set NAME=VALUES or --input VALUES, as in archcalc sweep.

    \b
    archcalc solve mobilenet-v2 --for width --where 'macs <= 300e6'
    archcalc solve wrn-28-10 --set widen=4 --for depth --where 'parameters <= 10M'
    archcalc solve resnet50 --for input --where 'memory_training <= 8e9'
    archcalc solve resnet50 --for width_per_group --set width_per_group=8:256:8 --where 'macs < 1G'
    """
    net, axes = varied(setup, model, name)
    values = None
    for axis in axes:
        (column,) = axis.columns
        if column != name:
            raise ArchcalcError(f"--for {name} is what varies; give {quote(column)} one value")
        values = axis.columns[name] if name in axis.settings else setup.input
    found = solve(
        net,
        name,
        where,
        values=values,
        most=most,
        smallest=smallest,
        columns=separated(columns),
    )
    show(solution_table(found), format, output)
