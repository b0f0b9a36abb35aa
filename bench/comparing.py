"""How long `archcalc compare` takes after loading, over pairs of built-in networks."""

from __future__ import annotations

import argparse
import gc
import random
import statistics
import time
from itertools import combinations, groupby, pairwise

from archcalc.differences import compare
from archcalc.names import catalog
from archcalc.network import load, models


def milliseconds(a: str, b: str) -> float:
    """The CPU time of comparing two networks that are loaded, to the printed page."""
    networks = load(a), load(b)
    gc.collect()
    start = time.process_time()
    str(compare(*networks))
    return (time.process_time() - start) * 1e3


def pairs(count: int, seed: int) -> list[tuple[str, str]]:
    """Neighbours in their families, and as many pairs drawn of all networks."""
    draw = random.Random(seed)
    names = models()
    families = groupby(sorted(names, key=family), family)
    alike = [pair for _, members in families for pair in pairwise(members)]
    drawn = list(combinations(names, 2))
    return [*draw.sample(alike, min(count, len(alike))), *draw.sample(drawn, count)]


def family(name: str) -> str:
    """The family of a network."""
    return catalog.find(name)[1].family


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=int, default=100, help="of a family, and as many of all")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    gc.disable()  # as in the commands
    milliseconds("lenet5", "alexnet")  # loads what is loaded late
    times = sorted((milliseconds(a, b), a, b) for a, b in pairs(options.pairs, options.seed))
    costs = [cost for cost, _, _ in times]
    median, most = statistics.median(costs), statistics.quantiles(costs, n=20)[-1]
    print(f"{len(times)} pairs, ms of CPU time: median {median:.1f}, 95% within {most:.1f}")
    for cost, a, b in times[-5:]:
        print(f"{cost:8.1f}  {a} {b}")
