"""What a training step runs of a part whose paths are dropped at random, as arithmetic."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from fractions import Fraction
from functools import lru_cache

from archcalc.arithmetic import Number, Zero, product, whole
from archcalc.explanation.tree import Explanation, Quantity, no_number, quantity
from archcalc.network import Network
from archcalc.stochastic import Path, dropped_paths, why_unknown
from archcalc.traced import Traced, summed


def drops_paths(net: Network) -> bool:
    """Whether it drops paths, each at a fixed chance, so that a training step has an average."""
    return net.stochastic_depth is not None


def survival(part: Explanation) -> Iterator[Quantity]:
    """The probability that a training step runs the one path that a part is, has or is in."""
    paths = _paths(part.network)
    found = {paths[node.name] for node in part.nodes if node.name in paths}
    if not drops_paths(part.network):
        yield no_number("survival", _why_none(part.network))
    elif len(found) == 1:
        yield Quantity("survival", product(*map(_survival, found.pop())), is_size=True)
    else:
        reason = "its paths are dropped one by one" if found else "nothing in it is dropped"
        yield no_number("survival", reason)


def surviving_paths(part: Explanation) -> Iterator[Quantity]:
    """Paths that survive a training step on average: the sum of their probabilities."""
    inside = {node.name for node in part.nodes}
    found = [path for path in dropped_paths(part.network.graph) if path.name in inside]
    if why_unknown(part.network.graph):
        yield no_number("surviving_paths", why_unknown(part.network.graph))
    elif found:
        yield Quantity("surviving_paths", summed(map(_survival, found)), is_size=True)
    else:
        yield quantity("surviving_paths", Zero("it drops no path in training"))


def _survival(path: Path) -> Traced:
    return Traced(path.survival, f"survival of {path.name.removesuffix('.drop_path')}")


def expected_macs(part: Explanation) -> Iterator[Quantity]:
    """MACs of a training step on average: those that always run, others by their chance."""
    chances: dict[int, list[Fraction | int]] = {}
    for chance, macs in _macs(part).items():
        if chance != 1:
            chances.setdefault(macs, []).append(chance)
    terms = [_certain(part)] if _certain(part).value else []
    for macs, several in chances.items():
        survivals = "survival" if len(several) == 1 else f"sum of {len(several)} survivals"
        each = "its MACs" if len(several) == 1 else "MACs of each"
        terms.append(Traced(whole(sum(several)), survivals) * Traced(macs, each, computed=True))
    yield _of_a_step("expected_macs", part, terms)


def least_macs(part: Explanation) -> Iterator[Quantity]:
    """MACs of a training step that drops every path."""
    yield _of_a_step("least_macs", part, [_certain(part)])


def most_macs(part: Explanation) -> Iterator[Quantity]:
    """MACs of a training step that drops none."""
    others = sum(macs for chance, macs in _macs(part).items() if chance != 1)
    droppable = Traced(others, "MACs in paths", computed=True)
    terms = [term for term in (_certain(part), droppable) if term.value]
    yield _of_a_step("most_macs", part, terms)


def _of_a_step(name: str, part: Explanation, terms: list[Traced]) -> Quantity:
    if not drops_paths(part.network):
        return no_number(name, _why_none(part.network))
    if not _macs(part):
        return quantity(name, Zero("none of its layers has MACs"))
    number: Number = summed(terms)
    return quantity(name, number if number.value else Zero("all its MACs are in paths"))


def _why_none(net: Network) -> str:
    return why_unknown(net.graph) or "it drops no path in training"


def _certain(part: Explanation) -> Traced:
    return Traced(_macs(part).get(1, 0), "certain MACs", computed=True)


def _macs(part: Explanation) -> Mapping[Fraction | int, int]:
    """A part's MACs by the chance with which a training step runs them."""
    found: dict[Fraction | int, int] = {}
    for node in part.nodes:
        macs = part.network.costs[node.name].macs
        if macs:
            paths = _paths(part.network).get(node.name, ())
            chance = whole(product(*(path.survival for path in paths)))
            found[chance] = found.get(chance, 0) + macs
    return found


@lru_cache(maxsize=1)
def _paths(net: Network) -> Mapping[str, tuple[Path, ...]]:
    """The dropped paths that nodes are in, those inside them first."""
    found: dict[str, tuple[Path, ...]] = {}
    for path in dropped_paths(net.graph):
        for name in path.nodes:
            found[name] = (*found.get(name, ()), path)
    return found
