"""Models that are spelled as code: `my_net.py:build`."""

from __future__ import annotations

from pathlib import Path

import pytest

import archcalc
from archcalc.cli import main

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
BLOCKS = """
raise RuntimeError("nobody has to run it")

class Block(nn.Module):
    def __init__(self, channels):
        super().__init__()

class Config:
    pass

def made_of(channels):
    return Block(channels)

def train(*, epochs):
    return Block(3)

def main():
    train(epochs=3)
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
    "my_net.py": "my_net.py: say what in it makes the network: my_net.py:Net or my_net.py:build "
    "or my_net.py:with_inputs",
    "my_net.py:": "my_net.py: say what in it makes the network: my_net.py:Net or my_net.py:build "
    "or my_net.py:with_inputs",
    "my_net.py:Net()": "my_net.py: say what in it makes the network: my_net.py:Net or "
    "my_net.py:build or my_net.py:with_inputs",
    "blocks.py": "blocks.py: no class or function seems to make a module without arguments; name "
    "one: blocks.py:build",
    "other.py": "no file 'other.py'",
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
    (file / "blocks.py").write_text(BLOCKS)
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
