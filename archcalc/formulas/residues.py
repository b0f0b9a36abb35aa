"""Closed forms without floors: for values that leave the same remainders as the network's own."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from fractions import Fraction
from math import lcm

from archcalc.closed.atoms import Floor
from archcalc.closed.condition import condition
from archcalc.closed.domain import Domain
from archcalc.closed.polynomial import Polynomial


class Residues:
    """The remainders of the network's own values by every divisor that something is rounded by.

    Args:
        forms: the closed forms that the floors are in.
        domain: where they hold.
    """

    def __init__(self, forms: Iterable[Polynomial], domain: Domain):
        all_forms = [*forms, *(noted.form for noted in domain.conditions)]
        self._values = domain.values
        self._divisors = {
            name: divisor if len(rests) == 1 else 1
            for name, (divisor, rests) in domain.remainders.items()
        }
        all_floors = dict.fromkeys(floor for form in all_forms for floor in _floors(form))
        floors = [*filter(self._is_left, all_floors)]
        common = {floor: _in_every_term(floor) for floor in floors}
        times = Counter(name for names in common.values() for name in names)
        for floor, names in common.items():
            if names:  # of a product a multiple of one factor is enough
                self._divide([max(names, key=lambda name: (times[name], name))], floor)
        for floor in floors:
            if self._is_left(floor):
                self._divide(floor.numerator.names, floor)
        self.domain = Domain(domain.values)
        """The domain in which the forms hold without floors."""
        for name, divisor in self._divisors.items():
            self.domain.least[name] = domain.least[name]
            if divisor > 1:
                self.domain.restrict(name, domain.values[name] % divisor, divisor)
        for noted in domain.conditions:
            asked = condition(self.without_floors(noted.form), noted.relation)
            if self.domain.settled(asked) is None:
                self.domain.note(asked)

    def _is_left(self, floor: Floor) -> bool:
        """Whether something is rounded down wherever the names leave these remainders."""
        form = Polynomial.of(floor)
        return any(_floors(form.substituted(self._to_steps(form.names))))

    def _divide(self, names: Iterable[str], floor: Floor) -> None:
        """Ask for values of some names that leave their own remainders by a floor's divisor."""
        for name in names:
            self._divisors[name] = lcm(self._divisors[name], int(floor.divisor.value))

    def _to_steps(self, names: Iterable[str]) -> dict[str, Polynomial]:
        """What some names are in whole steps of their divisors."""
        divisors = {name: self._divisors[name] for name in names}
        return {
            name: Polynomial.of(name) * divisor + self._values[name] % divisor
            for name, divisor in divisors.items()
        }

    def _from_steps(self, names: Iterable[str]) -> dict[str, Polynomial]:
        """How many of these steps some names are."""
        divisors = {name: self._divisors[name] for name in names}
        return {
            name: (Polynomial.of(name) - self._values[name] % divisor) * Fraction(1, divisor)
            for name, divisor in divisors.items()
        }

    def without_floors(self, form: Polynomial) -> Polynomial:
        """A form that is the same for these values, with `32·a` for a name and back."""
        stepped = form.substituted(self._to_steps(form.names))
        changed = stepped.substituted(self._from_steps(form.names))
        return self.domain.simplified(changed)


def _floors(form: Polynomial) -> Iterator[Floor]:
    """The quotients by numbers that a form rounds down."""
    for factor in form.factors():
        if isinstance(factor, Floor) and factor.divisor.is_constant:
            yield factor


def _in_every_term(floor: Floor) -> list[str]:
    """The names that are a factor of every term that a floor rounds, but of a number."""
    terms = [monomial for monomial in floor.numerator.terms if monomial]
    return [factor for factor in set(terms[0]).intersection(*terms) if isinstance(factor, str)]
