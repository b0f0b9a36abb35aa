"""`archcalc diagram`."""

from __future__ import annotations

from pathlib import Path

import click

from archcalc.cli.completion import layer_option
from archcalc.cli.help_page import HelpfulCommand
from archcalc.cli.models import model_argument
from archcalc.cli.network_options import network_options
from archcalc.cli.options import choice_option, theme_option
from archcalc.cli.output import OutputPath, put, put_picture
from archcalc.pictures.diagram import (
    DIRECTIONS,
    Direction,
    diagram,
    diagram_of,
    dot_text,
    mermaid_text,
)
from archcalc.pictures.picture import Theme
from archcalc.selection.networks import Setup


@click.command("diagram", cls=HelpfulCommand)
@model_argument
@layer_option("Only this group of layers, such as inception4a.")
@network_options
@theme_option
@choice_option(
    "--format",
    ["svg", "mermaid", "dot"],
    "svg",
    "svg is a picture, mermaid and dot are text for other programs.",
    given_as="format",
)
@choice_option(
    "--direction",
    DIRECTIONS,
    "down",
    "Where the data flows, from inputs to outputs.",
    given_as="direction",
)
@click.option(
    "--output",
    type=OutputPath(),
    help="A file to write; for a picture, its suffix is .svg, .png or .pdf.  [default: print]",
)
def command(
    model: str,
    layer: str | None,
    setup: Setup,
    theme: Theme,
    format: str,
    direction: Direction,
    output: Path | None,
) -> None:
    """A network or a group of layers as boxes, with shapes and costs.

    Norms and activations are in the box of their layer; beyond 22 boxes, each group is one box.

    \b
    archcalc diagram googlenet --layer inception4a --output inception4a.svg
    archcalc diagram googlenet --layer inception4a --direction right --output wide.svg
    archcalc diagram resnet50 --layer layer2.0 --format mermaid
    """
    net = setup.load(model)
    if format == "svg":
        put_picture(diagram(net, layer, direction).in_theme(theme), output)
    else:
        write = mermaid_text if format == "mermaid" else dot_text
        put(write(diagram_of(net, layer), direction), output=output)
