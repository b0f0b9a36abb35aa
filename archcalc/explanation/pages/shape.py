"""What a shape says: on the page of a layer the sizes that it computes, else a table of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from archcalc import figures
from archcalc.analysis.count import Reading
from archcalc.explanation.pages import rows
from archcalc.explanation.pages.lines import Lines, statement
from archcalc.explanation.pages.page import (
    Cell,
    Grid,
    GridColumn,
    GridRow,
    Line,
    cell,
    equation,
    words,
)
from archcalc.explanation.tree import Explanation
from archcalc.explanation.working import Working
from archcalc.explanation.workings import workings
from archcalc.parts.part import Part
from archcalc.quantities import QUANTITIES
from archcalc.quantities.quantity import Quantity


class ShapeLines(Lines):
    """What the input hands on is in the title; a group and a network have a table, if asked."""

    def of_layer(self, explanation: Explanation, quantity: Quantity) -> Iterator[Line]:
        """The sizes that have a working, both of a square in one line."""
        found = workings(explanation.part, quantity)
        computed = [q for q in found if q.number.operation or explanation.is_asked]
        by_name = {working.name: working for working in computed}
        if {"height", "width"} <= by_name.keys():
            height, width = by_name["height"], by_name["width"]
            if height.substituted == width.substituted:
                sides = equation(height.number, is_size=True)
                yield Line("shape", sides, after=", width the same")
                computed = [each for each in computed if each not in (height, width)]
        yield from (statement(working.name, working) for working in computed)

    def of_group(self, explanation: Explanation, quantity: Quantity) -> Iterator[Line | Grid]:
        """The table of the shapes inside it, where it is asked for."""
        yield from self.grids(explanation)

    def of_network(self, explanation: Explanation, quantity: Quantity) -> Iterator[Line]:
        """Nothing beside the title."""
        return iter(())

    def grids(self, explanation: Explanation) -> Iterator[Line | Grid]:
        """The sizes of every layer's output that are computed, with their working; without any,
        what the part gives."""
        if not explanation.is_asked:
            return
        found = list(_grid(explanation.part))
        yield from found
        if not found:
            sizes = figures.outputs(explanation.part.ends)
            yield words("shape", f"{sizes}, and no arithmetic in it")


Sizes = Mapping[str, Working]
_Layers = Sequence[tuple[Part, Reading]]
"""Layers, each with how it is read, which those that are alike share."""


def _grid(part: Part) -> Iterator[Grid]:
    layers = [(layer, layer.main.traced) for layer in rows.layers(part) if layer.main]
    mains = {reading: layer.main for layer, reading in layers}
    found = {reading: _computed(main) for reading, main in mains.items() if main is not None}
    computed = {reading: sizes for reading, sizes in found.items() if sizes}
    is_square = all(_digits(each, "height") == _digits(each, "width") for each in computed.values())
    columns = {"channels": "channels", "height": "height"}
    columns |= {"height": "height, and the width the same"} if is_square else {"width": "width"}
    shown = [name for name in columns if any(name in sizes for sizes in computed.values())]
    cells = {
        reading: tuple(_size(sizes.get(name)) for name in shown)
        for reading, sizes in computed.items()
    }
    layers = [(layer, reading) for layer, reading in layers if reading in computed]
    if shown:
        yield Grid(
            "layer",
            [GridColumn(columns[name], _formulas(part, layers, computed, name)) for name in shown],
            [GridRow(part.name_of(layer.path), layer.path, cells[at]) for layer, at in layers],
        )


def _computed(layer: Part) -> Sizes:
    """The sizes of a layer's output that have a working."""
    found = workings(layer, QUANTITIES["shape"])
    return {working.name: working for working in found if working.number.operation}


def _digits(sizes: Sizes, name: str) -> str:
    return sizes[name].substituted if name in sizes else ""


def _formulas(
    part: Part, layers: _Layers, computed: Mapping[Reading, Sizes], name: str
) -> list[str]:
    if name == "channels":
        return []
    formulas = {at: sizes[name].formula for at, sizes in computed.items() if name in sizes}
    followed = [
        rows.Followed(formulas[reading], part.name_of(layer.path), reading.op.name)
        for layer, reading in layers
        if reading in formulas
    ]
    return rows.named_formulas(followed)


def _size(working: Working | None) -> Cell:
    return Cell() if working is None else cell(working.number, is_size=True)
