"""`archcalc import`."""

from __future__ import annotations

from pathlib import Path

import click

from archcalc.cli.files import write_file
from archcalc.cli.help_page import HelpfulCommand
from archcalc.cli.models import model_argument
from archcalc.cli.network_options import network_options
from archcalc.cli.output import OutputPath
from archcalc.importer.left_out import left_out
from archcalc.importer.spec_writing import spec_text
from archcalc.selection.networks import Setup


@click.command("import", cls=HelpfulCommand)
@model_argument
@click.option(
    "--output",
    type=OutputPath(endings=[".json"]),
    metavar="FILE",
    help="A file to write, instead of printing.",
)
@click.option("--flat", is_flag=True, help="One item per layer, without blocks and repetitions.")
@network_options
def command(model: str, output: Path | None, flat: bool, setup: Setup) -> None:
    """The spec file of a torch module of your own, with its blocks and repetitions.

    The file is read back and must give the same network. MODEL may be any other network too.

    \b
    archcalc import my_net.py:build --input 3x224x224 --output my.json
    """
    net = setup.load(model)
    text = spec_text(net, flat=flat)
    missing = left_out(net)
    if output is None:
        click.echo(text, nl=False)
    else:
        write_file(output, text)
    if missing:
        click.echo(f"archcalc: the spec is without {missing}", err=True)
