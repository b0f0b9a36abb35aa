"""`archcalc validate`."""

from __future__ import annotations

from collections.abc import Mapping

import click

from archcalc import figures
from archcalc.cli.help_page import HelpfulCommand
from archcalc.cli.output import put
from archcalc.errors import ArchcalcError, Problem, SpecError, quote
from archcalc.graph import Graph
from archcalc.language.budget import Budget
from archcalc.language.expand import expand
from archcalc.language.model import Spec
from archcalc.language.read import read

_MOST_NAMED = 10
"""The most networks that a message names."""


@click.command("validate", cls=HelpfulCommand)
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
def command(files: tuple[str, ...]) -> int:
    """Every problem of spec files: of all presets, in both modes.

    \b
    archcalc validate my.json
    """
    failed = 0
    for file in files:
        try:
            put(f"{quote(file, marks='')}: {_checked(file)}")
        except ArchcalcError as error:
            for line in str(error).split("\n"):
                click.echo(f"archcalc: {line}", err=True)
            failed = 2
    return failed


def _checked(file: str) -> str:
    """What a file holds, when it is right; what is probably a mistake goes to stderr."""
    spec = read(file)
    budget = Budget()
    found: dict[Problem, dict[str, str]] = {}
    warnings: dict[str, None] = {}
    count, said = len(spec.presets), ""
    for preset in spec.presets.values():
        for train in (False, True) if spec.has_auxiliary else (False,):
            try:
                graph = expand(spec, preset, train=train, budget=budget)
                warnings |= dict.fromkeys(graph.warnings)
                said = said or _outputs(graph)
            except SpecError as error:
                for problem in error.problems:
                    given = found.setdefault(problem._replace(given=""), {})
                    given[preset.name] = problem.given
        if budget.is_spent:
            break
    if found:
        raise SpecError(file, [_said(spec, problem, in_) for problem, in_ in found.items()])
    for line in warnings:
        click.echo(f"archcalc: {line}", err=True)
    return f"{count} networks, all right" if count > 1 else f"1 network, {said}"


def _outputs(graph: Graph) -> str:
    """That it is all right, and its outputs where it has several."""
    if len(graph.output_names) == 1:
        return "all right"
    return f"all right; its outputs are {figures.outputs_of(graph)}"


def _said(spec: Spec, problem: Problem, given: Mapping[str, str]) -> Problem:
    """A problem, with the networks of the file that have it: once, not once for each."""
    if len(given) == 1:
        ((name, settings),) = given.items()
        where = f"in {quote(name, marks='')}" if len(spec.presets) > 1 else ""
        return problem._replace(given=", ".join(filter(None, (where, settings))))
    if len(given) == len(spec.presets):
        return problem._replace(given=f"in all {len(given)} networks")
    names = [quote(name, marks="") for name in given]
    if len(names) > _MOST_NAMED:
        names[_MOST_NAMED:] = [f"{len(names) - _MOST_NAMED} more"]
    return problem._replace(given=f"in {', '.join(names[:-1])} and {names[-1]}")
