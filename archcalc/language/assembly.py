"""The finished network: the nodes of a fragment written down, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import cached_property
from typing import Any

from archcalc.arithmetic import Number
from archcalc.errors import quote
from archcalc.graph import Copy, GroupInfo, Node
from archcalc.language.fragment import Fragment, Use
from archcalc.language.model import Item, ItemError
from archcalc.ops.op import Op


class Assembly:
    """The nodes of a network in execution order, under their full names."""

    def __init__(self, fragment: Fragment):
        self.nodes: list[Node] = []
        self.names: list[str] = []
        """The name of each node."""
        self.items: list[Item] = []
        """The item that each node comes from."""
        self.groups: dict[str, GroupInfo] = {}
        self.auxiliary: dict[str, Any] = {}
        self.sources: dict[str, str] = {}
        """The layers that use the parameters of another, each with that other."""
        self.sharing: dict[tuple[int, str], Op] = {}
        """The ops that know whose parameters they use, by what they were made of."""
        self.times: dict[str, Number] = {}
        """The nodes that stand for several, of open repeats, each with how many."""
        self.copies: list[Copy] = []
        """The uses of blocks that are like earlier ones."""
        self._latest: dict[int, tuple[int, str]] = {}
        """The latest use of each block's fragment: its first node, and what it takes."""
        self.inputs = fragment.inputs
        self._write(fragment, "", fragment.inputs, 1)

    def _write(
        self,
        fragment: Fragment,
        prefix: str,
        inputs: tuple[str, ...],
        times: Number,
        weights_of: int | None = None,
    ) -> None:
        """Append the nodes of a fragment that stands under a prefix, has these inputs, and stands
        for so many copies.

        `weights_of` is the number of the first of the nodes whose parameters its nodes use.
        """
        nodes, names, items, start = self.nodes, self.names, self.items, len(self.nodes)

        def name(at: int) -> str:
            return names[start + at] if at >= 0 else inputs[-1 - at]

        own_times, is_open, here = fragment.times, type(times) is not int, times
        for i, entry in enumerate(fragment.entries):
            if own_times:
                here = times * own_times[i] if i in own_times else times
                is_open = type(here) is not int
            if isinstance(entry, Use):
                path = prefix + entry.prefix
                if entry.info is not None:
                    self.groups[path[:-1]] = entry.info
                like = None if weights_of is None else weights_of + entry.start
                if entry.weights_of is not None:
                    like = start + entry.weights_of
                sources = tuple([name(at) for at in entry.inputs.at])
                if len(sources) == 1:
                    self._know_copy(entry.part, sources[0])
                self._write(entry.part, path, sources, here, like)
                continue
            own, (op, input_shapes, (shape,), item), inputs_at, weights = entry
            own = prefix + own
            if is_open:
                self.times[own] = here
            if weights is not None:
                op = self._sharing(own, op, name(weights))
            elif weights_of is not None and op.parameter_shapes(*input_shapes):
                op = self._sharing(own, op, names[weights_of + len(nodes) - start])
            if len(inputs_at) == 1:
                (at,) = inputs_at
                sources = (names[start + at] if at >= 0 else inputs[-1 - at],)
            else:
                sources = tuple([name(at) for at in inputs_at])
            nodes.append(Node(own, op, sources, input_shapes, shape, item.place))
            names.append(own)
            items.append(item)
        for at, weight in fragment.auxiliary:
            self.auxiliary[name(at)] = weight

    def _know_copy(self, part: Fragment, source: str) -> None:
        """Note a use of a block that starts with the next node and takes one result."""
        start = len(self.nodes)
        earlier = self._latest.get(id(part))
        if earlier is not None:
            self.copies.append(Copy(start, start + part.size, source, *earlier))
        self._latest[id(part)] = start, source

    def _sharing(self, name: str, op: Op, source: str) -> Op:
        """An op that knows the full name of the layer whose parameters it uses."""
        self.sources[name] = owner = self.sources.get(source, source)
        key = (id(op), owner)
        found = self.sharing.get(key)
        if found is None:
            found = op.replaced(weights=owner)
            self.sharing[key] = found
        return found

    def name(self, at: int) -> str:
        """The node of a number, or one of the network's inputs."""
        return self.names[at] if at >= 0 else self.inputs[-1 - at]

    @cached_property
    def read(self) -> set[str]:
        """The nodes and inputs whose results nodes read, and the side outputs."""
        return {*self.auxiliary}.union(*[node.inputs for node in self.nodes])

    @cached_property
    def unread(self) -> list[int]:
        """The nodes whose results no node reads, and that are no side outputs."""
        return [at for at, name in enumerate(self.names) if name not in self.read]

    def equal_names(self) -> Iterator[ItemError]:
        """The nodes that are named like another, or like a level of others' names."""
        levels = _levels(self.names)
        if len(set(self.names)) == len(self.names) and levels.isdisjoint(self.names):
            return
        taken: set[str] = set()
        for name, item in zip(self.names, self.items, strict=True):
            if name in taken or name in levels:
                problem = f"the name {quote(name)} is taken"
                yield ItemError(item, problem, "give one of them a name", name)
            taken.add(name)


def _levels(names: Iterable[str]) -> set[str]:
    """Every dotted prefix of some names."""
    levels: set[str] = set()
    while names:
        names = {name.rpartition(".")[0] for name in names} - levels
        levels |= names
    return levels
