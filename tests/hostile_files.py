"""Families of hostile files: broken ones, and those of odd expressions, texts and names."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from functools import cache
from typing import Any

from archcalc.expressions.functions import FUNCTIONS
from archcalc.names.catalog import SPEC_FOLDERS, specs_folder
from tests.hostile_specs import EVERYTHING, EXPRESSIONS, NUMBERS, RAW, TEXTS, at, paths
from tests.hostile_specs import written as as_text

Tree = dict[str, Any]
Family = Callable[[random.Random], "bytes | str | Tree"]
FAMILIES: dict[str, Family] = {}

SIZES = (1, 2, 3, 5, 7, 8, 16, 17, 31, 64, 255, 1000, 4096, 99_991, 10**6, 10**9)
SMALL = (0, 1, 1, 1, 2, 2, 3, 4, 5, 7, 11)
HUGE = (200, 999, 5_000, 60_000, 110_000, 240_000, 10**6, 10**9)


def family(make: Family) -> Family:
    """A family by its function's name."""
    FAMILIES[make.__name__] = make
    return make


def spec(*layers: Any, **keys: Any) -> Tree:
    start = {"title": "T", "year": 2024, "source": "S", "input": [3, 16, 16]}
    return {**start, "layers": list(layers), **keys}


@cache
def _sources() -> list[str]:
    folder = specs_folder()
    files = [path for kind in SPEC_FOLDERS for path in sorted((folder / kind).glob("*.json"))]
    return [json.dumps(EVERYTHING), *(path.read_text("utf-8") for path in files)]


def _source(draw: random.Random) -> str:
    return draw.choice(_sources() + _sources()[:1] * 40)


def value(draw: random.Random) -> Any:
    lists = ([], {}, [[]], [1] * 300, ["n"], [None], [[0], []], {"op": "relu"}, [{"op": "relu"}])
    kinds = (NUMBERS, EXPRESSIONS, TEXTS, list(RAW), lists)
    return draw.choice(draw.choice(kinds))


# --- files that are broken ------------------------------------------------------------------------


@family
def corrupted_bytes(draw: random.Random) -> bytes:
    """Bytes changed, cut out, doubled and put in."""
    data = bytearray(_source(draw).encode())
    for _ in range(draw.randint(1, 6)):
        start = draw.randrange(len(data) + 1)
        end = start + draw.choice((0, 1, 2, 10, 300))
        new = draw.choice((b"", bytes([draw.randrange(256)]), bytes(data[start:end]) * 2))
        data[start:end] = new
    return bytes(data)


@family
def encodings(draw: random.Random) -> bytes:
    """Other encodings, marks and letters that are none."""
    text = _source(draw)
    codec = draw.choice(("utf-16", "utf-16-le", "utf-32", "utf-7", "cp037", "utf-8-sig"))
    raw = text.encode(codec, "replace")
    start = draw.randrange(len(text))
    odd = draw.choice(("\ud800", "\udfff\ud800", "\x00", "\x1b[2J", "\u202e", "\ufeff", "\u2028"))
    mixed = (text[:start] + odd + text[start:]).encode("utf-8", "surrogatepass")
    overlong = text.encode()[:start] + b"\xc0\xaf\xf5\x80\x80\x80" + text.encode()[start:]
    return draw.choice((raw, mixed, overlong, text.encode().replace(b" ", b"\xa0")))


@family
def json_text(draw: random.Random) -> str:
    """What is nearly JSON, or JSON without end."""
    text = _source(draw)
    start, end = sorted(draw.randrange(len(text)) for _ in range(2))
    n = draw.choice((3, 60, 70, 1_000, 200_000))
    return draw.choice(
        (
            text[:start] + draw.choice(list(RAW.values())) + text[end:],
            text[:start] + text[end:],
            text + text,
            "[" * n,
            '{"a":' * n + "1" + "}" * n,
            '{"layers":' + "[" * n + "]" * n + "}",
            "{" + ", ".join(f'"k{i % 7}": {i}' for i in range(min(n, 60_000))) + "}",
            text.replace('"op"', "op", 1),
            text.replace(",", ",,", 1),
            text.replace("}", "} // comment\n", 1),
            text.replace('"', "'"),
            " " * n + text,
            "9" * n,
            '"' + "\\u0041" * min(n, 100_000) + '"',
        )
    )


@family
def types(draw: random.Random) -> Tree:
    """A value of another type, anywhere."""
    tree = json.loads(_source(draw))
    for _ in range(draw.randint(1, 3)):
        *path, step = draw.choice(list(paths(tree)))
        at(tree, tuple(path))[step] = value(draw)
    return tree


@family
def keys(draw: random.Random) -> Tree:
    """Keys that are misspelt, moved or from elsewhere."""
    tree = json.loads(_source(draw))
    places = [path for path in paths(tree) if isinstance(path[-1], str)]
    for _ in range(draw.randint(1, 3)):
        *path, step = draw.choice(places)
        try:
            parent = at(tree, tuple(path))
            value = parent.pop(step)
        except (KeyError, TypeError, IndexError, AttributeError):
            continue
        new = draw.choice((step + "s", step[:-1], step.upper(), draw.choice(places)[-1], ""))
        parent[new if draw.random() < 0.8 else draw.choice(TEXTS)] = value
    return tree


@family
def grafts(draw: random.Random) -> Tree:
    """Parts of a file in place of other parts: blocks in blocks, lists in lists."""
    tree = json.loads(_source(draw))
    for _ in range(draw.randint(1, 4)):
        places = list(paths(tree))
        *path, step = draw.choice(places)
        at(tree, tuple(path))[step] = copy.deepcopy(at(tree, draw.choice(places)))
        if len(as_text(tree)) > 300_000:
            break
    return tree


# --- expressions ----------------------------------------------------------------------------------

NAMES = ("n", "m", "z", "list", "deep", "in_channels", "index", "yes", "nothing")
ARGUMENTS = {"n": 4, "m": "n*n", "z": "1/3", "list": [1, 2, 3], "deep": [[1], [2, [3]]],
             "yes": True}  # fmt: skip


def expression(draw: random.Random, depth: int) -> str:
    """A random expression, which may mean nothing."""
    if not depth or draw.random() < 0.15:
        number = draw.choice((0, 1, 2, 3, 7, 999_999_999, 10**9, 10**18))
        return draw.choice((*NAMES, str(number), "0.000000001", "[1, 2]", "[]", "[[1]]"))
    a, b, c = (expression(draw, depth - 1) for _ in range(3))
    operator = draw.choice(("+", "-", "*", "*", "/", "//", "%", "**", "<", "==", "and", "or", "in"))
    call = draw.choice((*FUNCTIONS, "channels", "height", "width", "abs", "eval"))
    return draw.choice(
        (f"({a} {operator} {b})", f"({a} {operator} {b})", f"{a}{operator}{b}", f"-{a}",
         f"not {a}", f"{call}({a}, {b})", f"{call}({a})", f"{call}({a}, {b}, {c}, {a})",
         f"[{a}, {b}]", f"{a}[{b}]", f"({a} if {b} else {c})")
    )  # fmt: skip


@family
def expressions(draw: random.Random) -> Tree:
    """Arithmetic in arguments and fields."""
    text = expression(draw, draw.randint(1, 5))
    field, op = draw.choice((("factor", "scale"), ("when", "relu"), ("repeat", "relu"),
                             ("p", "dropout"), ("out_features", "linear")))  # fmt: skip
    given = dict(ARGUMENTS, x=text) if draw.random() < 0.5 else ARGUMENTS
    return spec({"name": "a", "op": op, field: "x" if "x" in given else text}, arguments=given)


@family
def fractions(draw: random.Random) -> Tree:
    """Numbers that get longer with each argument."""
    start = draw.choice(("1/999999999", "999999999", "1/3", "0.999999999", "1000000000", "2/7"))
    operator, times = draw.choice("*+-/"), draw.choice((2, 5, 40, 100))
    arguments: Tree = {"a0": start}
    for i in range(1, draw.randint(2, 12)):
        arguments[f"a{i}"] = operator.join([f"a{i - 1}"] * times)
    field = draw.choice(("factor", "when", "repeat"))
    op = "scale" if field == "factor" else "relu"
    return spec({"name": "a", "op": op, field: f"a{len(arguments) - 1}"}, arguments=arguments)


@family
def lists(draw: random.Random) -> Tree:
    """Lists within lists, and what is calculated with them."""
    arguments: Tree = {"a0": draw.choice(([1], [[1]], [1] * 256, [[1] * 16] * 16, [[[[[1]]]]], []))}
    for i in range(1, draw.randint(2, 9)):
        last = f"a{i - 1}"
        arguments[f"a{i}"] = draw.choice(
            (f"{last} * {draw.choice(HUGE)}", f"[{last}, {last}, {last}]", f"{last} + {last}",
             f"{last}[0]", f"{last}[{draw.choice((-1, 1, 99, 10**9))}]", f"sum({last})",
             f"max({last}, {last})", f"len({last})", f"{last} * {last}", [last, last],
             f"round_to({last}, 8)", f"regnet_widths({last}, 24, 36, 2.5)")
        )  # fmt: skip
    end = f"a{len(arguments) - 1}"
    return spec({"name": "a", "op": "relu", draw.choice(("when", "repeat")): end},
                {"op": "scale", "factor": end}, arguments=arguments)  # fmt: skip


@family
def functions(draw: random.Random) -> Tree:
    """What functions are given."""
    numbers = ("0", "1", "-1", "1/3", "8", "999999999", "1000000000", "0.000000001", "n", "list")
    call = draw.choice(list(FUNCTIONS))
    given = ", ".join(draw.choice(numbers) for _ in range(draw.randint(0, 5)))
    text = f"{call}({given})"
    layers = {"name": "c", "op": "conv2d", "out_channels": f"{text}[0]", "kernel_size": 1}
    if draw.random() < 0.5:
        layers["out_channels"] = text
    return spec(layers, arguments={"n": draw.choice(NUMBERS), "list": [draw.choice(SIZES)] * 9})


# --- texts and names ------------------------------------------------------------------------------


@family
def texts(draw: random.Random) -> Tree:
    """Texts that people and programs would take for something else."""
    odd = (*TEXTS, "\x1b]0;x\x07", "\u3164", "\u2800", "\u115f", "a\u034fb",
           "<img src=x onerror=1>",
           "~~~", "# h", "$x$", "\\input{/etc/passwd}", "=cmd|'/c calc'!A0", "＝1", "a" * 10_000,
           "\u0301" * 200, "🏳️‍🌈" * 50)  # fmt: skip
    tree = spec({"name": "a", "op": "relu"}, presets={"p": {}})
    for key in draw.sample(("title", "source", "family", "note", "usually", "$schema"), 3):
        draw.choice((tree, tree["presets"]["p"]))[key] = draw.choice(odd)
    if draw.random() < 0.4:
        tree["layers"][0]["name"] = draw.choice(odd)
    if draw.random() < 0.3:
        tree["presets"][draw.choice(odd)] = {}
    if draw.random() < 0.3:
        tree["arguments"] = {draw.choice(odd): draw.choice(odd)}
    return tree


@family
def nearly_known(draw: random.Random) -> Tree:
    """Names that are nearly others, many of them."""
    letters = draw.choice(("ab", "abcdefgh", "a"))
    length, n = draw.choice((4, 12, 30, 60)), draw.choice((3, 50, 100, 150))
    start = "c" * draw.choice((0, 40))
    known = {start + "".join(draw.choices(letters, k=length)) + str(i): 1 for i in range(n)}
    layers = []
    for _ in range(n):
        name = start + "".join(draw.choices(letters, k=length))
        layers.append(
            draw.choice(
                (
                    {"op": "relu", "when": name},
                    {"op": name},
                    {"block": name},
                    {"op": "relu", name: 1},
                    {"op": "relu", "inputs": name},
                )
            )
        )
    blocks = {name: {"layers": []} for name in known} if draw.random() < 0.3 else {}
    return spec(*layers, arguments=known, blocks=blocks)
