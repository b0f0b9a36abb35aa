"""The overview: one row a network."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import Any

from archcalc import figures
from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.formats import Column, Row, Table
from archcalc.names.variants import between_commas
from archcalc.network import Network
from archcalc.quantities import QUANTITIES, quantity
from archcalc.quantities.quantity import COUNTS, LARGE_COUNTS
from archcalc.tables.about import about, compared, set_against
from archcalc.tables.choosing import RowCondition, in_order, read_condition

_OWN = (
    Column("family", "family", align="left", leaves=3, in_text=False),
    Column("model", "model", align="left"),
    Column("year", "year", leaves=4, in_text=False),
    Column("input", "input", align="left", leaves=5),
)
TITLE = Column("title", "title", align="left", for_people=False)
"""The last one, since titles have commas, at which simple readers of CSV cut lines."""
USUAL = (
    *(column.key for column in _OWN),
    *("parameters", "macs", "flops", "activations", "depth"),
    *("receptive_field", "receptive_field_note", TITLE.key),
)
"""The columns that are there unless others are asked for."""
IN_COUNTS = (COUNTS, LARGE_COUNTS)
"""What can be written in thousands, millions or more."""

_ALL = {
    **{column.key: column for column in _OWN},
    **quantity.columns("table"),
    TITLE.key: TITLE,
}
_LEAVES = {"flops": 1, "activations": 2}
COLUMNS = {
    key: replace(_ALL[key], leaves=_LEAVES.get(key, _ALL[key].leaves))
    for key in dict.fromkeys((*USUAL[:-1], *_ALL))
}


def _record(net: Network, columns: Iterable[str] = ()) -> dict[str, Any]:
    """What programs get of one network: the usual columns, and those asked for."""
    return {
        "model": net.name,
        "family": net.family,
        "year": net.year,
        "input": net.input,
        **quantity.record(net, dict.fromkeys((*USUAL, *columns))),
        TITLE.key: net.title,
    }


def network_table(
    networks: Sequence[Network],
    *,
    columns: Sequence[str] = (),
    where: str = "",
    sort: str = "",
    ascending: bool = False,
    notes: bool = True,
    exact: bool = False,
    unit: str = "",
) -> Table:
    """The table of several networks: in their order under families, or flat and sorted by a column.

    Args:
        networks: one row each.
        columns: those asked for instead of the usual ones; a model or title is always among them.
        where: what networks have to meet, `parameters < 30e6 and macs < 5e9`.
        sort: the column that makes one flat list, largest first.
        ascending: smallest first.
        notes: whether it says what the columns mean.
        exact: MACs and the like to the unit, for people too, instead of three digits.
        unit: the one in which people get counts: `M`, or of some columns: `parameters=M,macs=G`.

    Raises:
        ArchcalcError: there is no such column, condition or unit.
    """
    if columns and not {"model", "title"} & {*columns}:
        columns = ["model", *columns]
    chosen = [_column(key).asked_for() for key in columns]
    if not columns:
        chosen = [COLUMNS[key] for key in _usual(networks)]
    if sort:
        chosen = _of_a_flat_list(chosen, _column(sort), all_asked_for=bool(columns))
    read = [*(columns or _usual(networks)), *([sort] if sort else [])]
    title = _title(networks)
    left_out: Sequence[str] = ()
    if where:
        condition = read_condition(where, COLUMNS)
        of_all = len(networks)
        networks, left_out = _meeting(condition, networks)
        title = f"{len(networks)} of {title if of_all > 1 else '1 network'}, where {where}"
    records = [_record(net, read) for net in networks]
    keys = [column.key for column in chosen]
    shown = [
        {**data, **{key: getattr(net, key) for key in keys if key in QUANTITIES}}
        for data, net in zip(records, networks, strict=True)
    ]
    if sort:
        order = in_order(records, sort, "model", ascending=ascending)
        records = [records[i] for i in order]
        rows: list[Row | str] = [Row(shown[i]) for i in order]
    else:
        rows = list(_by_family(shown))
    said = quantity.notes(chosen, networks)
    if exact:
        chosen = [_exactly(column) for column in chosen]
    else:
        chosen = _in_units(chosen, unit)
        said.append(_EXACT)
    return Table(
        title,
        chosen,
        rows,
        notes=[" ".join(said), *_about(networks)] if notes else (),
        records=[{key: data[key] for key in keys} for data in records] if columns else records,
        footer=left_out,
        csv=figures.CSV,
    )


def _usual(networks: Sequence[Network]) -> Sequence[str]:
    """The columns that are there unless others are asked for; beside parameters, or in their place,
    what is stored, where it is not known of a network what of it is learned."""
    known = {net.is_learning_known for net in networks}
    if False not in known:
        return USUAL
    at = USUAL.index("parameters")
    return (*USUAL[: at + (True in known)], "stored", *USUAL[at + 1 :])


def _meeting(
    condition: RowCondition, networks: Sequence[Network]
) -> tuple[Sequence[Network], list[str]]:
    """The networks that meet a condition, and a line on those that cannot be asked."""
    answers = [condition.holds(_record(net, condition.keys)) for net in networks]
    unknown = [net.name for net, holds in zip(networks, answers, strict=True) if holds is None]
    named = ", ".join(unknown[:_MOST_NAMED])
    more = f" and {len(unknown) - _MOST_NAMED} more" if len(unknown) > _MOST_NAMED else ""
    said = [f"left out, without a figure to compare: {named}{more}"] if unknown else []
    return [net for net, holds in zip(networks, answers, strict=True) if holds], said


_MOST_NAMED = 5
"""The most networks that are named one by one as left out."""


def _about(networks: Sequence[Network]) -> list[str]:
    """What is said of a network alone; of several, what some are set against."""
    if len(networks) == 1:
        return [f"{label}: {text}" for label, text in about(networks[0])]
    pairs = ((net, set_against(net)) for net in networks)
    return [
        f"{net.name} against {reference.name}: {compared(net, reference)}"
        for net, reference in pairs
        if reference is not None
    ]


_EXACT = "Exact integers: --format csv or json."


def _exactly(column: Column) -> Column:
    """A column whose figures are not rounded for people."""
    if column.key not in QUANTITIES:
        return column
    unit = QUANTITIES[column.key].unit
    return replace(column, show=unit.exact or unit.show)


def _in_units(columns: Sequence[Column], unit: str) -> list[Column]:
    """The columns with counts in the units asked for: one for all of them, or one of each key."""
    if not unit:
        return list(columns)
    counts = [key for key in COLUMNS if key in QUANTITIES and QUANTITIES[key].unit in IN_COUNTS]
    units = dict.fromkeys(counts, unit) if "=" not in unit else {}
    for part in between_commas(unit) if "=" in unit else ():
        key, _, letter = part.partition("=")
        if key not in counts:
            hint = did_you_mean(key, counts) or f"one of {', '.join(counts)}"
            raise ArchcalcError(f"--unit is for counts, not {quote(key)}; {hint}")
        units[key] = letter
    for letter in units.values():
        if letter not in figures.COUNT_UNITS:
            known = ", ".join(figures.COUNT_UNITS)
            raise ArchcalcError(
                f"--unit takes one of {known}, or KEY=UNIT,...; got {quote(letter)}"
            )
    return [
        _in_unit(column, units[column.key]) if column.key in units else column for column in columns
    ]


def _in_unit(column: Column, unit: str) -> Column:
    """A column with its counts in a unit, which its header says."""
    return replace(
        column,
        header=f"{column.header} ({unit})",
        heading=f"{column.title} ({unit})",
        show=partial(figures.in_unit, unit=unit),
    )


def _title(networks: Sequence[Network]) -> str:
    """How many there are, and what the figures of all hold for, but where names say otherwise."""
    count = f"{len(networks)} networks" if len(networks) > 1 else "1 network"
    shared = {name: said for net in networks for name, said in net.conditions_by_name.items()}
    is_shared = all(
        net.conditions_by_name.get(name) == said or name in net.named
        for net in networks
        for name, said in shared.items()
    )
    return ", ".join([count, *shared.values()]) if is_shared else count


def _column(key: str) -> Column:
    if key not in COLUMNS:
        hint = did_you_mean(key, COLUMNS) or f"one of {', '.join(COLUMNS)}"
        raise ArchcalcError(f"no column {quote(key)}; {hint}")
    return COLUMNS[key]


def _of_a_flat_list(
    columns: Sequence[Column], sort: Column, *, all_asked_for: bool
) -> list[Column]:
    """Columns where no heading says some of them; what rows are sorted by is there and stays."""
    found = [sort.asked_for() if c.key == sort.key else replace(c, in_text=True) for c in columns]
    if sort not in columns and not all_asked_for:
        found.append(sort.asked_for())
    return found


def _by_family(shown: list[dict[str, Any]]) -> Iterator[Row | str]:
    """Rows in their order, each run of one family and year under a heading."""
    for (family, year), members in groupby(shown, lambda data: (data["family"], data["year"])):
        yield f"{family}, {year}" if year else family
        yield from (Row(data, level=1) for data in members)
