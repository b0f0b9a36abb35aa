"""Random points at which closed forms are compared with what whole numbers come to."""

from __future__ import annotations

import random
from collections.abc import Iterator

from archcalc.closed.domain import Domain

TRIES = 50
"""How many points are drawn for each one that is wanted, where few of them meet the conditions."""
REACH = 8
"""How many steps above a network's own small values points are drawn from; large ones double."""


def points_in(domain: Domain, count: int, seed: str = "") -> Iterator[dict[str, int]]:
    """Up to so many points where closed forms hold, beside the network's own: the same at every
    call with the same seed and values, so that a command prints the same again."""
    drawing = random.Random(f"{seed} {domain.values}")
    remainders = domain.remainders
    found = 0
    for _ in range(TRIES * count):
        values = {}
        for name, own in domain.values.items():
            step = remainders[name].divisor
            highest = own + max(abs(own), REACH * step)
            drawn = drawing.randint(domain.least[name], highest)
            values[name] = remainders[name].next(drawn)
        if values != domain.values and domain.holds(values):
            yield values
            found += 1
            if found == count:
                return
