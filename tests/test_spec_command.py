"""`archcalc spec`: a built-in file to start from."""

from __future__ import annotations

from pathlib import Path

import pytest

from archcalc.cli import main
from archcalc.names.catalog import specs_folder
from archcalc.network import load


def test_it_is_the_file_itself(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spec", "LeNet-5"]) == 0
    out, err = capsys.readouterr()
    assert out == (specs_folder() / "networks" / "lenet5.json").read_text(encoding="utf-8")
    assert err == ""


def test_what_is_written_is_a_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "my.json"
    assert main(["spec", "resnet50", "--output", str(file)]) == 0
    said = capsys.readouterr().err
    assert said.endswith(f" networks; in {file} this one is {file}:resnet50\n")
    assert load(f"{file}:resnet50").parameters == 25_557_032


def test_a_study_has_a_file_too(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spec", "stacked-3x3"]) == 0
    text = (specs_folder() / "studies" / "stacked-3x3.json").read_text(encoding="utf-8")
    assert capsys.readouterr().out == text


def test_no_such_network(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["spec", "resnet51"]) == 2
    said = "archcalc: no model 'resnet51'; did you mean 'resnet50'? (archcalc list)\n"
    assert capsys.readouterr().err == said
