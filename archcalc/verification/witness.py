"""What PyTorch says of a twin, node by node: witnesses that know none of our formulas.

Each witness is one function from a twin and an input to a Testimony, so that one can be replaced:
fvcore's last release is of 2022 and rests on torch.jit, which torch deprecates.
"""

from __future__ import annotations

import warnings
import weakref
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache, partial
from typing import Any

import torch
from torch.autograd.graph import saved_tensors_hooks
from torch.utils.flop_counter import FlopCounterMode

from archcalc.twin.module import Twin
from archcalc.verification.kernels import KernelsOfGpus

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # torch.jit's deprecation, which is not the user's concern
    from fvcore.nn import ActivationCountAnalysis, FlopCountAnalysis

ROOT = ""
"""fvcore's name of the network itself."""

MAC_KINDS = frozenset({"conv", "linear", "addmm", "mm", "bmm", "matmul", "einsum"})
"""fvcore's kinds that are multiply-adds; its other kinds are norms, pooling and resizing."""


@dataclass(frozen=True)
class Testimony:
    """What one witness says: values by quantity, of every node and of the whole network."""

    nodes: Mapping[str, Mapping[str, Any]]
    whole: Mapping[str, Any]
    uncounted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Operators, by node, that the witness met and has no count for."""
    uncounted_anywhere: frozenset[str] = frozenset()


def testimonies_of_a_pass(twin: Twin, inputs: Sequence[Any]) -> dict[str, Testimony]:
    """Two witnesses of one pass, which may be on the meta device: what they say takes no numbers.

    `torch`: the modules' own parameters and buffers, and the shapes of what they return.
    `flop_counter`: torch's FlopCounterMode, which counts two FLOPs a multiply-add.
    """
    shapes: dict[str, list[int]] = {}
    hooks = [
        twin.at(turn.path).register_forward_hook(_shape_into(shapes, turn.name, len(inputs[0])))
        for turn in twin.turns
    ]
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        twin(*inputs)
    for hook in hooks:
        hook.remove()
    root, flops = type(twin).__name__, counter.get_flop_counts()
    stored, macs = {}, {}
    counted: set[Any] = set()
    for turn in twin.turns:
        stored[turn.name] = {
            **_stored(twin.at(turn.path), counted),
            "output_shape": shapes[turn.name],
        }
        macs[turn.name] = _macs(flops, f"{root}.{turn.name}")
    return {
        "torch": Testimony(stored, _stored(twin, set())),
        "flop_counter": Testimony(macs, _macs(flops, "Global")),
    }


def _shape_into(shapes: dict[str, list[int]], name: str, batch: int) -> Callable[..., None]:
    def note(module: Any, inputs: Any, output: Any) -> None:
        samples, *sizes = output.shape
        shapes[name] = sizes if samples == batch else [samples, *sizes]

    return note


def _stored(module: Any, counted: set[Any]) -> dict[str, Any]:
    """How many parameters and buffers a module has that are not `counted` yet."""
    parts = list(module.modules())
    parameters = {p for part in parts for p in part._parameters.values() if p is not None}
    buffers = {b for part in parts for b in part._buffers.values() if b is not None}
    # Batch norm's num_batches_tracked, an integer, counts steps of training and computes nothing.
    buffers = {buffer for buffer in buffers if buffer.is_floating_point()}
    new = {"parameters": parameters - counted, "buffers": buffers - counted}
    counted.update(*new.values())
    return {quantity: sum(tensor.numel() for tensor in new[quantity]) for quantity in new}


def _macs(flops: Mapping[str, Mapping[Any, int]], name: str) -> dict[str, Any]:
    return {"macs": sum(flops.get(name, {}).values()) // 2}


# --- what autograd saves --------------------------------------------------------------------------


class _Saved:
    """Stands for a tensor in autograd's graph, and goes with the part of that which needs it."""

    def __init__(self, tensor: Any):
        self.tensor = tensor


def autograd(twin: Twin, inputs: Sequence[Any]) -> Testimony:
    """What autograd's graph holds in memory after a forward pass in training, apart from parameters
    and buffers, in bytes.

    What several nodes save, views of the same memory among it, counts at the first of them. The
    batch must be 2 at least: torch's batch norm trains on no single value a channel.
    """
    packed: list[tuple[str, weakref.ref[_Saved]]] = []
    at = [ROOT]

    def pack(tensor: Any) -> _Saved:
        saved = _Saved(tensor.detach())  # an output itself would hold the graph that holds it
        packed.append((at[0], weakref.ref(saved)))
        return saved

    hooks = saved_tensors_hooks(pack, lambda saved: saved.tensor)
    with _training(twin), _noting(twin, at), hooks, torch.enable_grad(), KernelsOfGpus():
        output = twin(*inputs)  # its graph is what holds all that is saved
    stored = (*twin.parameters(), *twin.buffers())
    counted = {tensor.untyped_storage()._cdata for tensor in stored}
    sizes = dict.fromkeys((turn.name for turn in twin.turns), 0) | {ROOT: 0}
    for name, reference in packed:
        saved = reference()
        if saved is not None:
            storage = saved.tensor.untyped_storage()
            if storage._cdata not in counted:
                counted.add(storage._cdata)
                sizes[name] += storage.nbytes()
    del output
    whole = sum(sizes.values())
    nodes = {turn.name: {"memory_saved": sizes[turn.name]} for turn in twin.turns}
    return Testimony(nodes, {"memory_saved": whole})


@contextmanager
def _training(twin: Twin) -> Iterator[None]:
    twin.train()
    try:
        yield
    finally:
        twin.eval()


@contextmanager
def _noting(twin: Twin, at: list[str]) -> Iterator[None]:
    """Keeps the name of the node that runs in a list of one."""
    hooks = []
    for turn in twin.turns:
        module = twin.at(turn.path)
        hooks += [
            module.register_forward_pre_hook(lambda *_, name=turn.name: at.__setitem__(0, name)),
            module.register_forward_hook(lambda *_: at.__setitem__(0, ROOT)),
        ]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()


def analysis_of_flops(module: Any, inputs: Sequence[Any]) -> Any:
    """fvcore's FlopCountAnalysis, which says nothing while it works."""
    analysis = FlopCountAnalysis(module, tuple(inputs))
    quiet = analysis.unsupported_ops_warnings(False).uncalled_modules_warnings(False)
    return quiet.tracer_warnings("none")


FLOPS, ACTIVATIONS = "flops", "activations"


def fvcore(twin: Twin, inputs: Sequence[Any]) -> Testimony:
    """fvcore's FlopCountAnalysis, whose flops are multiply-adds, and ActivationCountAnalysis.

    One trace of the twin, with real tensors and gradients on, serves both; they attribute operators
    to modules by the dots of their names. Kinds other than multiply-adds stay quantities of their
    own.
    """
    analysis = analysis_of_flops(twin, inputs)
    activations = _handles(ActivationCountAnalysis)
    for kind, flops in _handles(FlopCountAnalysis).items():
        handles = {FLOPS: flops, ACTIVATIONS: activations.get(kind)}
        analysis.set_op_handle(kind, partial(_counted, kind.partition("::")[2], handles))
    with torch.enable_grad():
        counts = analysis.by_module_and_operator()

    def said(name: str) -> dict[str, Any]:
        quantities = {"macs": 0, "activations": 0}
        for (counted, kind), n in counts[name].items():
            quantity = "macs" if counted == FLOPS and kind in MAC_KINDS else kind
            quantity = "activations" if counted == ACTIVATIONS else quantity
            quantities[quantity] = quantities.get(quantity, 0) + int(n)
        return quantities

    names = [turn.name for turn in twin.turns]
    return Testimony(
        {name: said(name) for name in names},
        said(ROOT),
        {name: frozenset(analysis.unsupported_ops(name)) for name in names},
        frozenset(analysis.unsupported_ops(ROOT)),
    )


@cache
def _handles(analysis: Any) -> Mapping[str, Any]:
    """What one of fvcore's analyses counts of an operator, by the operator's kind."""
    found: dict[str, Any] = {}

    class Noting(analysis):  # type: ignore[misc]
        """The analysis, which sets its handles as its users may set others."""

        def set_op_handle(self, *pairs: Any, **named: Any) -> Any:
            found.update(zip(pairs[::2], pairs[1::2], strict=True), **named)
            return self

    Noting(torch.nn.Identity(), ())
    return found


def _counted(kind: str, handles: Mapping[str, Any], inputs: Any, outputs: Any) -> Counter[Any]:
    """What fvcore's handles say of one operator, by what they count and the kind they call it."""
    counts: Counter[Any] = Counter()
    for counted, handle in handles.items():
        if handle is not None:
            said = handle(inputs, outputs)
            kinds = said if isinstance(said, Mapping) else {kind: said}
            counts.update({(counted, each): n for each, n in kinds.items()})
    return counts
