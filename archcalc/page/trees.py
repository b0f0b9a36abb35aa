"""Networks as trees of shared groups of layers, and how the boxes of a group are laid out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

from archcalc.errors import ArchcalcError
from archcalc.graph import GroupInfo, Node
from archcalc.network import Network
from archcalc.page.formulary import Formulary, Pool
from archcalc.parts.part import Part
from archcalc.pictures.diagram.coordinates import middles
from archcalc.pictures.diagram.joined import MOST_SINGLE_BOXES, boxes_of
from archcalc.pictures.diagram.ranks import layers_of

BOX_WIDTH, BOX_GAP = 132, 14
"""Of the boxes of a page's diagrams, which are all as wide, whatever the sizes in them."""


class Trees:
    """The groups of some networks, each once, with their words and plans of boxes."""

    def __init__(self, formulary: Formulary):
        self._formulary = formulary
        self.words, self.groups, self.plans = Pool(), Pool(), Pool()
        self._outlines = Pool()
        self._plan_of: dict[str, int] = {}
        self._plan_of_outline: dict[int, int] = {}
        self._group_of: dict[Any, tuple[int, int]] = {}
        self._block_texts: dict[int, tuple[str, GroupInfo]] = {}
        """By the identity of a block's use, which is kept so that no other has it."""

    def tree(self, net: Network) -> Any:
        """The names as a tree of shared groups; a node's inputs are how far back they are."""
        if not _is_in_order(net):
            return [self._leaf(node.name, node, back) for node, back in _with_inputs(net)]
        opened = [_Level("")]
        level = opened[0]
        for node, back in _with_inputs(net):
            path, _, word = node.name.rpartition(".")
            if path != level.path:
                while not opened[-1].has_inside(path):
                    self._close(net, opened)
                opened += map(_Level, _between(opened[-1].path, path))
                level = opened[-1]
            level.rows.append(self._leaf(word, node, back))
            level.children.append(node)
        while opened[1:]:
            self._close(net, opened)
        return self._group(net, opened[0])[0]

    def _leaf(self, word: str, node: Node, back: Iterable[int]) -> tuple[int, ...]:
        return (self.words.number(word), self._formulary.op(node), *back)

    def _close(self, net: Network, opened: list[_Level]) -> None:
        """Puts the innermost group into the one around it."""
        level = opened.pop()
        number, like = self._group(net, level)
        block = self.words.number(self._block(net.graph.groups.get(level.path)))
        word = level.path.rpartition(".")[2]
        opened[-1].rows.append((self.words.number(word), -1 - number, block))
        opened[-1].children.append((word, like))

    def _group(self, net: Network, level: _Level) -> tuple[int, int]:
        """The numbers of a group: among all groups, and among those with the same diagram."""
        key = tuple(level.rows)
        if key not in self._group_of:
            like = self._outlines.number((not level.path, *level.outline(net)))
            if like not in self._plan_of_outline:
                part = net[level.path] if level.path else net
                self._plan_of_outline[like] = self._plan(part)
            number = self.groups.number([level.rows, self._plan_of_outline[like]], key)
            self._group_of[key] = number, like
        return self._group_of[key]

    def _block(self, block: GroupInfo | None) -> str:
        """What a group is said to be: its block with its arguments, which copies share."""
        if block is None:
            return ""
        if id(block) not in self._block_texts:
            self._block_texts[id(block)] = str(block), block
        return self._block_texts[id(block)][0]

    def _plan(self, part: Part) -> int:
        """The number of the layout of a group's boxes, -1 of one that is a chain, or too large: how
        many inputs; the name of each box, whether it is a group, and its nodes; their places."""
        if not isinstance(part, Network) and len(part.nodes) < 3:
            return -1
        try:
            found = boxes_of(part, MOST_SINGLE_BOXES)
        except ArchcalcError:
            return -1
        if found.part is not part:
            return -1
        start = len(part.path) + 1 if part.path else 0
        inputs = list(found.inputs)
        numbers = {name: i for i, name in enumerate([*inputs, *found.boxes])}
        edges = [(numbers[a], numbers[b]) for a, b in dict.fromkeys(found.edges)]
        if all(b - a == 1 for a, b in edges) and len(inputs) == 1:
            return -1
        outs = [numbers[name] for name in found.outputs]
        place = {node.name: i for i, node in enumerate(part.nodes)}
        boxes = [
            [name[start:], int(box.is_group), [place[node.name] for node in box.part.nodes]]
            for name, box in found.boxes.items()
        ]
        key = repr((len(inputs), boxes, edges, outs))
        if key not in self._plan_of:
            total = len(inputs) + len(boxes)
            ends = [(out, total + k) for k, out in enumerate(outs)]
            plan = [len(inputs), boxes, *_layout(total + len(outs), (*edges, *ends))]
            self._plan_of[key] = self.plans.number(plan, key)
        return self._plan_of[key]


class _Level:
    """A group of layers while it is read: its rows, and the nodes and groups that they are of."""

    def __init__(self, path: str):
        self.path = path
        self.rows: list[tuple[int, ...]] = []
        self.children: list[Node | tuple[str, int]] = []

    def has_inside(self, path: str) -> bool:
        """Whether a group is it or inside it."""
        return not self.path or path == self.path or path.startswith(f"{self.path}.")

    def outline(self, net: Network) -> Iterator[tuple[Any, ...]]:
        """What its diagram depends on."""
        for row, child in zip(self.rows, self.children, strict=True):
            if isinstance(child, Node):
                is_side = child.name in net.graph.auxiliary
                yield _last_word(child), child.op.is_elementwise, is_side, *row[2:]
            else:
                yield child


def _with_inputs(net: Network) -> Iterator[tuple[Node, list[int]]]:
    """The nodes, each with how far back its inputs are; of the network's the numbers, negative."""
    place: dict[str, int] = {}
    inputs = {name: -i for i, name in enumerate(net.graph.inputs)}
    for i, node in enumerate(net.nodes):
        yield node, [i - place[name] if name in place else inputs[name] for name in node.inputs]
        place[node.name] = i


def _last_word(node: Node) -> str:
    return node.name.rpartition(".")[2]


def _between(outer: str, inner: str) -> Iterator[str]:
    """The paths of the groups inside one, down to another.

    >>> list(_between("a", "a.b.c"))
    ['a.b', 'a.b.c']
    """
    if inner == outer:
        return
    start = len(outer) + 1 if outer else 0
    for end, sign in enumerate(f"{inner}."):
        if sign == "." and end >= start:
            yield inner[:end]


def _is_in_order(net: Network) -> bool:
    """Whether the layers of each group follow each other."""
    last, begun = "", set()
    for node in net.nodes:
        group = path = node.name.rpartition(".")[0]
        while path and path != last and not last.startswith(f"{path}."):
            if path in begun:
                return False
            begun.add(path)
            path = path.rpartition(".")[0]
        last = group
    return True


@lru_cache(maxsize=4096)
def _layout(total: int, edges: tuple[tuple[int, int], ...]) -> list[Any]:
    """Of each box and pill its row and its middle, and the ways of edges."""
    nodes = [str(i) for i in range(total)]
    layers = layers_of(nodes, [(str(a), str(b)) for a, b in edges])
    places = middles(layers, dict.fromkeys(nodes, BOX_WIDTH), BOX_GAP)
    row_of = {name: i for i, row in enumerate(layers.rows) for name in row}
    return [
        [[row_of[name], places[name]] for name in nodes],
        [
            [int(a), int(b), [[row_of[bend], places[bend]] for bend in chain[1:-1]]]
            for (a, b), chain in layers.chains.items()
        ],
    ]
