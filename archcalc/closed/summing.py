"""Sums over the copies of a block that each take a larger tensor than the one before.

What one copy comes to is read once, with the copy's number as one more open name, and counted as
often as another name says that stands for how many copies there are. Put together, both are gone:

>>> domain = Domain({"n": 5}, has_sums=True)
>>> number, copies = domain.each(Polynomial.of("n") - 1, 4)
>>> c, of_each = Polynomial.of("c"), Polynomial.of(number) * 3 + 2
>>> Summed(domain).form(c + Polynomial.of(copies) * of_each) == c + Polynomial(
...     {("n", "n"): Fraction(3, 2), ("n",): Fraction(-5, 2), (): 1}
... )
True
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from math import comb

from archcalc.closed.condition import condition
from archcalc.closed.domain import Domain
from archcalc.closed.polynomial import Atom, Monomial, Polynomial


class NoSum(Exception):
    """A form, or a condition on it, depends on the number of a copy otherwise than as a sum of
    powers of it."""


class Summed:
    """The closed forms and conditions of a domain without the numbers of copies.

    Raises:
        NoSum: a condition does not hold for all copies, or is not seen to.
    """

    def __init__(self, domain: Domain):
        self._sums = [*reversed(domain.sums.items())]  # copies within copies come first
        inner = {name for number, each in domain.sums.items() for name in (number, each.copies)}
        self.domain = Domain({n: v for n, v in domain.values.items() if n not in inner})
        """The domain of the names that are left."""
        self.domain.least |= {n: v for n, v in domain.least.items() if n not in inner}
        for number, each in domain.sums.items():
            if domain.least[number] > 0:
                raise NoSum
            if domain.least[each.copies] > 0:
                self._note(domain, Polynomial.of(each.copies) - domain.least[each.copies], ">=")
        for noted in domain.conditions:
            self._note(domain, *noted)
        for form, what in domain.pinned.items():
            if form.names & inner:
                raise NoSum
            self.domain.pinned[form] = what

    def form(self, form: Polynomial) -> Polynomial:
        """A form in which what each copy comes to is summed.

        Raises:
            NoSum: it has no such sum.
        """
        for number, (copies, count) in self._sums:
            result = Polynomial({})
            for monomial, coefficient in form.terms.items():
                result = result + _summed(monomial, number, copies, count) * coefficient
            form = result
        return form

    def _note(self, domain: Domain, form: Polynomial, relation: str) -> None:
        """Note a condition for the names that are left: that it holds for the first and the last
        copy, between which a sum of multiples of the number has all its values."""
        forms = [form]
        for number, (copies, count) in self._sums:
            ends = []
            for one in forms:
                one = one.substituted({copies: count})
                if number not in one.names:
                    ends.append(one)
                elif relation == ">=" and _is_linear(one, number):
                    ends += [one.substituted({number: end}) for end in (_ZERO, count - 1)]
                else:
                    raise NoSum
            forms = ends
        for one in forms:
            asked = condition(one, relation)
            if self.domain.settled(asked) is None and asked.holds(self.domain.values):
                self.domain.note(asked)
            elif self.domain.settled(asked) is not True:
                raise NoSum


_ZERO = Polynomial({})


def _is_linear(form: Polynomial, number: str) -> bool:
    """Whether a form has a name only as a factor of terms, at most once in each."""
    return all(
        monomial.count(number) <= 1 and not _is_inside(monomial, number) for monomial in form.terms
    )


def _is_inside(monomial: Monomial, name: str) -> bool:
    """Whether an atom among the factors depends on a name."""
    atoms = (factor for factor in monomial if isinstance(factor, Atom))
    return any(name in part.names for atom in atoms for part in atom.parts)


def _summed(monomial: Monomial, number: str, copies: str, count: Polynomial) -> Polynomial:
    """A product summed over copies, where their number of copies is a factor of it."""
    if _is_inside(monomial, number) or _is_inside(monomial, copies):
        raise NoSum
    power, times = monomial.count(number), monomial.count(copies)
    if not times and not power:
        return Polynomial({monomial: 1})
    if times != 1:
        raise NoSum
    others = Polynomial({tuple(f for f in monomial if f not in (number, copies)): 1})
    return others * _powers(power).substituted({"n": count})


@lru_cache(maxsize=64)
def _powers(power: int) -> Polynomial:
    """The sum of a power of the numbers from 0 to n - 1, after Pascal.

    >>> _powers(1).evaluate({"n": 5}), _powers(2).evaluate({"n": 5})
    (10, 30)
    """
    result = Polynomial({("n",) * (power + 1): 1})
    for lower in range(power):
        result = result - _powers(lower) * comb(power + 1, lower)
    return result * Fraction(1, power + 1)
