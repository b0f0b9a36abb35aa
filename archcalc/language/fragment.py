"""The expansion of a block, or of a network: nodes, uses of blocks, and what names mean in it.

A block is a pure function of its arguments and of its inputs' shapes, so one Fragment serves
wherever it is used with the same ones. A use holds the fragment; nothing is copied until the nodes
of the whole network are written down.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, NamedTuple

from archcalc.arithmetic import Number
from archcalc.errors import quote
from archcalc.graph import GroupInfo
from archcalc.language.model import Item
from archcalc.ops.op import Op
from archcalc.shape import Shape

LETTERS_AN_ITEM = 64
"""How many characters of nodes' names take as long as an item; so many are free for each node."""


class Layer(NamedTuple):
    """What a node is wherever its block is used; all copies share it."""

    op: Op
    input_shapes: tuple[Shape, ...]
    output: tuple[Shape]
    item: Item


class Flow(NamedTuple):
    """What one item hands to the next: one tensor, or several open ends."""

    at: tuple[int, ...]
    """The numbers of the nodes whose outputs they are; a fragment's inputs are -1, -2, ..."""
    shapes: tuple[Shape, ...]


_NOTHING = Flow((), ())


def join_flows(flows: Sequence[Flow]) -> Flow:
    """Several flows as one."""
    ats, shapes = zip(*flows, strict=True) if flows else ((), ())
    return Flow(tuple(chain.from_iterable(ats)), tuple(chain.from_iterable(shapes)))


@dataclass(frozen=True, slots=True)
class Held:
    """A layer outside of a block whose parameters the block can use: the value of an argument."""

    name: str
    at: int
    """Its number, as if it were one more input of the block."""
    layer: Layer


# --- nodes ----------------------------------------------------------------------------------------


Placed = tuple[str, Layer, tuple[int, ...], int | None]
"""A node of a fragment's own: its name, what it is, the numbers of its inputs, and that of the node
whose parameters it uses, if any."""


class Use(NamedTuple):
    """A use of a block: its fragment, which stands here under a prefix."""

    prefix: str
    part: Fragment
    start: int
    """The number here of its first node."""
    inputs: Flow
    info: GroupInfo | None = None
    """The group that the prefix is; None where the item has no name."""
    weights_of: int | None = None
    """The number of the first node of a like use whose parameters this one uses."""

    def outer(self, flow: Flow) -> Flow:
        """What a flow inside it is outside."""
        inputs, start = self.inputs.at, self.start
        ats = tuple([start + at if at >= 0 else inputs[-1 - at] for at in flow.at])
        return Flow(ats, flow.shapes)


Mark = tuple[int, int, int, int, int]
"""How many entries and side outputs there are, nodes, nodes and uses, and letters."""


@dataclass(slots=True)
class Fragment:
    """Nodes and uses in execution order, what the names in it mean, and where its flow ends."""

    names: Meanings
    inputs: tuple[str, ...]
    """What its inputs are called in it."""
    held: Mapping[int, Held] = field(default_factory=dict)
    """The layers outside that its arguments hold."""
    entries: list[Placed | Use] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    """The number of the first node of each entry."""
    size: int = 0
    """How many nodes it has, with those of its uses."""
    work: int = 0
    """How many nodes and uses it comes to, with those of its uses."""
    height: int = 0
    """How many lists there are within each other, those of its uses included."""
    letters: int = 0
    """How many characters the names of all these have."""
    auxiliary: list[tuple[int, Any]] = field(default_factory=list)
    """The side outputs, each with the weight of its loss."""
    flow: Flow = _NOTHING
    times: dict[int, Number] = field(default_factory=dict)
    """How many times each entry stands for, where that is not once: of open repeats."""

    def repeat(self, entries: Iterable[int], times: Number) -> None:
        """Let some entries stand for so many copies of them."""
        for entry in entries:
            self.times[entry] = self.times.get(entry, 1) * times

    def mark(self) -> Mark:
        """How far it is laid out, to cut it there."""
        return len(self.entries), len(self.auxiliary), self.size, self.work, self.letters

    def cut(self, mark: Mark) -> None:
        """Take away what was laid out behind a mark."""
        entries, auxiliary, self.size, self.work, self.letters = mark
        del self.entries[entries:], self.starts[entries:], self.auxiliary[auxiliary:]
        self.times = {entry: times for entry, times in self.times.items() if entry < entries}

    def long_names(self, prefix: str = "") -> int:
        """How many items the letters of its nodes' names count as, under a prefix."""
        letters = self.letters + self.size * len(prefix)
        return max(0, letters // LETTERS_AN_ITEM - self.size)

    def add(self, name: str, layer: Layer, inputs: Flow, weights: int | None = None) -> Flow:
        """Append a node, which may use the parameters of another; returns its output."""
        at = self.size
        self.entries.append((name, layer, inputs.at, weights))
        self.starts.append(at)
        self.size = at + 1
        self.work += 1
        self.letters += len(name)
        return Flow((at,), layer.output)

    def use(self, use: Use) -> Meaning:
        """Append a use of a block, which starts with the next node; returns what it means."""
        part = use.part
        self.entries.append(use)
        self.starts.append(self.size)
        self.size += part.size
        self.work += 1 + part.work
        self.letters += part.letters + part.size * len(use.prefix)
        return Meaning(use.outer(part.flow), use=use)

    def taken_by(self, entry: Placed | Use) -> Flow:
        """What an entry has as its inputs."""
        if isinstance(entry, Use):
            return entry.inputs
        _, layer, at, _ = entry
        return Flow(at, layer.input_shapes)

    def add_like(self, entry: Placed | Use, name: str, inputs: Flow) -> Meaning:
        """Append what an entry is once more, under another name and of other inputs."""
        if not isinstance(entry, Use):
            _, layer, _, weights = entry
            return Meaning(self.add(name, layer, inputs, weights))
        return self.use(entry._replace(prefix=f"{name}.", start=self.size, inputs=inputs))

    # --- what a number stands for -----------------------------------------------------------------

    def _entry(self, at: int) -> tuple[Placed | Use, int]:
        """The entry that has a node, and the node's number in it."""
        index = bisect_right(self.starts, at) - 1
        return self.entries[index], at - self.starts[index]

    def layer(self, at: int) -> Layer:
        """What a node is, or a layer outside."""
        if at < 0:
            return self.held[at].layer
        entry, inside = self._entry(at)
        return entry.part.layer(inside) if isinstance(entry, Use) else entry[1]

    def placed(self, prefix: str = "") -> Iterator[tuple[str, Layer]]:
        """All nodes with their names, those of its uses included."""
        for entry in self.entries:
            if isinstance(entry, Use):
                yield from entry.part.placed(prefix + entry.prefix)
            else:
                yield prefix + entry[0], entry[1]

    def inputs_of(self, at: int) -> Flow:
        """What a node takes."""
        entry, inside = self._entry(at)
        if isinstance(entry, Use):
            return entry.outer(entry.part.inputs_of(inside))
        return Flow(entry[2], entry[1].input_shapes)

    def name(self, at: int) -> str:
        """What a node, an input or a layer outside is called here."""
        if at < 0:
            return self.held[at].name if at in self.held else self.inputs[-1 - at]
        entry, inside = self._entry(at)
        return entry.prefix + entry.part.name(inside) if isinstance(entry, Use) else entry[0]

    def with_names(self, problem: str, inputs: Flow) -> str:
        """An op's message, with its inputs' names for `input 1`, `input 2`."""

        def name(match: re.Match[str]) -> str:
            i = int(match[1])  # or a size: `its input 1024`
            return quote(self.name(inputs.at[i - 1])) if i <= len(inputs.at) else match[0]

        return re.sub(r"\binput (\d+)\b", name, problem)


# --- names ----------------------------------------------------------------------------------------


class Meaning(NamedTuple):
    """What the name of an item means: its flow, and what its dotted paths find inside it."""

    flow: Flow
    inside: Meanings | None = None
    """The names in its own list, or of its branches."""
    use: Use | None = None
    """The use of a block that it is."""
    copies: list[Meaning] | None = None
    """Its repetitions."""

    def find(self, parts: list[str], start: int) -> Meaning | None:
        """What a path means, from a part of it on."""
        if start == len(parts):
            return self
        if self.copies is not None:
            return self._in_copies(self.copies, parts, start)
        if self.use is not None:
            found = self.use.part.names.find_here(parts, start)
            return None if found is None else self._outside(self.use, found)
        return None if self.inside is None else self.inside.find_here(parts, start)

    def _in_copies(self, copies: list[Meaning], parts: list[str], start: int) -> Meaning | None:
        part = parts[start]
        if part == "*" and start + 1 == len(parts):
            return Meaning(join_flows([copy.flow for copy in copies]))
        is_number = part.isdecimal() and str(int(part)) == part and int(part) < len(copies)
        return copies[int(part)].find(parts, start + 1) if is_number else None

    def _outside(self, use: Use, found: Meaning) -> Meaning:
        """What a name inside a use means outside of it."""
        inner = found.use
        if inner is not None:
            inner = inner._replace(start=use.start + inner.start)
        return Meaning(use.outer(found.flow), use=inner)


class Meanings:
    """What the names in a list mean, as far as it is expanded."""

    def __init__(self, around: Meanings | None = None):
        self.here: dict[str, Meaning] = {}
        self.paths: dict[str, Meaning] = {}
        """The dotted paths that were found, so that many references search one once."""
        self.around = around

    def find(self, path: str) -> Meaning | None:
        """What a dotted path means in this list, else in those around it; `unit.*` is every copy
        of `unit`."""
        parts = path.split(".")
        names: Meanings | None = self
        while names is not None:
            found = names.paths.get(path)
            if found is None and parts[0] in names.here:
                found = names.find_here(parts, 0)
            if found is not None:
                names.paths[path] = found
                return found
            names = names.around
        return None

    def find_here(self, parts: list[str], start: int) -> Meaning | None:
        """What a path, from a part of it on, means in this very list."""
        meaning = self.here.get(parts[start])
        return None if meaning is None else meaning.find(parts, start + 1)
