"""Files of counters and of networks for them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from archcalc.network import Network, load

MINE = {
    "name": "mine",
    "calls_it": "FLOPs",
    "ops": {"conv2d linear": {"macs": 2, "bias": 1}, "any_other": {"outputs": 1}},
}


def counter_file(folder: Path, content: Any) -> Path:
    path = folder / "mine.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content))
    return path


def network(
    folder: Path, layers: list[dict[str, Any]], input: list[int], **settings: Any
) -> Network:
    tree = {"title": "t", "year": 2024, "source": "here", "input": input, "layers": layers}
    path = folder / "my.json"
    path.write_text(json.dumps(tree))
    return load(str(path), **settings)
