"""A counter's number of a network as a sum of terms: so many times a count of some kind."""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import NamedTuple

from archcalc.analysis.count import Reading
from archcalc.arithmetic import Number, plain
from archcalc.counters.alike import Alike, in_kinds
from archcalc.counters.derivation import Said, Sight
from archcalc.counters.rules import Counter
from archcalc.counters.vocabulary import AMOUNTS, OF_INPUTS


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


def sights_of(readings: Mapping[Reading, int]) -> list[Alike]:
    """What counters see of nodes as archcalc builds them, each with how many copies there are."""
    return in_kinds({Sight(reading): times for reading, times in readings.items()})


def derived_by(counters: Iterable[Counter], seen: Sequence[Alike]) -> Iterator[Derived]:
    """What counters say of what they see."""
    return (_derived(counter, seen) for counter in counters)


def number_by(counter: Counter, seen: Sequence[Alike]) -> Number | None:
    """What a counter says of what it sees, without what it consists of; None where that is not
    known."""
    said = [alike.said_by(counter) for alike in seen]
    if any(each.unknown for each in said):
        return None
    return _total(said)


def _total(said: Iterable[Said]) -> Number:
    return sum(addend.number for each in said for addend in each.addends)


def _derived(counter: Counter, seen: Sequence[Alike]) -> Derived:
    said = [(alike, alike.said_by(counter)) for alike in seen]
    parameters = _parameters(counter, seen)
    unknown = next((each.unknown for _, each in said if each.unknown), "")
    if unknown:
        return Derived(counter, None, (), unknown, parameters)
    number = _total(each for _, each in said)
    terms = tuple(_terms(said))
    assert sum(term.number for term in terms) == number, f"terms of {counter.name}"
    return Derived(counter, number, terms, "", parameters)


def _parameters(counter: Counter, seen: Sequence[Alike]) -> int | None:
    """The parameters that a counter counts; None where that is not known."""
    if counter.parameters == "once":
        return sum(alike.parameters for alike in seen)
    by_module = [(alike, alike.first) for alike in seen if alike.sights]
    ran_first = [(alike, sight) for alike, sight in by_module if not sight.flags["again"]]
    if counter.parameters == "leaves":
        if any(sight.flags["places"] != 1 for _, sight in by_module):
            return None
        return sum(
            alike.parameters_read if sight.modules else alike.parameters
            for alike, sight in ran_first
        )
    known = counter.names("modules")
    registered: int = sum(
        alike.parameters_read * plain(sight.flags["places"])
        for alike, sight in ran_first
        if any(thing.name in known for thing in sight.modules)
    )
    return registered


def _terms(said: Sequence[tuple[Alike, Said]]) -> Iterator[Term]:
    macs: Tally[str] = Tally()
    """Of each kind of op, its multiply-adds."""
    counted: dict[str, Tally[int]] = {}
    """Of each kind of op, its multiply-adds by how many times they are counted."""
    others: Tally[tuple[str, int, int]] = Tally()
    """Counts by kind, place among what is counted of an op, and coefficient."""
    uneven = {alike.label for alike, _ in said if alike.is_uneven}
    for alike, each in said:
        macs[alike.label] += alike.macs
        for place, addend in enumerate(each.addends):
            if addend.amount == "macs":
                counted.setdefault(alike.label, Tally())[addend.coefficient] += addend.count
            else:
                others[_kind(alike.label, addend.amount, uneven), place, addend.coefficient] += (
                    addend.count
                )
    yield from _macs(macs, counted)
    yield from _merged(others)


def _kind(label: str, amount: str, uneven: Collection[str]) -> str:
    """What is counted of an op; its values, unless more go into some than come out, or fewer."""
    called = OF_INPUTS[amount][1] if amount in OF_INPUTS else AMOUNTS[amount].label
    if amount == "bias" or called.startswith(label):
        return called
    return f"{label} {called or (amount if label in uneven else '')}".rstrip()


def _macs(macs: Mapping[str, int], counted: Mapping[str, Mapping[int, int]]) -> Iterator[Term]:
    """All multiply-adds as often as most of them are counted, and the others as differences; or,
    where most are not counted, those that are."""
    by_coefficient: Tally[int] = Tally()
    for coefficients in counted.values():
        by_coefficient.update({c: count for c, count in coefficients.items() if c and count})
    if not by_coefficient:
        return
    whole = sum(macs.values())
    usual = max(by_coefficient, key=lambda coefficient: (by_coefficient[coefficient], coefficient))
    if 2 * sum(by_coefficient.values()) < whole:
        usual = 0
    else:
        yield Term(usual, "MACs", whole)
    for name, all_of_it in macs.items():
        here = {c: count for c, count in counted.get(name, {}).items() if c and count}
        for coefficient, count in here.items():
            if coefficient != usual:
                yield Term(coefficient - usual, f"{name} MACs", count)
        left_out = all_of_it - sum(here.values())
        if usual and left_out:
            yield Term(-usual, f"{name} MACs", left_out)


def _merged(others: Tally[tuple[str, int, int]]) -> Iterator[Term]:
    """Terms of one kind and count together, twice the values of a relu, as a module and a call;
    then those of one kind that are counted as often."""
    coefficients: Tally[tuple[str, int]] = Tally()
    for (kind, _, coefficient), count in others.items():
        if count:
            coefficients[kind, count] += coefficient
    counts: Tally[tuple[str, int]] = Tally()
    for (kind, count), coefficient in coefficients.items():
        counts[kind, coefficient] += count
    for kind, coefficient in sorted(counts, key=lambda pair: pair[0] != "bias"):
        if coefficient:
            yield Term(coefficient, kind, counts[kind, coefficient])


def written_sum(derived: Derived) -> str:
    """The terms of a number as people read them: `MACs + 2·10,587,136 batch norm`.

    Counts of one kind behind one another share its name: `3·802,816 + 827,904 local response norm`.
    """
    if derived.unknown:
        return f"unknown: {derived.unknown}"
    text = ""
    for term, following in zip_longest(derived.terms, derived.terms[1:]):
        said = f"{term.count:,}"
        if following is None or following.kind != term.kind:
            said += f" {term.kind}"
        if term.kind == "MACs":
            said = "MACs"
        if abs(term.coefficient) != 1:
            said = f"{abs(term.coefficient)}·{said}"
        sign = "-" if term.coefficient < 0 else "+"
        text += f" {sign} {said}" if text else said if sign == "+" else f"-{said}"
    return text or "nothing"
