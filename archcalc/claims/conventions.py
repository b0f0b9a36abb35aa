"""Figures that a paper counts by another convention than multiply-adds: as a tool does."""

from __future__ import annotations

from archcalc.claims.assertions import Check
from archcalc.claims.assertions.numbers import Value
from archcalc.claims.calculation import ITSELF
from archcalc.claims.stated import closeness
from archcalc.claims.subject import Networks
from archcalc.counters.reconciliation import ALL_COUNTERS, chosen_counters, without_softmax
from archcalc.counters.terms import derived_by, number_by, sights_of, written_sum

_LEAST_DIGITS = 3
"""A figure of fewer digits would be given by some convention by chance."""


def by_other_conventions(check: Check, networks: Networks) -> str:
    """How a tool that counts gives the figure that is stated of a whole network's multiply-adds or
    FLOPs, where one does: `as fvcore counts, MACs + 2·3,226,160 batch norm: 1,504,878,688`."""
    assertion, subject = check.assertion, check.statement.subject
    is_plain = (
        isinstance(assertion, Value)
        and (assertion.value, assertion.to, assertion.relation) == (ITSELF, "", "=")
        and subject.quantity in ("macs", "flops")
        and not (subject.layer or subject.only or subject.reading)
    )
    if not is_plain:
        return ""
    assert isinstance(assertion, Value)
    stated = check.statement.figure(assertion.units, assertion.precision)
    if len(str(int(stated.value / stated.step))) < _LEAST_DIGITS:
        return ""
    counters = [each for each in chosen_counters(ALL_COUNTERS) if each.counts == "operations"]
    seen = sights_of(without_softmax(networks.of(subject)).readings)
    for counter in counters:
        number = number_by(counter, seen)
        if number is not None and closeness(stated, number).rounding == "nearest":
            (derived,) = derived_by([counter], seen)
            return f"as {counter.name} counts, {written_sum(derived)}: {number:,}"
    return ""
