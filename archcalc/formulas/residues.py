"""Closed forms without floors: for values that leave the same remainders as the network's own."""

from __future__ import annotations

from collections.abc import Iterable
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
        divisors = dict.fromkeys(domain.values, 1)
        for form in [*forms, *(noted.form for noted in domain.conditions)]:
            for factor in form.factors():
                if isinstance(factor, Floor) and factor.divisor.is_constant:
                    for name in factor.numerator.names:
                        divisors[name] = lcm(divisors[name], int(factor.divisor.value))
        self._to_steps: dict[str, Polynomial] = {}
        self._from_steps: dict[str, Polynomial] = {}
        self.domain = Domain(domain.values)
        """The domain in which the forms hold without floors."""
        for name, divisor in divisors.items():
            rest, form = domain.values[name] % divisor, Polynomial.of(name)
            self._to_steps[name] = form * divisor + rest
            self._from_steps[name] = (form - rest) * Fraction(1, divisor)
            self.domain.least[name] = domain.least[name]
            if divisor > 1:
                self.domain.restrict(name, rest, divisor)
        for noted in domain.conditions:
            asked = condition(self.without_floors(noted.form), noted.relation)
            if self.domain.settled(asked) is None:
                self.domain.note(asked)

    def without_floors(self, form: Polynomial) -> Polynomial:
        """A form that is the same for these values, with `32·a` for a name and back."""
        changed = form.substituted(self._to_steps).substituted(self._from_steps)
        return self.domain.simplified(changed)
