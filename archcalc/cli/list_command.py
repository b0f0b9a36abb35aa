"""`archcalc list`."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path

import click

from archcalc import catalog, figures
from archcalc.cli.output import emit, output_options, width
from archcalc.formats import Column, Row, Table, render

COLUMNS = (
    Column("model", "model", align="left"),
    Column("title", "title", align="left"),
    Column("family", "family", align="left", in_text=False),
    Column("year", "year", figures.plain, in_text=False),
    Column("kind", "kind", align="left", in_text=False),
    Column("arguments", "arguments", align="left"),
    Column("source", "source", align="left", in_text=False),
)


@click.command("list")
@output_options()
def command(format: str, output: Path | None) -> None:
    """The built-in networks and studies, by family, with the arguments that --set takes."""
    rows: list[Row | str] = []
    for kind in catalog.KINDS:
        members = [
            {
                "model": preset.name,
                "title": preset.title,
                "family": preset.family,
                "year": preset.year,
                "kind": kind,
                "arguments": ", ".join(spec.arguments),
                "source": preset.source,
            }
            for spec, preset in catalog.built_in(kind).values()
        ]
        for heading, group in groupby(members, key=lambda m: f"{m['family']}, {m['year']}"):
            rows.append(heading if kind == "networks" else f"study: {heading}")
            rows += [Row(member, level=1) for member in group]
    networks, studies = (len(catalog.built_in(kind)) for kind in catalog.KINDS)
    title = f"{networks} networks, {studies} studies"
    emit(render(Table(title, COLUMNS, rows), format, width()), output)
