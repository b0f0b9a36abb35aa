"""Whether archcalc and PyTorch agree on a network, exactly and node by node.

The twin's modules say their parameters, buffers and output shapes; fvcore traces it with real
tensors; on the meta device torch's FlopCounterMode watches it, and autograd says what it saves.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archcalc import figures
from archcalc.errors import ArchcalcError, parameter, quote
from archcalc.extras import require
from archcalc.importer.own_code import own_code, raised
from archcalc.network import Network
from archcalc.parts.checks import check_network
from archcalc.twin.device import available_bytes, choose_device, return_freed_memory
from archcalc.verification.disagreements import Disagreement, Expected, disagreements

if TYPE_CHECKING:
    from archcalc.verification.witness import Testimony

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
    is_own_module: bool = False
    """Whether the witnesses saw the module that the network was imported from, and no twin."""
    blind: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Operators of which fvcore has no exact count, by the modules that have them."""

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
            "macs": {name: self.macs.get(name) for name in ("archcalc", "flop_counter", "fvcore")},
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
    expected = Expected(net)
    if net.heard is not None:
        return _verify_own_module(expected, place)
    try:
        testimonies = _hear_witnesses(net, place, expected.training_batch)
    except (RuntimeError, ValueError, TypeError, IndexError) as error:
        notes = "".join(f" {note}" for note in getattr(error, "__notes__", ()))
        reason = str(error).strip().split("\n")[0]
        raise Refused(net.name, f"torch cannot run it{notes}: {reason}") from error
    fvcore = testimonies.get("fvcore")
    if fvcore is not None:
        check_declared(expected, fvcore)
    found = tuple(disagreements(expected, testimonies))
    return Verification(
        net.name,
        net.mode,
        place,
        len(net),
        _totals("parameters", net.parameters, testimonies),
        _totals("macs", net.macs, testimonies),
        _totals("activations", net.activations, testimonies),
        all(d.quantity != "output_shape" for d in found),
        found,
        () if fvcore is None else _uncounted(expected, fvcore),
        tuple(sorted({node.op.name for node in net.layers if expected.is_missed(node)})),
        {"torch": torch.__version__, "fvcore": _fvcore_version()},
    )


def _verify_own_module(expected: Expected, device: str) -> Verification:
    """Compare a network with the module that it was imported from.

    Raises:
        Refused: torch cannot run it on real tensors.
    """
    import torch

    from archcalc.verification.own_module import OwnModule, of_modules

    net = expected.net
    own = OwnModule(net)
    stored = own.stored()
    parameters = {"archcalc": net.parameters, "torch": stored["parameters"]}
    macs = {"archcalc": net.macs}
    found = [
        Disagreement(None, quantity, ours, stored[quantity], "torch")
        for quantity, ours in (("parameters", net.parameters), ("buffers", net.buffers))
        if ours != stored[quantity]
    ]
    if not net.is_of_values:
        macs["flop_counter"] = _run(net, "torch cannot run it", own.flop_counter)
        if macs["flop_counter"] != net.macs:
            found.append(Disagreement(None, "macs", net.macs, macs["flop_counter"], "flop_counter"))
    blind: dict[str, tuple[str, ...]] = {}
    if device != "meta":
        _check_memory(net, "cpu", 2 * net.memory_parameters + net.memory_outputs)
        why = f"fvcore cannot trace it, and {parameter('device', 'meta')} asks the others"
        counts, met = _run(net, why, own.fvcore)
        macs["fvcore"] = counts[""]
        blind = {path: tuple(sorted(names)) for path, names in met.items() if names}
        found += of_modules(expected, counts, met)
    return Verification(
        net.name, net.mode, device, len(net), parameters, macs, {"archcalc": net.activations},
        True, tuple(found), (), (), {"torch": torch.__version__, "fvcore": _fvcore_version()},
        is_own_module=True, blind=blind,
    )  # fmt: skip


def _run(net: Network, why: str, ask: Callable[[], Any]) -> Any:
    """What a witness says of a user's own code. Raises Refused for whatever that raises."""
    try:
        with own_code():
            return ask()
    except Exception as error:
        raise Refused(net.name, f"{why}: {raised(error)[1]}") from error


def _fvcore_version() -> str:
    from importlib.metadata import version

    return version("fvcore")


def _check_time(net: Network, device: str, limit: int | None) -> None:
    """Raise Refused where tracing a network is estimated to take longer than the limit."""
    from archcalc.verification.effort import needed_seconds

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


def _hear_witnesses(net: Network, device: str, training_batch: int) -> dict[str, Testimony]:
    import torch

    from archcalc.twin import module as twin
    from archcalc.verification import effort, kernels, witness

    inputs = twin.empty_inputs(net.graph, net.batch)
    with effort.Allocations() as allocations, kernels.KernelsOfCpus(), torch.no_grad():
        model = twin.on_meta(net.graph)
        model(*inputs)
    testimonies = witness.testimonies_of_a_pass(model, inputs)
    if device != "meta":
        _check_memory(net, device, effort.needed_bytes(allocations, len(net)))
    if net.graph.has_known_gradients:
        in_training = twin.empty_inputs(net.graph, training_batch)
        testimonies["autograd"] = witness.autograd(model, in_training)
    if device == "meta":
        return testimonies
    model.allocate(device)
    twin.fill_with_zeros(model)  # which count like any other weights
    zeros = twin.zero_inputs(net.graph, net.batch, device)
    try:
        testimonies["fvcore"] = witness.fvcore(model, zeros)
    except AssertionError as error:  # its norms take tensors of two to five axes
        raise Refused(net.name, f"fvcore cannot count it: it stops at {error}") from error
    return testimonies


def check_declared(expected: Expected, fvcore: Testimony) -> None:
    """Raise Refused for an operator without a count that no op declares."""
    net, said, declared = expected.net, expected.by_fvcores_rules, set[str]()
    for node in net.layers:
        declared_here = {f"aten::{name}" for name in said[node.name].unseen}
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


def _uncounted(expected: Expected, fvcore: Testimony) -> tuple[str, ...]:
    met = [node for node in expected.net.layers if fvcore.uncounted[node.name]]
    return tuple(sorted({node.op.name for node in met if not expected.is_missed(node)}))


def _totals(quantity: str, ours: Any, testimonies: Mapping[str, Testimony]) -> dict[str, int]:
    totals = {"archcalc": ours}
    for witness, testimony in testimonies.items():
        if quantity in testimony.whole:
            totals[witness] = testimony.whole[quantity]
    return totals
