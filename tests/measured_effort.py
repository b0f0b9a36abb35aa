"""What a process that verifies networks has of memory at most, beside what is estimated.

python -m tests.measured_effort BATCH MODEL...   prints [estimate, measured] of each, in bytes;
both without what torch loads when it first runs. Linux only.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from archcalc.network import load
from archcalc.twin.device import return_freed_memory
from archcalc.verification import effort, verify


def _status(key: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith(key))


def measured(model: str, batch: int) -> tuple[int, int]:
    """The bytes estimated for a network, and the most that the process had above what it has."""
    estimates = []

    def noted(allocations: effort.Allocations, nodes: int) -> int:
        estimates.append(needed_bytes(allocations, nodes))
        return estimates[-1]

    needed_bytes, effort.needed_bytes = effort.needed_bytes, noted
    try:
        net = load(model, batch=batch)
        return_freed_memory()
        Path("/proc/self/clear_refs").write_text("5")  # forget the most until now
        before = _status("VmRSS")
        if not verify(net, "cpu", time_limit=None).agrees:
            sys.exit(f"{model} does not agree")
        return estimates[0] - effort.BYTES_OF_TORCH, _status("VmHWM") - before
    finally:
        effort.needed_bytes = needed_bytes


if __name__ == "__main__":
    import torch

    torch.set_num_threads(1)
    verify(load("lenet5"), "cpu")
    batch = int(sys.argv[1])
    for model in sys.argv[2:]:
        print(json.dumps(measured(model, batch)), flush=True)  # noqa: T201
