"""The JSON Schema of counters' files, for editors: completes amounts and flags typos.

It is derived from the vocabulary and from the reader's lists of keys. What a schema cannot say
(flags that must exist in expressions, names that are in two rules), the reader checks.
"""

from __future__ import annotations

from typing import Any

from archcalc.counters.rules import (
    ANY_OTHER,
    COUNTER_KEYS,
    KINDS_COUNTED,
    LARGEST_COEFFICIENT,
    REQUIRED_TEXTS,
    STORED,
    WAYS,
)
from archcalc.counters.vocabulary import AMOUNTS, FLAGS, OF_INPUTS
from archcalc.expressions.parsing import LONGEST
from archcalc.ops.registry import OPS

COUNTER_ID = "urn:archcalc:counter"
"""What editors know the schema by, beside where it lies."""
_TEXT = {"type": "string", "maxLength": 500}
_NAMES = {"type": "string", "pattern": r"\S", "maxLength": 500}
_SEEN = {
    "modules": "by the class of torch's modules: BatchNorm2d",
    "calls": "by calls as they are spelled: F.relu, torch.add, +",
    "operators": "by aten operators: batch_norm",
    "ops": "by archcalc's own layer types: batch_norm, conv2d",
}


def counter_schema() -> dict[str, Any]:
    """The schema of a counter's file, JSON Schema draft 2020-12."""
    keys: dict[str, Any] = dict.fromkeys(COUNTER_KEYS, _TEXT)
    keys |= {key: {"type": "boolean"} for key in ("usual", "into_modules", "counts_unread")}
    keys |= {"parameters": {"enum": list(STORED)}, "counts": {"enum": list(KINDS_COUNTED)}}
    keys |= {key: _TEXT | {"minLength": 1} for key in REQUIRED_TEXTS}
    for way in WAYS:
        names = _own_ops() if way == "ops" else _NAMES
        keys[way] = {
            "type": "object",
            "description": _SEEN[way],
            "propertyNames": names,
            "additionalProperties": {"$ref": "#/$defs/rule"},
        }
    of_inputs = {
        name: {"type": "integer", "maximum": LARGEST_COEFFICIENT, "description": doc}
        for name, (doc, _) in OF_INPUTS.items()
    }
    keys["network_inputs"] = _object(of_inputs)
    keys["times"] = _object({way: {"$ref": "#/$defs/times"} for way in WAYS})
    keys["others"] = _object({way: {"type": "string"} for way in WAYS})
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": COUNTER_ID,
        "title": "archcalc counter",
        **_object({"$schema": {"type": "string"}, **keys}),
        "required": list(REQUIRED_TEXTS),
        "anyOf": [{"required": [way]} for way in WAYS],
        "$defs": {
            "rule": _object(
                {
                    name: {"$ref": "#/$defs/times", "description": amount.doc}
                    for name, amount in AMOUNTS.items()
                }
            ),
            "times": {
                "type": ["integer", "string"],
                "minimum": -LARGEST_COEFFICIENT,
                "maximum": LARGEST_COEFFICIENT,
                "maxLength": LONGEST,
                "description": f"how many times; an expression may name {', '.join(FLAGS)}",
            },
        },
    }


def _own_ops() -> dict[str, Any]:
    one = f"({'|'.join([*OPS, ANY_OTHER])})"
    return {"pattern": rf"^\s*{one}(\s+{one})*\s*$"}


def _object(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "additionalProperties": False}
