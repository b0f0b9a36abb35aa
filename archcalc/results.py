"""What Python shows of what was computed, as the commands print it: in every format, in a notebook,
and for pandas."""

from __future__ import annotations

from functools import singledispatch
from typing import TYPE_CHECKING, Any

from archcalc.counters.printed import ReconciliationPage
from archcalc.counters.reconciliation import Reconciliation
from archcalc.differences.data import aligned_layers
from archcalc.differences.printed import SideBySidePage
from archcalc.differences.side_by_side import SideBySide
from archcalc.errors import ArchcalcError, quote
from archcalc.explanation import Explanation
from archcalc.explanation.formats import Explained
from archcalc.formats import Printable, render
from archcalc.formats.dataframes import dataframe
from archcalc.formulas.closed_forms import Formula
from archcalc.formulas.printed import FormulaPage
from archcalc.sweeps.printed import first_rows, solution_table
from archcalc.sweeps.solving import Solution
from archcalc.sweeps.sweeping import Sweep
from archcalc.tables.printed import NetworkTable

if TYPE_CHECKING:
    import pandas


@singledispatch
def printable_of(found: Any) -> Printable:
    """The page of a result."""
    raise TypeError(f"there is no page of a {type(found).__name__}")


printable_of.register(Explanation, Explained)
printable_of.register(SideBySide, SideBySidePage)
printable_of.register(Formula, FormulaPage)
printable_of.register(Reconciliation, ReconciliationPage)
printable_of.register(Solution, solution_table)
printable_of.register(Sweep, first_rows)
printable_of.register(NetworkTable, lambda found: found.shown)


def rendered(found: Any, format: str, width: int) -> str:
    """A result in one of the formats.

    Raises:
        ArchcalcError: there is no such format or width.
    """
    if not isinstance(width, int) or width < 1:
        raise ArchcalcError(f"width takes a whole number of at least 1, got {quote(width)}")
    return render(printable_of(found), format, width).rstrip("\n")


@singledispatch
def dataframe_of(found: Any) -> pandas.DataFrame:
    """The records of a result, those that CSV has, as a DataFrame."""
    printable = printable_of(found)
    records = printable.as_records()
    return dataframe(records, list(records[0]) if records else printable.keys())


@dataframe_of.register(SideBySide)
def _of_side_by_side(found: SideBySide) -> pandas.DataFrame:
    records = aligned_layers(found)
    return dataframe(records, records[0])
