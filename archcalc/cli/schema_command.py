"""`archcalc schema`."""

from __future__ import annotations

from pathlib import Path

import click

from archcalc.cli.output import OutputPath, put
from archcalc.formats import to_json


@click.command("schema")
@click.option("--output", type=OutputPath(), help="Write to this file instead.")
def command(output: Path | None) -> None:
    """The JSON Schema of spec files, for completion in an editor.

    \b
    archcalc schema --output archcalc.schema.json
    """
    from archcalc.language.schema import schema

    put(to_json(schema()), "json", output)
