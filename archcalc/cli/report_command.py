"""`archcalc report`."""

from __future__ import annotations

from pathlib import Path

import click

from archcalc.cli.files import write_folder
from archcalc.cli.help_page import HelpfulCommand
from archcalc.cli.models import EVERY, models_argument, read_models
from archcalc.cli.output import OutputPath, put
from archcalc.cli.processes import in_processes
from archcalc.errors import quote
from archcalc.names import catalog
from archcalc.report import pages


@click.command("report", cls=HelpfulCommand)
@models_argument()
@click.option(
    "--output",
    type=OutputPath("folder"),
    default=Path("reports"),
    show_default=True,
    help="The folder to write.",
)
def command(models: tuple[str, ...], output: Path) -> None:
    """Markdown pages: an overview, and a page per network with its arithmetic.

    The report on all networks has the studies and the stated figures too.

    \b
    archcalc report
    archcalc report 'resnet*' --output /tmp/resnets
    """
    if models == EVERY:
        files = pages(read_models(models), list(catalog.built_in("studies")), in_processes)
    else:
        files = pages(read_models(models), each=in_processes)
    write_folder(output, files)
    count = sum(name.endswith(".md") for name in files)
    put(f"{quote(output, marks='')}: {count} pages, {len(files) - count} pictures")
