"""Where two networks differ, as tables: their sections, and layers that are set otherwise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcalc import figures
from archcalc.differences import data
from archcalc.differences.pair import LayerChange, NetworkPair, Section
from archcalc.formats import Column, Row, Table

# --- sections -------------------------------------------------------------------------------------


def section_table(pair: NetworkPair, sections: Sequence[Section], letter: str) -> Table:
    """The sections of two networks side by side, the other one called by its letter."""
    by = "stage" if pair.by == "stage" else "output stride"
    columns = [
        Column("name", by, align="left"),
        Column("a_output", "A output", align="left", in_text=False),
        Column("b_output", f"{letter} output", align="left", in_text=False),
        Column("a_parameters", "A parameters", figures.count),
        Column("b_parameters", f"{letter} parameters", figures.count),
        Column("a_macs", "A MACs", figures.count),
        Column("b_macs", f"{letter} MACs", figures.count),
        Column("difference", f"{letter} - A", _signed),
    ]
    rows = []
    for name, a, b in sections:
        called = name if b.name in ("", name) or pair.by == "stride" else f"{name}, {b.name}"
        cells = {"name": called, "difference": b.macs - a.macs}
        for key, side in (("a", a), ("b", b)):
            if side.output is not None:
                cells[f"{key}_output"] = str(side.output)
                cells |= {f"{key}_parameters": side.parameters, f"{key}_macs": side.macs}
        rows.append(Row(cells))
    return Table("", columns, rows)


def _signed(value: int) -> str:
    return f"{value:+,}" if value else "0"


def other_sections(sections: Sequence[Section]) -> Iterator[str]:
    """What is said of sections that cost the same in both."""
    equal = [section for section in sections if section.is_equal]
    if equal:
        parameters = sum(section.reference.parameters for section in equal)
        macs = sum(section.reference.macs for section in equal)
        yield f"{_names(equal)}: equal, {parameters:,} parameters, {macs:,} MACs"
    others = [section for section in sections if not section.is_equal]
    if others:
        yield f"{_names(others)}: equal costs, other outputs"


def _names(sections: Sequence[Section]) -> str:
    return ", ".join(section.name for section in sections)


# --- layers ---------------------------------------------------------------------------------------


def change_columns(letter: str) -> list[Column]:
    """The columns of a table of `change_rows`."""
    return [
        Column("layers", "set otherwise", align="left", least=30, wraps=True),
        Column("a", "A", align="left"),
        Column("b", letter, align="left"),
        Column("parameters", "parameters", _signed, heading=f"Parameters, {letter} - A"),
        Column("macs", "MACs", _signed, heading=f"MACs, {letter} - A"),
    ]


_MOST_NAMED = 4
"""The most layers with the same change that are named."""


def change_rows(pair: NetworkPair) -> Iterator[Row]:
    """The layers that are set otherwise, those with the same change in one row."""
    found: dict[tuple[str, str], list[LayerChange]] = {}
    for layer in pair.layers:
        if layer.change == "set otherwise":
            found.setdefault(_summaries(layer), []).append(layer)
    for (a, b), layers in found.items():
        deltas = [data.deltas(pair, layer) for layer in layers]
        yield Row(
            {
                "layers": _some([node.name for node, _ in layers if node is not None]),
                "a": a,
                "b": b,
                "parameters": sum(parameters for parameters, _ in deltas),
                "macs": sum(macs for _, macs in deltas),
            }
        )


def _summaries(layer: LayerChange) -> tuple[str, str]:
    """What a layer is in each network, or which fields differ where rows do not say them."""
    a, b = (n.op.summary(*n.input_shapes) for n in (layer.reference, layer.other) if n is not None)
    if a != b or layer.reference is None or layer.other is None:
        return a, b
    ours, theirs = layer.reference.op, layer.other.op
    fields = [name for name in ours.field_infos if getattr(ours, name) != getattr(theirs, name)]
    return a, f"other {', '.join(fields)}"


def _some(names: Sequence[str]) -> str:
    if len(names) <= _MOST_NAMED:
        return ", ".join(names)
    return f"{', '.join(names[: _MOST_NAMED - 1])} and {len(names) - _MOST_NAMED + 1} more"
