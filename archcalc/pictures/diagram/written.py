"""A diagram as text for programs that lay it out themselves: Mermaid and Graphviz's DOT."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import Literal

from archcalc import figures
from archcalc.errors import ArchcalcError, parameter
from archcalc.pictures.diagram.drawn import Direction
from archcalc.pictures.diagram.joined import Box, Diagram, shape_under

MOST_EDGES = 400
"""Mermaid draws at most 500 edges."""


def mermaid_text(found: Diagram, direction: Direction = "down") -> str:
    """A Mermaid flowchart, as GitHub shows it in a Markdown page.

    Raises:
        ArchcalcError: it has more edges than Mermaid draws.
    """
    edges = list(found.edges)
    if len(edges) > MOST_EDGES:
        raise ArchcalcError(
            f"{len(edges)} edges are more than Mermaid draws; say a part, with {parameter('layer')}"
        )
    ids = _ids(found)
    lines = [f"flowchart {'TD' if direction == 'down' else 'LR'}"]
    lines += [f'  {ids[name]}(["{end}"])' for name, end in _ends(found, "input")]
    lines += [f'  {ids[name]}["{_lines(box, "<br>")}"]' for name, box in found.boxes.items()]
    lines += [f'  {ids[name]}o(["{end}"])' for name, end in _ends(found, "output")]
    for source, target in edges:
        reader = found.boxes.get(source)
        shape = f'|"{shape_under(reader)}"|' if reader is not None else ""
        lines.append(f"  {ids[source]} -->{shape} {ids[target]}")
    lines += [f"  {ids[name]} --> {ids[name]}o" for name in found.outputs]
    return "\n".join(lines)


def dot_text(found: Diagram, direction: Direction = "down") -> str:
    """A digraph in DOT, for `dot -Tsvg`."""
    ids = _ids(found)
    lines = ["digraph {", "  node [shape=box, style=rounded, fontname=Helvetica, fontsize=10];"]
    if direction == "right":
        lines.append("  rankdir=LR;")
    lines += [f'  {ids[name]} [shape=oval, label="{end}"];' for name, end in _ends(found, "input")]
    for name, box in found.boxes.items():
        label = _lines(box, "\n").replace("\\", "\\\\").replace("\n", "\\n")
        lines.append(f'  {ids[name]} [label="{label}"];')
    for name, end in _ends(found, "output"):
        lines.append(f'  {ids[name]}o [shape=oval, label="{end}"];')
    for source, target in found.edges:
        reader = found.boxes.get(source)
        label = f' [label="{shape_under(reader)}", fontsize=9]' if reader is not None else ""
        lines.append(f"  {ids[source]} -> {ids[target]}{label};")
    lines += [f"  {ids[name]} -> {ids[name]}o;" for name in found.outputs]
    return "\n".join([*lines, "}"])


def _ends(found: Diagram, word: Literal["input", "output"]) -> Iterator[tuple[str, str]]:
    """What is written where the data comes in, or out: the shape, of several the name too."""
    shapes = found.inputs if word == "input" else found.outputs
    for name, shape in shapes.items():
        yield name, f"{found.called.get(name, word)} {shape}"


def _ids(found: Diagram) -> dict[str, str]:
    return {name: f"n{i}" for i, name in enumerate([*found.inputs, *found.boxes])}


def _lines(box: Box, newline: str) -> str:
    costs = [
        f"{figures.short(value)} {noun}"
        for value, noun in ((box.part.parameters, "parameters"), (box.part.macs, "MACs"))
        if value
    ]
    escaped = [escape(line) for line in (box.name, box.op, ", ".join(costs)) if line]
    return newline.join(escaped)
