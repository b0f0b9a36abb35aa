"""Closed forms of every network and study, each against whole numbers at 50 random points.

`python bench/formulas.py` opens height, width and the number of classes, with floors and without,
and prints what took longest, what is longest, and whatever is wrong. The exit code is 1 if a form
is another number somewhere, or a spec refuses where the form is said to hold.
"""

from __future__ import annotations

import argparse
import gc
import sys
import time
from typing import Any, NamedTuple

import archcalc
from archcalc.errors import ArchcalcError, SpecError
from archcalc.formulas.closed_forms import USUAL
from archcalc.formulas.forms import Question
from archcalc.formulas.openable import Openable
from archcalc.formulas.points import points_in
from archcalc.names import catalog

POINTS = 50
MILLISECONDS = 60
CHARACTERS = 600


class Found(NamedTuple):
    """The closed forms of one network."""

    name: str
    floors: bool
    milliseconds: float
    """CPU time of reading them, the least of three, without the comparison at random points."""
    characters: int
    """Of the MACs as text."""
    points: int
    wrong: int
    refused: int


def names_of(openable: Openable) -> list[str]:
    """Of a network's height and width, or of a text its tokens, and of its classes those it has."""
    sides = [name for name in openable.sides if name in openable.sizes] or ["tokens"]
    return [*sides, *(["num_classes"] if "num_classes" in openable.arguments else [])]


def found_of(net: Any, *, floors: bool) -> Found:
    """The closed forms of a network, compared at random points."""
    openable, points, wrong, refused = Openable.of(net), 0, 0, 0
    names = names_of(openable)
    formula = archcalc.formula(net, names, floors=floors)
    question = Question(openable, tuple(names), "", USUAL, "")
    times = []
    for _ in range(3):
        start = time.process_time()
        question.forms(floors=floors)
        times.append(time.process_time() - start)
    for values in points_in(formula.domain, POINTS, "bench"):
        points += 1
        try:
            there: Any = openable.read(values)
        except SpecError as error:
            print(f"{net.name} at {values}: {error}")
            refused += 1
            continue
        expected = {name: getattr(there, name) for name in formula.quantities}
        if formula.evaluate(**values) != expected:
            print(f"{net.name} at {values}: {formula.evaluate(**values)}, not {expected}")
            wrong += 1
    characters = len(formula["macs"].text)
    return Found(net.name, floors, min(times) * 1e3, characters, points, wrong, refused)


def every_network() -> list[str]:
    """The networks, then the presets of the studies."""
    return [name for kind in ("networks", "studies") for name in catalog.built_in(kind)]


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", default="", help="only networks with this in their names")
    options = parser.parse_args()
    gc.disable()  # as in the commands
    found, without = [], []
    for name in every_network():
        if options.only not in name:
            continue
        net = archcalc.load(name)
        for floors in (False, True):
            try:
                found.append(found_of(net, floors=floors))
            except ArchcalcError as error:
                without.append(f"{name}: {error}")
    print(f"{len(found)} sets of closed forms, {sum(each.points for each in found):,} points:")
    print(f"{sum(each.wrong for each in found)} wrong, {sum(e.refused for e in found)} refused")
    for what, key, most in (
        ("ms", lambda each: each.milliseconds, MILLISECONDS),
        ("characters", lambda each: each.characters, CHARACTERS),
    ):
        longest = sorted(found, key=key, reverse=True)
        above = sum(key(each) > most for each in found)
        said = ", ".join(
            f"{e.name}{' --floors' if e.floors else ''} {key(e):.0f}"
            for e in longest[: max(above, 5)]
        )
        print(f"{above} of more than {most} {what}; the most: {said}")
    for line in without:
        print(f"no closed form: {line}")
    sys.exit(any(each.wrong or each.refused for each in found))
