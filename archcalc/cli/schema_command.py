"""`archcalc schema`."""

from __future__ import annotations

from pathlib import Path

import click

from archcalc.cli.help_page import HelpfulCommand
from archcalc.cli.options import OneOf
from archcalc.cli.output import OutputPath, put
from archcalc.formats import to_json


@click.command("schema", cls=HelpfulCommand)
@click.argument("what", default="spec", type=OneOf(["spec", "counter"]))
@click.option(
    "--output", type=OutputPath(endings=[".json"]), help="A file to write, instead of printing."
)
def command(what: str, output: Path | None) -> None:
    """The JSON Schema of spec files or counter files, for completion in an editor.

    \b
    archcalc schema --output archcalc.schema.json
    archcalc schema counter --output counter.schema.json
    """
    from archcalc.counters.counter_schema import counter_schema
    from archcalc.language.schema import schema

    put(to_json(counter_schema() if what == "counter" else schema()), "json", output)
