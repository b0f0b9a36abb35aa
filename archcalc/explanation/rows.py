"""The table of a group or a network: a row a layer, or a row a part, and what they add up to."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import groupby

from archcalc import figures
from archcalc.explanation.page import Cell, Grid, GridColumn, GridRow, Step, cell
from archcalc.explanation.tree import Explanation, Quantity, QuantityKind, is_heavy
from archcalc.traced import Traced, addends, formula, summed

MOST_LAYERS = 40
"""A group of more layers is explained by its parts."""
LONGEST_WORKING = 60
"""In a table a longer sum is that of its terms' values."""
MOST_NAMES, LONGEST_NAMES = 2, 20
"""A formula that more rows follow, or rows of longer names, is under the name of their op."""


def rows(part: Explanation, kinds: Sequence[QuantityKind]) -> list[Explanation]:
    """The layers of a group, or its parts where it repeats or is large; of a network its parts
    that count, or what the only one of them consists of."""
    if part.layer is None:
        counting = [child for child in part.children if any(child.total(kind) for kind in kinds)]
        is_one = len(counting) == 1 and counting[0].main is None
        return rows(counting[0], kinds) if is_one else counting
    children = [child for child in part.children if not is_silent(child, kinds)]
    if part.is_repetition:
        return children
    found = list(_until(children, kinds, lambda child: child.is_repetition))
    return found if len(found) <= MOST_LAYERS else children


def layers(part: Explanation) -> Iterator[Explanation]:
    """All layers of a part, each with the element-wise ones that belong to it."""
    return _until([part], (), lambda child: False)


def _until(
    parts: Iterable[Explanation],
    kinds: Sequence[QuantityKind],
    is_row: Callable[[Explanation], bool],
) -> Iterator[Explanation]:
    """Layers, and the groups that are to be one row, in execution order."""
    stack = list(parts)[::-1]
    while stack:
        part = stack.pop()
        if part.main is not None or is_row(part):
            yield part
        else:
            stack += [child for child in part.children if not is_silent(child, kinds)][::-1]


def is_silent(part: Explanation, kinds: Sequence[QuantityKind]) -> bool:
    """Whether it is only element-wise ops that nothing is counted of, which have no row."""
    counts = any(part.total(kind) for kind in kinds)
    return not counts and not any(is_heavy(part.network, node) for node in part.nodes)


def is_join(part: Explanation, kinds: Sequence[QuantityKind]) -> bool:
    """Whether it only puts several tensors together."""
    is_one = part.main is not None and len(part.main.nodes[0].inputs) > 1
    return is_one and not any(part.total(kind) for kind in kinds)


def name(part: Explanation, child: Explanation) -> str:
    """What a row is called: its path within the part, or all of it where that is a number."""
    path = child.level.path
    if part.layer is None or part.is_repetition:
        return path
    return path[len(part.layer) + 1 :]


def grid(part: Explanation, parts: Sequence[Explanation], kinds: Sequence[QuantityKind]) -> Grid:
    """The table of some parts of a group, with its sum."""
    found = list(_rows(part, parts, kinds))
    columns = [GridColumn(kind.title, tuple(_formulas(part, parts, kind))) for kind in kinds]
    if part.layer is not None and len(found) > 1:
        found.append(GridRow("sum", "sum", tuple(_sum(part, kind) for kind in kinds)))
    return Grid("layer", columns, found)


def _rows(
    part: Explanation, parts: Sequence[Explanation], kinds: Sequence[QuantityKind]
) -> Iterator[GridRow]:
    for copies in equal_copies(parts, kinds):
        quantities = [next(kind.of(copies[0])) for kind in kinds]
        cells = tuple(_cell(quantity, len(copies)) for quantity in quantities)
        path = copies_name(copies)
        yield GridRow(name(part, copies[0]) if len(copies) == 1 else path, path, cells)


def equal_copies(
    parts: Sequence[Explanation], kinds: Sequence[QuantityKind]
) -> Iterator[list[Explanation]]:
    """Runs of neighbouring copies that come to the same; each other part by itself."""

    def alike(child: Explanation) -> tuple[object, ...]:
        before, _, last = child.level.path.rpartition(".")
        key = (before, "") if last.isdigit() else (before, last)
        return (key, child.inputs, child.output, *(child.total(kind) for kind in kinds))

    return (list(run) for _, run in groupby(parts, key=alike))


def copies_name(copies: Sequence[Explanation]) -> str:
    """`layer1.0`, or `layer1.1..2` of several."""
    first, last = copies[0].level.path, copies[-1].level.path
    return first if first == last else f"{first}..{last.rpartition('.')[2]}"


def _cell(quantity: Quantity, copies: int) -> Cell:
    if quantity.reason:
        return Cell(words=brief(quantity.reason))
    number = _shortened(quantity.number)
    if copies > 1 and number.operation == "+":
        number = Traced(number.value, computed=True)
    return cell(number if copies == 1 else Traced(copies) * number)


def _shortened(number: Traced) -> Traced:
    """A long sum of workings as the sum of their values."""
    terms = addends(number)
    is_long = len(Step(number, "substituted").text()) > LONGEST_WORKING
    if len(terms) == 1 or not is_long or not all(term.operation for term in terms):
        return number
    return summed(Traced(term.value, computed=True) for term in terms)


def brief(reason: str) -> str:
    """The first clause of a reason."""
    return re.split("[,;:]", reason)[0]


def _formulas(part: Explanation, parts: Sequence[Explanation], kind: QuantityKind) -> Iterator[str]:
    """The formulas that the rows of single layers follow, each once, and which rows they are."""
    found: dict[str, list[Explanation]] = {}
    counting = [child for child in parts if child.total(kind)]
    for child in counting:
        quantity = next(kind.of(child))
        number = quantity.number
        is_layer = child.main is not None and not quantity.reason
        if is_layer and number.operation and _shortened(number) is number:
            found.setdefault(formula(number), []).append(child)
    for text, layers in found.items():
        names = [name(part, child) for child in layers]
        if len(names) > MOST_NAMES or len(", ".join(names)) > LONGEST_NAMES:
            names = [layer.main.nodes[0].op.name for layer in layers if layer.main]
        is_every = len(layers) == len(counting)
        yield text if is_every else f"{', '.join(dict.fromkeys(names))}: {text}"


def _sum(part: Explanation, kind: QuantityKind) -> Cell:
    number = Traced(part.total(kind), computed=True)
    share = figures.percent(part.total(kind), part.totals[kind.name][""])
    return Cell(words=f"{share} of {part.network.name}", value=Step(number, "value"))
