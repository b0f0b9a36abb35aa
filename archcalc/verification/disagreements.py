"""Where the witnesses of PyTorch say otherwise of a network than archcalc, node by node."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from math import prod
from typing import TYPE_CHECKING, Any

from archcalc.analysis.backward import saved_bytes
from archcalc.counters.derivation import Said, Sight
from archcalc.counters.rules import counter_named
from archcalc.graph import Node
from archcalc.network import Network
from archcalc.parts.conditions import BYTES_PER_NUMBER
from archcalc.parts.part import Part

if TYPE_CHECKING:
    from archcalc.verification.witness import Testimony

ASKED = {
    "torch": ("parameters", "buffers"),
    "flop_counter": ("macs",),
    "autograd": (),
    "fvcore": ("macs", "activations"),
}
"""The quantities that each witness is asked of every node. Torch is asked the output's shape too,
autograd what it saves, fvcore its other kinds where it has any."""


@dataclass(frozen=True)
class Disagreement:
    """One quantity of one node for which a witness has another value than archcalc."""

    node: str | None
    """None is the network itself: something in it happened outside every node."""
    quantity: str
    archcalc: Any
    other: Any
    witness: str
    explanation: str = ""
    """The field of the node that is exactly the ratio of the two, as in `groups = 2`."""


class Expected:
    """What each witness should say of the nodes of a network, if it counts them."""

    def __init__(self, net: Network):
        self.net = net

    @property
    def training_batch(self) -> int:
        """The batch for which saved tensors are compared: no batch norm trains on one value."""
        return max(2, self.net.batch)

    @cached_property
    def _saved(self) -> dict[str, int]:
        net = self.net
        return saved_bytes(net.graph, net.storages, self.training_batch, BYTES_PER_NUMBER)

    @cached_property
    def by_fvcores_rules(self) -> dict[str, Said]:
        """What fvcore's rules say of each node."""
        fvcore = counter_named("fvcore")
        readings = self.net.readings_by_name
        return {node.name: Sight(readings[node.name]).said_by(fvcore) for node in self.net.layers}

    def is_missed(self, node: Node) -> bool:
        """Whether fvcore does not count its multiply-adds, or not all; FlopCounterMode does."""
        said = self.by_fvcores_rules[node.name]
        counted = sum(addend.number for addend in said.addends if addend.amount == "macs")
        macs = self.net.readings_by_name[node.name].macs
        return bool(said.unknown) or (node.op.has_activations and counted != macs)

    def of(self, node: Node) -> dict[str, dict[str, Any]]:
        """What each witness should say of a node."""
        part = Part(self.net, node.name, (node,))
        expected = {
            witness: {quantity: getattr(part, quantity) for quantity in quantities}
            for witness, quantities in ASKED.items()
        }
        expected["torch"]["output_shape"] = node.shape.sizes
        expected["autograd"]["memory_saved"] = self._saved[node.name]
        for addend in self.by_fvcores_rules[node.name].addends:
            if addend.amount != "macs":
                expected["fvcore"][addend.name] = addend.number
        return expected


def disagreements(
    expected: Expected, testimonies: Mapping[str, Testimony]
) -> Iterator[Disagreement]:
    """All differences, those of nodes first."""
    sums: dict[str, dict[str, Any]] = {witness: {} for witness in testimonies}
    for node in expected.net.layers:
        for witness, ours in expected.of(node).items():
            if witness not in testimonies:
                continue
            theirs = testimonies[witness].nodes[node.name]
            is_blind = witness == "fvcore" and expected.is_missed(node)
            for quantity in {**ours, **theirs}:
                a, b = ours.get(quantity, 0), theirs.get(quantity, 0)
                if a != b and not (is_blind and quantity in ASKED[witness]):
                    explanation = _explanation(expected.net, node, a, b)
                    yield Disagreement(node.name, quantity, a, b, witness, explanation)
                if quantity != "output_shape":
                    sums[witness][quantity] = sums[witness].get(quantity, 0) + b
    for witness, testimony in testimonies.items():
        for quantity, whole in testimony.whole.items():
            if whole != sums[witness].get(quantity, 0):
                yield Disagreement(None, quantity, sums[witness].get(quantity, 0), whole, witness)


def _explanation(net: Network, node: Node, a: Any, b: Any) -> str:
    """The field of the node, or the batch, that the two values' ratio is exactly."""
    if not (isinstance(a, int) and isinstance(b, int)) or not a or not b:
        return ""
    ratio, rest = divmod(max(a, b), min(a, b))
    if rest:
        return ""
    for name, value in {**node.op.values, "batch": net.batch}.items():
        pair = isinstance(value, tuple) and all(isinstance(v, int) for v in value)
        if value == ratio or (pair and prod(value) == ratio):
            return f"{name} = {'x'.join(map(str, value)) if pair else value}"
    return ""
