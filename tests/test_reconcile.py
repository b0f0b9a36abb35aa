"""`archcalc reconcile`: what is printed, and mistakes."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from archcalc.cli import main
from archcalc.counters import reconcile
from archcalc.importer.from_torch import from_torch


def test_what_the_command_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconcile", "resnet50", "--tools", "thop,calflops,DeepSpeed"]) == 0
    out = capsys.readouterr().out
    assert out.startswith(
        "resnet50, 3x224x224, batch 1, eval mode, without the softmax at its end: "
        "3,857,973,248 MACs\n"
    )
    assert "counted by none of these: 5,519,360 add\n" in out
    assert "with the softmax: thop + 2,999; calflops, DeepSpeed + 1,000\n" in out
    assert "people usually mean resnet50-v1.5: 4,089,184,256 MACs\n" in out
    assert "as calflops\n" in out


def test_json_has_the_terms(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconcile", "resnet50", "--tools", "thop", "--format", "json"]) == 0
    record: Mapping[str, Any] = json.loads(capsys.readouterr().out)
    (tool,) = record["tools"]
    assert tool["number"] == 3_900_424_192
    assert tool["terms"] == [
        {"coefficient": 1, "kind": "MACs", "count": 3_857_973_248},
        {"coefficient": 4, "kind": "batch norm", "count": 10_587_136},
        {"coefficient": 1, "kind": "global avg pool inputs", "count": 100_352},
        {"coefficient": 1, "kind": "global avg pool outputs", "count": 2_048},
    ]


def test_a_call_in_a_forward_is_no_module() -> None:
    """Numbers of thop 0.1.1, torchinfo 1.8.0 and fvcore 0.1.5.post20221221, run on the module."""
    torch = pytest.importorskip("torch")
    from torch.nn import functional

    class Net(torch.nn.Module):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.c1 = torch.nn.Conv2d(3, 16, 3, padding=1)
            self.b1 = torch.nn.BatchNorm2d(16)
            self.c2 = torch.nn.Conv2d(16, 32, 3, padding=1)
            self.fc = torch.nn.Linear(32, 10)

        def forward(self, x: Any) -> Any:
            x = functional.max_pool2d(functional.relu(self.b1(self.c1(x))), 2)
            x = functional.adaptive_avg_pool2d(functional.relu(self.c2(x)), 1)
            return self.fc(x.flatten(1))

    found = reconcile(from_torch(Net(), torch.zeros(1, 3, 32, 32)), "usual")
    numbers = {name: found[name].number for name in ("thop", "torchinfo", "fvcore", "calflops")}
    expected = {"thop": 1_687_872, "torchinfo": 1_646_954, "fvcore": 1_663_296}
    # 2·1,622,336 multiply-adds, 16·1,024 + 32·256 biases, 2·16,384 of the norm, relus 16,384 and
    # 8,192, pools 16,384 and 8,192
    assert numbers == expected | {"calflops": 3_351_168}


def test_a_softmax_that_a_module_ends_with_is_counted() -> None:
    """Numbers of thop 0.1.1, calflops 0.3.2 and ptflops 0.7.5, run on the module: 3 a value but one
    of the softmax, or one."""
    torch = pytest.importorskip("torch")
    layers = (torch.nn.Conv2d(3, 4, 3), torch.nn.Flatten(), torch.nn.Linear(784, 10))
    module = torch.nn.Sequential(*layers, torch.nn.Softmax(-1))
    found = reconcile(from_torch(module, torch.zeros(1, 3, 16, 16)), "usual")
    assert (found.without, found.net.macs) == ((), 29_008)
    assert found["thop"].number == 29_037
    assert found["calflops"].number == 58_810
    assert found["ptflops pytorch"].number == 29_812


def test_parts_of_attention_are_no_modules() -> None:
    """Numbers of thop 0.1.1 and torchinfo 1.8.0, run on the module."""
    torch = pytest.importorskip("torch")
    layer = torch.nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)
    net = from_torch(torch.nn.TransformerEncoder(layer, 2), torch.zeros(1, 7, 32))
    found = reconcile(net, ["thop", "torchinfo", "ptflops pytorch"])
    assert found["thop"].number == 60_928
    assert found["torchinfo"].number == 8_640
    assert found["ptflops pytorch"].number is None
