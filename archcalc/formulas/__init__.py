"""Closed forms of networks: their figures in sizes and arguments that stay open.

`openable` reads a network with open numbers, `closed_forms` takes them from it, `residues` takes
the floors away, `breakdown` says where they come from, `points` is where they are checked,
`printed` is how they are shown.
"""

from archcalc.formulas.closed_forms import ClosedForm, Formula, formula

__all__ = ["ClosedForm", "Formula", "formula"]
