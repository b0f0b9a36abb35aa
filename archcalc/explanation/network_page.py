"""The page of a whole network: its sums, a row a stage, and where the cost lies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise

from archcalc import figures
from archcalc.explanation import rows
from archcalc.explanation.design_lines import design_lines
from archcalc.explanation.field_page import field_grids
from archcalc.explanation.group_page import (
    MOST_TERMS,
    in_table,
    plain_lines,
    shapes,
)
from archcalc.explanation.page import (
    TIED,
    Form,
    Grid,
    Heading,
    Line,
    Page,
    Step,
    equation,
    words,
)
from archcalc.explanation.tree import Explanation, Working
from archcalc.graph import Node
from archcalc.ops.window import Window
from archcalc.quantity import Quantity, Sum
from archcalc.receptive_field import last_maps
from archcalc.traced import Traced, addends, formula

MOST_SHARES = 6
DIGITS: tuple[Form, ...] = ("substituted", "value")


def network_page(part: Explanation) -> Page:
    """How the numbers of a network come about."""
    net = part.network
    context = f"{net.input} -> {part.output}, {net.conditions}"
    return Page(f"{net.name}: {net.title}, {context}", list(_items(part)))


def _items(part: Explanation) -> Iterator[Line | Heading | Grid]:
    table = in_table(part)
    yield from _sums(part, table)
    if table:
        parts = rows.rows(part, table)
        yield rows.grid(part, [p for p in parts if not rows.is_join(p, table)], table)
    asked = {kind.name for kind in part.kinds} if part.is_asked else set()
    if "receptive_field" in asked:
        yield from field_grids(part)
    if "shape" in asked:
        yield from shapes(part)
    yield from _equal_blocks(part)
    yield from design_lines(part)
    yield from _cost(part)


def _sums(part: Explanation, table: list[Sum]) -> Iterator[Line]:
    names = ""
    for kind in part.kinds:
        if kind in table:
            line, names = _sum(kind, next(part.workings(kind)), names)
            yield line
            if kind.name == "macs" and not part.is_asked:
                macs = Traced(part.total(kind), "MACs", computed=True)
                yield Line("FLOPs", equation(Traced(2) * macs))
        elif kind.name == "receptive_field":
            yield from _receptive_field(part, kind)
        elif kind.name == "depth" and not part.is_asked:
            for quantity in part.workings(kind):
                steps = equation(quantity.number, *DIGITS, is_size=True)
                layers = "layer" if quantity.value == 1 else "layers"
                yield Line("depth", steps, after=f" weighted {layers} on the longest path")
        elif kind.name != "shape":
            names = ""
            yield from plain_lines(part, kind)


def _sum(kind: Sum, quantity: Working, names: str) -> tuple[Line, str]:
    """A sum over the stages; their names stand once for several quantities."""
    terms = len(addends(quantity.number))
    if terms > MOST_TERMS:
        before = f"the sum of the {terms} rows below: "
        return Line(kind.title, equation(quantity.number, "value"), before), names
    forms = DIGITS
    if formula(quantity.number) != names and terms > 1:
        forms = ("formula", *DIGITS)
    return Line(kind.title, equation(quantity.number, *forms)), formula(quantity.number)


def _receptive_field(part: Explanation, kind: Quantity) -> Iterator[Line]:
    found = list(part.workings(kind))
    if len({quantity.value for quantity in found}) == 1:
        found = [found[0]._replace(name=kind.name)]
    for quantity in found:
        if quantity.reason:
            yield words("RF", quantity.words)
            continue
        axis = quantity.name.removeprefix(kind.name).strip("_")
        steps = (Step(quantity.number, "value", is_size=True),)
        after = f" pixels, at {_where(part)}"
        yield Line(f"RF {axis}".strip(), steps, after=after)


def _where(part: Explanation) -> str:
    ends = last_maps(part.network.graph, part.network.receptive_fields)
    if all(output == last for output, last in ends.items()):
        return "its output"
    return "the last map before global pooling or a linear layer"


# --- what the numbers show ------------------------------------------------------------------------


def _equal_blocks(part: Explanation) -> Iterator[Line]:
    """Repeated blocks that cost the same in several stages, where there are such."""
    kind = part.sums.get("macs")
    stages = [child for child in part.children if child.is_repetition and len(child.children) > 1]
    if kind is None or len(stages) < 2:
        return
    costs = Counter(stage.children[-1].total(kind) for stage in stages)
    cost, count = costs.most_common(1)[0]
    if count < 2 or not cost:
        return
    alike = [stage for stage in stages if stage.children[-1].total(kind) == cost]
    paths = [stage.part.path for stage in alike]
    listed = f"{', '.join(paths[:-1])} and {paths[-1]}"
    text = f"the last copy in each of {listed} costs {cost:,} MACs"
    yield words("equal", text + _trade(alike))
    yield from _first_layers(alike, kind)


def _trade(stages: Sequence[Explanation]) -> str:
    """What stays equal: a quarter of the positions, twice the channels, if it is so each time."""
    shapes = [stage.output for stage in stages]
    for before, behind in pairwise(shapes):
        positions = before.height * before.width == 4 * behind.height * behind.width
        if not (positions and behind.channels == 2 * before.channels):
            return ""
    return ": each time a quarter of the positions, and twice the channels in and out"


def _first_layers(stages: Sequence[Explanation], kind: Sum) -> Iterator[Line]:
    """The blocks' first layers that count, if they too come to the same."""
    firsts = []
    op = ""
    for stage in stages:
        layer = stage.children[-1]
        while layer.node is None:
            layer = next(child for child in layer.children if child.total(kind))
        firsts.append(kind.of_layer(layer.reading))
        op = layer.node.op.name
    if len({first.value for first in firsts}) == 1:
        steps = [Step(first, "substituted") for first in firsts]
        yield Line("", (*steps, Step(firsts[0], "value")), f"their first {op}: ")


def _cost(part: Explanation) -> Iterator[Line]:
    """Where the cost lies: by stage, and by kind of kernel."""
    kinds = part.sums
    shares: list[tuple[str, str]] = []
    if "macs" in kinds:
        shares.append(("MACs by stage", _by_stage(part, kinds["macs"])))
        shares.append(("MACs by kind", _by_kernel(part, kinds["macs"])))
    if "parameters" in kinds:
        shares.append(("parameters by stage", _by_stage(part, kinds["parameters"])))
    wide = max((len(title) for title, _ in shares), default=0) + 2
    label = "cost"
    for title, text in shares:
        if text:
            yield Line(label, before=title.ljust(wide), after=text)
            label = ""


def _by_stage(part: Explanation, kind: Sum) -> str:
    totals = {child.part.path: child.total(kind) for child in part.children}
    return _shares({path: count for path, count in totals.items() if count})


def _by_kernel(part: Explanation, kind: Sum) -> str:
    totals: dict[str, int] = {}
    counts: Counter[str] = Counter()
    for node in part.nodes:
        macs = kind.of_layer(part.network.readings_by_name[node.name])
        if macs:
            name = _kernel(node)
            totals[name] = totals.get(name, 0) + macs
            counts[name] += 1
    return _shares({f"{counts[name]} {name}": macs for name, macs in totals.items()})


def _kernel(node: Node) -> str:
    window = node.op.window(*node.input_shapes)
    if not isinstance(window, Window):
        return node.op.name
    height, width = window.kernel_size
    grouped = " grouped" if getattr(node.op, "groups", 1) > 1 else ""
    return f"{node.op.name} {height}x{width}{grouped}"


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
