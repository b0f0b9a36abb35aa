"""What keeps a module from being imported: where, what, and why, all at once."""

from __future__ import annotations

from collections.abc import Iterable

from archcalc.errors import ArchcalcError, Problem, quote

MOST_REFUSALS = 100
"""The most problems that are told of one module."""


BUG = "; this is a bug in archcalc, please report it"
"""What is said where archcalc and torch differ."""


class ImportRefused(ArchcalcError):
    """A module whose cost is not known: all that was found, a line each."""

    def __init__(self, model: str, problems: Iterable[Problem]):
        self.model = quote(model, marks="")
        self.problems = tuple(problems)[:MOST_REFUSALS]
        super().__init__(self.model, self.problems)

    def __str__(self) -> str:
        lines = [f"{self.model}: {problem}" for problem in self.problems]
        if len(lines) > 1:
            lines.append(f"{self.model}: {len(lines)} problems")
        return "\n".join(lines)
