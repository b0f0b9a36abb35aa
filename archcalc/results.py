"""What Python shows of what was computed, as the commands print it: as text, and in a notebook."""

from __future__ import annotations

from functools import singledispatch
from typing import Any

from archcalc.counters.printed import ReconciliationPage
from archcalc.counters.reconciliation import Reconciliation
from archcalc.differences.printed import SideBySidePage
from archcalc.differences.side_by_side import SideBySide
from archcalc.formats import Printable, render
from archcalc.formulas.closed_forms import Formula
from archcalc.formulas.printed import FormulaPage
from archcalc.sweeps.printed import first_rows, solution_table
from archcalc.sweeps.solving import Solution
from archcalc.sweeps.sweeping import Sweep


@singledispatch
def printable_of(found: Any) -> Printable:
    """The page of a result."""
    raise TypeError(f"there is no page of a {type(found).__name__}")


printable_of.register(SideBySide, SideBySidePage)
printable_of.register(Formula, FormulaPage)
printable_of.register(Reconciliation, ReconciliationPage)
printable_of.register(Solution, solution_table)
printable_of.register(Sweep, first_rows)


def text_of(found: Any) -> str:
    """A result as text."""
    return render(printable_of(found), "text")
