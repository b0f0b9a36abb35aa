"""`archcalc page`."""

from __future__ import annotations

from pathlib import Path

import click

from archcalc.cli.help_page import HelpfulCommand
from archcalc.cli.models import models_argument
from archcalc.cli.network_options import network_options
from archcalc.cli.output import OutputPath, put
from archcalc.errors import quote
from archcalc.figures import count_of
from archcalc.page import page
from archcalc.selection.networks import Setup


@click.command("page", cls=HelpfulCommand)
@models_argument()
@network_options
@click.option(
    "--output",
    type=OutputPath(endings=[".html", ".htm"]),
    default=Path("page.html"),
    show_default=True,
    help="The HTML file to write.",
)
def command(models: tuple[str, ...], setup: Setup, output: Path) -> None:
    """One HTML page of networks that counts again in the browser, for other inputs and batches.

    It needs no server and loads nothing else. The page of all networks has the studies and the
    stated figures too.

    \b
    archcalc page
    archcalc page my.json resnet50 --output mine.html
    """
    networks, studies = setup.load_with_studies(models)
    put(page(networks, studies), output=output)
    many = count_of(len(networks), "network")
    put(f"{quote(output, marks='')}: {many}, open it in a browser")
