"""The estimate of what verifying takes: of memory against what torch allocates, op by op, and
against the most that the system saw a process have."""

from __future__ import annotations

import json
import subprocess
import sys
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest
import torch

from archcalc.network import load
from archcalc.ops.recurrent import Recurrent
from archcalc.ops.registry import OPS, create
from archcalc.verification.effort import Allocations, needed_seconds
from archcalc.verification.kernels import KernelsOfCpus
from tests.op_cases import EXAMPLES, Case, case_of

torch.set_num_threads(1)


@pytest.fixture(params=EXAMPLES, ids=lambda example: f"{example[0]}-{example[1]}")
def case(request: pytest.FixtureRequest) -> Case:
    return case_of(*request.param)


def allocated(case: Case, device: str) -> int:
    with torch.device(device), torch.no_grad():
        module = case.op.module(torch, *case.op.in_channels(*case.inputs)).eval()
        inputs = case.op.prepared(*[torch.zeros(2, *x.sizes) for x in case.inputs])
        module(*inputs)  # a linear layer makes its parameters now
        has_mask = case.op.name == "attention" and len(inputs) == 4
        if has_mask:
            inputs[3].requires_grad_()  # as a table of biases does, which a CPU's kernel refuses
        fused = KernelsOfCpus() if device == "meta" else nullcontext()
        with Allocations() as allocations, fused, torch.set_grad_enabled(has_mask):
            module(*inputs)
    return allocations.made


def test_every_op_allocates_on_a_cpu_what_it_allocates_on_meta(case: Case) -> None:
    on_cpu = allocated(case, "cpu")
    # On meta batch norm has a mean and a deviation of each channel in use, too.
    statistics = 4 * 2 * case.inputs[0].channels if case.op.name == "batch_norm" else 0
    on_meta = allocated(case, "meta") - statistics
    # Which kernel runs a recurrent layer depends on the machine; none makes more than is estimated.
    assert on_meta >= on_cpu if isinstance(case.op, Recurrent) else on_meta == on_cpu


def made(name: str, fields: dict[str, Any], inputs: int, copies: int = 1) -> int:
    """The numbers that an op makes of two samples of so many numbers each, given so many times."""
    op = create(OPS[name], fields)
    with torch.device("meta"):
        module, x = op.module(torch, inputs), torch.empty(2, inputs)
    with torch.no_grad(), Allocations() as allocations:
        module(*[x] * copies)
    return allocations.made // 4


def test_what_an_op_makes_on_the_way_counts_by_hand() -> None:
    # Differences of 30 prototypes of 100 numbers, their squares, and the sums.
    assert made("rbf", {"out_features": 30}, 100) == 2 * (3000 + 3000 + 30)
    # Two at a time: 299 sums.
    assert made("add", {}, 100, copies=300) == 299 * 2 * 100
    # A view has nothing of its own.
    assert made("reshape", {"shape": (50, 2)}, 100) == 0


def test_what_a_convolution_copies_by_hand() -> None:
    def copied(conv: Any) -> int:
        with torch.no_grad(), Allocations() as allocations:
            conv(x)
            torch.relu(x)  # which copies less
        return allocations.copies // 4

    with torch.device("meta"):
        x = torch.empty(2, 4, 5, 5)
        conv, transposed = torch.nn.Conv2d(4, 24, 1), torch.nn.ConvTranspose2d(4, 24, 1)
    # Input and output with whole sixteens of channels, weight and bias.
    assert copied(conv) == 2 * 16 * 25 + 2 * 32 * 25 + 24 * 4 + 24
    assert copied(transposed) == copied(conv) + 2 * 24 * 25


# --- against what the system says -----------------------------------------------------------------

HUNGRY: dict[str, tuple[list[int], dict[str, Any]]] = {
    "rbf": ([1000], {"op": "rbf", "out_features": 4000}),
    "add": ([100_000], {"op": "add", "inputs": ["input"] * 150}),
    "lrn": ([1, 10, 10], {"op": "local_response_norm", "size": 100_000}),
    "relu": ([400_000], {"name": "relu", "op": "relu", "repeat": 40}),
    "conv": ([512, 100, 100], {"op": "conv2d", "out_channels": 8, "kernel_size": 1}),
    "transposed": ([16, 80, 80], {"op": "conv_transpose2d", "out_channels": 64, "kernel_size": 2,
                                  "stride": 4}),
    "linear": ([9000], {"op": "linear", "out_features": 6000}),
}  # fmt: skip
"""Specs that take 60 to 300 MB each, many of them in what an op makes on the way."""


@pytest.mark.skipif(not Path("/proc/self/clear_refs").exists(), reason="needs Linux's /proc")
def test_the_estimate_is_no_less_than_what_a_process_had(tmp_path: Path) -> None:
    files = []
    for name, (input, layer) in HUNGRY.items():
        tree = {"title": "t", "year": 2024, "source": "here", "input": input, "layers": [layer]}
        files.append(tmp_path / f"{name}.json")
        files[-1].write_text(json.dumps(tree))
    command = [sys.executable, "-m", "tests.measured_effort", "4", *map(str, files)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    for name, line in zip(HUNGRY, result.stdout.splitlines(), strict=True):
        estimate, measured = json.loads(line)
        assert measured > 60e6, name  # else too little to tell
        assert measured <= estimate <= 3 * measured, name


def test_time_grows_with_nodes_and_with_what_they_compute() -> None:
    net = load("vgg16")
    assert needed_seconds(load("vgg16", batch=100), "cpu") > 50 * needed_seconds(net, "cpu")
    assert needed_seconds(net, "cuda") < needed_seconds(net, "cpu")
    assert needed_seconds(load("resnet1202-cifar"), "cuda") > 20 * needed_seconds(net, "cuda")
