"""`archcalc formula` of several networks: a row each, or what one alone has."""

from __future__ import annotations

import json

import pytest

from archcalc.cli import main


def test_a_study_has_its_networks_side_by_side(capsys: pytest.CaptureFixture[str]) -> None:
    """As the documents write it: three 3x3 layers have 27·C² weights, one of 7x7 has 49·C²; their
    map is 28x28."""
    assert main(["formula", "stacked-3x3", "--open", "channels"]) == 0
    title, held, header, *rows, note = capsys.readouterr().out.splitlines()
    assert (title, held) == ("6 networks, batch 1, eval mode", "for channels from 1")
    assert header.split() == ["model", "parameters", "MACs", "activations"]
    found = {name: forms for name, *forms in map(str.split, rows)}
    pixels = 28 * 28
    assert found["three-3x3"] == [
        "27·channels²", f"{pixels * 27}·channels²", f"{3 * pixels}·channels"
    ]  # fmt: skip
    assert found["one-7x7"] == ["49·channels²", f"{pixels * 49}·channels²", f"{pixels}·channels"]
    assert len(found) == 6
    assert note == "each equal at 3 random points"


def test_where_forms_hold_is_said_of_each_that_differs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["formula", "one-7x7", "resnet18", "--open", "height", "--quantity", "macs"]) == 0
    out = capsys.readouterr().out
    assert out.splitlines()[0] == "2 networks, batch 1, eval mode"
    rows = {line.split()[0]: line for line in out.splitlines()}
    assert rows["resnet18"].endswith("height a multiple of 32")
    assert rows["one-7x7"].endswith("height from 1")


def test_programs_get_the_records_of_each(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["formula", "three-3x3", "one-7x7", "--open", "channels", "--quantity", "parameters"]
    assert main([*command, "--format", "json"]) == 0
    together = json.loads(capsys.readouterr().out)
    alone = []
    for name in ("three-3x3", "one-7x7"):
        assert main(["formula", name, *command[3:], "--format", "json"]) == 0
        alone += json.loads(capsys.readouterr().out)
    assert [one["text"] for one in together] == ["27·channels²", "49·channels²"]
    assert together == alone
    assert main([*command, "--format", "latex"]) == 0
    out = capsys.readouterr().out
    assert "\\textbf{three-3x3}" in out
    assert out.count("\\begin{align*}") == 2


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--by", "map"], "--by takes one network, got 2"),
        (["--format", "python"], "--format python takes one network, got 2"),
        (["--open", "depth"], "one-7x7 has no size or argument 'depth'"),
    ],
)
def test_what_is_of_one_network_is_refused(
    options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["formula", "one-7x7", "resnet18", *options]) == 2
    out, error = capsys.readouterr()
    assert out == ""
    assert said in error
