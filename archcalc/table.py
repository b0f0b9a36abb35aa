"""The overview: one row a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from archcalc import figures
from archcalc.catalog import natural
from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.formats import Column, Row, Table
from archcalc.network import Network

COLUMNS = {
    column.key: column
    for column in (
        Column("family", "family", align="left", in_text=False),
        Column("model", "model", align="left"),
        Column("title", "title", align="left", for_people=False),
        Column("year", "year", figures.plain, in_text=False),
        Column("input", "input", lambda sizes: "x".join(map(str, sizes)), align="left"),
        Column("parameters", "parameters", figures.count),
        Column("macs", "MACs", figures.short),
        Column("flops", "FLOPs", figures.short, leaves=1, heading="FLOPs (2 x MACs)"),
        Column("activations", "activations", figures.short, leaves=2),
        Column("depth", "depth", figures.plain),
        Column("receptive_field", "RF", str),
        Column("connections", "connections", figures.short),
        Column("buffers", "buffers", figures.count),
        Column("memory_parameters", "parameter memory", figures.mebibytes),
        Column("memory_outputs", "all outputs", figures.mebibytes),
        Column("memory_peak", "peak live", figures.mebibytes),
        Column("memory_training", "training (estimate)", figures.mebibytes),
        Column("arithmetic_intensity", "MACs/byte", figures.significant),
    )
}
USUAL = tuple(COLUMNS)[: list(COLUMNS).index("receptive_field") + 1]
"""The columns that are there unless others are asked for."""

NOTES = {
    "parameters": "parameters: learnable scalars, with biases and norm scale/shift.",
    "macs": "MACs: multiply-adds of conv, linear and matrix products.",
    "flops": "FLOPs = 2 x MACs.",
    "activations": "activations: outputs of conv and linear layers.",
    "depth": "depth: weighted layers on the longest path.",
    "receptive_field": "RF: receptive field, in input pixels, of the last map before global "
    "pooling or the first linear layer.",
    "connections": "connections: multiply-adds and bias additions, LeNet's unit.",
    "buffers": "buffers: stored but not learned, such as running statistics.",
    "memory_parameters": "parameter memory: 4 bytes each unless --bytes says otherwise.",
    "memory_peak": "peak live: outputs alive at once, in file order, freed after their last use.",
    "memory_training": "training: an estimate, parameters three times (with gradients and "
    "momentum) and every output.",
    "arithmetic_intensity": "MACs/byte: of parameters, inputs and outputs moved.",
}
"""What is said under the table of the columns in it."""

EXTRA: dict[str, Callable[[Network], Any]] = {
    "connections": lambda net: sum(net.connections.values()),
    "buffers": lambda net: net.total.buffers,
    "memory_parameters": lambda net: net.memory.parameters,
    "memory_outputs": lambda net: net.memory.outputs,
    "memory_peak": lambda net: net.memory.peak,
    "memory_training": lambda net: net.memory.training,
    "arithmetic_intensity": lambda net: net.arithmetic_intensity,
}
"""Quantities that are computed only when their column is asked for."""


def record(net: Network, columns: Sequence[str] = ()) -> dict[str, Any]:
    """What programs get of one network: the usual columns, and those asked for."""
    usual = {
        "model": net.name,
        "family": net.family,
        "title": net.title,
        "year": net.year,
        "input": net.input.sizes,
        "parameters": net.parameters,
        "macs": net.macs,
        "flops": net.flops,
        "activations": net.activations,
        "depth": net.depth,
        "receptive_field": figures.receptive_field_data(net.receptive_field),
    }
    return usual | {key: EXTRA[key](net) for key in columns if key in EXTRA}


def comparison(
    networks: Sequence[Network],
    *,
    columns: Sequence[str] = (),
    sort: str = "",
    notes: bool = True,
    exact: bool = False,
) -> Table:
    """The table of several networks: by family and year, or flat and sorted by a column.

    People get MACs and the like in three digits, or `exact` to the unit. `columns` are those asked
    for instead of the usual ones; a model or title is always among them.

    Raises:
        ArchcalcError: there is no such column.
    """
    if columns and not {"model", "title"} & {*columns}:
        columns = ["model", *columns]
    chosen = [_column(key).asked_for() for key in columns]
    chosen = chosen or [COLUMNS[key] for key in USUAL]
    wanted = [*columns, sort] if sort else columns
    records = [record(net, wanted) for net in networks]
    shown = [
        {**data, "receptive_field": figures.receptive_field(net.receptive_field)}
        for data, net in zip(records, networks, strict=True)
    ]
    if sort:
        order = sorted(range(len(records)), key=lambda i: _sort_key(records[i], _column(sort).key))
        records = [records[i] for i in order]
        rows: list[Row | str] = [Row(shown[i]) for i in order]
        chosen = [_in_text(column) for column in chosen]
    else:
        rows = _by_family(shown)
    keys = [column.key for column in chosen]
    if exact:
        chosen = [_exact(column) for column in chosen]
    return Table(
        _title(networks),
        chosen,
        rows,
        notes=[" ".join([*_notes(keys), EXACT])] if notes else (),
        records=[{key: data[key] for key in keys} for data in records] if columns else records,
        csv=figures.CSV,
    )


EXACT = "Exact integers: --format csv or json."


def _notes(keys: Sequence[str]) -> list[str]:
    return [NOTES[key] for key in keys if key in NOTES]


def _title(networks: Sequence[Network]) -> str:
    count = f"{len(networks)} networks" if len(networks) > 1 else "1 network"
    conditions = {net.conditions for net in networks}
    return ", ".join([count, *conditions]) if len(conditions) == 1 else count


def _column(key: str) -> Column:
    if key not in COLUMNS:
        hint = did_you_mean(key, COLUMNS) or f"one of {', '.join(COLUMNS)}"
        raise ArchcalcError(f"no column {quote(key)}; {hint}")
    return COLUMNS[key]


def _in_text(column: Column) -> Column:
    return replace(column, in_text=True)


def _exact(column: Column) -> Column:
    return replace(column, show=figures.count) if column.show is figures.short else column


def _sort_key(data: dict[str, Any], key: str) -> tuple[Any, ...]:
    """Figures largest first, words in order; ties by name; what has no figure comes last."""
    value = data[key]
    if isinstance(value, str):
        return (0, natural(value), natural(data["model"]))
    if isinstance(value, list):
        value = max(value)
    return (value is None, -(value or 0), natural(data["model"]))


def _by_family(shown: list[dict[str, Any]]) -> list[Row | str]:
    groups: dict[tuple[int, str], list[dict[str, Any]]] = {}
    for data in shown:
        groups.setdefault((data["year"], data["family"]), []).append(data)
    rows: list[Row | str] = []
    for (year, family), members in sorted(groups.items()):
        rows.append(f"{family}, {year}")
        members.sort(key=lambda data: natural(data["model"]))
        rows += [Row(data, level=1) for data in members]
    return rows
