"""Models on the command line: one way of naming them, with settings of their own."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from archcalc.cli import main
from archcalc.errors import ArchcalcError
from archcalc.names.variants import Variant, read_variant
from archcalc.network import load, models
from archcalc.selection.selected import read_models
from tests.spec_files import spec

CONV = {"name": "conv", "op": "conv2d", "out_channels": "8*width", "kernel_size": 3}


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(list(arguments))
    out, err = capsys.readouterr()
    return status, out, err


READ = [
    ("vgg16", "vgg16", {}),
    ("vgg16[num_classes=10]", "vgg16", {"num_classes": "10"}),
    ("a[b=[1, 2],c=[[1],[2]]]", "a", {"b": "[1,2]", "c": "[[1],[2]]"}),
    ("a[b=units[0]+1]", "a", {"b": "units[0]+1"}),
    ("my.json[b=2]", "my.json", {"b": "2"}),
    ("my.json:mini[b=2]", "my.json:mini", {"b": "2"}),
    # Brackets in names of files and in patterns.
    ("a[1]/my.json", "a[1]/my.json", {}),
    ("a[1]/my.json:mini", "a[1]/my.json:mini", {}),
    ("a[1]/my.json:mini[b=2]", "a[1]/my.json:mini", {"b": "2"}),
    ("vgg1[16]*", "vgg1[16]*", {}),
]


@pytest.mark.parametrize(("text", "model", "settings"), READ, ids=[text for text, *_ in READ])
def test_a_model_is_read_with_its_settings(text: str, model: str, settings: dict[str, str]) -> None:
    variant = read_variant(text)
    assert variant == Variant(model, settings)
    assert read_variant(str(variant)) == variant


def test_python_and_every_command_take_the_same_words() -> None:
    net = load("ResNet-50[num_classes=10,batch=2]", batch=4)
    assert net.name == "resnet50[num_classes=10,batch=2]"
    assert net.parameters == 25_557_032 - 990 * 2049  # the classifier's weights and biases
    assert net.batch == 2
    # What its name says is not said again.
    assert net.conditions == "eval mode"
    assert load("resnet50[num_classes=10]", groups=32).settings == {"groups": 32, "num_classes": 10}


def test_variants_are_rows_of_one_table(capsys: pytest.CaptureFixture[str]) -> None:
    rows = ["vgg16[num_classes=10]", "vgg16", "vgg16[input=3x64x64,batch=2]"]
    status, out, err = run(capsys, "table", *rows, "--format", "json")
    assert status == 0
    table = json.loads(out)
    assert [record["model"] for record in table] == rows
    # fc8 has 4096 weights and a bias a class; the convolutions' positions shrink with the input's.
    assert table[1]["parameters"] - table[0]["parameters"] == 990 * 4097
    assert table[2]["input"] == [3, 64, 64]
    assert err == (
        "archcalc: at 3x64x64, fc6.linear of vgg16[input=3x64x64,batch=2] has 8,392,704 "
        "parameters, not the 102,764,544 of 3x224x224: it reads 512x2x2, not 512x7x7\n"
    )
    _, out, _ = run(capsys, "table", *rows, "--no-notes")
    assert out.startswith("3 networks, batch 1, eval mode\n")
    _, out, _ = run(capsys, "table", rows[0], "--format", "csv")
    assert next(csv.DictReader(io.StringIO(out)))["model"] == rows[0]


@pytest.mark.parametrize("command", ["layers", "explain", "formula"])
def test_a_command_of_one_model_takes_its_settings(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = run(capsys, command, "VGG16[num_classes=10]")
    assert status == 0
    assert out.startswith("vgg16[num_classes=10]: VGG-16 (D), ")
    assert "num_classes 10" not in out.splitlines()[0]


def test_models_stand_behind_the_command_or_in_its_option(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = [
        run(capsys, "table", *words)[1]
        for words in (
            ["lenet5", "vgg16"], ["lenet5,vgg16"], ["--models", "lenet5, vgg16"],
            ["lenet5", "--models", "vgg16"],
        )
    ]  # fmt: skip
    assert said == said[:1] * 4


def test_a_pattern_a_file_and_a_family_are_several(tmp_path: Path) -> None:
    file = tmp_path / "my.json"
    presets = {"a": {"set": {"width": 1}}, "b": {"set": {"width": 2}}}
    file.write_text(json.dumps(spec(CONV, arguments={"width": 1}, presets=presets)))
    assert read_models([f"{file}[width=3]"]) == [f"{file}:a[width=3]", f"{file}:b[width=3]"]
    assert read_models(["vgg1?[lrn=1]", "vgg11[lrn=1]"]) == [
        "vgg11[lrn=1]", "vgg13[lrn=1]", "vgg16[lrn=1]", "vgg19[lrn=1]",
    ]  # fmt: skip
    assert read_models(["all"]) == models()
    assert "three-3x3" in read_models(["stacked-3x3"])


def test_an_argument_goes_before_an_option_of_its_name(tmp_path: Path) -> None:
    file = tmp_path / "my.json"
    conv = {**CONV, "out_channels": "8*batch"}
    file.write_text(json.dumps(spec(conv, arguments={"batch": 1})))
    net = load(f"{file}[batch=2]")
    assert (net.batch, net.output.channels) == (1, 16)


MISTAKES = [
    ("resnet50[groups]", "resnet50 takes NAME=VALUE, got 'groups'"),
    ("resnet50[]", "resnet50 takes NAME=VALUE, got ''"),
    ("resnet50[groups=2,groups=3]", "resnet50 gives 'groups' twice"),
    ("resnet50[groups=2", "settings stand in brackets, resnet50[num_classes=10]; got "
     "'resnet50[groups=2'"),
    ("resnet50[units=[3,4]", "settings stand in brackets, resnet50[num_classes=10]; got "
     "'resnet50[units=[3,4]'"),
    ("groups=2", "settings stand in brackets, resnet50[num_classes=10]; got 'groups=2'"),
    ("resnet51[groups=2]", "no model 'resnet51'; did you mean 'resnet50'? (archcalc list)"),
    ("resnet50[group=2]", "resnet50 has no argument 'group'; did you mean 'groups'?"),
    ("resnet50[bytes=2]", "resnet50 has no argument 'bytes'; --bytes sets it"),
    ("resnet50[optimizer=adam]", "resnet50 has no argument 'optimizer'; --optimizer sets it"),
    ("resnet50[mode=test]", "mode is 'eval' or 'train', got 'test'"),
    ("resnet50[input=3x]", "resnet50: input takes sizes, such as 3x224x224; got '3x'"),
    ("resnet50[batch=x]",
     "resnet50: batch takes a whole number from 1 to 1,000,000,000, got 'x'"),
    (",", "models are names such as all or 'resnet*', got ','"),
]  # fmt: skip


@pytest.mark.parametrize(("model", "message"), MISTAKES, ids=[model for model, _ in MISTAKES])
def test_a_mistake_is_one_clear_line(
    model: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, "table", model) == (2, "", f"archcalc: {message}\n")


def test_a_setting_in_brackets_is_checked_by_load_too() -> None:
    with pytest.raises(ArchcalcError, match="resnet50 takes NAME=VALUE, got 'x'"):
        load("resnet50[x]")


COMPLETIONS = [
    ("table resnet50-", ["resnet50-cifar", "resnet50-v1.5", "resnet50-d"]),
    ("table lenet5 vgg1", ["vgg11", "vgg11-lrn", "vgg13", "vgg16", "vgg16-1x1", "vgg19",
                            "vgg11-bn", "vgg13-bn", "vgg16-bn", "vgg19-bn"]),
    ("table lenet5,vgg19", ["lenet5,vgg19", "lenet5,vgg19-bn"]),
    ("table vgg16[num", ["vgg16[num_classes="]),
    ("table vgg16[num_classes=10,ba", ["vgg16[num_classes=10,batch_norm=",
                                     "vgg16[num_classes=10,batch="]),
    ("layers vgg16 --set num", ["num_classes="]),
    ("table lenet5 vgg16 --set num", ["num_classes="]),
    ("explain googlenet --layer inception3", ["inception3a", "inception3b"]),
    ("formula resnet50 --layer layer1.1.conv", ["layer1.1.conv1", "layer1.1.conv2",
                                                "layer1.1.conv3"]),
    ("table --columns macs,par", ["macs,parameters"]),
    ("table --columns al", ["all"]),
    ("table --sort fl", ["flops"]),
    ("explain lenet5 --quantity parameters,mac", ["parameters,macs"]),
    ("explain nothing --layer c", []),
    ("reconcile alexnet-t", ["alexnet-torchvision"]),
    ("ops conv2", ["conv2d"]),
]  # fmt: skip


@pytest.mark.parametrize(("words", "completed"), COMPLETIONS, ids=[w for w, _ in COMPLETIONS])
def test_a_shell_completes(
    words: str,
    completed: list[str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("_ARCHCALC_COMPLETE", "bash_complete")
    monkeypatch.setenv("COMP_WORDS", f"archcalc {words}")
    monkeypatch.setenv("COMP_CWORD", str(len(words.split())))
    with pytest.raises(SystemExit):
        main([])
    lines = filter(None, capsys.readouterr().out.splitlines())
    assert [line.removeprefix("plain,") for line in lines] == completed
