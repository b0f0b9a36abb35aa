"""The JSON Schema of spec files, for editors: completes each op's own fields and flags typos.

It is derived from the ops and from the reader's lists of keys. What a schema cannot say (names
that must exist, shapes that must agree), `archcalc validate` checks.
"""

from __future__ import annotations

from typing import Any

from archcalc.language.items import ITEM_KEYS, JOINS
from archcalc.language.read import BLOCK_KEYS, FILE_KEYS, PRESET_KEYS, REQUIRED_KEYS
from archcalc.ops.op import Op
from archcalc.ops.registry import OPS, doc_line, field_infos, required_fields
from archcalc.shape import MOST_SIZES

_TEXT = {"type": "string", "maxLength": 500}
ARGUMENT = {"$ref": "#/$defs/argument"}
ITEMS = {"type": "array", "items": {"$ref": "#/$defs/item"}}
REFERENCE = {"anyOf": [{"type": "string"}, {"type": "integer", "maximum": -1}]}
_INPUT = {
    "type": "array",
    "items": {"anyOf": [{"type": "integer", "minimum": 1}, {"$ref": "#/$defs/expression"}]},
    "minItems": 1,
    "maxItems": MOST_SIZES,
}
ARGUMENTS = {"type": "object", "additionalProperties": ARGUMENT}


def schema() -> dict[str, Any]:
    """The schema of a spec file, JSON Schema draft 2020-12."""
    ops = {name: _op(op) for name, op in sorted(OPS.items())}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "archcalc spec",
        **_object(FILE, required=list(REQUIRED_KEYS)),
        "$defs": {
            "expression": {
                "type": "string",
                "maxLength": 200,
                "description": "arithmetic with + - * / //, lists and names of arguments",
            },
            "argument": {
                "anyOf": [
                    {"type": ["number", "boolean"]},
                    {"$ref": "#/$defs/expression"},
                    {"type": "array", "items": ARGUMENT},
                ]
            },
            "block": _object(BLOCK, required=["layers"]),
            "preset": _object(PRESET),
            "item": {
                "oneOf": [
                    *({"$ref": f"#/$defs/{name}"} for name in ops),
                    {**_object({**ITEM, "block": {"type": "string"}}, required=["block"]),
                     "additionalProperties": ARGUMENT},
                    _object(
                        {**ITEM, "branches": BRANCHES, "join": {"enum": list(JOINS)}},
                        required=["branches"],
                    ),
                    _object({**ITEM, "layers": ITEMS}, required=["layers"]),
                ]
            },
            **ops,
        },
    }  # fmt: skip


def _object(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required or [],
        "additionalProperties": False,
    }


def _op(op: type[Op]) -> dict[str, Any]:
    fields = {
        name: {**info.kind.schema, "description": info.doc}
        for name, info in field_infos(op).items()
    }
    return {
        "description": doc_line(op),
        **_object({**ITEM, "op": {"const": op.name}, **fields}, ["op", *required_fields(op)]),
    }


ITEM = {
    "name": {"type": "string", "pattern": "^[A-Za-z0-9_]{1,64}$"},
    "inputs": {"anyOf": [REFERENCE, {"type": "array", "items": REFERENCE, "minItems": 1}]},
    "when": {"anyOf": [{"$ref": "#/$defs/expression"}, {"type": ["boolean", "integer"]}]},
    "repeat": {"anyOf": [{"$ref": "#/$defs/expression"}, {"type": "integer", "minimum": 0}]},
    "first": {"type": "object"},
    "auxiliary": _object({"loss_weight": {"type": "number"}}, required=["loss_weight"]),
    "note": _TEXT,
}
BRANCHES = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": {"anyOf": [ITEMS, {"$ref": "#/$defs/item"}]},
}
PRESET = {
    "set": ARGUMENTS,
    "title": _TEXT,
    "family": _TEXT,
    "year": {"type": "integer"},
    "source": _TEXT,
    "input": {"anyOf": [_INPUT, {"type": "object", "additionalProperties": _INPUT}]},
    "note": _TEXT,
    "usually": {**_TEXT, "description": "the model that people usually mean by this name"},
    "against": {**_TEXT, "description": "the preset of this file that it is set against"},
}
BLOCK = {
    "layers": ITEMS,
    "arguments": {
        "type": "object",
        "additionalProperties": {"anyOf": [ARGUMENT, {"type": "null"}]},
    },
    "inputs": {"type": "array", "items": {"type": "string"}, "minItems": 1},
    "note": _TEXT,
}
FILE = {
    **{key: value for key, value in PRESET.items() if key not in ("set", "against")},
    "$schema": {"type": "string"},
    "layers": ITEMS,
    "outputs": {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string"}},
    "arguments": ARGUMENTS,
    "blocks": {"type": "object", "additionalProperties": {"$ref": "#/$defs/block"}},
    "presets": {"type": "object", "additionalProperties": {"$ref": "#/$defs/preset"}},
}

# The schema and the reader must know the same keys.
assert set(FILE) == set(FILE_KEYS)
assert set(PRESET) == set(PRESET_KEYS)
assert set(BLOCK) == set(BLOCK_KEYS)
assert set(ITEM) == set(ITEM_KEYS)
