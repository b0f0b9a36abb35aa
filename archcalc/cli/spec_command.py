"""`archcalc spec`."""

from __future__ import annotations

from pathlib import Path

import click

from archcalc.cli.completion import complete_model
from archcalc.cli.help_page import HelpfulCommand
from archcalc.cli.output import OutputPath, put
from archcalc.errors import quote
from archcalc.names import catalog


@click.command("spec", cls=HelpfulCommand)
@click.argument("name", shell_complete=complete_model)
@click.option(
    "--output", type=OutputPath(endings=[".json"]), help="A file to write, instead of printing."
)
def command(name: str, output: Path | None) -> None:
    """The spec file of a built-in network, as a start for one of your own.

    \b
    archcalc spec lenet5 --output my.json
    archcalc layers my.json
    """
    text, member, count = catalog.file_text(name)
    put(text, output=output)
    if count > 1:
        file = "my.json" if output is None else quote(output, marks="")
        click.echo(f"archcalc: {count} networks; in {file} this one is {file}:{member}", err=True)
