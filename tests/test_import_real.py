"""Torch modules whose cost depends on values, counted for one real input."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import archcalc
from archcalc.cli import main
from archcalc.importer.refusal import ImportRefused
from tests.worked_modules import (
    CASES,
    made,
)


class Experts(nn.Module):
    """Each token goes to one expert, by its values."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = nn.Linear(8, 2, bias=False)
        self.experts = nn.ModuleList(nn.Linear(8, 8) for _ in range(2))

    def forward(self, x: Any) -> Any:
        best = self.gate(x).argmax(-1)
        out = torch.zeros_like(x)
        for i, expert in enumerate(self.experts):
            rows = (best == i).nonzero().squeeze(1)
            out[rows] = expert(x[rows])
        return out


class Halves(nn.Module):
    """Halves until nothing is left of 1."""

    def __init__(self) -> None:
        super().__init__()
        self.scale = nn.Linear(1, 1, bias=False)
        nn.init.constant_(self.scale.weight, 0.5)

    def forward(self, x: Any) -> Any:
        while x.max() > 1:
            x = self.scale(x)
        return x


def routed(*experts: int) -> tuple[nn.Module, Any]:
    """Tokens that go to these experts."""
    module = Experts()
    with torch.no_grad():
        module.gate.weight.zero_()
        module.gate.weight[0, 0] = module.gate.weight[1, 1] = 1
    return module, torch.eye(8)[list(experts)]


def test_what_depends_on_values_is_counted_for_one_real_input() -> None:
    module, x = routed(0, 1, 1)
    with pytest.raises(ImportRefused, match="real=True counts for one real"):
        archcalc.from_torch(module, x)
    net = archcalc.from_torch(module, x, real=True)
    assert net.macs == 3 * 8 * 2 + 3 * 8 * 8
    assert [net[f"experts.{i}"].macs for i in (0, 1)] == [64, 128]
    assert net.conditions == "batch 3, eval mode, for one real input"


def test_an_expert_that_gets_nothing_is_there_and_costs_nothing() -> None:
    net = archcalc.from_torch(*routed(0, 0, 0), real=True)
    assert net.macs == 3 * 8 * 2 + 3 * 8 * 8
    assert net.parameters == 16 + 2 * 72


@pytest.mark.parametrize(("value", "runs"), [(1.0, 0), (5.0, 3), (1024.0, 10)])
def test_a_loop_runs_as_often_as_the_input_says(value: float, runs: int) -> None:
    if runs:
        assert archcalc.from_torch(Halves(), torch.tensor([value]), real=True).macs == runs
    else:
        with pytest.raises(ImportRefused, match="gives no tensor that it computes"):
            archcalc.from_torch(Halves(), torch.tensor([value]), real=True)


@pytest.mark.parametrize("name", CASES)
def test_a_real_input_costs_what_one_without_numbers_does(name: str) -> None:
    module, x = made(name)
    real, meta = (archcalc.from_torch(module, x, real=r) for r in (True, False))
    assert [(n.name, n.op, n.shape) for n in real.nodes] == [
        (n.name, n.op, n.shape) for n in meta.nodes
    ]


def test_what_has_no_numbers_is_refused() -> None:
    with torch.device("meta"):
        module = Halves()
    with pytest.raises(ImportRefused, match="its parameters are on the meta device"):
        archcalc.from_torch(module, torch.ones(1), real=True)
    with pytest.raises(archcalc.ArchcalcError, match="takes inputs with numbers"):
        archcalc.from_torch(Halves(), torch.ones(1, device="meta"), real=True)


def test_the_option_counts_for_one_real_input(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "values.py").write_text(
        "import torch\nfrom torch import nn\n\nclass Net(nn.Linear):\n"
        "    def __init__(self):\n        super().__init__(4, 4)\n\n"
        "    def forward(self, x):\n        return super().forward(x) if x.min() >= 0 else x\n"
    )
    assert main(["table", "values.py:Net", "--input", "4"]) == 2
    assert "--real" in capsys.readouterr().err
    outs = []
    for _ in range(2):
        assert main(["table", "values.py:Net", "--input", "4", "--real", "--no-notes"]) == 0
        outs.append(capsys.readouterr().out)
    assert outs[0] == outs[1]
    assert outs[0].startswith("1 network, batch 1, eval mode, for one real input\n")
