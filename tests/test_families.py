"""A file with several networks, and how they and built-in ones are named on the command line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import archcalc
from archcalc.cli import main
from archcalc.errors import ArchcalcError
from tests.spec_files import conv, spec

AUXILIARY = {"name": "aux", **conv(), "auxiliary": {"loss_weight": 1}}


@pytest.fixture
def family(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    presets = {name: {"set": {"n": n}} for n, name in enumerate(("mini", "mini-deep", "mini-x"), 1)}
    layers = [AUXILIARY, conv(name="c", out_channels="n")]
    file = spec(*layers, arguments={"n": 1}, presets=presets)
    (tmp_path / "my.json").write_text(json.dumps(file))
    monkeypatch.chdir(tmp_path)


def models(capsys: pytest.CaptureFixture[str], selection: str) -> list[str]:
    assert main(["table", "--models", selection, "--format", "json"]) == 0
    return [record["model"] for record in json.loads(capsys.readouterr().out)]


@pytest.mark.usefixtures("family")
def test_a_file_is_all_its_networks(capsys: pytest.CaptureFixture[str]) -> None:
    assert models(capsys, "my.json") == ["mini", "mini-deep", "mini-x"]
    assert models(capsys, "my.json:mini-deep,my.json") == ["mini-deep", "mini", "mini-x"]


@pytest.mark.usefixtures("family")
def test_one_network_of_a_file_is_named() -> None:
    assert archcalc.load("my.json:mini-deep").parameters == (9 * 3 + 1) * 2
    with pytest.raises(ArchcalcError) as error:
        archcalc.load("my.json")
    assert str(error.value) == (
        "my.json has 3 networks; say my.json:mini, my.json:mini-deep or my.json:mini-x"
    )


MISTAKES = [
    (["layers", "my.json"],
     "my.json has 3 networks; say my.json:mini, my.json:mini-deep or my.json:mini-x"),
    (["layers", "my.json:mini-deeep"],
     "my.json has no preset 'mini-deeep'; did you mean 'mini-deep'?"),
    (["explain", "my.json:mini", "--layer", "zzz"],
     "mini has no layer 'zzz'; see archcalc layers my.json:mini"),
    (["explain", "my.json:mini", "--layer", "aux"],
     "mini has no layer 'aux' in eval mode; it is there with --mode train"),
    # A built-in network's name stands for its file; what is suggested are arguments.
    (["layers", "vgg16", "--set", "num_classes=0"],
     "vgg16: argument 'num_classes': takes numbers of at least 1; got 0; it is: outputs of the "
     "classifier"),
    (["layers", "vgg16", "--input", "3x16x16"],
     "vgg16: layers[13] 'pool5' (max_pool2d): gets 512x1x1, smaller than its kernel: height 1 + "
     "padding is 1, the kernel spans 2, with input=3x16x16"),
    (["layers", "vgg16", "--set", "num_classes=ten"],
     "vgg16: argument 'num_classes': unknown name 'ten'"),
]  # fmt: skip


@pytest.mark.usefixtures("family")
@pytest.mark.parametrize(("arguments", "said"), MISTAKES, ids=lambda x: " ".join(x)[:50])
def test_messages_name_networks_as_users_do(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert capsys.readouterr().err == f"archcalc: {said}\n"


def test_a_pattern_falls_back_to_studies(capsys: pytest.CaptureFixture[str]) -> None:
    assert "five-3x3" not in archcalc.models()
    assert "five-3x3" in models(capsys, "five*")


@pytest.mark.parametrize(
    ("model", "settings", "said"),
    [
        (None, {}, "a model is a name or a spec file's path, got 'None'"),
        ("lenet5", {"input": "1x32x"}, "input takes sizes, such as 3x224x224; got '1x32x'"),
        ("lenet5", {"input": 3.2}, "input takes sizes, such as (3, 224, 224); got '3.2'"),
    ],
)
def test_load_refuses_what_is_no_model_or_input(
    model: Any, settings: dict[str, Any], said: str
) -> None:
    with pytest.raises(ArchcalcError) as error:
        archcalc.load(model, **settings)
    assert str(error.value) == said
