"""The closed forms of a network's quantities: read, or fitted where they cannot be read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Literal, NamedTuple

from archcalc.closed.domain import Domain
from archcalc.closed.number import Open
from archcalc.closed.polynomial import Polynomial
from archcalc.closed.summing import NoSum, Summed
from archcalc.errors import ArchcalcError, SpecError
from archcalc.formulas.breakdown import Share, by_map, by_stage, form_of
from archcalc.formulas.fit import FormsByKey, fitted
from archcalc.formulas.openable import Openable
from archcalc.formulas.residues import Residues
from archcalc.language.budget import Budget
from archcalc.quantities import QUANTITIES
from archcalc.quantities.quantity import Sum

MOST_FITTED = 500_000
"""The most items that a network may come to at all values together that forms are fitted to."""
Grouping = Literal["", "stage", "map"]


AT_ONCE = ("memory_peak", "memory_inference")
"""What is the most of something at once, so that what stages have of it does not add up to it."""


class Fit(NamedTuple):
    """The names that decide structure, in which closed forms are fitted, and to how many values of
    these."""

    names: tuple[str, ...]
    values: int


class Forms(NamedTuple):
    """Closed forms with what they come from and where they hold."""

    quantities: Mapping[str, Polynomial]
    shares: Mapping[str, Sequence[Share]]
    domain: Domain
    fit: Fit | None = None

    def without_floors(self) -> Forms:
        """The forms for values that leave the same remainders as the network's own."""
        residues = Residues(self.quantities.values(), self.domain)
        return self.changed(residues.without_floors, residues.domain)

    def summed(self) -> Forms:
        """The forms in which copies that were read as one are summed.

        Raises:
            NoSum: they cannot be.
        """
        sums = Summed(self.domain)
        return self.changed(sums.form, sums.domain)

    def changed(self, change: Callable[[Polynomial], Polynomial], domain: Domain) -> Forms:
        """All forms changed alike, which then hold in another domain."""
        return Forms(
            {quantity: change(form) for quantity, form in self.quantities.items()},
            {
                quantity: [s.changed(change) for s in found]
                for quantity, found in self.shares.items()
            },
            domain,
            self.fit,
        )

    def flat(self) -> FormsByKey:
        """All forms in one table, by keys that begin with the quantity."""
        found: dict[Any, Polynomial] = {(name,): form for name, form in self.quantities.items()}
        for quantity, shares in self.shares.items():
            found |= {(quantity, share.name, share.sizes): share.form for share in shares}
        return found

    def fitted(self, forms: FormsByKey, domain: Domain, fit: Fit) -> Forms:
        """The forms fitted in some names, from a table as `flat` gives it."""
        return Forms(
            {quantity: forms[quantity,] for quantity in self.quantities},
            {
                quantity: [s._replace(form=forms[quantity, s.name, s.sizes]) for s in shares]
                for quantity, shares in self.shares.items()
            },
            domain,
            fit,
        )


def are_sums(quantities: Iterable[str]) -> bool:
    """Whether quantities are sums over layers, each counted by itself, so that copies which differ
    can be read as one; what is alive at once is none."""
    return all(isinstance(QUANTITIES[quantity], Sum) for quantity in quantities)


class Question(NamedTuple):
    """What closed forms are asked of a network."""

    openable: Openable
    names: tuple[str, ...]
    layer: str
    quantities: tuple[str, ...]
    by: Grouping

    def forms(self, *, floors: bool) -> Forms:
        """The closed forms, fitted in names that decide structure.

        Raises:
            ArchcalcError: there are none, with the reason.
        """
        found = self.read({})
        pinned = found.domain.pinned
        if pinned:
            return self._fitted(found, floors=floors)
        return found if floors else found.without_floors()

    def read(self, fixed: Mapping[str, int], budget: Budget | None = None) -> Forms:
        """The closed forms with fixed values for some of the names.

        A `budget` bounds several readings together.

        Raises:
            SpecError: the spec refuses these.
        """
        values = {n: fixed.get(n, self.openable.value(n)) for n in self.names}
        domain = Domain(values, has_sums=are_sums(self.quantities))
        try:
            found = self._read(fixed, domain, budget)
            return found.summed() if domain.sums else found
        except (ArchcalcError, NoSum):
            if not domain.sums:
                raise
            return self._read(fixed, Domain(values), budget)

    def _read(self, fixed: Mapping[str, int], domain: Domain, budget: Budget | None) -> Forms:
        """The closed forms in a domain."""
        if budget is not None:
            budget.forget()
        numbers = {n: fixed[n] if n in fixed else Open.of(n, domain) for n in self.names}
        net = self.openable.read(numbers, budget)
        part: Any = net[self.layer] if self.layer else net
        forms = {quantity: form_of(getattr(part, quantity)) for quantity in self.quantities}
        shares: dict[str, list[Share]] = {}
        if self.by == "stage":
            broken = ["macs"] if "macs" in forms else self.quantities
            shares = {q: by_stage(part, q) for q in broken if q not in AT_ONCE}
        elif self.by == "map" and "macs" in forms:
            shares = {"macs": by_map(part)}
        vars(net).pop("by_word", None)  # its parts know it: such a circle would stay in memory
        return Forms(forms, shares, domain)

    def _fitted(self, found: Forms, *, floors: bool) -> Forms:
        names = sorted(frozenset().union(*(form.names for form in found.domain.pinned)))
        read = found if floors else found.without_floors()
        budget = Budget(MOST_FITTED)

        def read_at(values: Mapping[str, int]) -> tuple[FormsByKey, Domain]:
            at = self.read(values, budget)
            at = at if floors else at.without_floors()
            return at.flat(), at.domain

        try:
            fit = fitted(names, found.domain, read_at, with_floors=floors)
        except SpecError:
            if not budget.is_spent:
                raise
            fit = None
        unfit = read.flat().keys() - ({} if fit is None else fit.forms).keys()
        if budget.is_spent and (fit is None or unfit):
            raise self._too_large(names)
        if fit is None or unfit:
            raise self._refusal(found.domain, names, {key[0] for key in unfit}, floors=floors)
        return read.fitted(fit.forms, fit.domain, Fit(tuple(names), fit.values))

    def _too_large(self, names: Sequence[str]) -> ArchcalcError:
        """That it would take too long to fit forms in names that decide structure."""
        net, last = self.openable.network, names[-1]
        them = (
            f"{', '.join(names)} cannot {'all ' if len(names) > 1 else ''}stay open in {net.name}"
        )
        items = f"{MOST_FITTED:,} items at the values that forms are fitted to"
        size = f"of {len(net.nodes):,} nodes, it comes to more than {items}"
        return ArchcalcError(f"{them}: {size}; with a smaller {last} it would come to fewer")

    def _refusal(
        self, domain: Domain, names: Sequence[str], unfit: set[str], *, floors: bool
    ) -> ArchcalcError:
        """That no polynomial in the names that decide structure fits some quantities."""
        called = self.openable.network.name
        what = next(iter(domain.pinned.values()))
        refusal = f"{names[0]} cannot stay open in {called}: it decides {what}"
        if len(names) > 1:
            all_of_them = f"{', '.join(names)} cannot all stay open in {called}"
            refusal = f"{all_of_them}: {names[0]} decides {what}"
        refusal += ", and no polynomial fits"
        is_of_some = len(unfit) < len(self.quantities)
        if is_of_some:
            some = ", ".join(name for name in self.quantities if name in unfit)
            refusal += f" {some}, as one does the other quantities"
        nothing = [form for form in domain.pinned if not form.evaluate(domain.values)]
        absent = sorted(frozenset().union(*(form.names for form in nothing)))
        if absent:
            refusal += f"; one may where {' and '.join(absent)} is above 0"
        elif len(self.names) > 1 and not is_of_some:
            refusal += "; one may where fewer names are open"
            refusal += ", or without floors" if floors else ""
        return ArchcalcError(refusal)
