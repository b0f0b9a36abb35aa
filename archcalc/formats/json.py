"""JSON, for programs."""

from __future__ import annotations

import io
import json
from fractions import Fraction
from typing import Any

from archcalc.formats.format import Format
from archcalc.formats.printable import Printable


class Json(Format):
    """Exact integers, shapes as lists, null where nothing applies."""

    name = "json"

    def write(self, found: Printable, width: int) -> str:
        """The data."""
        return to_json(found.as_data())

    def substitute(self, character: str) -> str:
        """An escape, which is read as the same letter."""
        return json.dumps(character)[1:-1]


def to_json(value: Any) -> str:
    """Any data as JSON over several lines."""
    encoder = json.JSONEncoder(indent=1, ensure_ascii=False, default=_jsonable)
    file = io.StringIO()
    for part in encoder.iterencode(value):  # `dumps` would hold all of these at once
        file.write(part)
    return file.getvalue()


def compact(value: Any) -> str:
    """Any data as JSON in one line."""
    return json.dumps(value, default=_jsonable)


def _jsonable(value: Any) -> Any:
    if isinstance(value, Fraction):
        return float(value)
    raise TypeError(f"no JSON for {type(value)}")
