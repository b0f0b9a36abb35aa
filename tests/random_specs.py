"""Random spec files: every layer type and every construct, on small shapes.

`specs` is a strategy of hypothesis; `drawn` takes any source of choices, such as `random`.

Fields are drawn by their kinds, so that a new op is drawn without a word here. While an item is
drawn its shapes are followed, by the op's own rules for its inputs and for its output.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st

from archcalc.ops.axes import positions
from archcalc.ops.kinds import LAYER
from archcalc.ops.op import MANY, Op, OpError
from archcalc.ops.recurrence import Recurrent
from archcalc.ops.registry import OPS, create
from archcalc.shape import Shape
from tests.random_fields import (
    Drawing,
    Tree,
    drawn_fields,
    fields_as_written,
    value_as_written,
)

JOINS = tuple(name for name, op in OPS.items() if op.arity not in (0, 1) and not op.required_fields)
"""Ops that join the ends of branches as they come."""

ONE_INPUT = tuple(name for name, op in OPS.items() if op.arity == 1 and op.value_inputs != 0)
"""Ops that a flow goes through."""

LARGEST = 2_000
"""Elements of a tensor: what is drawn shall run in no time."""

MOST_STEPS = 8
"""Steps of a recurrent layer, each of which torch takes by itself on the meta device."""

Extent = tuple[int, int]
"""How large a network is drawn: how deep its items are within each other, and how many of them
there are at most in its own list."""

LARGE: tuple[Extent, ...] = ((2, 5),)
ANY_EXTENT: tuple[Extent, ...] = ((0, 1), (0, 2), (1, 2), *LARGE)

ARGUMENTS = {"two": 2, "three": "two + 1", "on": True, "off": "two > three"}
"""Of every network; sizes, repetitions and conditions are written with them at times."""

BLOCKS: dict[str, Tree] = {
    "unit": {
        "arguments": {"channels": None, "kernel_size": 3, "stride": 1, "norm": "on"},
        "layers": [
            {"op": "conv2d", "out_channels": "channels", "kernel_size": "kernel_size",
             "stride": "stride", "padding": "kernel_size // 2", "bias": "1 - norm"},
            {"op": "batch_norm", "when": "norm"},
            {"op": "relu"},
        ],
    },
    "residual": {
        "arguments": {"channels": None, "project": "in_channels != channels"},
        "layers": [
            {"name": "conv", "op": "conv2d", "out_channels": "channels", "kernel_size": [1, 3],
             "padding": [0, 1]},
            {"name": "shortcut", "op": "conv2d", "inputs": "input", "when": "project",
             "out_channels": "channels", "kernel_size": 1, "bias": False},
            {"op": "add", "inputs": ["conv", "shortcut"]},
        ],
    },
    "dense": {
        "arguments": {"growth": "two"},
        "layers": [
            {"branches": {
                "skip": [],
                "new": {"op": "conv2d", "out_channels": "growth", "kernel_size": 3, "padding": 1},
            }, "join": "concat"},
        ],
    },
    "gate": {
        "layers": [
            {"name": "squeeze", "op": "global_avg_pool2d"},
            {"name": "gate", "op": "sigmoid"},
            {"op": "multiply", "inputs": ["input", "gate"]},
        ],
    },
}  # fmt: skip


@dataclass
class Drawn:
    """An item, and the shape that it makes of its input's."""

    item: Tree
    shape: Callable[[Shape], Shape]


def _through(items: list[Drawn]) -> Callable[[Shape], Shape]:
    return lambda x: reduce(lambda shape, drawn: drawn.shape(shape), items, x)


class Unfitting(Exception):
    """What was drawn makes no network; another may."""


@st.composite
def specs(draw: Callable[[st.SearchStrategy[Any]], Any], including: str = "") -> Tree:
    """A spec file as `drawn` makes it."""
    try:
        return drawn(lambda options: draw(st.sampled_from(options)), including)
    except Unfitting:
        reject()


def drawn(
    choose: Callable[[Sequence[Any]], Any],
    including: str = "",
    extents: Sequence[Extent] = LARGE,
) -> Tree:
    """The JSON of a spec file of one network, which begins with the op `including` if one is asked.

    An input of the rank that the op's examples have is drawn for it. Raises Unfitting where that
    is not in what came of it.
    """
    drawing = Drawing(choose)
    ranks = {len(example.inputs[0]) for example in OPS[including or "conv2d"].examples}
    size = Shape(*(drawing.integer(low, 8) for low in (1, 4, 4, 4)[: drawing.one_of(*ranks)]))
    first, shape = _including(drawing, size, OPS[including]) if including else ([], size)
    depth, most = drawing.one_of(*extents)
    items, shape = _items(drawing, shape, depth=depth, most=most)
    layers = [drawn.item for drawn in first + items]
    if drawing.one_of(False, True):
        layers.append(_auxiliary(drawing, shape))
    layers += _head(drawing, shape)
    words = _words(json.dumps(layers))
    blocks = _used(BLOCKS, words)
    if blocks:
        words |= _words(json.dumps(blocks))
    for argument in reversed(ARGUMENTS):
        if argument in words:
            words |= _words(str(ARGUMENTS[argument]))
    return {
        "title": "random", "year": 2024, "source": "hypothesis", "input": size.sizes,
        "arguments": _used(ARGUMENTS, words), "blocks": blocks, "layers": layers,
    }  # fmt: skip


def _words(text: str) -> set[str]:
    return set(re.findall(r"\w+", text))


def _used(names: Mapping[str, Any], words: set[str]) -> Tree:
    """Those that a text's words mention: what nothing uses would be refused."""
    return {name: value for name, value in names.items() if name in words}


def _auxiliary(drawing: Drawing, x: Shape) -> Tree:
    item = {"name": drawing.name(), "auxiliary": {"loss_weight": 0.3}}
    classifier = [{"op": "linear", "out_features": 3}, {"op": "softmax"}]
    return item | {"layers": [*_flattened(x), *classifier]}


def _flattened(x: Shape) -> list[Tree]:
    """What makes a vector of a tensor over which a linear layer would be at each position."""
    return [{"op": "flatten"}] if len(x) not in (1, 3) else []


def _head(drawing: Drawing, x: Shape) -> list[Tree]:
    """An activation alone, a linear layer over the map, or pooled and classified."""
    classifier = {"op": "linear", "out_features": value_as_written(drawing, drawing.one_of(1, 5))}
    linear = [*_flattened(x), classifier]
    rbf = {"op": "rbf", "out_features": 4}
    pooled = [{"op": "global_avg_pool2d"}, {"op": "flatten"}] if x.is_map else _flattened(x)
    return drawing.one_of(
        [{"op": "relu"}], linear, [*pooled, classifier, {"op": "softmax"}], [*pooled, rbf]
    )


# --- items ----------------------------------------------------------------------------------------


def _items(
    drawing: Drawing, x: Shape, *, depth: int, most: int, keeps_size: bool = False
) -> tuple[list[Drawn], Shape]:
    """A list of items, and the shape behind them."""
    items = []
    for _ in range(drawing.integer(1, most)):
        drawn, y = _item(drawing, x, depth)
        if y.elements > LARGEST or (keeps_size and _places(y) != _places(x)):
            continue
        items.append(drawn)
        x = y
    if not items:
        items.append(Drawn({"name": drawing.name(), "op": "relu"}, lambda x: x))
    return items, x


def _places(x: Shape) -> tuple[int, ...]:
    """The rank of a tensor, and its sizes along the axes that positions are along."""
    return len(x), *(x[axis] for axis in positions(x))


def _item(drawing: Drawing, x: Shape, depth: int) -> tuple[Drawn, Shape]:
    kinds = [_op, _op, _op]
    if x.is_map:
        kinds += [_block, _block]
    if depth:
        kinds += [_branches, _group, _repeat, _absent]
        kinds += [_residual, _unpooled, _sharing] if x.is_map else []
    for _ in range(3):
        kind = drawing.one_of(*kinds)
        drawn = kind(drawing, x, depth)
        if kind in (_block, _residual, _sharing):
            drawn = Drawn(drawn.item, _of_a_map(drawn.shape))
        try:
            return drawn, drawn.shape(x)
        except OpError:
            continue
    return Drawn({"name": drawing.name(), "op": "relu"}, lambda x: x), x


def _including(drawing: Drawing, x: Shape, op: type[Op]) -> tuple[list[Drawn], Shape]:
    """An item with the op in it, and the shape behind it."""
    if op.arity == 1:
        drawn = _used_op(drawing, op, x)
    elif op.name in JOINS:
        drawn = _branches(drawing, x, depth=1, join=op.name)
    elif LAYER in (op.field_infos[name].kind for name in op.required_fields):
        drawn = _unpooled(drawing, x, depth=1)
    else:
        drawn = _as_in_an_example(drawing, op, x)
    try:
        shape = drawn.shape(x)
    except OpError as error:
        raise Unfitting from error
    if shape.elements > LARGEST:
        raise Unfitting
    return [drawn], shape


def _as_in_an_example(drawing: Drawing, op: type[Op], x: Shape) -> Drawn:
    """An op of several inputs, with the shapes and fields of one of its examples."""
    example = drawing.one_of(*op.examples)
    branches = {drawing.name(): _made(drawing, x, sizes) for sizes in example.inputs}
    item = {"op": op.name, **example.fields}
    layers = [{"branches": branches}, item]
    return Drawn({"name": drawing.name(), "layers": layers}, lambda x: Shape(*example.output))


def _made(drawing: Drawing, x: Shape, sizes: tuple[int, ...]) -> list[Tree]:
    """Items that make a tensor of any shape out of any other."""
    features = Shape(*sizes).elements
    return [
        *([{"op": "flatten"}] if len(x) > 1 else []),
        {"name": drawing.name(), "op": "linear", "out_features": features},
        {"op": "reshape", "shape": list(sizes)},
    ]


def _op(drawing: Drawing, x: Shape, depth: int) -> Drawn:
    op = OPS[drawing.one_of(*ONE_INPUT)]
    if op.name == "rbf" or (op.name in ("flatten", "linear") and drawing.one_of(True, True, False)):
        op = OPS["conv2d"] if x.is_map else OPS["linear"]
    return _used_op(drawing, op, x)


def _used_op(drawing: Drawing, op: type[Op], x: Shape) -> Drawn:
    fields = drawn_fields(drawing, op, x)
    item = {"name": drawing.name(), "op": op.name}
    return Drawn(item | fields_as_written(drawing, op, fields), _shape_of(create(op, fields)))


def _shape_of(op: Op) -> Callable[[Shape], Shape]:
    def shape(x: Shape) -> Shape:
        if isinstance(op, Recurrent) and x[0] > MOST_STEPS:
            raise OpError("takes too many steps")
        settled = op.settled(x)
        settled.check(x)
        return settled.output(x)

    return shape


def _of_a_map(shape: Callable[[Shape], Shape]) -> Callable[[Shape], Shape]:
    """That of what takes a map alone; a repetition may hand its second copy a vector."""

    def checked(x: Shape) -> Shape:
        if not x.is_map:
            raise OpError("takes a map")
        return shape(x)

    return checked


def _group(drawing: Drawing, x: Shape, depth: int) -> Drawn:
    items, _ = _items(drawing, x, depth=depth - 1, most=3)
    item = {"name": drawing.name(), "layers": [drawn.item for drawn in items]}
    return Drawn(item, _through(items))


def _absent(drawing: Drawing, x: Shape, depth: int) -> Drawn:
    """An item under a condition, and what is there if it does not hold."""
    drawn, _ = _item(drawing, x, depth - 1)
    condition, holds = drawing.one_of(("on", 1), ("off", 0), ("two < three", 1), ("not on", 0))
    item = {"name": drawing.name(), "when": condition, "layers": [drawn.item]}
    return Drawn(item, drawn.shape if holds else lambda x: x)


def _repeat(drawing: Drawing, x: Shape, depth: int) -> Drawn:
    drawn, _ = _item(drawing, x, depth - 1)
    times, count = drawing.one_of(("two", 2), (3, 3), ("three - two", 1), (0, 0))
    item = {"name": drawing.name(), "repeat": times, "layers": [drawn.item]}
    return Drawn(item, _through([drawn] * count))


def _branches(drawing: Drawing, x: Shape, depth: int, join: str = "") -> Drawn:
    """Branches that keep the size of the map; a sum needs equal channels, too."""
    join = join or drawing.one_of("concat", "concat", *JOINS)
    arity = OPS[join].arity
    branches: dict[str, Any] = {}
    ends = []
    for _ in range(drawing.integer(2, 3) if arity == MANY else arity):
        key = drawing.name()
        items, _ = _items(drawing, x, depth=depth - 1, most=2, keeps_size=True)
        if join != "concat":
            items.append(_projection(drawing, x))
        branches[key] = [drawn.item for drawn in items]
        ends.append(_through(items))
    if join == "concat" and drawing.one_of(True, False):
        branches[drawing.name()] = []
        ends.append(lambda x: x)
    fields = drawn_fields(drawing, OPS[join], *[x] * len(ends))
    op = create(OPS[join], fields)

    def shape(x: Shape) -> Shape:
        joined = [end(x) for end in ends]
        op.check(*joined)
        return op.output(*joined)

    name = {"name": drawing.name()}
    if arity == MANY and not fields and drawing.one_of(True, False):
        return Drawn(name | {"branches": branches, "join": join}, shape)
    # Without a join the ends stay open, and go to the next item in their order.
    item = {"op": join, **fields_as_written(drawing, OPS[join], fields)}
    return Drawn(name | {"layers": [{"branches": branches}, item]}, shape)


def _projection(drawing: Drawing, x: Shape) -> Drawn:
    """To three channels, or features, whatever comes in."""
    if x.is_map:
        item = {"op": "conv2d", "out_channels": 3, "kernel_size": 1}
    else:
        item = {"op": "linear", "out_features": 3, "axis": "last"}
    return Drawn({"name": drawing.name()} | item, lambda x: x.with_size(0 if x.is_map else -1, 3))


def _residual(drawing: Drawing, x: Shape, depth: int) -> Drawn:
    """Items whose end is added to their input, which is named or some steps back."""
    items, _ = _items(drawing, x, depth=depth - 1, most=2, keeps_size=True)
    start, end = drawing.name(), drawing.name()
    layers = [
        {"name": start, "op": "leaky_relu"},
        {"layers": [drawn.item for drawn in items]},
        {"name": end, "op": "conv2d", "out_channels": x.channels, "kernel_size": 1},
        {"op": "add", "inputs": drawing.one_of([-1, -3], [start, end])},
    ]

    def shape(input: Shape) -> Shape:
        y = Shape(x.channels, *_through(items)(input)[1:])
        if y != input:
            raise OpError("a residual of another shape")
        return y

    return Drawn({"name": drawing.name(), "layers": layers}, shape)


def _unpooled(drawing: Drawing, x: Shape, depth: int) -> Drawn:
    """A pooling and its reverse."""
    pool = OPS["max_pool2d"]
    fields = drawn_fields(drawing, pool, x)
    fields.pop("dilation", None)  # a pooling with one has no reverse
    name = drawing.name()
    layers = [
        {"name": name, "op": "max_pool2d", **fields_as_written(drawing, pool, fields)},
        {"op": "max_unpool2d", "of": name},
    ]

    def shape(x: Shape) -> Shape:
        create(pool, fields).check(x)
        return x

    return Drawn({"name": drawing.name(), "layers": layers}, shape)


def _sharing(drawing: Drawing, x: Shape, depth: int) -> Drawn:
    """Two layers with the same parameters: twice the same, or a convolution and its transpose."""
    owner = {"name": drawing.name(), "op": "conv2d", "out_channels": x.channels}
    owner |= {"kernel_size": 3, "padding": 1, "bias": False}
    user = {**owner, "name": drawing.name(), "weights": owner["name"]}
    user["op"] = drawing.one_of("conv2d", "conv_transpose2d")
    return Drawn({"name": drawing.name(), "layers": [owner, user]}, lambda x: x)


def _block(drawing: Drawing, x: Shape, depth: int) -> Drawn:
    """A block of the file, once or repeated; all of them keep the size, but for a stride."""
    name = drawing.one_of(*BLOCKS)
    item = {"name": drawing.name(), "block": name}
    channels = drawing.integer(1, 6)
    count = drawing.one_of(1, 2, 3)
    if count > 1:
        item["repeat"] = {2: "two", 3: "three"}[count]
    if name == "dense":
        return Drawn(item, lambda x: Shape(x.channels + 2 * count, *x[1:]))
    if name == "gate":
        return Drawn(item, lambda x: x)
    item["channels"] = channels
    if name == "unit" and count > 1 and drawing.one_of(True, False):
        item["first"] = {"stride": "two"}
        return Drawn(item, lambda x: Shape(channels, (x.height + 1) // 2, (x.width + 1) // 2))
    return Drawn(item, lambda x: Shape(channels, *x[1:]))


def layer_types(tree: Any) -> set[str]:
    """The ops that a spec file writes anywhere."""
    if isinstance(tree, list):
        return set().union(*map(layer_types, tree))
    if isinstance(tree, dict):
        own = {tree[key] for key in ("op", "join") if isinstance(tree.get(key), str)}
        return own.union(*(layer_types(value) for value in tree.values()))
    return set()
