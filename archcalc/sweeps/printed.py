"""A sweep as commands print it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from archcalc.figures import count_of
from archcalc.formats import Column, Row, Table
from archcalc.graph import INPUT
from archcalc.ops.fields import written
from archcalc.quantities import QUANTITIES
from archcalc.sweeps.blocks import Rows, Task, joined_rows
from archcalc.sweeps.evaluation import Evaluation
from archcalc.sweeps.solving import Solution, said_value
from archcalc.sweeps.sweeping import REFUSED, Sweep

MOST_ROWS_SHOWN = 20
"""How many rows Python shows of a sweep."""
MOST_REASONS = 3
"""How many reasons for which a spec refuses points are said."""


def sweep_table(found: Sweep, rows: Rows) -> Table:
    """The rows of a sweep, as tables have them; people read apart how many points were refused."""
    columns = [_column(key) for key in found.keys]
    keys = [column.key for column in columns]
    has_refused = not found.is_chosen
    if has_refused:
        columns.append(Column(REFUSED, REFUSED, align="left", for_people=False))
    reasons = found.evaluation.reasons
    lists = [rows.columns[key].tolist() for key in keys]
    records = []
    for values, number in zip(zip(*lists, strict=True), rows.refused.tolist(), strict=True):
        record: dict[str, Any] = dict(zip(keys, values, strict=True))
        if number:
            record |= dict.fromkeys(set(keys) - found.space.columns.keys())
        if has_refused:
            record[REFUSED] = reasons[number] if number else None
        records.append(record)
    shown = [Row(record) for record in records if not record.get(REFUSED)]
    net = found.network
    conditions = net.conditions_beside(found.space.columns)
    title = f"{net.heading()}, {conditions}\n{summary(found)}"
    return Table(title, columns, shown, notes=refusals(found), records=records)


def first_rows(found: Sweep) -> Table:
    """The first rows of a sweep: of all points without more of it than they take."""
    if found.has_all_points:
        rows, many, what = _begun(found), found.space.size, "more point"
    else:
        rows = found.rows()
        many, what = len(rows), "more row"
    table = sweep_table(found, rows.taken(slice(MOST_ROWS_SHOWN)))
    more = many - MOST_ROWS_SHOWN
    return replace(table, footer=[f"and {count_of(more, what)}"] if more > 0 else [])


def _begun(found: Sweep) -> Rows:
    """Enough blocks of all points, or all of them."""
    task, held, count = Task(found.evaluation, None, is_chosen=False), [], 0
    for block in found.space.blocks():
        held.append(task.rows(block))
        count += len(held[-1])
        if count >= MOST_ROWS_SHOWN:
            break
    return joined_rows(held)


def _column(key: str) -> Column:
    if key in QUANTITIES:
        return QUANTITIES[key].column("layers")
    return Column(key, key, _plainly, align="left" if key == INPUT else "right")


def _plainly(value: Any) -> str:
    """A value of what varies, without quotation marks."""
    return value if isinstance(value, str) else written(value)


def summary(found: Sweep) -> str:
    """How many points there were, how many are wanted, and how that was computed."""
    evaluation = found.evaluation
    said = [count_of(found.space.size, "point")]
    if found.condition is not None:
        said.append(f"{found.met:,} with {found.condition.text}")
    if found.aims:
        best = " and ".join(map(str, found.aims))
        said.append(f"{found.found:,} on the Pareto front of {best}")
    return ", ".join([*said, *_computed(evaluation)])


def _computed(evaluation: Evaluation) -> list[str]:
    """How figures were computed, if there are any, and at how many points they were compared."""
    forms = [f"by {count_of(evaluation.forms, 'closed form')}"] if evaluation.forms else []
    return [*forms, f"checked at {count_of(evaluation.checked, 'point')}"]


def refusals(found: Sweep) -> list[str]:
    """How many points the spec refuses, and why."""
    refused = sum(found.refusals.values())
    if not refused:
        return []
    largest = sorted(found.refusals.items(), key=lambda pair: -pair[1])
    lines = [f"refused: {count_of(refused, 'point')}"]
    lines += [f"  {count:,} {reason}" for reason, count in largest[:MOST_REASONS]]
    more = len(largest) - MOST_REASONS
    if more > 0:
        lines.append(f"  and {count_of(more, 'other reason')}")
    return lines


def solution_table(found: Solution) -> Table:
    """A value with which a network meets a condition, between the ones beside it."""
    which = ("below", "answer", "above")
    records = [
        {**row, "holds": holds, "which": name}
        for row, holds, name in zip(found.rows, found.holds, which, strict=True)
        if row is not None
    ]
    columns = [
        *(_told_apart(_column(key), records) for key in found.sweep.keys),
        Column("holds", "holds", lambda holds: "yes" if holds else "no", align="left"),
        Column("which", "which", align="left"),
    ]
    return Table(_solved(found), columns, [Row(record) for record in records], records=records)


def _told_apart(column: Column, records: Sequence[Mapping[str, Any]]) -> Column:
    """A column, exact where different values of it would be rounded to the same text."""
    values = {record[column.key] for record in records}
    exact = QUANTITIES[column.key].unit.exact if column.key in QUANTITIES else None
    if exact is None or len({*map(column.show, values)}) == len(values):
        return column
    return column._replace(show=exact)


def _solved(found: Solution) -> str:
    net, evaluation = found.network, found.sweep.evaluation
    count, first, last = found.tried
    span = f" from {said_value(first)} to {said_value(last)}" if count > 1 else ""
    best = "smallest" if found.is_smallest else "largest"
    if found.most:
        best = f"one with the largest {found.most}"
    lines = [
        f"{net.heading()}, {net.conditions_beside([found.name])}",
        f"{found.name} {_plainly(found.value)} is the {best} where {found.condition.text}, of "
        f"{count_of(count, 'value')}{span}",
        ", ".join(_computed(evaluation)),
    ]
    if found.exception is not None:
        lines.append(
            f"it does not hold for all {'larger' if found.is_smallest else 'smaller'} "
            f"ones: not for {found.name} {_plainly(found.exception)}"
        )
    if found.untried:
        lines.append(found.untried)
    return "\n".join(lines)
