"""`archcalc layers`."""

from __future__ import annotations

from pathlib import Path

import click

from archcalc.cli.bars import coloured, room_for_bars, with_bars
from archcalc.cli.completion import layer_option
from archcalc.cli.help_page import HelpfulCommand
from archcalc.cli.models import model_argument
from archcalc.cli.network_options import WholeNumber, network_options
from archcalc.cli.options import columns_option, no_notes_option, sort_options
from archcalc.cli.output import output_options, put, show
from archcalc.cli.start_page import width
from archcalc.errors import ArchcalcError, quote
from archcalc.formats import FORMATS
from archcalc.selection.networks import Setup
from archcalc.tables.choosing import check_sorted
from archcalc.tables.layer_table import COLUMNS, layer_table


@click.command("layers", cls=HelpfulCommand)
@model_argument
@layer_option("Only this group of layers, such as inception4a, or layer1.0 of equal blocks.")
@click.option(
    "--depth",
    type=WholeNumber(),
    metavar="N",
    help="Levels of groups to show; deeper ones are folded.  [default: all]",
)
@columns_option(COLUMNS)
@sort_options(COLUMNS, "A column to sort by: one flat list of layers, largest first.")
@click.option(
    "--top",
    type=WholeNumber(),
    metavar="N",
    help="Only the first N layers, by MACs or by what --sort names.",
)
@no_notes_option
@network_options
@output_options()
def command(
    model: str,
    layer: str | None,
    depth: int | None,
    columns: list[str],
    sort: str,
    ascending: bool,
    top: int | None,
    no_notes: bool,
    setup: Setup,
    format: str,
    output: Path | None,
) -> None:
    """The layers of one network, with subtotals that add up.

    \b
    archcalc layers lenet5
    archcalc layers resnet50 --depth 2
    archcalc layers vit-b-16 --layer block.0
    archcalc layers googlenet --top 10 --sort parameters
    archcalc layers vgg16 --columns op,output_shape,receptive_field
    """
    if depth is not None and format in ("csv", "json"):
        raise ArchcalcError("--depth folds rows for people; csv and json have one row a node")
    is_flat = bool(sort) or top is not None
    if depth is not None and is_flat:
        raise ArchcalcError("--depth folds groups, and --sort and --top have none")
    check_sorted(sort, ascending, is_flat)
    net = setup.load(model)
    part = net[layer] if layer else net
    if layer and part.node is not None:
        raise ArchcalcError(
            f"{layer} is one layer: archcalc explain {quote(model, '')} --layer {layer}"
        )
    table = layer_table(
        part,
        depth=depth,
        columns=columns,
        sort=sort,
        ascending=ascending,
        top=top,
        notes=not no_notes,
    )
    room = room_for_bars() if format == "text" and output is None else 0
    if room:
        put(coloured(FORMATS["text"].write(with_bars(table), width() + room)))
    else:
        show(table, format, output)
