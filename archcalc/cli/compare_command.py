"""`archcalc compare`."""

from __future__ import annotations

from pathlib import Path

import click

from archcalc.cli.completion import complete_open, complete_several
from archcalc.cli.help_page import HelpfulCommand
from archcalc.cli.models import models_argument
from archcalc.cli.network_options import network_options
from archcalc.cli.options import OneOf
from archcalc.cli.output import output_options, show
from archcalc.differences.pair import Sections
from archcalc.differences.printed import SideBySidePage
from archcalc.differences.side_by_side import USUAL, compare
from archcalc.errors import ArchcalcError
from archcalc.names.variants import separated
from archcalc.quantities import QUANTITIES
from archcalc.selection.networks import Setup


@click.command("compare", cls=HelpfulCommand)
@models_argument(())
@click.option(
    "--quantity",
    default=",".join(USUAL),
    show_default=True,
    metavar="NAMES",
    shell_complete=complete_several(QUANTITIES),
    help="Figures of the whole networks to compare, comma-separated.",
)
@click.option(
    "--by",
    type=OneOf(["stage", "stride"]),
    help="Where they differ: by stages, or by output strides.  "
    "[default: stage, unless fewer than half of the layers align]",
)
@click.option(
    "--open",
    "names",
    default="",
    metavar="NAMES",
    shell_complete=complete_open,
    help="Compare closed forms, with these sizes or arguments left open: channels.",
)
@network_options
@output_options()
def command(
    models: tuple[str, ...],
    quantity: str,
    by: Sections | None,
    names: str,
    setup: Setup,
    format: str,
    output: Path | None,
) -> None:
    """Networks compared with the first of them: figures, arguments, layers that differ.

    \b
    archcalc compare resnet50 resnet50-v1.5
    archcalc compare resnet50 'resnet50[groups=32,width_per_group=4]' 'resnet50[input=3x320x320]'
    archcalc compare stacked-3x3 --open channels
    """
    if not models:
        raise ArchcalcError("compare takes at least two different networks")
    networks = setup.load_all(models)
    found = compare(*networks, quantities=separated(quantity), by=by, open=separated(names))
    show(SideBySidePage(found), format, output)
