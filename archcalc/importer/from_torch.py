"""`archcalc.from_torch`: the network that a torch module is."""

from __future__ import annotations

from typing import Any

from archcalc.extras import require
from archcalc.parts.conditions import BYTES_PER_NUMBER, Mode
from archcalc.parts.part import Network


def from_torch(
    module: Any,
    *inputs: Any,
    mode: Mode = "eval",
    name: str = "",
    bytes_per_number: int = BYTES_PER_NUMBER,
    real: bool = False,
    **named_inputs: Any,
) -> Network:
    """The network that a torch module is.

    A copy of the module without memory runs twice on torch's meta device. Every operator that it
    calls becomes a node, whose shape, parameters and multiply-adds are compared with torch's own.
    The module itself is not touched, and nothing is downloaded or allocated.

    >>> import torch
    >>> net = from_torch(torch.nn.Conv2d(3, 8, 3), torch.zeros(1, 3, 32, 32))
    >>> net.parameters, net.macs  # (3·3·3 + 1)·8, (30·30·8)·(3·3·3)
    (224, 194400)

    Args:
        module: any `torch.nn.Module`; a lazy one must have run once.
        inputs: what its forward takes: tensors, whose first axis is that of samples, or anything
            else. No number in a tensor is read.
        mode: "train" runs it as in training.
        name: what the network is called; else as the module's class is.
        bytes_per_number: for memory; 4 is float32.
        real: run a copy with the module's numbers on the CPU, and count for these very inputs: for
            what depends on values, such as a loop until convergence.
        named_inputs: what its forward takes by name.

    Raises:
        ImportRefused: an operator is not known, or the cost depends on values; all that was found.
        ArchcalcError: torch is missing, that is no module, or there is no input.
    """
    require("from_torch", "torch", "torch")
    from archcalc.importer.torch_module import network_of

    return network_of(module, inputs, named_inputs, mode, name, bytes_per_number, real)
