"""A table of networks as Python has it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from archcalc.figures import count_of
from archcalc.formats import Record, Table
from archcalc.parts.drawing import PrintedResult


@dataclass(frozen=True, repr=False)
class NetworkTable(PrintedResult):
    """Networks side by side, a row each."""

    shown: Table

    def records(self) -> Sequence[Record]:
        """A dict a network, with exact numbers, as `--format json` has them."""
        return self.shown.as_data()

    def __len__(self) -> int:
        return len(self.shown.real_rows)

    def __repr__(self) -> str:
        headers = ", ".join(column.header for column in self.shown.columns)
        return f"<NetworkTable of {count_of(len(self), 'network')}: {headers}>"
