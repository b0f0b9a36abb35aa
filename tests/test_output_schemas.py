"""docs/output: a JSON Schema a command, held against what the commands print."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from archcalc.cli import main
from archcalc.ops.registry import OPS

FOLDER = Path(__file__).parent.parent / "docs" / "output"

COMMANDS = [
    ("table", ["table", "--models", "all"]),
    ("table", ["table", "--models", "lenet5", "--columns", "all"]),
    ("layers", ["layers", "googlenet"]),
    ("layers", ["layers", "lenet5"]),
    ("verify", ["verify", "--models", "lenet5,googlenet"]),
    ("list", ["list"]),
    ("ops", ["ops"]),
    ("ops", ["ops", "conv2d"]),
    ("claims", ["claims"]),
    ("claims", ["claims", "d4-lenet-sum-omits-c3"]),
    ("claims", ["claims", "d4-alexnet-input-224"]),
    ("explain", ["explain", "lenet5"]),
    ("explain", ["explain", "googlenet", "--layer", "inception4a"]),
]


def schema(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / f"{name}.schema.json").read_text())
    return content


@pytest.mark.parametrize(("name", "arguments"), COMMANDS, ids=lambda x: " ".join(x))
def test_output_is_as_its_schema_says(
    name: str, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*arguments, "--format", "json"]) == 0
    output = json.loads(capsys.readouterr().out)
    assert output
    validator = jsonschema.Draft202012Validator(schema(name))
    assert [error.message for error in validator.iter_errors(output)] == []


def test_every_column_of_table_is_in_its_schema(capsys: pytest.CaptureFixture[str]) -> None:
    from archcalc.table import COLUMNS

    columns = ",".join(COLUMNS)
    assert main(["table", "--models", "lenet5", "--columns", columns, "--format", "json"]) == 0
    (record,) = json.loads(capsys.readouterr().out)
    item = schema("table")["items"]
    assert set(record) == set(item["properties"])
    assert list(jsonschema.Draft202012Validator(item).iter_errors(record)) == []


@pytest.mark.parametrize("name", sorted(OPS))
def test_the_fields_of_every_op_are_as_the_schema_says(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["ops", name, "--format", "json"]) == 0
    jsonschema.validate(json.loads(capsys.readouterr().out), schema("ops"))


@pytest.mark.parametrize("name", ["claims", "ops"])
def test_what_one_command_prints_of_many_and_of_one_is_told_apart(name: str) -> None:
    """A list of half the keys, or one object without its working, is neither."""
    validator = jsonschema.Draft202012Validator(schema(name))
    for output in ([{"what": "half a record"}], {"id": "d4"}):
        assert not validator.is_valid(output)


def test_every_schema_is_used() -> None:
    used = {name for name, _ in COMMANDS}
    assert {path.name.split(".")[0] for path in FOLDER.glob("*.json")} == used
