"""Spaces of networks, evaluated by closed forms over arrays of numpy.

`space` is what varies, `evaluation` computes figures at its points, `choice` says which of them are
wanted, `sweeping` puts these together, `solving` looks for one value, `printed` is how it is shown.
"""

from archcalc.sweeps.solving import Solution, solve
from archcalc.sweeps.sweeping import Sweep, sweep

__all__ = ["Solution", "Sweep", "solve", "sweep"]
