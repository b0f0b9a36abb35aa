"""How every number of a network comes about: the formulas that count, showing their working."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.explanation.quantities import workings
from archcalc.explanation.tree import Explanation, Working
from archcalc.network import Network, check_network
from archcalc.quantities import QUANTITIES
from archcalc.quantity import Quantity

ALL = "all"
"""In place of a quantity's name, for all that a network has."""


def explain(
    net: Network, layer: str | None = None, quantity: str | Sequence[str] | None = None
) -> Explanation:
    """The working of a network's quantities, or of one layer's or group's, as a tree.

    >>> from archcalc.network import load
    >>> c1 = explain(load("lenet5"), "c1", "parameters")
    >>> [(q.formula, q.substituted, q.value) for q in c1.quantities]
    [('(kernel·kernel·in + 1)·out', '(5·5·1 + 1)·6', 156)]

    Args:
        net: the network.
        layer: a node's name or a dotted path above it; without it, the whole network.
        quantity: one of QUANTITIES or several; "all" for all that the network has; without it, the
            usual ones.

    Raises:
        ArchcalcError: there is no such layer or quantity.
    """
    check_network(net, "explain")
    kinds = _kinds(net, [quantity] if isinstance(quantity, str) else quantity)
    part = net if layer is None else net[layer]
    return Explanation(part, kinds, workings, is_asked=quantity is not None)


def _kinds(net: Network, names: Sequence[str] | None) -> tuple[Quantity, ...]:
    """The quantities of some names, in the order in which they are explained."""
    if names is None:
        return tuple(kind for kind in QUANTITIES.values() if kind.is_usual(net))
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        raise ArchcalcError(f"a quantity is a name, such as 'macs'; got {quote(names)}")
    if list(names) == [ALL]:
        return tuple(kind for kind in QUANTITIES.values() if kind.is_had(net))
    for name in names:
        if name not in QUANTITIES:
            hint = did_you_mean(name, QUANTITIES) or f"one of {', '.join(QUANTITIES)}"
            raise ArchcalcError(f"no quantity {quote(name)}; {hint}")
        if list(names).count(name) > 1:
            raise ArchcalcError(f"quantity {quote(name)} is asked for twice")
    return tuple(kind for kind in QUANTITIES.values() if kind.name in names)


__all__ = ["ALL", "QUANTITIES", "Explanation", "Working", "explain"]
