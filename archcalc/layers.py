"""The layers of one network: a row a layer, with subtotals of the groups, that add up.

For people, what repeats is folded: an element-wise op joins the layer before it, equal siblings
become one row, and groups deeper than `depth` are one row. Programs get one record a node.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import groupby
from typing import Any

from archcalc import figures
from archcalc.arithmetic import exact_div
from archcalc.columns import QUANTITIES, SHARED
from archcalc.columns import notes as column_notes
from archcalc.count import Cost, total
from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.formats import Column, Row, Table
from archcalc.graph import INPUT, GroupInfo, Node
from archcalc.network import Network
from archcalc.ops.fields import written
from archcalc.receptive_field import Seen
from archcalc.stochastic import StochasticDepth, why_unknown


@dataclass
class Level:
    """A node, or a group of them, in the tree that dotted names make."""

    path: str
    node: Node | None = None
    children: dict[str, Level] = field(default_factory=dict)

    def nodes(self) -> Iterator[Node]:
        """Its nodes in execution order."""
        stack = [self]
        while stack:
            level = stack.pop()
            if level.node is not None:
                yield level.node
            stack.extend(reversed(level.children.values()))


def tree(net: Network) -> Level:
    """The tree that the dotted names of a network's nodes make."""
    root = Level("")
    for node in net.layers:
        level = root
        path = ""
        for part in node.name.split("."):
            path = f"{path}.{part}" if path else part
            level = level.children.setdefault(part, Level(path))
        level.node = node
    return root


@dataclass(frozen=True)
class Line:
    """One printed row: a layer with what joined it, or a group with the rows inside it."""

    path: str
    name: str
    op: str
    cost: Cost
    nodes: tuple[Node, ...]
    """All that it stands for; the last one's output is its output."""
    inside: tuple[Line, ...] = ()
    copies: int = 1
    block: GroupInfo | None = None
    """The block that made it, with what it is given."""

    @property
    def kind(self) -> str:
        """Its op, or its block without what that is given."""
        return self.block.block if self.block is not None else self.op

    def same_as(self, other: Line) -> bool:
        """Whether two siblings are of one kind and have the same figures."""
        return (
            (self.kind, self.cost) == (other.kind, other.cost)
            and self.nodes[-1].shape == other.nodes[-1].shape
            and len(self.inside) == len(other.inside)
            and all(
                a.name == b.name and a.same_as(b)
                for a, b in zip(self.inside, other.inside, strict=True)
            )
        )


def lines(net: Network) -> tuple[Line, ...]:
    """The rows of a network, folded for people."""
    return _inside(net, tree(net))


def _inside(net: Network, level: Level) -> tuple[Line, ...]:
    found: list[Line] = []
    for child in level.children.values():
        nodes = tuple(child.nodes())
        if found and not found[-1].inside and _joins(net, nodes, found[-1].nodes):
            last = found[-1]
            ops = ", ".join(node.op.name for node in nodes)
            found[-1] = replace(last, op=f"{last.op}, {ops}", nodes=last.nodes + nodes)
        else:
            found.append(_line(net, child, nodes))
    return tuple(_folded(found))


def _joins(net: Network, nodes: Sequence[Node], last: Sequence[Node]) -> bool:
    """Element-wise ops without parameters, right behind the layer before them."""
    return nodes[0].inputs == (last[-1].name,) and all(
        node.op.is_elementwise and not net.costs[node.name].parameters for node in nodes
    )


def _line(net: Network, level: Level, nodes: tuple[Node, ...]) -> Line:
    inside = () if level.node is not None else _inside(net, level)
    cost = total(net.costs[node.name] for node in nodes)
    name = level.path.rpartition(".")[2]
    if len(inside) == 1 and inside[0].copies == 1 and not inside[0].inside:
        return Line(level.path, name, inside[0].op, cost, nodes)
    block = net.graph.groups.get(level.path)
    return Line(level.path, name, _op(net, level, inside), cost, nodes, inside, block=block)


def _op(net: Network, level: Level, inside: Sequence[Line]) -> str:
    if level.node is not None:
        return level.node.op.summary(*level.node.input_shapes)
    info = net.graph.groups.get(level.path)
    if info is not None:
        return group_summary(info)
    if all(name.isdigit() for name in level.children):
        return f"{len(level.children)} blocks"
    return f"{len(inside)} layers" if len(inside) > 1 else "1 layer"


def group_summary(info: GroupInfo) -> str:
    """A block and what it is given: `bottleneck width 128`."""
    settings = ", ".join(f"{key} {written(value)}" for key, value in info.arguments.items())
    return f"{info.block} {settings}" if settings else info.block


def _folded(found: list[Line]) -> Iterator[Line]:
    """Consecutive repetitions that are equal, as one line."""
    for _, run in groupby(_keyed(found), key=lambda pair: pair[0]):
        same = [line for _, line in run]
        first, last = same[0], same[-1]
        if len(same) == 1:
            yield first
            continue
        yield Line(
            path=f"{first.path}..{last.name}",
            name=f"{first.name}..{last.name}",
            op=f"{len(same)} x {_shared_op(same)}",
            cost=total(line.cost for line in same),
            nodes=tuple(node for line in same for node in line.nodes),
            copies=len(same),
        )


def _shared_op(same: Sequence[Line]) -> str:
    """What lines of one kind are: of a block, with what all of them are given."""
    first, *others = [line.block for line in same]
    if first is None:
        return same[0].op
    shared = {
        name: value
        for name, value in first.arguments.items()
        if all(other is not None and other.arguments.get(name) == value for other in others)
    }
    return group_summary(GroupInfo(first.block, shared))


def _keyed(found: list[Line]) -> Iterator[tuple[int, Line]]:
    """Lines with the number of the run of equal repetitions that they are in."""
    run = 0
    for i, line in enumerate(found):
        previous = found[i - 1] if i else None
        if previous is None or not (
            line.name.isdigit() and previous.name.isdigit() and line.same_as(previous)
        ):
            run += 1
        yield run, line


# --- the table ------------------------------------------------------------------------------------

COLUMNS = {
    column.key: column
    for column in (
        Column("name", "layer", align="left"),
        Column("op", "op", align="left", least=16),
        Column("output_shape", "output", align="left"),
        SHARED["parameters"],
        Column("parameters_share", "%", leaves=1, heading="% of parameters"),
        SHARED["macs"],
        Column("macs_share", "%", leaves=1, heading="% of MACs"),
        SHARED["flops"],
        SHARED["activations"],
        SHARED["connections"],
        SHARED["buffers"],
        SHARED["operations"],
        Column(
            "receptive_field",
            "RF",
            figures.receptive_field,
            note="RF: what one output sees of the input, in pixels; in the total that of the last "
            "map before global pooling or the first linear layer.",
        ),
        SHARED["receptive_field_note"],
        Column(
            "depth",
            "depth",
            note="depth: weighted layers on the longest path from the input, its own included.",
        ),
        SHARED["memory_parameters"],
        SHARED["memory_outputs"],
        replace(
            SHARED["memory_peak"],
            note=SHARED["memory_peak"].note.removesuffix(".")
            + "; of several layers the largest, not the sum.",
        ),
        SHARED["moved_bytes"],
        SHARED["arithmetic_intensity"],
    )
}
USUAL = (
    "name",
    "op",
    "output_shape",
    "parameters",
    "parameters_share",
    "macs",
    "macs_share",
)
SHARES = {"parameters_share": "parameters", "macs_share": "macs"}


def records(net: Network) -> list[dict[str, Any]]:
    """What programs get: one record a node, in execution order."""
    return [
        {
            "name": node.name,
            "op": node.op.name,
            "output_shape": node.shape.sizes,
            **{key: quantity(net, [node]) for key, quantity in QUANTITIES.items()},
            **{key: _share(net, node, of) for key, of in SHARES.items()},
            **figures.receptive_field_data(net.receptive_fields[node.name]),
            "depth": net.depths[node.name],
            "inputs": list(node.inputs),
        }
        for node in net.layers
    ]


def _share(net: Network, node: Node, of: str) -> Fraction | int | None:
    """A node's part of the network's parameters or MACs; None where the network has none."""
    whole = getattr(net.total, of)
    return exact_div(getattr(net.costs[node.name], of), whole) if whole else None


def layer_table(
    net: Network, *, depth: int | None = None, columns: Sequence[str] = (), notes: bool = True
) -> Table:
    """The table of a network's layers, `depth` levels of names deep (all of them by default).

    Raises:
        ArchcalcError: there is no such column.
    """
    keys = ["name", *(key for key in columns if key != "name")] if columns else list(USUAL)
    for key in keys:
        if key not in COLUMNS:
            hint = did_you_mean(key, COLUMNS) or f"one of {', '.join(COLUMNS)}"
            raise ArchcalcError(f"no column {quote(key)}; {hint}")
    if not columns and any("link" in kinds for kinds in net.operations.values()):
        keys.append("connections")
    rows = [Row({"name": INPUT, "output_shape": str(net.input)})]
    rows += _rows(net, lines(net), keys, 0, depth)
    rows.append(_total(net, keys))
    levels = 1 + max(node.name.count(".") for node in net.layers)
    counted = f"{len(net)} nodes in all"
    shown = f"{depth} level{'s' if depth != 1 else ''} of {levels}; "
    footer = [shown + counted if depth and depth < levels else counted]
    if net.mode == "train" and net.stochastic_depth is not None:
        footer += stochastic_lines(net.stochastic_depth)
    elif net.mode == "train" and why_unknown(net.graph):
        footer.append(f"stochastic depth: {why_unknown(net.graph)}")
    data = records(net)
    chosen = [COLUMNS[key].asked_for() if columns else COLUMNS[key] for key in keys]
    if columns:
        data = [{key: record[key] for key in keys} for record in data]
    title = f"{net.name}: {net.title}, {net.input}, {net.conditions}"
    said = _notes(net, chosen) if notes else ()
    return Table(title, chosen, rows, notes=said, records=data, footer=footer, csv=figures.CSV)


OF_WHAT_JOINED = {
    "operations",
    "memory_outputs",
    "memory_peak",
    "moved_bytes",
    "arithmetic_intensity",
}
"""Quantities of a row that depend on the element-wise ops in it."""


def _notes(net: Network, columns: Sequence[Column]) -> list[str]:
    notes = column_notes(columns, [net])
    if OF_WHAT_JOINED & {column.key for column in columns}:
        notes.append(
            "A row is of all ops that it names (conv2d 5x5, tanh); explain has each by itself."
        )
    return [" ".join(notes)] if notes else []


def stochastic_lines(found: StochasticDepth) -> list[str]:
    """What a training step with stochastic depth runs, for people."""
    paths = figures.decimal(found.expected_paths)
    expected = figures.decimal(found.expected_macs)
    return [
        f"stochastic depth: {paths} of {found.paths} paths survive on average",
        f"MACs of a training step's forward pass: {expected} expected, "
        f"{found.least_macs:,} to {found.most_macs:,}",
    ]


def _total(net: Network, keys: Sequence[str]) -> Row:
    totals = {key: QUANTITIES[key](net, net.layers) for key in keys if key in QUANTITIES}
    return Row({"name": "total", **_at(net.receptive_field, net.depth), **totals})


def _at(seen: Seen, depth: int) -> dict[str, Any]:
    """What is not summed but holds at one place: a layer, or where the network ends."""
    return {**figures.receptive_field_data(seen), "receptive_field": seen, "depth": depth}


def _rows(
    net: Network, found: Sequence[Line], keys: Sequence[str], level: int, depth: int | None
) -> Iterator[Row]:
    for line in found:
        yield _row(net, line, keys, level)
        if depth is None or level + 1 < depth:
            yield from _rows(net, line.inside, keys, level + 1, depth)


def _row(net: Network, line: Line, keys: Sequence[str], level: int) -> Row:
    last = line.nodes[-1]
    values: dict[str, Any] = {
        "name": line.path,
        "op": line.op,
        "output_shape": str(last.shape),
        **_at(net.receptive_fields[last.name], net.depths[last.name]),
    }
    for key in keys:
        if key in QUANTITIES:
            values[key] = QUANTITIES[key](net, line.nodes)
        elif key in SHARES:
            share = SHARES[key]
            values[key] = figures.percent(getattr(line.cost, share), getattr(net.total, share))
    return Row(values, level, line.name)
