"""A torch module of a user's own, whose code prints, ends the program or raises anything."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from archcalc.cli import main

FORWARD = """
import torch
class Wordless(Exception):
    def __str__(self): raise ValueError
class Build(torch.nn.Module):
    def __init__(self):
        super().__init__()
        {init}
    def forward(self, x):
        {forward}
        return torch.relu(x)
    def __deepcopy__(self, memo):
        {copied}
        return Build()
"""


def my_net(folder: Path, init: str = "pass", forward: str = "pass", copied: str = "pass") -> str:
    file = folder / "my_net.py"
    file.write_text(FORWARD.format(init=init, forward=forward, copied=copied))
    return str(file)


RAISED = [
    ("raise SystemExit(1)", "SystemExit: 1"),
    ("raise BaseException('a b')", "BaseException: a b"),
    ("raise GeneratorExit", "GeneratorExit: GeneratorExit"),
    ("raise Wordless", "Wordless: Wordless"),
]


@pytest.mark.parametrize(("code", "said"), RAISED)
def test_whatever_code_raises_is_said(
    code: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    in_copy = said.partition(": ")[2]
    raised = {
        "init": said,
        "forward": f"forward: forward raised {said}; the input was 1x3x8x8 with the batch",
        "copied": f"it cannot be copied: {in_copy}",
    }
    for place, line in raised.items():
        file = my_net(tmp_path, **{place: code})
        assert main(["table", f"{file}:Build", "--input", "3x8x8"]) == 2
        assert capsys.readouterr() == ("", f"archcalc: {file}:Build: {line}\n")


def test_code_that_ends_the_process_does_not(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    end = os._exit
    for place in ("init", "forward"):
        file = my_net(tmp_path, **{place: "import os; os._exit(3)"})
        assert main(["table", f"{file}:Build", "--input", "3x8x8"]) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert "SystemExit: os._exit(3)" in err
    assert os._exit is end


@pytest.mark.parametrize("child", ["pass", "os._exit(0)"])
def test_a_process_that_code_forks_prints_nothing(child: str, tmp_path: Path) -> None:
    forked = f"import os\n        if not os.fork():\n            {child}"
    file = my_net(tmp_path, forked)
    command = [sys.executable, "-W", "ignore", "-m", "archcalc", "table", f"{file}:Build"]
    done = subprocess.run(
        [*command, "--input", "3x8x8", "--format", "csv", "--columns", "macs"],
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert done.stdout.count(f"{file}:Build,0") == 1


@pytest.mark.parametrize(("code", "said"), RAISED[:3])
def test_whatever_a_file_raises_is_said(
    code: str, said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "my_file.py"
    file.write_text(code)
    assert main(["table", f"{file}:Build", "--input", "3x8x8"]) == 2
    assert capsys.readouterr() == ("", f"archcalc: {file}: {said}\n")


def test_what_code_prints_is_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = my_net(tmp_path, "print('made')", "print('run')", "print('copied')")
    model = f"{file}:Build"
    assert main(["table", model, "--input", "3x8x8", "--format", "json"]) == 0
    out, err = capsys.readouterr()
    assert [record["model"] for record in json.loads(out)] == [model]
    assert {"made", "run", "copied"} <= set(err.split())


def test_an_interrupt_in_code_is_one(tmp_path: Path) -> None:
    file = my_net(tmp_path, forward="raise KeyboardInterrupt")
    assert main(["table", f"{file}:Build", "--input", "3x8x8"]) == 130


@pytest.mark.parametrize("runs", [1, 2, 3, 4, 5, 6, 7, 8])
def test_code_may_fail_when_it_runs_again(
    runs: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    count = "Build.runs = getattr(Build, 'runs', 0) + 1"
    file = my_net(tmp_path, forward=f"{count}; assert Build.runs < {runs}, 'again'")
    status = main(["verify", f"{file}:Build", "--input", "3x8x8", "--mode", "eval"])
    out, err = capsys.readouterr()
    assert status in (0, 2)
    assert (status == 0) == ("agree, difference 0" in out)
    assert "Traceback" not in err
    assert status == 0 or "again" in out + err or "the next time" in err
