"""`archcalc list`."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from archcalc import catalog
from archcalc.cli.output import output_options, show
from archcalc.expression import Expression
from archcalc.formats import Column, Row, Table
from archcalc.language.model import Preset, Spec

_COLUMNS = (
    Column("model", "model", align="left"),
    Column("title", "title", align="left"),
    Column("family", "family", align="left", in_text=False),
    Column("year", "year", in_text=False),
    Column("kind", "kind", align="left", in_text=False),
    Column("arguments", "arguments", ", ".join, align="left", in_text=False),
    Column("source", "source", align="left", in_text=False),
)


@click.command("list")
@output_options()
def command(format: str, output: Path | None) -> None:
    """The built-in networks and studies, by family, with the arguments that --set takes."""
    rows: list[Row | str] = []
    records: list[dict[str, Any]] = []
    for kind in catalog.SPEC_FOLDERS:
        members = [
            {
                "model": preset.name,
                "family": preset.family,
                "year": preset.year,
                "kind": kind,
                "arguments": _defaults(spec, preset),
                "source": preset.source,
                "title": preset.title,
            }
            for spec, preset in catalog.built_in(kind).values()
        ]
        records += members
        for heading, group in groupby(members, key=_heading):
            rows.append(heading if kind == "networks" else f"study: {heading}")
            rows += [Row(member, level=1) for member in group]
    networks, studies = (len(catalog.built_in(kind)) for kind in catalog.SPEC_FOLDERS)
    title = f"{networks} networks, {studies} studies; with a family, the arguments that --set takes"
    show(Table(title, _COLUMNS, rows, records=records), format, output)


def _defaults(spec: Spec, preset: Preset) -> dict[str, Any]:
    """What each argument is unless it is set; an expression as a spec file writes it."""
    return {
        name: value.text if isinstance(value, Expression) else value
        for name, argument in spec.arguments.items()
        for value in (preset.settings.get(name, argument.default),)
    }


def _heading(member: Mapping[str, Any]) -> str:
    """`ResNet, 2015: num_classes, unit, units`."""
    family = f"{member['family']}, {member['year']}"
    return f"{family}: {', '.join(member['arguments'])}" if member["arguments"] else family
