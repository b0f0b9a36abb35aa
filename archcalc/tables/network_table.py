"""The overview: one row a network."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial
from itertools import chain, groupby
from typing import Any

from archcalc import figures
from archcalc.errors import ArchcalcError, check_texts, did_you_mean, parameter, quote
from archcalc.formats import Column, Row, Table
from archcalc.names.variants import between_commas
from archcalc.network import Network
from archcalc.quantities import QUANTITIES, quantity
from archcalc.quantities.quantity import COUNTS, LARGE_COUNTS, columns_of_pairs
from archcalc.tables.choosing import check_columns, in_order, read_condition
from archcalc.tables.network_row import ERROR, FIGURES, IF_UNKNOWN, Asked, NetworkRow, network_row

_OWN = (
    Column("family", "family", align="left", leaves=3, in_text=False),
    Column("model", "model", align="left"),
    Column("year", "year", leaves=4, in_text=False),
    Column("input", "input", align="left", leaves=5),
)
TITLE = Column("title", "title", align="left", for_people=False)
"""The last one, since titles have commas, at which simple readers of CSV cut lines."""
IN_COUNTS = (COUNTS, LARGE_COUNTS)
"""What can be written in thousands, millions or more."""

_ERROR = Column(
    ERROR,
    "error",
    figures.error,
    heading="Top-1 error",
    note="error: ImageNet top-1 as papers print it, by a single crop where one is printed.",
)

_ALL = {
    **{column.key: column for column in _OWN},
    **quantity.columns("table"),
    ERROR: _ERROR,
    TITLE.key: TITLE,
}
_LEAVES = {"flops": 1, "activations": 2}
USUAL = (*(column.key for column in _OWN), *FIGURES, quantity.REASON.key, TITLE.key)
"""The columns that are there unless others are asked for."""
COLUMNS = {
    key: _ALL[key]._replace(leaves=_LEAVES.get(key, _ALL[key].leaves))
    for key in dict.fromkeys((*USUAL[:-1], *_ALL))
}

WITHOUT_FIGURES = {
    **dict.fromkeys(["family", "model", quantity.REASON.key, TITLE.key], "a text"),
    "input": "a shape",
}
"""The columns that no condition can compare, with what they have."""


def asked_for(
    columns: Sequence[str] = (), where: str = "", sort: str = "", *, notes: bool = True
) -> Asked:
    """What a table is to say of its networks.

    Args:
        columns: those asked for instead of the usual ones; a model or title is always among them.
        where: what networks have to meet, `parameters < 30e6 and macs < 5e9`.
        sort: the column that makes one flat list, largest first.
        notes: whether it says what the columns mean.

    Raises:
        ArchcalcError: there is no such column or condition.
    """
    if columns and not {"model", "title"} & {*columns}:
        columns = ["model", *columns]
    check_columns([*columns, *filter(None, [sort])], COLUMNS)
    condition = read_condition(where, COLUMNS, WITHOUT_FIGURES) if where else None
    return Asked(tuple(columns), sort, condition, notes)


def check_unit(unit: str, exact: bool) -> None:
    """Refuse a unit of counts that are to be exact.

    Raises:
        ArchcalcError: both are given, or the unit is no text.
    """
    check_texts(unit=unit)
    if unit and exact:
        ways = f"{parameter('unit')} or {parameter('exact')}"
        raise ArchcalcError(f"counts are in a unit or exact: give {ways}")


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
    """The table of several networks: the arguments are those of `asked_for` and `table_of`.

    Raises:
        ArchcalcError: as these.
    """
    asked = asked_for(columns, where, sort, notes=notes)
    rows = [network_row(net, asked, is_alone=len(networks) == 1) for net in networks]
    return table_of(rows, asked, ascending=ascending, exact=exact, unit=unit)


def table_of(
    rows: Sequence[NetworkRow],
    asked: Asked,
    *,
    ascending: bool = False,
    exact: bool = False,
    unit: str = "",
    refused: Sequence[str] = (),
) -> Table:
    """The table of rows: in their order under families, or flat and sorted by a column.

    Args:
        rows: what was read of each network.
        asked: what was asked for when they were read.
        ascending: smallest first.
        exact: MACs and the like to the unit, for people too, instead of three digits.
        unit: the one in which people get counts: `M`, or of some columns: `parameters=M,macs=G`.
        refused: the names of networks that were asked for too, and cannot be read so.

    Raises:
        ArchcalcError: there is no such unit.
    """
    chosen = [COLUMNS[key].asked_for() for key in asked.columns]
    if not chosen:
        chosen = [COLUMNS[key] for key in _usual(rows)]
    keys = [column.key for column in chosen]
    if asked.sort:
        chosen = _of_a_flat_list(chosen, COLUMNS[asked.sort], all_asked_for=bool(asked.columns))
    title = _title(rows)
    left_out = _named("refused, with the reasons on stderr", refused)
    if asked.condition is not None:
        unknown = [row.name for row in rows if row.is_wanted is None]
        left_out += _named("left out, without a figure to compare", unknown)
        rows = [row for row in rows if row.is_wanted]
        title = f"{len(rows)} of {title}, where {asked.condition.text}"
    if asked.sort:
        order = in_order([row.record for row in rows], asked.sort, "model", ascending=ascending)
        rows = [rows[i] for i in order]
        lines: list[Row | str] = [Row(row.shown) for row in rows]
    else:
        lines = list(_by_family(rows))
    said = _notes(chosen, rows)
    if exact:
        chosen = [_exactly(column) for column in chosen]
    else:
        chosen = _in_units(chosen, unit)
        said.append(_EXACT)
    return Table(
        title,
        chosen,
        lines,
        notes=[" ".join(said), *_about(rows)] if asked.notes else (),
        records=[_for_programs(row, asked, keys) for row in rows],
        footer=left_out,
        csv=columns_of_pairs(),
    )


def _usual(rows: Sequence[NetworkRow]) -> Sequence[str]:
    """The columns that are there unless others are asked for; beside parameters, or in their place,
    what is stored, where it is not known of a network what of it is learned."""
    known = {row.is_learning_known for row in rows}
    if False not in known:
        return USUAL
    at = USUAL.index("parameters")
    return (*USUAL[: at + (True in known)], IF_UNKNOWN, *USUAL[at + 1 :])


def _for_programs(row: NetworkRow, asked: Asked, keys: Sequence[str]) -> dict[str, Any]:
    """The columns asked for, or all that was read; what is stored only where it is a column."""
    if asked.columns:
        return {key: row.record[key] for key in keys}
    return {key: row.record[key] for key in row.record if key != IF_UNKNOWN or IF_UNKNOWN in keys}


def _named(what: str, names: Sequence[str]) -> list[str]:
    """A line on networks that are not in the table, if there are any."""
    named = ", ".join(names[:_MOST_NAMED])
    more = f" and {len(names) - _MOST_NAMED} more" if len(names) > _MOST_NAMED else ""
    return [f"{what}: {named}{more}"] if names else []


_MOST_NAMED = 5
"""The most networks that are named one by one as left out."""


def _notes(columns: Sequence[Column], rows: Sequence[NetworkRow]) -> list[str]:
    """What the columns mean, and what the figures of some networks ask to be said of them."""
    said = []
    numbers, optimizers = [row.bytes_per_number for row in rows], [row.optimizer for row in rows]
    for column in columns:
        said.append(quantity.note(column, numbers, optimizers))
        remarks = [row.remarks.get(column.key, ()) for row in rows]
        said += dict.fromkeys(chain.from_iterable(remarks))  # each once for all networks
    largest = max((row.batch for row in rows), default=1)
    if largest > 1:
        one = f"of one, macs/{largest}, in conditions too"
        said.append(f"All samples of a batch are counted: {one}.")
    return list(filter(None, said))


def _about(rows: Sequence[NetworkRow]) -> list[str]:
    """What is said of a network alone; of several, what some are set against."""
    if len(rows) == 1:
        return [f"{label}: {text}" for label, text in rows[0].about]
    return [row.against for row in rows if row.against]


_EXACT = "Exact integers: --format csv or json."


def _exactly(column: Column) -> Column:
    """A column whose figures are not rounded for people."""
    if column.key not in QUANTITIES:
        return column
    unit = QUANTITIES[column.key].unit
    return column._replace(show=unit.exact or unit.show)


def _in_units(columns: Sequence[Column], unit: str) -> list[Column]:
    """The columns with counts in the units asked for: one for all of them, or one of each key."""
    if not unit:
        return list(columns)
    taker = parameter("unit")
    counts = [key for key in COLUMNS if key in QUANTITIES and QUANTITIES[key].unit in IN_COUNTS]
    units = dict.fromkeys(counts, unit) if "=" not in unit else {}
    for part in between_commas(unit) if "=" in unit else ():
        key, _, letter = part.partition("=")
        if key not in counts:
            hint = did_you_mean(key, counts) or f"one of {', '.join(counts)}"
            raise ArchcalcError(f"{taker} is for counts, not {quote(key)}; {hint}")
        units[key] = letter
    for letter in units.values():
        if letter not in figures.COUNT_UNITS:
            known = ", ".join(figures.COUNT_UNITS)
            takes = f"{taker} takes one of {known}, or KEY=UNIT,..."
            raise ArchcalcError(f"{takes}; got {quote(letter)}")
    return [
        _in_unit(column, units[column.key]) if column.key in units else column for column in columns
    ]


def _in_unit(column: Column, unit: str) -> Column:
    """A column with its counts in a unit, which its header says."""
    return column._replace(
        header=f"{column.header} ({unit})",
        heading=f"{column.title} ({unit})",
        show=partial(figures.in_unit, unit=unit),
    )


def _title(rows: Sequence[NetworkRow]) -> str:
    """How many there are, and what the figures of all hold for, but where names say otherwise."""
    count = figures.count_of(len(rows), "network")
    shared = {name: said for row in rows for name, said in row.conditions_by_name.items()}
    is_shared = all(
        row.conditions_by_name.get(name) == said or name in row.named
        for row in rows
        for name, said in shared.items()
    )
    return ", ".join([count, *shared.values()]) if is_shared else count


def _of_a_flat_list(
    columns: Sequence[Column], sort: Column, *, all_asked_for: bool
) -> list[Column]:
    """Columns where no heading says some of them; what rows are sorted by is there and stays."""
    found = [sort.asked_for() if c.key == sort.key else c._replace(in_text=True) for c in columns]
    if sort not in columns and not all_asked_for:
        found.append(sort.asked_for())
    return found


def _by_family(rows: Sequence[NetworkRow]) -> Iterator[Row | str]:
    """Rows in their order, each run of one family and year under a heading."""
    shown = [row.shown for row in rows]
    for (family, year), members in groupby(shown, lambda data: (data["family"], data["year"])):
        yield f"{family}, {year}" if year else family
        yield from (Row(data, level=1) for data in members)
