"""verify on the command line: its summary, and what a machine cannot verify."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest
import torch

import archcalc
from archcalc.cli import main
from archcalc.errors import ArchcalcError
from archcalc.network import load
from archcalc.twin import device
from archcalc.twin.module import Twin
from archcalc.verification import Refused, agreement, verify, verifying, witness

ROOT = Path(__file__).parent.parent

# --- where all is right ---------------------------------------------------------------------------


def test_one_summary_where_all_agree(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--models", "lenet5,googlenet,resnet18"]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    # 13 + 142 + 69 nodes, and googlenet's 158 with its auxiliary classifiers.
    assert out.splitlines()[0] == (
        "3 networks, 382 nodes: archcalc and PyTorch agree, difference 0"
    )
    assert f"modules of torch {torch.__version__.partition('+')[0]}, cpu" in out
    assert "eval, and train where its graph is another one: googlenet; the same in 2 others" in (
        re.sub(r"\s+", " ", out)
    )
    assert re.search(r"not MACs, and not counted by fvcore +add, avg_pool2d, local_", out)


MODES = [
    ("lenet5", "both", "eval; train is the same graph"),
    ("lenet5", "eval", "eval"),
    ("lenet5", "train", "train"),
    ("googlenet", "both", "eval, and train where its graph is another one: googlenet"),
]


@pytest.mark.parametrize(("model", "mode", "said"), MODES)
def test_which_structures_were_verified_is_said(
    model: str, mode: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["verify", "--models", model, "--mode", mode]) == 0
    assert f"  modes                {said}\n" in capsys.readouterr().out


def test_a_mode_with_the_same_graph_is_not_repeated_and_that_is_in_the_record(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["verify", "--models", "lenet5,googlenet", "--format", "json"]) == 0
    records = json.loads(capsys.readouterr().out)
    assert [(r["model"], r["mode"], r["nodes"], r["also_holds_for"]) for r in records] == [
        ("lenet5", "eval", 13, ["train"]),
        ("googlenet", "eval", 142, []),
        ("googlenet", "train", 158, []),
    ]


@pytest.mark.parametrize("format", ["csv", "markdown", "latex", "html"])
def test_tables_in_other_formats(format: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--models", "lenet5", "--mode", "eval", "--format", format]) == 0
    out = capsys.readouterr().out
    assert ("60000" if format == "csv" else "60,000") in out


def test_nothing_of_fvcore_or_torch_reaches_the_terminal() -> None:
    """fvcore logs what it cannot count, and torch.jit warns that it is deprecated."""
    command = [sys.executable, "-W", "always", "-m", "archcalc", "verify", "--models", "alexnet"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert result.stderr == ""
    assert result.stdout.startswith("1 network, 23 nodes: archcalc and PyTorch agree")


def test_progress_is_one_line_on_terminals_only(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys.stderr, "isatty", lambda: True)
    assert main(["verify", "--models", "lenet5", "--mode", "eval"]) == 0
    err = capsys.readouterr().err
    assert err == "\r\x1b[Kverify  1/1  lenet5  13 nodes\r\x1b[K"


# --- what this machine cannot do ------------------------------------------------------------------


@pytest.fixture
def never_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is traced, nor given memory."""

    def never(*arguments: Any) -> Any:
        raise AssertionError("torch was asked")

    monkeypatch.setattr(witness, "fvcore", never)
    monkeypatch.setattr(Twin, "allocate", never)


@pytest.mark.usefixtures("never_traced")
def test_what_does_not_fit_into_memory_is_refused_before_torch_tries(
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = ["--batch", "1000000", "--mode", "eval", "--time-limit", "1000000000"]
    assert main(["verify", "--models", "vgg16", *options]) == 2
    assert re.fullmatch(
        r"vgg16  with batch 1000000 it needs about 1\d\d TiB of memory, cpu has [\d,.]+ [KMG]iB: "
        r"refused\n0 of 1 network agree\n",
        capsys.readouterr().out,
    )


@pytest.mark.usefixtures("never_traced")
def test_what_takes_too_long_is_refused_with_the_limit_that_lets_it_run(
    capsys: pytest.CaptureFixture[str],
) -> None:
    options = ["--batch", "1000", "--mode", "eval"]
    assert main(["verify", "--models", "vgg16", *options]) == 2
    seconds = re.match(
        r"vgg16  with batch 1000 it may take 57 minutes or longer; the time limit is 10 minutes, "
        r"and (\d+) seconds would let it run: refused\n",
        capsys.readouterr().out,
    )
    assert seconds
    assert main(["verify", "--models", "vgg16", *options, "--time-limit", seconds[1]]) == 2
    assert "of memory" in capsys.readouterr().out
    with pytest.raises(Refused, match="or longer"):
        verify(load("vgg16", batch=1000), "cpu")
    with pytest.raises(Refused, match="of memory"):
        verify(load("vgg16", batch=1000), "cpu", time_limit=None)


def test_an_interrupt_ends_the_program_while_torch_computes() -> None:
    program = (
        "import torch\n"
        "from archcalc.cli.verify_command import _ended_by_an_interrupt\n"
        "x, kernel = torch.zeros(1, 1, 1200, 1200), torch.zeros(1, 1, 1201, 1201)\n"
        "with _ended_by_an_interrupt():\n"
        "    print('ready', flush=True)\n"
        "    torch.nn.functional.conv2d(x, kernel, padding=600)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE) as running:
        assert running.stdout is not None
        assert running.stdout.readline() == b"ready\n"
        time.sleep(0.5)  # by then the convolution runs, which would take an hour
        running.send_signal(signal.SIGINT)
        assert running.wait(timeout=30) == -signal.SIGINT


def test_after_verify_an_interrupt_is_pythons_again() -> None:
    before = signal.getsignal(signal.SIGINT)
    assert main(["verify", "--models", "lenet5", "--mode", "eval"]) == 0
    assert signal.getsignal(signal.SIGINT) is before


def test_memory_is_what_the_machine_and_its_container_leave(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    meminfo, limit, statistics = tmp_path / "meminfo", tmp_path / "max", tmp_path / "stat"
    meminfo.write_text("MemTotal: 3000 kB\nMemAvailable: 2000 kB\n")
    monkeypatch.setattr(device, "MEMINFO", meminfo)
    monkeypatch.setattr(device, "CONTROL_GROUPS", [(limit, statistics, "anon")])
    assert device.available_bytes("cpu") == 2_048_000
    limit.write_text("max\n")
    statistics.write_text("anon 500000\nfile 7\n")
    assert device.available_bytes("cpu") == 2_048_000
    limit.write_text("1500000\n")
    assert device.available_bytes("cpu") == 1_000_000
    meminfo.unlink()  # not Linux: then all of the machine's memory is an upper bound
    assert device.available_bytes("cpu") == 1_000_000
    limit.unlink()
    assert device.available_bytes("cpu") > 10**8


def test_a_machine_that_says_nothing_of_its_memory_is_no_reason_to_refuse(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(verifying, "available_bytes", lambda device: None)
    assert verify(load("lenet5"), "cpu").agrees


@pytest.mark.skipif(torch.cuda.is_available(), reason="here there is a GPU")
def test_cuda_without_a_gpu_is_one_clear_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["verify", "--models", "lenet5", "--device", "cuda"]) == 2
    assert capsys.readouterr() == (
        "", "archcalc: device 'cuda': torch finds no GPU; 'cpu' and 'auto' work everywhere\n"
    )  # fmt: skip
    assert verify(load("lenet5"), "auto").device == "cpu"


def test_auto_is_a_gpu_where_there_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert device.choose_device("auto") == "cuda"
    assert device.choose_device("cuda") == "cuda"
    assert device.choose_device("cpu") == "cpu"


def test_an_unknown_device_is_a_mistake() -> None:
    with pytest.raises(
        ArchcalcError, match=r"device is 'auto', 'cpu', 'cuda' or 'meta', got 'tpu'"
    ):
        verify(load("lenet5"), "tpu")


@pytest.mark.parametrize("missing", ["torch", "fvcore"])
def test_without_torch_or_fvcore_verify_says_what_to_install(missing: str) -> None:
    probe = (
        "import sys; sys.modules[sys.argv[1]] = None; from archcalc.cli import main; "
        "sys.exit(main(['verify', '--models', 'lenet5']))"
    )
    result = subprocess.run(
        [sys.executable, "-c", probe, missing], capture_output=True, text=True, check=False
    )
    assert (result.returncode, result.stdout, result.stderr) == (
        2,
        "",
        "archcalc: verify needs torch and fvcore: in archcalc's checkout, "
        "pip install -c constraints.txt '.[torch]'\n",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("call", "feature", "library", "extra"),
    [
        ("archcalc.build(archcalc.load('lenet5'))", "build", "torch", "torch"),
        ("archcalc.load('lenet5').to_dataframe()", "to_dataframe", "pandas", "pandas"),
    ],
)
def test_without_its_library_a_function_says_what_to_install(
    call: str, feature: str, library: str, extra: str
) -> None:
    probe = (
        "import sys; sys.modules[sys.argv[1]] = None; import archcalc\n"
        f"try: {call}\n"
        "except archcalc.ArchcalcError as error: print(error)"
    )
    result = subprocess.run(
        [sys.executable, "-c", probe, library], capture_output=True, text=True, check=True
    )
    assert result.stdout == (
        f"{feature} needs {library}: in archcalc's checkout, "
        f"pip install -c constraints.txt '.[{extra}]'\n"
    )
    extras = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert extra in extras["optional-dependencies"]


def test_the_public_function_stays_one_whatever_is_imported() -> None:
    """A module named like it would take its place when it is imported."""
    assert archcalc.verify is verify is agreement.verify
