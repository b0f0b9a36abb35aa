"""Where the boxes of a layered layout stand: near what they hang together with, none on another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import pairwise

from archcalc.pictures.diagram.ranks import Layers

_ROUNDS = 8
"""How often all rows are put where those above want them, and then those below."""
_BEND, _BOX, _ALONE = 1, 10_000, 50_000
"""How much a piece of a long edge pulls, an edge from a box to the next, and one that is the only
one at both its ends: a path of boxes is straight, and long edges go around it."""

Pulls = Mapping[str, Sequence[tuple[str, int]]]
"""Of each box or bend the others that it wants to stand at, and how much."""


def middles(layers: Layers, widths: Mapping[str, int], gap: int) -> dict[str, int]:
    """The middle of each box and bend, in whole pixels from the left, where `widths` says how wide
    the boxes are."""
    up, down = _pulls(layers, widths)
    found: dict[str, int] = {}
    for row in layers.rows:
        at = 0
        for name in row:
            found[name] = at + widths.get(name, 0) // 2
            at += widths.get(name, 0) + gap
    numbers = range(len(layers.rows))
    for _ in range(_ROUNDS):
        before = dict(found)
        for i in numbers:
            _settle(layers.rows[i], up, widths, gap, found)
        for i in reversed(numbers):
            _settle(layers.rows[i], down, widths, gap, found)
        if found == before:
            break
    both = {name: [*up.get(name, ()), *down.get(name, ())] for name in found}
    for i in reversed(numbers):
        if all(len(both[name]) > 2 or name not in widths for name in layers.rows[i]):
            _settle(layers.rows[i], both, widths, gap, found)
    _straighten(layers, widths, gap, found)
    left = min((found[n] - widths.get(n, 0) // 2 for n in found), default=0)
    return {name: at - left for name, at in found.items()}


def _pulls(layers: Layers, widths: Mapping[str, int]) -> tuple[Pulls, Pulls]:
    """What each box and bend wants to stand below, and above, and how much.

    A long edge to a box that reads other ones too goes around what is between: neither end follows
    it. One to a box of its own is a branch, to which its source stands as to any other.
    """
    up: dict[str, list[tuple[str, int]]] = {}
    down: dict[str, list[tuple[str, int]]] = {}
    above, below = Counter(b for _, b in layers.links), Counter(a for a, _ in layers.links)
    for (source, target), chain in layers.chains.items():
        is_around = len(chain) > 2 and below[source] > 1 and above[target] > 1
        for a, b in pairwise(chain):
            is_bend = a not in widths or b not in widths
            is_alone = below[a] == above[b] == 1
            weight = _BEND if is_bend else _ALONE if is_alone else _BOX
            if a != source or not is_around:
                down.setdefault(a, []).append((b, _BOX if a == source else weight))
            if b != target or not is_around:
                up.setdefault(b, []).append((a, weight))
    return up, down


def _straighten(layers: Layers, widths: Mapping[str, int], gap: int, found: dict[str, int]) -> None:
    """Put the bends of each long edge below each other, where one of their places is free in all
    their rows; that may free one for another edge."""
    row_of = {name: row for row in layers.rows for name in row}
    crooked = [chain[1:-1] for chain in layers.chains.values() if len(chain) > 3]
    is_moving = True
    while is_moving:
        is_moving = False
        for bends in list(crooked):
            for at in sorted({found[bend] for bend in bends}, reverse=True):
                if all(_is_free(row_of[bend], bend, at, widths, gap, found) for bend in bends):
                    found |= dict.fromkeys(bends, at)
                    crooked.remove(bends)
                    is_moving = True
                    break


def _is_free(
    row: Sequence[str],
    name: str,
    at: int,
    widths: Mapping[str, int],
    gap: int,
    found: Mapping[str, int],
) -> bool:
    """Whether a bend can stand somewhere between its neighbours in a row."""
    i = row.index(name)
    before = [found[n] + widths.get(n, 0) // 2 + gap for n in row[max(i - 1, 0) : i]]
    behind = [found[n] - widths.get(n, 0) // 2 - gap for n in row[i + 1 : i + 2]]
    return all(at >= least for least in before) and all(at <= most for most in behind)


def _settle(
    row: Sequence[str],
    pull: Pulls,
    widths: Mapping[str, int],
    gap: int,
    found: dict[str, int],
) -> None:
    """Put a row where the squares of the distances to its neighbours are least, its order and gaps
    kept: each pool of boxes that would overlap stands at the mean of what they want."""
    pools: list[list[int]] = []  # sum of weights, weighted sum of wanted places, how many
    offsets, offset = [], 0
    previous = None
    for name in row:
        if previous is not None:
            offset += (widths.get(previous, 0) + widths.get(name, 0)) // 2 + gap
        previous = name
        offsets.append(offset)
        pulls = pull.get(name, ())
        weight = sum(w for _, w in pulls) or 1
        wanted = sum(found[other] * w for other, w in pulls) if pulls else found[name]
        pools.append([weight, wanted - offset * weight, 1])
        while len(pools) > 1 and pools[-2][1] * pools[-1][0] > pools[-1][1] * pools[-2][0]:
            last = pools.pop()
            pools[-1] = [a + b for a, b in zip(pools[-1], last, strict=True)]
    at = 0
    for weight, total, many in pools:
        for name, behind in zip(row[at : at + many], offsets[at : at + many], strict=True):
            found[name] = (2 * total + weight) // (2 * weight) + behind
        at += many
