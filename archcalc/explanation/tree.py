"""The tree of a network, its groups and its layers, with the working of every quantity."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

from archcalc.arithmetic import Number, Zero
from archcalc.count import Reading
from archcalc.explanation.reading import explained
from archcalc.graph import Node
from archcalc.network import Network, Part
from archcalc.quantity import Quantity, Sum
from archcalc.shape import Shape
from archcalc.traced import Traced, formula, substituted


class Working(NamedTuple):
    """One number of a part of a network, and how it is computed."""

    name: str
    number: Traced
    is_size: bool = False
    """Sizes are written without commas, counts with them."""
    reason: str = ""
    """Why it is 0, or why it is no number."""
    label: str = ""
    """What stands before it, where that is not its kind's title."""
    at: str = ""
    """The layer inside that it is computed at, where that is the only one with any."""
    note: str = ""
    """By what rule it is computed, where its arithmetic does not say so."""

    @property
    def value(self) -> Number | None:
        """The number itself; None where there is none, and `reason` says why."""
        return self.number.value

    @property
    def formula(self) -> str:
        """Its arithmetic in names."""
        return "" if self.value is None else formula(self.number)

    @property
    def substituted(self) -> str:
        """Its arithmetic in digits; as plain arithmetic it evaluates to the value."""
        return "" if self.value is None else substituted(self.number)

    @property
    def words(self) -> str:
        """What is said in place of arithmetic; nothing where there is some."""
        return self.reason if self.value is None or not self.reason else f"none: {self.reason}"


def working(name: str, number: Number, *, is_size: bool = False) -> Working:
    """A working from what a formula gave: a Traced number, a plain one, or a Zero."""
    if isinstance(number, Zero):
        return Working(name, Traced(0), is_size, number.reason)
    return Working(name, number if isinstance(number, Traced) else Traced(number), is_size)


def no_number(name: str, reason: str) -> Working:
    """A quantity that is not known, or has no number, and why."""
    return Working(name, Traced(None), reason=reason)


def is_heavy(net: Network, node: Node) -> bool:
    """Whether a layer is one to speak of: not element-wise, or with numbers of its own."""
    counted = net.readings_by_name[node.name]
    return bool(not node.op.is_elementwise or counted.parameters or counted.buffers)


def short_names(net: Network) -> dict[str, str]:
    """Every node under the shortest path that is about it alone, element-wise ones aside."""
    shares = Counter(
        path
        for node in net.layers
        if not node.op.is_elementwise
        for path in accumulate(node.name.split("."), "{}.{}".format)
    )
    return {
        node.name: next(
            (p for p in accumulate(node.name.split("."), "{}.{}".format) if shares[p] == 1),
            node.name,
        )
        for node in net.layers
    }


@dataclass(frozen=True, eq=False)
class Explanation:
    """A network, a group of its layers or one layer; every quantity with its working."""

    part: Part
    kinds: tuple[Quantity, ...]
    """The quantities that are explained."""
    work: Callable[[Explanation, Quantity], Iterator[Working]] = field(repr=False)
    is_asked: bool = False
    """Whether its kinds were asked for, and are not just the usual ones."""

    @property
    def network(self) -> Network:
        """The network that it is about or in."""
        return self.part.network

    @property
    def layer(self) -> str | None:
        """The path of the group or layer; None for the whole network."""
        return self.part.path or None

    @property
    def nodes(self) -> tuple[Node, ...]:
        """Its nodes in execution order."""
        return self.part.nodes

    @property
    def node(self) -> Node | None:
        """The one node, if it is a single layer."""
        return self.part.node

    @cached_property
    def reading(self) -> Reading:
        """The one node's formulas, in numbers that show their working."""
        assert self.part.node is not None
        return explained(self.network, self.part.node)

    @cached_property
    def children(self) -> tuple[Explanation, ...]:
        """Its groups and layers, in execution order."""
        return tuple(
            Explanation(child, self.kinds, self.work, self.is_asked)
            for child in self.part.children.values()
        )

    @property
    def sums(self) -> dict[str, Sum]:
        """The sums among what is explained, by their names."""
        return {kind.name: kind for kind in self.kinds if isinstance(kind, Sum)}

    def workings(self, kind: Quantity) -> Iterator[Working]:
        """How one quantity of it is computed."""
        return self.work(self, kind)

    @cached_property
    def quantities(self) -> tuple[Working, ...]:
        """The workings of all that is explained."""
        return tuple(working for kind in self.kinds for working in self.workings(kind))

    @property
    def values(self) -> list[Number | None]:
        """The numbers asked for."""
        return [working.value for working in self.quantities]

    @property
    def inputs(self) -> tuple[Shape, ...]:
        """The shapes that it takes from outside, each source once."""
        return self.part.inputs

    @property
    def sources(self) -> tuple[str, ...]:
        """The nodes outside whose outputs it takes."""
        return self.part.sources

    @property
    def output(self) -> Shape:
        """The shape of its last output."""
        return self.part.output

    @property
    def is_repetition(self) -> bool:
        """Whether it is a run of copies, named by their numbers."""
        return self.part.is_repetition

    def name_of(self, path: str) -> str:
        """What it calls a part of it: the path behind its own, or, as that would be a number in
        arithmetic, all of the path of a copy."""
        return path if self.layer is None or self.is_repetition else path[len(self.layer) + 1 :]

    def holder(self, count: Callable[[Explanation], int]) -> Explanation:
        """The innermost part in it that has all that it has of something; itself where several
        of its parts have some, or none."""
        part = self
        while part.node is None:
            counting = [child for child in part.children if count(child)]
            if len(counting) != 1:
                return part
            part = counting[0]
        return part

    @cached_property
    def main(self) -> Explanation | None:
        """The one layer that it is about, beside element-wise ones without parameters."""
        if self.node is not None:
            return self
        heavy = [node for node in self.nodes if is_heavy(self.network, node)]
        heavy = heavy or list(self.nodes)
        if len(heavy) != 1:
            return None
        part = self
        while part.node is None:
            part = next(child for child in part.children if heavy[0] in child.nodes)
        return part

    def __str__(self) -> str:
        return self._rendered("text")

    def __repr__(self) -> str:
        what = " ".join(filter(None, (self.network.name, self.layer)))
        return f"<Explanation of {what}: {', '.join(kind.name for kind in self.kinds)}>"

    def _repr_markdown_(self) -> str:
        return self._rendered("markdown")

    def _rendered(self, format: str) -> str:
        from archcalc.explanation.render import render  # which itself starts from this tree

        return render(self, format)

    def find(self, path: str) -> Explanation:
        """The part of a dotted path below it."""
        found = self
        while found.layer != path:
            found = next(
                child for child in found.children if f"{path}.".startswith(f"{child.layer}.")
            )
        return found

    def total(self, kind: Quantity) -> int:
        """What a summed quantity comes to here."""
        total: int = getattr(self.part, kind.name)
        return total
