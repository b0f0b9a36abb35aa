"""Spec files are untrusted: none takes long or much memory, or ends in another error than ours."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from archcalc.errors import ArchcalcError, quote
from archcalc.language.read import read
from tests.spec_files import RELU, Tree, block, conv, graph, message, spec


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "large.json").write_bytes(b" " * (2**20 + 1))
    (tmp_path / "largest.json").write_bytes(json.dumps(spec(RELU)).encode().ljust(2**20))
    assert read(tmp_path / "largest.json").items
    (tmp_path / "mark.json").write_bytes(b"\xef\xbb\xbf{}")
    (tmp_path / "latin.json").write_bytes(b'{"title": "\xe9"}')
    (tmp_path / "folder.json").mkdir()
    said = {
        "large.json": "is larger than 1 MiB",
        "mark.json": "starts with a byte-order mark; save it as plain UTF-8",
        "latin.json": "is not UTF-8 text (byte 11)",
        "folder.json": "cannot be read: is a directory",
        "a\0b.json": "cannot be read: embedded null byte",
    }
    for name, problem in said.items():
        with pytest.raises(ArchcalcError) as caught:
            read(tmp_path / name)
        assert str(caught.value) == f"{quote(tmp_path / name, '')}: {problem}"
    with pytest.raises(ArchcalcError, match=r"^no file 'missing\.json'$"):
        read("missing.json")


def test_names_of_modules_own_attributes_are_names() -> None:
    names = ["type", "train", "half", "forward", "parameters", "_modules", "__class__"]
    network = graph(spec(*({**RELU, "name": name} for name in names)))
    assert [node.name for node in network.nodes] == names


def test_reading_stops_after_a_hundred_problems() -> None:
    lines = message(spec(*[1] * 50_000)).split("\n")
    assert lines[0] == "layers[0]: an item is an object, got 1"
    assert lines[99:] == [
        "layers[99]: an item is an object, got 1",
        "reading stopped after 100 problems",
        "101 problems",
    ]


def test_ten_levels_are_fine() -> None:
    items: list[Any] = [RELU]
    for _ in range(10):
        items = [{"layers": items}]
    assert len(graph(spec(*items)).nodes) == 1


def doubling(*innermost: Any) -> Tree:
    """Forty blocks, each of which uses the next one twice."""
    blocks = {
        f"b{i}": block({"name": "x", "block": f"b{i + 1}"}, {"name": "y", "block": f"b{i + 1}"})
        for i in range(40)
    }
    return spec({"block": "b0"}, RELU, blocks={**blocks, "b40": block(*innermost)})


def in_groups(*items: Any, levels: int = 25) -> list[Any]:
    """Items inside unnamed groups inside unnamed groups."""
    for _ in range(levels):
        items = ({"layers": list(items)},)
    return list(items)


def nested(copies: Any, levels: int) -> Tree:
    """A repetition of a repetition of ... an op."""
    item: Tree = {**RELU, "name": "a", "repeat": copies}
    for _ in range(levels - 1):
        item = {"name": "a", "repeat": copies, "layers": [item]}
    return item


ENDLESS = {"name": "again", "block": "b"}
TREE = {
    "arguments": {"d": None},
    "layers": [{"name": n, "block": "b", "d": "d - 1", "when": "d > 0"} for n in ("x", "y")],
}
MANY = "the file comes to more than 125,000 items"
DEEP_USE = "lists and blocks are more than 64 deep"

HUGE = {
    "a repeat of 10^9": (spec(nested(10**9, 1)), f"layers[0] 'a' (relu): {MANY}"),
    "repeats inside repeats": (spec(nested(1_000, 2)), f"layers[0] 'a' (layers): {MANY}"),
    "repeats inside groups inside repeats": (
        spec({"name": "a", "repeat": 1_000, "layers": [{"layers": [nested(1_000, 1)]}]}),
        f"layers[0] 'a' (layers): {MANY}",
    ),
    "repeats inside branches inside repeats": (
        spec({"name": "b", "repeat": 1_000, "branches": {"x": [nested(1_000, 1)]}, "join": "add"}),
        f"layers[0] 'b' (add): {MANY}",
    ),
    "repeats of an argument": (
        spec(nested("n", 3), arguments={"n": 100}),
        f"layers[0] 'a' (layers): {MANY}",
    ),
    "repeats of nothing": (spec({"name": "a", "repeat": 10**6, "layers": []}, RELU), MANY),
    "blocks that double": (doubling(RELU), MANY),
    "blocks that double nothing": (doubling(), MANY),
    "a block that uses itself": (
        spec({"block": "b"}, blocks={"b": block(RELU, ENDLESS)}),
        DEEP_USE,
    ),
    "deep groups that use themselves": (
        spec({"block": "b"}, blocks={"b": block(*in_groups(RELU, ENDLESS))}),
        DEEP_USE,
    ),
    "a tree of absent items": (spec({"block": "b", "d": 60}, RELU, blocks={"b": TREE}), MANY),
    "maps that multiply": (
        spec({"name": "a", "op": "upsample", "scale_factor": 10**9, "repeat": 600}),
        "layers[0] 'a' (upsample), as a.3: its output has a size of more than 10^30",
    ),
    "axes that add up": (
        spec({"name": "a", "op": "embedding", "num_embeddings": 2, "embedding_dim": 2,
              "repeat": 9_000}, input=[16]),
        "layers[0] 'a' (embedding), as a.63: its output has 65 axes, more than 64",
    ),
    "a mistake in every copy": (
        spec({"name": "a", "repeat": 15_000, "layers": [RELU, {**RELU, "inputs": "input"}]}),
        "layers[0].layers[0] (relu), as a.0.relu: its result is never used",
    ),
    "a join of very many": (
        spec(
            {**RELU, "name": "a", "inputs": "input", "repeat": 20_000},
            {"op": "add", "name": "b", "inputs": ["a.*"] * 5, "repeat": 100},
        ),
        MANY,
    ),
    "lists that double": (
        spec(
            {**RELU, "when": "d == d"},
            arguments={"a": [1] * 200, "b": "[a, a, a, a]", "c": "[b, b, b]", "d": "[c, c]"},
        ),
        "arguments.b: a list has more than 256 values",
    ),
    "very many equal keys": (
        "{" + ", ".join(['"a": 1'] * 100_000) + "}",
        "key 'a' is given twice",
    ),
    "very many unknown keys": (
        spec(RELU, **{f"k{i}": 1 for i in range(50_000)}),
        "unknown key 'k0'",
    ),
    "very many misspelt arguments": (
        spec(
            *(conv(out_channels=f"wdie{i}") for i in range(200)),
            arguments={f"wide{i}": 1 for i in range(10_000)},
        ),
        "out_channels takes a whole number of at least 1: unknown name 'wdie0'",
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", HUGE)
def test_a_small_file_cannot_ask_for_much(case: str) -> None:
    file, said = HUGE[case]
    start = time.process_time()
    first, *others = message(file).split("\n")
    # Each takes well under a second alone; the bound only tells seconds from for ever.
    assert time.process_time() - start < 10
    assert said in first
    assert len(others) <= 102  # the problem at which reading stopped, and how many there are


def test_no_bad_file_takes_much_memory(tmp_path: Path) -> None:
    """In a process that is given no more than 300 MB."""
    file = tmp_path / "my.json"
    file.write_text(json.dumps(doubling(RELU)))
    program = (
        "import resource, sys\n"
        "resource.setrlimit(resource.RLIMIT_AS, (300 << 20, 300 << 20))\n"
        "from archcalc.cli import main\n"
        "sys.exit(main(['validate', sys.argv[1]]))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(file)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    assert "items" in done.stderr
