"""What other tools say of a network, and why: counters, whose rules are data.

`vocabulary` is what rules can name, `rules` reads them, `derivation` says what a counter sees of an
op and adds for it, `terms` makes one sum of a network, `reconciliation` sets counters side by side,
and `printed` is how that is shown. The rules are in `specs/counters/`, a file a tool.
"""

from archcalc.counters.reconciliation import Reconciliation, reconcile
from archcalc.counters.rules import Counter, built_in_counters, read_counter

__all__ = ["Counter", "Reconciliation", "built_in_counters", "read_counter", "reconcile"]
