"""The page of a single layer: a statement a quantity."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from archcalc import figures
from archcalc.arithmetic import product
from archcalc.explanation.design import Comparison, comparisons
from archcalc.explanation.design_lines import counts
from archcalc.explanation.group_page import UNASKED, plain_lines, statement
from archcalc.explanation.page import Line, Page, Step, equation, words
from archcalc.explanation.reading import read
from archcalc.explanation.tree import Explanation, Working
from archcalc.graph import Node
from archcalc.network import Network
from archcalc.ops.conv import Conv2d, table_runs
from archcalc.ops.linear import Linear
from archcalc.quantity import Sum
from archcalc.shape import Shape
from archcalc.traced import Traced, addends, definitions, summed

COMPARED = ("parameters", "macs", "connections")
"""What a design is about; under anything else it is no part of the answer."""


def leaf_page(part: Explanation, layer: Explanation) -> Page:
    """How the numbers of one layer come about, which are those of `part` too."""
    besides = [
        node.op.summary(*node.input_shapes) for node in part.nodes if node not in layer.nodes
    ]
    lines = list(_lines(layer))
    if besides:
        lines.append(words("besides", f"{', '.join(besides)}: element-wise, without parameters"))
    return Page(_title(layer), lines)


def _title(layer: Explanation) -> str:
    net = layer.network
    node = layer.nodes[0]
    shapes = node.input_shapes
    given = ", ".join(map(str, shapes)) if len(shapes) == 1 else f"({', '.join(map(str, shapes))})"
    what = f"{net.name} {layer.layer}: {node.op.summary(*shapes)}"
    return f"{what}, {given} -> {layer.output}, {net.conditions}"


def _lines(layer: Explanation) -> Iterator[Line]:
    said: set[str] = set()
    for kind in layer.kinds:
        found = list(layer.workings(kind))
        if kind.name == "shape":
            yield from _shape(found, is_asked=layer.is_asked)
        elif kind.name == "receptive_field":
            yield from _receptive_field(found)
        elif isinstance(kind, Sum):
            yield from _summed(layer, kind, found[0], said)
        elif layer.is_asked or kind.name in UNASKED:
            yield from plain_lines(layer, kind)
    yield from _share(layer)
    yield from _design(layer)


def _shape(found: list[Working], *, is_asked: bool) -> Iterator[Line]:
    """The sizes that have a working; what the input hands on is in the title."""
    computed = [q for q in found if q.number.operation or is_asked]
    by_name = {q.name: q for q in computed}
    if {"height", "width"} <= by_name.keys():
        height, width = by_name["height"], by_name["width"]
        if height.substituted == width.substituted:
            computed.remove(width)
            steps = equation(height.number, is_size=True)
            yield Line("shape", steps, after=", width the same")
            computed.remove(height)
    yield from (statement(q.name, q) for q in computed)


def _receptive_field(found: list[Working]) -> Iterator[Line]:
    for quantity in found:
        axis = quantity.name.removeprefix("receptive_field").strip("_")
        if not quantity.number.operation and not quantity.reason:
            yield words(f"RF {axis}".strip(), f"{quantity.value}, as its input's")
        else:
            yield statement(f"RF {axis}".strip(), quantity)


def _summed(layer: Explanation, kind: Sum, quantity: Working, said: set[str]) -> Iterator[Line]:
    if kind.name == "buffers" and not quantity.value and not layer.is_asked:
        return
    node = layer.nodes[0]
    table = getattr(node.op, "connections", None)
    if kind.name == "parameters" and table is not None:
        yield from _table_parameters(node, layer.network, quantity)
    else:
        yield statement(kind.title, quantity)
    if kind.name == "connections" and isinstance(node.op, Conv2d):
        yield from _once_a_position(layer, node, quantity)
    for leaf in definitions(quantity.number):
        if leaf.label not in said and leaf.definition is not None:
            said.add(leaf.label)
            steps = (Step(leaf, "formula"), *equation(leaf.definition))
            yield Line("", steps, indent=2)


def _once_a_position(layer: Explanation, node: Node, quantity: Working) -> Iterator[Line]:
    """A convolution uses each parameter once at every position, and says so where it holds."""
    positions = product(Traced(node.shape.height, "height"), Traced(node.shape.width, "width"))
    parameters = Traced(layer.part.parameters, "parameters", computed=True)
    connections = Traced(layer.network.batch, "batch", default=layer.network.batch == 1) * (
        positions * parameters
    )
    if connections.value == quantity.value:
        yield Line("", equation(connections), before="each parameter once a position: ", indent=2)


def _table_parameters(node: Node, net: Network, quantity: Working) -> Iterator[Line]:
    """A line a run of the connection table, and their sum."""
    assert isinstance(node.op, Conv2d)
    assert node.op.connections is not None
    x = node.input_shapes[0]
    runs = table_runs(node.op.connections, x.channels)
    terms = addends(quantity.number)
    yield Line("parameters", equation(terms[0], "formula"), after=", a run of the table at a time")
    joined: list[Traced] = []
    start = 0
    for i, ((reads, maps), term) in enumerate(zip(runs, terms, strict=True)):
        if i + 1 == len(runs) or runs[i + 1][0] != reads:
            together = [m for _, run in runs[start : i + 1] for m in run]
            plain = dataclasses.replace(node.op, connections=None, out_channels=len(together))
            joined.append(read(plain, [Shape(reads, *x[1:])], node.shape, net).parameters)
            after = "" if start == i else _together(together, joined[-1])
            start = i + 1
        else:
            after = ""
        verb = ("reads" if len(maps) == 1 else "read") + f" {reads}"
        steps = equation(term, "substituted", "value")
        yield Line(_maps(maps), steps, before=verb.ljust(9), after=after, indent=2)
    sums = [equation(_counts(some), "substituted", "value") for some in (terms, joined)]
    if len(terms) > 1:
        yield Line("", tuple(dict.fromkeys((sums[0][0], *sums[1]))))


def _maps(maps: list[int]) -> str:
    return f"map {maps[0]}" if len(maps) == 1 else f"maps {maps[0]}-{maps[-1]}"


def _together(maps: list[int], parameters: Traced) -> str:
    digits, value = equation(parameters, "substituted", "value")
    return f"       {_maps(maps)} together: {digits.text()} = {value.text()}"


def _counts(numbers: list[Traced]) -> Traced:
    """Their sum, of values alone."""
    return summed(Traced(number.value, computed=True) for number in numbers)


def _share(layer: Explanation) -> Iterator[Line]:
    """Which part of the network's it is."""
    shares: list[str] = []
    for kind in layer.kinds:
        if kind.name in ("parameters", "macs"):
            part, whole = layer.total(kind), getattr(layer.network, kind.name)
            if part:
                share = figures.percent(part, whole)
                whose = "its" if shares else f"{layer.network.name}'s"
                shares.append(f"{share} of {whose} {whole:,} {kind.title}")
    if shares:
        yield words("share", ", ".join(shares))


def _design(layer: Explanation) -> Iterator[Line]:
    """What its design buys, and what it is the same as."""
    net, node = layer.network, layer.nodes[0]
    if not any(kind.name in COMPARED for kind in layer.kinds):
        return
    compared = [
        kind
        for name, kind in layer.sums.items()
        if name in ("parameters", "macs") and counts([layer.reading], kind)
    ]
    for comparison in comparisons(net, [node]):
        yield from _plainer(comparison, compared)
    x = node.input_shapes[0]
    if isinstance(node.op, Linear) and x.is_map and compared:
        yield from _as_convolution(layer, node.op, compared)


def _plainer(comparison: Comparison, kinds: list[Sum]) -> Iterator[Line]:
    op = comparison.nodes[0].op
    assert isinstance(op, Conv2d)
    if op.connections is not None:
        channels = comparison.reference[0].xs[0].channels.value
        pairs = op.out_channels * channels
        read, of = sum(map(len, op.connections)), f"{op.out_channels}·{channels} = {pairs}"
        yield words("table", f"it reads {read} of the {of} pairs of maps")
    label, plainer, itself = {
        "groups": ("groups", "without groups", f"{op.groups} groups have"),
        "connection table": ("table", "a full connection has", "the table has"),
    }[comparison.rule]
    label = "" if op.connections is not None else label
    for kind in kinds:
        reference = kind.of_layer(comparison.reference[0])
        chosen = kind.of_layer(comparison.chosen[0]).value
        difference = figures.fewer(chosen, reference.value)
        after = f" {kind.title}; {itself} {difference}"
        yield Line(label, equation(reference, "substituted", "value"), f"{plainer} ", after)
        label = ""


def _as_convolution(layer: Explanation, op: Linear, kinds: list[Sum]) -> Iterator[Line]:
    """The convolution that is the same: its kernel is the whole map."""
    net, node = layer.network, layer.nodes[0]
    x = node.input_shapes[0]
    conv = Conv2d(op.out_features, (x.height, x.width), bias=op.bias)
    same = read(conv, [x], conv.output(x), net)
    label, before = "same as", f"a {x.height}x{x.width} convolution over the map: "
    for kind in kinds:
        steps = equation(kind.of_layer(same), "substituted", "value")
        yield Line(label, steps, before, f" {kind.title}")
        label, before = "", " " * len(before)
