"""A counter's number of a network as a sum of terms: so many times a count of some kind."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from archcalc.analysis.count import Reading
from archcalc.counters.derivation import Said, Sight
from archcalc.counters.rules import Counter
from archcalc.counters.vocabulary import AMOUNTS


@dataclass(frozen=True, slots=True)
class Term:
    """So many times a count of one kind."""

    coefficient: int
    kind: str
    count: int

    @property
    def number(self) -> int:
        """What it comes to."""
        return self.coefficient * self.count

    def __str__(self) -> str:
        factor = abs(self.coefficient)
        times = f"{factor}·" if factor != 1 else ""
        return f"{times}{self.count:,} {self.kind}"


class Derived(NamedTuple):
    """What a counter says of a network."""

    counter: Counter
    number: int | None
    """None where it has a rule for something that is not written down."""
    terms: tuple[Term, ...] = ()
    """They sum to the number."""
    unknown: str = ""
    """Why there is no number."""
    parameters: int | None = None

    @property
    def counted(self) -> frozenset[str]:
        """The names of the ops of which it counts anything."""
        return frozenset(term.kind for term in self.terms if term.number)


def label(reading: Reading) -> str:
    """What a sum calls an op: `batch norm`, `max pool`."""
    return reading.op.name.replace("_", " ").removesuffix("2d")


def derived_by(counters: Iterable[Counter], readings: Mapping[Reading, int]) -> Iterator[Derived]:
    """What counters say of nodes, each with how many copies there are."""
    seen = {reading: Sight(reading) for reading in readings}
    return (_derived(counter, readings, seen) for counter in counters)


def _derived(
    counter: Counter, readings: Mapping[Reading, int], seen: Mapping[Reading, Sight]
) -> Derived:
    said = {reading: sight.said_by(counter) for reading, sight in seen.items()}
    parameters = _parameters(counter, readings, seen)
    unknown = next((each.unknown for each in said.values() if each.unknown), "")
    if unknown:
        return Derived(counter, None, (), unknown, parameters)
    number = sum(
        addend.number * times
        for reading, times in readings.items()
        for addend in said[reading].addends
    )
    terms = tuple(_terms(said, readings))
    assert sum(term.number for term in terms) == number, f"terms of {counter.name}"
    return Derived(counter, number, terms, "", parameters)


def _parameters(
    counter: Counter, readings: Mapping[Reading, int], seen: Mapping[Reading, Sight]
) -> int:
    """The parameters that a counter counts."""
    if counter.parameters == "once":
        return sum(reading.parameters * times for reading, times in readings.items())
    if counter.parameters == "leaves":
        return sum(reading.parameters_read * times for reading, times in readings.items())
    known = counter.rules.get("modules", {}).keys() | counter.others.get("modules", frozenset())
    return sum(
        reading.parameters_read * times
        for reading, times in readings.items()
        if any(name in known for name, _ in seen[reading].outside["modules"])
    )


def _terms(said: Mapping[Reading, Said], readings: Mapping[Reading, int]) -> Iterator[Term]:
    macs: Tally[str] = Tally()
    """Of each kind of op, its multiply-adds."""
    counted: dict[str, Tally[int]] = {}
    """Of each kind of op, its multiply-adds by how many times they are counted."""
    others: Tally[tuple[str, int, int]] = Tally()
    """Counts by kind, place among what is counted of an op, and coefficient."""
    for reading, times in readings.items():
        name = label(reading)
        macs[name] += reading.macs * times
        for place, addend in enumerate(said[reading].addends):
            count = addend.count * times
            if addend.amount == "macs":
                counted.setdefault(name, Tally())[addend.coefficient] += count
            else:
                kind = _kind(reading, addend.amount)
                others[kind, place, addend.coefficient] += count
    yield from _macs(macs, counted)
    yield from _merged(others)


def _kind(reading: Reading, amount: str) -> str:
    """What is counted of an op; its values, unless more go in than come out, or fewer."""
    called = AMOUNTS[amount].label
    if amount == "bias":
        return called
    if not called and reading.xs[0].elements != reading.y.elements:
        called = amount
    return f"{label(reading)} {called}".rstrip()


def _macs(macs: Tally[str], counted: Mapping[str, Tally[int]]) -> Iterator[Term]:
    """All multiply-adds with one coefficient, and what is counted otherwise as a correction."""
    by_coefficient: Tally[int] = Tally()
    for coefficients in counted.values():
        by_coefficient.update(coefficients)
    if not +by_coefficient:
        return
    usual = max(by_coefficient, key=lambda coefficient: (by_coefficient[coefficient], coefficient))
    yield Term(usual, "MACs", sum(macs.values()))
    for name, all_of_it in macs.items():
        here = counted.get(name, Tally())
        for coefficient, count in here.items():
            if coefficient != usual and count:
                yield Term(coefficient - usual, f"{name} MACs", count)
        left_out = all_of_it - sum(here.values())
        if left_out:
            yield Term(-usual, f"{name} MACs", left_out)


def _merged(others: Tally[tuple[str, int, int]]) -> Iterator[Term]:
    """Terms of one kind and count together: twice the values of a relu, as a module and a call."""
    coefficients: Tally[tuple[str, int]] = Tally()
    for (kind, _, coefficient), count in others.items():
        if count:
            coefficients[kind, count] += coefficient
    order = sorted(coefficients, key=lambda pair: pair[0] != "bias")
    for kind, count in order:
        if coefficients[kind, count]:
            yield Term(coefficients[kind, count], kind, count)


def written_sum(derived: Derived) -> str:
    """The terms of a number as people read them: `MACs + 2·10,587,136 batch norm`."""
    if derived.unknown:
        return f"unknown: {derived.unknown}"
    text = ""
    for term in derived.terms:
        sign = "-" if term.coefficient < 0 else "+"
        said = str(term)
        if term.kind == "MACs":
            said = f"{abs(term.coefficient)}·MACs" if abs(term.coefficient) != 1 else "MACs"
        text += f" {sign} {said}" if text else said if sign == "+" else f"-{said}"
    return text or "nothing"
