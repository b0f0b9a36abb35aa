"""The tree of a network, its groups and its layers, with the working of every quantity."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

from archcalc.arithmetic import Number
from archcalc.explanation.working import Working
from archcalc.explanation.workings import workings
from archcalc.parts.drawing import PrintedResult
from archcalc.parts.part import Part
from archcalc.quantities.quantity import Quantity, Sum


@dataclass(frozen=True, eq=False, repr=False)
class Explanation(PrintedResult):
    """A network, a group of its layers or one layer; every quantity with its working."""

    part: Part
    quantities: tuple[Quantity, ...]
    """The quantities that are explained."""
    is_asked: bool = False
    """Whether its quantities were asked for, and are not just the usual ones."""

    @property
    def layer(self) -> str | None:
        """The path of the group or layer; None for the whole network."""
        return self.part.path or None

    @cached_property
    def children(self) -> tuple[Explanation, ...]:
        """Its groups and layers, in execution order."""
        return tuple(replace(self, part=child) for child in self.part.children)

    @cached_property
    def workings(self) -> tuple[Working, ...]:
        """How all that is explained is computed."""
        return tuple(
            working for quantity in self.quantities for working in workings(self.part, quantity)
        )

    @property
    def values(self) -> list[Number | None]:
        """The numbers alone."""
        return [working.value for working in self.workings]

    @property
    def sums(self) -> dict[str, Sum]:
        """The sums among what is explained, by their names."""
        return {each.name: each for each in self.quantities if isinstance(each, Sum)}

    def find(self, name: str) -> Explanation:
        """A part of it, by the dotted name that goes on from its own."""
        return replace(self, part=self.part[name])

    def __repr__(self) -> str:
        what = " ".join(filter(None, (self.part.network.name, self.layer)))
        return f"<Explanation of {what}: {', '.join(each.name for each in self.quantities)}>"
