"""`--year` and `--family`: which built-in networks by what their specs say of them."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import click

from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.language.model import Preset
from archcalc.names import catalog
from archcalc.names.spelling import spelling
from archcalc.names.variants import read_variant
from archcalc.suggestions import bare

_YEARS = re.compile(r"(?P<first>[0-9]{4})?(?P<dots>\.\.)?(?P<last>[0-9]{4})?")


class Era(NamedTuple):
    """The years and the family that networks are of; nothing said takes all."""

    first: int | None = None
    last: int | None = None
    family: str = ""

    @property
    def is_all(self) -> bool:
        """Whether it leaves nothing out."""
        return self == Era()

    def has(self, preset: Preset) -> bool:
        """Whether a network is of it; a family by its name or a part of that, however spelled."""
        year = preset.year
        is_late = self.first is None or (year is not None and year >= self.first)
        is_early = self.last is None or (year is not None and year <= self.last)
        family = bare(self.family)
        is_of_family = family in bare(preset.family) if family else not self.family
        return is_late and is_early and is_of_family

    def pick(self, models: Sequence[str]) -> list[str]:
        """The models of it, in their order.

        Raises:
            ArchcalcError: none is.
        """
        if self.is_all:
            return list(models)
        specs = [model for model in models if spelling(read_variant(model).model) is None]
        presets = {model: catalog.described(read_variant(model).model)[1] for model in specs}
        found = [model for model, preset in presets.items() if self.has(preset)]
        if not found:
            raise ArchcalcError(self.nothing([preset.family for preset in presets.values()]))
        return found

    def nothing(self, families: Sequence[str]) -> str:
        """What is said where no network is of it."""
        hint = did_you_mean(self.family, dict.fromkeys(families)) if self.family else ""
        asked = [f"family {quote(self.family)}"] if self.family else []
        if self.first is not None or self.last is not None:
            asked.append(f"years {self.first or ''}..{self.last or ''}")
        said = f"no network of {' and '.join(asked)} (archcalc list)"
        return f"{said}; {hint}" if hint else said


def read_era(years: str, family: str) -> Era:
    """`2017`, `2017..`, `..2016`, `2015..2017`, and a family.

    Raises:
        ArchcalcError: they are no years.
    """
    match = _YEARS.fullmatch(years)
    if match is None or (years and not (match["first"] or match["last"])):
        raise ArchcalcError(f"--year takes 2017, 2017.., ..2016 or 2015..2017, got {quote(years)}")
    first, last = (int(year) if year else None for year in match.group("first", "last"))
    return Era(first, last if match["dots"] else first, family)


def era_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--year` and `--family`, given to the command as an Era."""

    @click.option(
        "--year",
        default="",
        metavar="YEARS",
        help="Only networks of these years: 2017, 2017.. or 2015..2017.",
    )
    @click.option(
        "--family", default="", metavar="NAME", help="Only networks of a family, such as mobilenet."
    )
    @functools.wraps(command)
    def with_era(*, year: str, family: str, **rest: Any) -> Any:
        return command(era=read_era(year, family), **rest)

    return with_era
