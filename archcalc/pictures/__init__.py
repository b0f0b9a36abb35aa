"""Pictures of what networks cost, as SVG that a pen of our own writes.

>>> import archcalc
>>> archcalc.plot("cost", archcalc.load("lenet5")).title
'Where the cost of LeNet-5 is'
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import NamedTuple

from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.figures import count_of
from archcalc.network import Network
from archcalc.parts.checks import check_learning_known, check_network
from archcalc.pictures.accuracy_picture import accuracy_picture
from archcalc.pictures.compare_picture import MOST_SIDE_BY_SIDE, maps_picture
from archcalc.pictures.cost_picture import cost_picture
from archcalc.pictures.history_picture import history_picture
from archcalc.pictures.map_of_networks import networks_picture
from archcalc.pictures.picture import PICTURE_FORMATS, Picture, format_of
from archcalc.pictures.study_picture import study_picture


class PictureKind(NamedTuple):
    """A kind of picture: how many networks it takes, and what draws it."""

    least: int
    most: int | None
    draw: Callable[[list[Network]], Picture]
    is_of_all: bool = False
    """Whether it is of all built-in networks unless some are named."""


PLOTS: Mapping[str, PictureKind] = {
    "cost": PictureKind(1, 1, lambda networks: cost_picture(networks[0])),
    "networks": PictureKind(1, None, networks_picture, is_of_all=True),
    "accuracy": PictureKind(1, None, accuracy_picture, is_of_all=True),
    "compare": PictureKind(2, MOST_SIDE_BY_SIDE, maps_picture),
    "study": PictureKind(1, None, study_picture),
    "history": PictureKind(1, None, history_picture, is_of_all=True),
}
"""The kinds of picture by their names."""


def picture_kind(name: str) -> PictureKind:
    """The kind of picture of a name.

    Raises:
        ArchcalcError: there is none.
    """
    if name not in PLOTS:
        hint = did_you_mean(name, PLOTS) or f"one of {', '.join(PLOTS)}"
        raise ArchcalcError(f"no picture {quote(name)}; {hint}")
    return PLOTS[name]


def plot(kind: str, *networks: Network) -> Picture:
    """A picture of some networks; a notebook shows it, `save` writes it to a file.

    Args:
        kind: "cost", "networks", "accuracy", "compare", "study" or "history".
        networks: what `load` gives.

    Raises:
        ArchcalcError: there is no such kind, or it takes fewer or more networks.
    """
    least, most, draw, _ = picture_kind(kind)
    for net in networks:
        check_network(net, "plot")
    check_learning_known(networks, "plot")
    if len(networks) < least or (most is not None and len(networks) > most):
        raise ArchcalcError(f"{kind} takes {_counted(least, most)}, got {len(networks)}")
    return draw(list(networks))


def _counted(least: int, most: int | None) -> str:
    if most is None:
        return f"{least} or more networks"
    if least == most:
        return count_of(least, "network")
    return f"{least} to {most} networks"


__all__ = ["PICTURE_FORMATS", "PLOTS", "Picture", "format_of", "picture_kind", "plot"]
