"""Families of hostile files whose graphs and layers are the trouble."""

from __future__ import annotations

import json
import random
from typing import Any

from archcalc.ops.fields import written
from archcalc.ops.registry import OPS
from tests.hostile_files import HUGE, SIZES, SMALL, Tree, family, spec, value

# --- graphs ---------------------------------------------------------------------------------------


@family
def references(draw: random.Random) -> Tree:
    """Inputs that are missing, later, themselves, or everything."""
    names = ["input", -1, -2, -9, 0, "a.*", "*", "a.0", "l3", "l4", "l5", "a", "nothing", ".", ""]
    layers: list[Any] = [{"name": "a", "op": "relu", "inputs": "input", "repeat": 3}]
    for i in range(draw.randint(1, 8)):
        op = draw.choice(("add", "concat", "relu", "multiply", "mean", "matmul", "attention"))
        some = draw.choices(names, k=draw.randint(1, 4))
        item: Tree = {"name": f"l{i}", "op": op, "inputs": some if len(some) > 1 else some[0]}
        if draw.random() < 0.3:
            item["repeat"] = draw.choice(SMALL)
        if draw.random() < 0.2:
            item["first"] = {"inputs": draw.choice(names)}
        layers.append(item)
    return spec(*layers)


@family
def repetitions(draw: random.Random) -> Tree:
    """Copies of copies of copies."""
    item: Tree = {"name": "a", "op": draw.choice(("relu", "batch_norm", "dropout"))}
    item["repeat"] = draw.choice(HUGE)
    for _ in range(draw.randint(0, 6)):
        times = draw.choice((1, 2, 3, 10, 50, 500, 10**9, "index", "n", "index + 2"))
        item = {"name": "g" * draw.choice((1, 64)), "layers": [item], "repeat": times}
    return spec(item, {"op": "conv2d", "out_channels": 1, "kernel_size": draw.choice((1, 99))},
                arguments={"n": draw.choice(HUGE)} if "n" in json.dumps(item) else {})  # fmt: skip


@family
def blocks(draw: random.Random) -> Tree:
    """Blocks within blocks: deep, doubling, endless, with long names and long arguments."""
    n = draw.randint(2, 62)
    uses, name = draw.choice((1, 1, 2, 3)), draw.choice(("x", "x" * 64))
    inner: Any = {"name": "r", "op": "relu", "repeat": draw.choice((1, 100, 9_000, 100_000))}
    found: Tree = {}
    for i in range(n):
        end = inner if i == n - 1 else {"block": f"b{i + 1}"}
        given = {"name": name, "list": "list"} if i < n - 1 else {}
        items = [{**end, **given, "name": f"{name[:60]}{k}"} for k in range(uses)]
        found[f"b{i}"] = {"layers": items, "arguments": {"list": [1]}}
    if draw.random() < 0.2:
        found[f"b{n - 1}"]["layers"].append({"name": "again", "block": "b0", "when": "index < 3"})
    big = [draw.choice(SIZES)] * draw.choice((1, 256))
    return spec({"block": "b0", "list": big, "repeat": draw.choice((1, 1, 7)), "name": "s"},
                blocks=found)  # fmt: skip


@family
def trees(draw: random.Random) -> Tree:
    """A block that uses itself under a condition."""
    times = draw.choice((1, 2, 3))
    again = [{"name": f"t{i}", "block": "t", "d": draw.choice(("d - 1", "d // 2", "d")),
              "when": draw.choice(("d > 0", "d != 1", "yes"))} for i in range(times)]  # fmt: skip
    body = [*again, {"op": draw.choice(("relu", "conv2d"))}]
    block = {"arguments": {"d": None, "yes": True}, "layers": body}
    return spec({"block": "t", "d": draw.choice((1, 5, 14, 20, 60, 10**9))}, blocks={"t": block})


@family
def fans(draw: random.Random) -> Tree:
    """Joins of very many."""
    n = draw.choice((3, 700, 20_000, 60_000, 99_000, 124_000))
    wide: Tree = {"name": "a", "op": "relu", "inputs": "input", "repeat": n}
    gate = {"name": "gate", "op": "global_avg_pool2d", "inputs": "input"}
    join = {
        "name": "j",
        "op": draw.choice(("add", "concat", "mean", "multiply")),
        "inputs": draw.choice(("a.*", ["a.*"] * 3, ["input"] * 700, ["gate", "a.*"])),
    }
    if draw.random() < 0.3:
        join["repeat"] = draw.choice((2, 100))
    if draw.random() < 0.3:
        wide = {
            "name": "a",
            "inputs": "input",
            "repeat": n,
            "layers": [
                {"op": "conv2d", "out_channels": 2, "kernel_size": 3, "padding": 1},
                {"name": "d", "op": "drop_path", "survival": "1/(index+2)"},
            ],
        }
    gates = [gate] if "gate" in join["inputs"] else []
    return spec(*gates, wide, join, {"op": "relu"})


@family
def branches(draw: random.Random) -> Tree:
    """Branches within branches."""

    def inside(depth: int) -> list[Any]:
        if not depth:
            return [{"op": draw.choice(("relu", "batch_norm", "dropout"))}]
        count = draw.choice((2, 2, 3)) if draw.random() < 0.97 else draw.choice((0, 1, 40))
        kids = {f"k{i}": inside(depth - 1) for i in range(count)}
        join = draw.choice(("add", "concat", "mean")) if draw.random() < 0.97 else "matmul"
        item = {"branches": kids, "join": join}
        if draw.random() < 0.3:
            item |= {"name": "r", "repeat": draw.choice((0, 2, 5))}
        return [item]

    return spec(*inside(draw.randint(1, 7)))


@family
def presets(draw: random.Random) -> Tree:
    """Very many networks in one file."""
    n = draw.choice((2, 20, 300, 1_000, 1_001))
    layers = [{"name": "a", "op": "relu", "repeat": draw.choice(("n", 240_000 // n, 240_000))}]
    if draw.random() < 0.4:
        layers.append({"op": "conv2d", "out_channels": 1, "kernel_size": 99})
    found = {f"p{i}": {"set": {"n": draw.choice(SMALL)}} for i in range(n)}
    return spec(*layers, presets=found, arguments={"n": draw.choice((1, 1_000, 240_000))})


# --- layers ---------------------------------------------------------------------------------------


def _fields(draw: random.Random, op: str) -> Tree:
    """Fields of an example, some of them changed, or any."""
    example = draw.choice(OPS[op].examples)
    fields = json.loads(_json(example.fields))
    for name in OPS[op].field_infos:
        if name not in ("weights", "of") and draw.random() < 0.3:
            number = draw.choice((draw.choice(SIZES), draw.choice(SMALL), [draw.choice(SMALL)] * 2))
            fields[name] = number if draw.random() < 0.8 else value(draw)
    return {name: value for name, value in fields.items() if name != "of"}


def _json(fields: Any) -> str:
    return json.dumps(fields, default=written)


def example_item(draw: random.Random) -> tuple[Tree, list[int]]:
    """An op as one of its examples has it, and the sizes of its first input."""
    name = draw.choice(list(OPS))
    example = draw.choice(OPS[name].examples)
    fields = {key: value for key, value in json.loads(_json(example.fields)).items() if key != "of"}
    sizes = [int(size) for size in example.inputs[0]] if example.inputs else [3, 16, 16]
    return {"name": "a", "op": name, **fields}, sizes


@family
def ops(draw: random.Random) -> Tree:
    """Every op with fields of any size over inputs of any size."""
    op = draw.choice(list(OPS))
    sizes = list(draw.choice(OPS[op].examples).inputs[0])
    if draw.random() < 0.4:
        sizes = [draw.choice(SIZES) for _ in range(draw.randint(1, 5))]
    item = {"name": "a", "op": op, **_fields(draw, op)}
    if OPS[op].arity not in (0, 1):
        item["inputs"] = ["input"] * draw.choice((2, 2, 3))
    if draw.random() < 0.3:
        item["repeat"] = draw.choice((2, 40, 9_000))
    return spec(item, input=sizes)


@family
def sizes(draw: random.Random) -> Tree:
    """Windows, strides and paddings at their ends, one behind the other."""
    layers = []
    for i in range(draw.randint(1, 6)):
        op = draw.choice(("conv2d", "max_pool2d", "avg_pool2d", "conv_transpose2d", "pad", "crop",
                          "upsample", "subsampling", "max_unpool2d"))  # fmt: skip
        item = {"name": f"l{i}", "op": op, **_fields(draw, op)}
        if op == "max_unpool2d":
            item["of"] = draw.choice(("l0", "l1", "nothing"))
        layers.append(item)
    return spec(*layers, input=[draw.choice(SIZES) for _ in range(3)])


@family
def fields_of_view(draw: random.Random) -> Tree:
    """Up and down again, which is what receptive fields are hard to follow through."""
    up = (3, 5, 7, 11, 13, 17, 64, 1_000)
    layers: list[Any] = []
    for i in range(draw.randint(1, 9)):
        k, s = draw.choice((1, 2, 3, 5, 9, 100)), draw.choice((1, 2, 3, 5, 7))
        layers.append(draw.choice((
            {"name": f"l{i}", "op": "upsample", "scale_factor": draw.choice(up)},
            {"name": f"l{i}", "op": "conv_transpose2d", "out_channels": 3, "kernel_size": k,
             "stride": s, "dilation": draw.choice((1, 2, 3))},
            {"name": f"l{i}", "op": "max_pool2d", "kernel_size": k, "stride": s},
            {"name": f"l{i}", "op": "conv2d", "out_channels": 3, "kernel_size": k, "stride": s,
             "dilation": draw.choice((1, 2, 7)), "padding": draw.choice((0, 1, 9))},
            {"name": f"l{i}", "op": "upsample", "size": draw.choice(SIZES[:-4])},
            {"name": f"l{i}", "op": "adaptive_avg_pool2d", "output_size": draw.choice(SIZES[:10])},
            {"name": f"l{i}", "op": "pad", "width": draw.choice(((0, 1), (5, 7))),
             "mode": draw.choice(("reflect", "replicate", "zeros"))},
            {"name": f"l{i}", "op": draw.choice(("flip", "roll")), "axes": "width"},
            {"name": f"l{i}", "op": "slice", "step": s, "axis": "width"},
            {"name": f"l{i}", "op": "add", "inputs": [-1, draw.choice(("input", "l0"))]},
        )))  # fmt: skip
    if draw.random() < 0.4:
        layers = [{"name": "g", "layers": layers, "repeat": draw.choice((2, 3, 50))}]
    return spec(*layers, input=[3, *(draw.choice((7, 64, 999, 99_991)) for _ in range(2))])


@family
def dropped_paths(draw: random.Random) -> Tree:
    """Paths that are dropped at random, beside and inside each other."""
    chance = draw.choice(("1/(index+2)", "1/2", "0.999999999", "index/999999937", "1/1000003", "p"))
    unit: list[Any] = [{"op": "relu"}, {"name": "d", "op": "drop_path", "survival": chance},
                       {"op": "add", "inputs": ["d", "input"]}]  # fmt: skip
    for _ in range(draw.choice((0, 0, 1, 3, 40))):
        unit = [{"name": "in", "layers": unit},
                {"name": "d", "op": "drop_path", "survival": chance},
                {"op": "add", "inputs": ["d", "input"]}]  # fmt: skip
    groups = {"name": "s", "layers": unit, "repeat": draw.choice((1, 5, 60, 3_000, 30_000))}
    return spec(
        groups, arguments={"p": draw.choice(("1/3", "2", 0, "-1"))} if chance == "p" else {}
    )


@family
def shared(draw: random.Random) -> Tree:
    """Weights of other layers, of layers that are none, and of themselves."""
    n = draw.choice((1, 5, 3_000, 60_000))
    owner = draw.choice(("owner", "user", "nothing", "relu", "group", "group.inner", "owner.0"))
    conv = {"op": "conv2d", "out_channels": 3, "kernel_size": 3, "padding": 1}
    user = {"name": "user", **conv, "weights": owner, "repeat": n}
    if draw.random() < 0.3:
        user["op"] = draw.choice(("conv_transpose2d", "linear", "batch_norm", "conv1d"))
    if draw.random() < 0.3:
        user["groups"] = draw.choice((3, 2))
    group = {"name": "group", "layers": [{"name": "inner", **conv}]}
    return spec({"name": "owner", **conv, "repeat": draw.choice((1, 2))}, {"name": "relu",
                "op": "relu"}, group, user)  # fmt: skip


@family
def ends(draw: random.Random) -> Tree:
    """Several inputs and outputs, named in ways of their own."""
    odd = ["a", "b", "c", "scores", "__class__", "forward"]
    if draw.random() < 0.2:
        odd += ["", "x" * 65, "0", "é", "a.b", "input"]
    given = {name: [draw.choice(SIZES) for _ in range(draw.randint(1, 5))]
             for name in draw.sample(odd, draw.randint(1, 3))}  # fmt: skip
    names = [*given, "head", "mid", *(["nothing"] if draw.random() < 0.2 else [])]
    layers = [
        {"name": "mid", "op": "flatten", "inputs": draw.choice([*given])},
        {"name": "head", "op": "linear", "out_features": 9, "inputs": draw.choice(names)},
    ]
    many = [
        {"name": f"h{i}", "op": "relu", "inputs": "mid"} for i in range(draw.choice((0, 2, 900)))
    ]
    outputs = {draw.choice(odd): draw.choice(names) for _ in range(draw.randint(0, 4))}
    return spec(*layers, *many, input=given, outputs=outputs)


@family
def tensors(draw: random.Random) -> Tree:
    """Shapes that are turned, cut, joined and multiplied."""
    letters = "abcdefgh"
    layers = []
    for i in range(draw.randint(1, 5)):
        order = [draw.randrange(-1, 4) for _ in range(draw.randint(1, 4))]
        equation = "".join(draw.choices(letters + ",->", k=draw.randint(3, 20)))
        layers.append(draw.choice((
            {"op": "permute", "order": order},
            {"op": "reshape", "shape": [draw.choice((*SIZES, -1)) for _ in order]},
            {"op": "expand", "shape": [draw.choice(SIZES) for _ in order]},
            {"op": "reduce", "axes": order, "mode": draw.choice(("mean", "max", "no"))},
            {"op": "einsum", "equation": equation, "inputs": [-1, "input"]},
            {"op": "matmul", "inputs": [-1, "input"], "transpose": draw.choice((True, False))},
            {"op": "attention", "num_heads": draw.choice(SIZES), "inputs": [-1, "input", "input"]},
            {"op": "embedding", "num_embeddings": draw.choice(SIZES), "embedding_dim": 8},
            {"op": "lstm", "hidden_size": draw.choice(SIZES), "num_layers": draw.choice(HUGE)},
            {"op": "roll", "shifts": draw.choice(HUGE), "axes": order},
            {"op": "parameter", "shape": [draw.choice(SIZES) for _ in order]},
            {"op": "concat", "axis": draw.choice(order), "inputs": [-1, "input"]},
        )) | {"name": f"l{i}"})  # fmt: skip
    return spec(*layers, input=[draw.choice(SIZES[:10]) for _ in range(draw.randint(1, 5))])
