"""Hypothesis strategies for bad input: spec files changed anywhere, and JSON that never was one."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from hypothesis import strategies as st

from archcalc.language.families import PRESET_KEYS
from archcalc.language.items import BODY_KEYS, JOINS
from archcalc.language.model import ITEM_KEYS
from archcalc.language.read import BLOCK_KEYS, FILE_KEYS
from archcalc.names.catalog import SPEC_FOLDERS, specs_folder
from archcalc.ops.registry import OPS

Draw = Callable[[st.SearchStrategy[Any]], Any]
Path = tuple[Any, ...]

EVERYTHING: dict[str, Any] = {
    "title": "T", "year": 2024, "source": "S", "input": [3, 16, "8 + 2 * n"],
    "arguments": {"n": 4, "sizes": [1, [2, "n"]], "body": "unit", "act": "relu", "yes": True},
    "presets": {"one": {}, "two": {"set": {"n": 2}, "input": [4, 8, 8], "title": "Two"}},
    "blocks": {
        "unit": {
            "inputs": ["input", "skip"],
            "arguments": {"channels": None, "last": "in_channels // 8"},
            "layers": [
                {"op": "conv2d", "out_channels": "channels", "kernel_size": [1, 3],
                 "padding": [0, 1], "stride": "sizes[1][0] // 2"},
                {"name": "again", "block": "tree", "depth": "last", "when": "last < 3"},
                {"op": "concat", "inputs": ["again", "skip"]},
                {"name": "pad", "op": "pad", "width": [0, 1]},
                {"name": "cut", "op": "crop", "width": [0, 1]},
                {"name": "same", "op": "conv2d", "out_channels": "channels", "kernel_size": 1},
                {"op": "add", "inputs": ["conv2d", "same"]},
            ],
        },
        "tree": {
            "arguments": {"depth": 2, "fraction": "depth / 3"},
            "layers": [
                {"block": "act"},
                {"name": "deeper", "block": "tree", "depth": "depth - 1", "when": "depth > 0"},
                {"op": "scale", "factor": "fraction"},
            ],
        },
    },
    "layers": [
        {"name": "a", "block": "body", "inputs": [-1, "input"], "repeat": "n", "channels": "3 + n",
         "first": {"inputs": ["input", "input"], "channels": "n"}, "last": "index"},
        {"name": "split", "branches": {
            "left": {"op": "max_pool2d", "kernel_size": 3, "stride": 1, "padding": 1},
            "right": [{"op": "relu"}, {"name": "r", "op": "batch_norm"}],
            "none": [],
        }, "join": "concat", "when": "n > 1"},
        {"name": "pool", "op": "max_pool2d", "kernel_size": 2, "when": "yes"},
        {"name": "g", "layers": [{"op": "max_unpool2d", "of": "pool"}, {"op": "sigmoid"}]},
        {"name": "c", "op": "conv2d", "out_channels": 6, "kernel_size": 3, "padding": 1},
        {"name": "d", "op": "conv_transpose2d", "weights": "c", "out_channels": "in_channels",
         "kernel_size": 3, "when": "in_channels != 6"},
        {"name": "side", "auxiliary": {"loss_weight": 0.3}, "layers": [
            {"op": "linear", "out_features": "n"}, {"op": "softmax"}]},
        {"op": "concat", "inputs": ["a.*", "g", "c"], "when": "not yes"},
        {"name": "table", "op": "conv2d", "out_channels": 2, "kernel_size": 1,
         "connections": [[0, 1], [2]]},
        {"op": "upsample", "scale_factor": 2, "mode": "bilinear"},
        {"op": "flatten"},
        {"name": "fc", "op": "linear", "out_features": 10, "note": "n"},
    ],
}  # fmt: skip
"""Every construct of the language at least once, for changes to work on."""


@cache
def trees() -> list[Any]:
    """The built-in spec files, and one with everything."""
    files = [
        path for kind in SPEC_FOLDERS for path in sorted((specs_folder() / kind).glob("*.json"))
    ]
    return [EVERYTHING] * len(files) + [json.loads(path.read_text("utf-8")) for path in files]


# --- hostile values -------------------------------------------------------------------------------

RAW = {
    "<digits>": "9" * 5_000,
    "<exponent>": "1e999999999",
    "<tiny>": "0." + "0" * 400 + "1",
    "<nan>": "NaN",
    "<infinity>": "-Infinity",
    "<surrogate>": '"\\ud800"',
    "<deep>": "[" * 100_000 + "]" * 100_000,
    "<deeper objects>": '{"layers":[' * 40 + "]}" * 40,
    "<twice>": '{"op": "relu", "op": "tanh"}',
    "<nothing>": "",
    "<minus zero>": "-0",
    "<float>": "0.1",
}
"""What JSON text can hold and a Python value cannot, by the text that stands for it."""

NUMBERS = (
    0, 1, -1, 2, 3, 7, 64, 65, 255, 256, 257, 1_000, 125_000, 10**9, 10**9 + 1, -(10**9), 2**31,
    2**63, 10**11, True, False, None,
)  # fmt: skip
EXPRESSIONS = (
    "n", "in_channels", "index", "0", "-1", "1/3", "n/3", "n // 0", "n / 0", "1 / (n - n)",
    "(" * 90 + "1" + ")" * 90, "-" * 150 + "1", "n" + "*n" * 60, "1000000000 * 1000000000",
    "[1, 2]", "[]", "[[[[1]]]]", "[n] * 2", "[1, 2] + [1, 2, 3]", "sizes", "sizes[9]", "sizes[-1]",
    "sizes[n]", "sizes[1/2]", "n == 1", "n < [1]", "[1] == [1]", "not n", "n and yes", "n or 1/0",
    "a if b else c", "lambda: 0", "f(1)", "n.real", "n ** 9", "n % 2", "~n", "1e9", "0x10", "1_000",
    "1.5", "007", "n <", "+n", "+ 1", "'a'", "n n", "n\tn", "n\nn", "​n", "ｎ", "²", "unit + 1",
    "-unit", "relu", "relu * 2", "relu == relu", "tree", "unit[0]", "1 < 2 < 3", "n is n", "n in n",
    "n := 1", "*n", "[*n]", "[n for n in n]", "1,2", "()", "(1, 2)", "...", ".5", "5.", "True",
    "None", "__import__", "a" * 200, "a" * 201, "1 " + "+ 1" * 60, "0.1 + 0.2", "-0.5", "1/1000003",
    "0.000000001 / 999999999", "not not not n", "in_channels / 2", "in_channels // 2 * 2", "-n",
)  # fmt: skip
TEXTS = (
    "", " ", "input", "input.*", "a.0", "a.*", "a.0.again", "a..", ".", "..", "*", ".*", "-1", "-0",
    "-", "-n", "\x1b[31m", "\x00", "\n", "\r\n", "\u2028", "\u202e", "é", "🙂", "A" * 65, "A" * 501,
    "0", "1x1", "__class__", "forward", "a b", "a/b", "../x", "a|b", "<b>", "=1+1", "'", '"', "\\",
    "`", "$x", "{}", "%s", "c", "g", "unit", "tree", "pool", "a", "zeros", "reflect", "nearest",
)  # fmt: skip


def hostile_values() -> st.SearchStrategy[Any]:
    """One value that a spec file may hold in the wrong place, or in no place."""
    return st.one_of(
        st.sampled_from(NUMBERS),
        st.sampled_from(EXPRESSIONS),
        st.sampled_from(TEXTS),
        st.sampled_from(list(RAW)),
        st.integers(-3, 12),
        st.sampled_from([[], {}, [[]], [{}], [0], [1, 1], [3, 3, 3], ["n"], [None], [[0], []]]),
        st.sampled_from([[1] * 300, [[1] * 20] * 20, {"op": "relu"}, [{"op": "relu"}]]),
        st.text(max_size=8),
        json_values(),
    )


def json_values() -> st.SearchStrategy[Any]:
    """Any JSON value, with the keys of a spec more often than by chance."""
    leaves = st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=20),
        st.sampled_from(NUMBERS), st.sampled_from(TEXTS), st.sampled_from(EXPRESSIONS),
        st.sampled_from(list(OPS)),
    )  # fmt: skip
    names = st.one_of(keys(), st.text(max_size=6))
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=5),
        max_leaves=12,
    )


def keys() -> st.SearchStrategy[str]:
    """A key that a spec file has somewhere."""
    fields = {name for op in OPS.values() for name in op.field_infos}
    known = {*FILE_KEYS, *BLOCK_KEYS, *PRESET_KEYS, *BODY_KEYS, *ITEM_KEYS, "join", "loss_weight"}
    return st.sampled_from(sorted(known | fields))


# --- changes of a tree ----------------------------------------------------------------------------


def paths(tree: Any, path: Path = ()) -> Iterator[Path]:
    """Every place in a JSON value but the root."""
    steps = tree if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    for step in steps:
        yield (*path, step)
        yield from paths(tree[step], (*path, step))


def at(tree: Any, path: Path) -> Any:
    for step in path:
        tree = tree[step]
    return tree


def replace(draw: Draw, tree: Any, parent: Any, step: Any) -> None:
    parent[step] = draw(hostile_values())


def drop(draw: Draw, tree: Any, parent: Any, step: Any) -> None:
    del parent[step]


def repeat(draw: Draw, tree: Any, parent: Any, step: Any) -> None:
    """A list's value twice or often; an object's under another key."""
    if isinstance(parent, list):
        parent[step:step] = [parent[step]] * draw(st.sampled_from([1, 1, 2, 50]))
    else:
        parent[draw(keys() | st.sampled_from(TEXTS))] = copy.deepcopy(parent[step])


def rename(draw: Draw, tree: Any, parent: Any, step: Any) -> None:
    if isinstance(parent, dict):
        name = draw(st.one_of(keys(), st.sampled_from(TEXTS), st.text(max_size=5)))
        entries = [(name if key == step else key, value) for key, value in parent.items()]
        parent.clear()
        parent.update(entries)


def graft(draw: Draw, tree: Any, parent: Any, step: Any) -> None:
    """A value from elsewhere in the file: blocks in blocks, lists in lists, names for names."""
    parent[step] = copy.deepcopy(at(tree, draw(st.sampled_from(list(paths(tree))))))


def wrap(draw: Draw, tree: Any, parent: Any, step: Any) -> None:
    value = parent[step]
    parent[step] = draw(
        st.sampled_from(
            [
                [value],
                {"layers": [value]},
                {"layers": value, "name": "w", "repeat": 3},
                {"branches": {"x": value, "y": []}},
                {"branches": {"x": [value], "y": [value]}, "join": "add"},
                f"2 * ({value})",
                f"{value} // 3",
                f"[{value}, {value}]",
            ]
        )
    )


def add(draw: Draw, tree: Any, parent: Any, step: Any) -> None:
    """One more key, or one more item."""
    target = parent[step] if isinstance(parent[step], dict | list) else parent
    if isinstance(target, dict):
        target[draw(keys())] = draw(hostile_values())
    else:
        item = {"op": draw(st.sampled_from(list(OPS)))}
        for _ in range(draw(st.integers(0, 3))):
            item[draw(keys())] = draw(hostile_values())
        target.insert(draw(st.integers(0, len(target))), item)


def join(draw: Draw, tree: Any, parent: Any, step: Any) -> None:
    """An item that joins things, where there was one that did not."""
    items = parent if isinstance(parent, list) else [parent]
    inputs = draw(st.lists(st.sampled_from([-1, -2, "input", *TEXTS]), min_size=1, max_size=4))
    items.append({"op": draw(st.sampled_from(JOINS)), "inputs": inputs})


CHANGES = (replace, replace, replace, drop, repeat, rename, graft, graft, wrap, add, add, join)


@st.composite
def changed_specs(draw: Draw) -> str:
    """The text of a spec file that was right until a few places in it were changed."""
    tree = copy.deepcopy(draw(st.sampled_from(trees())))
    for _ in range(draw(st.integers(1, 4))):
        places = list(paths(tree))
        if places:
            *path, step = draw(st.sampled_from(places))
            draw(st.sampled_from(CHANGES))(draw, tree, at(tree, tuple(path)), step)
    return written(tree)


@st.composite
def changed_texts(draw: Draw) -> str:
    """The text of a spec file with a stretch of it cut out, doubled or replaced."""
    text = written(draw(st.sampled_from(trees())))
    start = draw(st.integers(0, len(text) - 1))
    end = min(len(text), start + draw(st.integers(0, 40)))
    middle = draw(
        st.one_of(
            st.just(""), st.just(text[start:end] * 2), st.sampled_from(list(RAW.values())),
            st.text(max_size=5), st.sampled_from(list('{}[]",:\\-.')),
        )
    )  # fmt: skip
    return text[:start] + middle + text[end:]


def written(tree: Any) -> str:
    """A tree as JSON text, with what only text can say in place of what stands for it."""
    text = json.dumps(tree)
    for name, raw in RAW.items():
        text = text.replace(json.dumps(name), raw, 1)
    return text
