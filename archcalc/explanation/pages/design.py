"""What a design buys, as statements: the plainer layers, those chosen, and how many fewer."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import takewhile

from archcalc import figures
from archcalc.analysis.count import Reading, labels
from archcalc.explanation.design import Rule, Saving, all_have, naive_module, savings, total
from archcalc.explanation.pages import rows
from archcalc.explanation.pages.page import Line, Side, equation, words
from archcalc.explanation.tree import Explanation
from archcalc.formats import Heading
from archcalc.parts.part import Part
from archcalc.quantities.quantity import Sum
from archcalc.traced import Traced, substituted, summed

MOST_OF_A_GROUP, MOST_OF_A_NETWORK = 12, 3
"""The most savings by one rule that are shown one by one; more are summed up by their kernels."""

WORDS: dict[Rule, tuple[str, str, str]] = {
    "1x1 reduction": ("What the 1x1 reductions buy", "direct", "reduced"),
    "connection table": ("What the connection table buys", "full", "by table"),
    "groups": ("What the groups buy", "ungrouped", "grouped"),
}
"""What each rule is about, and a word for the plainer layers and one for those chosen."""


def design_lines(explanation: Explanation) -> Iterator[Line | Heading]:
    """What the design of a group's layers buys, in MACs, or in what was asked for."""
    part = explanation.part
    quantity = explanation.sums.get("macs") or explanation.sums.get("parameters")
    if quantity is None:
        return
    is_network = part is part.network
    found = savings(part.network, part.nodes)
    most = MOST_OF_A_NETWORK if is_network else MOST_OF_A_GROUP
    for rule, (heading, _, _) in WORDS.items():
        alike = [saving for saving in found if saving.rule == rule and saving.counts(quantity)]
        if alike:
            yield Heading(f"{heading}, in {quantity.title}", 4)
        if len(alike) > most:
            yield from _by_kernel(alike, quantity)
        else:
            yield from _each(part, alike, quantity)
        if rule == "1x1 reduction" and not is_network:
            yield from _module(part, quantity)


def _each(part: Part, found: Sequence[Saving], quantity: Sum) -> Iterator[Line]:
    """The largest savings first; equal ones, as of repeated blocks, once."""

    def ratio(saving: Saving) -> float:
        reference, chosen = total(saving.reference, quantity), total(saving.chosen, quantity)
        return -float(reference.value / chosen.value)

    def workings(saving: Saving) -> tuple[str, str]:
        both = (saving.reference, saving.chosen)
        reference, chosen = (substituted(total(readings, quantity)) for readings in both)
        return reference, chosen

    equal: dict[tuple[str, str], list[Saving]] = {}
    for saving in found:
        equal.setdefault(workings(saving), []).append(saving)
    for alike in sorted(equal.values(), key=lambda some: ratio(some[0])):
        first = alike[0]
        name = _name(part, first) if len(alike) == 1 else _copies(part, alike)
        _, plainer, chosen = WORDS[first.rule]
        wide = max(len(plainer), len(chosen)) + 2
        yield Line(name, _working(first.reference, quantity), plainer.ljust(wide))
        sides = _working(first.chosen, quantity)
        difference = _fewer(sides[-1].number.value, total(first.reference, quantity).value)
        each = ", each" if len(alike) > 1 else ""
        yield Line("", sides, chosen.ljust(wide), f": {difference}{each}")


def _copies(part: Part, alike: Sequence[Saving]) -> str:
    if not part.is_repetition:
        return f"{len(alike)} times"
    copies = [c for c in part.children if any(a.kernels[0] in c for a in alike)]
    return rows.copies_name(copies)


def _working(readings: Sequence[Reading], quantity: Sum) -> tuple[Side, ...]:
    """The sum of some layers in digits, as the sum of their values, and its value."""
    values = summed(Traced(quantity.of_layer(r).value, computed=True) for r in readings)
    digits = equation(total(readings, quantity), "substituted")
    return (*digits, *equation(values, "substituted", "value"))


def _fewer(chosen: int, reference: int) -> str:
    """How the layers chosen compare with the plainer ones."""
    if chosen == reference:
        return "equally many"
    if chosen < reference:
        return figures.fewer(chosen, reference)
    return figures.more(chosen, reference)


def _name(part: Part, saving: Saving) -> str:
    """What the layers have in common: a branch of the group, else the kernel's layer."""
    start = len(part.path) + 1 if part.path else 0
    if len(saving.nodes) > 1 and not part.is_repetition:
        levels = zip(*(node.name.split(".") for node in saving.nodes), strict=False)
        common = takewhile(lambda names: len(set(names)) == 1, levels)
        path = ".".join(names[0] for names in common)[start:]
        if path:
            joins = (node for node in part.nodes if len(node.inputs) > 1)
            return f"{path} branch" if any(path in labels(node) for node in joins) else path
    kernel = saving.kernels[-1]
    child = part
    while child is part or child.main is None:
        child = next(inner for inner in child.children if kernel in inner)
        if part.is_repetition:
            break
    return part.name_of(child.path)


def _by_kernel(found: Sequence[Saving], quantity: Sum) -> Iterator[Line]:
    """Many savings, summed by the size of their largest kernel."""
    _, plainer, chosen = WORDS[found[0].rule]
    by_kernel: dict[str, list[Saving]] = {}
    for saving in found:
        height, width = max(node.op.kernel_size for node in saving.kernels)  # type: ignore[attr-defined]
        by_kernel.setdefault(f"{height}x{width}", []).append(saving)
    for kernel, alike in sorted(by_kernel.items()):
        reference = sum(total(saving.reference, quantity).value for saving in alike)
        number = sum(total(saving.chosen, quantity).value for saving in alike)
        many = figures.count_of(len(alike), "convolution")
        counts = f"{plainer} {reference:,}, {chosen} {number:,}"
        yield words(kernel, f"{many}: {counts}: {_fewer(number, reference)}")


def _module(part: Part, quantity: Sum) -> Iterator[Line]:
    """The whole module without its 1x1 convolutions, and what it would hand on."""
    naive = naive_module(part.network, part.nodes)
    if naive is None or not all_have(naive.readings, quantity):
        return
    values = summed(Traced(quantity.of_layer(r).value, computed=True) for r in naive.readings)
    channels = summed(Traced(count) for count in naive.channels.values())
    is_wider = channels.value != naive.join.shape.channels
    wide = max(map(len, WORDS["1x1 reduction"][1:])) + 2
    more = figures.more(values.value, quantity.of(part))
    sides = equation(values, "substituted", "value")
    yield Line("module", sides, "naive".ljust(wide), f": {more}" + (", and" if is_wider else ""))
    if is_wider:
        sides = equation(channels, "substituted", "value", is_size=True)
        yield Line("", sides, " " * wide, " channels for the next module to read")
