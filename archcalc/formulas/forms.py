"""The closed forms of a network's quantities: read, or fitted where they cannot be read."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from archcalc.closed.domain import Domain
from archcalc.closed.number import Open
from archcalc.closed.polynomial import Polynomial
from archcalc.errors import ArchcalcError
from archcalc.formulas.breakdown import Share, by_map, by_stage, form_of
from archcalc.formulas.fit import fitted
from archcalc.formulas.openable import Openable
from archcalc.formulas.residues import Residues

Grouping = Literal["", "stage", "map"]


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
        change = residues.without_floors
        return Forms(
            {quantity: change(form) for quantity, form in self.quantities.items()},
            {
                quantity: [s.changed(change) for s in found]
                for quantity, found in self.shares.items()
            },
            residues.domain,
            self.fit,
        )

    def flat(self) -> dict[Any, Polynomial]:
        """All forms in one table."""
        found: dict[Any, Polynomial] = dict(self.quantities)
        for quantity, shares in self.shares.items():
            found |= {(quantity, share.name, share.sizes): share.form for share in shares}
        return found

    def fitted(self, forms: Mapping[Any, Polynomial], domain: Domain, fit: Fit) -> Forms:
        """The forms fitted in some names, from a table as `flat` gives it."""
        return Forms(
            {quantity: forms[quantity] for quantity in self.quantities},
            {
                quantity: [s._replace(form=forms[quantity, s.name, s.sizes]) for s in shares]
                for quantity, shares in self.shares.items()
            },
            domain,
            fit,
        )


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
            found = self._fitted(found, floors=floors)
        return found if floors else found.without_floors()

    def read(self, fixed: Mapping[str, int]) -> Forms:
        """The closed forms with fixed values for some of the names.

        Raises:
            SpecError: the spec refuses these.
        """
        domain = Domain({n: fixed.get(n, self.openable.value(n)) for n in self.names})
        numbers = {n: fixed[n] if n in fixed else Open.of(n, domain) for n in self.names}
        net = self.openable.read(numbers)
        part: Any = net[self.layer] if self.layer else net
        forms = {quantity: form_of(getattr(part, quantity)) for quantity in self.quantities}
        shares: dict[str, list[Share]] = {}
        if self.by == "stage":
            broken = ["macs"] if "macs" in forms else self.quantities
            shares = {quantity: by_stage(part, quantity) for quantity in broken}
        elif self.by == "map" and "macs" in forms:
            shares = {"macs": by_map(part)}
        return Forms(forms, shares, domain)

    def _fitted(self, found: Forms, *, floors: bool) -> Forms:
        what = next(iter(found.domain.pinned.values()))
        names = sorted(frozenset().union(*(form.names for form in found.domain.pinned)))
        called = self.openable.network.name

        def read_at(values: Mapping[str, int]) -> tuple[dict[Any, Polynomial], Domain]:
            at = self.read(values)
            return at.flat(), at.domain

        fit = fitted(names, found.domain, read_at, with_floors=floors)
        if fit is None:
            refusal = f"{names[0]} cannot stay open in {called}: it decides {what}"
            if len(names) > 1:
                all_of_them = f"{', '.join(names)} cannot all stay open in {called}"
                refusal = f"{all_of_them}: {names[0]} decides {what}"
            hint = "; one may where fewer names are open" if len(self.names) > 1 else ""
            raise ArchcalcError(f"{refusal}, and no polynomial fits{hint}")
        return found.fitted(fit.forms, fit.domain, Fit(tuple(names), fit.values))
