"""Torch modules as networks: what is computed of them, and what is left alone."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

import archcalc
from archcalc.cli import main
from archcalc.importer.refusal import ImportRefused
from archcalc.ops.registry import OPS
from tests.worked_modules import (
    CASES,
    IMAGE,
    Net,
    Positions,
    encoder_layer,
    made,
)


@pytest.mark.parametrize("name", CASES)
def test_parameters_and_macs_are_those_worked_out_by_hand(name: str) -> None:
    net = archcalc.from_torch(*made(name))
    assert (net.parameters, net.macs) == CASES[name][2:]


@pytest.mark.parametrize("name", CASES)
def test_totals_are_torchs_own(name: str) -> None:
    module, x = made(name)
    net = archcalc.from_torch(module, x)
    assert net.parameters == sum(p.numel() for p in module.parameters())
    # On meta, where no fused kernel of a CPU hides what it multiplies.
    twin, x = module.requires_grad_(False).eval().to("meta"), x.to("meta")
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        twin(x)
    assert net.macs == counter.get_total_flops() // 2


def test_nodes_are_named_after_the_modules_that_users_know() -> None:
    net = archcalc.from_torch(Net(), torch.zeros(IMAGE))
    block = ["depthwise", "pointwise", "norm", "add", "relu"]
    assert [node.name for node in net.nodes] == [
        "stem", "relu", *(f"blocks.{i}.{word}" for i in (0, 1) for word in block), "reduce", "fc",
    ]  # fmt: skip
    assert str(net.graph.groups["blocks.1"]) == "Block"


def test_a_module_that_never_runs_itself_names_what_reads_its_parameters() -> None:
    net = archcalc.from_torch(encoder_layer(), torch.zeros(1, 7, 32))
    assert net["self_attn.in_proj"].macs == 7 * 32 * 96
    assert net["self_attn.out_proj"].parameters == 33 * 32
    assert net["self_attn.attention"].macs == 2 * 4 * 7 * 7 * 8


def test_shapes_are_those_of_one_sample_wherever_its_axis_is() -> None:
    net = archcalc.from_torch(encoder_layer(), torch.zeros(2, 7, 32))
    assert (net["linear1"].output, net["linear1"].macs) == ((7, 64), 2 * 7 * 32 * 64)
    assert net["self_attn.attention"].output == (4, 7, 8)
    assert net.input == (7, 32)


def test_a_shared_layer_counts_once_and_says_whose_it_is() -> None:
    net = archcalc.from_torch(*made("tied language model"))
    assert net["out"].parameters == 0
    assert net["out"].node.op.weights == "tok"
    net = archcalc.from_torch(*made("layer that runs twice"))
    assert [net[name].parameters for name in ("fc", "fc_2")] == [72, 0]


def test_what_nothing_reads_is_a_row_of_its_own() -> None:
    net = archcalc.from_torch(*made("layer that runs twice"))
    idle = net["idle"]
    assert (idle.parameters, idle.macs, idle.node.op.name) == (45, 0, "not read")
    assert net.graph.outputs == ("fc_2",)
    assert [node.name for node in net.ends] == ["fc_2"]


class Discards(nn.Module):
    """Runs layers whose results nobody reads."""

    def __init__(self) -> None:
        super().__init__()
        self.norm, self.fc = nn.BatchNorm1d(8), nn.Linear(8, 50, bias=False)
        self.embed = nn.Embedding(50, 8)
        self.fc.weight = self.embed.weight

    def forward(self, x: Any) -> Any:
        self.norm(x)
        self.embed((x > 0).long())
        return self.fc(x)


def test_a_layer_whose_result_nobody_reads_is_counted() -> None:
    net = archcalc.from_torch(Discards(), torch.zeros(2, 8))
    assert (net.parameters, net.buffers, net.macs) == (16 + 50 * 8, 16, 2 * 8 * 50)
    assert [node.name for node in net.nodes if net[node.name].parameters] == ["norm", "embed"]


COMMANDS = {
    "table": "404",
    "layers": "forgotten",
    "explain": "forgotten",
    "explain --layer forgotten": "forgotten: not read, batch 1, eval mode\n",
    "explain --layer forgotten --quantity thop,memory_saved": "thop counts nothing of it",
    "explain --quantity thop": "13,824 + 80 = 13,904",
    "compare lenet5": "no input",
    "compare lenet5 --by stage": "forgotten",
    "reconcile --tools all": "13,904",
    "verify": "agree",
    "import": "",
    "page": "un.html",
    "diagram": "",
    "report": "2 pages",
}
"""What each command says of a module with a layer of (8 + 1)·10 = 90 parameters that never runs,
beside a convolution of 8·8·8·3·3·3 = 13,824 multiply-adds and a linear layer of 80."""


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_takes_a_module_with_a_layer_that_never_runs(
    command: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "un.py").write_text(FORGETFUL)
    monkeypatch.chdir(tmp_path)
    word, *rest = command.split()
    writes = {"page": "un.html", "diagram": "un.svg", "report": "report.html"}
    output = ["--output", writes[word]] if word in writes else []
    code = main([word, "un.py:Net", *rest, *output])
    out, err = capsys.readouterr()
    if word == "import":
        assert err.endswith("without 90 parameters that nothing reads in eval mode: forgotten\n")
    else:
        assert (code, err) == (0, "")
        assert COMMANDS[command] in out


FORGETFUL = """
import torch

class Net(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = torch.nn.Conv2d(3, 8, 3, padding=1)
        self.forgotten = torch.nn.Linear(8, 10)
        self.fc = torch.nn.Linear(8, 10)

    def forward(self, x):
        return self.fc(torch.relu(self.conv(x)).mean((2, 3)))

def example_inputs():
    return torch.zeros(1, 3, 8, 8)
"""


def test_layers_over_nothing_but_parameters_run_once_for_all_samples() -> None:
    one, seven = (archcalc.from_torch(Positions(), torch.zeros(n, 5, 4)) for n in (1, 7))
    assert one.macs == seven.macs == 5 * 2 * 4
    assert (one.operations["add"], seven.operations["add"]) == (20, 7 * 20)


def test_outputs_have_the_names_that_forward_gives_them() -> None:
    net = archcalc.from_torch(*made("dictionary"))
    assert dict(net.graph.output_names) == {"features": "conv", "pooled": "adaptive_max_pool2d"}


@pytest.mark.parametrize("dims", [1, 2, 3])
@pytest.mark.parametrize("kind", ["Avg", "Max"])
def test_adaptive_pools_are_ops_along_any_number_of_axes(kind: str, dims: int) -> None:
    for size, name in (
        (1, f"global_{kind.lower()}_pool{dims}d"),
        (2, f"adaptive_{kind.lower()}_pool{dims}d"),
    ):
        pool = getattr(nn, f"Adaptive{kind}Pool{dims}d")(size)
        (node,) = archcalc.from_torch(pool, torch.zeros(1, 3, *[6] * dims)).nodes
        assert type(node.op) is OPS[name]
        assert node.shape == (3, *[size] * dims)


def test_the_working_of_an_imported_layer_is_that_of_any_other() -> None:
    net = archcalc.from_torch(Net(), torch.zeros(IMAGE))
    shown = str(archcalc.explain(net, "blocks.0.depthwise"))
    assert "(kernel·kernel·(in/groups))·out = (3·3·(16/16))·16 = 144" in shown
    assert "16 groups have 16x fewer" in shown


def test_a_network_of_ops_that_specs_have_is_built_and_verified() -> None:
    net = archcalc.from_torch(Net(), torch.zeros(IMAGE))
    assert archcalc.verify(net, device="cpu").agrees


def test_mode_and_batch_are_heard_and_not_multiplied() -> None:
    module = nn.Sequential(nn.Conv2d(3, 4, 1), nn.BatchNorm2d(4), nn.Dropout(0.5))
    net = archcalc.from_torch(module, torch.zeros(3, 3, 8, 8), mode="train")
    assert (net.mode, net.batch, net.macs) == ("train", 3, 3 * 8 * 8 * 4 * 3)


@pytest.mark.parametrize("command", ["layers", "table --columns all", "explain --quantity all"])
@pytest.mark.parametrize("name", CASES)
def test_every_quantity_of_an_import_is_shown(
    name: str, command: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    net = archcalc.from_torch(*made(name))
    monkeypatch.setattr("archcalc.selection.networks.load_with", lambda *_, **__: net)
    monkeypatch.setattr("archcalc.selection.networks.Setup.load_all", lambda *_, **__: [net])
    first, *options = command.split()
    assert main([first, "lenet5", *options]) == 0
    for format in ("json", "csv", "markdown"):
        assert main([first, "lenet5", *options, "--format", format]) == 0
    assert capsys.readouterr().err == ""


def test_what_training_keeps_is_known_where_it_was_heard() -> None:
    module, x = Net(), torch.zeros(2, 3, 32, 32)
    unknown = archcalc.from_torch(module, x)
    assert unknown.memory_saved is None
    (working,) = archcalc.explain(unknown, None, "memory_training").workings
    assert working.reason.endswith(" in eval mode; mode='train' follows it in training")
    assert archcalc.from_torch(module, x, mode="train").memory_saved > 0


class LearnedState(nn.Module):
    """A recurrent layer that begins with what it has learned."""

    def __init__(self) -> None:
        super().__init__()
        self.gru = nn.GRU(4, 3, batch_first=True)
        self.state = nn.Parameter(torch.zeros(1, 1, 3))

    def forward(self, x: Any) -> Any:
        return self.gru(x, self.state)[0]


def test_a_first_state_is_an_input_of_its_layer() -> None:
    net = archcalc.from_torch(LearnedState(), torch.zeros(1, 5, 4))
    assert net["gru"].parameters == 9 * (4 + 3 + 2)
    assert net.parameters == net["gru"].parameters + 3


@pytest.mark.parametrize("channels", [3, 5])
def test_a_norm_that_does_not_fit_is_torchs_own_error(channels: int) -> None:
    with pytest.raises(ImportRefused, match="forward raised RuntimeError"):
        archcalc.from_torch(nn.BatchNorm2d(channels), torch.zeros(1, 4, 8, 8))


# --- manners --------------------------------------------------------------------------------------


def test_the_module_is_left_as_it_was() -> None:
    module = Net().train()
    module.blocks[0].eval()
    module.fc.register_forward_hook(lambda *_: None)
    state = copy.deepcopy(module.state_dict())
    flags = [part.training for part in module.modules()]
    keys = [sorted(part.__dict__) for part in module.modules()]
    versions = [p._version for p in module.parameters()]
    archcalc.from_torch(module, torch.zeros(IMAGE))
    after = module.state_dict()
    assert all(torch.equal(state[key], after[key]) for key in state)
    assert [part.training for part in module.modules()] == flags
    assert [sorted(part.__dict__) for part in module.modules()] == keys
    assert [p._version for p in module.parameters()] == versions
    assert all(p.requires_grad and p.device.type == "cpu" for p in module.parameters())
    assert torch.is_grad_enabled()


def test_nothing_is_allocated() -> None:
    with torch.device("meta"):
        wide = nn.Sequential(*(nn.Linear(100_000, 100_000) for _ in range(7)))
    net = archcalc.from_torch(wide, torch.zeros(1, 100_000))
    assert net.parameters == 7 * 100_001 * 100_000  # 280 GB of weights
