"""Which layer of one network is which of another: by name, then by what lies between."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Sequence

from archcalc.graph import Node

MOST_COMPARED = 250_000
"""The most pairs of layers between two anchors that are compared by op and shape."""

Positions = tuple[int, int]
"""Where a layer stands in one network and in the other."""


def aligned(a: Sequence[Node], b: Sequence[Node]) -> list[Positions]:
    """The pairs of layers that are the same in two networks, in the order of both.

    First layers of the same name and op, as many as stand in the same order; then, between two of
    these, the longest runs of equal ops with equal outputs.
    """
    places = {(node.name, node.op.name): j for j, node in enumerate(b)}
    keys = ((i, places.get((node.name, node.op.name))) for i, node in enumerate(a))
    anchors = list(_in_order([(i, j) for i, j in keys if j is not None]))
    pairs: list[Positions] = []
    last = (-1, -1)
    for anchor in [*anchors, (len(a), len(b))]:
        pairs += _between(a, b, last, anchor)
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
    a: Sequence[Node], b: Sequence[Node], start: Positions, end: Positions
) -> Iterator[Positions]:
    i, j = start[0] + 1, start[1] + 1
    ours, theirs = a[i : end[0]], b[j : end[1]]
    if not ours or not theirs or len(ours) * len(theirs) > MOST_COMPARED:
        return
    from difflib import SequenceMatcher  # slow to load

    kinds = [(node.op.name, node.shape) for node in ours]
    others = [(node.op.name, node.shape) for node in theirs]
    for block in SequenceMatcher(None, kinds, others, autojunk=False).get_matching_blocks():
        yield from ((i + block.a + k, j + block.b + k) for k in range(block.size))
