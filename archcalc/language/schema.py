"""The JSON Schema of spec files, for editors: completes each op's own fields and flags typos.

It is derived from the ops and from the reader's lists of keys. What a schema cannot say (names
that must exist, shapes that must agree), `archcalc validate` checks.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from archcalc.expressions.parsing import LONGEST
from archcalc.language.declarations import DECLARATION_KEYS, MOST_ALLOWED
from archcalc.language.families import MODEL_NAME, PRESET_KEYS
from archcalc.language.items import JOINS
from archcalc.language.model import ITEM_KEYS
from archcalc.language.read import BLOCK_KEYS, FILE_KEYS, REQUIRED_KEYS
from archcalc.language.values import NAME
from archcalc.ops.op import Op
from archcalc.ops.registry import OPS, doc_line
from archcalc.shape import MOST_SIZES

ID = "urn:archcalc:spec"
"""What editors know the schema by, beside where it lies."""
_TEXT = {"type": "string", "maxLength": 500}
ARGUMENT = {"$ref": "#/$defs/argument"}
DECLARATIONS = {
    "type": "object",
    "propertyNames": {"pattern": f"^{NAME.pattern}$"},
    "additionalProperties": {"$ref": "#/$defs/declaration"},
}
ITEMS = {"type": "array", "items": {"$ref": "#/$defs/item"}}
REFERENCE = {"anyOf": [{"type": "string"}, {"type": "integer", "maximum": -1}]}
_SIZES = {
    "type": "array",
    "items": {"type": ["integer", "string"], "minimum": 1, "maxLength": LONGEST},
    "minItems": 1,
    "maxItems": MOST_SIZES,
}


def schema() -> dict[str, Any]:
    """The schema of a spec file, JSON Schema draft 2020-12.

    What an item is decides what else it takes, by `if` and `then`, so that an editor names the
    field that is wrong, where of alternatives it could only say that none fits.
    """
    ops = {name: _op(op) for name, op in sorted(OPS.items())}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": ID,
        "title": "archcalc spec",
        **_object(FILE, required=list(REQUIRED_KEYS)),
        "$defs": {
            "expression": {
                "type": "string",
                "maxLength": LONGEST,
                "description": "arithmetic with + - * / //, lists and names of arguments",
            },
            "argument": {
                "type": ["number", "boolean", "string", "array"],
                "maxLength": LONGEST,
                "items": ARGUMENT,
                "description": "a number, a list or an expression",
            },
            "declaration": _either("object", _object(DECLARATION), ARGUMENT),
            "block": _object(BLOCK, required=["layers"]),
            "preset": _object(PRESET),
            "item": _item(ops),
            **ops,
        },
    }


def _item(ops: Iterable[str]) -> dict[str, Any]:
    """An item is of the kind of the first of these keys that it has, and then has none of the
    others."""
    kinds = {
        "op": {
            "properties": {"op": {"enum": [*ops]}},
            "allOf": [
                {
                    "if": {"properties": {"op": {"const": name}}, "required": ["op"]},
                    "then": {"$ref": f"#/$defs/{name}"},
                }
                for name in ops
            ],
        },
        "block": {
            **_object({**ITEM, "block": {"type": "string"}, "branches": False, "layers": False}),
            "additionalProperties": ARGUMENT,
        },
        "branches": _object({**ITEM, "branches": BRANCHES, "join": {"enum": list(JOINS)}}),
        "layers": _object({**ITEM, "layers": ITEMS}),
    }
    otherwise: Any = {"required": ["op"]}
    for key, kind in reversed(kinds.items()):
        otherwise = {"if": {"required": [key]}, "then": kind, "else": otherwise}
    return _either("object", otherwise, {"type": "object"})


def _either(type: str, one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """One schema for values of a JSON type, another for all others."""
    return {"if": {"type": type}, "then": one, "else": other}


def _object(properties: dict[str, Any], required: list[str] | None = None) -> dict[str, Any]:
    return {
        "type": "object",
        "properties": properties,
        "required": required or [],
        "additionalProperties": False,
    }


def _op(op: type[Op]) -> dict[str, Any]:
    fields = {
        name: {**info.kind.schema, "description": info.doc} for name, info in op.field_infos.items()
    }
    return {
        "description": doc_line(op),
        **_object({**ITEM, "op": {"const": op.name}, **fields}, ["op", *op.required_fields]),
    }


INPUT_SIZES = _either("object", {"additionalProperties": _SIZES, "minProperties": 1}, _SIZES)
ITEM = {
    "name": {"type": "string", "pattern": f"^{NAME.pattern}$"},
    "inputs": _either("array", {"items": REFERENCE, "minItems": 1}, REFERENCE),
    "when": {"type": ["string", "boolean", "integer"], "maxLength": LONGEST},
    "repeat": {"type": ["string", "integer"], "minimum": 0, "maxLength": LONGEST},
    "first": {"type": "object"},
    "auxiliary": _object({"loss_weight": {"type": "number"}}, required=["loss_weight"]),
    "note": _TEXT,
}
BRANCHES = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": _either("array", ITEMS, {"$ref": "#/$defs/item"}),
}
DECLARATION = {
    "default": {**ARGUMENT, "description": "what it is unless it is given"},
    "note": _TEXT,
    "values": {"type": "array", "items": ARGUMENT, "minItems": 1, "maxItems": MOST_ALLOWED},
    "minimum": {"type": "number"},
    "maximum": {"type": "number"},
    "any_length": {"type": "boolean"},
    "as_long_as": {"type": "string"},
}
PRESET = {
    "set": {"type": "object", "additionalProperties": ARGUMENT},
    "title": _TEXT,
    "family": _TEXT,
    "year": {"type": "integer"},
    "source": _TEXT,
    "input": INPUT_SIZES,
    "note": _TEXT,
    "usually": {**_TEXT, "description": "the model that people usually mean by this name"},
    "against": {**_TEXT, "description": "the preset of this file that it is set against"},
}
BLOCK = {
    "layers": ITEMS,
    "arguments": {
        **DECLARATIONS,
        "additionalProperties": _either("null", {}, {"$ref": "#/$defs/declaration"}),
    },
    "inputs": {"type": "array", "items": {"type": "string"}, "minItems": 1},
    "note": _TEXT,
}
FILE = {
    **{key: value for key, value in PRESET.items() if key not in ("set", "against")},
    "$schema": {"type": "string"},
    "layers": ITEMS,
    "outputs": {"type": "object", "minProperties": 1, "additionalProperties": {"type": "string"}},
    "arguments": DECLARATIONS,
    "blocks": {
        "type": "object",
        "propertyNames": {"pattern": f"^{NAME.pattern}$"},
        "additionalProperties": {"$ref": "#/$defs/block"},
    },
    "presets": {
        "type": "object",
        "propertyNames": {"pattern": f"^{MODEL_NAME.pattern}$"},
        "additionalProperties": {"$ref": "#/$defs/preset"},
        "minProperties": 1,
    },
}

# The schema and the reader must know the same keys.
assert set(FILE) == set(FILE_KEYS)
assert set(PRESET) == set(PRESET_KEYS)
assert set(BLOCK) == set(BLOCK_KEYS)
assert set(DECLARATION) == set(DECLARATION_KEYS)
assert set(ITEM) == set(ITEM_KEYS)
