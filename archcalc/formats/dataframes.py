"""What pandas makes of rows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from archcalc.extras import require
from archcalc.formats.csv import text_of_list

if TYPE_CHECKING:
    import pandas

    from archcalc.formats.printable import Record

_BEYOND = 2**63
"""The smallest whole number that is none of 64 bits, which pandas holds as an object."""


def dataframe(records: Sequence[Record], keys: Iterable[str]) -> pandas.DataFrame:
    """Records as a pandas DataFrame: figures as numbers, sizes as texts, `3x224x224`; whole numbers
    stay whole where others are missing.

    Raises:
        ArchcalcError: pandas is missing.
    """
    require("to_dataframe", "pandas", "pandas")
    import pandas

    columns = {}
    for key in keys:
        values = [_cell(record.get(key)) for record in records]
        figures = [value for value in values if value is not None]
        are_whole = all(map(_is_whole, figures))
        is_gapped = 0 < len(figures) < len(values)
        columns[key] = pandas.Series(values, dtype="Int64" if are_whole and is_gapped else None)
    return pandas.DataFrame(columns)


def _is_whole(value: Any) -> bool:
    """Whether it is a whole number that pandas holds as one."""
    return isinstance(value, int) and not isinstance(value, bool) and abs(value) < _BEYOND


def _cell(value: Any) -> Any:
    if isinstance(value, Fraction):
        return float(value)
    is_list = isinstance(value, Sequence) and not isinstance(value, str)
    return text_of_list(value) if is_list else value
