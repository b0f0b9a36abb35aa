"""Diagrams: the boxes of a network or a part, laid out in rows, with shapes and costs.

>>> import archcalc
>>> archcalc.diagram(archcalc.load("googlenet"), "inception4a").title
'GoogLeNet: inception4a'
"""

from __future__ import annotations

from archcalc.errors import ArchcalcError, quote
from archcalc.network import Network
from archcalc.parts.checks import check_learning_known, check_network
from archcalc.pictures.diagram.drawn import DIRECTIONS, Direction, diagram_picture
from archcalc.pictures.diagram.joined import Diagram, boxes_of
from archcalc.pictures.diagram.written import dot_text, mermaid_text
from archcalc.pictures.picture import Picture


def diagram(net: Network, layer: str | None = None, direction: Direction = "down") -> Picture:
    """A diagram of a network, or of one of its groups.

    Args:
        net: what `load` gives.
        layer: the dotted name of a group; all of the network without it.
        direction: `down` or `right`, from its inputs to its outputs.

    Raises:
        ArchcalcError: there is no such group, it has too many boxes, or there is no such direction.
    """
    if direction not in DIRECTIONS:
        expected = " or ".join(map(quote, DIRECTIONS))
        raise ArchcalcError(f"direction is {expected}, got {quote(direction)}")
    return diagram_picture(diagram_of(net, layer), direction)


def diagram_of(net: Network, layer: str | None = None) -> Diagram:
    """The boxes of a diagram, before they are drawn."""
    check_network(net, "diagram")
    check_learning_known([net], "diagram")
    return boxes_of(net[layer] if layer else net)


__all__ = [
    "DIRECTIONS",
    "Diagram",
    "Direction",
    "diagram",
    "diagram_of",
    "dot_text",
    "mermaid_text",
]
