"""The levels of a network's names as a tree: a level is a group where it has one input and one
output, and lies in one stretch of the order in which nodes run; others are parts of those around
them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby

from archcalc.graph import Graph, Node
from archcalc.ops.op import Op


@dataclass(eq=False)
class LevelEntry:
    """A node, or a group of entries, in the list of a group."""

    word: str
    """Its name in that list."""
    path: str
    """Its name in the network."""
    node: Node | None = None
    inside: list[LevelEntry] = field(default_factory=list)
    reads: list[LevelEntry | str | None] = field(default_factory=list)
    """Other entries of its list, or inputs of the network; None is what its group reads."""
    refers: dict[str, LevelEntry] = field(default_factory=dict)
    """Entries of its list whose weights or places it takes, by the fields that say so."""

    @property
    def last(self) -> Node:
        """The node that makes what it gives."""
        return self.node or self.inside[-1].last


def _references(node: Node, by_op: dict[int, str]) -> dict[str, str]:
    """The names of the layers that a node's fields name: whose weights it has, what it undoes."""
    found = {}
    for name in node.op.field_infos:
        value = getattr(node.op, name)
        if isinstance(value, Op):
            found[name] = by_op[id(value)]
        elif name == "weights" and value:
            found[name] = value
    return found


class Levels:
    """The tree of one network."""

    def __init__(self, graph: Graph):
        self.graph = graph
        by_op = {id(node.op): node.name for node in graph.nodes}
        self._refers = {node.name: _references(node, by_op) for node in graph.nodes}
        self._inputs = {node.name: self._read(node) for node in graph.nodes}
        self._readers: dict[str, set[str]] = {}
        for node in graph.nodes:
            for name in (*self._inputs[node.name], *self._refers[node.name].values()):
                self._readers.setdefault(name, set()).add(node.name)

    def _read(self, node: Node) -> tuple[str, ...]:
        """What a node reads, of which an item has to say so."""
        if node.op.value_inputs == 0:
            return ()  # of what is before it, nothing but the size, or not even that
        is_placed = any(key != "weights" for key in self._refers[node.name])
        return node.inputs[:1] if is_placed else node.inputs

    def entries(self) -> list[LevelEntry]:
        """The list of the network itself."""
        return self._list("", self.graph.nodes, None)

    def _list(self, prefix: str, nodes: Sequence[Node], source: str | None) -> list[LevelEntry]:
        """The entries of a level, which reads one thing from outside; of the network that is
        nothing."""
        made = list(self._made(prefix, "", nodes))
        by_name = {node.name: entry for entry, inside in made for node in inside}
        for entry, inside in made:
            names = self._sources(inside)
            if entry.node is not None:
                names = list(self._inputs[entry.node.name])
                entry.refers = {
                    key: by_name[name] for key, name in self._refers[entry.node.name].items()
                }
            entry.reads = [
                by_name.get(name) or (None if name == source else name) for name in names
            ]
        return [entry for entry, _ in made]

    def _made(
        self, prefix: str, before: str, nodes: Sequence[Node]
    ) -> Iterator[tuple[LevelEntry, Sequence[Node]]]:
        """The entries of a level with the nodes in each; of levels in it that are no groups their
        own, with longer names."""
        start = len(prefix) + 1 if prefix else 0
        for word, run in groupby(nodes, key=lambda node: node.name[start:].partition(".")[0]):
            inside = list(run)
            path = prefix + "." * bool(prefix) + word
            if inside[0].name == path:
                for node in inside:
                    yield LevelEntry(before + word, path, node), [node]
            elif len(inside) > 1 and self._is_group(inside):
                (source,) = self._sources(inside)
                yield (
                    LevelEntry(before + word, path, None, self._list(path, inside, source)),
                    inside,
                )
            else:
                yield from self._made(path, f"{before}{word}_", inside)

    def _sources(self, nodes: Iterable[Node]) -> list[str]:
        """What some nodes read from outside."""
        nodes = list(nodes)
        names = {node.name for node in nodes}
        read = (name for node in nodes for name in self._inputs[node.name])
        return list(dict.fromkeys(name for name in read if name not in names))

    def _is_group(self, nodes: Sequence[Node]) -> bool:
        """Whether nodes read one thing from outside and only the last one is read there."""
        if len(self._sources(nodes)) != 1:
            return False
        names = {node.name for node in nodes}
        outputs = {*self.graph.outputs}
        for node in nodes:
            if not names.issuperset(self._refers[node.name].values()):
                return False
            is_read = not names.issuperset(self._readers.get(node.name, ()))
            is_last = node is nodes[-1]
            if (is_read or node.name in outputs) != is_last:
                return False
            others = self._readers.get(node.name, set()) - names
            if any(node.name in self._refers[name].values() for name in others):
                return False
        return True
