"""Closed forms in names that decide structure, fitted as polynomials to exact values.

A polynomial through a few values of the names is right for those alone; it is taken if it is equal
at many further ones, which it does not know.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise, product
from math import ceil, comb, prod
from typing import Any

from archcalc.closed.domain import Domain
from archcalc.closed.polynomial import Polynomial
from archcalc.errors import ArchcalcError
from archcalc.formulas.fitted_domain import where_fitted

DEGREE = 4
"""The largest degree of a polynomial, that of a product of several names together."""
FURTHER = 10
"""The number of further values of each name at which a polynomial has to be equal."""
STEPS = (1, 2, 4)
"""The multiples of the steps between a spec's values that are tried, for what is rounded."""
MOST_READ = 300
"""The most values of the names together at which a network is read."""

FormsByKey = Mapping[Any, Polynomial]
ValuesOfNames = tuple[int, ...]
"""A value of each name."""
ReadAt = Callable[[Mapping[str, int]], tuple[FormsByKey, Domain]]
"""The closed forms where the names have some values, open in the other names; refuses with an
ArchcalcError."""


@dataclass(frozen=True)
class Fitted:
    """Closed forms that are exact at some values of the names, and where they hold."""

    forms: FormsByKey
    """Those that a polynomial fits; there may be others."""
    domain: Domain
    values: int
    """At how many values of the names they are exact."""


def fitted(
    names: Sequence[str], domain: Domain, read_at: ReadAt, *, with_floors: bool
) -> Fitted | None:
    """The closed forms in the names that decide structure: all of them, or those that a polynomial
    fits; None where there are none.

    Args:
        names: what decides structure.
        domain: where the closed forms hold with the network's own values of these.
        read_at: the closed forms at other values.
        with_floors: whether values between those that leave one remainder may not be left out.
    """
    own = tuple([domain.values[name] for name in names])
    some = None
    for times in STEPS[:1] if with_floors else STEPS:
        steps = tuple([domain.remainders[name].divisor * times for name in names])
        readings = _Readings(names, own, read_at)
        axes: list[list[int]] = []
        keys = [*readings.forms(own)]
        for k, name in enumerate(names):
            axes.append(readings.along(k, domain.least[name], steps[k]))
            keys = [key for key in keys if readings.is_polynomial(k, axes[k], key)]
            if len(axes[k]) <= DEGREE + FURTHER or not keys:
                break
        if len(axes[-1]) <= DEGREE + FURTHER or not keys:
            continue
        lower = [
            readings.below(k, axes[k][0], domain.least[name], steps[k])
            for k, name in enumerate(names)
        ]
        reaches = [[[*low, *axis] for low, axis in zip(lower, axes, strict=True)], axes]
        for reach in reaches if any(lower) else [axes]:
            points = _points(own, axes, reach)
            if reach is not axes:
                points |= _turns(names, domain, lower)
            forms = _through(readings, points, steps)
            if forms:
                held = [readings.read(point)[1] for point in points]
                where = where_fitted(dict(zip(names, steps, strict=True)), domain, held)
                some = Fitted(forms, where, len(points))
                if forms.keys() == readings.forms(own).keys():
                    return some
    return some


class _Readings:
    """What a network gives at values of the names, each read once."""

    def __init__(self, names: Sequence[str], own: ValuesOfNames, read_at: ReadAt):
        self.names, self.own, self.read_at = names, own, read_at
        self.found: dict[ValuesOfNames, tuple[FormsByKey, Domain]] = {}

    def read(self, point: ValuesOfNames) -> tuple[FormsByKey, Domain]:
        """The closed forms at a point, and where they hold.

        Raises:
            ArchcalcError: the spec refuses it.
        """
        if point not in self.found:
            self.found[point] = self.read_at(dict(zip(self.names, point, strict=True)))
        return self.found[point]

    def forms(self, point: ValuesOfNames) -> FormsByKey:
        """The closed forms at a point; refused as by `read`."""
        return self.read(point)[0]

    def is_read(self, k: int, value: int) -> bool:
        """Whether the spec takes a value of one name, with the own values of the others."""
        try:
            self.read(_with(self.own, k, value))
        except ArchcalcError:
            return False
        return True

    def along(self, k: int, least: int, step: int) -> list[int]:
        """Values of one name from the lowest one near the network's own on, which are read with
        the own values of the others."""
        own = self.own[k]
        first = own - (own - max(least, own - FURTHER * step)) // step * step
        values: list[int] = []
        for value in range(first, own + (DEGREE + 1 + FURTHER) * step, step):
            if not self.is_read(k, value):
                if values:
                    break
                continue
            values.append(value)
            if value >= first + (DEGREE + FURTHER) * step and value >= own + DEGREE * step:
                break
        return values

    def is_polynomial(self, k: int, axis: Sequence[int], key: Any) -> bool:
        """Whether the values of a form along the axis of one name are those of a polynomial."""
        found = [self.forms(_with(self.own, k, value)).get(key) for value in axis]
        forms = [form for form in found if form is not None]
        for _ in range(DEGREE + 1):
            forms = [after - before for before, after in pairwise(forms)]
        return len(forms) + DEGREE + 1 == len(found) and not any(forms)

    def below(self, k: int, near: int, least: int, step: int) -> range:
        """All values of one name below those near the own one, from the first on that is read."""
        values = range(near - (near - least) // step * step, near, step)
        read = (i for i, value in enumerate(values[:FURTHER]) if self.is_read(k, value))
        return values[next(read, len(values)) :]


def _with(point: ValuesOfNames, k: int, value: int) -> ValuesOfNames:
    return (*point[:k], value, *point[k + 1 :])


def _points(
    own: ValuesOfNames, axes: Sequence[Sequence[int]], reach: Sequence[Sequence[int]]
) -> set[ValuesOfNames]:
    """Where polynomials have to be equal: along the axis of each name, at the lowest and the
    highest values of all, and at random ones within their reach."""
    drawn = random.Random(0)
    along = [_with(own, k, value) for k, axis in enumerate(axes) for value in axis]
    corners = [tuple([axis[i] for axis in reach]) for i in (0, -1)]
    further = [tuple(map(drawn.choice, reach)) for _ in range(FURTHER * len(reach))]
    return {*along, *corners, *further}


def _turns(names: Sequence[str], domain: Domain, lower: Sequence[range]) -> set[ValuesOfNames]:
    """The lower values of names at which a condition of the spec begins or ceases to hold: those
    that are drawn may all miss the one of `depth == 55`."""
    own = tuple([domain.values[name] for name in names])
    found = set()
    for k, name in enumerate(names):
        for form, relation in domain.conditions:
            near = [form.evaluate({**domain.values, name: own[k] - i}) for i in range(3)]
            step = near[0] - near[1]
            if relation != "==" and step == near[1] - near[2] != 0:
                turn = ceil(own[k] - Fraction(near[0]) / step)
                found |= {_with(own, k, n) for n in (turn - 1, turn) if n in lower[k]}
    return found


def _through(
    readings: _Readings, points: set[ValuesOfNames], steps: ValuesOfNames
) -> FormsByKey | None:
    """The polynomials in the names through a few points from the own values on, of the least degree
    with which all are equal at all points, to which these few are added; of the largest degree
    those that are, where not all are."""
    own, names = readings.own, readings.names
    keys = readings.forms(own).keys()
    equal: FormsByKey | None = None
    try:
        for degree in range(1, DEGREE + 1):
            orders = list(_orders(len(names), degree))
            if len(points) + len(orders) > MOST_READ:
                break
            points |= {_moved(own, order, steps) for order in orders}
            if any(readings.forms(point).keys() != keys for point in points):
                break
            near = {order: readings.forms(_moved(own, order, steps)) for order in orders}
            basis = {order: _basis(order, own, steps, names) for order in orders}
            found = {
                key: sum(
                    (basis[o] * _difference({at: near[at][key] for at in near}, o) for o in orders),
                    Polynomial({}),
                )
                for key in keys
            }
            equal = _equal(found, readings, points)
            if len(equal) == len(keys):
                break
    except ArchcalcError:
        return None
    return equal


def _equal(found: FormsByKey, readings: _Readings, points: Iterable[ValuesOfNames]) -> FormsByKey:
    """Those of fitted forms that are what was read at all points."""
    equal = dict(found)
    for point in points:
        if not equal:
            break
        numbers = zip(readings.names, point, strict=True)
        values = {name: Polynomial.constant(number) for name, number in numbers}
        for key, form in readings.forms(point).items():
            if key in equal and equal[key].substituted(values) != form:
                del equal[key]
    return equal


def _orders(names: int, degree: int) -> Iterator[ValuesOfNames]:
    """The powers of names with a sum of at most so many.

    >>> list(_orders(2, 1))
    [(0, 0), (0, 1), (1, 0)]
    """
    for order in product(range(degree + 1), repeat=names):
        if sum(order) <= degree:
            yield order


def _moved(own: ValuesOfNames, order: ValuesOfNames, steps: ValuesOfNames) -> ValuesOfNames:
    return tuple([n + k * step for n, k, step in zip(own, order, steps, strict=True)])


def _difference(near: Mapping[ValuesOfNames, Polynomial], order: ValuesOfNames) -> Polynomial:
    """The forward difference of an order: along each name so many steps.

    >>> values = {(0,): 1, (1,): 4, (2,): 9}
    >>> _difference({at: Polynomial.constant(n) for at, n in values.items()}, (2,)).value
    2
    """
    total = Polynomial({})
    for at in product(*(range(k + 1) for k in order)):
        sign = (-1) ** (sum(order) - sum(at))
        total = total + near[at] * (sign * prod(map(comb, order, at)))
    return total


def _basis(
    order: ValuesOfNames, own: ValuesOfNames, steps: ValuesOfNames, names: Sequence[str]
) -> Polynomial:
    """What a forward difference is multiplied by, after Newton: for each name the binomial
    coefficient of its steps from the own value, over its order."""
    form = Polynomial.constant(1)
    for k, n, step, name in zip(order, own, steps, names, strict=True):
        for i in range(k):
            form = form * (Polynomial.of(name) - (n + i * step)) * Fraction(1, step * (i + 1))
    return form
