"""What counters see of a network: layers of which they say the same, and its inputs."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import Any

from archcalc.arithmetic import Number, plain
from archcalc.counters.derivation import Addend, Said, Sight, numbers_taken
from archcalc.counters.rules import Counter
from archcalc.graph import Graph


class Alike:
    """Layers of which counters say the same but for their sizes, with how many copies there are."""

    def __init__(self) -> None:
        self.sights: list[tuple[Sight, int]] = []
        self._amounts: dict[tuple[str, str, int], Number] = {}

    @property
    def first(self) -> Sight:
        """One of them."""
        return self.sights[0][0]

    @property
    def label(self) -> str:
        """What a sum calls them: `batch norm`, `max pool`."""
        return self.first.reading.op.name.replace("_", " ").removesuffix("2d")

    @property
    def is_uneven(self) -> bool:
        """Whether more numbers go in than come out, or fewer."""
        reading = self.first.reading
        return bool(numbers_taken(reading) != reading.y.elements)

    @cached_property
    def macs(self) -> int:
        """Their multiply-adds."""
        return sum(plain(sight.reading.macs) * times for sight, times in self.sights)

    @cached_property
    def parameters(self) -> int:
        """Their parameters, each once."""
        return sum(plain(sight.reading.parameters) * times for sight, times in self.sights)

    @cached_property
    def parameters_read(self) -> int:
        """The parameters that they read, shared ones each time."""
        return sum(plain(sight.reading.parameters_read) * times for sight, times in self.sights)

    @cached_property
    def values(self) -> int:
        """The values of their outputs, where they compute anything."""
        return sum(
            plain(sight.reading.batch * sight.reading.y.elements) * times
            for sight, times in self.sights
            if any(map(plain, sight.reading.operations.values()))
        )

    def said_by(self, counter: Counter) -> Said:
        """What a counter says of them together."""
        return self.first.said_by(counter, self._amount)

    def _amount(self, amount: str, way: str, place: int) -> Number:
        key = (amount, way, place)
        if key not in self._amounts:
            each = (times * sight.amount(*key) for sight, times in self.sights)
            self._amounts[key] = sum(each)
        return self._amounts[key]


class NetworkInputs(Alike):
    """The inputs of a network, of which some counters count the memory."""

    label = "input"
    is_uneven = False

    def __init__(self, graph: Graph, batch: int, size: int | None = None) -> None:
        """`size` is that of all of them in bytes, where it is known."""
        super().__init__()
        values = batch * sum(shape.elements for shape in graph.inputs.values())
        size = 4 * values if size is None else size
        self.amounts = {"values": values, "bytes": size, "tensors": len(graph.inputs)}
        """How much there is of each amount."""

    def said_by(self, counter: Counter) -> Said:
        """What a counter says of them."""
        counted = counter.network_inputs.items()
        return Said([Addend("input", times, name, self.amounts[name]) for name, times in counted])


def in_kinds(seen: Mapping[Sight, int]) -> list[Alike]:
    """What counters see, those together of which they say the same."""
    found: dict[Any, Alike] = {}
    for sight, times in seen.items():
        found.setdefault(sight.kind, Alike()).sights.append((sight, times))
    return list(found.values())
