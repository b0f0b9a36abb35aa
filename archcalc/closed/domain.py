"""Where a closed form holds: from which value each name, and under which conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from math import gcd, lcm
from operator import lt
from typing import NamedTuple

from archcalc.closed.atoms import (
    RELATIONS,
    Extremum,
    all_compared,
    extremum,
    floored,
    lone_floor,
    remainder,
)
from archcalc.closed.bounds import LARGEST_NAMED, Bounds, bounds, grows_with
from archcalc.closed.condition import LONGEST_PERIOD, Condition, Remainders, condition
from archcalc.closed.polynomial import Coefficient, Polynomial, polynomial

FormOrNumber = Polynomial | Coefficient


class Copies(NamedTuple):
    """How many copies there are, each of which is larger than the one before."""

    copies: str
    """The name that stands for it while they are read."""
    amount: Polynomial
    """What it is."""


class Domain:
    """The open names of a network, with the values that it is read at, and what has been decided.

    What structure depends on is decided by those values. A decision that is the same for all
    values of the names from their least on is no condition; every other one is noted, and the
    closed forms hold where all noted conditions do.

    Args:
        values: what each name is in the network that is read.
        has_sums: whether copies of a block may be read as one, to be summed; see
            archcalc.closed.summing.
    """

    def __init__(self, values: Mapping[str, int], *, has_sums: bool = False):
        self.values = dict(values)
        """What each name is in the network that is read."""
        self.least = {name: min(1, value) for name, value in values.items()}
        """The value that each name has at least."""
        self.conditions: dict[Condition, None] = {}
        """What holds beside; in the order of noting."""
        self.pinned: dict[Polynomial, str] = {}
        """The forms that had to be one number, with what each decides."""
        self.has_sums = has_sums
        self.sums: dict[str, Copies] = {}
        """The names that stand for the number of each copy, from 0 on."""
        self._bounds: dict[Polynomial, Bounds] = {}
        self._settled: dict[tuple[FormOrNumber, str, FormOrNumber], bool] = {}
        self._floored: dict[tuple[FormOrNumber, FormOrNumber], Polynomial] = {}

    def settled(self, condition: Condition) -> bool | None:
        """Whether a condition holds everywhere, or nowhere; None where that depends."""
        form, relation = condition
        if form.is_constant:
            return RELATIONS[relation](form.value)
        if condition in self.conditions:
            return True
        if condition.negated in self.conditions:
            return False
        least, most = self.bounds(form)
        match relation:
            case ">=":
                if least is not None and least >= 0:
                    return True
                if most is not None and most < 0:
                    return False
            case _:
                beside = (least is not None and least > 0) or (most is not None and most < 0)
                if beside or _is_never_0(form):
                    return relation == "!="
        return None

    def compared(self, left: FormOrNumber, relation: str, right: FormOrNumber) -> bool | Condition:
        """Whether a form stands so to another; the condition that it does, where that depends."""
        key = (left, relation, right)
        found = self._settled.get(key)  # what is settled stays so, whatever is noted
        if found is None:
            asked = condition(polynomial(left) - right, relation)
            found = self.settled(asked)
            if found is None:
                return asked
            self._settled[key] = found
        return found

    def bounds(self, form: Polynomial) -> Bounds:
        """Between which numbers a form lies."""
        found = self._bounds.get(form)  # the least values only grow, so that old bounds stay true
        if found is None:
            found = self._bounds[form] = bounds(form, self.least)
        return found

    def floored(self, a: FormOrNumber, b: FormOrNumber) -> Polynomial:
        """The quotient of two forms rounded down; a floor of a floor is one where what they are
        divided by is above 0 wherever the names are."""
        found = self._floored.get((a, b))
        if found is None:
            found = self._floored[a, b] = self._rounded_down(polynomial(a), polynomial(b))
        return found

    def _rounded_down(self, a: Polynomial, b: Polynomial) -> Polynomial:
        inner = lone_floor(a)
        if inner and self._is_positive(b) and self._is_positive(inner.divisor):
            rest = a - Polynomial.of(inner)  # x//a + b over d is x + a·b over a·d
            if rest.is_whole:
                return self.floored(inner.numerator + rest * inner.divisor, inner.divisor * b)
        return floored(a, b)

    def _is_positive(self, form: Polynomial) -> bool:
        """Whether a form is a whole number above 0 wherever the names are."""
        least, _ = self.bounds(form)
        return form.is_whole and least is not None and least > 0

    def remainder(self, a: FormOrNumber, b: FormOrNumber) -> Polynomial:
        """What the quotient rounded down leaves."""
        return polynomial(a) - self.floored(a, b) * polynomial(b)

    def extremum(self, name: str, forms: Iterable[Polynomial]) -> Polynomial:
        """The smallest or largest of forms, without those that another one is never above, or
        below, wherever the names are."""
        kept: list[Polynomial] = []
        seen: dict[Polynomial, list[Coefficient]] = {}
        """What each comes to at a few points, where most show that they cross."""
        places = self._places()
        for form in all_compared(name, forms):
            seen[form] = [form.evaluate(place) for place in places]
            if not any(self._is_beyond(name, other, form, seen) for other in kept):
                kept = [other for other in kept if not self._is_beyond(name, form, other, seen)]
                kept.append(form)
        return extremum(name, kept)

    def _places(self) -> list[Mapping[str, int]]:
        """The values, the least ones, and the values with one of them twice as large."""
        twice = [{**self.values, name: 2 * value + 1} for name, value in self.values.items()]
        return [self.values, {**self.values, **self.least}, *twice]

    def _is_beyond(
        self,
        name: str,
        a: Polynomial,
        b: Polynomial,
        seen: Mapping[Polynomial, Sequence[Coefficient]],
    ) -> bool:
        above, below = (a, b) if name == "max" else (b, a)
        if any(map(lt, seen[above], seen[below])):
            return False
        least, _ = self.bounds(above - below)
        if least is not None and least >= 0:
            return True
        return bool(self.conditions) and condition(above - below, ">=") in self.conditions

    def simplified(self, form: Polynomial) -> Polynomial:
        """A form in which extrema, unless they are inside floors, are of as few as here can be."""
        result = Polynomial({})
        for monomial, coefficient in form.terms.items():
            term = Polynomial.constant(coefficient)
            for factor in monomial:
                match factor:
                    case Extremum(name=name, forms=forms):
                        term *= self.extremum(name, forms)
                    case _:
                        term *= Polynomial.of(factor)
            result += term
        return result

    def note(self, condition: Condition) -> None:
        """A condition that holds at the values, and is asked of all others from now on."""
        if condition.relation == ">=":
            name = grows_with(condition.form, self.least)
            if name is not None:
                self.least[name] = self._least(name, condition)
                self._bounds.clear()
                return
        self.conditions[condition] = None

    def pin(self, form: Polynomial, value: Coefficient, what: str) -> None:
        """That a form has its value, since what it decides cannot be open."""
        self.pinned.setdefault(form, what)
        asked = condition(form - value, "==")
        if self.settled(asked) is None:
            self.conditions[asked] = None

    def each(self, count: Polynomial, value: int) -> tuple[str, str]:
        """Two further names: for the number of each of so many copies, which is that of the last
        one in the network that is read, and for how many they are."""
        number = f"#{len(self.sums) + 1}"
        copies = f"{number} copies"
        self.sums[number] = Copies(copies, count)
        self.values |= {number: value - 1, copies: value}
        self.least |= {number: 0, copies: 0}
        return number, copies

    def restrict(self, name: str, rest: int, divisor: int) -> None:
        """Only values of a name that leave this remainder."""
        self.least[name] = Remainders(divisor, frozenset([rest])).next(self.least[name])
        form = remainder(Polynomial.of(name) - rest, divisor)
        self.conditions[condition(form, "==")] = None

    def _least(self, name: str, condition: Condition) -> int:
        """The least value of a name with which a condition holds that stays so from there on."""
        low, high = self.least[name], self.values[name]
        while low < high:
            middle = (low + high) // 2
            if condition.holds({name: middle}):
                high = middle
            else:
                low = middle + 1
        return low

    def holds(self, values: Mapping[str, int]) -> bool:
        """Whether closed forms that were read here hold for these values of the names."""
        return all(
            least <= values[name] <= LARGEST_NAMED for name, least in self.least.items()
        ) and all(condition.holds(values) for condition in self.conditions)

    @property
    def remainders(self) -> dict[str, Remainders]:
        """The remainders that each name may leave; by 1 where it may leave all."""
        return self._told[0]

    @property
    def others(self) -> list[Condition]:
        """The conditions that neither least values nor remainders say."""
        return self._told[1]

    @property
    def _told(self) -> tuple[dict[str, Remainders], list[Condition]]:
        remainders = dict.fromkeys(self.values, Remainders(1, frozenset([0])))
        others = []
        for noted in self.conditions:
            match noted.remainders:
                case (name, one) if lcm(one.divisor, remainders[name].divisor) <= LONGEST_PERIOD:
                    remainders[name] = remainders[name].both(one)
                case _:
                    others.append(noted)
        steps = {
            name: Polynomial.of(name) * divisor + min(rests)
            for name, (divisor, rests) in remainders.items()
            if len(rests) == 1
        }
        return remainders, [noted for noted in others if not noted.follows(steps)]


def _is_never_0(form: Polynomial) -> bool:
    """Whether a form leaves a remainder by what divides all but its constant."""
    shared = gcd(*(int(c) for monomial, c in form.terms.items() if monomial))
    return bool(int(form.value) % shared)
