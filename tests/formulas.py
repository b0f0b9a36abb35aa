"""What a closed form must be: the quantities of a network, counted in whole numbers."""

from __future__ import annotations

import random
from typing import Any

from archcalc.formulas import Formula
from archcalc.formulas.openable import Openable


def evaluated(found: Formula, values: dict[str, int]) -> dict[str, int]:
    """The quantities of a formula's network, counted in whole numbers."""
    net: Any = Openable.of(found.network).read(values)
    return {quantity: getattr(net, quantity) for quantity in found.quantities}


def anew() -> str:
    """A seed of points that no earlier run of the tests had."""
    return str(random.random())
