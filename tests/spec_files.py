"""Small spec files for tests, and what is said of bad ones."""

from __future__ import annotations

import json
from typing import Any

from archcalc.errors import SpecError
from archcalc.graph import Graph
from archcalc.language.expand import expand
from archcalc.language.read import from_json
from archcalc.language.strict_json import read_text

Tree = dict[str, Any]

RELU = {"op": "relu"}
NO_NAME = "cannot be a name; 1 to 64 of A-Z a-z 0-9 _, not digits alone"


def spec(*layers: Any, **keys: Any) -> Tree:
    """A file that is right, but for what is given."""
    start = {"title": "T", "year": 2024, "source": "S", "input": [3, 32, 32]}
    return {**start, "layers": list(layers), **keys}


def relu(name: str, **keys: Any) -> Tree:
    return {"op": "relu", "name": name, **keys}


def point(out_channels: Any, **keys: Any) -> Tree:
    """A 1x1 convolution, which changes the channels alone."""
    return {"op": "conv2d", "out_channels": out_channels, "kernel_size": 1, "bias": False, **keys}


def conv(**fields: Any) -> Tree:
    return {"op": "conv2d", "out_channels": 8, "kernel_size": 3, **fields}


def block(*layers: Any, **keys: Any) -> Tree:
    return {"layers": list(layers), **keys}


def graph(file: Tree | str, **settings: Any) -> Graph:
    """The first network of a file."""
    text = file if isinstance(file, str) else json.dumps(file)
    read = from_json(read_text(text, "my.json"), "my.json", "my")
    return expand(read, next(iter(read.presets.values())), **settings)


def listed(expanded: Graph) -> list[str]:
    """The nodes as `name < its inputs`."""
    return [f"{node.name} < {', '.join(node.inputs)}" for node in expanded.nodes]


def nodes(*items: Any, **keys: Any) -> list[str]:
    return listed(graph(spec(*items, **keys)))


def channels(*items: Any, **keys: Any) -> list[int]:
    return [node.shape.channels for node in graph(spec(*items, **keys)).nodes]


def message(file: Tree | str) -> str:
    """What is said of a bad file, without its name."""
    try:
        graph(file)
    except SpecError as error:
        return "\n".join(line.removeprefix("my.json: ") for line in str(error).split("\n"))
    return "nothing is wrong"


def warnings(file: Tree) -> list[str]:
    """What is said of a file that is probably a mistake, without its name."""
    return [line.removeprefix("my.json: ") for line in graph(file).warnings]


def ids(rows: list[Any]) -> list[str]:
    """Names for the rows of a table: how each one's message begins."""
    return [row[-1].split("\n")[0][:70] for row in rows]
