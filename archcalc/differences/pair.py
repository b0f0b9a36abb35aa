"""What differs between two networks: arguments, layers, and where their costs part."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal, NamedTuple

from archcalc.analysis.output_strides import OutputStride, order_of_strides
from archcalc.differences.alignment import aligned
from archcalc.graph import Node
from archcalc.language.allowed import as_declared
from archcalc.language.expand import arguments_of
from archcalc.names import catalog
from archcalc.network import Network
from archcalc.parts.part import Part
from archcalc.shape import Shape

Sections = Literal["stage", "stride"]
Change = Literal["same", "set otherwise", "another shape", "only in reference", "only here"]
CHANGES: tuple[Change, ...] = (
    "same", "set otherwise", "another shape", "only in reference", "only here",
)  # fmt: skip


class LayerChange(NamedTuple):
    """A layer of one network or of both, and what it is in each."""

    reference: Node | None
    other: Node | None

    @property
    def change(self) -> Change:
        """How it differs, if it does."""
        if self.other is None:
            return "only in reference"
        if self.reference is None:
            return "only here"
        if self.reference.op != self.other.op:
            return "set otherwise"
        a, b = self.reference, self.other
        is_same = (a.input_shapes, a.shape) == (b.input_shapes, b.shape)
        return "same" if is_same else "another shape"


class PairSide(NamedTuple):
    """Some layers of one network: where they stand together, and what they cost."""

    name: str
    output: Shape | None
    layers: int
    """How many of them have multiply-adds."""
    parameters: int
    macs: int


_NOTHING = PairSide("", None, 0, 0, 0)


class Section(NamedTuple):
    """A stage, or an output stride, in two networks; one can be without it."""

    name: str
    reference: PairSide
    other: PairSide

    @property
    def is_equal(self) -> bool:
        """Whether it has the same output and costs the same in both."""
        return self.reference[1:] == self.other[1:]

    @property
    def has_other_costs(self) -> bool:
        """Whether its parameters or MACs differ."""
        a, b = self.reference, self.other
        return (a.parameters, a.macs) != (b.parameters, b.macs)


@dataclass(frozen=True)
class NetworkPair:
    """Two networks, the first of which is the reference."""

    reference: Network
    other: Network
    asked_by: Sections | None = None

    @cached_property
    def layers(self) -> list[LayerChange]:
        """All layers of both, those that are aligned as one, in the order of both."""
        a, b = self.reference.nodes, self.other.nodes
        found: list[LayerChange] = []
        i = j = 0
        for i_next, j_next in [*aligned(a, b), (len(a), len(b))]:
            found += (LayerChange(node, None) for node in a[i:i_next])
            found += (LayerChange(None, node) for node in b[j:j_next])
            if i_next < len(a):
                found.append(LayerChange(a[i_next], b[j_next]))
            i, j = i_next + 1, j_next + 1
        return found

    @cached_property
    def counts(self) -> Mapping[Change, int]:
        """How many layers there are of each change."""
        found = Counter(layer.change for layer in self.layers)
        return {change: found[change] for change in CHANGES}

    @property
    def aligned(self) -> int:
        """How many layers are in both."""
        return sum(layer.reference is not None and layer.other is not None for layer in self.layers)

    @property
    def by(self) -> Sections:
        """What its sections are: stages, unless fewer than half of the smaller one's layers are
        aligned; then strides, which every network has."""
        if self.asked_by is not None:
            return self.asked_by
        smaller = min(len(self.reference), len(self.other))
        return "stage" if 2 * self.aligned >= smaller else "stride"

    @cached_property
    def arguments(self) -> list[tuple[str, Any, Any]]:
        """The arguments that differ, with what they are in each, of two networks of one file."""
        if self.reference.origin or self.other.origin:
            return []
        (spec, preset), (other_spec, other_preset) = (
            catalog.find(net.spelled or net.name) for net in (self.reference, self.other)
        )
        if spec.arguments != other_spec.arguments or spec.items != other_spec.items:
            return []
        values = arguments_of(spec, preset, self.reference.settings)
        others = arguments_of(other_spec, other_preset, self.other.settings)
        return [
            (name, as_declared(argument, values[name]), as_declared(argument, others[name]))
            for name, argument in spec.arguments.items()
            if values[name] != others[name]
        ]

    @cached_property
    def sections(self) -> list[Section]:
        """The stages or strides of both; their costs add up to the networks'."""
        return _by_stage(self) if self.by == "stage" else _by_stride(self)


# --- by stage -------------------------------------------------------------------------------------


def _by_stage(pair: NetworkPair) -> list[Section]:
    """Each stage of the reference with the stage of the other that holds most of its layers."""
    shared: Counter[tuple[str, str]] = Counter()
    for layer in pair.layers:
        if layer.reference is not None and layer.other is not None:
            shared[_stage(layer.reference), _stage(layer.other)] += 1
    partners: dict[str, str] = {}
    taken: set[str] = set()
    for (stage, partner), _ in shared.most_common():
        if stage not in partners and partner not in taken:
            partners[stage] = partner
            taken.add(partner)
    ours, theirs = pair.reference.by_word, pair.other.by_word
    place = {name: i for i, name in enumerate(theirs)}
    waiting = deque(name for name in theirs if name not in taken)
    sections = []
    for name, part in ours.items():
        partner = partners.get(name, "")
        while partner and waiting and place[waiting[0]] < place[partner]:
            sections.append(_only_in_other(theirs[waiting.popleft()]))
        other = _side(theirs[partner]) if partner else _NOTHING
        sections.append(Section(name, _side(part), other))
    return [*sections, *(_only_in_other(theirs[name]) for name in waiting)]


def _only_in_other(part: Part) -> Section:
    return Section(part.path, _NOTHING, _side(part))


def _stage(node: Node) -> str:
    return node.name.partition(".")[0]


def _side(part: Part, name: str = "", output: Shape | None = None) -> PairSide:
    layers = sum(bool(part.network.readings_by_name[node.name].macs) for node in part)
    return PairSide(name or part.path, output or part.output, layers, part.parameters, part.macs)


# --- by stride ------------------------------------------------------------------------------------


def _by_stride(pair: NetworkPair) -> list[Section]:
    sides = [_strides(net) for net in (pair.reference, pair.other)]
    found = {stride for side in sides for stride in side}
    strides = sorted(found, key=order_of_strides)
    return [Section(str(s), *(side.get(s, _NOTHING) for side in sides)) for s in strides]


def _strides(net: Network) -> dict[OutputStride, PairSide]:
    by_stride: dict[OutputStride, list[Node]] = {}
    for node in net:
        by_stride.setdefault(net.output_strides[node.name], []).append(node)
    return {
        stride: _side(Part(net, "", tuple(nodes)), str(stride), _end(net, nodes))
        for stride, nodes in by_stride.items()
    }


def _end(net: Network, nodes: Sequence[Node]) -> Shape:
    """The largest of the outputs that some layers hand on to others, or to the end; of layers that
    have none, their last."""
    inside = {node.name for node in nodes}
    taken = {name for node in net if node.name not in inside for name in node.inputs}
    handed_on = [node for node in nodes if node.name in taken or node.name in net.graph.outputs]
    shapes = [node.shape for node in handed_on or nodes if node.shape]
    return max(shapes, key=lambda shape: shape[shape.features_axis], default=nodes[-1].shape)


__all__ = ["Change", "LayerChange", "NetworkPair", "PairSide", "Section", "Sections"]
