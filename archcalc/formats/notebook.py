"""What a notebook shows of things that have rows, and pandas makes of them."""

from __future__ import annotations

import html
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from archcalc.extras import require
from archcalc.formats import HTML, Column, Row, Table

if TYPE_CHECKING:
    import pandas

MOST_ROWS = 60
"""The number of nodes that a notebook shows of a part."""


class Shown(ABC):
    """A thing with rows, each of the same keys."""

    @abstractmethod
    def _rows(self) -> list[dict[str, Any]]:
        """Its rows, in their order."""

    def to_dataframe(self) -> pandas.DataFrame:
        """Its rows as a pandas DataFrame, with their keys as columns.

        Raises:
            ArchcalcError: pandas is missing.
        """
        require("to_dataframe", "pandas", "pandas")
        import pandas

        return pandas.DataFrame(self._rows())

    def _repr_html_(self) -> str:
        """What a notebook shows: the totals, and a row a node up to a screenful of them."""
        rows = self._rows()
        columns = [
            Column(key, key.replace("_", " "), align="left")
            if isinstance(value, str)
            else Column(key, key.replace("_", " "), "{:,}".format)
            for key, value in rows[0].items()
        ]
        more = len(rows) - MOST_ROWS
        footer = [f"and {more:,} more"] if more > 0 else []
        table = Table("", columns, [Row(row) for row in rows[:MOST_ROWS]], footer=footer)
        return f"<p>{html.escape(repr(self))}</p>{HTML.table(table)}"
