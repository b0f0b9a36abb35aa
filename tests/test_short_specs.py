"""A file that says nothing but what is built: no title, no year, no source."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import archcalc
from archcalc.cli import main
from archcalc.errors import ArchcalcError
from archcalc.names import catalog

LAYERS = [
    {"op": "conv2d", "out_channels": 4, "kernel_size": 3},
    {"op": "linear", "out_features": 2},
]
# (3·3·1 + 1)·4 parameters of the convolution, (4·6·6 + 1)·2 of the linear layer.
PARAMETERS = 40 + 290


@pytest.fixture(autouse=True)
def files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    spec = {"input": [1, 8, 8], "layers": LAYERS}
    presets = {"small": {}, "large": {"title": "Large", "year": 2025, "input": [1, 16, 16]}}
    (tmp_path / "mine.json").write_text(json.dumps(spec))
    (tmp_path / "two.json").write_text(json.dumps({**spec, "presets": presets}))
    monkeypatch.chdir(tmp_path)


def printed(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 0
    return capsys.readouterr().out


def test_it_is_called_like_its_file(capsys: pytest.CaptureFixture[str]) -> None:
    net = archcalc.load("./mine.json")
    assert (net.title, net.family, net.year, net.parameters) == ("mine", "mine", None, PARAMETERS)
    assert printed(capsys, "layers", "mine.json").startswith("mine, 1x8x8, batch 1, eval mode\n")
    assert printed(capsys, "explain", "mine.json").startswith("mine, 1x8x8 -> 2, batch 1")


def test_a_preset_is_called_by_its_name_or_its_title() -> None:
    small, large = archcalc.load("two.json:small"), archcalc.load("two.json:large")
    assert (small.title, small.family, small.year) == ("small", "two", None)
    assert (large.title, large.family, large.year) == ("Large", "two", 2025)
    assert (small.dated_title, large.dated_title) == ("small", "Large, 2025")


def test_a_year_that_is_not_said_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    (record,) = json.loads(printed(capsys, "table", "mine.json", "--format", "json"))
    assert record["year"] is None
    header, row = printed(capsys, "table", "mine.json", "--format", "csv").splitlines()
    assert dict(zip(header.split(","), row.split(","), strict=True))["year"] == ""
    assert "mine" not in printed(capsys, "table", "mine.json", "lenet5", "--year", "..2030")
    said = printed(capsys, "table", "mine.json", "lenet5", "--where", "year > 1900")
    assert "left out, without a figure to compare: mine" in said


def test_a_page_has_no_empty_place_for_a_source(capsys: pytest.CaptureFixture[str]) -> None:
    printed(capsys, "report", "mine.json", "--output", "pages")
    assert (
        "\n`mine` | other inputs: `archcalc page mine.json`\n" in Path("pages/mine.md").read_text()
    )


def test_history_takes_networks_of_known_years() -> None:
    mine, lenet5 = archcalc.load("./mine.json"), archcalc.load("lenet5")
    with pytest.raises(ArchcalcError, match="takes networks of known years; mine says none"):
        archcalc.plot("history", lenet5, mine)


@pytest.mark.parametrize("kind", ["networks", "studies"])
def test_built_in_ones_say_all_of_it(kind: str) -> None:
    for name, preset in catalog.built_in(kind).items():
        assert preset.year, name
        assert preset.source, name


@pytest.mark.parametrize(
    ("item", "meant"),
    [
        ({"type": "conv", "filters": 64}, "op"),
        ({"class_name": "Dense", "units": 10}, "op"),
        ({"children": []}, "layers"),
        ({"op": "relu", "from": "a"}, "inputs"),
        ({"op": "relu", "input": "a"}, "inputs"),
        ({"op": "relu", "times": 3}, "repeat"),
        ({"op": "relu", "if": "n > 1"}, "when"),
    ],
    ids=str,
)
def test_what_other_formats_call_the_keys_of_an_item(
    item: dict[str, Any], meant: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("mine.json").write_text(json.dumps({"input": [1, 8, 8], "layers": [item]}))
    assert main(["validate", "mine.json"]) == 2
    assert f"did you mean {meant!r}?" in capsys.readouterr().err
