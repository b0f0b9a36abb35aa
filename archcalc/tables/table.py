"""`archcalc.table`, which chooses and reads networks as `archcalc table` does.

>>> table("lenet5", "resnet50[num_classes=10]", columns=["macs"]).records()
[{'model': 'lenet5', 'macs': 325680}, {'model': 'resnet50[num_classes=10]', 'macs': 3855945728}]
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import partial

from archcalc.errors import ArchcalcError, check_texts, quote, together
from archcalc.network import Network
from archcalc.parts.checks import how_to_follow
from archcalc.parts.conditions import BYTES_PER_NUMBER
from archcalc.selection.distinct_names import distinct_name, settings
from archcalc.selection.networks import Setup
from archcalc.selection.selected import EVERY, read_models
from archcalc.tables.choosing import check_sorted, read_columns
from archcalc.tables.network_row import NetworkRow, network_row
from archcalc.tables.network_table import COLUMNS, asked_for, check_unit, table_of
from archcalc.tables.printed import NetworkTable


def table(
    *models: str | os.PathLike[str] | Network,
    columns: str | Iterable[str] = (),
    where: str = "",
    sort: str = "",
    ascending: bool = False,
    unit: str = "",
    exact: bool = False,
    notes: bool = True,
) -> NetworkTable:
    """Networks side by side, as `archcalc table` shows them; all built-in ones if none are named.

    Args:
        models: names, patterns and files, with settings in brackets: `"resnet*"`,
            `"vgg16[num_classes=10,batch=8]"`, `"my.json"`; or what `load` gives.
        columns: keys instead of the usual columns, such as `["macs", "memory_peak"]`, or "all".
        where: only networks that meet a condition: `"parameters < 30M and macs < 5G"`.
        sort: the column that makes one flat list, largest first.
        ascending: smallest first.
        unit: for people, "K", "M", "G" or "T" for all counts, or "parameters=M,macs=G".
        exact: for people, counts and bytes in full.
        notes: whether it says what its columns mean.

    Raises:
        ArchcalcError: a model, a column, a condition or a unit is none; of several models, all that
            are refused are named.
    """
    check_texts(where=where)
    check_sorted(sort, ascending)
    check_unit(unit, exact)
    asked = asked_for(read_columns(columns, COLUMNS), where, sort, notes=notes)
    chosen = [*dict.fromkeys(each for model in models or EVERY for each in _chosen(model))]
    read = partial(network_row, asked=asked, is_alone=len(chosen) == 1)
    names = [each for each in chosen if not isinstance(each, Network)]
    by_name: dict[str, NetworkRow] = {}
    if names:
        usual = Setup({}, None, 1, BYTES_PER_NUMBER, "eval")
        found = usual.read_all(names, read)
        if found.refused:
            raise together(found.refused.values())
        by_name = dict(zip(names, found.values, strict=True))
    rows = [read(each) if isinstance(each, Network) else by_name[each] for each in chosen]
    rows = _told_apart(rows, chosen)
    return NetworkTable(table_of(rows, asked, ascending=ascending, exact=exact, unit=unit))


def _told_apart(rows: list[NetworkRow], chosen: list[str | Network]) -> list[NetworkRow]:
    """The rows, with what was set behind the names of networks that another row has too."""
    names = [row.name for row in rows]
    return [
        row.called(distinct_name(each, names), settings(each))
        if isinstance(each, Network) and names.count(row.name) > 1
        else row
        for row, each in zip(rows, chosen, strict=True)
    ]


def _chosen(model: object) -> list[str] | list[Network]:
    """The networks that a model is, by their names unless it is one."""
    if isinstance(model, Network):
        return [model]
    if isinstance(model, os.PathLike):
        return read_models([os.path.join(os.curdir, model)])
    if not isinstance(model, str):
        takes = "table takes names, files and networks, each by itself: table('resnet18', 'vgg*')"
        raise ArchcalcError(f"{takes}; got {quote(model)}{how_to_follow(model)}")
    return read_models([model])
