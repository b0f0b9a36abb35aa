"""The page of a single layer: a statement a quantity, its share, and what its design buys."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from archcalc import figures
from archcalc.explanation.design import Saving, all_have, savings
from archcalc.explanation.pages.by_quantity import lines_of
from archcalc.explanation.pages.page import Line, Page, equation, side, words
from archcalc.explanation.tree import Explanation
from archcalc.ops.conv import Conv2d
from archcalc.ops.linear import Linear
from archcalc.parts.part import Part
from archcalc.quantities.quantity import Sum
from archcalc.traced import definitions

COMPARED = ("parameters", "macs", "connections")
"""What a design is about; under anything else it is no part of the answer."""


def page_of_layer(explanation: Explanation, layer: Part) -> Page:
    """How the numbers of one layer come about, which are those of what is explained too."""
    besides = [
        node.op.summary(*node.input_shapes) for node in explanation.part if node not in layer
    ]
    lines = list(_lines(replace(explanation, part=layer)))
    if besides:
        lines.append(words("besides", f"{', '.join(besides)}: element-wise, without parameters"))
    return Page(_title(layer), lines)


def _title(layer: Part) -> str:
    net = layer.network
    (node,) = layer.nodes
    shapes = node.input_shapes
    given = ", ".join(map(str, shapes)) if len(shapes) == 1 else f"({', '.join(map(str, shapes))})"
    what = f"{net.name} {layer.path}: {node.op.summary(*shapes)}"
    if not node.sources:
        made = f", -> {layer.output}" if layer.output.elements else ""
        return f"{what}{made}, {net.conditions}"
    return f"{what}, {given} -> {layer.output}, {net.conditions}"


def _lines(explanation: Explanation) -> Iterator[Line]:
    said: set[str] = set()
    for quantity in explanation.quantities:
        lines = list(lines_of(quantity).of_layer(explanation, quantity))
        yield from lines
        if isinstance(quantity, Sum):
            yield from _definitions(lines, said)
    yield from _share(explanation)
    if any(name in COMPARED for name in explanation.sums):
        yield from _design(explanation)


def _definitions(lines: Iterable[Line], said: set[str]) -> Iterator[Line]:
    """The names in some lines that have a working of their own, each once on a page."""
    numbers = [each.number for line in lines for each in line.sides]
    for leaf in (leaf for number in numbers for leaf in definitions(number)):
        if leaf.label not in said and leaf.definition is not None:
            said.add(leaf.label)
            yield Line("", (side(leaf, "formula"), *equation(leaf.definition)), indent=2)


def _share(explanation: Explanation) -> Iterator[Line]:
    """Which part of the network's it is."""
    net = explanation.part.network
    shares: list[str] = []
    for name, quantity in explanation.sums.items():
        part, whole = quantity.of(explanation.part), quantity.of(net)
        if name in ("parameters", "macs") and part:
            whose = "its" if shares else f"{net.name}'s"
            share = figures.percent(part, whole)
            shares.append(f"{share} of {whose} {whole:,} {quantity.title}")
    if shares:
        yield words("share", ", ".join(shares))


def _design(explanation: Explanation) -> Iterator[Line]:
    """What its design buys, and what it is the same as."""
    layer, (node,) = explanation.part, explanation.part.nodes
    compared = [
        quantity
        for name, quantity in explanation.sums.items()
        if name in ("parameters", "macs") and all_have([layer.traced], quantity)
    ]
    for saving in savings(layer.network, [node]):
        yield from _plainer(saving, compared)
    if isinstance(node.op, Linear) and node.op.flattens(*node.input_shapes) and compared:
        yield from _as_convolution(layer, node.op, compared)


def _plainer(saving: Saving, sums: list[Sum]) -> Iterator[Line]:
    op = saving.nodes[0].op
    assert isinstance(op, Conv2d)
    if op.connections is not None:
        channels = saving.reference[0].xs[0].channels.value
        pairs = op.out_channels * channels
        read, of = sum(map(len, op.connections)), f"{op.out_channels}·{channels} = {pairs}"
        yield words("table", f"it reads {read} of the {of} pairs of maps")
    label, plainer, itself = {
        "groups": ("groups", "without groups", f"{op.groups} groups have"),
        "connection table": ("table", "a full connection has", "the table has"),
    }[saving.rule]
    label = "" if op.connections is not None else label
    for quantity in sums:
        reference = quantity.of_layer(saving.reference[0])
        chosen = quantity.of_layer(saving.chosen[0]).value
        difference = figures.fewer(chosen, reference.value)
        after = f" {quantity.title}; {itself} {difference}"
        yield Line(label, equation(reference, "substituted", "value"), f"{plainer} ", after)
        label = ""


def _as_convolution(layer: Part, op: Linear, sums: list[Sum]) -> Iterator[Line]:
    """The convolution that is the same: its kernel is the whole map."""
    (node,) = layer.nodes
    x = node.input_shapes[0]
    kernel = (x.height, x.width)
    conv = Conv2d(out_channels=op.out_features, kernel_size=kernel, bias=op.bias)
    same = layer.network.explained(node._replace(op=conv, shape=conv.output(x)))
    label, before = "same as", f"a {x.height}x{x.width} convolution over the map: "
    for quantity in sums:
        sides = equation(quantity.of_layer(same), "substituted", "value")
        yield Line(label, sides, before, f" {quantity.title}")
        label, before = "", " " * len(before)
