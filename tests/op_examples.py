"""What the tests of ops share: the hand-worked examples that each op declares."""

from __future__ import annotations

from typing import Any

from archcalc.ops.op import Example


def fields_of(example: Example) -> dict[str, Any]:
    """An example's fields as the reader hands them on: lists as tuples."""
    return {name: _read(value) for name, value in example.fields.items()}


def _read(value: Any) -> Any:
    return tuple(map(_read, value)) if isinstance(value, list) else value
