"""Whether archcalc and PyTorch agree on a network, exactly and node by node.

The twin's modules say their parameters, buffers and output shapes; fvcore traces it with real
tensors; on the meta device torch's FlopCounterMode watches it, and autograd says what it saves.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING, Any

from archcalc import figures
from archcalc.backward import saved_bytes
from archcalc.counters.derivation import Said, Sight
from archcalc.counters.rules import counter_named
from archcalc.device import available_bytes, choose_device, return_freed_memory
from archcalc.errors import ArchcalcError, quote
from archcalc.extras import require
from archcalc.graph import Node
from archcalc.network import BYTES_PER_NUMBER, Network, Part, check_network

if TYPE_CHECKING:
    from archcalc.witness import Testimony

TIME_LIMIT = 600
"""Seconds that a network may take by estimate, unless more are allowed."""


class Refused(ArchcalcError):
    """A network that cannot be verified here: too large, not to be run by torch, or with an
    operator that fvcore does not count and no op declares."""

    def __init__(self, model: str, reason: str):
        self.reason = reason
        super().__init__(model, reason)

    def __str__(self) -> str:
        return ": ".join(self.args)


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


@dataclass(frozen=True)
class Verification:
    """What archcalc and PyTorch say of one network, and where they differ."""

    model: str
    mode: str
    device: str
    nodes: int
    parameters: Mapping[str, int]
    macs: Mapping[str, int]
    activations: Mapping[str, int]
    shapes_agree: bool
    disagreements: tuple[Disagreement, ...]
    uncounted: tuple[str, ...]
    """Ops in which fvcore met operators that it has no count for; each declares them."""
    missed: tuple[str, ...]
    """Ops whose multiply-adds fvcore does not count, or not all; FlopCounterMode alone does."""
    versions: Mapping[str, str]

    @property
    def agrees(self) -> bool:
        """Whether there is no difference at all."""
        return not self.disagreements

    def record(self) -> dict[str, Any]:
        """What programs get."""
        return {
            "model": self.model,
            "mode": self.mode,
            "device": self.device,
            "nodes": self.nodes,
            "parameters": dict(self.parameters),
            "macs": {**self.macs, "fvcore": self.macs.get("fvcore")},
            "activations": {**self.activations, "fvcore": self.activations.get("fvcore")},
            "shapes_agree": self.shapes_agree,
            "agrees": self.agrees,
            "disagreements": [dataclasses.asdict(d) for d in self.disagreements],
            "uncounted": list(self.uncounted),
            "missed": list(self.missed),
            "versions": dict(self.versions),
        }


def verify(net: Network, device: str = "auto", time_limit: int | None = TIME_LIMIT) -> Verification:
    """Compare a network with its PyTorch twin, node by node and with no tolerance.

    Args:
        net: the network, in the mode and with the batch that it was loaded with.
        device: where fvcore's tensors are: "cpu", "cuda", or "auto" for a GPU where there is one;
            on "meta" fvcore, which needs real tensors, is not asked.
        time_limit: the seconds that it may take, by an estimate made before; None is no limit.

    Raises:
        ArchcalcError: PyTorch, fvcore or the device is missing. Refused: this network cannot be
            verified here, and why.
    """
    check_network(net, "verify")
    require("verify", "torch", "torch", "fvcore")
    import torch

    place = choose_device(device)
    if place != "meta":
        _check_time(net, place, time_limit)
    try:
        testimonies = _hear_witnesses(net, place)
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        notes = "".join(f" {note}" for note in getattr(error, "__notes__", ()))
        reason = str(error).strip().split("\n")[0]
        raise Refused(net.name, f"torch cannot run it{notes}: {reason}") from error
    fvcore = testimonies.get("fvcore")
    if fvcore is not None:
        _check_declared(net, fvcore)
    disagreements = tuple(_disagreements(net, testimonies))
    return Verification(
        net.name,
        net.mode,
        place,
        len(net),
        _totals("parameters", net.parameters, testimonies),
        _totals("macs", net.macs, testimonies),
        _totals("activations", net.activations, testimonies),
        all(d.quantity != "output_shape" for d in disagreements),
        disagreements,
        () if fvcore is None else _uncounted(net, fvcore),
        tuple(sorted({node.op.name for node in net.layers if _is_missed(net, node)})),
        {"torch": torch.__version__, "fvcore": _fvcore_version()},
    )


def _fvcore_version() -> str:
    from importlib.metadata import version

    return version("fvcore")


def _check_time(net: Network, device: str, limit: int | None) -> None:
    """Raise Refused where tracing a network is estimated to take longer than the limit."""
    from archcalc.effort import needed_seconds

    needed = needed_seconds(net, device)
    if limit is not None and needed > limit:
        raise Refused(
            net.name,
            f"with batch {net.batch} it may take {figures.duration(needed)} or longer; the "
            f"time limit is {figures.duration(limit)}, and {needed} seconds would let it run",
        )


def _check_memory(net: Network, device: str, needed: int) -> None:
    """Raise Refused where a device has less memory than is needed."""
    return_freed_memory()
    available = available_bytes(device)
    if available is not None and needed > available:
        raise Refused(
            net.name,
            f"with batch {net.batch} it needs about {figures.memory(needed)} of memory, "
            f"{device} has {figures.memory(available)}",
        )


def _hear_witnesses(net: Network, device: str) -> dict[str, Testimony]:
    import torch

    from archcalc import effort, kernels, twin, witness

    inputs = twin.empty_inputs(net.graph, net.batch)
    with effort.Allocations() as allocations, kernels.KernelsOfCpus(), torch.no_grad():
        model = twin.on_meta(net.graph)
        model(*inputs)
    testimonies = witness.testimonies_on_meta(model, inputs)
    if device != "meta":
        _check_memory(net, device, effort.needed_bytes(allocations, len(net)))
    in_training = twin.empty_inputs(net.graph, _training_batch(net))
    testimonies["autograd"] = witness.autograd(model, in_training)
    if device == "meta":
        return testimonies
    model.allocate(device)
    with torch.no_grad():  # zeros count like any other weights
        for tensor in (*model.parameters(), *model.buffers()):
            tensor.zero_()
    testimonies["fvcore"] = witness.fvcore(
        model, [torch.zeros(x.shape, device=device) for x in inputs]
    )
    return testimonies


def _check_declared(net: Network, fvcore: Testimony) -> None:
    """Raise Refused for an operator without a count that no op declares."""
    declared: set[str] = set()
    for node in net.layers:
        declared_here = {f"aten::{name}" for name in _by_fvcores_rules(net, node).unseen}
        undeclared = fvcore.uncounted[node.name] - declared_here
        if undeclared:
            operators = ", ".join(sorted(undeclared))
            raise Refused(
                net.name, f"fvcore met {operators} in {quote(node.name)}, which no op declares"
            )
        declared |= fvcore.uncounted[node.name]
    outside = fvcore.uncounted_anywhere - declared
    if outside:
        raise Refused(net.name, f"fvcore met {', '.join(sorted(outside))} outside every node")


def _uncounted(net: Network, fvcore: Testimony) -> tuple[str, ...]:
    met = [node for node in net.layers if fvcore.uncounted[node.name]]
    return tuple(sorted({node.op.name for node in met if not _is_missed(net, node)}))


def _by_fvcores_rules(net: Network, node: Node) -> Said:
    """What fvcore's rules say of a node."""
    return Sight(net.readings_by_name[node.name]).said_by(counter_named("fvcore"))


def _is_missed(net: Network, node: Node) -> bool:
    """Whether fvcore does not count a node's multiply-adds, or not all; FlopCounterMode does."""
    said = _by_fvcores_rules(net, node)
    counted = sum(addend.number for addend in said.addends if addend.amount == "macs")
    macs = net.readings_by_name[node.name].macs
    return bool(said.unknown) or (node.op.has_activations and counted != macs)


# --- comparing ------------------------------------------------------------------------------------

ASKED = {
    "torch": ("parameters", "buffers"),
    "flop_counter": ("macs",),
    "autograd": (),
    "fvcore": ("macs", "activations"),
}
"""The quantities that each witness is asked of every node. Torch is asked the output's shape too,
autograd what it saves, fvcore its other kinds where it has any."""


def _training_batch(net: Network) -> int:
    """The batch for which saved tensors are compared: no batch norm trains on a single value."""
    return max(2, net.batch)


def _expected(net: Network, node: Node, saved: int) -> dict[str, dict[str, Any]]:
    """What archcalc says of a node, to be compared with each witness."""
    part = Part(net, node.name, (node,))
    expected = {
        witness: {quantity: getattr(part, quantity) for quantity in quantities}
        for witness, quantities in ASKED.items()
    }
    expected["torch"]["output_shape"] = node.shape.sizes
    expected["autograd"]["memory_saved"] = saved
    for addend in _by_fvcores_rules(net, node).addends:
        if addend.amount != "macs":
            expected["fvcore"][addend.name] = addend.number
    return expected


def _disagreements(net: Network, testimonies: Mapping[str, Testimony]) -> Iterator[Disagreement]:
    sums: dict[str, dict[str, Any]] = {witness: {} for witness in testimonies}
    saved = saved_bytes(net.graph, _training_batch(net), BYTES_PER_NUMBER)
    for node in net.layers:
        for witness, ours in _expected(net, node, saved[node.name]).items():
            if witness not in testimonies:
                continue
            theirs = testimonies[witness].nodes[node.name]
            is_blind = witness == "fvcore" and _is_missed(net, node)
            for quantity in {**ours, **theirs}:
                a, b = ours.get(quantity, 0), theirs.get(quantity, 0)
                if a != b and not (is_blind and quantity in ASKED[witness]):
                    explanation = _explanation(net, node, a, b)
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
    fields = {f.name: getattr(node.op, f.name) for f in dataclasses.fields(node.op)}  # type: ignore[arg-type]
    for name, value in {**fields, "batch": net.batch}.items():
        pair = isinstance(value, tuple) and all(isinstance(v, int) for v in value)
        if value == ratio or (pair and prod(value) == ratio):
            return f"{name} = {'x'.join(map(str, value)) if pair else value}"
    return ""


def _totals(quantity: str, ours: Any, testimonies: Mapping[str, Testimony]) -> dict[str, int]:
    totals = {"archcalc": ours}
    for witness, testimony in testimonies.items():
        if quantity in testimony.whole:
            totals[witness] = testimony.whole[quantity]
    return totals
