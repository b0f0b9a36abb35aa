"""Families of hostile files in which much follows from little: chains, nests, tables, far names."""

from __future__ import annotations

import json
import random
from typing import Any

from tests.hostile_files import HUGE, SIZES, SMALL, Tree, family, spec

CONV = {"op": "conv2d", "out_channels": 3, "kernel_size": 1}
RELU = {"op": "relu"}
NUMBERS = (
    "1E400", "1e-400", "-0", "-0.0", "0.0", "1.0", "3.0", "1e5", "9" * 24, "9" * 25,
    "1" + "0" * 4000, "0." + "0" * 21 + "1", "0.30000000000000004", "NaN", "-Infinity",
    "1000000000", "1000000001", "-1000000000", "0.5", "2.50", "[1, 1e400]", "[[3]]", "true", "null",
)  # fmt: skip
"""JSON text of numbers at the ends of what is read, and of what is none."""
ALIKE = (
    ("\u00e9", "e\u0301"), ("\u212a", "K"), ("\ufb01", "fi"), ("\u00c5", "\u212b"),
    ("x\u200b", "x"), ("\uff4e", "n"), ("\u0430", "a"), ("a\u034f", "a"),
    ("\ud83d", "\ud83d\ude00"), ("A", "a"),
)  # fmt: skip
"""Names that are or look alike once they are normalised."""


def nested(draw: random.Random, inner: list[Any], most: int = 29) -> list[Any]:
    """Items in lists in lists, as deep as JSON may be, some of which repeat."""
    for _ in range(draw.choice((1, 5, most))):
        group: Tree = {"name": draw.choice(("g", "g" * 64)), "layers": inner}
        if draw.random() < 0.7:
            group["repeat"] = draw.choice((1, 1, 1, "n", "n - n + 1", "1 + index", 0, 2))
        inner = [group]
    return inner


@family
def allowed_values(draw: random.Random) -> Tree:
    """Arguments that name very many values, as numbers or calculated, wherever they are given."""
    many = draw.choice((2, 64, 65, 5_000, 40_000))
    text = draw.choice(("", "in_channels + ", "m * 0 + ", "len([1, 2, 3]) + "))
    values: list[Any] = [f"{text}{i}" if text else i for i in range(many)]
    declared = {"default": 0, "values": values, "minimum": draw.choice((0, -1, many))}
    given = draw.choice((many - 1, 0, "index", "m", [many - 1] * 200))
    if draw.random() < 0.3:
        presets = {f"p{i}": {"set": {"n": given}} for i in range(draw.choice((1, 900)))}
        return spec({**RELU, "when": "n + 1"}, arguments={"m": 1, "n": declared}, presets=presets)
    block = {"arguments": {"n": declared}, "layers": [{**RELU, "when": "n + 1"}]}
    use = {"name": "u", "block": "b", "n": given, "repeat": draw.choice(HUGE[:5])}
    return spec(use, blocks={"b": block}, arguments={"m": 1})


@family
def chained_arguments(draw: random.Random) -> Tree:
    """Arguments each of which is calculated of the one before, through blocks within blocks."""
    long, deep = draw.choice((2, 40, 400, 999)), draw.choice((1, 5, 60))
    sign = draw.choice((" + ", " * ", " - ", " // ", " / "))
    chain = {f"m{i}": f"m{i - 1}{sign}{draw.choice(('n', '1', 'm0'))}" for i in range(1, long)}
    blocks = {}
    for i in range(deep):
        use = {"name": "x", "block": f"b{i + 1}", "n": draw.choice(("n + 1", f"m{long - 1}", "n"))}
        end = {**RELU, "when": draw.choice(("n", f"m{long - 1}", f"m{long // 2} > 1"))}
        body = [use if i < deep - 1 else end]
        blocks[f"b{i}"] = {"arguments": {"n": 1, "m0": "n", **chain}, "layers": body}
    use = {"name": "u", "block": "b0", "n": draw.choice(("index", 1, "n")), "repeat": "times"}
    return spec(use, RELU, blocks=blocks, arguments={"n": 1, "times": draw.choice(HUGE[:5])})


@family
def nested_repeats(draw: random.Random) -> Tree:
    """Repeats in repeats whose counts are calculated, around very many items or absent ones."""
    item = draw.choice(
        (
            RELU,
            {**RELU, "when": 0},
            {**RELU, "when": "n > 1"},
            {"layers": []},
            {**CONV, "when": "index == 1"},
        )
    )
    inner = [item] * draw.choice((1, 40, 1_900, 15_000))
    if draw.random() < 0.4:
        count = draw.choice(("len(regnet_widths(1, 24, 36, 2.5))", "n", "channels(start)", 0, 1))
        inner = [{**RELU, "name": f"r{i}", "repeat": count} for i in range(draw.choice((9, 900)))]
    layers = nested(draw, inner)
    again = {"name": "again", "layers": layers, "repeat": draw.choice((1, 7, 60, *HUGE[:4]))}
    return spec({"name": "start", **RELU}, again, RELU, arguments={"n": draw.choice((1, 2, 3))})


@family
def far_references(draw: random.Random) -> Tree:
    """Names that are sought through many lists, very often, and steps back that are calculated."""
    many = draw.choice((3, 900, 9_000))
    before = [{"name": f"a{i}", **RELU} for i in range(many)]
    often = draw.choice((1, 5, 50_000 // many))
    read: list[Any] = [f"a{i}" for i in range(many)] * often
    if draw.random() < 0.3:
        read = [draw.choice(("-1 - n", "-n", -1, "-1", "0 - index")) for _ in range(many)]
    join = {"op": draw.choice(("add", "concat", "mean")), "inputs": read}
    if draw.random() < 0.4:
        sizes = " + ".join(["channels(a0)"] * draw.choice((1, 12)))
        join = {**CONV, "out_channels": sizes, "name": "c", "repeat": draw.choice(HUGE[:4])}
    return spec(*before, *nested(draw, [join]), arguments={"n": draw.choice((1, 2))})


@family
def odd_numbers(draw: random.Random) -> str:
    """Numbers at their ends, as text that JSON reads otherwise than people do."""
    item = {"name": "a", "op": draw.choice(("scale", "conv2d", "linear", "dropout", "pad", "lrn"))}
    field = draw.choice(("factor", "out_channels", "kernel_size", "p", "width", "size", "groups",
                         "repeat", "when", "inputs", "axis"))  # fmt: skip
    limits = {"default": "@", "minimum": "@", "maximum": "@", "values": ["@", "@"]}
    tree = spec({**item, field: "@"}, RELU, arguments={"n": draw.choice(("@", limits))})
    tree[draw.choice(("year", "input", "title", "note"))] = draw.choice(("@", ["@", 8, 8]))
    parts = json.dumps(tree).split('"@"')
    return "".join(part + draw.choice(NUMBERS) for part in parts[:-1]) + parts[-1]


@family
def padded_by_words(draw: random.Random) -> Tree:
    """Paddings by a word, which become layers of their own, over and over."""
    op = draw.choice(("conv2d", "max_pool2d", "avg_pool2d", "conv1d", "conv3d"))
    sizes = {"conv1d": [3, 99_991], "conv3d": [3, 9, 99, 101]}.get(op, [3, 99, 101])
    item: Tree = {"name": "a", "op": op, "padding": draw.choice(("same", "tf_same", "valid", 1))}
    item["kernel_size"] = draw.choice((1, 2, 3, 4, "index + 1", "n", 99))
    item["stride"] = draw.choice((1, 1, 2, "n"))
    if op.startswith("conv"):
        item |= {"out_channels": draw.choice((3, "index + 1")), "dilation": draw.choice((1, 2))}
    item["repeat"] = draw.choice((2, *HUGE[:6]))
    if draw.random() < 0.3:
        return spec({"name": "g", "layers": [{**item, "repeat": 2}], "repeat": draw.choice(HUGE)},
                    input=sizes, arguments={"n": 1})  # fmt: skip
    return spec(item, input=sizes, arguments={"n": draw.choice((1, 4))})


@family
def many_axes(draw: random.Random) -> Tree:
    """Tensors of up to 64 axes, of which sizes come to more than anyone can write down."""
    axes = draw.choice((3, 30, 61, 62))
    grow = {"name": "e", "op": "embedding", "num_embeddings": 9, "repeat": axes,
            "embedding_dim": draw.choice((1, 2, 10**9))}  # fmt: skip
    rank = axes + 3
    order = list(range(rank))
    draw.shuffle(order)
    item = draw.choice((
        {"op": "permute", "order": order},
        {"op": "permute", "order": order[:5]},
        {"op": "softmax", "axis": draw.randrange(rank)},
        {"op": "layer_norm"},
        {"op": "reduce", "axes": order[:4], "mode": "mean"},
        {"op": "linear", "out_features": draw.choice(SIZES), "axis": "last"},
        {"op": "flatten"},
        {"op": "matmul", "inputs": [-1, -1]},
        {"op": "concat", "axis": draw.randrange(rank), "inputs": [-1, -1]},
        {"op": "flip", "axes": order[:9]},
    ))  # fmt: skip
    return spec(grow, {"name": "t", **item, "repeat": draw.choice((1, 28, 999, 60_000))},
                input=[draw.choice(SIZES) for _ in range(3)])  # fmt: skip


@family
def cut_and_joined(draw: random.Random) -> Tree:
    """Slices of what was joined of slices, of which every position sees something else."""
    width = draw.choice((16, 102, 999))
    cut = draw.randrange(1, width)
    axis = draw.choice(("width", "width", "height"))
    unit = [
        {"name": "a", "op": "slice", "axis": axis, "start": 0, "stop": cut},
        {"name": "b", "op": draw.choice(("flip", "roll")), "axes": axis, "inputs": "input"},
        {"name": "j", "op": "concat", "axis": axis, "inputs": draw.choice(("ab", "ba"))},
        {"name": "c", "op": "slice", "axis": axis, "start": draw.choice((0, cut)),
         "stop": draw.choice((width, cut + width, 10**9))},
    ]  # fmt: skip
    unit[2]["inputs"] = list(unit[2]["inputs"])
    if unit[1]["op"] == "roll":
        unit[1]["shifts"] = draw.choice((1, cut, -1, 10**9))
    if draw.random() < 0.4:
        unit[3] = {"name": "d", "op": "concat", "axis": axis, "inputs": [-1, -1]}
    if draw.random() < 0.5:
        unit.append({"name": "p", "op": "max_pool2d", "kernel_size": draw.choice((1, 2, 3)),
                     "stride": draw.choice((1, 2))})  # fmt: skip
    return spec({"name": "u", "layers": unit, "repeat": draw.choice((1, 9, 40, 3_000, 20_000))},
                input=[3, width, width])  # fmt: skip


@family
def connection_tables(draw: random.Random) -> Tree:
    """Convolutions by tables of very many rows or columns, again and again."""
    many = draw.choice((1, 120, 5_000, 30_000))
    rows: list[Any] = draw.choice(
        (
            [[i % 3] for i in range(many)],
            [list(range(many))],
            [[0, 1, 2]] * many,
            [["index"]] * min(many, 200),
            [[]] * many,
            [[0] * many] * 3,
        )
    )
    item = {**CONV, "name": "c", "connections": rows, "out_channels": len(rows)}
    item["repeat"] = draw.choice((1, 2, 3_000, 60_000))
    if draw.random() < 0.5:
        item["inputs"] = "input"
        return spec(item, {"op": "concat", "inputs": "c.*"}, input=[draw.choice((3, many)), 9, 9])
    return spec(item, input=[draw.choice((3, many, len(rows))), 9, 9])


@family
def shared_blocks(draw: random.Random) -> Tree:
    """Blocks that use the parameters of blocks, which do so inside, doubling at each level."""
    deep = draw.choice((1, 3, 12, 40))
    blocks: Tree = {}
    for i in range(deep):
        items = [{"name": "x", "block": f"b{i + 1}"}]
        if draw.random() < 0.7:
            items.append({"name": "y", "block": f"b{i + 1}", "weights": draw.choice("xxy")})
        blocks[f"b{i}"] = {"layers": items}
    inner = {**CONV, "name": "c", "repeat": draw.choice((1, 3, 900))}
    blocks[f"b{deep}"] = {"layers": [inner], "arguments": {"layer": 0}}
    use = {"name": "u", "block": "b0", "weights": draw.choice(("a", "a.x", "u", "a.nothing"))}
    use["repeat"] = draw.choice((1, 5, *HUGE[:4]))
    return spec({"name": "a", "block": "b0"}, use, blocks=blocks)


@family
def names_alike(draw: random.Random) -> Tree:
    """Names that are the same once they are normalised, or look the same."""
    one, other = draw.choice(ALIKE)
    layers = [{"name": draw.choice((one, "a")), **RELU}, {"name": other, **RELU}]
    tree = spec(*layers, {"op": "add", "inputs": [draw.choice((one, other)), -1]})
    where = draw.choice(("arguments", "blocks", "presets", "outputs", "input", "none"))
    values: Tree = {"arguments": 1, "blocks": {"layers": [RELU]}, "presets": {}, "outputs": other}
    if where in values:
        tree[where] = {one: values[where], other: values[where]}
    if where == "input":
        tree["input"] = {one: [3, 4, 4], other: [3, draw.choice(SMALL[1:]), 4]}
    return tree
