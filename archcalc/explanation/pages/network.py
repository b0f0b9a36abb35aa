"""The page of a whole network: its sums, a row a stage, and where the cost lies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from archcalc import figures
from archcalc.explanation.pages import rows
from archcalc.explanation.pages.by_quantity import lines_of
from archcalc.explanation.pages.design import design_lines
from archcalc.explanation.pages.page import TIED, Grid, Line, Page, side, words
from archcalc.explanation.pages.sums import in_table
from archcalc.explanation.tree import Explanation
from archcalc.formats import Heading
from archcalc.graph import Node
from archcalc.ops.window import POINT, Window
from archcalc.parts.part import Part
from archcalc.quantities.quantity import Sum

MOST_SHARES = 6
"""The most stages or kinds of kernel whose shares are said one by one."""


def page_of_network(explanation: Explanation) -> Page:
    """How the numbers of a network come about."""
    net = explanation.part.network
    context = f"{net.input} -> {figures.outputs_of(net.graph)}, {net.conditions}"
    return Page(f"{net.heading()}, {context}", _items(explanation))


def _items(explanation: Explanation) -> Iterator[Line | Heading | Grid]:
    net, table = explanation.part.network, in_table(explanation)
    for quantity in explanation.quantities:
        yield from lines_of(quantity).of_network(explanation, quantity)
    if table:
        parts = rows.rows_of(net, table)
        yield rows.grid_of(net, [each for each in parts if not rows.is_join(each, table)], table)
    for quantity in reversed(explanation.quantities):  # the longest table, of shapes, at the end
        yield from lines_of(quantity).grids(explanation)
    if "macs" in explanation.sums:
        yield from _equal_blocks(net, explanation.sums["macs"])
    yield from design_lines(explanation)
    yield from _cost(net, explanation.sums)


# --- what the numbers show ------------------------------------------------------------------------


def _equal_blocks(net: Part, macs: Sum) -> Iterator[Line]:
    """Repeated blocks that cost the same in several stages, where there are such."""
    stages = [stage for stage in net.children if stage.is_repetition and len(stage.children) > 1]
    if len(stages) < 2:
        return
    costs = Counter(macs.of(_last(stage)) for stage in stages)
    cost, count = costs.most_common(1)[0]
    if count < 2 or not cost:
        return
    alike = [stage for stage in stages if macs.of(_last(stage)) == cost]
    paths = [stage.path for stage in alike]
    listed = f"{', '.join(paths[:-1])} and {paths[-1]}"
    text = f"the last copy in each of {listed} costs {cost:,} MACs"
    yield words("equal", text + _trade(alike))
    yield from _first_layers(alike, macs)


def _last(stage: Part) -> Part:
    return stage.children[-1]


def _trade(stages: Sequence[Part]) -> str:
    """What stays equal: a quarter of the positions, twice the channels, if it is so each time."""
    shapes = [stage.output for stage in stages]
    for before, behind in pairwise(shapes):
        positions = before.height * before.width == 4 * behind.height * behind.width
        if not (positions and behind.channels == 2 * before.channels):
            return ""
    return ": each time a quarter of the positions, and twice the channels in and out"


def _first_layers(stages: Sequence[Part], macs: Sum) -> Iterator[Line]:
    """The blocks' first layers that count, if they too come to the same."""
    firsts = []
    op = ""
    for stage in stages:
        layer = _last(stage)
        while layer.node is None:
            layer = next(child for child in layer.children if macs.of(child))
        firsts.append(macs.of_layer(layer.traced))
        op = layer.node.op.name
    if len({first.value for first in firsts}) == 1:
        sides = [side(first, "substituted") for first in firsts]
        yield Line("", (*sides, side(firsts[0], "value")), f"their first {op}: ")


def _cost(net: Part, sums: Mapping[str, Sum]) -> Iterator[Line]:
    """Where the cost lies: by stage, and by kind of kernel."""
    shares: list[tuple[str, str]] = []
    if "macs" in sums:
        shares.append(("MACs by stage", _by_stage(net, sums["macs"])))
        shares.append(("MACs by kind", _by_kernel(net, sums["macs"])))
    if "parameters" in sums:
        shares.append(("parameters by stage", _by_stage(net, sums["parameters"])))
    wide = max((len(title) for title, _ in shares), default=0) + 2
    label = "cost"
    for title, text in shares:
        if text:
            yield Line(label, before=title.ljust(wide), after=text)
            label = ""


def _by_stage(net: Part, quantity: Sum) -> str:
    totals = {child.path: quantity.of(child) for child in net.children}
    return _shares({path: count for path, count in totals.items() if count})


def _by_kernel(net: Part, quantity: Sum) -> str:
    totals: dict[str, int] = {}
    counts: Counter[str] = Counter()
    for node in net:
        macs = quantity.of_layer(net.network.readings_by_name[node.name])
        if macs:
            name = _kernel(node)
            totals[name] = totals.get(name, 0) + macs
            counts[name] += 1
    return _shares({f"{counts[name]} {name}": macs for name, macs in totals.items()})


def _kernel(node: Node) -> str:
    window = node.op.window(*node.input_shapes)
    if not isinstance(window, Window) or window is POINT:
        return node.op.name
    kernel = "x".join(map(str, window.kernel_size))
    grouped = " grouped" if getattr(node.op, "groups", 1) > 1 else ""
    return f"{node.op.name} {kernel}{grouped}"


def _shares(totals: Mapping[str, int]) -> str:
    """The largest shares first; those left over together. Nothing where all is one."""
    if len(totals) < 2:
        return ""
    whole = sum(totals.values())
    ordered = sorted(((t, name) for name, t in totals.items()), key=lambda pair: -pair[0])
    shown = ordered if len(ordered) <= MOST_SHARES + 1 else ordered[:MOST_SHARES]
    texts = [f"{name} {figures.percent(t, whole)}" for t, name in shown]
    rest = ordered[len(shown) :]
    if rest:
        texts.append(f"{len(rest)} more {figures.percent(sum(t for t, _ in rest), whole)}")
    return ", ".join(text.replace(" ", TIED) for text in texts)
