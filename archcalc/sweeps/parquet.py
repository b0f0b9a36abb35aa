"""A sweep as a Parquet file, which is written as it goes and may have any number of rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from archcalc.errors import ArchcalcError, quote
from archcalc.extras import require
from archcalc.sweeps.blocks import Rows, joined_rows
from archcalc.sweeps.sweeping import REFUSED, Sweep, Watch

ROWS_A_GROUP = 1_000_000
"""How many rows a group of the file has, at least; the last one may have fewer."""


def write_parquet(found: Sweep, path: Path, watch: Watch) -> None:
    """Write the rows of a sweep; figures at points that the spec refuses are null, with the reason.

    Raises:
        ArchcalcError: pyarrow is not installed, or a figure is over 64 bits.
    """
    require("a Parquet file", "parquet", "pyarrow")
    import pyarrow
    from pyarrow import parquet

    whole = {name for axis in found.space.axes for name in axis.columns if _is_whole(axis, name)}
    types = {
        key: pyarrow.int64() if key in whole or key in found.quantities else pyarrow.string()
        for key in found.keys
    }
    if not found.is_chosen:
        types[REFUSED] = pyarrow.string()
    schema = pyarrow.schema(types.items())
    with parquet.ParquetWriter(path, schema, compression="zstd") as writer:
        for rows in _groups(found, watch):
            columns = {key: _column(found, rows, key, type) for key, type in types.items()}
            writer.write_table(pyarrow.table(columns, schema), row_group_size=len(rows))


def _is_whole(axis: Any, name: str) -> bool:
    return not axis.shown(name).dtype.hasobject


def _groups(found: Sweep, watch: Watch) -> Iterator[Rows]:
    """The rows in groups; those that are in an order, or the best of all, in one."""
    if found.aims or found.ranking or found.limit is not None:
        yield found.rows(watch)
        return
    held: list[Rows] = []
    for rows in found.blocks(watch):
        held.append(rows)
        if sum(map(len, held)) >= ROWS_A_GROUP:
            yield joined_rows(held)
            held = []
    if held:
        yield joined_rows(held)


def _column(found: Sweep, rows: Rows, key: str, type: Any) -> Any:
    import pyarrow

    if key == REFUSED:
        reasons = found.evaluation.reasons
        return pyarrow.array([reasons[n] if n else None for n in rows.refused.tolist()], type)
    values, refused = rows.columns[key], rows.refused > 0
    is_figure = key not in found.space.columns
    if type == pyarrow.string():
        return pyarrow.array(list(map(str, values.tolist())), type)
    if values.dtype.hasobject:
        given = [None if no and is_figure else n for n, no in zip(values, refused, strict=True)]
        try:
            return pyarrow.array(given, type)
        except (OverflowError, pyarrow.ArrowInvalid):
            hint = "CSV and JSON have any whole number"
            raise ArchcalcError(f"{quote(key)} has numbers over 64 bits; {hint}") from None
    return pyarrow.array(values, type, mask=refused if is_figure and refused.any() else None)
