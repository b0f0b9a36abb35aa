"""What the tests of explain share: parts of an explanation, and small specs to explain."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from archcalc.explanation import Explanation, explain
from archcalc.network import load


def parts(root: Explanation) -> Iterator[Explanation]:
    stack = [root]
    while stack:
        part = stack.pop()
        yield part
        stack += part.children


def quantities(part: Explanation) -> dict[str, Any]:
    found = {quantity.name: quantity for quantity in part.workings}
    assert len(found) == len(part.workings), "a name stands for one quantity"
    return found


def shown(model: str, layer: str | None, quantity: str) -> tuple[str, str, int]:
    (found,) = explain(load(model), layer, quantity).workings
    return found.formula, found.substituted, found.value


def spec_file(folder: str | Path, *layers: dict[str, Any], input: Any = (3, 8, 8)) -> str:
    tree = {"title": "T", "year": 2020, "source": "S", "input": input, "layers": list(layers)}
    path = Path(folder) / "t.json"
    path.write_text(json.dumps(tree))
    return str(path)


def conv(name: str, channels: int, kernel_size: int, **fields: Any) -> dict[str, Any]:
    padding = kernel_size // 2
    return {"name": name, "op": "conv2d", "out_channels": channels, "kernel_size": kernel_size,
            "padding": padding, **fields}  # fmt: skip
