"""What a table of networks reads of each: its row, which holds no nodes.

So a row can be read in another process than the one that prints the table.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from archcalc.analysis.memory import Optimizer
from archcalc.language.expand import input_of
from archcalc.names import catalog
from archcalc.network import Network
from archcalc.quantities import quantity
from archcalc.tables.about import about, compared, set_against
from archcalc.tables.choosing import RowCondition

FIGURES = ("parameters", "macs", "flops", "activations", "depth", "receptive_field")
"""The quantities that are read unless others are asked for."""
ERROR = "error"
"""The key of what no spec says, but papers state: a network's error on ImageNet, in percent."""
IF_UNKNOWN = "stored"
"""What is read beside them, for networks of which nobody says what they learn."""


class Asked(NamedTuple):
    """What a table is to say of its networks."""

    columns: tuple[str, ...] = ()
    """The keys of the columns asked for; none for the usual ones."""
    sort: str = ""
    """The key of the column by which rows are sorted, if they are."""
    condition: RowCondition | None = None
    """What networks have to meet."""
    notes: bool = True
    """Whether it says what the columns mean and what the specs say of the networks."""

    @property
    def quantities(self) -> list[str]:
        """The quantities that it shows or sorts by."""
        keys = (*(self.columns or (*FIGURES, IF_UNKNOWN)), self.sort)
        return quantity.quantities_of(keys)


class NetworkRow(NamedTuple):
    """One network, as tables of several show it."""

    name: str
    is_wanted: bool | None
    """Whether it meets the condition; None where it has no figure to compare."""
    record: Mapping[str, Any]
    """What programs get of it."""
    shown: Mapping[str, Any]
    """What people get of it: values that the columns write."""
    remarks: Mapping[str, Sequence[str]]
    """The sentences that some of its quantities ask to be said under a table."""
    conditions_by_name: Mapping[str, str]
    """What its figures hold for, unless its name says so."""
    named: frozenset[str]
    """What its name says of how it was set."""
    is_learning_known: bool
    batch: int
    bytes_per_number: int
    optimizer: Optimizer
    about: Sequence[tuple[str, str]]
    """What its spec says of it, each sentence with its label, should it be the only one."""
    against: str
    """What it costs against the network that it is set against, if there is one."""

    def called(self, name: str, named: Collection[str]) -> NetworkRow:
        """The row under another name, which says how some things were set."""
        return self._replace(
            name=name,
            record={**self.record, "model": name},
            shown={**self.shown, "model": name},
            conditions_by_name={
                key: said for key, said in self.conditions_by_name.items() if key not in named
            },
            named=self.named.union(named),
        )


def network_row(net: Network, asked: Asked, *, is_alone: bool = False) -> NetworkRow:
    """What a table that is asked for reads of a network, which may be the only one.

    Raises:
        ArchcalcError: the condition compares what is no figure.
    """
    keys = asked.quantities
    record = _record(net, keys)
    if ERROR in (*asked.columns, asked.sort):
        record[ERROR] = _error(net)
    is_wanted: bool | None = True
    if asked.condition is not None:
        compared_by = _record(net, quantity.quantities_of(asked.condition.keys))
        if ERROR in asked.condition.keys:
            compared_by[ERROR] = _error(net)
        is_wanted = asked.condition.holds(compared_by)
    is_told = asked.notes and bool(is_wanted)
    return NetworkRow(
        net.name,
        is_wanted,
        record,
        {**record, **{key: getattr(net, key) for key in keys}},
        quantity.remarks(net, keys) if is_told else {},
        net.conditions_by_name,
        net.named,
        net.is_learning_known,
        net.batch,
        net.bytes_per_number,
        net.optimizer,
        about(net) if is_told and (is_alone or asked.condition is not None) else (),
        _against(net) if is_told and not is_alone else "",
    )


def _record(net: Network, keys: Sequence[str]) -> dict[str, Any]:
    """What programs get of a network: which one it is, and these of its quantities."""
    return {
        "model": net.name,
        "family": net.family,
        "year": net.year,
        "input": net.input,
        **quantity.record(net, keys),
        "title": net.title,
    }


def _error(net: Network) -> Fraction | None:
    """What papers print for a network as it is defined; for one set otherwise nothing."""
    from archcalc.claims.measured import top1_errors  # which reads ledgers, and is seldom asked for

    if net.origin or net.settings or net.name not in top1_errors():
        return None
    is_as_defined = net.input == input_of(*catalog.find(net.name), {})
    return top1_errors()[net.name] if is_as_defined else None


def _against(net: Network) -> str:
    """What a study costs against its reference; empty where a network has none."""
    reference = set_against(net)
    if reference is None:
        return ""
    return f"{net.name} against {reference.name}: {compared(net, reference)}"
