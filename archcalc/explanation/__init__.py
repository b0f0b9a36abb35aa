"""How every number of a network comes about: the formulas that count, showing their working.

Three floors, each of which knows the ones above it here:

- numbers: `working` is one number with its arithmetic; `workings` has that of every quantity, with
  `depth`, `receptive_field` and `stochastic_depth` for theirs; `design` what a design saves; `tree`
  puts them together for a network, a group or a layer.
- `pages/`: what is said of them, in lines and tables, on the page of a layer, a group or a network.
- `formats/`: pages as text, as LaTeX and in documents, and the numbers for programs.
"""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.counters.explained import quantity_of
from archcalc.counters.rules import built_in_counters
from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.explanation.tree import Explanation
from archcalc.explanation.working import Working
from archcalc.names.variants import separated
from archcalc.network import Network
from archcalc.parts.checks import check_network
from archcalc.quantities import QUANTITIES
from archcalc.quantities.quantity import Quantity

ALL = "all"
"""In place of a quantity's name, for all that a network has."""


def explain(
    net: Network, layer: str | None = None, quantity: str | Sequence[str] | None = None
) -> Explanation:
    """The working of a network's quantities, or of one layer's or group's, as a tree.

    >>> from archcalc.network import load
    >>> c1 = explain(load("lenet5"), "c1", "parameters")
    >>> [(working.formula, working.substituted, working.value) for working in c1.workings]
    [('(kernel·kernel·in + 1)·out', '(5·5·1 + 1)·6', 156)]

    Args:
        net: the network.
        layer: a node's name or a dotted path above it; without it, the whole network.
        quantity: one of QUANTITIES or several, or a tool that counts, such as "thop"; "all" for all
            that the network has; without it, the usual ones.

    Raises:
        ArchcalcError: there is no such layer or quantity.
    """
    check_network(net, "explain")
    names = separated(quantity) or [quantity] if isinstance(quantity, str) else quantity
    quantities = _quantities(net, names)
    asked = [each.name for each in quantities if each.name in built_in_counters()]
    if asked and net.heard is not None:
        from archcalc.counters.reconciliation import chosen_counters, with_spelling

        net = with_spelling(net, chosen_counters(asked))
    part = net if layer is None else net[layer]
    return Explanation(part, quantities, is_asked=quantity is not None)


def _quantities(net: Network, names: Sequence[str] | None) -> tuple[Quantity, ...]:
    """The quantities of some names, in the order in which they are explained."""
    if names is None:
        return tuple(each for each in QUANTITIES.values() if each.is_usual(net))
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        raise ArchcalcError(f"a quantity is a name, such as 'macs'; got {quote(names)}")
    if list(names) == [ALL]:
        return tuple(each for each in QUANTITIES.values() if each.is_had(net))
    counters = {name.lower(): counter for name, counter in built_in_counters().items()}
    for name in names:
        if name not in QUANTITIES and name.lower() not in counters:
            hint = did_you_mean(name, QUANTITIES) or did_you_mean(name, built_in_counters())
            hint = hint or f"one of {', '.join(QUANTITIES)}, or a tool that counts, such as thop"
            raise ArchcalcError(f"no quantity {quote(name)}; {hint}")
        if list(names).count(name) > 1:
            raise ArchcalcError(f"quantity {quote(name)} is asked for twice")
    chosen = [each for each in QUANTITIES.values() if each.name in names]
    said = [quantity_of(counters[name.lower()]) for name in names if name not in QUANTITIES]
    return (*chosen, *said)


__all__ = ["ALL", "QUANTITIES", "Explanation", "Working", "explain"]
