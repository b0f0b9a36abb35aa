"""A layered layout: in which row each box stands, and in which order, so that few edges cross."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

_SWEEPS = 12
Edges = Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Layers:
    """Boxes, and the bends of long edges, row by row, each from left to right."""

    rows: Sequence[Sequence[str]]
    chains: Mapping[tuple[str, str], Sequence[str]]
    """The way of each edge, downwards: from its source through its bends to its target, or from its
    target to its source."""

    @property
    def links(self) -> list[tuple[str, str]]:
        """The pieces of edges, each from one row to the next."""
        return [piece for chain in self.chains.values() for piece in pairwise(chain)]


def layers_of(nodes: Sequence[str], edges: Edges) -> Layers:
    """The rows of a graph. An edge against the order of its nodes goes up, as one from a module
    that runs twice."""
    place = {name: i for i, name in enumerate(nodes)}
    downward = {(a, b): (a, b) if place[a] <= place[b] else (b, a) for a, b in edges}
    rank = _ranks(nodes, list(dict.fromkeys(downward.values())))
    rows: list[list[str]] = [[] for _ in range(max(rank.values(), default=0) + 1)]
    chains = {}
    for (source, target), (upper, lower) in downward.items():
        bends = [f"{source}\n{target}\n{r}" for r in range(rank[upper] + 1, rank[lower])]
        chains[source, target] = [upper, *bends, lower]
    order = _depth_first(nodes, chains)
    at = dict(rank)
    for chain in chains.values():
        for offset, bend in enumerate(chain[1:-1], 1):
            at[bend] = rank[chain[0]] + offset
    for name in order:
        rows[at[name]].append(name)
    return Layers(_uncrossed(rows, Layers(rows, chains).links), chains)


def _ranks(nodes: Sequence[str], edges: Edges) -> dict[str, int]:
    """The row of each node: on the longest path from a source, then as near as possible to what
    reads it, as papers draw a 1x1 beside the 3x3 that another one leads to."""
    rank = dict.fromkeys(nodes, 0)
    before: dict[str, list[str]] = {name: [] for name in nodes}
    after: dict[str, list[str]] = {name: [] for name in nodes}
    for source, target in edges:
        before[target].append(source)
        after[source].append(target)
    for name in nodes:
        rank[name] = max((rank[source] + 1 for source in before[name]), default=0)
    for name in reversed(nodes):
        if after[name] and before[name]:
            rank[name] = min(rank[target] for target in after[name]) - 1
    return rank


def _depth_first(
    nodes: Sequence[str], chains: Mapping[tuple[str, str], Sequence[str]]
) -> list[str]:
    """Nodes and bends as a walk down every edge meets them."""
    following: dict[str, list[str]] = {}
    for chain in chains.values():
        for a, b in pairwise(chain):
            following.setdefault(a, []).append(b)
    met: dict[str, None] = {}
    for start in nodes:
        stack = [start]
        while stack:
            name = stack.pop()
            if name not in met:
                met[name] = None
                stack += reversed(following.get(name, ()))
    return list(met)


def _uncrossed(rows: list[list[str]], links: Edges) -> list[list[str]]:
    """The rows in the order with the fewest crossings that sweeps by barycentres find."""
    down: dict[str, list[str]] = {}
    up: dict[str, list[str]] = {}
    for a, b in links:
        down.setdefault(a, []).append(b)
        up.setdefault(b, []).append(a)
    best, fewest = [list(row) for row in rows], crossings(rows, links)
    current = [list(row) for row in rows]
    for sweep in range(_SWEEPS):
        if not fewest:
            break
        is_down = sweep % 2 == 0
        numbers = range(1, len(current)) if is_down else range(len(current) - 2, -1, -1)
        for i in numbers:
            beside = current[i - 1 if is_down else i + 1]
            place = {name: k for k, name in enumerate(beside)}
            neighbours = up if is_down else down
            current[i].sort(key=_Barycentre(current[i], neighbours, place))
        found = crossings(current, links)
        if found < fewest:
            best, fewest = [list(row) for row in current], found
    return best


class _Barycentre:
    """The mean place of a name's neighbours in the next row; its own, where it has none."""

    def __init__(
        self, row: Sequence[str], neighbours: Mapping[str, list[str]], place: Mapping[str, int]
    ):
        self._own = {name: k for k, name in enumerate(row)}
        self._neighbours, self._place = neighbours, place

    def __call__(self, name: str) -> tuple[int, int]:
        places = [self._place[other] for other in self._neighbours.get(name, ())]
        # In thousandths, so that no machine orders two rows otherwise than another.
        mean = sum(places) * 1000 // len(places) if places else self._own[name] * 1000
        return mean, self._own[name]


def crossings(rows: Iterable[Sequence[str]], links: Edges) -> int:
    """How many pairs of edges cross."""
    place = {name: (i, k) for i, row in enumerate(rows) for k, name in enumerate(row)}
    by_row: dict[int, list[tuple[int, int]]] = {}
    for a, b in links:
        by_row.setdefault(place[a][0], []).append((place[a][1], place[b][1]))
    found = 0
    for pairs in by_row.values():
        pairs.sort()
        for i, (start, end) in enumerate(pairs):
            found += sum(start < c and end > d for c, d in pairs[i + 1 :])
    return found
