"""Every quantity of a network, declared once, in the order in which they are explained.

A quantity is an attribute of every part of a network, `net["layer1"].macs`. The columns of tables,
what they mean, what `explain` shows and the JSON schemas follow from these declarations.
"""

# isort: off
# A module declares its quantities when it is imported: their order is that of the imports.
from archcalc.quantities.counts import MACS, PARAMETERS
from archcalc.quantities import receptive_field
from archcalc.quantities.stochastic_depth import (
    drops_paths,
    macs_by_chance,
    paths_around,
    paths_in,
    survival,
)
from archcalc.quantities import memory
from archcalc.quantities.quantity import QUANTITIES
# isort: on

__all__ = [
    "MACS",
    "PARAMETERS",
    "QUANTITIES",
    "drops_paths",
    "macs_by_chance",
    "memory",
    "paths_around",
    "paths_in",
    "receptive_field",
    "survival",
]
