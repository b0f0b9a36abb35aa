"""How often `archcalc reconcile MODEL --number` names the cause of a stated figure.

    python bench/stated.py                 # figures of the claims' ledgers, and random ones
    python bench/stated.py --networks 40   # of so many networks, drawn with --seed

The figures with a known cause are those of papers and releases in `specs/claims`, of a network's
parameters, multiply-adds or FLOPs, that agree with them as rounded; a figure is named where
that quantity comes first and alone. Random figures have no cause: one is answered where something
fits that is not said to be chance.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from archcalc.counters.quoted import stated_numbers
from archcalc.counters.search import COULD_BE_CHANCE, search_among, sought_figure
from archcalc.errors import ArchcalcError
from archcalc.names.catalog import specs_folder
from archcalc.network import load, models

CAUSES = {
    "parameters": ("parameters of {}",),
    "macs": ("MACs of {}",),
    "flops": ("2·MACs of {}", "MACs of {}"),
}
"""What a quantity of the ledgers is in an answer."""
WORDS = {"parameters": " params", "macs": "", "flops": " FLOPs"}
AGREEING = {"exact", "rounded"}


def stated(folder: Path) -> Iterator[tuple[str, str, str]]:
    """A network, a quantity and the figure that is stated of it."""
    for path in sorted(folder.glob("*.json")):
        for claim in json.loads(path.read_text(encoding="utf-8")).get("claims", []):
            if claim.get("expected") not in AGREEING or claim.get("mode") == "train":
                continue
            yield from _of_claim(claim)


def _of_claim(claim: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    if claim["type"] == "value" and not claim.keys() & {"layer", "only", "set", "input", "to"}:
        yield claim.get("model", ""), claim.get("quantity", ""), str(claim["stated"])
    if claim["type"] == "table" and claim.get("row") == "model":
        for model, cells in claim["rows"].items():
            row = cells if isinstance(cells, list) else []
            for column, cell in zip(claim["columns"], row, strict=False):
                if column.keys() == {"quantity"}:
                    yield model, column["quantity"], str(cell)


def main() -> None:
    """Print how many are named, and how many random ones are answered."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--networks", type=int, default=0, help="so many of them")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--random", type=int, default=60, help="random figures of each network")
    asked = parser.parse_args()
    drawn = random.Random(asked.seed)
    figures: dict[str, list[tuple[str, str]]] = {}
    for model, quantity, text in stated(specs_folder() / "claims"):
        if model in models() and quantity in CAUSES:
            figures.setdefault(model, []).append((quantity, text))
    names = sorted(figures)
    if asked.networks:
        names = drawn.sample(names, min(asked.networks, len(names)))
    counts = {"first and alone": 0, "first with others": 0, "lower": 0, "not found": 0}
    answered, tried = {3: 0, 4: 0}, 0
    for name in names:
        net = load(name)
        numbers = stated_numbers(net)
        for quantity, text in figures[name]:
            try:
                figure = sought_figure(text + WORDS[quantity])
            except ArchcalcError:
                continue
            found = search_among(figure, numbers)
            causes = {cause.format(name) for cause in CAUSES[quantity]}
            first = {fit.quoted.what for fit in found.first}
            verdict = (
                "first and alone"
                if first and first <= causes
                else "first with others"
                if first & causes
                else "lower"
                if causes & {fit.quoted.what for fit in found.fits}
                else "not found"
            )
            counts[verdict] += 1
            if verdict != "first and alone":
                print(f"{name}: {quantity} {text}: {verdict}; {', '.join(sorted(first)[:2])}")
        for _ in range(asked.random):
            value = net.macs * 4 ** drawn.uniform(-1, 1)
            tried += 1
            for digits in answered:
                found = search_among(sought_figure(f"{value:.{digits - 1}e}"), numbers)
                answered[digits] += bool(found.fits) and found.by_chance <= COULD_BE_CHANCE
    total = sum(counts.values())
    for verdict, count in counts.items():
        print(f"{verdict:18} {count:5} of {total} figures with a known cause: {count / total:.1%}")
    for digits, count in answered.items():
        print(f"{digits} digits answered {count:5} of {tried} random figures: {count / tried:.1%}")


if __name__ == "__main__":
    main()
