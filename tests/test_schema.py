"""The JSON Schema of spec files: it accepts what the reader accepts, and names what is wrong."""

from __future__ import annotations

import json
from typing import Any

import jsonschema
import pytest

from archcalc.language.schema import schema
from archcalc.names.catalog import specs_folder
from tests.spec_files import Tree, block, message, spec

CONV = {"op": "conv2d", "out_channels": 8, "kernel_size": 3}
RIGHT = spec(
    {**CONV, "name": "c1", "padding": "same", "stride": ["s", 1]},
    {"name": "tall", "block": "unit", "repeat": 2, "channels": "8*width", "first": {"channels": 8}},
    {"branches": {"a": CONV, "b": [CONV, {"op": "relu"}]}, "join": "add", "when": "s == 1"},
    {"layers": [{"op": "dropout", "p": 0.5}]},
    arguments={
        "s": 1,
        "width": {"default": 1, "note": "A multiplier.", "minimum": 0.25, "maximum": 2},
        "units": {"default": [1, 2], "any_length": True},
        "kind": {"default": "unit", "values": ["unit"]},
    },
    blocks={"unit": block(CONV, arguments={"channels": None, "k": 3})},
    presets={"a-1.0": {"set": {"width": 0.5}}, "b": {"input": [3, "32*s", 32]}},
)


def problems(file: Tree) -> list[tuple[str, str]]:
    """The place and the message of each error."""
    validator = jsonschema.Draft202012Validator(json.loads(json.dumps(schema())))
    return [(error.json_path, error.message) for error in validator.iter_errors(file)]


def test_it_is_a_schema_with_a_name() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())
    assert schema()["$id"] == "urn:archcalc:spec"


def test_it_accepts_what_the_language_has() -> None:
    assert problems({**RIGHT, "$schema": "./archcalc.schema.json"}) == []
    assert problems({**RIGHT, "input": {"image": [3, 8, 8], "text": [5]}}) == []


@pytest.mark.parametrize("path", sorted(specs_folder().glob("[ns]*/*.json")), ids=lambda p: p.stem)
def test_it_accepts_every_built_in_spec(path: Any) -> None:
    assert problems(json.loads(path.read_text())) == []


def changed(place: str, value: Any) -> Tree:
    """The right file with something else at a place, such as `layers.0.op`; `-` is nothing."""
    file = json.loads(json.dumps(RIGHT))
    *way, last = [int(word) if word.isdecimal() else word for word in place.split("/")]
    inside: Any = file
    for word in way:
        inside = inside[word]
    if value == "-":
        del inside[last]
    else:
        inside[last] = value
    return file


WRONG = [
    ("layers/0/op", "cond2d", "$.layers[0].op", "'cond2d' is not one of ['abs'"),
    ("layers/0/out_channels", 0, "$.layers[0].out_channels", "0 is less than the minimum of 1"),
    ("layers/0/out_channels", "-", "$.layers[0]", "'out_channels' is a required property"),
    ("layers/0/kernel_size", [3, 3, 3], "$.layers[0].kernel_size", "[3, 3, 3] is too long"),
    ("layers/0/kernel_size", None, "$.layers[0].kernel_size", "None is not of type"),
    ("layers/0/padding", -1, "$.layers[0].padding", "-1 is less than the minimum of 0"),
    ("layers/0/bias", 2, "$.layers[0].bias", "2 is greater than the maximum of 1"),
    ("layers/0/filters", 8, "$.layers[0]", "('filters' was unexpected)"),
    ("layers/0/name", "1", "$.layers[0].name", "'1' does not match"),
    ("layers/0/inputs", [], "$.layers[0].inputs", "[] should be non-empty"),
    ("layers/0/inputs", 1, "$.layers[0].inputs", "1 is not valid under any"),
    ("layers/0/when", [1], "$.layers[0].when", "[1] is not of type"),
    ("layers/0/auxiliary", {}, "$.layers[0].auxiliary", "'loss_weight' is a required property"),
    ("layers/0", {"name": "x"}, "$.layers[0]", "'op' is a required property"),
    ("layers/0", [CONV], "$.layers[0]", "is not of type 'object'"),
    ("layers/1/repeat", -1, "$.layers[1].repeat", "-1 is less than the minimum of 0"),
    ("layers/1/channels", None, "$.layers[1].channels", "None is not of type"),
    ("layers/2/join", "sum", "$.layers[2].join", "'sum' is not one of ["),
    ("layers/2/branches", {}, "$.layers[2].branches", "{} "),
    ("layers/2/branches/a/op", "conv", "$.layers[2].branches.a.op", "'conv' is not one of ["),
    ("layers/2/branches/b/1/op", "rel", "$.layers[2].branches.b[1].op", "'rel' is not one of ["),
    ("layers/3/layers/0/q", 1, "$.layers[3].layers[0]", "('q' was unexpected)"),
    ("layers/3/join", "add", "$.layers[3]", "('join' was unexpected)"),
    ("arguments/s", None, "$.arguments.s", "None is not of type"),
    ("arguments/width/min", 1, "$.arguments.width", "('min' was unexpected)"),
    ("arguments/width/minimum", "1", "$.arguments.width.minimum", "'1' is not of type 'number'"),
    ("arguments/kind/values", [], "$.arguments.kind.values", "[] should be non-empty"),
    ("arguments/a b", 1, "$.arguments", "'a b' does not match"),
    ("blocks/unit/layers", "-", "$.blocks.unit", "'layers' is a required property"),
    ("blocks/unit/argument", {}, "$.blocks.unit", "('argument' was unexpected)"),
    ("presets/b/sets", {}, "$.presets.b", "('sets' was unexpected)"),
    ("presets/.b", {}, "$.presets", "'.b' does not match"),
    ("input", [3, 0, 1], "$.input[1]", "0 is less than the minimum of 1"),
    ("input", {"a": []}, "$.input.a", "[] should be non-empty"),
    ("input", "3x32x32", "$.input", "'3x32x32' is not of type 'array'"),
    ("year", "2024", "$.year", "'2024' is not of type 'integer'"),
    ("layers", "-", "$", "'layers' is a required property"),
    ("layer", [], "$", "('layer' was unexpected)"),
]


@pytest.mark.parametrize(
    ("place", "value", "path", "said"), WRONG, ids=[f"{place} {v}"[:40] for place, v, *_ in WRONG]
)
def test_the_one_error_is_at_the_field_that_is_wrong(
    place: str, value: Any, path: str, said: str
) -> None:
    file = changed(place, value)
    ((where, text),) = problems(file)
    assert where == path
    assert said in text
    assert message(file) != "nothing is wrong"


def test_an_item_has_one_kind() -> None:
    ((where, _),) = problems(changed("layers/3/block", "unit"))
    assert where.startswith("$.layers[3]")
