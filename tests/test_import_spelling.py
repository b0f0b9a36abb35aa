"""Models that are spelled as code: `my_net.py:build`."""

from __future__ import annotations

import warnings
from pathlib import Path

import pytest

import archcalc
from archcalc.cli import main
from archcalc.errors import ArchcalcError

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
KINDS = """
from torch import nn

def build(widths, *, kind, bias=True, scale=1.0, last=0):
    assert (kind, scale, last) == ("plain", 0.5, None)
    a, b = widths
    return nn.Sequential(nn.Conv2d(3, a, 3, bias=bias), nn.Conv2d(a, b, 3, bias=bias))
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
    "my_net.py:xyzzy": "my_net.py: has no 'xyzzy'; it has 'Net' and 'build' and 'with_inputs'",
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
    "my_net.py:build[classes=3]": "my_net.py:build has no argument 'classes'; it has none",
    "my_net.py:Net[clases=3]": "my_net.py:Net has no argument 'clases'; did you mean 'classes'?",
    "my_net.py:Net[width=3]": "my_net.py:Net has no argument 'width'; it has classes",
    "my_net.py:Net[classes=some]": "my_net.py:Net: TypeError: empty(): argument 'size' ",
    "my_net.py:ready[classes=3]": "my_net.py:ready is a module already, without an argument "
    "'classes'",
    "my_net.py:Net(classes=3)": "my_net.py:Net(classes=3): arguments stand in brackets, by name: "
    "my_net.py:Net[NAME=VALUE]",
    "blocks.py:made_of": "blocks.py: RuntimeError: nobody has to run it",
    "needs.py:made_of": "needs.py:made_of needs channels: needs.py:made_of[channels=VALUE], or "
    "name a function of your own that builds it",
    "torch:Conv2d": "torch: has no 'Conv2d'; did you mean 'torch.nn:Conv2d'?",
    "my_net.py:build[input=3xx8]": "--input takes sizes, and a type where it is not float32: "
    "3x224x224, 16:int64; got '3xx8'",
}


@pytest.mark.parametrize("spelled", WRONG)
def test_what_is_spelled_wrong_is_one_line(
    spelled: str, file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (file / "blocks.py").write_text(BLOCKS)
    (file / "needs.py").write_text("def made_of(channels):\n    return channels\n")
    assert main(["layers", spelled]) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert error.count("\n") == 1
    assert error.startswith(f"archcalc: {WRONG[spelled]}")


def test_what_makes_a_module_is_given_arguments(file: Path) -> None:
    """In brackets, by `--set` or in Python; a text is what it is in Python, else itself."""
    net = archcalc.load("my_net.py:Net[classes=5,input=3x8x8]")
    assert (net.parameters, net.macs) == (224 + 45, 7_776 + 40)
    assert net.name == "my_net.py:Net[classes=5,input=3x8x8]"
    net = archcalc.load("my_net.py:Net", input=(3, 8, 8), classes=5)
    assert (net.parameters, net.name) == (224 + 45, "my_net.py:Net[classes=5]")
    (file / "kinds.py").write_text(KINDS)
    settings = "widths=[3, 4],kind=plain,bias=false,scale=0.5,last=None"
    net = archcalc.load(f"kinds.py:build[{settings},input=3x8x8]")
    assert net.parameters == 27 * 3 + 27 * 4  # two 3x3 convolutions without biases
    assert net.name == f"kinds.py:build[{settings.replace(', ', ',')},input=3x8x8]"


def test_variants_of_a_module_stand_side_by_side(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    models = ["my_net.py:Net[classes=5]", "my_net.py:Net"]
    assert main(["table", *models, "--input", "3x8x8", "--format", "csv"]) == 0
    rows = [line.split(",") for line in capsys.readouterr().out.splitlines()]
    at = rows[0].index("parameters")
    assert [row[at] for row in rows[1:]] == ["269", "314"]
    assert main(["table", "my_net.py:Net", "--set", "classes=5", "--input", "3x8x8"]) == 0
    assert "my_net.py:Net[classes=5]" in capsys.readouterr().out
    assert main(["table", "my_net.py:Net", "lenet5", "--set", "classes=5"]) == 2
    assert "no argument 'classes' in lenet5" in capsys.readouterr().err


def test_tools_are_run_on_the_module_with_its_arguments(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """(8 + 1)·5 and 8·5 differ from those of ten classes."""
    command = ["reconcile", "my_net.py:Net[classes=5,input=3x8x8]", "--tools", "fvcore", "--run"]
    assert main(command) == 0
    assert "equal" in capsys.readouterr().out


def test_integers_are_asked_for_by_their_type(
    file: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (file / "lm.py").write_text("from torch import nn\nbuild = lambda: nn.Embedding(100, 8)\n")
    assert main(["table", "lm.py:build", "--input", "16:int64", "--format", "csv"]) == 0
    assert ",800," in capsys.readouterr().out


def test_it_has_no_year(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", "my_net.py:Net[input=3x8x8]", "lenet5", "--year", "1998"]) == 0
    assert "my_net" not in capsys.readouterr().out


def test_formula_says_why_there_is_none(file: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["formula", "my_net.py:Net[input=3x8x8]"]) == 2
    assert "it is a torch module Net" in capsys.readouterr().err


def test_a_text_that_python_would_warn_of_is_a_text(file: Path) -> None:
    """`1or` is no number, and an `or` without what follows."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with pytest.raises(ArchcalcError, match="found element of type str"):
            archcalc.load("my_net.py:Net[classes=1or,input=3x8x8]")
    assert not [warning for warning in caught if issubclass(warning.category, SyntaxWarning)]
