"""Bars behind the shares of a table, and their colour: on a terminal that has the room, never in a
pipe or a file."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Sequence
from dataclasses import replace

from archcalc.formats import Column, Row, Table

_CELLS = 12
"""The width of the longest bar."""
_EIGHTHS = " ▏▎▍▌▋▊▉█"
"""A cell that is filled to so many eighths."""
_PAIRS = {"parameters_share": "parameters", "macs_share": "macs"}
"""The columns that have bars behind them, with the figures that these are of."""
LEAST_WIDTH = 100 + len(_PAIRS) * (_CELLS + 2)
"""Columns of a terminal that has room for bars beside the widest table."""


def room_for_bars() -> int:
    """How many columns bars may take: none unless standard output is a wide terminal."""
    if sys.stdout is None or not sys.stdout.isatty():
        return 0
    is_wide = shutil.get_terminal_size().columns >= LEAST_WIDTH
    return LEAST_WIDTH - 100 if is_wide else 0


def with_bars(table: Table) -> Table:
    """A table of layers with a column of bars behind each one of shares: the longest is that of the
    outermost layer with the most. The total, and all others together, have none."""
    layers = [row for row in table.rows if isinstance(row, Row) and row.values.get("op")]
    shown = {share: key for share, key in _PAIRS.items() if _has(table.columns, share, key)}
    longest = {
        key: max((_value(row, key) for row in layers if not row.level), default=0)
        for key in shown.values()
    }
    columns: list[Column] = []
    for column in table.columns:
        columns.append(column)
        if column.key in shown:
            columns.append(Column(f"{column.key}_bar", "", align="left", leaves=0))
    barred: list[Row | str] = []
    for row in table.rows:
        if isinstance(row, Row) and row.values.get("op"):
            bars = {f"{s}_bar": bar_of(_value(row, k), longest[k]) for s, k in shown.items()}
            row = row._replace(values={**row.values, **bars})
        barred.append(row)
    return replace(table, columns=columns, rows=barred)


def _has(columns: Sequence[Column], *keys: str) -> bool:
    return {*keys} <= {column.key for column in columns}


def _value(row: Row, key: str) -> int:
    value = row.values.get(key)
    return value if isinstance(value, int) else 0


def bar_of(value: int, longest: int) -> str:
    """A bar of at most twelve cells, in eighths; `#` where the terminal lacks them.

    >>> bar_of(5, 10), bar_of(1, 1000), bar_of(0, 10)
    ('██████', '▏', '')
    """
    if not value or not longest:
        return ""
    eighths = max(1, value * _CELLS * 8 // longest)
    whole, rest = divmod(min(eighths, _CELLS * 8), 8)
    if not _can_encode(_EIGHTHS):
        return "#" * max(1, whole)
    return _EIGHTHS[8] * whole + (_EIGHTHS[rest] if rest else "")


def _can_encode(text: str) -> bool:
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        return False
    return True


def coloured(text: str) -> str:
    """A text whose bars have a colour, where the terminal has colours and no one forbids them."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") in (None, "", "dumb"):
        return text
    return re.sub(f"[{_EIGHTHS[1:]}]+", "\x1b[34m\\g<0>\x1b[0m", text)
