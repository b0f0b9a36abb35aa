"""`archcalc report`."""

from __future__ import annotations

from pathlib import Path

import click

from archcalc.cli.files import write_folder
from archcalc.cli.help_page import HelpfulCommand
from archcalc.cli.models import models_argument
from archcalc.cli.network_options import network_options
from archcalc.cli.output import OutputPath, put
from archcalc.cli.processes import in_processes
from archcalc.errors import quote
from archcalc.report import pages
from archcalc.selection.networks import Setup


@click.command("report", cls=HelpfulCommand)
@models_argument()
@network_options
@click.option(
    "--output",
    type=OutputPath("folder"),
    default=Path("reports"),
    show_default=True,
    help="The folder to write.",
)
def command(models: tuple[str, ...], setup: Setup, output: Path) -> None:
    """Markdown pages: an overview, and a page per network with its arithmetic.

    The report on all networks has the studies and the stated figures too.

    \b
    archcalc report
    archcalc report 'resnet*' --output /tmp/resnets
    archcalc report resnet50 --input 320 --batch 8 --output /tmp/larger
    """
    networks, studies = setup.load_with_studies(models)
    files = pages(networks, studies, in_processes)
    write_folder(output, files)
    count = sum(name.endswith(".md") for name in files)
    put(f"{quote(output, marks='')}: {count} pages, {len(files) - count} pictures")
