"""Families of hostile files in which there is very much of one thing."""

from __future__ import annotations

import random
from typing import Any

from tests.hostile_files import HUGE, SIZES, SMALL, Tree, family, spec
from tests.hostile_graphs import example_item
from tests.hostile_specs import TEXTS

MANY = (0, 1, 7, 300, 5_000, 40_000, 90_000)
"""How many there are; of the most, a file is just below the size that is read, or above it."""


@family
def written_inputs(draw: random.Random) -> Tree:
    """Inputs that are written one by one, of one shape or of two in turn."""
    op = draw.choice(("add", "concat", "mean", "multiply", "subtract", "matmul", "einsum", "relu"))
    some = draw.choice((["a"], ["a", "b"], ["a", "input"], ["b", "gate"], [-1], ["a.0", "b"]))
    many = draw.choice(MANY)
    join = {"name": "j", "op": op, "inputs": [some[i % len(some)] for i in range(many)]}
    if draw.random() < 0.3:
        join["repeat"] = draw.choice((2, 1_000))
    gate = {"name": "gate", "op": "global_avg_pool2d"}
    conv = {"name": "b", "op": "conv2d", "out_channels": draw.choice((3, 5)), "kernel_size": 1}
    return spec({"name": "a", "op": "relu"}, conv, gate, join)


@family
def declared(draw: random.Random) -> Tree:
    """Arguments, presets, blocks, inputs or outputs by the thousand, or declared oddly."""
    many = draw.choice(MANY)
    kind = draw.choice(("arguments", "presets", "blocks", "input", "outputs", "odd"))
    layers: list[Any] = [{"name": "a", "op": "relu"}]
    if kind == "odd":
        keys = ("default", "minimum", "maximum", "choices", "note", "type", "of")
        values = (*SMALL, *HUGE, *TEXTS, None, [], {}, [1, 2], "n", "1/3", "n + 1", True)
        found = {key: draw.choice(values) for key in draw.sample(keys, draw.randint(1, 5))}
        return spec({"op": "scale", "factor": "n"}, arguments={"n": found, "m": found})
    if kind == "arguments":
        chain = {f"n{i}": f"n{i - 1} + 1" if i and draw.random() < 0.9 else 1 for i in range(many)}
        return spec(*layers, arguments=chain)
    if kind == "presets":
        return spec(*layers, presets={f"p{i}": {"title": "T" * (i % 50)} for i in range(many)})
    if kind == "blocks":
        used = [{"name": "u", "block": f"b{max(many - 1, 0)}"}] if draw.random() < 0.5 else layers
        return spec(*used, blocks={f"b{i}": {"layers": layers} for i in range(many)})
    if kind == "input":
        inputs = {f"i{i}": [3, 4, 4] for i in range(many)}
        return spec({"op": "add", "inputs": list(inputs)}, input=inputs)
    heads = [{"name": f"h{i}", "op": "relu", "inputs": "a"} for i in range(min(many, 20_000))]
    return spec(*layers, *heads, outputs={f"o{i}": f"h{i}" for i in range(many)})


@family
def long_lists(draw: random.Random) -> Tree:
    """Shapes, orders, equations and tables of very many places."""
    many = draw.choice(MANY)
    letters = [chr(draw.choice((97, 0x4E00)) + i % 20_000) for i in range(many)]
    item = draw.choice(
        (
            {"op": "permute", "order": list(range(many))},
            {"op": "reshape", "shape": [1] * many},
            {"op": "reshape", "shape": [draw.choice((2, -1))] * many},
            {"op": "expand", "shape": [1] * many},
            {"op": "reduce", "axes": [0] * many, "mode": "mean"},
            {"op": "einsum", "equation": "".join(letters), "inputs": ["input", "input"]},
            {"op": "einsum", "equation": ",".join(letters) + "->", "inputs": ["input"] * 9},
            {"op": "einsum", "equation": "->" * many, "inputs": ["input", "input"]},
            {"op": "parameter", "shape": [1] * many},
            {"op": "flip", "axes": [1] * many},
            {"op": "roll", "shifts": [1] * many, "axes": [0] * many},
            {"op": "conv2d", "out_channels": 1, "kernel_size": [1] * many},
            {"op": "conv2d", "out_channels": many, "kernel_size": 1,
             "connections": [[i % 3] for i in range(many)]},
            {"op": "conv2d", "out_channels": 3, "kernel_size": 1, "connections": [[0] * many] * 3},
            {"op": "pad", "width": [0] * many},
        )
    )  # fmt: skip
    tree = spec({"name": "a", **item})
    if draw.random() < 0.3:
        tree["input"] = [draw.choice((1, 2))] * many
    return tree


@family
def nothing_at_all(draw: random.Random) -> Tree:
    """Repetitions of what is empty or absent, as often as can be said."""
    times = draw.choice((*HUGE, "index", "n", "n * n", "[n] * n", "-n", "n // 0", "1/3"))
    inside: list[Any] = draw.choice(
        ([], [{"op": "relu", "when": 0}], [{"name": "e", "layers": []}], [{"block": "empty"}],
         [{"branches": {}, "join": "add"}], [{"branches": {"a": [], "b": []}, "join": "concat"}],
         [{"op": "relu", "repeat": 0, "name": "z"}], [{"layers": [], "repeat": 10**9, "name": "q"}])
    )  # fmt: skip
    item: Tree = {"name": "g", "layers": inside, "repeat": times}
    for _ in range(draw.choice((0, 0, 1, 5, 70, 300))):
        item = {"name": "g", "layers": [item]}
        if draw.random() < 0.3:
            item["repeat"] = draw.choice((1, 2, *HUGE))
    return spec(item, {"op": "relu"}, blocks={"empty": {"layers": []}},
                arguments={"n": draw.choice(SIZES)})  # fmt: skip


@family
def unlike_copies(draw: random.Random) -> Tree:
    """Copies each of which is another layer, since it reads its number or the shape before it."""
    field, op = draw.choice((("kernel_size", "max_pool2d"), ("out_channels", "conv2d"),
                             ("p", "dropout"), ("factor", "scale"), ("out_features", "linear"),
                             ("num_groups", "group_norm"), ("scale_factor", "upsample"),
                             ("width", "pad"), ("size", "upsample")))  # fmt: skip
    text = draw.choice(
        (
            "index + 1",
            "index % 7 + 1",
            "1/(index + 2)",
            "in_channels + 1",
            "2 * in_channels",
            "in_channels % 97 + 1",
            "n - index",
            "index * index",
        )
    )
    item: Tree = {"name": "a", "op": op, field: text, "repeat": draw.choice((30, 3_000, *HUGE[2:]))}
    if op == "conv2d":
        item["kernel_size"] = 1
    if draw.random() < 0.5:
        item["inputs"] = draw.choice(("input", -1, [-1]))
    if draw.random() < 0.4:
        block = {"layers": [{**item, "repeat": 2}], "arguments": {"n": 9}}
        use = {"name": "u", "block": "b", "n": "index", "repeat": draw.choice(HUGE)}
        return spec(use, {"op": "concat", "inputs": "u.*"}, blocks={"b": block})
    return spec(item, {"op": "concat", "inputs": draw.choice(("a.*", "input"))},
                arguments={"n": 99_999}, input=[draw.choice((3, 97)), 512, 512])  # fmt: skip


@family
def layers_like(draw: random.Random) -> Tree:
    """Very many of one kind of layer behind each other or side by side, whichever it is."""
    item, sizes = example_item(draw)
    item["repeat"] = draw.choice((2, 9_000, 60_000, 99_000, 124_000))
    if draw.random() < 0.5:
        item["inputs"] = "input"
        return spec(item, {"op": draw.choice(("add", "concat")), "inputs": "a.*"}, input=sizes)
    group = {"name": "g", "layers": [item, {"op": "relu"}], "repeat": draw.choice((2, 9_000))}
    return spec(draw.choice((item, {**group, "layers": [{**item, "repeat": 2}]})), input=sizes)
