"""`archcalc schema`."""

from __future__ import annotations

from pathlib import Path

import click

from archcalc.cli.output import OutputPath, put
from archcalc.formats import to_json


@click.command("schema")
@click.argument("what", default="spec", type=click.Choice(["spec", "counter"]))
@click.option("--output", type=OutputPath(), help="Write to this file instead.")
def command(what: str, output: Path | None) -> None:
    """The JSON Schema of spec files, or of counter files, for completion in an editor.

    \b
    archcalc schema --output archcalc.schema.json
    archcalc schema counter --output counter.schema.json
    """
    from archcalc.counters.counter_schema import counter_schema
    from archcalc.language.schema import schema

    put(to_json(counter_schema() if what == "counter" else schema()), "json", output)
