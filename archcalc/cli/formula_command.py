"""`archcalc formula`."""

from __future__ import annotations

from pathlib import Path
from typing import get_args

import click

from archcalc.cli.completion import complete_open, layer_option
from archcalc.cli.help_page import HelpfulCommand
from archcalc.cli.models import models_argument
from archcalc.cli.network_options import network_options
from archcalc.cli.options import OneOf, several_option
from archcalc.cli.output import output_options, put, show
from archcalc.errors import ArchcalcError
from archcalc.formats import FORMATS
from archcalc.formulas.closed_forms import COUNTED, USUAL, formula
from archcalc.formulas.forms import Grouping
from archcalc.formulas.printed import FormulaPage, FormulasPage
from archcalc.names.variants import separated
from archcalc.selection.networks import Setup

PYTHON = "python"


@click.command("formula", cls=HelpfulCommand)
@models_argument(())
@click.option(
    "--open",
    "names",
    metavar="NAMES",
    shell_complete=complete_open,
    help="Input sizes and arguments left open, comma-separated: height,num_classes,units[0]; "
    "image.height of an input with a name.  "
    "[default: the input's height and width, of a sequence its length or tokens]",
)
@layer_option("Only this layer or group, such as layer1.", default="")
@several_option("--quantity", COUNTED, USUAL, "NAMES")
@click.option(
    "--floors",
    is_flag=True,
    help="Keep divisions that round down, so that the form holds for every size.",
)
@click.option(
    "--by",
    type=OneOf(["stage", "map", "none"]),
    help="Terms by stage, or by map: the weights used at each position of a map size.  "
    "[default: stage, with --floors map]",
)
@network_options
@output_options(*FORMATS, PYTHON)
def command(
    models: tuple[str, ...],
    names: str | None,
    layer: str,
    quantity: str,
    floors: bool,
    by: str | None,
    setup: Setup,
    format: str,
    output: Path | None,
) -> None:
    """What a network costs as closed forms in the sizes and arguments left open.

    Each form is compared with plain counting at random points before it is printed. Several
    networks have a row each.

    \b
    archcalc formula resnet50 --open height,width,num_classes
    archcalc formula inception-v3 --floors --format latex
    archcalc formula stacked-3x3 --open channels
    """
    if not models:
        raise ArchcalcError("formula takes at least one network")
    networks = setup.load_all(models)
    is_alone = len(networks) == 1
    if not is_alone and (by or format == PYTHON):
        option = "--format python" if format == PYTHON else "--by"
        raise ArchcalcError(f"{option} takes one network, got {len(networks)}")
    asked = by or ("map" if floors else "stage")
    found = [
        formula(
            net,
            None if names is None else separated(names),
            layer=layer,
            quantities=separated(quantity),
            floors=floors,
            by=next((kind for kind in get_args(Grouping) if kind == asked), ""),
        )
        for net in networks
    ]
    page = FormulaPage(found[0])
    if format == PYTHON:
        put(page.python(), output=output)
    else:
        show(page if is_alone else FormulasPage(found), format, output)
