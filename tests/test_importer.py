"""Torch modules as networks: what is computed of them, what is refused, what is left alone."""

from __future__ import annotations

import copy
import dataclasses
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import nn
from torch.nn import functional
from torch.utils.flop_counter import FlopCounterMode

import archcalc
from archcalc.cli import main
from archcalc.importer.refusal import ImportRefused
from archcalc.importer.rules import rule_of
from archcalc.importer.rules.table import RULES_OF_CALLS
from archcalc.ops.registry import OPS


class Block(nn.Module):
    """A residual block of a depthwise and a pointwise convolution."""

    def __init__(self, channels: int):
        super().__init__()
        self.depthwise = nn.Conv2d(channels, channels, 3, padding=1, groups=channels, bias=False)
        self.pointwise = nn.Conv2d(channels, channels, 1, bias=False)
        self.norm = nn.BatchNorm2d(channels)

    def forward(self, x: Any) -> Any:
        return torch.relu(x + self.norm(self.pointwise(self.depthwise(x))))


class Net(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, 16, 3, stride=2, padding=1)
        self.blocks = nn.Sequential(Block(16), Block(16))
        self.fc = nn.Linear(16, 10)

    def forward(self, x: Any) -> Any:
        x = self.blocks(torch.relu(self.stem(x)))
        return self.fc(x.mean(dim=(2, 3)))


class Tied(nn.Module):
    """A language model whose last layer is its embedding, with attention written by hand."""

    def __init__(self) -> None:
        super().__init__()
        self.tok = nn.Embedding(100, 32)
        self.pos = nn.Parameter(torch.zeros(16, 32))
        self.qkv = nn.Linear(32, 96)
        self.out = nn.Linear(32, 100, bias=False)
        self.out.weight = self.tok.weight

    def forward(self, ids: Any) -> Any:
        x = self.tok(ids) + self.pos
        q, k, v = self.qkv(x).chunk(3, dim=-1)
        q, k, v = (t.view(t.shape[0], 16, 4, 8).transpose(1, 2) for t in (q, k, v))
        scores = (q @ k.transpose(-2, -1) / 8**0.5).softmax(-1)
        return self.out((scores @ v).transpose(1, 2).flatten(2))


class Twice(nn.Module):
    """A layer that runs twice, and one that never does."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(8, 8)
        self.idle = nn.Linear(8, 5)

    def forward(self, x: Any) -> Any:
        return self.fc(self.fc(x))


class Standardised(nn.Conv2d):
    """A convolution whose kernel is computed of its parameters."""

    def forward(self, x: Any) -> Any:
        weight = self.weight - self.weight.mean(dim=(1, 2, 3), keepdim=True)
        return functional.conv2d(x, weight, self.bias, padding=1)


class Positions(nn.Module):
    """A layer over fixed positions, whose cost does not grow with the batch."""

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("grid", torch.zeros(5, 2))
        self.mlp = nn.Linear(2, 4)

    def forward(self, x: Any) -> Any:
        return x + self.mlp(self.grid)


class InPlace(nn.Module):
    """Writes into a part of a tensor, and reads the whole of it."""

    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)

    def forward(self, x: Any) -> Any:
        y = torch.zeros(len(x), 6, device=x.device)
        y[:, :4] = self.fc(x)
        return y * 2


class Named(nn.Module):
    """Gives a dictionary."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3)

    def forward(self, x: Any) -> Any:
        y = self.conv(x)
        return {"features": y, "pooled": functional.adaptive_max_pool2d(y, 2)}


class Sound(nn.Module):
    """Convolutions, pooling and recurrent layers over a sequence."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv1d(1, 8, 9, stride=4)
        self.pool = nn.MaxPool1d(2)
        self.lstm = nn.LSTM(8, 16, num_layers=2, batch_first=True, bidirectional=True)
        self.gru = nn.GRU(32, 8)
        self.fc = nn.Linear(8, 3)

    def forward(self, x: Any) -> Any:
        x, _ = self.lstm(self.pool(torch.relu(self.conv(x))).transpose(1, 2))
        _, state = self.gru(x.transpose(0, 1))
        return self.fc(state[-1])


class Film(nn.Module):
    """A volume, and a sequence made longer."""

    def __init__(self) -> None:
        super().__init__()
        self.conv = nn.Conv3d(3, 8, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm3d(8)
        self.up = nn.ConvTranspose1d(8, 4, 4, stride=2)

    def forward(self, x: Any) -> Any:
        x = functional.adaptive_avg_pool3d(self.norm(self.conv(x)), 1)
        return self.up(x.flatten(2))


def encoder_layer() -> nn.Module:
    return nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)


IMAGE = (1, 3, 32, 32)
CASES = {
    # (3·3·3 + 1)·16, 2·(3·3·16 + 16·16 + 2·16), (16 + 1)·10;
    # 16·16·16·27, 2·(16·16·16·9 + 16·16·16·16), 16·10
    "residual blocks": (Net, IMAGE, 448 + 864 + 170, 110_592 + 204_800 + 160),
    # 100·32 once, 16·32, (32 + 1)·96; 16·32·96, twice 4·16·16·8, 16·32·100
    "tied language model": (Tied, (1, 16), 3_200 + 512 + 3_168, 49_152 + 16_384 + 51_200),
    # 33·96, 33·32, 2·(32 + 32), 33·64, 65·32; 7·32·(96 + 32 + 64 + 64), 2·4·7·7·8
    "encoder layer": (encoder_layer, (1, 7, 32), 3_168 + 1_056 + 128 + 2_112 + 2_080, 60_480),
    # 9·8 once, and 9·5 that never run; twice 8·8
    "layer that runs twice": (Twice, (3, 8), 72 + 45, 3 * 128),
    # (3·3·3 + 1)·4; 32·32·4·27
    "computed kernel": (lambda: Standardised(3, 4, 3), IMAGE, 112, 110_592),
    # (2 + 1)·4; 5·2·4, whatever the batch
    "layer over fixed positions": (Positions, (7, 5, 4), 12, 40),
    # (4 + 1)·4; 2·4·4
    "written in place": (InPlace, (2, 4), 20, 32),
    # 10·8, 2·64·(8 + 16 + 2) + 2·64·(32 + 16 + 2), 24·(32 + 8 + 2), 9·3; 98·8·9,
    # 49·128·(24 + 48), 49·24·40, 8·3
    "sound": (Sound, (1, 1, 400), 80 + 9_728 + 1_008 + 27, 7_056 + 451_584 + 47_040 + 24),
    # (27·3 + 1)·8, 2·8, 4·8·4 + 4; 2·8·8·8·81, 8·4·4
    "film": (Film, (1, 3, 4, 16, 16), 656 + 16 + 132, 82_944 + 128),
    # (3·3·3 + 1)·4; 30·30·4·27
    "dictionary": (Named, IMAGE, 112, 97_200),
}


def made(name: str) -> tuple[nn.Module, Any]:
    build, shape, *_ = CASES[name]
    kind = torch.int64 if name == "tied language model" else torch.float32
    return build(), torch.zeros(shape, dtype=kind)


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
    monkeypatch.setattr("archcalc.cli.networks.load_with", lambda *_, **__: net)
    monkeypatch.setattr("archcalc.cli.networks.Setup.load_all", lambda *_, **__: [net])
    first, *options = command.split()
    assert main([first, "lenet5", *options]) == 0
    for format in ("json", "csv", "markdown"):
        assert main([first, "lenet5", *options, "--format", format]) == 0
    assert capsys.readouterr().err == ""


def test_what_training_keeps_is_known_where_it_was_heard() -> None:
    module, x = Net(), torch.zeros(2, 3, 32, 32)
    assert archcalc.from_torch(module, x).memory_saved is None
    assert archcalc.from_torch(module, x, mode="train").memory_saved > 0


# --- what is refused ------------------------------------------------------------------------------


class Branches(nn.Module):
    def forward(self, x: Any) -> Any:
        return x * 2 if x.sum() > 0 else x


class Chooses(nn.Module):
    def forward(self, x: Any) -> Any:
        return x[x.nonzero()]


class Transforms(nn.Module):
    """Two operators that nobody has a rule for."""

    def forward(self, x: Any) -> Any:
        return torch.linalg.matrix_exp(x) + torch.linalg.inv(x)


class DrawsItsDepth(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.fc = nn.Linear(4, 4)
        self.runs = 0

    def forward(self, x: Any) -> Any:
        self.runs += 1
        for _ in range(self.runs):
            x = self.fc(x)
        return x


class Locked(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.lock = threading.Lock()


class Outer(nn.Module):
    def __init__(self, inner: nn.Module):
        super().__init__()
        self.inner = inner

    def forward(self, x: Any) -> Any:
        return self.inner(x)


REFUSED = {
    "branch on a value": (lambda: Outer(Branches()), ["inner: its cost depends on values"]),
    "size by values": (Chooses, ["its cost depends on values: aten.nonzero"]),
    "unknown operators": (
        Transforms,
        [
            "no rule for aten.linalg_matrix_exp",
            "no rule for aten.linalg_inv_ex",
            "Transforms: 2 problems",
        ],
    ),
    "another one each time": (DrawsItsDepth, ["calls", "no count holds for it"]),
    "what cannot be copied": (Locked, ["cannot be copied", "lock"]),
    "lazy": (lambda: nn.Sequential(nn.LazyLinear(4)), ["0: is lazy: it has no shape until"]),
    "wrong input": (lambda: nn.Linear(5, 4), ["forward raised RuntimeError", "input was 4x4"]),
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.filterwarnings("ignore:Lazy modules")
def test_what_is_not_known_is_refused_by_layer_operator_and_reason(name: str) -> None:
    build, said = REFUSED[name]
    with pytest.raises(ImportRefused) as refused:
        archcalc.from_torch(build(), torch.zeros(4, 4))
    for words in said:
        assert words in str(refused.value)


def test_what_is_no_module_or_has_no_input_is_refused() -> None:
    with pytest.raises(archcalc.ArchcalcError, match=r"takes a torch\.nn\.Module"):
        archcalc.from_torch("resnet18", torch.zeros(1))
    with pytest.raises(archcalc.ArchcalcError, match="an input is wanted"):
        archcalc.from_torch(Net())


@pytest.fixture
def fresh_rules() -> Iterator[None]:
    rule_of.cache_clear()
    yield
    rule_of.cache_clear()


@pytest.mark.parametrize(
    ("operator", "field", "value"),
    [
        ("conv2d", "stride", (1, 1)),
        ("conv2d", "groups", 1),
        ("conv2d", "out_channels", 8),
        ("linear", "out_features", 7),
        ("linear", "bias", 0),
        ("batch_norm", "affine", 0),
        ("mean", "axes", (0, 1)),
    ],
)
def test_a_broken_rule_is_refused(
    operator: str, field: str, value: Any, monkeypatch: pytest.MonkeyPatch, fresh_rules: None
) -> None:
    whole = RULES_OF_CALLS[operator]

    def broken(site: Any) -> Any:
        raised = whole(site)
        raised.op = dataclasses.replace(raised.op, **{field: value})
        return raised

    monkeypatch.setitem(RULES_OF_CALLS, operator, broken)
    with pytest.raises(ImportRefused, match="this is a bug in archcalc"):
        archcalc.from_torch(Net(), torch.zeros(1, 3, 32, 24))


@pytest.mark.parametrize("name", CASES)
def test_every_rule_that_says_a_sample_too_many_is_refused(
    name: str, monkeypatch: pytest.MonkeyPatch, fresh_rules: None
) -> None:
    module, x = made(name)
    whole, shown = dict(RULES_OF_CALLS), set()
    wrong: list[str] = []

    def rule_for(word: str) -> Any:
        def rule(site: Any) -> Any:
            raised = whole[word](site)
            if raised.axis is not None:
                shown.add(word)
                raised.times += word in wrong
            return raised

        return rule

    for word in whole:
        monkeypatch.setitem(RULES_OF_CALLS, word, rule_for(word))
    rule_of.cache_clear()
    archcalc.from_torch(module, x)
    assert shown
    for word in sorted(shown - RESHAPES):
        wrong[:] = [word]
        with pytest.raises(ImportRefused, match="this is a bug in archcalc"):
            archcalc.from_torch(module, x)


RESHAPES = {"view", "reshape", "flatten", "squeeze", "unsqueeze"}
"""Of these one that leaves a sample as it is makes no node."""


# --- for one real input ---------------------------------------------------------------------------


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
    with pytest.raises(ImportRefused, match="--real, in Python real=True, counts for one real"):
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


@pytest.mark.parametrize("build", [Net, Chooses])
def test_hooks_are_gone_afterwards(build: Any) -> None:
    try:
        archcalc.from_torch(build(), torch.zeros(IMAGE))
    except ImportRefused:
        assert build is Chooses
    assert not torch.nn.modules.module._global_forward_hooks
    assert not torch.nn.modules.module._global_forward_pre_hooks


# --- by spelling ----------------------------------------------------------------------------------

FILE = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self, classes=10):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)
        self.fc = nn.Linear(8, classes)

    def forward(self, x):
        return self.fc(self.conv(x).mean((2, 3)))

def build():
    return Net(classes=5)

def with_inputs():
    return Net(), torch.zeros(1, 3, 16, 16)

def fetches():
    return torch.hub.load_state_dict_from_url("https://weights.invalid/net.pth")

ready = Net()
"""
INPUTS = """
def example_inputs():
    return torch.zeros(2, 3, 8, 8)
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "my_net.py").write_text(FILE)
    (tmp_path / "with_example.py").write_text(FILE + INPUTS)
    return tmp_path


SPELLED = {
    # (3·3·3 + 1)·8 and (8 + 1)·5; 6·6·8·27 and 8·5
    "my_net.py:build[input=3x8x8]": (224 + 45, 7_776 + 40),
    "my_net.py:Net[input=3x8x8]": (224 + 90, 7_776 + 80),
    "my_net:ready[input=3x8x8]": (224 + 90, 7_776 + 80),
    "my_net.py:with_inputs": (224 + 90, 14 * 14 * 8 * 27 + 80),
    "with_example.py:Net": (224 + 90, 7_776 + 80),
    "with_example.py:Net[batch=3]": (224 + 90, 3 * (7_776 + 80)),
}


@pytest.mark.parametrize("spelled", SPELLED)
def test_a_model_is_spelled_as_code(spelled: str, file: Path) -> None:
    net = archcalc.load(spelled)
    assert (net.parameters, net.macs) == SPELLED[spelled]
    assert net.name == spelled
    assert sorted(path.name for path in file.iterdir()) == ["my_net.py", "with_example.py"]


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        ("layers", "7,856"),
        ("layers --format json", '"macs": 7776'),
        ("explain", "7,776 + 80 = 7,856"),
        ("table", "7.86K"),
        ("compare lenet5", "325,680"),
    ],
)
def test_commands_take_it_like_any_other(
    command: str, shown: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    name, *rest = command.split()
    assert main([name, "my_net.py:Net[input=3x8x8]", *rest]) == 0
    assert shown in capsys.readouterr().out


WRONG = {
    "my_net.py:bild": "my_net.py: has no 'bild'; did you mean 'build'?",
    "my_net.py": "my_net.py: say what in it makes the network: my_net.py:build",
    "other.py:build": "no file 'other.py'",
    "weights.pth": "weights.pth: a pickle runs code and has no forward to count; give the file "
    "that defines the network: my_net.py:build",
    "my_net.py:build": "my_net.py:build: what does it take? --input 3x224x224, say, or a function "
    "example_inputs() in the file",
    "my_net.py:fetches": "my_net.py:fetches: asks for weights from "
    "'https://weights.invalid/net.pth'; a count needs none: weights=None, or pretrained=False",
    "my_net.py:torch": "my_net.py:torch: is module, not a module, a class of one, or a function "
    "that gives one",
    "my_net.py:build[classes=3]": "my_net.py:build has no argument 'classes'; a torch module has "
    "none; write a function that builds it so",
    "my_net.py:build[input=3xx8]": "--input takes sizes, and a type where it is not float32: "
    "3x224x224, 16:int64; got '3xx8'",
}


@pytest.mark.parametrize("spelled", WRONG)
def test_what_is_spelled_wrong_is_one_line(
    spelled: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["layers", spelled]) == 2
    out, error = capsys.readouterr()
    assert (out, error) == ("", f"archcalc: {WRONG[spelled]}\n")


def test_integers_are_asked_for_by_their_type(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (file / "lm.py").write_text("from torch import nn\nbuild = lambda: nn.Embedding(100, 8)\n")
    assert main(["table", "lm.py:build", "--input", "16:int64", "--format", "csv"]) == 0
    assert ",800," in capsys.readouterr().out


def test_it_has_no_arguments_and_no_year(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "my_net.py:Net[input=3x8x8]"]) == 2
    assert "has no arguments: it is a torch module Net" in capsys.readouterr().err
    assert main(["table", "my_net.py:Net[input=3x8x8]", "lenet5", "--year", "1998"]) == 0
    assert "my_net" not in capsys.readouterr().out


def test_formula_says_why_there_is_none(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["formula", "my_net.py:Net[input=3x8x8]"]) == 2
    assert "it is a torch module Net" in capsys.readouterr().err
