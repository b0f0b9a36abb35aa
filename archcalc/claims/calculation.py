"""Arithmetic over quantities of named parts: how a ledger writes what is to be computed.

In `c1 + s2 + c3`, a name is a term of the claim, else a quantity of the claim's subject, else a
layer of its model, of which the claim's own quantity is taken.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Any

from archcalc import figures
from archcalc.claims import measures
from archcalc.claims.stated import number as decimal
from archcalc.claims.subject import Networks, Subject
from archcalc.errors import ArchcalcError, quote
from archcalc.expressions.expression import Expression, ExpressionError
from archcalc.expressions.parsing import parse
from archcalc.traced import Traced, formula, substituted

ITSELF = ""
"""The expression that is the subject's own quantity."""


@dataclass(frozen=True)
class Remark:
    """One line of an explanation: a name, formula, substitution and value."""

    name: str
    formula: str
    substituted: str
    value: Any
    text: str


class Calculation:
    """The numbers that a claim's expressions give, and how."""

    def __init__(self, networks: Networks, subject: Subject, terms: Mapping[str, Any]):
        self.networks, self.subject, self.terms = networks, subject, terms
        self.taken: dict[str, Subject] = {}
        """The subjects of the names met so far, for an explanation."""

    def named(self, name: str) -> Traced:
        """The number that a name in an expression stands for."""
        subject = self.subject_of(name)
        self.taken[name] = subject
        return self.leaf(subject, name)

    def leaf(self, subject: Subject, label: str) -> Traced:
        """A quantity as a number that knows its name.

        Raises:
            ArchcalcError: none is given, or the part has none.
        """
        if not subject.quantity:
            raise ArchcalcError(f"{label}: no quantity is given")
        measure = measures.measure_named(subject.quantity)
        value = measure.of(self.networks.part(subject))
        if value is None:
            raise ArchcalcError(f"{subject.name} has no {subject.quantity}")
        return Traced(value, label, computed=not measure.is_size)

    def subject_of(self, name: str) -> Subject:
        """What a name in an expression means."""
        if name in self.terms:
            return self.subject.changed(self.terms[name])
        if name in measures.MEASURES:
            return replace(self.subject, quantity=name)
        return replace(self.subject, layer=(name,))

    def value(self, expression: str) -> Traced:
        """What an expression comes to.

        Raises:
            ArchcalcError: it cannot be read, or names no layer or quantity, or nothing computed.
        """
        return self.values([expression])[0]

    def values(self, expressions: Sequence[str]) -> list[Traced]:
        """What several expressions come to, some of which may be plain numbers.

        Raises:
            ArchcalcError: as `value`; or none of them has anything computed.
        """
        results = [self._evaluated(expression) for expression in expressions]
        if not self.taken:
            raise ArchcalcError(
                f"{', '.join(map(quote, expressions))} has no quantity of a spec in it"
            )
        return results

    def _evaluated(self, expression: str) -> Traced:
        if expression == ITSELF:
            self.taken[self.subject.quantity] = self.subject
            return self.leaf(self.subject, self.subject.quantity)
        try:
            parsed = parse(expression)
            result = parsed.evaluate({name: self.named(name) for name in _in_order(parsed)})
        except ExpressionError as error:
            raise ArchcalcError(str(error)) from None
        return result if isinstance(result, Traced) else Traced(result, expression)

    def lines(self, number: Traced) -> list[Remark]:
        """The working of a result, and under it that of each of its terms."""
        own = [remark("", number)] if number.operation else []
        for name, subject in self.taken.items():
            part = self.networks.part(subject)
            shown = measures.working(part, subject.quantity)
            if shown is None:
                shown = measures.rolled_up(part, subject.quantity)
            if shown is not None:
                own.append(remark(name if number.operation else "", shown))
            elif name in self.terms:
                label = f"{subject.name} {subject.quantity}"
                own.append(remark(name, self.leaf(subject, label)))
        return own


def _in_order(parsed: Expression) -> list[str]:
    """The names of an expression as they come in its text, each once."""
    words = dict.fromkeys(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", parsed.text))
    return [word for word in words if word in parsed.names]


def remark(name: str, number: Traced) -> Remark:
    """A line of an explanation from a traced number."""
    digits = substituted(number)
    return Remark(name, formula(number), digits, number.value, _text(number))


def _text(number: Traced) -> str:
    """`c1 + s2 = 156 + 12 = 168`; a side that only repeats is left out."""
    written = [formula(number), substituted(number, commas=True)]
    text = " = ".join(dict.fromkeys(written))
    result = equals(number.value)
    return text if text.endswith(result) else text + result


def equals(value: Any) -> str:
    """A result after its arithmetic: ` = 168`; one that is not whole as a fraction if that is
    short, and about what it is."""
    exact = Fraction(value)
    if exact.denominator == 1:
        return f" = {exact.numerator:,}"
    short = exact.denominator <= figures.LARGEST_DENOMINATOR
    fraction = f" = {exact.numerator:,}/{exact.denominator:,}" if short else ""
    return f"{fraction}, about {decimal(exact)}"
