"""The layers of one network: a row a layer, with subtotals of the groups, that add up.

For people, what repeats is folded, and groups deeper than `depth` are one row. Programs get one
record a node.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

from archcalc import figures
from archcalc.arithmetic import exact_div
from archcalc.formats import Column, Row, Table
from archcalc.formats.dataframes import dataframe
from archcalc.graph import Node
from archcalc.network import Network
from archcalc.parts.folding import LayerRow, folded
from archcalc.parts.part import Part
from archcalc.quantities import QUANTITIES, drops_paths, quantity
from archcalc.tables.about import about
from archcalc.tables.choosing import check_columns, in_order, read_columns

if TYPE_CHECKING:
    import pandas

SHARES = {"parameters_share": "parameters", "macs_share": "macs"}
USUAL = (
    *("name", "op", "output_shape"),
    *("parameters", "parameters_share", "macs", "macs_share"),
)
USUAL_OF_STORED = ("name", "op", "output_shape", "stored", "macs", "macs_share")
"""The same of a network of which nobody says what it learns."""
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


def layers_dataframe(part: Part, columns: str | Iterable[str] = ()) -> pandas.DataFrame:
    """The layers of a network or of a group of it as a DataFrame, a row a node.

    Raises:
        ArchcalcError: there is no such column, or pandas is missing.
    """
    keys = _with_name(read_columns(columns, COLUMNS))
    if not keys:
        stored = "parameters" if part.network.is_learning_known else "stored"
        keys = ["name", "op", "output_shape", stored, "macs", "activations", "buffers"]
    check_columns(keys, COLUMNS)
    records = partial(_records, part.network, part.nodes, keys)
    table = Table(
        "", [COLUMNS[key] for key in keys], (), records=records, csv=quantity.columns_of_pairs()
    )
    found = table.as_records()
    return dataframe(found, found[0])


def _with_name(columns: Sequence[str]) -> list[str]:
    """The columns that are asked for, if any, with the name in front."""
    return ["name", *(key for key in columns if key != "name")] if columns else []


def _records(net: Network, nodes: Iterable[Node], keys: Sequence[str]) -> list[dict[str, Any]]:
    """What programs get: one record a node, of all keys unless some are asked for."""
    return [_record(Part(net, node.name, (node,)), keys or _FOR_PROGRAMS) for node in nodes]


def _record(part: Part, keys: Sequence[str]) -> dict[str, Any]:
    (node,) = part.nodes
    found = quantity.record(part, quantity.quantities_of(keys))
    own: dict[str, Callable[[], Any]] = {
        "name": lambda: node.name,
        "op": lambda: node.op.name,
        "output_shape": lambda: node.shape.sizes,
        "depth": lambda: _depth(part),
        "inputs": lambda: list(node.inputs),
        **{key: partial(_share, part, of) for key, of in SHARES.items()},
    }
    return {key: own[key]() if key in own else found[key] for key in keys}


_HEAD, _TAIL = ("name", "op", "output_shape"), ("receptive_field", quantity.REASON.key, "depth")
_FOR_PROGRAMS = (
    *_HEAD,
    *(key for key in COLUMNS if key not in (*_HEAD, *SHARES, *_TAIL)),
    *(*SHARES, *_TAIL, "inputs"),
)
"""What programs get of a layer unless columns are asked for, in this order."""


def _share(part: Part, of: str) -> Any:
    """A part's share of the network's parameters or MACs; None where the network has none."""
    whole = getattr(part.network, of)
    return exact_div(getattr(part, of), whole) if whole else None


def _depth(part: Part) -> int:
    """Weighted layers on the longest path from the network's input to a part's output."""
    net = part.network
    return net.depth if part is net else net.depths[part.nodes[-1].name]


def layer_table(
    part: Part,
    *,
    depth: int | None = None,
    columns: Sequence[str] = (),
    sort: str = "",
    ascending: bool = False,
    top: int | None = None,
    notes: bool = True,
) -> Table:
    """The table of the layers of a network or of a group of it, `depth` levels of names deep (all
    of them by default).

    With `sort` it is one flat list of layers, by a column, largest first or `ascending`; with `top`
    only the first ones of it, by MACs unless another is said.

    Raises:
        ArchcalcError: there is no such column.
    """
    net = part.network
    usual = USUAL if net.is_learning_known else USUAL_OF_STORED
    keys = _with_name(columns) or list(usual)
    sort = sort or ("macs" if top is not None else "")
    check_columns([*keys, sort] if sort else keys, COLUMNS)
    if not columns and QUANTITIES["connections"].is_usual(net):
        keys.append("connections")
    if not columns and sort and sort not in keys:
        keys.append(sort)
    nodes = part.nodes
    title = f"{net.heading(part.path)}, {net.input}, {net.conditions}"
    footer = []
    if sort:
        values = _records(net, nodes, ("name", sort))
        order = in_order(values, sort, "name", ascending=ascending)[:top]
        nodes = tuple(nodes[i] for i in order)
        rows = list(_flat_rows(part, order, keys))
        title += f", by {COLUMNS[sort].header}, {'smallest' if ascending else 'largest'} first"
    else:
        inputs = net.graph.inputs if part is net else {}
        rows = [Row({"name": n, "output_shape": str(x)}) for n, x in inputs.items()]
        rows += _rows(folded(part), keys, 0, depth)
        footer.append(_counted(part, depth))
    if part is net:
        rows.append(Row({"name": "total", **_values(net, keys)}))
    else:
        rows.append(_row_of(part, keys, {}, name="total"))
    if part is net and net.mode == "train":
        footer += _of_dropped_paths(net)
    asked = {*(keys if columns else ()), sort}
    chosen = [COLUMNS[key].asked_for() if key in asked else COLUMNS[key] for key in keys]
    records = partial(_records, net, nodes, keys if columns else ())
    said = _notes(net, chosen) if notes else ()
    csv = quantity.columns_of_pairs()
    return Table(title, chosen, rows, notes=said, records=records, footer=footer, csv=csv)


def _counted(part: Part, depth: int | None) -> str:
    outside = part.path.count(".") + 1 if part.path else 0
    levels = 1 + max(node.name.count(".") for node in part.nodes) - outside
    nodes = f"{figures.count_of(len(part), 'node')} in all"
    if depth and depth < levels:
        return f"{figures.count_of(depth, 'level')} of {levels}; {nodes}"
    return nodes


def _flat_rows(part: Part, order: Sequence[int], keys: Sequence[str]) -> Iterator[Row]:
    """A row a layer, and one of all others."""
    net, chosen = part.network, {*order}
    nodes = [part.nodes[i] for i in order]
    others = tuple(node for i, node in enumerate(part.nodes) if i not in chosen)
    for node in nodes:
        op = node.op.summary(*node.input_shapes)
        yield _row_of(
            Part(net, node.name, (node,)), keys, {"op": op, "output_shape": str(node.shape)}
        )
    if others:
        name = "1 other" if len(others) == 1 else f"{len(others)} others"
        yield _row_of(Part(net, name, others), keys, {})


OF_WHAT_JOINED = {
    "operations",
    "memory_outputs",
    "memory_peak",
    "moved_bytes",
    "arithmetic_intensity",
}
"""Quantities of a row that depend on the element-wise ops in it."""


def _notes(net: Network, columns: Sequence[Column]) -> list[str]:
    remarks = quantity.remarks(net, [column.key for column in columns])
    notes = []
    for column in columns:
        notes.append(quantity.note(column, [net.bytes_per_number], [net.optimizer]))
        notes += remarks.get(column.key, ())
    notes = [*filter(None, notes)]
    if OF_WHAT_JOINED & {column.key for column in columns}:
        notes.append(
            "A row is of all ops that it names (conv2d 5x5, tanh); explain has each by itself."
        )
    said = [f"{label}: {text}" for label, text in about(net)]
    return [" ".join(notes), *said] if notes else said


def _of_dropped_paths(net: Network) -> list[str]:
    """What is said of stochastic depth, where the network has any."""
    if drops_paths(net):
        return stochastic_lines(net)
    return [f"stochastic depth: {net.why_no_average}"] if net.why_no_average else []


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
        said = {"op": row.op, "output_shape": figures.outputs(row.part.ends)}
        yield _row_of(row.part, keys, said, level, row.name)
        if depth is None or level + 1 < depth:
            yield from _rows(row.inside, keys, level + 1, depth)


def _row_of(
    part: Part, keys: Sequence[str], said: Mapping[str, str], level: int = 0, name: str = ""
) -> Row:
    """The row of a part: what is said of it, its figures, and its shares of the network's."""
    values: dict[str, Any] = {"name": part.path, **said}
    for key, of in SHARES.items():
        values[key] = figures.percent(getattr(part, of), getattr(part.network, of))
    values |= _values(part, keys)
    if len(part.ends) > 1:
        fields = part.network.receptive_fields
        values["receptive_field"] = [fields[node.name] for node in part.ends]
    return Row(values, level, name)
