"""What the tests of ops share: the hand-worked examples that each op declares."""

from __future__ import annotations

from typing import Any

from archcalc.analysis.count import Reading
from archcalc.ops.op import Example
from archcalc.ops.registry import OPS, create
from archcalc.shape import Shape


def fields_of(example: Example) -> dict[str, Any]:
    """An example's fields as the reader hands them on: lists as tuples."""
    return {name: _read(value) for name, value in example.fields.items()}


def _read(value: Any) -> Any:
    return tuple(map(_read, value)) if isinstance(value, list) else value


def readings_of_examples(batch: int = 2) -> list[Reading]:
    """Every example of every op as a layer of a network."""
    return [
        Reading(
            create(cls, fields_of(example)),
            Shape(*example.output),
            [Shape(*sizes) for sizes in example.inputs],
            batch,
        )
        for cls in OPS.values()
        for example in cls.examples
    ]
