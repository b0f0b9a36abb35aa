"""Which points of a space are wanted: those that meet a condition, none better, the first few."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from archcalc.closed.arrays import Arrays
from archcalc.closed.bounds import Bounds
from archcalc.closed.condition import Condition
from archcalc.closed.domain import Domain
from archcalc.closed.number import Open
from archcalc.closed.polynomial import Polynomial
from archcalc.errors import ArchcalcError, did_you_mean, parameter, quote
from archcalc.formulas.breakdown import form_of
from archcalc.tables.choosing import RowCondition

Columns = Mapping[str, Any]
"""Arrays of one length, by the names of columns."""


class _AnyValues(Domain):
    """Columns of which nothing is known but the values in one row."""

    def __init__(self, values: Mapping[str, int]):
        super().__init__(values)
        self.least = {}

    def bounds(self, form: Polynomial) -> Bounds:
        """None."""
        return Bounds(None, None)

    def note(self, condition: Condition) -> None:
        """A condition that holds in this row."""
        self.conditions[condition] = None


def meeting(condition: RowCondition, columns: Columns, rows: int) -> Any:
    """Which rows meet a condition: it is read in open numbers at one row, and what it comes to
    there holds in all rows where the same is decided.

    Raises:
        ArchcalcError: it divides by zero, or calculates with a text.
    """
    import numpy

    read = {key: columns[key] for key in condition.keys}
    found = numpy.zeros(rows, bool)
    if any(_is_text(array) for array in read.values()):
        lists = [array.tolist() for array in read.values()]
        each = (dict(zip(read, row, strict=True)) for row in zip(*lists, strict=True))
        return numpy.fromiter((condition.holds(row) for row in each), bool, rows)
    left = numpy.ones(rows, bool)
    block = Arrays(read, {key: {0} for key in read}) if rows else None
    while left.any():
        assert block is not None
        first = int(left.argmax())
        values = {key: int(array[first]) for key, array in read.items()}
        domain = _AnyValues(values)
        form = form_of(condition.evaluate({key: Open.of(key, domain) for key in read}))
        inside = block.inside(domain) & left
        found |= inside & (block.value(form) != 0)
        left &= ~inside
    return found


def _is_text(array: Any) -> bool:
    return array.dtype == object and any(type(value) is not int for value in array.tolist())


# --- none better ----------------------------------------------------------------------------------


class Aim(NamedTuple):
    """A column whose largest values are best, or whose smallest are."""

    key: str
    is_smallest: bool

    def __str__(self) -> str:
        return f"{'smallest' if self.is_smallest else 'largest'} {self.key}"


def read_aims(text: str | Sequence[str]) -> list[Aim]:
    """`parameters,-macs`: the largest of the first, the smallest of the other.

    Raises:
        ArchcalcError: a column is named twice.
    """
    words = [word.strip() for word in (text.split(",") if isinstance(text, str) else text)]
    aims = [Aim(word.removeprefix("-"), word.startswith("-")) for word in words if word]
    for aim in aims:
        if [other.key for other in aims].count(aim.key) > 1:
            raise ArchcalcError(f"{parameter('pareto')} names {quote(aim.key)} twice")
    return aims


def check_key(key: str, known: Sequence[str]) -> str:
    """A column that there is.

    Raises:
        ArchcalcError: there is none.
    """
    if key in known:
        return key
    hint = did_you_mean(key, known) or f"one of {', '.join(known)}"
    raise ArchcalcError(f"no column {quote(key)}; {hint}")


def front(aims: Sequence[Aim], columns: Columns) -> Any:
    """The numbers of the rows that no other row is better than: at least as good in all columns,
    and better in one. Rows that are equal in all of them are all kept."""
    import numpy

    ranks = numpy.stack([_ranks(columns[aim.key], aim.is_smallest) for aim in aims], axis=1)
    if len(aims) == 1:
        return (ranks[:, 0] == ranks[:, 0].max()).nonzero()[0]
    if len(aims) == 2:
        return _front_of_two(ranks)
    kept = numpy.lexsort(tuple(-ranks.T))
    chosen = []
    while len(kept):
        best = ranks[kept[0]]
        others = ranks[kept]
        is_same = (others == best).all(axis=1)
        chosen.append(kept[is_same])
        kept = kept[~is_same & (others > best).any(axis=1)]
    return numpy.sort(numpy.concatenate(chosen))


def _ranks(array: Any, is_smallest: bool) -> Any:
    """Whole numbers in the order of a column's values, the best ones largest."""
    import numpy

    if array.dtype == object:
        array = numpy.unique(array, return_inverse=True)[1].reshape(-1)
    return -array if is_smallest else array


def _front_of_two(ranks: Any) -> Any:
    import numpy

    order = numpy.lexsort((-ranks[:, 1], -ranks[:, 0]))
    first, second = ranks[order].T
    starts = numpy.concatenate([[True], first[1:] != first[:-1]])
    group = numpy.cumsum(starts) - 1
    best = second[starts]  # the largest of each group stands first
    before = numpy.concatenate([[best.min() - 1], numpy.maximum.accumulate(best)[:-1]])
    return numpy.sort(order[(second == best[group]) & (best > before)[group]])


# --- in order -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Ranking:
    """The order of rows by a column; equal ones stay in the order of the space."""

    key: str
    ascending: bool

    def order(self, columns: Columns) -> Any:
        """The numbers of the rows in this order."""
        import numpy

        return numpy.argsort(_ranks(columns[self.key], not self.ascending), kind="stable")
