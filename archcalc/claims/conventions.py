"""Figures that a paper counts by another convention: in units of 1024, or as a tool does."""

from __future__ import annotations

from typing import Any

from archcalc.claims.assertions import Check
from archcalc.claims.assertions.numbers import Value
from archcalc.claims.calculation import ITSELF
from archcalc.claims.stated import closeness, number
from archcalc.claims.subject import Networks
from archcalc.counters.reconciliation import ALL_COUNTERS, chosen_counters, without_softmax
from archcalc.counters.terms import derived_by, number_by, sights_of, written_sum
from archcalc.stated_figure import StatedFigure

_LEAST_DIGITS = 3
"""A figure of fewer digits would be given by some convention by chance."""


def _gives(computed: Any, stated: StatedFigure) -> bool:
    """Whether a number is the stated one, or is rounded to it to the nearest."""
    found = closeness(stated, computed)
    return found.verdict == "exact" or found.rounding == "nearest"


def in_units_of_1024(check: Check, computed: Any) -> str:
    """Whether the computed number is the stated one where a K is 1,024: `M = 1,048,576: ...`."""
    assertion = check.assertion
    if not isinstance(assertion, Value) or (assertion.to, assertion.relation) != ("", "="):
        return ""
    stated = check.statement.figure(assertion.units, assertion.precision)
    if not stated.power or stated.meaning or stated.digits < _LEAST_DIGITS:
        return ""
    binary = stated.in_base(1024)
    return f"{binary.meaning}: {number(computed)}" if _gives(computed, binary) else ""


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
        said = number_by(counter, seen)
        if said is not None and _gives(said, stated):
            (derived,) = derived_by([counter], seen)
            return f"as {counter.name} counts, {written_sum(derived)}: {said:,}"
    return ""
