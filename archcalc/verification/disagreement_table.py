"""Where archcalc and PyTorch disagree, as a table: node by node, and in total."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from archcalc import figures
from archcalc.formats import Column, Row, Table
from archcalc.shape import Shape
from archcalc.verification.verifying import Verification

TOTALS = {
    "parameters": ("archcalc", "torch"),
    "macs": ("archcalc", "flop_counter", "fvcore"),
    "activations": ("archcalc", "fvcore"),
}
"""Quantities of a whole network, and who says them."""


def disagreement_table(result: Verification) -> Table:
    """A row for each quantity of a node that a witness has otherwise, then one for each total."""
    columns = [
        Column("node", "node", align="left"),
        Column("quantity", "quantity", quantity_header, align="left"),
        Column("archcalc", "archcalc", _value),
        Column("pytorch", "pytorch", _value),
        Column("difference", "difference"),
        Column("note", "", align="left"),
    ]
    rows = [*_node_rows(result), *_total_rows(result)]
    nodes = [row["node"] for row in rows]
    for row, before in zip(rows[1:], nodes, strict=False):
        if row["node"] == before:
            row["node"] = ""
    return Table("", columns, [Row(row) for row in rows])


def _node_rows(result: Verification) -> Iterator[dict[str, Any]]:
    """A row a quantity; witnesses that say the same share it."""
    alike: dict[Any, list[Any]] = {}
    for d in result.disagreements:
        alike.setdefault((d.node, d.quantity, str(d.other)), []).append(d)
    for (node, quantity, _), said in alike.items():
        elsewhere = "the whole" if result.is_own_module else "elsewhere"
        row = _row(node or elsewhere, quantity, said[0].archcalc, said[0].other)
        notes = []
        if said[0].explanation:
            ratio = max(row["archcalc"], row["pytorch"]) // min(row["archcalc"], row["pytorch"])
            notes.append(f"{ratio}x exactly, as {said[0].explanation}")
        if len(said) < len(TOTALS.get(quantity, ())) - 1:
            notes.append(f"by {said[0].witness} alone")
        yield {**row, "note": "; ".join(notes)}


def _total_rows(result: Verification) -> Iterator[dict[str, Any]]:
    for quantity in () if result.is_own_module else TOTALS:
        if any(d.quantity == quantity for d in result.disagreements):
            ours, *others = getattr(result, quantity).values()
            for other in dict.fromkeys(others):
                yield {**_row("total", quantity, ours, other), "note": ""}


def _row(node: str, quantity: str, archcalc: Any, other: Any) -> dict[str, Any]:
    counted = quantity != "output_shape"
    return {
        "node": node,
        "quantity": quantity,
        "archcalc": archcalc,
        "pytorch": other,
        "difference": f"{archcalc - other:+,}" if counted else None,
    }


_HEADERS = {"macs": "MACs", "output_shape": "output"}


def quantity_header(quantity: str) -> str:
    """What a column or row of a quantity is called."""
    return _HEADERS.get(quantity, quantity)


def _value(value: Any) -> str:
    return str(Shape(*value)) if isinstance(value, list) else figures.count(value)
