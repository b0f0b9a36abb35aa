"""`archcalc ops NAME`: the example of every op is an item that the reader takes."""

from __future__ import annotations

import json

import pytest

from archcalc.cli import main
from archcalc.language.read import from_json
from archcalc.language.strict_json import read_text
from archcalc.ops.registry import OPS
from tests.spec_files import relu, spec


@pytest.mark.parametrize("name", sorted(OPS))
def test_a_printed_example_can_be_copied(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ops", name]) == 0
    line = next(li for li in capsys.readouterr().out.splitlines() if li.startswith("example: "))
    item = json.loads(line.removeprefix("example: "))
    assert item["op"] == name
    earlier = [relu(item[key]) for key in ("of", "weights") if key in item]
    text = json.dumps(spec(*earlier, {**item, "name": "example"}))
    from_json(read_text(text, "my.json"), "my.json", "my")


@pytest.mark.parametrize("name", ["", *sorted(OPS)])
def test_all_but_the_example_fits(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ops", *filter(None, [name])]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(len(line) for line in lines if not line.startswith("example: ")) <= 100


def test_nothing_is_lost_where_a_text_goes_on(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["ops", "conv2d"]) == 0
    text = capsys.readouterr().out
    assert "an earlier layer whose parameters\n" + " " * 63 + "this one uses\n" in text
