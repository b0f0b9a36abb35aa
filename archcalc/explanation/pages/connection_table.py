"""The parameters of a convolution by table, such as LeNet-5's C3: a line a run of the table."""

from __future__ import annotations

from collections.abc import Iterator

from archcalc.explanation.pages.page import Line, equation
from archcalc.ops.connections import table_runs
from archcalc.ops.conv import Conv2d
from archcalc.parts.part import Part
from archcalc.shape import Shape
from archcalc.traced import Traced, addends, summed


def parameters_by_table(part: Part) -> Iterator[Line]:
    """A line a run of the connection table, and their sum."""
    (node,) = part.nodes
    assert isinstance(node.op, Conv2d)
    assert node.op.connections is not None
    x = node.input_shapes[0]
    runs = table_runs(node.op.connections, x.channels)
    terms = addends(part.traced.parameters)
    yield Line("parameters", equation(terms[0], "formula"), after=", a run of the table at a time")
    joined: list[Traced] = []
    start = 0
    for i, ((reads, maps), term) in enumerate(zip(runs, terms, strict=True)):
        if i + 1 == len(runs) or runs[i + 1][0] != reads:
            together = [m for _, run in runs[start : i + 1] for m in run]
            full = node.op.replaced(connections=None, out_channels=len(together))
            alike = node._replace(op=full, input_shapes=(Shape(reads, *x[1:]),))
            joined.append(part.network.explained(alike).parameters)
            after = "" if start == i else _together(together, joined[-1])
            start = i + 1
        else:
            after = ""
        verb = ("reads" if len(maps) == 1 else "read") + f" {reads}"
        sides = equation(term, "substituted", "value")
        yield Line(_maps(maps), sides, before=verb.ljust(9), after=after, indent=2)
    sums = [equation(_counts(some), "substituted", "value") for some in (terms, joined)]
    if len(terms) > 1:
        yield Line("", tuple(dict.fromkeys((sums[0][0], *sums[1]))))


def _maps(maps: list[int]) -> str:
    return f"map {maps[0]}" if len(maps) == 1 else f"maps {maps[0]}-{maps[-1]}"


def _together(maps: list[int], parameters: Traced) -> str:
    digits, value = equation(parameters, "substituted", "value")
    return f"       {_maps(maps)} together: {digits.text} = {value.text}"


def _counts(numbers: list[Traced]) -> Traced:
    """Their sum, of values alone."""
    return summed(Traced(number.value, computed=True) for number in numbers)
