"""Networks as trees of shared groups of layers, and how the boxes of a group are laid out."""

from __future__ import annotations

from collections.abc import Sequence
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
        tree = _Tree(net)
        if not _is_in_order(net):
            return [self._leaf(tree, node.name, node) for node in net.nodes]
        return self._group(tree, net)[0]

    def _leaf(self, tree: _Tree, word: str, node: Node) -> tuple[int, ...]:
        return (self.words.number(word), self._formulary.op(node), *tree.back(node))

    def _group(self, tree: _Tree, part: Part) -> tuple[int, int]:
        """The numbers of a group: among all groups, and among those with the same diagram."""
        rows: list[tuple[int, ...]] = []
        outline: list[Any] = []
        for word, child in part.by_word.items():
            if (node := child.node) is not None:
                rows.append(self._leaf(tree, word, node))
                is_side = node.name in tree.net.graph.auxiliary
                outline.append((word, node.op.is_elementwise, is_side, *rows[-1][2:]))
            else:
                inner, like = self._group(tree, child)
                block = self.words.number(self._block(child))
                rows.append((self.words.number(word), -1 - inner, block))
                outline.append((word, like))
        key = tuple(rows)
        if key not in self._group_of:
            like = self._outlines.number((part is tree.net, *outline))
            if like not in self._plan_of_outline:
                self._plan_of_outline[like] = self._plan(part)
            number = self.groups.number([rows, self._plan_of_outline[like]], key)
            self._group_of[key] = number, like
        return self._group_of[key]

    def _block(self, part: Part) -> str:
        """What a group is said to be: its block with its arguments, which copies share."""
        block = part.block
        if block is None:
            return ""
        if id(block) not in self._block_texts:
            self._block_texts[id(block)] = str(block), block
        return self._block_texts[id(block)][0]

    def _plan(self, part: Part) -> int:
        """The number of the layout of a group's boxes; -1 of one that is a chain, or too large."""
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
            self._plan_of[key] = self.plans.number(_layout(len(inputs), boxes, edges, outs), key)
        return self._plan_of[key]


class _Tree:
    """The nodes of a network by their places."""

    def __init__(self, net: Network):
        self.net = net
        self.place = {node.name: i for i, node in enumerate(net.nodes)}
        self._inputs = {name: i for i, name in enumerate(net.graph.inputs)}

    def back(self, node: Node) -> list[int]:
        """How far back what a node reads is; of inputs their numbers, negative."""
        i, place = self.place[node.name], self.place
        return [i - place[n] if n in place else -self._inputs[n] for n in node.inputs]


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


def _layout(
    inputs: int, boxes: Sequence[Any], edges: Sequence[tuple[int, int]], outs: Sequence[int]
) -> Any:
    """The boxes: the name of each, whether it is a group, and its nodes; then of each box and pill
    its row and its middle, and the ways of edges."""
    total = inputs + len(boxes)
    nodes = [str(i) for i in range(total + len(outs))]
    all_edges = [*edges, *((out, total + k) for k, out in enumerate(outs))]
    layers = layers_of(nodes, [(str(a), str(b)) for a, b in all_edges])
    places = middles(layers, dict.fromkeys(nodes, BOX_WIDTH), BOX_GAP)
    row_of = {name: i for i, row in enumerate(layers.rows) for name in row}
    return [
        inputs,
        boxes,
        [[row_of[name], places[name]] for name in nodes],
        [
            [int(a), int(b), [[row_of[bend], places[bend]] for bend in chain[1:-1]]]
            for (a, b), chain in layers.chains.items()
        ],
    ]
