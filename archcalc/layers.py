"""The layers of one network: a row a layer, with subtotals of the groups, that add up.

For people, what repeats is folded: an element-wise op joins the layer before it, equal siblings
become one row, and groups deeper than `depth` are one row. Programs get one record a node.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any

from archcalc import figures, quantity
from archcalc.about import about
from archcalc.arithmetic import exact_div
from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.formats import Column, Row, Table
from archcalc.graph import GroupInfo
from archcalc.network import Network, Part
from archcalc.quantities import QUANTITIES, drops_paths


@dataclass(frozen=True)
class LayerRow:
    """One printed row: a layer with what joined it, or a group with the rows inside it."""

    part: Part
    """All that it stands for; the last one's output is its output."""
    name: str
    op: str
    inside: tuple[LayerRow, ...] = ()
    copies: int = 1
    block: GroupInfo | None = None
    """The block that made it, with what it is given."""

    @property
    def kind(self) -> str:
        """Its op, or its block without what that is given."""
        return self.block.block if self.block is not None else self.op

    def same_as(self, other: LayerRow) -> bool:
        """Whether two siblings are of one kind and have the same figures."""
        alike = ("parameters", "macs", "activations", "buffers", "output")
        return (
            self.kind == other.kind
            and all(getattr(self.part, key) == getattr(other.part, key) for key in alike)
            and len(self.inside) == len(other.inside)
            and all(
                a.name == b.name and a.same_as(b)
                for a, b in zip(self.inside, other.inside, strict=True)
            )
        )


def folded(part: Part) -> tuple[LayerRow, ...]:
    """The rows of what is in a part, folded for people."""
    found: list[LayerRow] = []
    for child in part.children:
        last = found[-1] if found else None
        if last is not None and not last.inside and _joins(child, last.part):
            ops = ", ".join(node.op.name for node in child)
            both = Part(part.network, last.part.path, last.part.nodes + child.nodes)
            found[-1] = replace(last, part=both, op=f"{last.op}, {ops}")
        else:
            found.append(_row(child))
    return tuple(_without_copies(found))


def _joins(part: Part, last: Part) -> bool:
    """Element-wise ops without parameters, right behind the layer before them."""
    is_behind = part.nodes[0].inputs == (last.nodes[-1].name,)
    return is_behind and all(node.op.is_elementwise for node in part) and not part.parameters


def _row(part: Part) -> LayerRow:
    inside = folded(part)
    name = part.path.rpartition(".")[2]
    if len(inside) == 1 and inside[0].copies == 1 and not inside[0].inside:
        return LayerRow(part, name, inside[0].op)
    return LayerRow(part, name, _op(part, inside), inside, block=part.block)


def _op(part: Part, inside: Sequence[LayerRow]) -> str:
    if part.node is not None:
        return part.node.op.summary(*part.node.input_shapes)
    if part.block is not None:
        return str(part.block)
    if part.is_repetition:
        return f"{len(part.children)} blocks"
    return f"{len(inside)} layers" if len(inside) > 1 else "1 layer"


def _without_copies(found: list[LayerRow]) -> Iterator[LayerRow]:
    """Consecutive repetitions that are equal, as one row."""
    for _, run in groupby(_keyed(found), key=lambda pair: pair[0]):
        same = [row for _, row in run]
        first, last = same[0], same[-1]
        if len(same) == 1:
            yield first
            continue
        nodes = tuple(node for row in same for node in row.part)
        yield LayerRow(
            Part(first.part.network, f"{first.part.path}..{last.name}", nodes),
            name=f"{first.name}..{last.name}",
            op=f"{len(same)} x {_shared_op(same)}",
            copies=len(same),
        )


def _shared_op(same: Sequence[LayerRow]) -> str:
    """What rows of one kind are: of a block, with what all of them are given."""
    first, *others = [row.block for row in same]
    if first is None:
        return same[0].op
    shared = {
        name: value
        for name, value in first.arguments.items()
        if all(other is not None and other.arguments.get(name) == value for other in others)
    }
    return str(GroupInfo(first.block, shared))


def _keyed(found: list[LayerRow]) -> Iterator[tuple[int, LayerRow]]:
    """Rows with the number of the run of equal repetitions that they are in."""
    run = 0
    for i, row in enumerate(found):
        previous = found[i - 1] if i else None
        if previous is None or not (
            row.name.isdigit() and previous.name.isdigit() and row.same_as(previous)
        ):
            run += 1
        yield run, row


# --- the table ------------------------------------------------------------------------------------

SHARES = {"parameters_share": "parameters", "macs_share": "macs"}
USUAL = (
    *("name", "op", "output_shape"),
    *("parameters", "parameters_share", "macs", "macs_share"),
)
_ALL = {
    column.key: column
    for column in (
        Column("name", "layer", align="left"),
        Column("op", "op", align="left", least=16),
        Column("output_shape", "output", align="left"),
        Column("parameters_share", "%", leaves=1, heading="% of parameters"),
        Column("macs_share", "%", leaves=1, heading="% of MACs"),
    )
} | quantity.columns("layers")
COLUMNS = {key: _ALL[key] for key in dict.fromkeys((*USUAL, "flops", "activations", *_ALL))}


def _records(net: Network) -> list[dict[str, Any]]:
    """What programs get: one record a node, in execution order."""
    return [_record(Part(net, node.name, (node,))) for node in net]


def _record(part: Part) -> dict[str, Any]:
    (node,) = part.nodes
    found = quantity.record(part, COLUMNS)
    seen = {key: found.pop(key) for key in ("receptive_field", "receptive_field_note")}
    found.pop("depth")
    shares = {key: _share(part, of) for key, of in SHARES.items()}
    head = {"name": node.name, "op": node.op.name, "output_shape": node.shape.sizes}
    return head | found | shares | seen | {"depth": _depth(part), "inputs": list(node.inputs)}


def _share(part: Part, of: str) -> Any:
    """A part's share of the network's parameters or MACs; None where the network has none."""
    whole = getattr(part.network, of)
    return exact_div(getattr(part, of), whole) if whole else None


def _depth(part: Part) -> int:
    """Weighted layers on the longest path from the network's input to a part's output."""
    net = part.network
    return net.depth if part is net else net.depths[part.nodes[-1].name]


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
    if not columns and QUANTITIES["connections"].is_usual(net):
        keys.append("connections")
    rows = [Row({"name": n, "output_shape": str(x)}) for n, x in net.graph.inputs.items()]
    rows += _rows(folded(net), keys, 0, depth)
    rows.append(Row({"name": "total", **_values(net, keys)}))
    levels = 1 + max(node.name.count(".") for node in net.layers)
    counted = f"{len(net)} nodes in all"
    shown = f"{depth} level{'s' if depth != 1 else ''} of {levels}; "
    footer = [shown + counted if depth and depth < levels else counted]
    if net.mode == "train" and drops_paths(net):
        footer += stochastic_lines(net)
    elif net.mode == "train" and net.why_no_average:
        footer.append(f"stochastic depth: {net.why_no_average}")
    data = _records(net)
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
    notes = quantity.notes(columns, [net])
    if OF_WHAT_JOINED & {column.key for column in columns}:
        notes.append(
            "A row is of all ops that it names (conv2d 5x5, tanh); explain has each by itself."
        )
    said = [f"{label}: {text}" for label, text in about(net)]
    return [" ".join(notes), *said] if notes else said


def stochastic_lines(net: Network) -> list[str]:
    """What a training step with stochastic depth runs, for people."""
    paths, expected = figures.decimal(net.surviving_paths), figures.decimal(net.expected_macs)
    return [
        f"stochastic depth: {paths} of {len(net.dropped_paths)} paths survive on average",
        f"MACs of a training step's forward pass: {expected} expected, "
        f"{net.least_macs:,} to {net.most_macs:,}",
    ]


def _values(part: Part, keys: Sequence[str]) -> dict[str, Any]:
    """The values of a row that are quantities of its part."""
    values = {key: getattr(part, key) for key in keys if key in QUANTITIES}
    return quantity.record(part, keys) | values | {"depth": _depth(part)}


def _rows(
    found: Sequence[LayerRow], keys: Sequence[str], level: int, depth: int | None
) -> Iterator[Row]:
    for row in found:
        part = row.part
        values: dict[str, Any] = {
            "name": part.path,
            "op": row.op,
            "output_shape": figures.outputs(part.ends),
        }
        for key, of in SHARES.items():
            values[key] = figures.percent(getattr(part, of), getattr(part.network, of))
        values |= _values(part, keys)
        if len(part.ends) > 1:
            fields = part.network.receptive_fields
            values["receptive_field"] = [fields[node.name] for node in part.ends]
        yield Row(values, level, row.name)
        if depth is None or level + 1 < depth:
            yield from _rows(row.inside, keys, level + 1, depth)
