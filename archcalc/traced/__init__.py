"""Numbers that remember how they were computed.

The formulas that count with ints, read with Traced numbers, show their working:

>>> from archcalc.arithmetic import product
>>> kernel, channels, out = Traced(5, "kernel"), Traced(1, "in"), Traced(6, "out")
>>> parameters = (product(kernel, kernel, channels) + Traced(1, "1", default=True)) * out
>>> formula(parameters), substituted(parameters), parameters.value
('(kernel·kernel·in + 1)·out', '(5·5·1 + 1)·6', 156)
"""

from archcalc.traced.notation import formula, latex, substituted
from archcalc.traced.traced_number import Traced, addends, definitions, summed

__all__ = ["Traced", "addends", "definitions", "formula", "latex", "substituted", "summed"]
