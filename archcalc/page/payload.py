"""What a page carries: graphs, formulas and what is stated; no figure that a browser can count."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from archcalc import catalog, figures
from archcalc.claims import printed
from archcalc.claims.judge import Judgement, judge
from archcalc.claims.ledger import ledgers
from archcalc.claims.subject import Networks
from archcalc.errors import ArchcalcError
from archcalc.graph import GroupInfo, Node
from archcalc.language.expand import input_of
from archcalc.network import Network
from archcalc.page.formulary import Formulary, Pool
from archcalc.page.variable import what_varies
from archcalc.parts import Part
from archcalc.pictures.diagram.coordinates import middles
from archcalc.pictures.diagram.joined import MOST_SINGLE_BOXES, boxes_of
from archcalc.pictures.diagram.ranks import layers_of
from archcalc.pictures.images import image_side, is_small
from archcalc.pictures.lineages import Lineage, lineages
from archcalc.pictures.measured import Measured, best_known, measured

BOX_WIDTH, BOX_GAP = 132, 14
"""Of the boxes of a page's diagrams, which are all as wide, whatever the sizes in them."""


class Payload:
    """The data of a page about some networks and studies."""

    def __init__(self, networks: Sequence[Network], studies: Sequence[Network]):
        self._formulary = Formulary()
        self._words, self._groups, self._plans = Pool(), Pool(), Pool()
        self._outlines = Pool()
        self._plan_of: dict[str, int] = {}
        self._plan_of_outline: dict[int, int] = {}
        self._group_of: dict[Any, tuple[int, int]] = {}
        self._block_texts: dict[int, tuple[str, GroupInfo]] = {}
        """By the identity of a block's use, which is kept so that no other has it."""
        claims = ledgers()
        known = best_known(measured(claims))
        lines = lineages(net.family for net in networks)
        as_defined = filter(_is_as_defined, (*networks, *studies))
        judged = judge(claims, Networks(loaded=as_defined)) if studies else []
        self._data = {
            "networks": [self._network(n, lines[n.family], known.get(n.name)) for n in networks],
            "studies": [self._network(net, None, None) for net in studies],
            "words": self._words.texts,
            "groups": self._groups.texts,
            "plans": self._plans.texts,
            "ops": self._formulary.ops.texts,
            "texts": self._formulary.texts.texts,
            "lineages": [line._asdict() for line in dict.fromkeys(lines.values())],
            **_claims(judged, {net.name for net in (*networks, *studies)}),
        }

    @property
    def data(self) -> Mapping[str, Any]:
        """What goes into the page as JSON."""
        return self._data

    @property
    def formulas(self) -> Sequence[str]:
        """What goes into its script as functions, by their numbers."""
        return self._formulary.formulas.texts

    def _network(
        self, net: Network, lineage: Lineage | None, known: Sequence[Measured] | None
    ) -> dict[str, Any]:
        row: dict[str, Any] = {
            "id": net.name,
            "title": net.title,
            "family": net.family,
            "year": net.year,
            "source": net.preset.source,
            "input": net.input.sizes,
            "tree": self._tree(net),
            "rf": list(_runs(net)),
            "equal": [
                *(net.parameters, net.macs, net.activations, net.depth, net.memory_peak),
                figures.receptive_field(net.receptive_field),
            ],
        }
        place = {node.name: i for i, node in enumerate(net.nodes)}
        row["kept"] = [place[name] for name in net.graph.outputs if name in place]
        if net.graph.samples:
            row["samples"] = [[place[name], times] for name, times in net.graph.samples.items()]
        if net.preset.note:
            row["note"] = net.preset.note
        if net.preset.against:
            row["against"] = net.preset.against
        if lineage is not None:
            row["line"] = lineage.name
            row["takes"] = _takes(net)
        if known:
            row["known"] = [
                [float(each.error), each.protocol, each.crop, int(each.is_single_crop)]
                for each in known
            ]
        variable = what_varies(net)
        if variable.classes:
            row["classes"] = variable.classes
        if not variable.input:
            row["fixed"] = 1
        return row

    def _tree(self, net: Network) -> Any:
        """The names as a tree of shared groups; a node's inputs are how far back they are."""
        tree = _Tree(net)
        if not _is_in_order(net, tree.place):
            return [self._leaf(tree, node.name, node) for node in net.nodes]
        return self._group(tree, net)[0]

    def _leaf(self, tree: _Tree, word: str, node: Node) -> tuple[int, ...]:
        return (self._words.number(word), self._formulary.op(node), *tree.back(node))

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
                block = self._words.number(self._block(child))
                rows.append((self._words.number(word), -1 - inner, block))
                outline.append((word, like))
        key = tuple(rows)
        if key not in self._group_of:
            like = self._outlines.number((part is tree.net, *outline))
            if like not in self._plan_of_outline:
                self._plan_of_outline[like] = self._plan(part)
            number = self._groups.number([rows, self._plan_of_outline[like]], key)
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
            found = boxes_of(part)
        except ArchcalcError:
            return -1
        if found.part is not part or len(found.boxes) > MOST_SINGLE_BOXES:
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
            self._plan_of[key] = self._plans.number(_layout(len(inputs), boxes, edges, outs), key)
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


def _is_in_order(part: Part, place: Mapping[str, int]) -> bool:
    """Whether the layers of each group follow each other."""
    if part.node is not None:
        return True
    first, last = (place[part.nodes[end].name] for end in (0, -1))
    return last - first + 1 == len(part.nodes) and all(
        _is_in_order(child, place) for child in part.children
    )


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


def _runs(net: Network) -> Iterator[int | str]:
    """The receptive fields of nodes in their order: how many have one, then what it is."""
    fields = groupby(net.receptive_fields[node.name] for node in net.nodes)
    texts = ((figures.receptive_field(seen), len(list(run))) for seen, run in fields)
    for text, runs in groupby(texts, itemgetter(0)):
        yield sum(many for _, many in runs)
        yield int(text) if text.isdigit() else text


def _takes(net: Network) -> str:
    """What kind of input it takes: networks of other kinds are not to be read together."""
    if image_side(net) is None:
        return "sequence"
    return "small" if is_small(net) else "large"


def _is_as_defined(net: Network) -> bool:
    """Whether a network is as its built-in spec has it."""
    if net.origin or net.batch != 1 or net.mode != "eval" or net.settings:
        return False
    found = [catalog.built_in(kind).get(net.name) for kind in catalog.SPEC_FOLDERS]
    return any(each and net.input == input_of(*each, {}) for each in found)


def _claims(judged: Sequence[Judgement], models: set[str]) -> dict[str, Any]:
    sources = {j.claim.source.name: j.claim.source.title for j in judged}
    order = list(sources)
    return {
        "sources": [[name, sources[name]] for name in order],
        "claims": [
            [
                j.claim.id,
                order.index(j.claim.source.name),
                j.claim.at,
                j.claim.text,
                printed.stated_text(j.claim),
                "" if j.verdict == "not computable" else j.finding.text or "",
                printed.verdict_text(j),
                j.reading or "",
                sorted(j.claim.models & models),
            ]
            for j in judged
        ],
    }
