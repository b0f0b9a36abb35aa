"""What gives a stated figure, as commands print it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from archcalc import figures
from archcalc.counters.quoted import Quoted
from archcalc.counters.reconciliation import reconcile
from archcalc.counters.rules import counter_named
from archcalc.counters.search import COULD_BE_CHANCE, Found, Match, Near
from archcalc.counters.terms import written_sum
from archcalc.formats import Column, DocumentBlock, Printable, Record, Row, Table
from archcalc.network import load, models

_COLUMNS = (
    Column("value", "number", figures.count),
    Column("what", "what it is", align="left", least=40, wraps=True),
)
ANOTHER_FORM = Fraction(1, 20)
"""How far off a number may be that is a network's in another form."""
MANY_DIGITS = 5
"""How many digits a figure has that is of one form of a network alone."""
MOST_FITS = 8
"""The most readings that are listed."""
MOST_SUMS = 3
"""The most readings whose sums are written out."""


class SearchPage(Printable):
    """The readings that give a figure and depart least, and whether that could be chance."""

    def __init__(self, found: Found):
        self.found = found

    def as_blocks(self) -> Sequence[DocumentBlock]:
        """One table."""
        rows = [*self._rows()]
        columns = _COLUMNS if rows else ()
        return [Table(self._title(), columns, rows, notes=[*self._notes()])]

    def _rows(self) -> Iterator[Row]:
        """A row a reading; under a tool's number the sum that it is."""
        first = self.found.first[:MOST_FITS]
        for fit in first:
            yield Row(_record(fit))
            said = _sum(fit.quoted) if len(first) <= MOST_SUMS else ""
            if said:
                yield Row({"what": f"= {said}"})

    def as_records(self) -> Sequence[Record]:
        """A record a reading."""
        return [
            {"figure": self.found.figure.text, **_record(fit), "departure": float(fit.departure)}
            for fit in self.found.fits
        ]

    def keys(self) -> Sequence[str]:
        """Those of a record."""
        return ["figure", "value", "what", "departure"]

    def as_data(self) -> Any:
        """Everything, exactly."""
        found, figure = self.found, self.found.figure
        low, high = figure.interval()
        nearest = found.nearest
        return {
            "figure": figure.text,
            "digits": figure.digits,
            "low": _plain(low),
            "below": _plain(high),
            "readings": [{**_record(fit), "departure": float(fit.departure)} for fit in found.fits],
            "tried": found.tried,
            "by_chance": round(found.by_chance, 4),
            "nearest": None if nearest is None else _record(nearest),
        }

    def _title(self) -> str:
        figure = self.found.figure
        low, high = (f"{_plain(end):,}" for end in figure.interval())
        digits = "1 digit" if figure.digits == 1 else f"{figure.digits} digits"
        chance = ""
        if self.found.fits and self.found.by_chance > COULD_BE_CHANCE:
            chance = "; could be chance"
        return f"{figure.text}: {digits}, if rounded from {low} to below {high}{chance}"

    def _notes(self) -> Iterator[str]:
        found = self.found
        if not found.fits:
            yield self._none()
            return
        more = len(found.first) - MOST_FITS
        if more > 0:
            yield f"and {more} more that are as simple"
        for tool in dict.fromkeys(fit.quoted.tool for fit in found.first if fit.quoted.tool):
            counter = counter_named(tool)
            if counter.note and not counter.is_usual:
                yield f"{tool}: {counter.note}"
        tried = max(found.tried, len(found.first))
        are = (
            "1 reading was tried that is"
            if tried == 1
            else f"{tried:,} readings were tried that are"
        )
        fits = "1 fits" if len(found.first) == 1 else f"{len(found.first)} fit"
        yield (
            f"{are} as simple: {fits}, where {found.by_chance:.2f} would be "
            "expected to fit by chance"
        )
        others = len(found.fits) - len(found.first)
        if others:
            yield f"{others} less simple {'one fits' if others == 1 else 'ones fit'} too"

    def _none(self) -> str:
        nearest = self.found.nearest
        if nearest is None:
            return "none: nothing is counted that it could be"
        record = _record(nearest)
        said = f"nearest: {record['value']:,}, {record['what']} ({float(nearest.off):+.1%})"
        hint, name = "", nearest.quoted.network
        is_near = abs(nearest.off) <= ANOTHER_FORM and self.found.figure.digits >= MANY_DIGITS
        if is_near and name in models():
            hint = f"; of another form of {name}? archcalc spec {name} prints one to change"
        return f"none gives it; {said}{hint}"


def _sum(quoted: Quoted) -> str:
    """The exact sum that a tool's number is, of a built-in network as its spec has it."""
    if not quoted.tool or quoted.network not in models():
        return ""
    derived = reconcile(load(quoted.network), [quoted.tool]).derived[quoted.tool]
    return written_sum(derived) if derived.number == quoted.value else ""


def _record(each: Match | Near) -> dict[str, Any]:
    what = ", ".join(filter(None, (each.quoted.what, each.note)))
    return {"value": each.quoted.value, "what": what}


def _plain(number: Fraction) -> int | float:
    return number.numerator if number.denominator == 1 else float(number)
