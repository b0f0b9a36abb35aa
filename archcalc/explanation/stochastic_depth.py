"""What a training step runs of a part whose paths are dropped at random, as arithmetic."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from archcalc.arithmetic import Number, Zero, product, whole
from archcalc.explanation.tree import Explanation, Working, no_number, working
from archcalc.network import Network
from archcalc.quantities import drops_paths, macs_by_chance, paths_around, paths_in
from archcalc.stochastic import DroppedPath, why_unknown
from archcalc.traced import Traced, summed


def survival(part: Explanation) -> Iterator[Working]:
    """The probability that a training step runs the one path that a part is, has or is in."""
    found = paths_around(part.part)
    if not drops_paths(part.network):
        yield no_number("survival", _why_none(part.network))
    elif len(found) == 1:
        yield Working("survival", product(*map(_survival, found.pop())), is_size=True)
    else:
        reason = "its paths are dropped one by one" if found else "nothing in it is dropped"
        yield no_number("survival", reason)


def surviving_paths(part: Explanation) -> Iterator[Working]:
    """Paths that survive a training step on average: the sum of their probabilities."""
    found = paths_in(part.part)
    if why_unknown(part.network.graph):
        yield no_number("surviving_paths", why_unknown(part.network.graph))
    elif found:
        yield Working("surviving_paths", summed(map(_survival, found)), is_size=True)
    else:
        yield working("surviving_paths", Zero("it drops no path in training"))


def _survival(path: DroppedPath) -> Traced:
    return Traced(path.survival, f"survival of {path.name.removesuffix('.drop_path')}")


def expected_macs(part: Explanation) -> Iterator[Working]:
    """MACs of a training step on average: those that always run, others by their chance."""
    chances: dict[int, list[Fraction | int]] = {}
    for chance, macs in macs_by_chance(part.part).items():
        if chance != 1:
            chances.setdefault(macs, []).append(chance)
    terms = [_certain(part)] if _certain(part).value else []
    for macs, several in chances.items():
        survivals = "survival" if len(several) == 1 else f"sum of {len(several)} survivals"
        each = "its MACs" if len(several) == 1 else "MACs of each"
        terms.append(Traced(whole(sum(several)), survivals) * Traced(macs, each, computed=True))
    yield _of_a_step("expected_macs", part, terms)


def least_macs(part: Explanation) -> Iterator[Working]:
    """MACs of a training step that drops every path."""
    yield _of_a_step("least_macs", part, [_certain(part)])


def most_macs(part: Explanation) -> Iterator[Working]:
    """MACs of a training step that drops none."""
    others = sum(macs for chance, macs in macs_by_chance(part.part).items() if chance != 1)
    droppable = Traced(others, "MACs in paths", computed=True)
    terms = [term for term in (_certain(part), droppable) if term.value]
    yield _of_a_step("most_macs", part, terms)


def _of_a_step(name: str, part: Explanation, terms: list[Traced]) -> Working:
    if not drops_paths(part.network):
        return no_number(name, _why_none(part.network))
    if not macs_by_chance(part.part):
        return working(name, Zero("none of its layers has MACs"))
    number: Number = summed(terms)
    return working(name, number if number.value else Zero("all its MACs are in paths"))


def _why_none(net: Network) -> str:
    return why_unknown(net.graph) or "it drops no path in training"


def _certain(part: Explanation) -> Traced:
    return Traced(macs_by_chance(part.part).get(1, 0), "certain MACs", computed=True)
