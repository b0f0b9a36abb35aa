"""The page of a group of layers: a row a layer, the sums, and what its design buys."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc import figures
from archcalc.analysis.count import labels
from archcalc.explanation.pages import rows
from archcalc.explanation.pages.by_quantity import lines_of
from archcalc.explanation.pages.design import design_lines
from archcalc.explanation.pages.page import Grid, Line, Page, equation, words
from archcalc.explanation.pages.sums import in_table
from archcalc.explanation.tree import Explanation
from archcalc.formats import Heading
from archcalc.ops.concat import Concat
from archcalc.parts.part import Part


def page_of_group(explanation: Explanation, width: int) -> Page:
    """How the numbers of a group of layers come about."""
    return Page(_title(explanation.part, width), _items(explanation))


def _title(part: Part, width: int) -> str:
    net = part.network
    given = ", ".join(map(str, dict.fromkeys(part.inputs)))
    context = f"{given} -> {figures.outputs(part.ends)}, {net.conditions}"
    for what in _described(part):
        title = f"{net.name} {part.path}: {what}, {context}"
        if len(title) <= width:
            break
    return title


def _described(part: Part) -> Iterator[str]:
    """What a group is: its block with its arguments; shorter, the block alone."""
    children = part.children
    times = f"{len(children)} x " if part.is_repetition else ""
    block = (children[-1] if part.is_repetition else part).block
    if block is None:
        yield f"{len(children)} parts"
    else:
        yield f"{times}{block}"
        yield f"{times}{block.block}"


def _items(explanation: Explanation) -> Iterator[Line | Heading | Grid]:
    part, table = explanation.part, in_table(explanation)
    if table:
        parts = rows.rows_of(part, table)
        joins = [each for each in parts if rows.is_join(each, table)]
        yield rows.grid_of(part, [each for each in parts if each not in joins], table)
        if not explanation.is_asked:
            yield from map(_join, joins)
    for quantity in explanation.quantities:
        yield from lines_of(quantity).of_group(explanation, quantity)
    yield from design_lines(explanation)


def _join(part: Part) -> Line:
    """How branches come together: the channels of a concat, in branch order."""
    assert part.main is not None
    reading, node = part.main.traced, part.main.nodes[0]
    reason = getattr(reading.macs, "reason", "")
    if isinstance(node.op, Concat):
        sides = equation(reading.output.channels, "substituted", "value", is_size=True)
        return Line("concat", sides, after=f" channels, in branch order; {reason}")
    return words(node.op.name, f"{', '.join(labels(node))}: {reason}")
