"""The lines of every quantity: its own where it has some, else those of its kind."""

from __future__ import annotations

from archcalc.explanation.pages.lines import DepthLines, Lines
from archcalc.explanation.pages.receptive_field import ReceptiveFieldLines
from archcalc.explanation.pages.shape import ShapeLines
from archcalc.explanation.pages.sums import (
    BuffersLines,
    ConnectionsLines,
    MacsLines,
    ParametersLines,
    SumLines,
)
from archcalc.quantities.quantity import Quantity, Sum

LINES = {
    "shape": ShapeLines(),
    "parameters": ParametersLines(),
    "macs": MacsLines(),
    "connections": ConnectionsLines(),
    "buffers": BuffersLines(),
    "receptive_field": ReceptiveFieldLines(),
    "depth": DepthLines(),
    "survival": Lines(is_said=True),
    "expected_macs": Lines(is_said=True),
}
"""The quantities that have lines of their own."""
_OF_A_SUM, _OF_ANY = SumLines(), Lines()


def lines_of(quantity: Quantity) -> Lines:
    """The lines of a quantity."""
    return LINES.get(quantity.name) or (_OF_A_SUM if isinstance(quantity, Sum) else _OF_ANY)
