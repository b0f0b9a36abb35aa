"""A sweep: the figures of a network at all points of a space, and those of them that are wanted.

>>> from archcalc.network import load
>>> found = sweep(load("wrn-28-10"), {"depth": range(10, 101, 6), "widen": range(1, 13)})
>>> [block["parameters"].sum().item() for block in found]
[8326170496]
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from archcalc.errors import ArchcalcError, check_texts, parameter, quote
from archcalc.extras import require
from archcalc.figures import count_of
from archcalc.formulas.closed_forms import COUNTED
from archcalc.formulas.openable import Openable
from archcalc.graph import INPUT
from archcalc.names.arguments import argument_value
from archcalc.network import Network
from archcalc.parts.checks import check_network
from archcalc.parts.drawing import PrintedResult
from archcalc.sweeps.blocks import Rows, SpaceBlock, Task, Threads, Workers, joined_rows
from archcalc.sweeps.choice import Aim, Ranking, check_key, front, read_aims
from archcalc.sweeps.evaluation import Evaluation
from archcalc.sweeps.space import VALUES_BY_NAME, WHAT_VARIES, Space, SpaceAxis, input_axis
from archcalc.tables.choosing import RowCondition, check_sorted, read_columns, read_condition

if TYPE_CHECKING:
    import pandas

FIRST_COLUMNS = ("parameters", "macs")
"""The quantities of a sweep, unless others are asked for."""
MOST_HELD = 1_000_000
"""How many rows are held at once."""
REFUSED = "refused"
"""The column that says why the spec refuses a point."""

Watch = Callable[[int], object]
"""Told of how many points have been evaluated, from time to time."""


@dataclass(repr=False)
class Sweep(PrintedResult):
    """The figures of a network at all points of a space.

    Iterating evaluates it, block by block: a dict of arrays each, without the points that the spec
    refuses, which `refusals` counts.
    """

    network: Network
    space: Space
    quantities: Sequence[str]
    condition: RowCondition | None = None
    aims: Sequence[Aim] = ()
    ranking: Ranking | None = None
    limit: int | None = None
    workers: Workers = field(default_factory=Threads)
    """What computes blocks of it side by side."""
    evaluation: Evaluation = field(init=False)
    accepted: int = 0
    """How many of the points evaluated so far the spec takes."""
    met: int = 0
    """How many of these meet the condition."""
    found: int = 0
    """How many rows there are in all, once they have been put together."""
    refusals: dict[str, int] = field(default_factory=dict)
    """How many it refuses, by the reason at one of them."""

    def __post_init__(self) -> None:
        require("a sweep", "sweep", "numpy")
        asked = [*self.quantities, *(aim.key for aim in self.aims)]
        asked += [self.ranking.key] if self.ranking else []
        asked += sorted(self.condition.keys) if self.condition else []
        figures = [key for key in dict.fromkeys(asked) if key not in self.space.columns]
        self.evaluation = Evaluation(Openable.of(self.network), self.space, figures)
        self.evaluation.check()

    def __repr__(self) -> str:
        points = count_of(self.space.size, "point")
        of = ", ".join(self.space.columns)
        return f"<Sweep of {self.network.name}: {points} of {of}; {', '.join(self.quantities)}>"

    @property
    def keys(self) -> list[str]:
        """The columns of its rows: what varies, then the quantities."""
        return list(dict.fromkeys([*self.space.columns, *self.quantities]))

    @property
    def has_all_points(self) -> bool:
        """Whether all points are wanted, in the order of the space."""
        return not (self.is_chosen or self.ranking) and self.limit is None

    @property
    def is_chosen(self) -> bool:
        """Whether only some of the points are wanted, for their figures."""
        return self.condition is not None or bool(self.aims)

    def __iter__(self) -> Iterator[dict[str, Any]]:
        if self.aims or self.ranking or self.limit is not None:
            yield self._shown(self.rows())
        else:
            for rows in self.blocks():
                yield self._shown(rows)

    def _shown(self, rows: Rows) -> dict[str, Any]:
        rows = rows if not rows.refused.any() else rows.taken(rows.refused == 0)
        return {key: rows.columns[key] for key in self.keys}

    def blocks(self, watch: Watch = lambda done: None) -> Iterator[Rows]:
        """The rows of each part of the space, with those that the spec refuses if all are wanted.

        Raises:
            ArchcalcError: the condition calculates with a text, or divides by zero.
        """
        self.accepted, self.met, self.refusals, done = 0, 0, {}, 0
        for rows in self.rows_of(self.space.blocks()):
            done += rows.points
            watch(done)
            yield rows

    def rows_of(self, parts: Iterable[SpaceBlock]) -> Iterator[Rows]:
        """The rows of parts of the space, in their order, computed side by side."""
        task = Task(self.evaluation, self.condition, self.is_chosen)
        for rows in self.workers.computed(task, parts):
            self.accepted += rows.accepted
            self.met += len(rows)
            for number, count in rows.refusals.items():
                reason = self.evaluation.reasons[number]
                self.refusals[reason] = self.refusals.get(reason, 0) + count
            yield rows

    def rows(self, watch: Watch = lambda done: None) -> Rows:
        """All rows that are wanted, in their order.

        Raises:
            ArchcalcError: there are more than MOST_HELD.
        """
        held: list[Rows] = []
        count = kept = 0
        for rows in self.blocks(watch):
            if held and (not len(rows) or (self._is_first_come and count == self.limit)):
                continue
            held.append(rows)
            count += len(rows)
            if self.aims or self.limit is not None:
                if count > kept + self._spare:
                    held = [self._best(joined_rows(held))]
                    count = kept = len(held[0])
            else:
                kept = count
            if kept > MOST_HELD:
                first, *others = map(parameter, ("where", "pareto", "limit"))
                fewer = f"{first}, {' or '.join(others)} takes fewer"
                hint = f"{fewer}; archcalc sweep --output DIR/ writes all"
                raise ArchcalcError(f"a sweep of over {MOST_HELD:,} rows to print; {hint}")
        found = self._best(joined_rows(held))
        self.found = len(found)
        if self.aims:
            found = self._first(found)
        return found

    @property
    def _spare(self) -> int:
        """How many rows are added before it is asked which of them are kept."""
        return 0 if self._is_first_come else MOST_HELD // 4

    @property
    def _is_first_come(self) -> bool:
        """Whether the first rows are wanted, whatever they come to."""
        return self.limit is not None and not self.aims and self.ranking is None

    def _best(self, rows: Rows) -> Rows:
        """Those of some rows that can be among the ones that are wanted, in their order."""
        if not self.aims:
            return self._first(rows)
        return rows.taken(front(self.aims, rows.columns)) if len(rows) else rows

    def _first(self, rows: Rows) -> Rows:
        """The first of some rows in the order asked for, those that are refused last."""
        import numpy

        if self.ranking is not None:
            order = self.ranking.order(rows.columns)
            is_refused = rows.refused[order] > 0
            rows = rows.taken(numpy.concatenate([order[~is_refused], order[is_refused]]))
        return rows if self.limit is None else rows.taken(slice(self.limit))

    def to_dataframe(self) -> pandas.DataFrame:
        """Its rows; figures at points that the spec refuses are missing, with the reason.

        Raises:
            ArchcalcError: pandas is not installed, or there are more than MOST_HELD.
        """
        require("to_dataframe", "pandas", "pandas")
        import pandas

        rows = self.rows()
        table = pandas.DataFrame({key: rows.columns[key] for key in self.keys})
        if rows.refused.any():
            for key in self.quantities:
                table[key] = table[key].astype("Int64").mask(rows.refused > 0)
            table[REFUSED] = [self.evaluation.reasons[number] for number in rows.refused]
        return table


def sweep(
    net: Network,
    space: Mapping[str, Any],
    *,
    columns: str | Iterable[str] = FIRST_COLUMNS,
    where: str = "",
    pareto: str | Sequence[str] = (),
    sort: str = "",
    ascending: bool = False,
    limit: int | None = None,
    workers: Workers | None = None,
) -> Sweep:
    """The figures of a network at all combinations of values of its arguments and sizes.

    Args:
        net: the network, with what does not vary.
        space: the values of each: of arguments, of items of lists (`units[0]`), of sizes (`height`,
            `width`, `in_channels`; `image.height` of an input with a name), and of `input`, where a
            number is all sizes but the channels.
        columns: the quantities.
        where: which points are wanted: `macs < 5e9 and widen > 2`.
        pareto: only points that no other one is better than in these columns: larger, or smaller
            where there is a minus in front: `parameters,-macs`.
        sort: the column whose largest values come first.
        ascending: smallest first.
        limit: how many rows there are at most.
        workers: what computes: `Threads(2)` or `Cluster(address)`; a thread for each processor.

    Raises:
        ArchcalcError: a name, a value, a column or a condition is none, or numpy is not installed.
    """
    check_network(net, "sweep")
    axes = []
    openable = Openable.of(net)
    if not isinstance(space, Mapping):
        raise ArchcalcError(f"{WHAT_VARIES} {VALUES_BY_NAME}; got {quote(space)}")
    for name, values in space.items():
        if not isinstance(values, Iterable):
            raise ArchcalcError(f"{WHAT_VARIES} {VALUES_BY_NAME}; of {name} got {quote(values)}")
        given = values if isinstance(values, range) else [_value(name, v) for v in values]
        if name == INPUT and name not in net.preset.settings:
            axes.append(input_axis(given, openable))
        else:
            axes.append(SpaceAxis.of(name, given))
    return sweep_of(
        net,
        Space(axes),
        columns=columns,
        where=where,
        pareto=pareto,
        sort=sort,
        ascending=ascending,
        limit=limit,
        workers=workers,
    )


def _value(name: str, value: Any) -> Any:
    try:
        return argument_value(value)
    except ArchcalcError as error:
        raise ArchcalcError(f"{name} {error}") from None


def sweep_of(
    net: Network,
    space: Space,
    *,
    columns: str | Iterable[str] = FIRST_COLUMNS,
    where: str = "",
    pareto: str | Sequence[str] = (),
    sort: str = "",
    ascending: bool = False,
    limit: int | None = None,
    workers: Workers | None = None,
) -> Sweep:
    """The same of a space that is made already."""
    check_texts(where=where)
    check_sorted(sort, ascending)
    quantities = [check_key(key, COUNTED) for key in read_columns(columns, COUNTED)]
    known = [*space.columns, *COUNTED]
    aims = read_aims(pareto)
    for aim in aims:
        check_key(aim.key, known)
    return Sweep(
        net,
        space,
        quantities,
        read_condition(where, known, space.texts) if where else None,
        aims,
        Ranking(check_key(sort, known), ascending) if sort else None,
        limit,
        workers or Threads(),
    )
