"""Spaces of networks, evaluated by closed forms over arrays of numpy.

`space` is what varies, `evaluation` computes figures at its points, `choice` says which of them are
wanted, `blocks` computes many side by side, `cluster` elsewhere, `sweeping` puts these together,
`solving` looks for one value, `printed` is how it is shown, `parts_folder` and `parquet` write it.
"""

from archcalc.sweeps.blocks import Threads
from archcalc.sweeps.cluster import Cluster
from archcalc.sweeps.solving import Solution, solve
from archcalc.sweeps.sweeping import Sweep, sweep

__all__ = ["Cluster", "Solution", "Sweep", "Threads", "solve", "sweep"]
