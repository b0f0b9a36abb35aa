"""Which layer of one network is which of another: by name, then by what lies between."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from archcalc.graph import Node

MOST_COMPARED = 250_000
"""The most pairs of layers between two anchors that are compared by op and shape."""

MOST_WORK = 1_000_000
"""The most pairs of equal layers that are looked at between all anchors: some 30 times as many as
between built-in networks, and less than half a second."""

Positions = tuple[int, int]
"""Where a layer stands in one network and in the other."""


@dataclass
class _Work:
    """How many pairs of equal layers may still be looked at."""

    left: int


def aligned(a: Sequence[Node], b: Sequence[Node]) -> list[Positions]:
    """The pairs of layers that are the same in two networks, in the order of both.

    First layers of the same name and op, as many as stand in the same order; then, between two of
    these, the longest runs of equal ops with equal outputs, as far as MOST_WORK goes.
    """
    places = {(node.name, node.op.name): j for j, node in enumerate(b)}
    keys = ((i, places.get((node.name, node.op.name))) for i, node in enumerate(a))
    anchors = list(_in_order([(i, j) for i, j in keys if j is not None]))
    pairs: list[Positions] = []
    last, work = (-1, -1), _Work(MOST_WORK)
    for anchor in [*anchors, (len(a), len(b))]:
        pairs += _between(a, b, last, anchor, work)
        pairs.append(anchor)
        last = anchor
    return pairs[:-1]


def _in_order(pairs: Sequence[Positions]) -> Iterator[Positions]:
    """The longest selection of pairs, which are in the order of the first, that is in both orders.

    >>> list(_in_order([(0, 5), (1, 0), (2, 1), (3, 9), (4, 2)]))
    [(1, 0), (2, 1), (4, 2)]
    """
    ends: list[int] = []
    """For each length, the least place in the second network that a selection ends with."""
    chosen: list[int] = []
    before: list[int] = []
    for k, (_, j) in enumerate(pairs):
        length = bisect_left(ends, j)
        before.append(chosen[length - 1] if length else -1)
        ends[length : length + 1] = [j]
        chosen[length : length + 1] = [k]
    at = chosen[-1] if chosen else -1
    found = []
    while at >= 0:
        found.append(pairs[at])
        at = before[at]
    return reversed(found)


def _between(
    a: Sequence[Node], b: Sequence[Node], start: Positions, end: Positions, work: _Work
) -> Iterator[Positions]:
    i, j = start[0] + 1, start[1] + 1
    ours, theirs = a[i : end[0]], b[j : end[1]]
    if not ours or not theirs or len(ours) * len(theirs) > MOST_COMPARED:
        return
    numbers: dict[Any, int] = {}
    kinds, others = (
        [numbers.setdefault((node.op.name, node.shape), len(numbers)) for node in nodes]
        for nodes in (ours, theirs)
    )
    for x, y, size in sorted(_runs(kinds, others, work)):
        yield from ((i + x + k, j + y + k) for k in range(size))


def _runs(a: Sequence[int], b: Sequence[int], work: _Work) -> Iterator[tuple[int, int, int]]:
    """Where in each of two lists the longest run stands that both have, and how long it is; and the
    longest before and behind it, until no work is left.

    >>> sorted(_runs([1, 2, 3, 9, 4], [1, 2, 3, 8, 4], _Work(99)))
    [(0, 0, 3), (4, 4, 1)]
    """
    from difflib import SequenceMatcher  # slow to load

    matcher = SequenceMatcher(None, a, b, autojunk=False)
    equal = Counter(b)
    costs = [0, *accumulate(1 + equal[kind] for kind in a)]
    waiting = deque([(0, len(a), 0, len(b))])  # the widest first
    while waiting:
        i, i_end, j, j_end = waiting.popleft()
        work.left -= costs[i_end] - costs[i]
        if work.left < 0:
            return
        x, y, size = matcher.find_longest_match(i, i_end, j, j_end)
        if size:
            yield x, y, size
            if i < x and j < y:
                waiting.append((i, x, j, y))
            if x + size < i_end and y + size < j_end:
                waiting.append((x + size, i_end, y + size, j_end))
