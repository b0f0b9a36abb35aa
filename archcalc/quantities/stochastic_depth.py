"""What a training step runs of a network that drops paths at random."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from archcalc.analysis import stochastic_depth
from archcalc.analysis.stochastic_depth import (
    DroppedPath,
    expected_macs,
    least_macs,
    most_macs,
    surviving_paths,
)
from archcalc.arithmetic import product, whole
from archcalc.parts.part import Network, Part
from archcalc.quantities.quantity import EXPECTED, ByRule
from archcalc.traced import Traced


def drops_paths(net: Network) -> bool:
    """Whether it drops paths, each at a fixed chance, so that a training step has an average."""
    return bool(net.dropped_paths)


def paths_around(part: Part) -> set[tuple[DroppedPath, ...]]:
    """The dropped paths that the nodes of a part are on, inner ones first."""
    by_node = part.network.paths_by_node
    return {by_node[node.name] for node in part.nodes if node.name in by_node}


def paths_in(part: Part) -> list[DroppedPath]:
    """The dropped paths that end in a part."""
    dropped = part.network.dropped_paths
    return [dropped[node.name] for node in part.nodes if node.name in dropped]


def macs_by_chance(part: Part) -> dict[Fraction | int, int]:
    """A part's MACs by the chance with which a training step runs them."""
    net = part.network
    found: dict[Fraction | int, int] = {}
    for node in part.nodes:
        macs = net.readings_by_name[node.name].macs
        if macs:
            paths = net.paths_by_node.get(node.name, ())
            chance = whole(product(*(path.survival for path in paths)))
            found[chance] = found.get(chance, 0) + macs
    return found


def _of_training(name: str, title: str, working: Callable[[Part], Traced | None]) -> None:
    """Declare what a training step runs: the value of its working, where paths are dropped."""

    def value(part: Part) -> Any:
        found = working(part) if drops_paths(part.network) else None
        return None if found is None else found.value

    ByRule(
        name,
        title,
        EXPECTED,
        tables=(),
        is_usual=lambda net: net.mode == "train" and drops_paths(net),
        is_had=drops_paths,
        rule=value,
    )


def survival(part: Part) -> Traced | None:
    """The probability that a training step runs the one path that a part is, has or is in."""
    found = paths_around(part)
    return stochastic_depth.chance_of_all(found.pop()) if len(found) == 1 else None


_of_training("survival", "survival", survival)
_of_training("surviving_paths", "paths kept", lambda part: surviving_paths(paths_in(part)))
_of_training("expected_macs", "average MACs", lambda part: expected_macs(macs_by_chance(part)))
_of_training("least_macs", "fewest MACs", lambda part: least_macs(macs_by_chance(part)))
_of_training("most_macs", "most MACs", lambda part: most_macs(macs_by_chance(part)))
