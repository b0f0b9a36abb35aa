"""What PyTorch says of a twin, node by node: witnesses that know none of our formulas.

Each witness is one function from a twin and an input to a Testimony, so that one can be replaced:
fvcore's last release is of 2022 and rests on torch.jit, which torch deprecates.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.utils.flop_counter import FlopCounterMode

from archcalc.twin import Twin

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # torch.jit's deprecation, which is not the user's concern
    from fvcore.nn import ActivationCountAnalysis, FlopCountAnalysis

WHOLE = ""
"""The whole network, beside its nodes."""

MAC_KINDS = frozenset({"conv", "linear", "addmm", "mm", "bmm", "matmul", "einsum"})
"""fvcore's kinds that are multiply-adds; its other kinds are norms, pooling and resizing."""


@dataclass(frozen=True)
class Testimony:
    """What one witness says: values by quantity, for every node and for the WHOLE network."""

    quantities: Mapping[str, Mapping[str, Any]]
    uncounted: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """Operators that the witness met and has no count for, likewise."""


def modules(twin: Twin, x: Any) -> Testimony:
    """The modules' own parameters and buffers, and the shapes of what they return."""
    shapes: dict[str, list[int]] = {}
    hooks = [
        twin.module_of(step).register_forward_hook(_shape_into(shapes, step.name, len(x)))
        for step in twin.steps
    ]
    with torch.no_grad():
        twin(x)
    for hook in hooks:
        hook.remove()
    said: dict[str, dict[str, Any]] = {WHOLE: _stored(twin)}
    for step in twin.steps:
        said[step.name] = {
            **_stored(twin.module_of(step)),
            "output_shape": shapes[step.name],
        }
    return Testimony(said)


def _shape_into(shapes: dict[str, list[int]], name: str, batch: int) -> Callable[..., None]:
    def note(module: Any, inputs: Any, output: Any) -> None:
        samples, *sizes = output.shape
        shapes[name] = sizes if samples == batch else [samples, *sizes]

    return note


def _stored(module: Any) -> dict[str, Any]:
    # Batch norm's num_batches_tracked, an integer, counts steps of training and computes nothing.
    buffers = (buffer for buffer in module.buffers() if buffer.is_floating_point())
    return {
        "parameters": sum(parameter.numel() for parameter in module.parameters()),
        "buffers": sum(buffer.numel() for buffer in buffers),
    }


def flop_counter(twin: Twin, x: Any) -> Testimony:
    """torch's FlopCounterMode, which counts two FLOPs a multiply-add."""
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        twin(x)
    counts = counter.get_flop_counts()
    root = type(twin).__name__

    def macs(name: str) -> dict[str, Any]:
        return {"macs": sum(counts.get(name, {}).values()) // 2}

    said = {step.name: macs(f"{root}.{step.name}") for step in twin.steps}
    return Testimony({**said, WHOLE: macs("Global")})


def fvcore(twin: Twin, x: Any) -> Testimony:
    """fvcore's FlopCountAnalysis, whose flops are multiply-adds, and ActivationCountAnalysis.

    Both trace the twin with real tensors and gradients on, and attribute operators to modules by
    the dots of their names. Kinds other than multiply-adds stay quantities of their own.
    """
    flops, activations = (
        analysis(twin, (x,))
        .unsupported_ops_warnings(False)
        .uncalled_modules_warnings(False)
        .tracer_warnings("none")
        for analysis in (FlopCountAnalysis, ActivationCountAnalysis)
    )
    kinds, outputs = flops.by_module_and_operator(), activations.by_module_and_operator()
    names = [WHOLE, *(step.name for step in twin.steps)]
    said = {
        name: {
            "macs": sum(int(n) for kind, n in kinds[name].items() if kind in MAC_KINDS),
            "activations": sum(outputs[name].values()),
            **{kind: int(n) for kind, n in kinds[name].items() if kind not in MAC_KINDS},
        }
        for name in names
    }
    return Testimony(said, {name: frozenset(flops.unsupported_ops(name)) for name in names})
