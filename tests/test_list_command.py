"""`archcalc list`: what there is, and what can be set."""

from __future__ import annotations

import csv
import io
import json

import pytest

from archcalc.cli import main


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
    assert lines[at + 1].split() == ["vgg11", "VGG-11", "(A)"]
    assert "LeNet, 1998" in lines
    assert "| num_classes, groups |" in " ".join(listed(capsys, "markdown").split())
