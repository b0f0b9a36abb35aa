"""What a training step runs of a part whose paths are dropped at random, or why it has none."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from archcalc.analysis.stochastic_depth import (
    MacsByChance,
    expected_macs,
    least_macs,
    most_macs,
    surviving_paths,
)
from archcalc.arithmetic import Zero
from archcalc.explanation.working import Working
from archcalc.parts.part import Network, Part
from archcalc.quantities import drops_paths, macs_by_chance, paths_around, paths_in, survival
from archcalc.traced import Traced


def _survival(part: Part) -> Iterator[Working]:
    number = survival(part)
    if not drops_paths(part.network):
        yield Working.none("survival", _why_none(part.network))
    elif number is not None:
        yield Working("survival", number, is_size=True)
    elif paths_around(part):
        yield Working.none("survival", "its paths are dropped one by one")
    else:
        yield Working.none("survival", "nothing in it is dropped")


def _surviving_paths(part: Part) -> Iterator[Working]:
    paths = paths_in(part)
    if part.network.why_no_average:
        yield Working.none("surviving_paths", part.network.why_no_average)
    elif paths:
        yield Working("surviving_paths", surviving_paths(paths), is_size=True)
    else:
        yield Working.of("surviving_paths", Zero("it drops no path in training"))


def _of_a_step(
    name: str, count: Callable[[MacsByChance], Traced]
) -> Callable[[Part], Iterator[Working]]:
    def working(part: Part) -> Iterator[Working]:
        macs = macs_by_chance(part)
        if not drops_paths(part.network):
            yield Working.none(name, _why_none(part.network))
        elif not macs:
            yield Working.of(name, Zero("none of its layers has MACs"))
        else:
            number = count(macs)
            yield Working.of(name, number if number.value else Zero("all its MACs are in paths"))

    return working


def _why_none(net: Network) -> str:
    return net.why_no_average or "it drops no path in training"


STOCHASTIC_DEPTH: dict[str, Callable[[Part], Iterator[Working]]] = {
    "survival": _survival,
    "surviving_paths": _surviving_paths,
    "expected_macs": _of_a_step("expected_macs", expected_macs),
    "least_macs": _of_a_step("least_macs", least_macs),
    "most_macs": _of_a_step("most_macs", most_macs),
}
"""How these quantities are explained."""
