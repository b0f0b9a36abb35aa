"""Torch modules written out as specs, and networks that go from a spec to a module and back."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn

import archcalc
from archcalc.cli import main
from archcalc.importer.refusal import ImportRefused
from archcalc.importer.spec_writing import is_same, spec_of, spec_text
from bench.written import twin_with_weights
from tests.worked_modules import IMAGE, Net, Tied


class Encoder(nn.Module):
    """Patches, a class token, positions, attention and a head."""

    def __init__(self) -> None:
        super().__init__()
        self.patches = nn.Conv2d(3, 16, 8, stride=8)
        self.token = nn.Parameter(torch.zeros(1, 1, 16))
        self.positions = nn.Parameter(torch.zeros(1, 17, 16))
        self.layer = nn.TransformerEncoderLayer(16, 2, 32, batch_first=True)
        self.head = nn.Linear(16, 5)

    def forward(self, x: Any) -> Any:
        x = self.patches(x).flatten(2).transpose(1, 2)
        x = torch.cat([self.token.expand(len(x), -1, -1), x], dim=1) + self.positions
        return self.head(self.layer(x)[:, 0])


class Gated(nn.Module):
    """A gate by global pooling, a shuffle of channels, two branches."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(3, 8, 3, padding=1)
        self.gate = nn.Sequential(
            nn.AdaptiveAvgPool2d(1), nn.Conv2d(8, 4, 1), nn.SiLU(), nn.Conv2d(4, 8, 1), nn.Sigmoid()
        )
        self.norm = nn.GroupNorm(2, 8)

    def forward(self, x: Any) -> Any:
        x = self.a(x)
        first, second = (self.norm(x) * self.gate(x)).chunk(2, dim=1)
        x = torch.cat([second, nn.functional.relu(first)], dim=1)
        return nn.functional.interpolate(x, scale_factor=2)


class Norms(nn.Module):
    """Norms and activations with constants of their own, windows that are cut, a discarded sum."""

    def __init__(self) -> None:
        super().__init__()
        self.a = nn.Conv2d(3, 8, 3, padding="same", padding_mode="reflect", bias=False)
        self.norms = nn.ModuleList(
            [
                nn.BatchNorm2d(8, eps=1e-3),
                nn.GroupNorm(4, 8, eps=1e-2),
                nn.InstanceNorm2d(8, eps=0.1, affine=True),
            ]
        )
        self.over = nn.LayerNorm(8, eps=1e-6)
        self.root = nn.RMSNorm(8)
        self.head = nn.Linear(8, 5)

    def forward(self, x: Any) -> Any:
        x = self.a(x)
        for norm in self.norms:
            x = nn.functional.leaky_relu(norm(x), 0.3) + nn.functional.elu(x, 0.7)
        x = nn.functional.avg_pool2d(x, 3, 2, 1, ceil_mode=True, count_include_pad=False)
        x = nn.functional.pad(x, (-1, -2, -1, 0))
        tokens = self.over(x.flatten(2).transpose(1, 2))
        return nn.functional.log_softmax(self.head(self.root(tokens).mean(1)), 1)


WRITTEN = {"residual": Net, "gated": Gated, "encoder": Encoder, "norms": Norms}


@pytest.mark.parametrize("name", WRITTEN)
def test_a_written_spec_is_read_again_and_costs_the_same(name: str, tmp_path: Path) -> None:
    net = archcalc.from_torch(WRITTEN[name](), torch.zeros(IMAGE))
    file = tmp_path / "net.json"
    file.write_text(spec_text(net, flat=True))
    again = archcalc.load(file)
    assert len(again) == len(net)
    for a, b in zip(net.nodes, again.nodes, strict=True):
        assert (b.op.name, b.shape) == (a.op.name, a.shape)
        assert b.name == a.name.replace(".", "_")
    for quantity in ("parameters", "macs", "activations", "buffers", "operations"):
        assert getattr(again, quantity) == getattr(net, quantity)


@pytest.mark.parametrize("flat", [False, True])
@pytest.mark.parametrize("name", WRITTEN)
def test_the_module_that_is_built_of_it_computes_the_same_bit_for_bit(
    name: str, flat: bool, tmp_path: Path
) -> None:
    torch.manual_seed(1)
    module = WRITTEN[name]().eval()
    for parameter in module.parameters():
        nn.init.normal_(parameter, std=0.3)
    net = archcalc.from_torch(module, torch.zeros(IMAGE))
    file = tmp_path / "net.json"
    file.write_text(spec_text(net, flat=flat))
    twin = twin_with_weights(net, archcalc.load(file), module)
    x = torch.randn(2, *IMAGE[1:])
    with torch.no_grad(), torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
        torch.backends.mha.set_fastpath_enabled(False)
        try:
            assert torch.equal(twin(x), module(x))
        finally:
            torch.backends.mha.set_fastpath_enabled(True)


def test_shared_parameters_stay_shared(tmp_path: Path) -> None:
    net = archcalc.from_torch(Tied(), torch.zeros(1, 16, dtype=torch.int64))
    items = {item["name"]: item for item in spec_of(net, flat=True)["layers"]}
    assert items["out"]["weights"] == "tok"


def test_what_no_spec_can_say_is_refused_by_its_node() -> None:
    class Sorts(nn.Module):
        def forward(self, x: Any) -> Any:
            return x.sort().values.cumsum(1)

    net = archcalc.from_torch(Sorts(), torch.zeros(2, 5))
    with pytest.raises(ImportRefused) as refused:
        spec_text(net)
    assert str(refused.value) == (
        "Sorts: sort: no spec has an op for sort\n"
        "Sorts: cumsum: no spec has an op for cumsum\n"
        "Sorts: 2 problems"
    )


class Given(nn.Module):
    """A recurrence that begins with a state that is learned."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self.cell = getattr(nn, word)(4, 5, batch_first=True)
        self.first = nn.Parameter(torch.zeros(1, 2, 5))

    def forward(self, x: Any) -> Any:
        state = self.first
        return self.cell(x, (state, state) if isinstance(self.cell, nn.LSTM) else state)[0]


class Computed(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.learned = nn.Parameter(torch.zeros(5, 4))

    def forward(self, x: Any) -> Any:
        return nn.functional.linear(x, self.learned.softmax(1))


class HalfTied(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.a, self.b = nn.Linear(4, 4), nn.Linear(4, 4)
        self.b.weight = self.a.weight

    def forward(self, x: Any) -> Any:
        return self.b(self.a(x))


class AddsToSamples(nn.Module):
    def forward(self, x: Any) -> Any:
        return x.mean(0)


@pytest.mark.parametrize(
    ("module", "said"),
    [
        *((Given(word), f"cell: it is given 'first' beside its input, which {word.lower()} of a "
           "spec does not take") for word in ("GRU", "LSTM", "RNN")),
        (Computed(), "linear: its weights are what 'softmax' gives, and linear of a spec has "
         "learned ones"),
        (HalfTied(), "b: 4 of its 20 weights are its own; linear of a spec has all of its own, or "
         "those of another by 'weights'"),
        (AddsToSamples(), "mean: specs have mean, but not as it is used here: 7x4 -> 7x4"),
    ],
    ids=["gru", "lstm", "rnn", "computed", "half tied", "of samples"],
)  # fmt: skip
def test_why_no_spec_can_say_it(module: nn.Module, said: str) -> None:
    """Not that there is no such op, where there is one."""
    net = archcalc.from_torch(module, torch.zeros(2, 7, 4), name="net")
    with pytest.raises(ImportRefused) as refused:
        spec_text(net)
    assert said in [line.partition(": ")[2] for line in str(refused.value).splitlines()]


def test_where_what_is_written_would_be_another_network(monkeypatch: pytest.MonkeyPatch) -> None:
    net = archcalc.from_torch(nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU()), torch.zeros(1, 3, 8, 8))
    other = archcalc.from_torch(
        nn.Sequential(nn.Conv2d(3, 4, 3, 2), nn.ReLU()), torch.zeros(1, 3, 8, 8)
    )
    written = spec_of(other)
    monkeypatch.setattr("archcalc.importer.spec_writing.spec_of", lambda *_, **__: written)
    with pytest.raises(ImportRefused, match="as a spec it is conv2d 3x3/2 on 3x8x8, not conv2d"):
        spec_text(net)


def test_the_command_writes_a_file_that_validates(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "nets.py").write_text(
        "from torch import nn\nbuild = lambda: nn.Sequential(nn.Conv2d(3, 4, 3), nn.ReLU())\n"
    )
    command = ["import", "nets.py:build", "--input", "3x8x8", "--output", "net.json"]
    assert main(command) == 0
    assert main(["validate", "net.json"]) == 0
    assert capsys.readouterr().err == ""
    tree = json.loads((tmp_path / "net.json").read_text())
    assert tree["layers"] == [
        {"name": "m0", "op": "conv2d", "out_channels": 4, "kernel_size": 3},
        {"name": "m1", "op": "relu"},
    ]


# --- blocks and repetitions -----------------------------------------------------------------------


def with_blocks(module: nn.Module, *sizes: int) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(spec_text(archcalc.from_torch(module, torch.zeros(sizes))))
    return tree


def test_copies_of_a_module_become_a_repeated_block() -> None:
    tree = with_blocks(Net(), *IMAGE)
    conv = {"op": "conv2d", "out_channels": 16, "bias": False}
    assert tree["blocks"] == {
        "Block": {
            "layers": [
                {"name": "depthwise", **conv, "kernel_size": 3, "padding": 1, "groups": 16},
                {"name": "pointwise", **conv, "kernel_size": 1},
                {"name": "norm", "op": "batch_norm"},
                {"name": "add", "op": "add", "inputs": ["input", "norm"]},
                {"name": "relu", "op": "relu"},
            ]
        }
    }
    assert tree["layers"][2] == {"name": "blocks", "block": "Block", "repeat": 2}
    assert len(tree["layers"]) == 5


def narrowing(*widths: int) -> nn.Sequential:
    """Pairs of a convolution and a rectifier."""
    return nn.Sequential(
        *(nn.Sequential(nn.Conv2d(a, b, 3), nn.ReLU()) for a, b in pairwise(widths))
    )


def test_numbers_that_differ_become_arguments() -> None:
    tree = with_blocks(narrowing(3, 8, 6, 6), 1, 3, 16, 16)
    (block,) = tree["blocks"].values()
    assert block["arguments"] == {"out_channels": None}
    assert block["layers"][0]["out_channels"] == "out_channels"
    assert [item.get("out_channels") for item in tree["layers"]] == [8, 6] or tree["layers"][0][
        "first"
    ] == {"out_channels": 8}


def test_equal_widths_are_one_argument_and_others_are_not() -> None:
    class Depthwise(nn.Module):
        def __init__(self, channels: int):
            super().__init__()
            self.conv = nn.Conv2d(channels, channels, 3, groups=channels)
            self.pool = nn.MaxPool2d(3)

        def forward(self, x: Any) -> Any:
            return self.pool(self.conv(x))

    class Two(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.between, self.b = Depthwise(3), nn.Conv2d(3, 6, 1), Depthwise(6)

        def forward(self, x: Any) -> Any:
            return self.b(self.between(self.a(x)))

    tree = with_blocks(Two(), 1, 3, 32, 32)
    (block,) = tree["blocks"].values()
    assert block["arguments"] == {"out_channels": None}
    assert block["layers"][0]["groups"] == "out_channels"
    assert block["layers"][1]["kernel_size"] == 3


@pytest.mark.parametrize("name", WRITTEN)
def test_a_spec_with_blocks_is_read_as_the_same_network(name: str, tmp_path: Path) -> None:
    net = archcalc.from_torch(WRITTEN[name](), torch.zeros(IMAGE))
    file = tmp_path / "net.json"
    file.write_text(spec_text(net))
    again = archcalc.load(file)
    for quantity in ("parameters", "macs", "activations", "buffers", "operations"):
        assert getattr(again, quantity) == getattr(net, quantity)
    assert [(n.op.name, n.shape) for n in again] == [(n.op.name, n.shape) for n in net]


@pytest.mark.parametrize(
    "name", ["googlenet", "resnet18", "resnet50", "densenet121", "mobilenet-v2", "nasnet-a-mobile"]
)
def test_built_in_networks_have_blocks_and_fewer_lines(name: str) -> None:
    net = archcalc.load(name)
    tree = spec_of(net)
    assert is_same(net, tree)
    assert spec_text(net).count("\n") < spec_text(net, flat=True).count("\n")


def test_a_chain_that_begins_elsewhere_is_a_chain() -> None:
    class Split(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.blocks = narrowing(4, 4, 4, 4)

        def forward(self, x: Any) -> Any:
            a, b = x.chunk(2, dim=1)
            return torch.cat([self.blocks(a), b[:, :, 3:-3, 3:-3]], 1)

    net = archcalc.from_torch(Split(), torch.zeros(1, 8, 12, 12))
    tree = spec_of(net)
    assert is_same(net, tree)
    assert "repeat" in json.dumps(tree)


def test_what_reads_otherwise_is_another_network() -> None:
    net = archcalc.load("resnet18")
    tree = json.loads(json.dumps(spec_of(net)))
    (block,) = [b for b in tree["blocks"].values() if b["layers"][0]["name"] == "conv1"]
    assert block["layers"][5]["inputs"] == ["bn2", "input"]
    block["layers"][5]["inputs"] = ["bn2", "relu"]  # costs the same where the shape is the same
    assert not is_same(net, tree)


def test_a_network_whose_blocks_fail_is_written_flat(monkeypatch: pytest.MonkeyPatch) -> None:
    from archcalc.importer.found_blocks import Blocks

    net = archcalc.load("resnet18")
    monkeypatch.setattr(Blocks, "definitions", lambda self: {})
    assert "blocks" not in json.loads(spec_text(net))


def test_what_does_not_run_is_left_out_and_said() -> None:
    class Idle(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc, self.aux = nn.Linear(8, 8), nn.Linear(8, 5)

        def forward(self, x: Any) -> Any:
            return self.fc(x)

    tree = with_blocks(Idle(), 1, 8)
    assert [item["name"] for item in tree["layers"]] == ["fc"]
    assert tree["note"] == "without 45 parameters that nothing reads in eval mode: aux"


def test_what_nobody_reads_is_left_out_and_said() -> None:
    class Pools(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.pool, self.conv = nn.MaxPool2d(2), nn.Conv2d(3, 4, 1)

        def forward(self, x: Any) -> Any:
            self.pool(x)
            return self.conv(x)

    tree = with_blocks(Pools(), 1, 3, 8, 8)
    assert [item["name"] for item in tree["layers"]] == ["conv"]
    assert tree["note"] == "without pool, whose result nobody reads"


def test_a_sum_of_python_begins_with_nothing() -> None:
    class Sums(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.branches = nn.ModuleList(nn.Conv2d(3, 4, 1) for _ in range(3))

        def forward(self, x: Any) -> Any:
            return sum(branch(x) for branch in self.branches)

    tree = with_blocks(Sums(), 1, 3, 8, 8)
    assert [item["op"] for item in tree["layers"]].count("add") == 2
    net = archcalc.from_torch(Sums(), torch.zeros(2, 3, 8, 8))
    assert net.operations["add"] == 2 * (2 * 4 * 64)


def test_a_layer_with_weights_that_nobody_reads_is_refused() -> None:
    class Wastes(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.a, self.b = nn.Conv2d(3, 4, 1), nn.Conv2d(3, 4, 1)

        def forward(self, x: Any) -> Any:
            self.a(x)
            return self.b(x)

    with pytest.raises(ImportRefused, match="a: it runs, but nobody reads its result"):
        with_blocks(Wastes(), 1, 3, 8, 8)
