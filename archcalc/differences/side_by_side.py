"""Several networks against the first of them.

>>> from archcalc.network import load
>>> found = compare(load("resnet50"), load("resnet50-v1.5"))
>>> found.values("macs"), found.pairs[0].arguments
([3857973248, 4089184256], [('strides', (2, 1), (1, 2))])
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, get_args

from archcalc.differences.pair import NetworkPair, Sections
from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.formulas import Formula, formula
from archcalc.names.variants import separated
from archcalc.network import Network
from archcalc.parts.checks import check_learning_known, check_network
from archcalc.parts.drawing import PrintedResult
from archcalc.quantities import QUANTITIES
from archcalc.quantities.quantity import Quantity
from archcalc.selection.distinct_names import distinct_name

if TYPE_CHECKING:
    import pandas

USUAL = ("parameters", "macs", "activations", "memory_peak", "depth", "receptive_field")
"""The quantities that are compared unless others are asked for."""


@dataclass(frozen=True, repr=False)
class SideBySide(PrintedResult):
    """Networks next to each other; the first is the reference."""

    networks: tuple[Network, ...]
    quantities: tuple[Quantity, ...]
    by: Sections | None = None
    open: tuple[str, ...] = ()
    """The names in which parameters and MACs are compared as closed forms, if any."""

    def __repr__(self) -> str:
        return f"<SideBySide of {', '.join(self.names)}>"

    @cached_property
    def formulas(self) -> list[Formula]:
        """The closed forms of each network."""
        return [formula(net, self.open) for net in self.networks]

    @cached_property
    def pairs(self) -> list[NetworkPair]:
        """Each other network with the reference."""
        reference, *others = self.networks
        return [NetworkPair(reference, other, self.by) for other in others]

    def values(self, quantity: str) -> list[Any]:
        """A quantity of each network."""
        return [getattr(net, quantity) for net in self.networks]

    @cached_property
    def names(self) -> list[str]:
        """What each network is called: its name, with what was set where several have the same."""
        names = [net.name for net in self.networks]
        return [distinct_name(net, names) for net in self.networks]

    def to_dataframe(self) -> pandas.DataFrame:
        """The layers of each other network beside those of the reference, a row a layer of one or
        of both; `change` says how it differs. `archcalc.table` has a row a network.

        Raises:
            ArchcalcError: pandas is missing.
        """
        return super().to_dataframe()


def compare(
    reference: Network,
    *others: Network,
    quantities: str | Sequence[str] = USUAL,
    by: Sections | None = None,
    open: str | Sequence[str] = (),
) -> SideBySide:
    """Networks next to each other: totals, arguments, layers, and where their costs part.

    Args:
        reference: what the others are seen from.
        others: one or more.
        quantities: of the whole networks, such as `macs`.
        by: "stage", or "stride" for networks whose layers have nothing in common; without it, what
            suits each pair.
        open: names, such as `channels`, in which parameters and MACs are closed forms.

    Raises:
        ArchcalcError: there are no others, or no such quantity.
    """
    for net in (reference, *others):
        check_network(net, "compare")
    check_learning_known((reference, *others), "compare")
    if not others:
        raise ArchcalcError("compare takes at least two different networks")
    if by is not None and by not in get_args(Sections):
        raise ArchcalcError(f"by is 'stage' or 'stride', got {quote(by)}")
    named = separated(quantities)
    for name in named:
        if name not in QUANTITIES:
            hint = did_you_mean(name, QUANTITIES) or f"one of {', '.join(QUANTITIES)}"
            raise ArchcalcError(f"no quantity {quote(name)}; {hint}")
    chosen = tuple(QUANTITIES[name] for name in named)
    return SideBySide((reference, *others), chosen, by, tuple(separated(open)))
