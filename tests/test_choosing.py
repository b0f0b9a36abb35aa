"""Which rows tables have and in which order, and units: --where, --sort, --top, --unit."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from archcalc.cli import main
from archcalc.tables.choosing import read_condition


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(list(arguments))
    out, err = capsys.readouterr()
    return status, out, err


RECORD = {
    "macs": 5_000_000_000, "parameters": 30_000_001, "flops": 10_000_000_000, "year": 2015,
    "receptive_field": [7, 31], "operations": {"add": 3, "divide": 4}, "depth": 50,
}  # fmt: skip

CONDITIONS = [
    ("macs < 5e9", False),
    ("macs <= 5e9", True),
    ("macs <= 5G and flops == 2*macs", True),
    ("parameters > 30M", True),
    ("parameters > 30.000001e6", False),
    ("parameters > 30.0000005M", True),
    ("macs < 1T and macs < 1e12 and macs > 1e3 and macs > 5K", True),
    ("not depth == 50 or year >= 2015", True),
    ("receptive_field > 30", True),
    ("receptive_field > 31", False),
    ("operations == 7", True),
    ("macs / parameters > 166", True),
    ("macs / parameters > 167", False),
    ("macs <= 5 G and flops > 9.99 G", True),
    ("parameters < 29 MiB", True),  # 29·1,048,576 = 30,408,704
    ("parameters < 28.61 MiB", False),  # 29,999,759.36
    ("parameters < 30MB", False),
    ("macs < 4.66GiB", True),  # 5,003,636,899.84
    ("depth == 50 or macs < 1 and not year == 3", True),
]


@pytest.mark.parametrize(("text", "holds"), CONDITIONS, ids=[text for text, _ in CONDITIONS])
def test_a_condition_is_exact(text: str, holds: bool) -> None:
    assert read_condition(text, RECORD).holds(RECORD) is holds


def test_a_condition_without_a_figure_is_neither_met_nor_failed() -> None:
    assert read_condition("depth > 3", RECORD).holds({"depth": None}) is None


MISTAKES = [
    ("macs", "--where takes a condition such as 'macs < 5e9', got 'macs'"),
    ("1 < 2", "--where takes a condition such as 'macs < 5e9', got '1 < 2'"),
    ("height(c1) < 2", "--where takes a condition such as 'macs < 5e9', got 'height(c1) < 2'"),
    ("mac < 5", "no column 'mac'; did you mean 'macs'?"),
    ("macs < 5e99", "--where takes a condition such as 'macs < 5e9': '5e99' is no number; at most "
     "24 digits, no exponent"),
    ("memory < 8 gib", "--where has no unit 'gib'; did you mean 'GiB'?"),
    ("macs < 5 GFLOPs", "--where has no unit 'GFLOPs'; a number takes K, M, G, T, KB, MB, GB, TB, "
     "KiB, MiB, GiB, TiB"),
    ("macs < 5e9 && depth > 3", "--where takes a condition such as 'macs < 5e9': 'macs < 5e9 && "
     "depth > 3' is no expression; conditions are joined by 'and' and 'or'"),
    ("macs < 5,000", "--where takes a condition such as 'macs < 5e9': 'macs < 5,000' is not "
     "allowed here; a number has no commas: 5e9, 5G"),
    ("macs < 5G, depth < 9", "--where takes a condition such as 'macs < 5e9': 'macs < 5G, "
     "depth < 9' is not allowed here; conditions are joined by 'and' and 'or'"),
    ("family == 'VGG'", "--where takes a condition such as 'macs < 5e9': 'family == 'VGG'' is no "
     "expression; conditions compare figures, not texts"),
    ("macs = 5G", "--where takes a condition such as 'macs < 5e9': 'macs = 5G' is no expression; "
     "equal is =="),
    ("eval('1')", "--where takes a condition such as 'macs < 5e9': 'eval('1')' is no "
     "expression; names, numbers, + - * / // ( ) [ ]"),
    ("family == 3", "--where compares figures, and 'family' is a text"),
    ("input > 3", "--where compares figures, and 'input' is a shape"),
    ("receptive_field_note > 3", "--where compares figures, and 'receptive_field_note' is a text"),
    ("macs / (depth - depth) > 1", "--where: 'macs / (depth - depth) > 1' divides by zero"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "message"), MISTAKES, ids=[text for text, _ in MISTAKES])
def test_a_mistake_in_a_condition_is_one_line(
    text: str, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, "table", "vgg16", "--where", text)
    assert (status, out) == (2, "")
    assert err == f"archcalc: {message}\n"


def test_networks_that_meet_a_condition(capsys: pytest.CaptureFixture[str]) -> None:
    """Of the five VGGs, Simonyan and Zisserman's Table 2 has 133M, 133M, 134M, 138M, 144M."""
    five = ["vgg11", "vgg13", "vgg16", "vgg16-1x1", "vgg19"]
    condition = "parameters > 133.5e6 and depth < 19"
    status, out, _ = run(capsys, "table", *five, "--where", condition, "--format", "json")
    assert status == 0
    assert [record["model"] for record in json.loads(out)] == ["vgg16", "vgg16-1x1"]
    _, out, _ = run(capsys, "table", *five, "--where", condition)
    assert out.startswith(f"2 of 5 networks, batch 1, eval mode, where {condition}\n")


def test_a_condition_says_that_it_is_on_all_samples(capsys: pytest.CaptureFixture[str]) -> None:
    """LeNet-5 has 325,680 MACs, so 8 samples 2,605,440."""
    words = ["table", "lenet5", "vgg16", "--batch", "8", "--where"]
    _, out, _ = run(capsys, *words, "macs < 2.7M")
    lines = out.splitlines()
    assert lines[0] == "1 of 2 networks, batch 8, eval mode, where macs < 2.7M"
    assert "All samples of a batch are counted: of one, macs/8, in" in out
    assert run(capsys, *words, "macs/8 < 325681")[1].startswith("1 of 2 networks, batch 8")
    assert run(capsys, *words, "macs/8 < 325680")[1].startswith("0 of 2 networks, batch 8")
    assert "All samples" not in run(capsys, "table", "lenet5")[1]


def test_networks_that_are_refused_leave_the_others(capsys: pytest.CaptureFixture[str]) -> None:
    """AlexNet's third pooling has a kernel of 3; 63 rows leave it 1 after (63 - 11)//4 + 1 = 14, 6
    and 2."""
    words = ["table", "alexnet", "lenet5", "resnet50", "--input", "63"]
    status, out, err = run(capsys, *words)
    assert status == 2
    assert "1x63x63" in out
    assert "3x63x63" in out
    assert "refused, with the reasons on stderr: alexnet\n" in out
    assert "archcalc: alexnet: layers[14] 'pool5' (max_pool2d): gets 256x2x2, smaller" in err
    _, out, _ = run(capsys, *words, "--format", "csv")
    assert [row["model"] for row in csv.DictReader(io.StringIO(out))] == ["lenet5", "resnet50"]
    status, out, err = run(capsys, "table", "alexnet", "vgg16", "--input", "3")
    assert (status, out) == (2, "")
    assert [line.split(":")[1] for line in err.splitlines()] == [" alexnet", " vgg16"]
    status, out, err = run(capsys, "table", "vgg*", "densenet*", "--input", "3x1x1")
    assert err.splitlines()[-1].startswith("archcalc: and ")
    assert len(err.splitlines()) == 21


BROKEN = {
    "good.json": {
        "input": [3, 8, 8],
        "layers": [{"op": "conv2d", "out_channels": 4, "kernel_size": 3}],
    },
    "words.json": {"input": [3, 8, 8], "layers": [{"op": "conv2"}, {"op": "relu", "slope": 1}]},
    "small.json": {"input": [1, 2, 2], "layers": [{"op": "max_pool2d", "kernel_size": 3}]},
}


def test_a_file_that_cannot_be_read_is_refused_as_a_network_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, tree in BROKEN.items():
        (tmp_path / name).write_text(json.dumps(tree))
    (tmp_path / "no.json").write_text("{")
    files = "good.json,words.json,small.json,no.json,missing.json"
    said = [
        "words.json: layers[0]: unknown op 'conv2'",
        "words.json: layers[1] (relu): unknown field 'slope'; relu has none",
        "small.json: layers[0] (max_pool2d): gets 1x2x2, smaller than its kernel",
        "no.json:1:2: not JSON",
        "no file 'missing.json'",
    ]
    assert main(["table", "--models", files]) == 2
    out, err = capsys.readouterr()
    assert "good  3x8x8         112" in out
    assert "refused, with the reasons on stderr: words.json, small.json, no.json, missing" in out
    assert [line for line in said if f"archcalc: {line}" not in err] == []
    for command in (["compare", *files.split(",")], ["table", *files.split(",")[1:]]):
        assert main(command) == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert [line for line in said if f"archcalc: {line}" not in err] == []


def test_what_has_no_figure_is_left_out_and_named(capsys: pytest.CaptureFixture[str]) -> None:
    nets = ["lenet5", "fully-connected-vector"]
    _, out, _ = run(capsys, "table", *nets, "--where", "receptive_field > 1", "--no-notes")
    assert "left out, without a figure to compare: fully-connected-vector\n" in out
    assert "lenet5" in out


def test_smallest_first(capsys: pytest.CaptureFixture[str]) -> None:
    nets = ["vgg16", "lenet5", "resnet50"]
    orders = []
    for more in ((), ("--ascending",)):
        words = ["table", *nets, "--sort", "parameters", *more, "--format", "csv"]
        _, out, _ = run(capsys, *words)
        orders.append([row["model"] for row in csv.DictReader(io.StringIO(out))])
    assert orders == [["vgg16", "resnet50", "lenet5"], ["lenet5", "resnet50", "vgg16"]]


def test_counts_in_the_unit_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["table", "resnet50", "--no-notes", "--columns", "parameters,macs,depth"]
    _, out, _ = run(capsys, *words, "--unit", "parameters=M,macs=G")
    assert out.splitlines()[1].split() == ["model", "parameters", "(M)", "MACs", "(G)", "depth"]
    assert out.splitlines()[-1].split() == ["resnet50", "25.6", "3.86", "50"]
    _, out, _ = run(capsys, *words, "--unit", "M")
    assert out.splitlines()[-1].split() == ["resnet50", "25.6", "3,858", "50"]
    _, out, _ = run(capsys, *words, "--unit", "M", "--format", "csv")
    assert out.splitlines()[-1] == "resnet50,25557032,3857973248,50"


def test_the_largest_layers_and_all_others_add_up(capsys: pytest.CaptureFixture[str]) -> None:
    """VGG-16's fc6 and fc7 have 102,764,544 and 16,781,312 of its 138,357,544 parameters."""
    words = ["layers", "vgg16", "--top", "2", "--sort", "parameters"]
    _, out, _ = run(capsys, *words, "--no-notes")
    title, _, *rows = out.splitlines()
    assert title.endswith(", by parameters, largest first")
    assert [row.split()[0] for row in rows] == ["fc6.linear", "fc7.linear", "37", "total"]
    assert rows[2].split()[:3] == ["37", "others", "18,811,688"]  # 39 nodes in all
    _, out, _ = run(capsys, *words, "--format", "json")
    assert [record["parameters"] for record in json.loads(out)] == [102_764_544, 16_781_312]


def test_the_top_is_by_macs_unless_another_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "layers", "lenet5", "--top", "1", "--format", "csv", "--columns", "op")
    assert out == "name,op\nc3,conv2d\n"
    _, out, _ = run(capsys, "layers", "lenet5", "--top", "99", "--no-notes")
    assert "other" not in out


REFUSED = [
    (["table", "vgg16", "--ascending"], "--ascending goes with --sort"),
    (["layers", "vgg16", "--ascending"], "--ascending goes with --sort"),
    (["layers", "vgg16", "--top", "3", "--depth", "1"],
     "--depth folds groups, and --sort and --top have none"),
    (["layers", "vgg16", "--sort", "mac"], "no column 'mac'; did you mean 'macs' or 'macs_share'?"),
    (["table", "vgg16", "--unit", "M", "--exact"],
     "counts are in a unit or exact: give --unit or --exact"),
    (["table", "vgg16", "--unit", "m"], "--unit takes one of K, M, G, T, or KEY=UNIT,...; got 'm'"),
    (["table", "vgg16", "--unit", "macs="],
     "--unit takes one of K, M, G, T, or KEY=UNIT,...; got ''"),
    (["table", "vgg16", "--unit", "mac=M"],
     "--unit is for counts, not 'mac'; did you mean 'macs'?"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "message"), REFUSED, ids=lambda x: " ".join(x)[:50])
def test_what_does_not_go_together_is_refused(
    words: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, *words) == (2, "", f"archcalc: {message}\n")


def test_networks_are_chosen_by_the_errors_that_papers_print(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """He et al. print 24.7% for ResNet-50, Huang et al. 25.02% for DenseNet-121, single crops;
    nobody prints one of LeNet-5, or of a network that is set otherwise."""
    names = "resnet50,densenet121,lenet5,resnet50[num_classes=10],resnet50[input=3x256x256]"
    assert main(["table", "--models", names, "--sort", "error", "--ascending", "--columns",
                 "error", "--format", "json"]) == 0  # fmt: skip
    found = [(row["model"], row["error"]) for row in json.loads(capsys.readouterr().out)]
    assert found[:2] == [("resnet50", 24.7), ("densenet121", 25.02)]
    assert [error for _, error in found[2:]] == [None] * 3
    assert main(["table", "--models", names, "--where", "macs < 3G and error < 26"]) == 0
    said = capsys.readouterr().out
    assert "1 of 5 networks" in said
    assert "left out, without a figure to compare: lenet5" in said
    assert "error" not in table_keys(capsys), "nobody asked"


def table_keys(capsys: pytest.CaptureFixture[str]) -> list[str]:
    assert main(["table", "resnet50", "--format", "json"]) == 0
    return [*json.loads(capsys.readouterr().out)[0]]
