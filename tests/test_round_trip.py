"""From a spec to torch and back: the same network, and the same outputs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import archcalc
from archcalc.cli import main
from archcalc.importer.spec_writing import spec_text
from bench.round_trip import differences
from bench.written import twin_with_weights
from tests.worked_modules import encoder_layer

BUILT_IN = [
    "lenet5",
    "googlenet",
    "resnet18",
    "densenet-40-k12",
    "fractalnet20-cifar",
    "zfnet-deconv",
]


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_network_comes_back_from_torch_as_it_was(name: str) -> None:
    assert differences(archcalc.load(name)) == []


def test_the_round_trip_sees_a_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = archcalc.from_torch
    other = encoder_layer()
    monkeypatch.setattr(
        archcalc, "from_torch", lambda *_, **__: whole(other, torch.zeros(1, 7, 32))
    )
    found = differences(archcalc.load("lenet5"))
    assert "c1 is not there" in found
    assert "total macs" in found


@pytest.mark.parametrize("name", ["lenet5", "googlenet", "resnet50", "densenet121", "vgg16"])
def test_built_in_networks_can_be_written_flat_too(name: str, tmp_path: Path) -> None:
    net = archcalc.load(name)
    file = tmp_path / "flat.json"
    file.write_text(spec_text(net, flat=True))
    again = archcalc.load(file)
    assert [(n.op, n.shape) for n in again.nodes] == [(n.op, n.shape) for n in net.nodes]


class Orders(nn.Module):
    """Shows numbers in another order, cuts some off, and copies them where it is told so."""

    def __init__(self, copies: bool) -> None:
        super().__init__()
        self.copies = copies
        self.norm = nn.LayerNorm(6)
        self.conv = nn.Conv2d(4, 4, 3)

    def forward(self, x: Any) -> Any:
        y = self.norm(x.permute(0, 2, 3, 1))[..., 1:5].permute(0, 3, 1, 2)
        return self.conv(y.contiguous() if self.copies else y)


@pytest.mark.parametrize("copies", [False, True])
def test_the_order_in_memory_is_that_of_the_module(copies: bool, tmp_path: Path) -> None:
    module, x = Orders(copies).eval(), torch.randn(2, 6, 8, 8)
    net = archcalc.from_torch(module, x)
    by_op = [node.op.view for node in net.nodes if node.op.name in ("permute", "slice")]
    assert by_op == [1, 1, not copies]
    # 4 bytes for each of 2 samples; a view has none: of the input, the norm, the copy, the conv
    numbers = [6 * 64, 6 * 64, 4 * 64 * copies, 4 * 36]
    assert sum(net.output_bytes.values()) == 4 * 2 * sum(numbers)
    (tmp_path / "orders.json").write_text(spec_text(net))
    again = archcalc.load(tmp_path / "orders.json")
    twin = twin_with_weights(net, again, module)
    seen: list[Any] = []
    for made in (module, twin):
        made.conv.register_forward_pre_hook(lambda _, given: seen.append(given[0].stride()))
    with torch.no_grad():
        assert torch.equal(twin(x), module(x))
    assert seen[0] == seen[1]


class Joined(nn.Module):
    """Stacks two maps along a new axis, and takes the maximum of windows at an open border."""

    def forward(self, x: Any) -> Any:
        both = torch.stack([x, x + x], -3)
        moved = nn.functional.pad(both.sum(1), (-1, 1, -2, 2))
        border = nn.functional.pad(moved, (0, 1, 1, 2), value=-torch.inf)
        return nn.functional.max_pool2d(border, 2), both.mean((0, 1))[None]


def test_a_stack_is_a_join_and_borders_are_pads_and_crops() -> None:
    x = -torch.rand(1, 3, 5, 5)
    net = archcalc.from_torch(Joined(), x)
    words = [node.op.name for node in net.nodes]
    assert words[:4] == ["add", "reshape", "reshape", "concat"]
    assert net["concat"].output == (3, 2, 5, 5)
    assert (net["crop"].output, net["pad"].output) == ((2, 3, 4), (2, 5, 5))
    (_, pad) = (node for node in net.nodes if node.op.name == "pad")
    assert (pad.op.mode, pad.op.height, pad.op.width) == ("-inf", (1, 2), (0, 1))


def test_what_a_reshape_copies_is_no_view() -> None:
    class Flat(nn.Module):
        def forward(self, x: Any) -> Any:
            return x.permute(0, 2, 3, 1).reshape(len(x), -1) + 1

    net = archcalc.from_torch(Flat(), torch.zeros(2, 3, 4, 5))
    assert [n.op.view for n in net.nodes if n.op.name == "permute"] == [0]


SPEC = {
    "title": "Net", "year": 2024, "source": "a test", "input": [3, 8, 8],
    "layers": [
        {"name": "conv", "op": "conv2d", "out_channels": 4, "kernel_size": 3},
        {"op": "relu"},
        {"op": "global_avg_pool2d"},
        {"name": "fc", "op": "linear", "out_features": 5},
    ],
}  # fmt: skip
MODULE = """
from torch import nn

def build():
    layers = dict(conv=nn.Conv2d(3, 4, 3), relu=nn.ReLU(), pool=nn.AdaptiveAvgPool2d(1),
                  flat=nn.Flatten(), fc=nn.Linear(4, 5))
    net = nn.Sequential()
    for name, layer in layers.items():
        net.add_module(name, layer)
    return net
"""


@pytest.fixture
def both(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_net.py").write_text(MODULE)
    return tmp_path / "my.json"


def test_a_spec_is_verified_against_a_module(
    both: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    both.write_text(json.dumps(SPEC))
    assert main(["verify", "my.json", "--against", "my_net.py:build"]) == 0
    said = "my against my_net.py:build: 4 nodes agree in parameters, MACs, buffers, output\n"
    assert capsys.readouterr().out == said


def test_what_a_spec_has_otherwise_than_the_module_is_said_node_by_node(
    both: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    wrong = json.loads(json.dumps(SPEC))
    wrong["layers"][0]["bias"] = False
    wrong["layers"].insert(1, {"name": "bn", "op": "batch_norm"})
    both.write_text(json.dumps(wrong))
    command = ["verify", "my.json", "--against", "my_net.py:build", "--format", "csv"]
    assert main(command) == 1
    assert capsys.readouterr().out.splitlines()[1:] == [
        "conv,conv,parameters,108,112,-4",
        "bn,,parameters,8,,",
        "bn,,buffers,8,,",
    ]
