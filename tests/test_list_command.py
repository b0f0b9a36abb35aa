"""`archcalc list`: what there is, and what can be set."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from archcalc.cli import main
from archcalc.network import models
from tests.spec_files import spec


def listed(capsys: pytest.CaptureFixture[str], format: str) -> str:
    assert main(["list", "--format", format]) == 0
    return capsys.readouterr().out


def test_programs_get_what_each_argument_is_unless_it_is_set(
    capsys: pytest.CaptureFixture[str],
) -> None:
    arguments = {
        record["model"]: record["arguments"] for record in json.loads(listed(capsys, "json"))
    }
    assert arguments["lenet5"] == {}
    assert arguments["densenet121"] == {
        "num_classes": 1000, "growth": 32, "units": [6, 12, 24, 16], "compression": 0.5,
    }  # fmt: skip
    # A preset's own value, and an expression as the file writes it.
    assert arguments["resnet152"]["units"] == [3, 8, 36, 3]
    assert arguments["resnet56-cifar"]["depth"] == 56
    assert arguments["resnet56-cifar"]["n"] == "(depth - 2) / 6"
    rows = csv.DictReader(io.StringIO(listed(capsys, "csv")))
    found = {row["model"]: json.loads(row["arguments"]) for row in rows}
    assert found == arguments


def test_people_get_the_arguments_once_a_family_and_lines_that_fit(
    capsys: pytest.CaptureFixture[str],
) -> None:
    lines = listed(capsys, "text").splitlines()
    assert max(map(len, lines)) <= 100
    at = lines.index("VGG, 2014: num_classes, convs, lrn, pointwise, batch_norm")
    assert lines[at + 1] == "  vgg11, vgg11-lrn, vgg13, vgg16, vgg16-1x1, vgg19"
    assert "LeNet, 1998" in lines
    assert "| num_classes, groups |" in " ".join(listed(capsys, "markdown").split())


def test_some_of_the_list_have_their_titles(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "vgg1*,LeNet-5", "--year", "..2014"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("7 networks, 0 studies")
    assert [line.split() for line in lines if "vgg11 " in line] == [["vgg11", "VGG-11", "(A)"]]


@pytest.mark.parametrize(
    ("options", "first", "last"),
    [  # of MobileNets and the families beside them, by the years of their papers
        (["--family", "mobilenet"], "mobilenet-v1", "mobilenet-v3-small"),
        (["--family", "MobileNet", "--year", "2018"], "mobilenet-v2", "mobilenet-v2-1.4"),
        (["--year", "..1998"], "lenet5", "lenet5"),
        (["--year", "1998..2011"], "lenet5", "lenet5"),
        (["--family", "llama", "--year", "2024.."], "llama3-8b", "llama3-70b"),
    ],
)
@pytest.mark.parametrize("command", ["list", "table"])
def test_years_and_families_choose(
    command: str, options: list[str], first: str, last: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, *options, "--format", "json"]) == 0
    found = [record["model"] for record in json.loads(capsys.readouterr().out)]
    networks = [name for name in found if name in models()]
    assert (networks[0], networks[-1]) == (first, last)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--year", "17"], "--year takes 2017, 2017.., ..2016 or 2015..2017, got '17'"),
        (["--year", ".."], "--year takes 2017, 2017.., ..2016 or 2015..2017, got '..'"),
        (["--year", "1999..1997"], "no network of years 1999..1997 (archcalc list)"),
        (["--family", "mobilnet"], "no network of family 'mobilnet' (archcalc list); "
                                   "did you mean 'MobileNet'?"),
        (["--family", "*"], "no network of family '*' (archcalc list)"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("command", ["list", "table"])
def test_years_and_families_that_choose_nothing(
    command: str, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, *arguments]) == 2
    assert capsys.readouterr().err == f"archcalc: {message}\n"


def test_one_model_s_arguments_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "ResNet-50"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("resnet50: ResNet-50, 3x224x224; 8 arguments\n")
    rows = {line.split()[0]: line for line in out.splitlines()[2:]}
    assert rows["groups"].split()[:4] == ["groups", "1", "at", "least"]
    assert rows["unit"].split()[:5] == ["unit", "bottleneck", "basic", "or", "bottleneck"]
    assert rows["residual"].split()[:5] == ["residual", "true", "true", "or", "false"]
    assert "[3, 4, 6, 3]  a list of 4 values, each at least" in rows["units"]
    assert "usually: resnet50-v1.5 is meant" in out


def test_what_an_argument_takes_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    declared = {
        "depth": {"default": 8, "note": "Layers with weights.", "values": [8, 14, 20]},
        "width": {"default": 1, "minimum": 0.25, "maximum": 2},
        "units": {"default": [1, 2], "any_length": True},
        "sizes": {"default": [1, 2], "maximum": 9},
        "steps": {"default": [1, 2], "as_long_as": "units"},
        "growth": 4,
    }
    file = tmp_path / "my.json"
    used = "depth + width + units[0] + sizes[0] + steps[0] + growth"
    conv = {"op": "conv2d", "out_channels": used, "kernel_size": 1}
    file.write_text(json.dumps(spec(conv, arguments=declared)))
    assert main(["list", str(file), "--format", "json"]) == 0
    found = {row["argument"]: row for row in json.loads(capsys.readouterr().out)}
    assert {name: row["takes"] for name, row in found.items()} == {
        "depth": "8, 14 or 20",
        "width": "at least 0.25, at most 2",
        "units": "a list",
        "sizes": "a list of 2 values, each at most 9",
        "steps": "a list as long as units",
        "growth": "",
    }
    assert found["depth"]["what"] == "Layers with weights."
    assert found["units"]["default"] == [1, 2]


def test_a_model_without_arguments_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "lenet5"]) == 0
    assert "lenet5: LeNet-5, 1x32x32; no arguments\n" in capsys.readouterr().out


def test_explain_says_what_the_arguments_are_set_to(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "alexnet[num_classes=10]"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    said = "num_classes 10: outputs of the classifier groups 2: groups of conv2, conv4 and conv5"
    assert f"arguments {said}" in out


def test_a_message_says_what_an_argument_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layers", "resnet50", "--set", "unit=relu"]) == 2
    problem = "takes basic or bottleneck; got relu; it is: the block of every stage"
    assert capsys.readouterr().err == f"archcalc: resnet50: argument 'unit': {problem}\n"


def test_a_word_finds_networks_and_studies(capsys: pytest.CaptureFixture[str]) -> None:
    """A study is no model; its name, or a word of its title, lists its members."""
    assert main(["list", "depthwise separable"]) == 0
    said = capsys.readouterr().out
    assert "0 networks, 2 studies" in said
    assert "full-3x3" in said
    assert main(["list", "inception-module"]) == 0
    assert "inception-3a-naive" in capsys.readouterr().out
    assert main(["list", "resnet50"]) == 0
    assert "arguments" in capsys.readouterr().out, "a model is itself, whatever else has its name"
    assert main(["table", "depthwise separable"]) == 2
    assert capsys.readouterr().err == (
        "archcalc: no model 'depthwise separable'; 'full-3x3' and 'separable-3x3' are called so "
        "(archcalc list 'depthwise separable')\n"
    )
    assert main(["list", "perceptronium"]) == 2


def test_an_argument_s_limits_are_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "my.json"
    argument = {"default": 2, "minimum": 2, "maximum": 5}
    layers = [{"op": "conv2d", "out_channels": "n", "kernel_size": 1}]
    tree = {"input": [3, 8, 8], "arguments": {"n": argument}, "layers": layers}
    file.write_text(json.dumps(tree))
    assert main(["list", str(file)]) == 0
    first, _, row = capsys.readouterr().out.splitlines()
    assert first.endswith("; 1 argument")
    assert row.split(maxsplit=2) == ["n", "2", "at least 2, at most 5"]


OWN = """
from torch import nn

class Net(nn.Module):
    def __init__(self, width: int, depths=(3, 4), act=nn.ReLU, norm: "str | None" = None,
                 bias: bool = True, eps: float = 1e-5, **rest):
        raise RuntimeError("nobody has to make it")

def build():
    return nn.Linear(3, 4)

def anything(**settings):
    return nn.Linear(3, 4)

ready = nn.Linear(3, 4)
size = 5
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_nets.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("own")
def test_the_arguments_of_a_module_of_one_s_own(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "own_nets.py:Net", "--format", "json"]) == 0
    found = [[*row.values()][:3] for row in json.loads(capsys.readouterr().out)]
    assert found == [
        ["width", None, "int"], ["depths", [3, 4], ""], ["act", "ReLU", ""],
        ["norm", "None", "str | None"], ["bias", True, "bool"], ["eps", 1e-5, "float"],
    ]  # fmt: skip
    assert main(["list", "own_nets.py:Net[width=3,input=3x8x8]"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "own_nets.py:Net: 6 arguments"
    assert [line.split()[:2] for line in lines[2:6]] == [
        ["width", "-"], ["depths", "[3,"], ["act", "ReLU"], ["norm", "None"],
    ]  # fmt: skip
    assert lines[8:] == [
        "set in brackets, 'own_nets.py:Net[width=VALUE]', or by --set width=VALUE",
        "-: without a default; it has to be given",
        "others are taken too, by name",
    ]


@pytest.mark.usefixtures("own")
@pytest.mark.parametrize(
    ("model", "status", "said"),
    [
        ("own_nets.py:build", 0, "own_nets.py:build: no arguments"),
        ("own_nets.py:ready", 0, "own_nets.py:ready: no arguments"),
        ("own_nets.py:anything", 0, "own_nets.py:anything: its code does not name what it takes"),
        ("own_nets.py:size", 2, "archcalc: own_nets.py:size: is int, not a module, a class of one, "
         "or a function that gives one"),
        ("own_nets.py:build[width=3]", 2, "archcalc: own_nets.py:build has no argument 'width'; it "
         "has none"),
        ("own_nets.py:biuld", 2, "archcalc: own_nets.py: has no 'biuld'; did you mean 'build'?"),
        ("own.py:build", 2, "archcalc: no file 'own.py'"),
    ],
)  # fmt: skip
def test_what_makes_a_module_without_arguments_or_is_none(
    model: str, status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["list", model]) == status
    assert "".join(capsys.readouterr()).rstrip() == said


def test_a_model_with_several_settings_is_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", "resnet18[num_classes=10,groups=1]"]) == 0
    assert capsys.readouterr().out.startswith("resnet18: ResNet-18, 3x224x224; 8 arguments\n")
