"""What a design buys, as statements: the plainer layers, those chosen, and how many fewer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from archcalc import figures
from archcalc.count import Reading
from archcalc.explanation import rows
from archcalc.explanation.design import Comparison, Rule, comparisons, naive_module
from archcalc.explanation.page import Heading, Line, Step, equation, words
from archcalc.explanation.reading import labels
from archcalc.explanation.tree import Explanation
from archcalc.quantity import Sum
from archcalc.traced import Traced, substituted, summed

MOST_OF_A_GROUP = 12
MOST_OF_A_NETWORK = 3
"""More comparisons by one rule are summed up by the size of their kernel."""

WORDS: dict[Rule, tuple[str, str, str]] = {
    "1x1 reduction": ("What the 1x1 reductions buy", "direct", "reduced"),
    "connection table": ("What the connection table buys", "full", "by table"),
    "groups": ("What the groups buy", "ungrouped", "grouped"),
}
"""By rule, what it is about; the plainer layers, and those chosen, in a word."""


def design_lines(part: Explanation) -> Iterator[Line | Heading]:
    """What the design of a group's layers buys, in MACs, or in what was asked for."""
    kind = part.sums.get("macs") or part.sums.get("parameters")
    if kind is None:
        return
    found = comparisons(part.network, part.nodes)
    most = MOST_OF_A_NETWORK if part.layer is None else MOST_OF_A_GROUP
    for rule, (heading, _, _) in WORDS.items():
        alike = [c for c in found if c.rule == rule and counts((*c.chosen, *c.reference), kind)]
        if alike:
            yield Heading(f"{heading}, in {kind.title}")
        if len(alike) > most:
            yield from _by_kernel(alike, kind)
        else:
            yield from _each(part, alike, kind)
        if rule == "1x1 reduction" and part.layer is not None:
            yield from _module(part, kind)


def counts(readings: Sequence[Reading], kind: Sum) -> bool:
    """Whether all layers have something of a quantity; one that uses another's parameters has
    none of its own to compare."""
    return all(isinstance(kind.of_layer(reading), Traced) for reading in readings)


def total(readings: Sequence[Reading], kind: Sum) -> Traced:
    """What several layers come to together."""
    return summed(kind.of_layer(reading) for reading in readings)


def _each(part: Explanation, found: Sequence[Comparison], kind: Sum) -> Iterator[Line]:
    """The largest savings first; equal ones, as of repeated blocks, once."""

    def ratio(comparison: Comparison) -> float:
        reference, chosen = total(comparison.reference, kind), total(comparison.chosen, kind)
        return -float(reference.value / chosen.value)

    def workings(comparison: Comparison) -> tuple[str, str]:
        both = (comparison.reference, comparison.chosen)
        reference, chosen = (substituted(total(readings, kind)) for readings in both)
        return reference, chosen

    equal: dict[tuple[str, str], list[Comparison]] = {}
    for comparison in found:
        equal.setdefault(workings(comparison), []).append(comparison)
    for alike in sorted(equal.values(), key=lambda some: ratio(some[0])):
        first = alike[0]
        name = _name(part, first) if len(alike) == 1 else _copies(part, alike)
        _, plainer, chosen = WORDS[first.rule]
        wide = max(len(plainer), len(chosen)) + 2
        yield Line(name, _working(first.reference, kind), plainer.ljust(wide))
        steps = _working(first.chosen, kind)
        difference = fewer(steps[-1].number.value, total(first.reference, kind).value)
        each = ", each" if len(alike) > 1 else ""
        yield Line("", steps, chosen.ljust(wide), f": {difference}{each}")


def _copies(part: Explanation, alike: Sequence[Comparison]) -> str:
    if not part.is_repetition:
        return f"{len(alike)} times"
    copies = [c for c in part.children if any(a.kernels[0] in c.nodes for a in alike)]
    return rows.copies_name(copies)


def _working(readings: Sequence[Reading], kind: Sum) -> tuple[Step, ...]:
    """In digits; then the value of each layer, and their sum."""
    values = summed(Traced(kind.of_layer(r).value, computed=True) for r in readings)
    digits = equation(total(readings, kind), "substituted")
    return (*digits, *equation(values, "substituted", "value"))


def fewer(chosen: int, reference: int) -> str:
    """How the layers chosen compare with the plainer ones."""
    if chosen == reference:
        return "equally many"
    if chosen < reference:
        return figures.fewer(chosen, reference)
    return figures.more(chosen, reference)


def _name(part: Explanation, comparison: Comparison) -> str:
    """What the layers have in common: a branch of the group, else the kernel's layer."""
    start = len(part.layer) + 1 if part.layer else 0
    if len(comparison.nodes) > 1 and not part.is_repetition:
        levels = zip(*(node.name.split(".") for node in comparison.nodes), strict=False)
        common = takewhile(lambda names: len(set(names)) == 1, levels)
        path = ".".join(names[0] for names in common)[start:]
        if path:
            joins = (node for node in part.nodes if len(node.inputs) > 1)
            return f"{path} branch" if any(path in labels(node) for node in joins) else path
    kernel = comparison.kernels[-1]
    child = part
    while child is part or child.main is None:
        child = next(inner for inner in child.children if kernel in inner.nodes)
        if part.is_repetition:
            break
    return part.name_of(child.part.path)


def _by_kernel(found: Sequence[Comparison], kind: Sum) -> Iterator[Line]:
    """Many comparisons, summed by the size of their largest kernel."""
    _, plainer, chosen = WORDS[found[0].rule]
    by_kernel: dict[str, list[Comparison]] = {}
    for comparison in found:
        height, width = max(node.op.kernel_size for node in comparison.kernels)  # type: ignore[attr-defined]
        by_kernel.setdefault(f"{height}x{width}", []).append(comparison)
    for kernel, alike in sorted(by_kernel.items()):
        reference = sum(total(comparison.reference, kind).value for comparison in alike)
        number = sum(total(comparison.chosen, kind).value for comparison in alike)
        counts = f"{plainer} {reference:,}, {chosen} {number:,}"
        yield words(f"{len(alike)} of {kernel}", f"{counts}: {fewer(number, reference)}")


def _module(part: Explanation, kind: Sum) -> Iterator[Line]:
    """The whole module without its 1x1 convolutions, and what it would hand on."""
    naive = naive_module(part.network, part.nodes)
    if naive is None or not counts(naive.readings, kind):
        return
    values = summed(Traced(kind.of_layer(r).value, computed=True) for r in naive.readings)
    channels = summed(Traced(count) for count in naive.channels.values())
    is_wider = channels.value != naive.join.shape.channels
    wide = max(map(len, WORDS["1x1 reduction"][1:])) + 2
    more = figures.more(values.value, part.total(kind))
    steps = equation(values, "substituted", "value")
    yield Line("module", steps, "naive".ljust(wide), f": {more}" + (", and" if is_wider else ""))
    if is_wider:
        steps = equation(channels, "substituted", "value", is_size=True)
        yield Line("", steps, " " * wide, " channels for the next module to read")
