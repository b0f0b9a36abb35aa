"""`archcalc validate`."""

from __future__ import annotations

from pathlib import Path

import click

from archcalc.cli.output import emit
from archcalc.errors import SpecError
from archcalc.language.expand import expand
from archcalc.language.read import read


@click.command("validate")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE..."
)
def command(files: tuple[Path, ...]) -> int:
    """Check spec files: every preset, in both modes.

    \b
    archcalc validate my.json
    """
    failed = 0
    for file in files:
        try:
            emit(f"{file}: {_checked(file)}")
        except SpecError as error:
            for line in str(error).split("\n"):
                click.echo(f"archcalc: {line}", err=True)
            failed = 2
    return failed


def _checked(file: Path) -> str:
    """What a file holds, when it is right."""
    spec = read(file)
    problems: dict[str, SpecError] = {}
    for preset in spec.presets.values():
        for train in (False, True):
            try:
                expand(spec, preset, train=train)
            except SpecError as error:
                problems.setdefault(str(error), error)
    if problems:
        raise SpecError(str(file), [p for error in problems.values() for p in error.problems])
    count = len(spec.presets)
    return f"{count} networks, all right" if count > 1 else "1 network, all right"
