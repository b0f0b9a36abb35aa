"""Where the boxes of a layered layout stand: near what they hang together with, none on another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from archcalc.pictures.diagram.ranks import Layers

_ROUNDS = 16
_BEND, _ALONE = 8, 5
"""How much more a piece of a long edge pulls, and one that is the only one at both its ends, so
that they are straight."""


def middles(layers: Layers, widths: Mapping[str, int], gap: int) -> dict[str, int]:
    """The middle of each box and bend, in whole pixels from the left, where `widths` says how wide
    the boxes are."""
    up: dict[str, list[tuple[str, int]]] = {}
    down: dict[str, list[tuple[str, int]]] = {}
    above, below = Counter(b for _, b in layers.links), Counter(a for a, _ in layers.links)
    for a, b in layers.links:
        is_bend = a not in widths or b not in widths
        is_alone = below[a] == above[b] == 1
        weight = _BEND if is_bend else _ALONE if is_alone else 1
        down.setdefault(a, []).append((b, weight))
        up.setdefault(b, []).append((a, weight))
    found: dict[str, int] = {}
    for row in layers.rows:
        at = 0
        for name in row:
            found[name] = at + widths.get(name, 0) // 2
            at += widths.get(name, 0) + gap
    numbers = range(len(layers.rows))
    for turn in range(_ROUNDS):
        is_down = turn % 2 == 0
        for i in numbers if is_down else reversed(numbers):
            _settle(layers.rows[i], up if is_down else down, widths, gap, found)
    both = {name: up.get(name, []) + down.get(name, []) for name in found}
    for i in reversed(numbers):
        if all(len(both[name]) > 2 or name not in widths for name in layers.rows[i]):
            _settle(layers.rows[i], both, widths, gap, found)
    left = min((found[n] - widths.get(n, 0) // 2 for n in found), default=0)
    return {name: at - left for name, at in found.items()}


def _settle(
    row: Sequence[str],
    pull: Mapping[str, Sequence[tuple[str, int]]],
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
            found[name] = total // weight + behind
        at += many
