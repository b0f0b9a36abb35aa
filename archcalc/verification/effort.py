"""What it takes to run a twin in torch: memory, as torch allocates it on `meta`, and time."""

from __future__ import annotations

from math import ceil
from typing import Any

import torch
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from archcalc.network import Network

MARGIN = 1.1
"""What is estimated of memory over what was measured, for what differs from machine to machine."""
BYTES_OF_TORCH = 2**27
"""What torch loads when it first runs, as measured."""
BYTES_PER_NODE = 100_000
"""What torch.jit and autograd keep of one node beside its tensors, as measured."""

SECONDS_PER_NODE = 0.02
"""What torch.jit, autograd and fvcore take for a node beside its arithmetic, as measured."""
OPERATIONS_PER_SECOND = {"cpu": 10**8, "cuda": 10**11}
MACS_PER_SECOND = {"cpu": 5 * 10**9, "cuda": 10**12}
"""What a slow machine does in usual layers. Measured on a CPU: from a tenth of it, in a large
kernel over one channel, to twenty times as much."""


class Allocations(TorchDispatchMode):  # type: ignore[misc]
    """Adds up the memory of all tensors that operators make while it is entered.

    All of it together is what tracing may hold: freed tensors lie between others, and C's allocator
    gives little of that back. What the operator in work copies comes on top.
    """

    def __init__(self) -> None:
        super().__init__()
        self.made = 0
        """Bytes of all tensors made."""
        self.copies = 0
        """Bytes of the most that one operator copies into the layout that its kernel works in."""

    def __torch_dispatch__(
        self, operator: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        output = operator(*args, **(kwargs or {}))
        given, made = _storages((args, kwargs)), _storages(output)
        for storage in given:
            made.pop(storage, None)
        self.made += sum(made.values())
        copies = sum(given.values()) + sum(made.values())
        if operator is torch.ops.aten.convolution.default:
            is_transposed = args[6]
            copies += _padding(args[0]) + _padding(output) + is_transposed * output.nbytes
        self.copies = max(self.copies, copies)
        return output


def _storages(tree: Any) -> dict[int, int]:
    """The bytes of the memory of each tensor in nested lists, by its address."""
    storages = [t.untyped_storage() for t in tree_leaves(tree) if isinstance(t, torch.Tensor)]
    return {storage._cdata: storage.nbytes() for storage in storages}


def _padding(x: Any) -> int:
    """What a tensor takes more in a convolution's layout, in which channels come in sixteens."""
    channels = x.shape[1]
    more: int = x.nbytes * (-channels % 16) // channels
    return more


def needed_bytes(allocations: Allocations, nodes: int) -> int:
    """About how much memory it takes to make a twin of so many nodes and to trace it, from what
    both allocate on `meta`."""
    tensors = allocations.made + allocations.copies
    return BYTES_OF_TORCH + nodes * BYTES_PER_NODE + ceil(MARGIN * tensors)


def needed_seconds(net: Network, device: str) -> int:
    """About how long tracing a network takes, on a slow machine."""
    operations: int = sum(net.operations.values())
    once: float = net.macs / MACS_PER_SECOND[device] + operations / OPERATIONS_PER_SECOND[device]
    return ceil(once + SECONDS_PER_NODE * len(net))
