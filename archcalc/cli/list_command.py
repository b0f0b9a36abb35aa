"""`archcalc list`."""

from __future__ import annotations

import fnmatch
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import click

from archcalc.cli.completion import complete_model
from archcalc.cli.eras import Era, era_options
from archcalc.cli.help_page import HelpfulCommand
from archcalc.cli.output import output_options, show
from archcalc.cli.settable import arguments_table, default_values
from archcalc.errors import ArchcalcError, quote
from archcalc.figures import count_of
from archcalc.formats import Column, DocumentBlock, Printable, Record, Row, Table, wrapped
from archcalc.names import catalog
from archcalc.names.variants import between_commas
from archcalc.selection.selected import EVERY
from archcalc.suggestions import bare

_COLUMNS = (
    Column("model", "model", align="left"),
    Column("title", "title", align="left"),
    Column("family", "family", align="left", in_text=False),
    Column("year", "year", in_text=False),
    Column("kind", "kind", align="left", in_text=False),
    Column("arguments", "arguments", ", ".join, align="left", in_text=False),
    Column("source", "source", align="left", in_text=False),
)


@dataclass(frozen=True)
class _Listing(Printable):
    """The models of a list: all of them with their families folded, some with their titles."""

    table: Table
    folded: Sequence[str]
    """For terminals: families with the names of their members; nothing where they are unfolded."""

    def as_blocks(self) -> Sequence[DocumentBlock]:
        """A row a model."""
        return self.table.as_blocks()

    def as_records(self) -> Sequence[Record]:
        """A record a model."""
        return self.table.as_records()

    def as_text(self, width: int) -> str | None:
        """Headings, and names beneath them as wide as the terminal is."""
        if not self.folded:
            return self.table.as_text(width)
        lines = [self.table.title]
        for line in self.folded:
            indent = (len(line) - len(line.lstrip())) * " "
            lines += [indent + part for part in wrapped(line.strip(), width - len(indent))]
        return "\n".join(lines)


@click.command("list", cls=HelpfulCommand)
@click.argument("names", nargs=-1, metavar="[MODELS]...", shell_complete=complete_model)
@era_options
@output_options()
def command(names: tuple[str, ...], era: Era, format: str, output: Path | None) -> None:
    """The built-in networks and studies, by family, with the arguments that --set takes.

    All of them with their names alone; some, by a pattern, a word, years or a family, with their
    titles; of one its arguments: what each is, what it takes, and its default; of a torch module of
    your own those of what makes it.

    \b
    archcalc list
    archcalc list resnet50
    archcalc list my_net.py:Net
    archcalc list 'mobilenet*'
    archcalc list depthwise
    archcalc list --year 2017.. --family resnet
    """
    if era.is_all and _is_one(names):
        try:
            arguments = arguments_table(names[0])
        except ArchcalcError:
            if names[0].isdecimal() and len(names[0]) == 4:
                raise ArchcalcError(f"no model {quote(names[0])}; did you mean --year?") from None
            names = tuple(catalog.with_words(names[0]))
            if not names:
                raise
        else:
            show(arguments, format, output)
            return
    rows: list[Row | str] = []
    folded: list[str] = []
    records: list[dict[str, Any]] = []
    counts = []
    for kind in catalog.SPEC_FOLDERS:
        members: list[dict[str, Any]] = [
            {
                "model": preset.name,
                "family": preset.family,
                "year": preset.year,
                "kind": kind,
                "arguments": default_values(catalog.described(preset.name)[0].arguments, preset),
                "source": preset.source,
                "title": preset.title,
            }
            for preset in catalog.built_in(kind).values()
            if era.has(preset) and _is_asked_for(preset.name, names)
        ]
        records += members
        counts.append(len(members))
        for said, group in groupby(members, key=_heading):
            named = list(group)
            heading = said if kind == "networks" else f"study: {said}"
            rows += [heading, *(Row(member, level=1) for member in named)]
            folded += [heading, f"  {', '.join(member['model'] for member in named)}"]
    if not records:
        families = [preset.family for preset in catalog.built_in().values()]
        hint = "" if "*" in "".join(names) else "; a pattern has a star: 'resnet*'"
        raise ArchcalcError(
            era.nothing(families)
            if not era.is_all
            else f"no model matches {quote(' '.join(names))}{hint}"
        )
    is_whole = era.is_all and not names
    networks, studies = counts
    title = f"{count_of(networks, 'network')}, {studies} {'study' if studies == 1 else 'studies'}"
    title += "; with a family, the arguments that --set takes"
    table = Table(title, _COLUMNS, rows, records=records)
    show(_Listing(table, folded if is_whole else ()), format, output)


def _is_one(names: Sequence[str]) -> bool:
    """Whether one model is named, which may have settings in brackets."""
    return (
        len(names) == 1
        and not set("*?") & set(names[0])
        and len(between_commas(names[0])) == 1
        and tuple(names) != EVERY
    )


def _is_asked_for(name: str, patterns: Sequence[str]) -> bool:
    """Whether a model is one of those named, or of a pattern; all are where none is named."""
    wanted = [part for pattern in patterns for part in between_commas(pattern) if part]
    return not wanted or any(
        part == "all" or fnmatch.fnmatchcase(name, part) or bare(part) == bare(name)
        for part in wanted
    )


def _heading(member: Mapping[str, Any]) -> str:
    """`ResNet, 2015: num_classes, unit, units`."""
    family = f"{member['family']}, {member['year']}"
    return f"{family}: {', '.join(member['arguments'])}" if member["arguments"] else family
