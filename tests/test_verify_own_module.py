"""`verify` of a user's own module: witnesses see that very module, and each finds what it can."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import archcalc
from archcalc.cli import main


class Net(nn.Module):
    """Operators that no spec has, attention and a recurrent layer, and a depth that may change."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)
        self.lstm = nn.LSTM(8, 4, batch_first=True)
        self.fc = nn.Linear(4, 4)
        self.depth = 1

    def forward(self, x: Any) -> Any:
        x = self.conv(x) * x.exp().mean()
        x = x.flatten(2).transpose(1, 2)
        x, _ = self.lstm(self.attention(x, x, x, need_weights=False)[0])
        for _ in range(self.depth):
            x = self.fc(x)
        return x.log_softmax(-1)


class OnlyOnCpus(nn.Module):
    """A layer that runs on the CPU, and on no other device."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(8, 8)
        self.second = nn.Linear(8, 8)

    def forward(self, x: Any) -> Any:
        x = self.first(x)
        return self.second(x) if x.device.type == "cpu" else x


X = torch.zeros(2, 3, 8, 8)
# conv 36 positions of 27 to 8; in_proj 8 to 24, scores and sums of 2 heads of 4, out_proj 8 to 8;
# lstm 8 and 4 to 4 gates of 4; fc 4 to 4
MACS = 2 * 36 * (27 * 8 + 8 * 24 + 2 * 2 * 36 * 4 + 8 * 8 + 12 * 16 + 16)


def test_a_module_of_operators_without_an_op_is_verified() -> None:
    found = archcalc.verify(archcalc.from_torch(Net(), X), device="cpu")
    assert found.agrees
    assert found.macs["archcalc"] == found.macs["flop_counter"] == MACS
    # what fvcore has no count of is said by module, and FlopCounterMode sees it
    assert found.blind["lstm"] == ("lstm",)
    assert found.blind["attention"] == ("scaled_dot_product_attention",)
    assert not {"conv", "fc"} & found.blind.keys()


def test_parameters_that_are_others_now_are_found() -> None:
    module = Net()
    net = archcalc.from_torch(module, X)
    module.fc.bias = None
    (found,) = archcalc.verify(net, device="meta").disagreements
    assert (found.quantity, found.archcalc - found.other, found.witness) == (
        "parameters", 4, "torch",
    )  # fmt: skip


def test_multiply_adds_that_are_others_now_are_found_by_two_witnesses() -> None:
    module = Net()
    net = archcalc.from_torch(module, X)
    module.depth = 3
    found = archcalc.verify(net, device="cpu").disagreements
    more = 2 * 2 * 36 * 16
    assert {(d.witness, d.node, d.other - d.archcalc) for d in found} == {
        ("flop_counter", None, more), ("fvcore", "fc", more),
    }  # fmt: skip


def test_a_layer_that_runs_on_cpus_alone_is_found_by_the_witness_that_has_one() -> None:
    net = archcalc.from_torch(OnlyOnCpus(), torch.zeros(1, 8))
    found = archcalc.verify(net, device="cpu").disagreements
    assert {(d.witness, d.node, d.other) for d in found} == {
        ("fvcore", None, 128), ("fvcore", "second", 64),
    }  # fmt: skip
    assert archcalc.verify(net, device="meta").agrees


def test_the_command_says_what_was_compared(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own_module_net.py").write_text(
        "from torch import nn\n\nclass Net(nn.Linear):\n"
        "    def __init__(self):\n        super().__init__(4, 4)\n\n"
        "    def forward(self, x):\n        return super().forward(x).exp()\n"
    )
    given = ["verify", "own_module_net.py:Net", "--input", "4"]
    assert main([*given, "--device", "cpu"]) == 0
    out = capsys.readouterr().out
    assert "1 network, 2 nodes: archcalc and PyTorch agree, difference 0" in out
    assert "MACs by module" in out
    assert main([*given, "--format", "json"]) == 0


class AsksOfNumbers(nn.Module):
    """Asks of a constant, and of its input what no answer changes."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.register_buffer("rounds", torch.tensor(3))

    def forward(self, x: Any) -> Any:
        assert not x.isnan().any()
        for _ in range(self.rounds.item()):
            x = self.fc(x)
        return x


def test_what_was_answered_is_answered_to_witnesses_too() -> None:
    result = archcalc.verify(archcalc.from_torch(AsksOfNumbers(), torch.zeros(2, 4)))
    expected = 3 * 2 * 4 * 4
    assert result.macs == {"archcalc": expected, "flop_counter": expected, "fvcore": expected}
    assert result.agrees
