"""Statements of closed forms: `27 C^2` weights of three 3x3 convolutions of C channels."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import reduce
from operator import add, mul
from typing import Any

from archcalc.claims import measures
from archcalc.claims.assertions.assertion import MAPPING, Assertion, assertion, key
from archcalc.claims.calculation import Remark, remark
from archcalc.claims.statement import ClaimError, Finding, Statement
from archcalc.claims.subject import Networks, part_of
from archcalc.closed import writing
from archcalc.closed.domain import Domain
from archcalc.closed.number import Open
from archcalc.closed.polynomial import Atom, Polynomial
from archcalc.formulas.breakdown import form_of
from archcalc.formulas.openable import Openable
from archcalc.traced import Traced

_TERM = re.compile(r"\s*(?P<sign>[+-]?)\s*(?P<factors>[^+-]+)")
_FACTOR = re.compile(r"(?P<number>[0-9][0-9,]*)|(?P<symbol>[A-Za-z]+)(\^(?P<power>[1-9]))?")


def stated_form(text: str) -> Polynomial:
    """The polynomial that a text states, such as `27 C^2` or `3·3·C·C + C`.

    >>> writing.text(stated_form("27 C^2 - 1,000 C + 5"))
    '27·C² - 1000·C + 5'

    Raises:
        ClaimError: it states none.
    """
    form, end = Polynomial({}), 0
    for term in _TERM.finditer(text):
        if term.start() != end:
            break
        end = term.end()
        form = form + _product(term["factors"]) * (-1 if term["sign"] == "-" else 1)
    if end != len(text) or not form.terms:
        raise ClaimError(f"states no closed form: {text!r}")
    return form


def _product(text: str) -> Polynomial:
    product = Polynomial.constant(1)
    for factor in re.split(r"[\s·*]+", text.strip()):
        match = _FACTOR.fullmatch(factor)
        if match is None:
            raise ClaimError(f"states no closed form: {text!r}")
        if match["number"]:
            product = product * int(match["number"].replace(",", ""))
        for _ in range(int(match["power"] or 1) if match["symbol"] else 0):
            product = product * Polynomial.of(match["symbol"])
    return product


@assertion("closed_form")
class StatedForm(Assertion):
    """A quantity in sizes or arguments that stay open, whatever they are."""

    open: dict[str, Any] = key(MAPPING, "what each symbol is: a size or an argument of the model")

    def find(self, networks: Networks, statement: Statement) -> Finding:
        form, _ = self._form(networks, statement)
        text = writing.text(form, tuple(self.open))
        is_stated = form == stated_form(statement.text)
        return Finding(text, text, "exact" if is_stated else "contradicted")

    def working(self, networks: Networks, statement: Statement) -> list[Remark]:
        """What the form comes to in the network itself."""
        form, values = self._form(networks, statement)
        if any(isinstance(factor, Atom) for factor in form.factors()):
            return []
        terms = [
            reduce(mul, (Traced(values[str(f)], str(f)) for f in monomial), Traced(coefficient))
            for monomial, coefficient in form.terms.items()
        ]
        return [remark("", reduce(add, terms))]

    def _form(
        self, networks: Networks, statement: Statement
    ) -> tuple[Polynomial, Mapping[str, int]]:
        """The closed form, and what each symbol is in the network."""
        subject = statement.subject
        openable = Openable.of(networks.of(subject), networks.find(subject.model))
        domain = Domain({symbol: openable.value(name) for symbol, name in self.open.items()})
        numbers = {name: Open.of(symbol, domain) for symbol, name in self.open.items()}
        part = part_of(openable.read(numbers), subject)
        return form_of(measures.measure_named(subject.quantity).of(part)), domain.values
