"""What a quantity says on the page of a layer, a group or a network, unless by lines of its own."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc import figures
from archcalc.explanation.pages.page import Grid, Line, equation, words
from archcalc.explanation.tree import Explanation
from archcalc.explanation.working import Working
from archcalc.explanation.workings import workings
from archcalc.parts.part import Network
from archcalc.quantities.quantity import Quantity
from archcalc.traced import addends

MOST_ADDENDS = 12
"""A sum of more terms is not written out."""


class Lines:
    """A line a number: its arithmetic in names, in digits and its value.

    Layers and groups say nothing that was not asked for, unless `is_said`; a network says all.
    """

    def __init__(self, *, is_said: bool = False):
        self.is_said = is_said

    def of_layer(self, explanation: Explanation, quantity: Quantity) -> Iterator[Line]:
        """What it says on the page of a layer."""
        if explanation.is_asked or self.is_said:
            yield from plain_lines(explanation, quantity)

    def of_group(self, explanation: Explanation, quantity: Quantity) -> Iterator[Line | Grid]:
        """What it says on the page of a group, under the table of its sums."""
        yield from self.of_layer(explanation, quantity)

    def of_network(self, explanation: Explanation, quantity: Quantity) -> Iterator[Line]:
        """What it says on the page of a network, above the table of its sums."""
        yield from plain_lines(explanation, quantity)

    def grids(self, explanation: Explanation) -> Iterator[Line | Grid]:
        """The tables that it has for itself, where it was asked for."""
        return iter(())


class DepthLines(Lines):
    """The lines of depth: on the page of a network they are one sentence."""

    def of_network(self, explanation: Explanation, quantity: Quantity) -> Iterator[Line]:
        """The arithmetic, and what it counts."""
        if explanation.is_asked:
            yield from plain_lines(explanation, quantity)
            return
        for working in workings(explanation.part, quantity):
            sides = equation(working.number, "substituted", "value", is_size=True)
            layers = "layer" if working.value == 1 else "layers"
            after = f" weighted {layers} on the longest path{_to_each(explanation.part.network)}"
            yield Line("depth", sides, after=after)


def _to_each(net: Network) -> str:
    """The depth of each of several outputs, where they differ."""
    depths = {name: net.depths[node] for node, name in net.graph.names_of_outputs.items()}
    if len({*depths.values()}) < 2:
        return ""
    return "; " + figures.listed(f"{depth} to {name}" for name, depth in depths.items())


def plain_lines(explanation: Explanation, quantity: Quantity) -> Iterator[Line]:
    """A quantity in names, in digits and its value; what has none is said where it is asked for."""
    is_asked = explanation.is_asked
    for working in workings(explanation.part, quantity):
        terms = len(addends(working.number))
        if not is_asked and terms > MOST_ADDENDS:
            before = f"the sum of {terms} parts: "
            yield Line(quantity.title, equation(working.number, "value"), before)
        elif is_asked or not working.reason:
            yield statement(working.label or quantity.title, working)
        if working.note:
            yield Line("", after=working.note, indent=2)


def statement(label: str, working: Working) -> Line:
    """A number in names, in digits and its value."""
    if working.reason:
        return words(label, working.words)
    whose = f"{working.at}: " if working.at else ""
    return Line(label, equation(working.number, is_size=working.is_size), whose)
