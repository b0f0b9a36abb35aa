"""How every number of a network comes about: the formulas that count, showing their working."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from archcalc import layers
from archcalc.arithmetic import Number
from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.explanation.quantities import KINDS
from archcalc.explanation.reading import Reading, counted
from archcalc.explanation.tree import Explanation, Quantity, QuantityKind
from archcalc.network import Network, check_network

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
        quantity: one of KINDS or several; "all" for all that the network has; without it, the
            usual ones.

    Raises:
        ArchcalcError: there is no such layer or quantity.
    """
    check_network(net, "explain")
    kinds = _kinds(net, [quantity] if isinstance(quantity, str) else quantity)
    totals = {kind.name: _totals(net, kind.of_node) for kind in kinds if kind.of_node}
    root = Explanation(net, layers.tree(net), kinds, totals, is_asked=quantity is not None)
    return root if layer is None else root.find(net[layer].name)


def _kinds(net: Network, names: Sequence[str] | None) -> tuple[QuantityKind, ...]:
    """The quantities of some names, in the order in which they are explained."""
    if names is None:
        return tuple(kind for kind in KINDS.values() if kind.is_usual(net))
    if not isinstance(names, Sequence) or not all(isinstance(name, str) for name in names):
        raise ArchcalcError(f"a quantity is a name, such as 'macs'; got {quote(names)}")
    if list(names) == [ALL]:
        return tuple(kind for kind in KINDS.values() if kind.is_had(net))
    for name in names:
        if name not in KINDS:
            hint = did_you_mean(name, KINDS) or f"one of {', '.join(KINDS)}"
            raise ArchcalcError(f"no quantity {quote(name)}; {hint}")
        if list(names).count(name) > 1:
            raise ArchcalcError(f"quantity {quote(name)} is asked for twice")
    return tuple(kind for kind in KINDS.values() if kind.name in names)


def _totals(net: Network, of_node: Callable[[Reading], Number]) -> dict[str, int]:
    """A summed quantity by path: of every node, of every group, and of the network at ''."""
    table = {"": 0}
    for node in net.layers:
        count = int(of_node(counted(net, node)))
        table[""] += count
        end = 0
        while end >= 0:
            end = node.name.find(".", end + 1)
            path = node.name if end < 0 else node.name[:end]
            table[path] = table.get(path, 0) + count
    return table


__all__ = ["ALL", "KINDS", "Explanation", "Quantity", "explain"]
