"""Statements of numbers: values, bounds, ratios, comparisons, series."""

from __future__ import annotations

import operator
import re
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from archcalc import figures
from archcalc.claims import measures
from archcalc.claims.assertions.assertion import (
    ANYTHING,
    LIST,
    MAPPING,
    TEXT,
    Assertion,
    ClaimError,
    Finding,
    assertion,
    key,
    structure,
)
from archcalc.claims.calculation import ITSELF, Calculation, Remark, equals, remark
from archcalc.claims.stated import Figure, compare, figure, number
from archcalc.traced import Traced, formula, substituted

if TYPE_CHECKING:
    from archcalc.claims.ledger import Claim
    from archcalc.claims.subject import Networks


def plain(value: Any) -> Any:
    """A computed number for programs: an int where it is whole, else a Fraction."""
    exact = Fraction(value)
    return exact.numerator if exact.denominator == 1 else exact


def stated_figure(claim: Claim, units: Any = None, precision: Any = None) -> Figure:
    """The figure that a claim states.

    Raises:
        ClaimError: it states none.
    """
    try:
        return figure(claim.stated, units, precision)
    except ValueError as error:
        raise ClaimError(str(error)) from None


def shown(result: Traced) -> str:
    """A result for people: a size as it is, a count with commas, a sum with its terms."""
    if not result.operation:
        return number(result.value) if result.computed else _size(result.value)
    steps = substituted(result, commas=True)
    return steps + equals(result.value) if len(steps) <= 60 else number(result.value)


def _size(value: Any) -> str:
    return str(value) if isinstance(value, int) else number(value)


@assertion("value")
class Value(Assertion):
    """A number: a quantity of a part, or arithmetic over several."""

    value: str = key(TEXT, "arithmetic over terms, quantities and layers", default=ITSELF)
    terms: dict[str, Any] = key(MAPPING, "names for parts and their quantities", default={})
    units: dict[str, Any] = key(MAPPING, "what a unit means here, such as K: 1024", default={})
    precision: Any = key(ANYTHING, "worth of the last digit that is meant", default=None)

    def find(self, networks: Networks, claim: Claim) -> Finding:
        result = Calculation(networks, claim.subject, self.terms).value(self.value)
        verdict = compare(
            stated_figure(claim, self.units, self.precision), result.value, hedged=claim.hedged
        )
        return Finding(
            plain(result.value),
            shown(result),
            verdict.verdict,
            verdict.rounding,
            verdict.difference,
        )

    def working(self, networks: Networks, claim: Claim) -> list[Remark]:
        arithmetic = Calculation(networks, claim.subject, self.terms)
        return arithmetic.lines(arithmetic.value(self.value))


_RELATIONS = {
    "<": operator.lt, "<=": operator.le, "=": operator.eq, ">=": operator.ge, ">": operator.gt,
}  # fmt: skip


@assertion("bound")
class Bound(Assertion):
    """A number that is below or above a stated one."""

    relation: str = key(TEXT, "the computed is <, <=, >= or > the stated")
    value: str = key(TEXT, "arithmetic over terms, quantities and layers", default=ITSELF)
    terms: dict[str, Any] = key(MAPPING, "names for parts and their quantities", default={})

    def find(self, networks: Networks, claim: Claim) -> Finding:
        result = Calculation(networks, claim.subject, self.terms).value(self.value)
        stated = stated_figure(claim)
        holds = _RELATIONS[self.relation](Fraction(result.value), stated.value)
        text = f"{shown(result)} {self.relation} {number(stated.value)}"
        if holds:
            return Finding(plain(result.value), text, "exact")
        difference = f"{number(result.value)} is not {self.relation} {number(stated.value)}"
        return Finding(plain(result.value), number(result.value), "contradicted", None, difference)

    def working(self, networks: Networks, claim: Claim) -> list[Remark]:
        arithmetic = Calculation(networks, claim.subject, self.terms)
        return arithmetic.lines(arithmetic.value(self.value))


@assertion("ratio")
class Ratio(Assertion):
    """How many times, or how many percent more or less, one number is of another."""

    of: str = key(TEXT, "arithmetic: the number that is spoken of")
    to: str = key(TEXT, "arithmetic: what it is measured by")
    terms: dict[str, Any] = key(MAPPING, "names for parts and their quantities", default={})

    def find(self, networks: Networks, claim: Claim) -> Finding:
        result = self.result(networks, claim)[1]
        verdict = compare(stated_figure(claim), result.value, hedged=claim.hedged)
        text = substituted(result, commas=True) + equals(result.value)
        return Finding(
            plain(result.value), text, verdict.verdict, verdict.rounding, verdict.difference
        )

    def result(self, networks: Networks, claim: Claim) -> tuple[Calculation, Traced]:
        """The ratio in the unit that is stated: times, or percent by which one differs."""
        arithmetic = Calculation(networks, claim.subject, self.terms)
        of, to = arithmetic.value(self.of), arithmetic.value(self.to)
        unit = stated_figure(claim).unit
        if "%" not in unit:
            return arithmetic, of / to
        if "more" in unit or "+" in unit:
            return arithmetic, (of - to) * 100 / to
        if "fewer" in unit or "less" in unit:
            return arithmetic, (to - of) * 100 / to
        return arithmetic, of * 100 / to

    def working(self, networks: Networks, claim: Claim) -> list[Remark]:
        arithmetic, result = self.result(networks, claim)
        return arithmetic.lines(result)


@assertion("comparison")
class Comparison(Assertion):
    """That numbers stand in an order: each is below (or above, or equal to) the next."""

    values: list[Any] = key(LIST, "arithmetic, one text a number")
    relation: str = key(TEXT, "between neighbours: <, <=, =, >= or >", default="<")
    terms: dict[str, Any] = key(MAPPING, "names for parts and their quantities", default={})

    def find(self, networks: Networks, claim: Claim) -> Finding:
        arithmetic = Calculation(networks, claim.subject, self.terms)
        results = [arithmetic.value(value) for value in self.values]
        holds = _RELATIONS[self.relation]
        numbers = [Fraction(result.value) for result in results]
        texts = [number(n) for n in numbers]
        breaks = [i for i in range(1, len(numbers)) if not holds(numbers[i - 1], numbers[i])]
        computed = [plain(n) for n in numbers]
        if not breaks:
            return Finding(computed, self._chain(texts, self._factor(numbers)), "exact")
        difference = "; ".join(f"{texts[i - 1]} is not {self.relation} {texts[i]}" for i in breaks)
        share = Fraction(len(numbers) - 1 - len(breaks), len(numbers) - 1)
        verdict = "approximate" if claim.hedged and share >= Fraction(1, 2) else "contradicted"
        return Finding(computed, ", ".join(texts), verdict, None, difference)  # type: ignore[arg-type]

    def _chain(self, texts: list[str], factor: str) -> str:
        return f" {self.relation} ".join(texts) + (f" ({factor})" if factor else "")

    def _factor(self, numbers: list[Fraction]) -> str:
        if len(numbers) != 2 or self.relation not in "<>" or min(numbers) <= 0:
            return ""
        small, large = sorted(numbers)
        return figures.ratio(large, small) if large >= 2 * small else ""  # type: ignore[arg-type]

    def working(self, networks: Networks, claim: Claim) -> list[Remark]:
        arithmetic = Calculation(networks, claim.subject, self.terms)
        results = [arithmetic.value(value) for value in self.values]
        own = [remark("", result) for result in results if result.operation]
        rest = [
            line_ for result in results[-1:] for line_ in arithmetic.lines(result) if line_.name
        ]
        return own + rest


_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


@assertion("series")
class Series(Assertion):
    """Several numbers in order: filters of three layers, `48 x 5x5x480`, depths of a family."""

    values: list[Any] = key(LIST, "arithmetic, one text a number")
    terms: dict[str, Any] = key(MAPPING, "names for parts and their quantities", default={})

    def find(self, networks: Networks, claim: Claim) -> Finding:
        results = self.results(Calculation(networks, claim.subject, self.terms))
        computed = [plain(result.value) for result in results]
        stated = [plain(match[0]) for match in _NUMBER.finditer(str(claim.stated))]
        texts = iter(map(_size, computed))
        if len(stated) == len(computed):  # the computed numbers in the words of the statement
            text = _NUMBER.sub(lambda match: next(texts), str(claim.stated))
        else:
            text = ", ".join(texts)
        return structure(claim, stated, computed, text)

    def results(self, arithmetic: Calculation) -> list[Traced]:
        """The numbers, one a text of `values`."""
        return [arithmetic.value(value) for value in self.values]

    def working(self, networks: Networks, claim: Claim) -> list[Remark]:
        results = self.results(Calculation(networks, claim.subject, self.terms))
        return [remark(formula(result), result) for result in results if result.operation]


@assertion("formula")
class Formula(Assertion):
    """That a quantity of layers is given by a formula, tried on each of the layers."""

    layers: list[Any] = key(LIST, "the layers to try it on")
    formula: str = key(TEXT, "the stated formula over quantities of the layer")
    terms: dict[str, Any] = key(MAPPING, "names for quantities of the layer", default={})

    def find(self, networks: Networks, claim: Claim) -> Finding:
        from dataclasses import replace

        given, true, texts = [], [], []
        for layer in self.layers:
            subject = replace(claim.subject, layer=(layer,))
            arithmetic = Calculation(networks, subject, self.terms)
            by_formula = arithmetic.value(self.formula)
            itself = arithmetic.leaf(subject, layer)
            given.append(plain(by_formula.value))
            true.append(plain(itself.value))
            sign = "=" if by_formula.value == itself.value else "is not"
            texts.append(f"{layer} {substituted(by_formula)} {sign} {number(itself.value)}")
        found = structure(claim, given, true, "; ".join(texts))
        return Finding(true, found.text, found.verdict, None, found.difference)

    def working(self, networks: Networks, claim: Claim) -> list[Remark]:
        from dataclasses import replace

        lines = []
        for layer in self.layers:
            part = networks.part(replace(claim.subject, layer=(layer,)))
            working = measures.working(part, claim.subject.quantity)
            if working is not None:
                lines.append(remark(layer, working))
        return lines
