"""Where closed forms hold that are fitted in some names: nowhere that the spec may refuse."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from fractions import Fraction

from archcalc.closed.condition import Condition, condition
from archcalc.closed.domain import Domain
from archcalc.closed.polynomial import Polynomial


def where_fitted(steps: Mapping[str, int], domain: Domain, held: Sequence[Domain]) -> Domain:
    """Where fitted forms hold: for the other names, where all that they are fitted to do.

    Where the least value of another name depends on those that are fitted, it is a line of them, or
    they go no further than the values that were tried; so they do where a condition differs.
    """
    found = Domain(domain.values)
    for name, step in steps.items():
        found.least[name] = min(at.values[name] for at in held)
        if step > 1:
            found.restrict(name, domain.values[name] % step, step)
    is_limited = any(at.conditions.keys() != held[0].conditions.keys() for at in held)
    for other in [name for name in domain.least if name not in steps]:
        least = [at.least[other] for at in held]
        line = _line(domain, steps, held, other) if len({*least}) > 1 else None
        if line is not None:
            found.least[other] = min(least)
            found.conditions[condition(Polynomial.of(other) - line, ">=")] = None
        else:
            found.least[other] = max(least)
            is_limited |= len({*least}) > 1
    for at in held:
        found.conditions |= at.conditions
    for name in steps if is_limited else ():
        most = max(at.values[name] for at in held)
        found.conditions[condition(most - Polynomial.of(name), ">=")] = None
    for asked in _untried(domain, steps, held):
        if found.settled(asked) is None:
            found.conditions[asked] = None
    return found


def _line(
    domain: Domain, names: Iterable[str], held: Sequence[Domain], other: str
) -> Polynomial | None:
    """The least value of another name as a sum of multiples of some names, or the least one of all
    where that is more; None where it is none."""
    line = Polynomial.constant(0)
    for name in names:
        beside = [n for n in names if n != name]
        along = {
            at.values[name]: at.least[other]
            for at in held
            if all(at.values[n] == domain.values[n] for n in beside)
        }
        (before, less), (last, more) = sorted(along.items())[-2:]
        line = line + Polynomial.of(name) * Fraction(more - less, last - before)
    lowest = min(at.least[other] for at in held)
    line = line + max(
        at.least[other] - line.evaluate(at.values) for at in held if at.least[other] > lowest
    )
    is_right = all(at.least[other] == max(lowest, line.evaluate(at.values)) for at in held)
    return line if is_right else None


def _untried(domain: Domain, names: Collection[str], held: Sequence[Domain]) -> Iterator[Condition]:
    """The conditions on the names of which no value was tried where they do not hold, nor any where
    one does not that differs in a number alone, as those of a block's copies do."""
    alike: defaultdict[tuple[Polynomial, str], list[Condition]] = defaultdict(list)
    for asked in domain.conditions:
        if not asked.form.names.isdisjoint(names) and asked.remainders is None:
            rest = asked.form - asked.form.value
            alike[rest, asked.relation].append(asked)
    for conditions in alike.values():
        if all(asked.holds(at.values) for asked in conditions for at in held):
            yield from conditions
