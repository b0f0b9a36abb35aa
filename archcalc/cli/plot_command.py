"""`archcalc plot`."""

from __future__ import annotations

from pathlib import Path

import click

from archcalc.cli.help_page import HelpfulCommand
from archcalc.cli.models import models_argument
from archcalc.cli.network_options import network_options
from archcalc.cli.options import theme_option
from archcalc.cli.output import OutputPath, put_picture
from archcalc.pictures import picture_kind, plot
from archcalc.pictures.picture import Theme
from archcalc.selection.networks import Setup
from archcalc.selection.selected import EVERY


@click.command("plot", cls=HelpfulCommand)
@click.argument("kind", metavar="KIND")
@models_argument(())
@network_options
@theme_option
@click.option(
    "--output",
    type=OutputPath(),
    help="A file to write, its suffix .svg, .png or .pdf.  [default: print SVG]",
)
def command(
    kind: str, models: tuple[str, ...], setup: Setup, theme: Theme, output: Path | None
) -> None:
    """Pictures of what networks cost, as SVG, PNG or PDF.

    KIND is cost (of one network), networks, accuracy or history (of all networks, or of those
    named), compare (of two to four), or study (of a study, or of its members).

    \b
    archcalc plot cost resnet50 --output resnet50.svg
    archcalc plot compare vgg16 resnet50 --output compare.svg
    archcalc plot study stacked-3x3 --theme dark --output study.png
    """
    chosen = models or (EVERY if picture_kind(kind).is_of_all else ())
    picture = plot(kind, *(setup.load_all(chosen) if chosen else ()))
    put_picture(picture.in_theme(theme), output)
