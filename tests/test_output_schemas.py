"""docs/output: a JSON Schema a command, held against what the commands print."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from archcalc.cli import main
from archcalc.formulas.closed_forms import COUNTED
from archcalc.ops.registry import OPS
from archcalc.quantities import QUANTITIES
from archcalc.tables import layer_table as layers
from archcalc.tables import network_table as table

FOLDER = Path(__file__).parent.parent / "docs" / "output"

COMMANDS = [
    ("table", ["table", "--models", "all"]),
    ("table", ["table", "--models", "lenet5,resnet50,fractalnet20-cifar", "--columns", "all"]),
    ("layers", ["layers", "googlenet"]),
    ("layers", ["layers", "lenet5"]),
    ("verify", ["verify", "--models", "lenet5,googlenet"]),
    ("list", ["list"]),
    ("list", ["list", "resnet50"]),
    ("ops", ["ops"]),
    ("ops", ["ops", "conv2d"]),
    ("claims", ["claims"]),
    ("claims", ["claims", "d4-lenet-sum-omits-c3"]),
    ("claims", ["claims", "d4-alexnet-input-224"]),
    ("claims", ["claims", "--file", "docs/my_claims.json", "--verdict", "rounded"]),
    ("explain", ["explain", "lenet5"]),
    ("compare", ["compare", "resnet50", "resnet101", "resnet50-v1.5"]),
    ("compare", ["compare", "stacked-3x3", "--open", "channels"]),
    ("reconcile", ["reconcile", "resnet50", "--tools", "all"]),
    ("reconcile", ["reconcile", "lenet5", "--tools", "all"]),
    ("reconcile", ["reconcile", "inception-v3", "--spelling", "torchvision"]),
    ("reconcile-number", ["reconcile", "resnet50", "--number", "4.1 GFLOPs"]),
    ("reconcile-number", ["reconcile", "resnet50", "--number", "9.74e9"]),
    ("formula", ["formula", "resnet50", "--open", "height,num_classes"]),
    ("formula", ["formula", "inception-v2", "--floors", "--layer", "inception4a"]),
    ("solve", ["solve", "resnet50", "--for", "input", "--where", "macs < 1G"]),
    (
        "sweep",
        [
            "sweep",
            "wrn-28-10",
            "--set",
            "depth=14:17",
            "--set",
            "widen=1,2",
            "--input",
            "3x32x48,3x9x9",
        ],
    ),
    (
        "sweep",
        ["sweep", "resnet50", "--input", "32:64", "--columns", "memory_peak", "--pareto", "macs"],
    ),
    ("explain", ["explain", "googlenet", "--layer", "inception4a"]),
]


def schema(name: str) -> dict[str, Any]:
    content: dict[str, Any] = json.loads((FOLDER / f"{name}.schema.json").read_text())
    return content


SHAPE = {
    "type": "array",
    "items": {"type": "integer", "minimum": 1},
    "minItems": 1,
    "description": "[C, H, W] of a map, [L, C] of a sequence, [features]",
}
INPUT = {
    "anyOf": [SHAPE, {"type": "object", "additionalProperties": SHAPE, "minProperties": 1}],
    "description": "of a network that names its inputs each by its name",
}
SHARE = {
    "type": ["number", "null"],
    "minimum": 0,
    "maximum": 1,
    "description": "of the whole network's, from 0 to 1; null where that has none",
}
OWN: dict[str, dict[str, Any]] = {
    **{key: {"type": "string"} for key in ("model", "family", "title", "name", "op")},
    "input": INPUT,
    "output_shape": SHAPE,
    **dict.fromkeys(("parameters_share", "macs_share"), SHARE),
    "year": {"type": ["integer", "null"], "description": "null where the spec does not say it"},
    "error": {
        "type": ["number", "null"],
        "description": "ImageNet top-1 error in percent as papers print it, by a single crop where "
        "one is printed; null where none is",
    },
    "inputs": {"type": "array", "items": {"type": "string"}},
    "receptive_field_note": {
        "type": ["string", "null"],
        "description": "why receptive_field is null, such as `the whole input`, or what one size "
        "does not say; else null",
    },
}
"""The values of the tables' records that are no quantities."""


def value_schema(key: str) -> dict[str, Any]:
    if key in OWN:
        return OWN[key]
    quantity = QUANTITIES[key]
    return {
        "description": quantity.note.format(bytes="4, or --bytes,", optimizer="the optimizer"),
        **quantity.schema,
    }


@pytest.mark.parametrize(
    ("name", "arguments", "keys", "usual"),
    [
        ("table", "--models NAMES", table.COLUMNS, table.USUAL),
        ("layers", "MODEL", [*layers.COLUMNS, "inputs"], [*layers.COLUMNS, "inputs"]),
    ],
)
def test_the_schemas_of_tables_follow_from_their_columns(
    name: str,
    arguments: str,
    keys: Sequence[str],
    usual: Sequence[str],
    golden: Callable[[str, str], None],
) -> None:
    """`pytest --update-golden tests/test_output_schemas.py` writes them anew."""
    item = {
        "type": "object",
        "properties": {key: value_schema(key) for key in keys},
        "required": list(usual),
        "additionalProperties": False,
    }
    golden(*written_schema(name, arguments, item))


def test_the_schema_of_sweeps_follows_from_their_counts(
    golden: Callable[[str, str], None],
) -> None:
    count = {"type": ["integer", "null"], "minimum": 0}
    refused = {
        "type": ["string", "null"],
        "description": "why the spec refuses the point, or a point like it; then it has no "
        "figures. Not there with --where and --pareto",
    }
    varied = {
        "type": ["integer", "number", "string"],
        "description": "what varies: an argument, an item of a list, a size; a shape is CxHxW",
    }
    item = {
        "type": "object",
        "properties": {**dict.fromkeys(COUNTED, count), "refused": refused},
        "additionalProperties": varied,
    }
    golden(*written_schema("sweep", "MODEL", item))


def written_schema(name: str, arguments: str, item: dict[str, Any]) -> tuple[str, str]:
    """The file of the schema of what a command prints, a list of items, and its text."""
    written = {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"archcalc {name} {arguments} --format json",
        "type": "array",
        "items": item,
    }
    return f"../../docs/output/{name}.schema.json", json.dumps(written, indent=1) + "\n"


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


def label(value: str | list[str]) -> str:
    return value if isinstance(value, str) else " ".join(value)


@pytest.mark.parametrize(("name", "arguments"), COMMANDS, ids=label)
def test_output_is_as_its_schema_says(
    name: str, arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """The last test here: those above write schemas anew where `--update-golden` asks for it."""
    assert main([*arguments, "--format", "json"]) == 0
    output = json.loads(capsys.readouterr().out)
    assert output
    validator = jsonschema.Draft202012Validator(schema(name))
    assert [error.message for error in validator.iter_errors(output)] == []
