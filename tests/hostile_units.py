"""Families of hostile files whose small parts are sound alone, and many or deep together."""

from __future__ import annotations

import random
from typing import Any

from tests.hostile_files import HUGE, SIZES, SMALL, Tree, family, spec

CONV = {"op": "conv2d", "out_channels": 3, "kernel_size": 3, "padding": 1}
RELU = {"op": "relu"}
FAR = (1, 9, 900, 20_000)
"""How often units of several layers are repeated."""
WORDS = (
    "3", "+3", " 3 ", "3.0", "03", "0x10", "1_000", "1e3", "\uff13", "\u0663", "\u00b2",
    "\u00bd", "\u4e09", "\u2162", "3\u200b", "3\u00a0", "(3)", "((3))", "3;", "1/0", "0/0",
    "3 % 0", "-", "--3", "- -3", "not 3", "3 3", "3,", "[3]", "[3,]", "true", "True", "None", "inf",
    "nan", "1" * 190, "1/" + "3" * 17, "0." + "3" * 25, "n", "n n", "n.n", "n[0]", "n[-1]", "n()",
    "min(n)", "lambda: 3", "3 if n else 4", "__import__('os')", "f'{n}'", "'3'", "\"3\"", "3#",
    "3\n", "\n3", "\t3", "",
)  # fmt: skip
"""Texts that are a number, seem to be one, or are none."""


@family
def numbers_as_texts(draw: random.Random) -> Tree:
    """Numbers written as texts wherever a number can stand."""
    word = draw.choice(WORDS)
    if draw.random() < 0.6:
        word = draw.choice(("3", "(3)", "n", "n - 1 + 1", "min(n, 3)", "2 + 1/1", "3.0", " 3 "))
    given = draw.choice((word, word, word, [word, word], [word, 3], {"loss_weight": word}))
    items: tuple[tuple[Tree, str], ...] = (
        (CONV, "out_channels"), (CONV, "kernel_size"), (CONV, "bias"), (CONV, "stride"),
        ({"op": "linear", "out_features": 3}, "out_features"), ({"op": "dropout", "p": 0}, "p"),
        (RELU, "repeat"), (RELU, "when"), (RELU, "inputs"), ({"op": "softmax"}, "axis"),
        ({"op": "pad", "height": [1, 1]}, "height"), ({"op": "group_norm"}, "num_groups"),
        ({"op": "roll", "shifts": 1, "axes": [1]}, "shifts"), ({"op": "scale"}, "factor"),
    )  # fmt: skip
    fields, field = draw.choice(items)
    item: Tree = {"name": "a", **fields, field: given}
    if draw.random() < 0.3:
        item = {"name": "a", **fields, "repeat": 2, "first": {field: given}}
    arguments: Tree = {"n": 3}
    tree = spec(item, {**RELU, "when": "n"}, arguments=arguments)
    if draw.random() < 0.2:
        declared = {"default": draw.choice((3, word)), "minimum": word, "values": [3, word]}
        arguments["n"] = draw.choice(([3, 3], word, declared, "3"))
    if draw.random() < 0.2:
        tree["input"] = [word, 16, draw.choice((16, word))]
    if draw.random() < 0.2:
        tree["presets"] = {word: {"set": {"n": word}}, "p": {"input": [3, word, 9], "year": word}}
    return tree


@family
def deep_conditions(draw: random.Random) -> Tree:
    """Conditions that nest, chain or measure earlier items, in very many copies."""
    depth = draw.choice((1, 20, 60, 90))
    text = draw.choice((
        "(" * min(depth, 60) + "n" + ")" * min(depth, 60),
        "not " * min(depth, 40) + "n",
        " and ".join(["n > 0"] * min(depth, 20)),
        " or ".join(["n == 7"] * min(depth, 12)),
        " < ".join(["n"] * min(depth, 40, draw.choice((2, 40)))),
        " + ".join(["in_channels"] * min(depth, 12)) + " > 0",
        "channels(a) == channels(a) and height(a) > width(a) - 1",
        "-" * depth + "n",
        "[" * min(depth, 60) + "n" + "]" * min(depth, 60),
        "min(" * min(depth, 40) + "n" + ", 3)" * min(depth, 30),
    ))  # fmt: skip
    item = {"name": "b", **draw.choice((RELU, CONV)), "when": text, "repeat": draw.choice(HUGE[:6])}
    if draw.random() < 0.5:
        group = {"name": "g", "layers": [item, RELU], "repeat": draw.choice(FAR), "when": text}
        item = {**group, "layers": [{**item, "repeat": draw.choice((1, 7))}, RELU]}
    return spec({"name": "a", **RELU}, item, arguments={"n": draw.choice((0, 1, 3))})


@family
def presets_of_presets(draw: random.Random) -> Tree:
    """Presets that set what others compute, name each other, and are very many."""
    many = draw.choice((1, 3, 90, 1_000))
    names = [f"p{i}" for i in range(many)]
    arguments: Tree = {"n": 1, "m": "n + 1", "list": ["n", "m"], "deep": [["n"]], "yes": True}
    values = (1, "n", "m", "n * m", "p0", [1, 2], [1], "list", ["m", "n"], [[1]], True, None, "1/3",
              10**9, -1, {"default": 3}, "in_channels", "index", "channels(a)")  # fmt: skip
    presets: Tree = {}
    odd = draw.choice((0, 0, 0.01, 0.3))
    for name in names:
        found: Tree = {
            "set": {"n": draw.choice((1, 2, "m // 2", 7)), "m": draw.choice((5, "1 + 1"))}
        }
        if "m" in str(found["set"]["n"]):
            del found["set"]["n"]
        if draw.random() < odd:
            chosen = draw.sample([*arguments, "nothing"], draw.randint(1, 3))
            found["set"] = {key: draw.choice(values) for key in chosen}
        for key in ("against", "usually"):
            if draw.random() < odd:
                found[key] = draw.choice((*names[:5], name, "resnet50", "nothing", "", 1))
        if draw.random() < odd:
            found["input"] = draw.choice(([3, "n", "m"], ["n"], [3, 8, 8], {"x": [3]}, []))
        presets[name] = found
    layers = [{"name": "a", **RELU, "repeat": "n"}, {**CONV, "out_channels": "m", "when": "yes"},
              {**CONV, "name": "l", "out_channels": "list[0]"}]  # fmt: skip
    return spec(*layers, arguments=arguments, presets=presets)


@family
def blocks_as_arguments(draw: random.Random) -> Tree:
    """Blocks and ops that are given to blocks as their arguments, by default and in rings."""
    deep, odd = draw.choice((1, 3, 30, 61)), draw.choice((0, 0, 0.02, 0.3))
    blocks: Tree = {}
    for i in range(deep):
        default = f"b{i + 1}" if i + 1 < deep else "relu"
        body: list[Tree] = [{"name": "x", "block": "f"}]
        if i + 1 < deep and draw.random() < 0.5:
            body = [{"name": "x", "block": f"b{i + 1}", "f": draw.choice(("relu", "tanh"))}]
            body.append({"name": "y", "block": "f", "when": "in_channels == 3"})
        if draw.random() < odd:
            default = draw.choice(("relu", "b0", "f", None, 1, "conv2d"))
        if draw.random() < odd:
            body[0]["f"] = draw.choice(("f", "relu", "b0"))
        blocks[f"b{i}"] = {"arguments": {"f": default}, "layers": body}
    use = {"name": "u", "block": "b0", "repeat": draw.choice((1, 2, *FAR))}
    if draw.random() < 0.3:
        use["f"] = draw.choice(("relu", "b0", f"b{deep - 1}", "conv2d", "n", "add", "nothing"))
    last = {**RELU, "when": "n > 0"}
    return spec(use, last, blocks=blocks, arguments={"n": draw.choice((0, 1, 3))})


@family
def einsums(draw: random.Random) -> Tree:
    """Equations: of many letters, of the same ones, without an output, over huge sizes."""
    rank = draw.choice((1, 2, 3, 5, 20, 60))
    letters = [chr(97 + i % 26) if i < 26 else chr(65 + i % 26) for i in range(rank)]
    left = "".join(letters)
    right = draw.choice((left, left[::-1], left[0] * rank, left[1:] + left[:1], left.upper(), ""))
    end = draw.choice((left, right, "", left[:1], left + right, "z", left[:-1], "..."))
    equation = draw.choice((f"{left},{right}->{end}", f"{left},{right}", f"{left}->{end}",
                            f"...{left},{right}->{end}", f"{left},{right},{left}->{end}",
                            f" {left} , {right} -> {end} ",
                            f"{left},{right}->{end}->{end}"))  # fmt: skip
    grow = {"name": "e", "op": "embedding", "num_embeddings": 9, "embedding_dim": 2,
            "repeat": max(rank - 1, 0)}  # fmt: skip
    if draw.random() < 0.6:
        equation = f"{left},{right or left}->{draw.choice((left, left, left[::-1]))}"
    item = {"name": "m", "op": "einsum", "equation": equation, "inputs": draw.choice(([-1, -1],
            [-1, -1], [-1], ["e", -1], ["input", -1]))}  # fmt: skip
    item["repeat"] = draw.choice((1, 2, 60, 60_000))
    return spec(grow, item, input=[draw.choice(SIZES)])


@family
def turned_shapes(draw: random.Random) -> Tree:
    """Shapes that are laid out otherwise, over and over, from one axis to very many and back."""
    axes = draw.choice((2, 5, 40, 64, 65))
    order = list(range(axes))
    draw.shuffle(order)
    wide = [2] * min(axes, 12) + [1] * (axes - min(axes, 12))
    size = 2 ** min(axes, 12)
    unit: list[Any] = [
        {"name": "r", "op": "reshape", "shape": wide},
        {"name": "p", "op": "permute", "order": order},
        {"name": "s", "op": draw.choice(("softmax", "reshape")), "axis": draw.choice((0, -1, 7))},
        {"name": "f", "op": "reshape", "shape": draw.choice(([-1], [size], [1, -1, 1], [-1, -1]))},
    ]
    if unit[2]["op"] == "reshape":
        unit[2] = {
            "name": "s",
            "op": "reshape",
            "shape": draw.choice((wide[::-1], [-1, *wide[1:]])),
        }
    if draw.random() < 0.4:
        unit.insert(2, {"name": "x", "op": "flip", "axes": order[: draw.choice((1, 9, 64))]})
    return spec({"name": "u", "layers": unit, "repeat": draw.choice(FAR)}, input=[size])


@family
def overlapping_windows(draw: random.Random) -> Tree:
    """Windows far larger than their steps, unfolded, laid out as a map and unfolded again."""
    side = draw.choice((3, 16, 57, 999))
    kernel = draw.choice((1, 3, 7, side, side + 1))
    window = {"kernel_size": kernel, "stride": 1, "padding": kernel // 2}
    if draw.random() < 0.3:
        window |= {"stride": draw.choice((2, kernel)), "dilation": draw.choice((1, 3))}
    unit: list[Any] = [
        {"name": "w", "op": "unfold", **window},
        {"name": "back", "op": "linear", "out_features": draw.choice((1, 3, 4096))},
        {"name": "turn", "op": "permute", "order": [1, 0]},
        {"name": "lay", "op": "reshape", "shape": [-1, side, draw.choice((side, side, -1, 1))]},
    ]
    if draw.random() < 0.3:
        op = {"op": draw.choice(("max_pool2d", "conv2d")), **window}
        unit = [{"name": "w", **op, **({"out_channels": 4} if op["op"] == "conv2d" else {})}]
    if draw.random() < 0.3:
        unit.append({"op": "add", "inputs": [-1, "input"]})
    times = draw.choice(FAR)
    return spec({"name": "u", "layers": unit, "repeat": times}, input=[3, side, side])


@family
def grouped_heads(draw: random.Random) -> Tree:
    """Attention of heads that do not divide, of keys for groups of heads, in rows of thousands."""
    tokens, width = draw.choice(SIZES[:12]), draw.choice((1, 6, 8, 12, 96, 4096))
    heads, groups = draw.choice((1, 2, 3, 8, width, width + 1)), draw.choice((1, 2, 3, 5))
    kv = draw.choice((width, width // groups or 1, width // 2 or 1, heads, 1))
    unit: list[Any] = [
        {"name": "q", "op": "linear", "out_features": width, "inputs": "input"},
        {"name": "k", "op": "linear", "out_features": kv, "inputs": "input"},
        {
            "name": "v",
            "op": "linear",
            "out_features": draw.choice((kv, kv, 2 * kv)),
            "inputs": "input",
        },
        {"name": "a", "op": "attention", "num_heads": heads, "inputs": ["q", "k", "v"]},
        {"name": "o", "op": "linear", "out_features": width},
        {"name": "d", "op": "drop_path", "survival": draw.choice((1, "1/3", "1 - index/99999", 0))},
        {"op": "add", "inputs": ["d", "input"]},
    ]
    if draw.random() < 0.3:
        unit[3]["value_dim"] = draw.choice((*SMALL, kv))
    if draw.random() < 0.3:
        unit = [{"name": "m", "op": "multihead_attention", "num_heads": heads}, *unit[5:]]
    return spec({"name": "u", "layers": unit, "repeat": draw.choice(FAR)}, input=[tokens, width])


@family
def tied_in_rows(draw: random.Random) -> Tree:
    """Weights that are another's, whose weights are another's, with stochastic depth between."""
    many = draw.choice((2, 60, 900, 9_000))
    steps = draw.choice((1, 2, 7))
    first = {"name": "c0", **CONV}
    ties: list[Any] = [
        {"name": f"c{i}", **CONV, "weights": f"c{draw.choice((0, max(i - steps, 0), i - 1))}"}
        for i in range(1, many)
    ]
    if draw.random() < 0.4:
        ties[draw.randrange(len(ties))]["weights"] = draw.choice(("c1", f"c{many}", "n", "c0.c0"))
    if draw.random() < 0.5:
        drop = {"op": "drop_path", "survival": draw.choice(("1/2", "0.999999999", 1))}
        ties = [each for tie in ties for each in (tie, drop)][: 2 * many]
    join = {"op": "concat", "inputs": [f"c{i}" for i in range(0, many, draw.choice((1, 50)))]}
    return spec(first, *ties, *([join] if draw.random() < 0.5 else []))


@family
def dropped_everywhere(draw: random.Random) -> Tree:
    """Paths that are dropped within paths that are dropped, each by a chance of its own."""
    inner: list[Any] = [dict(CONV)]
    chances = ("1/2", "1/(index + 2)", "1 - index/125000", "0.3", 0, 1, "n/7")
    for level in range(draw.choice((1, 3, 12, 28))):
        drop = {"name": "d", "op": "drop_path", "survival": draw.choice(chances)}
        add = {"op": "add", "inputs": ["d", "input"]}
        group = {"name": f"g{level}", "layers": [*inner, drop, add]}
        inner = [{**group, "repeat": draw.choice((1, 1, 2, 3))}]
    last = {"name": "all", "layers": inner, "repeat": draw.choice(FAR)}
    return spec(last, arguments={"n": draw.choice((1, 3))})


@family
def inputs_and_ends(draw: random.Random) -> Tree:
    """Many inputs that meet in many ways, and as many outputs under names that look alike."""
    many = draw.choice((2, 9, 300, 990))
    marks = draw.choice(("_", "_", "__", "_\u0301\u200d\u20e3.", "_\u0300"))
    names = [f"i{i}{draw.choice(marks)}" for i in range(many)]
    shapes = [draw.choice(([3, 8, 8], [3, 8, 8], [3, 1, 1], [8], [3, 8, 9])) for _ in names]
    joins: tuple[str, ...] = ("add", "concat", "multiply")
    if draw.random() < 0.7:
        shapes, joins = [[3, 8, 8]] * many, ("add", "multiply")
    pairs = [
        {
            "name": f"j{i}",
            "op": draw.choice(joins),
            "inputs": [names[i], names[draw.randrange(many)]],
        }
        for i in range(many)
    ]
    layers: list[Any] = [*pairs, {"name": "c", **CONV, "repeat": draw.choice((1, 900, 20_000))}]
    outputs = {f"o{i}": draw.choice((f"j{i}", names[i], "c")) for i in range(0, many, 3)}
    tree = spec(*layers, input=dict(zip(names, shapes, strict=True)))
    return {**tree, "outputs": outputs} if draw.random() < 0.6 else tree
