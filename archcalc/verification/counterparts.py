"""A network against another that should be the same, such as a spec against the torch module that
it was written after: node by node, exactly."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from archcalc import figures
from archcalc.differences.alignment import aligned
from archcalc.formats import Column, Row, Table
from archcalc.graph import Node
from archcalc.network import Network

FIGURES_OF_A_PAIR = {
    "parameters": "parameters",
    "macs": "MACs",
    "buffers": "buffers",
    "output": "output",
}
"""What every pair of nodes must have in common, and what it is called."""


class Mismatch(NamedTuple):
    """One figure of a node that its counterpart has otherwise; None where there is no such node."""

    node: str | None
    counterpart: str | None
    quantity: str
    ours: Any
    theirs: Any


@dataclass(frozen=True)
class Counterparts:
    """Two networks, and in what they differ."""

    net: Network
    other: Network
    mismatches: tuple[Mismatch, ...]
    pairs: int
    """How many nodes were compared with one of the other network."""

    @property
    def agree(self) -> bool:
        """Whether nothing differs."""
        return not self.mismatches

    def table(self) -> Table:
        """All differences, a row a figure; without any a line that says so."""
        names = f"{self.net.name} against {self.other.name}"
        if self.agree:
            equal = ", ".join(FIGURES_OF_A_PAIR.values())
            return Table(f"{names}: {self.pairs:,} nodes agree in {equal}", (), [])
        columns = [
            Column("node", "node", align="left"),
            Column("counterpart", "node of the other", align="left"),
            Column("quantity", "quantity", align="left"),
            Column("ours", self.net.name, _shown),
            Column("theirs", self.other.name, _shown),
            Column("difference", "difference", lambda difference: f"{difference:+,}"),
        ]
        rows = [Row({**m._asdict(), "difference": _difference(m)}) for m in self.mismatches]
        nodes = len({(m.node, m.counterpart) for m in self.mismatches})
        return Table(f"{names}: {nodes:,} nodes differ", columns, rows)


def _shown(value: Any) -> str:
    return figures.count(value) if isinstance(value, int) else str(value)


def _difference(mismatch: Mismatch) -> int | None:
    both = (mismatch.ours, mismatch.theirs)
    is_count = all(isinstance(value, int) for value in both)
    return mismatch.ours - mismatch.theirs if is_count else None


def compared_nodes(net: Network, other: Network) -> Counterparts:
    """Compare a network with another that should be the same.

    Nodes are paired by name and op, and between such by runs of equal ops. A node without a
    counterpart counts where it costs something; what only arranges numbers may be in one alone.
    """
    pairs = aligned(net.nodes, other.nodes)
    ours = {i for i, _ in pairs}
    theirs = {j for _, j in pairs}
    found = [
        *(m for i, j in pairs for m in _of_a_pair(net, net.nodes[i], other, other.nodes[j])),
        *(m for i, n in enumerate(net.nodes) if i not in ours for m in _alone(net, n, True)),
        *(m for j, n in enumerate(other.nodes) if j not in theirs for m in _alone(other, n, False)),
    ]
    return Counterparts(net, other, tuple(found), len(pairs))


def _figures(net: Network, node: Node) -> dict[str, Any]:
    reading = net.readings_by_name[node.name]
    return {
        "parameters": reading.parameters,
        "macs": reading.macs,
        "buffers": reading.buffers,
        "output": node.shape,
    }


def _of_a_pair(net: Network, node: Node, other: Network, like: Node) -> Iterator[Mismatch]:
    theirs = _figures(other, like)
    for quantity, value in _figures(net, node).items():
        if value != theirs[quantity]:
            yield Mismatch(
                node.name, like.name, FIGURES_OF_A_PAIR[quantity], value, theirs[quantity]
            )


def _alone(net: Network, node: Node, is_ours: bool) -> Iterator[Mismatch]:
    for quantity, value in _figures(net, node).items():
        if quantity != "output" and value:
            what, count = FIGURES_OF_A_PAIR[quantity], int(value)
            if is_ours:
                yield Mismatch(node.name, None, what, count, None)
            else:
                yield Mismatch(None, node.name, what, None, count)
