"""`archcalc diagram`."""

from __future__ import annotations

from pathlib import Path

import click

from archcalc.cli.completion import layer_option
from archcalc.cli.models import model_argument
from archcalc.cli.networks import Setup, network_options
from archcalc.cli.options import choice_option
from archcalc.cli.output import OutputPath, put, put_picture
from archcalc.pictures.diagram import (
    DIRECTIONS,
    Direction,
    diagram,
    diagram_of,
    dot_text,
    mermaid_text,
)


@click.command("diagram")
@model_argument
@layer_option("A group of layers, such as inception4a.")
@network_options
@choice_option(
    "--format",
    ["svg", "mermaid", "dot"],
    "svg",
    "A picture, or text for another program.",
    given_as="format",
)
@choice_option(
    "--direction",
    DIRECTIONS,
    "down",
    "Where it leads, from its inputs to its outputs.",
    given_as="direction",
)
@click.option(
    "--output",
    type=OutputPath(),
    help="The file to write; that of a picture ends in .svg, .png or .pdf.",
)
def command(
    model: str,
    layer: str | None,
    setup: Setup,
    format: str,
    direction: Direction,
    output: Path | None,
) -> None:
    """A network or a group of layers as boxes, with shapes and costs.

    Norms and activations are in the box of their layer; of more than 22 boxes, groups are boxes.

    \b
    archcalc diagram googlenet --layer inception4a --output inception4a.svg
    archcalc diagram googlenet --layer inception4a --direction right --output wide.svg
    archcalc diagram resnet50 --layer layer2.0 --format mermaid
    """
    net = setup.load(model)
    if format == "svg":
        put_picture(diagram(net, layer, direction), output)
    else:
        write = mermaid_text if format == "mermaid" else dot_text
        put(write(diagram_of(net, layer), direction), output=output)
