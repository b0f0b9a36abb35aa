"""Which nodes are one box of a diagram, and how the boxes hang together."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from archcalc import figures
from archcalc.errors import ArchcalcError, parameter, quote
from archcalc.graph import Node
from archcalc.parts.part import Part
from archcalc.pictures.layer_kinds import kind_of

MOST_SINGLE_BOXES = 22
"""Boxes of single layers; of more, groups are boxes."""
MOST_BOXES = 60


@dataclass(frozen=True)
class Box:
    """Nodes that are drawn as one, with the boxes whose outputs they take."""

    part: Part
    name: str
    sources: tuple[str, ...]
    """The paths of the boxes, or the names of the nodes outside, that it reads."""
    is_group: bool = False

    @property
    def op(self) -> str:
        """What it does: its layers, or the block that it is."""
        return _op(self.part, self.part.nodes, self.is_group)

    @property
    def kind(self) -> str:
        """The kind of layer that it has most MACs or parameters of."""
        layers = [*self.part.readings]
        costly = max(layers, key=lambda layer: (layer.macs, layer.parameters))
        return kind_of(costly) if costly.macs or costly.parameters else ""


@dataclass(frozen=True)
class Diagram:
    """The boxes of a part in execution order, what it takes from outside, and what it gives."""

    part: Part
    boxes: Mapping[str, Box]
    inputs: Mapping[str, str]
    """What it takes, by the name of the node outside, with its shape."""
    outputs: Mapping[str, str]
    """The boxes whose outputs leave it, with their shapes."""
    called: Mapping[str, str]
    """What a network calls its inputs, and the outputs of boxes, where it has several."""

    @property
    def edges(self) -> Iterator[tuple[str, str]]:
        """Pairs of what is read and what reads it."""
        for name, box in self.boxes.items():
            for source in box.sources:
                yield source, name


def boxes_of(part: Part, most: int = MOST_BOXES) -> Diagram:
    """The diagram of a part: its layers, or where these are too many its groups.

    Raises:
        ArchcalcError: these are more than `most` boxes.
    """
    while len(part.children) == 1 and part.node is None:
        part = part.children[0]
    runs = _joined(part)
    is_folded = len(runs) > MOST_SINGLE_BOXES and any(child.node is None for child in part.children)
    if is_folded:
        runs = _folded(part, runs)
    if len(runs) > most:
        called = " ".join(filter(None, (part.network.name, part.path)))
        raise ArchcalcError(
            f"{quote(called, marks='')} is {len(runs)} boxes; a diagram has at most {most}: "
            f"say a part of it, with {parameter('layer')}"
        )
    return _diagram(part, runs)


def _joined(part: Part) -> list[list[Node]]:
    """Runs of nodes that are one box: norms and activations are with what they read, or with the
    one layer that reads them."""
    sources_of = [node.sources for node in part.nodes]
    readers = Counter(chain.from_iterable(map(dict.fromkeys, sources_of)))
    run_of: dict[str, list[Node]] = {}
    runs: list[list[Node]] = []
    for node, sources in zip(part.nodes, sources_of, strict=True):
        before = run_of.get(sources[0]) if len(sources) == 1 else None
        joins = before is not None and before[-1].name == sources[0] and readers[sources[0]] == 1
        if before is not None and joins and (node.op.is_elementwise or _is_light(before)):
            before.append(node)
            run_of[node.name] = before
        else:
            run_of[node.name] = [node]
            runs.append(run_of[node.name])
    return runs


def _is_light(run: Sequence[Node]) -> bool:
    return all(node.op.is_elementwise for node in run)


def _folded(part: Part, runs: Sequence[Sequence[Node]]) -> list[list[Node]]:
    """The runs of each group directly in a part together."""
    start = len(part.path) + 1 if part.path else 0
    found: dict[str, list[Node]] = {}
    for run in runs:
        lead = _lead(run).name
        word, dot, _ = lead[start:].partition(".")
        key = word if dot else lead
        found.setdefault(key, []).extend(run)
    return list(found.values())


def _lead(run: Sequence[Node]) -> Node:
    """The node that a box is named after: the first that is more than a norm or an activation."""
    return next((node for node in run if not node.op.is_elementwise), run[0])


def _diagram(part: Part, runs: Sequence[Sequence[Node]]) -> Diagram:
    net = part.network
    start = len(part.path) + 1 if part.path else 0
    paths = [_path(part, run) for run in runs]
    owner = {node.name: path for path, run in zip(paths, runs, strict=True) for node in run}
    inside = {node.name for node in part.nodes}
    boxes: dict[str, Box] = {}
    for path, run in zip(paths, runs, strict=True):
        own = {node.name for node in run}
        taken = (name for node in run for name in node.sources if name not in own)
        sources = dict.fromkeys(owner.get(name, name) for name in taken)
        sources.pop(path, None)
        group = Part(net, path, tuple(run))
        is_group = not _is_one_layer(run)
        boxes[path] = Box(group, path[start:] or path, tuple(sources), is_group)
    outside = {n: str(net.graph.shapes[n]) for n in part.sources if n not in inside}
    ends = {owner[node.name]: str(node.shape) for node in part.ends}
    called = {n: n for n in outside} if len(outside) > 1 else {}
    if len(ends) > 1:
        names = net.graph.names_of_outputs
        called |= {owner[n.name]: names[n.name] for n in part.ends if n.name in names}
    return Diagram(part, boxes, outside, ends, called)


def _path(part: Part, run: Sequence[Node]) -> str:
    """What a box is called: its layer, or the group that all its nodes are in."""
    lead = _lead(run).name
    if _is_one_layer(run):
        own = {node.name for node in run}
        path = lead
        while (above := path.rpartition(".")[0]) not in ("", part.path) and all(
            node.name in own for node in part.network[above].nodes
        ):
            path = above
        return path
    start = len(part.path) + 1 if part.path else 0
    return lead[:start] + lead[start:].partition(".")[0]


def _is_one_layer(run: Sequence[Node]) -> bool:
    return sum(not node.op.is_elementwise for node in run) <= 1


def _op(group: Part, run: Sequence[Node], is_group: bool) -> str:
    if not is_group:
        lead = _lead(run)
        return ", ".join(
            node.op.summary(*node.input_shapes) if node is lead else node.op.name for node in run
        )
    block = group.network.graph.groups.get(group.path)
    layers = sum(not node.op.is_elementwise for node in run)
    return str(block) if block is not None else f"{layers} layers"


def shape_under(box: Box) -> str:
    """The shape of what leaves a box."""
    return figures.outputs(box.part.ends[:1])
