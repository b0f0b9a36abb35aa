"""What installed tools print, compared with what is derived; of those that are missing, nothing."""

from __future__ import annotations

from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest

from archcalc.cli import main
from archcalc.counters import Counter, built_in_counters, reconcile
from archcalc.counters.derivation import Sight
from archcalc.counters.installed import printed_by, specimen_of
from archcalc.counters.libraries import libraries
from archcalc.counters.printed import Printed
from archcalc.counters.tool_runs import RUNS
from archcalc.network import load

INSTALLED = [c for c in built_in_counters().values() if find_spec(c.package) and c.name in RUNS]


def check(counter: Counter, model: str, spelling: str = "") -> None:
    found = reconcile(load(model), [counter.name], spelling=spelling)
    printed = printed_by(counter, specimen_of(found))
    assert printed.problem == ""
    assert printed.number == found[counter.name].number
    assert printed.parameters in (None, found[counter.name].parameters)
    for name, reading in found.net.readings_by_name.items() if printed.layers else ():
        said = Sight(reading).said_by(counter)
        assert printed.layers.get(name, 0) == sum(each.number for each in said.addends), name


@pytest.mark.parametrize("counter", INSTALLED, ids=lambda counter: counter.name)
def test_derived_is_what_an_installed_tool_prints(counter: Counter) -> None:
    check(counter, "resnet18")


@pytest.mark.parametrize("model", ["lenet5", "zfnet-deconv", "swin-t"])
def test_a_graph_in_which_sizes_are_known_computes_what_the_module_does(model: str) -> None:
    """Named `forward` and `training`, with fixed and learned tables, sums over ranks."""
    torch = pytest.importorskip("torch")
    from archcalc.counters.sized_graph import sized_graph
    from archcalc.twin.building import build

    net = load(model)
    module = build(net).eval()
    x = torch.rand(1, *net.input.sizes)
    graph = sized_graph(module, [x])
    with torch.no_grad():
        assert torch.equal(graph(x), module(x))
        again = torch.fx.symbolic_trace(graph)  # as torch_flops does
        assert torch.equal(again(x), module(x))


OF_LIBRARIES = [
    pytest.param(counter, library, id=f"{counter.name}-{library}")
    for library in libraries()
    if find_spec(library)
    for counter in INSTALLED
]


@pytest.mark.parametrize(("counter", "library"), OF_LIBRARIES)
def test_derived_is_what_an_installed_tool_prints_of_a_library_s_module(
    counter: Counter, library: str
) -> None:
    check(counter, "squeezenet1.1-torchvision", library)


OWN = """
import torch
from torch import nn
from torch.nn import functional

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm = nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16)
        self.act, self.fc, self.forgotten = nn.ReLU(), nn.Linear(16, 10), nn.Linear(10, 10)

    def forward(self, x):
        x = self.act(self.norm(self.conv(x)))
        return self.fc(functional.adaptive_avg_pool2d(functional.max_pool2d(x, 2), 1).flatten(1))

def encoder():
    layer = nn.TransformerEncoderLayer(32, 4, 64, batch_first=True)
    return nn.TransformerEncoder(layer, 2), torch.zeros(1, 7, 32)
"""


@pytest.mark.parametrize("name", ["Net", "encoder"])
@pytest.mark.parametrize("counter", INSTALLED, ids=lambda counter: counter.name)
def test_a_tool_says_of_a_module_of_one_s_own_what_is_derived_or_unknown(
    counter: Counter, name: str, tmp_path: Path
) -> None:
    pytest.importorskip("torch")
    (tmp_path / "own.py").write_text(OWN)
    net = load(f"{tmp_path}/own.py:{name}", input=None if name == "encoder" else (3, 16, 16))
    found = reconcile(net, [counter.name])[counter.name]
    printed = printed_by(counter, specimen_of(reconcile(net, [counter.name])))
    assert (printed.number is None) == bool(printed.problem)
    assert bool(found.unknown) == (found.number is None)
    if printed.number is not None and found.number is not None:
        assert printed.number == found.number


REGISTRIES = [
    ("thop", "modules", lambda: import_module("thop.profile").register_hooks),
    ("ptflops pytorch", "modules", lambda: import_module("ptflops.pytorch_ops").MODULES_MAPPING),
    ("fvcore", "operators", lambda: import_module("fvcore.nn.flop_count")._DEFAULT_SUPPORTED_OPS),
    ("torchprofile", "operators", lambda: _with_a_handler("torchprofile.handlers")),
    ("ptflops aten", "operators", lambda: import_module("ptflops.aten_ops").ATEN_OPS_MAPPING),
    (
        "FlopCounterMode",
        "operators",
        lambda: import_module("torch.utils.flop_counter").flop_registry,
    ),
    ("DeepSpeed", "modules", lambda: import_module(_DEEPSPEED).MODULE_HOOK_MAPPING),
]
_DEEPSPEED = "deepspeed.profiling.flops_profiler.profiler"
CONTAINERS = {"Sequential"}
"""What has a rule of nothing, and is no layer."""
BACKWARD = "_backward"
"""How operators end that only a backward pass calls."""


def _with_a_handler(module: str) -> list[str]:
    handlers = import_module(module).HANDLER_MAP
    return [name for name, handler in handlers.items() if handler is not None]


@pytest.mark.filterwarnings("ignore")  # of what tools import
@pytest.mark.parametrize(("name", "way", "registry"), REGISTRIES, ids=[r[0] for r in REGISTRIES])
def test_every_name_that_a_tool_registers_is_written_down(
    name: str, way: str, registry: Any
) -> None:
    counter = built_in_counters()[name]
    if counter not in INSTALLED:
        pytest.skip(f"{counter.package} is not installed")
    names = {getattr(key, "__name__", str(key)).rpartition("::")[2] for key in registry()}
    names = {name for name in names if not name.endswith(BACKWARD)}
    assert names - CONTAINERS <= counter.rules[way].keys() | counter.others[way]


# --- --run ----------------------------------------------------------------------------------------


def test_a_tool_that_is_missing_is_said_and_no_disagreement(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("archcalc.counters.installed.installed_version", lambda package: "")
    assert main(["reconcile", "lenet5", "--tools", "thop", "--run"]) == 0
    assert "is not installed" in capsys.readouterr().out
    assert main(["reconcile", "lenet5", "--tools", "thop 0.0.31", "--run"]) == 0
    assert "archcalc does not run it" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("printed", "status", "said"),
    [
        (Printed("9", 325_680, 60_000), 0, "equal"),
        (Printed("9", 325_681, 60_000), 1, "differs by +1"),
        (
            # c1 is 28·28·6·5·5 multiply-adds
            Printed("9", 325_690, 60_000, {"c1": 117_600, "c3": 10}),
            1,
            "differs by +10, first in c3: 10 for 150,000",
        ),
        (Printed("9", 325_680, 59_999), 1, "in its parameters it differs: 59,999 for 60,000"),
        (Printed("9", problem="fails: why"), 0, "fails: why"),
    ],
)
def test_what_an_installed_tool_says_is_compared(
    printed: Printed,
    status: int,
    said: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("archcalc.counters.installed.printed_by", lambda *_: printed)
    assert main(["reconcile", "lenet5", "--tools", "fvcore", "--run"]) == status
    assert said in " ".join(capsys.readouterr().out.split())


def test_flop_counter_mode_runs_in_a_process_of_its_own() -> None:
    check(built_in_counters()["FlopCounterMode"], "lenet5")
