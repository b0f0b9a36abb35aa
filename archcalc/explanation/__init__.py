"""How every number of a network comes about: the formulas that count, showing their working."""

from __future__ import annotations

from collections.abc import Callable

from archcalc import layers
from archcalc.arithmetic import Number
from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.explanation.quantities import KINDS
from archcalc.explanation.reading import Reading, counted
from archcalc.explanation.tree import Explanation, Quantity
from archcalc.network import Network


def explain(net: Network, layer: str | None = None, quantity: str | None = None) -> Explanation:
    """The working of a network's quantities, or of one layer's or group's, as a tree.

    >>> from archcalc.network import load
    >>> c1 = explain(load("lenet5"), "c1", "parameters")
    >>> [(q.formula, q.substituted, q.value) for q in c1.quantities]
    [('(kernel·kernel·in + 1)·out', '(5·5·1 + 1)·6', 156)]

    Args:
        net: the network.
        layer: a node's name or a dotted path above it; without it, the whole network.
        quantity: one of KINDS; without it, the usual ones.

    Raises:
        ArchcalcError: there is no such layer or quantity.
    """
    if quantity is None:
        kinds = tuple(kind for kind in KINDS.values() if kind.is_usual(net))
    elif quantity in KINDS:
        kinds = (KINDS[quantity],)
    else:
        hint = did_you_mean(quantity, KINDS) or f"one of {', '.join(KINDS)}"
        raise ArchcalcError(f"no quantity {quote(quantity)}; {hint}")
    totals = {kind.name: _totals(net, kind.of_node) for kind in kinds if kind.of_node}
    root = Explanation(net, layers.tree(net), kinds, totals)
    return root if layer is None else root.find(net[layer].name)


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


__all__ = ["KINDS", "Explanation", "Quantity", "explain"]
