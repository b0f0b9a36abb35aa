"""Statements of numbers: values, ratios, bounds, orders, series, formulas."""

from __future__ import annotations

import operator
import re
from dataclasses import replace
from fractions import Fraction
from typing import Any

from archcalc import figures
from archcalc.claims.assertions.assertion import (
    ANYTHING,
    LIST,
    MAPPING,
    TEXT,
    Numerical,
    assertion,
    key,
)
from archcalc.claims.calculation import ITSELF, Calculation, Remark, equals, remark
from archcalc.claims.measures import working
from archcalc.claims.stated import closeness, number
from archcalc.claims.statement import Finding, Statement
from archcalc.claims.subject import Networks
from archcalc.traced import Traced, formula, substituted

_RELATIONS = {
    "<": operator.lt, "<=": operator.le, "=": operator.eq, ">=": operator.ge, ">": operator.gt,
}  # fmt: skip


def _plain(value: Any) -> Any:
    """A computed number for programs: an int where it is whole, else a Fraction."""
    exact = Fraction(value)
    return exact.numerator if exact.denominator == 1 else exact


def _shown(result: Traced) -> str:
    """A result for people: a size as it is, a count with commas, a sum with its terms."""
    if not result.operation:
        return number(result.value) if result.computed else _size(result.value)
    steps = substituted(result, commas=True)
    return steps + equals(result.value) if len(steps) <= 60 else number(result.value)


def _size(value: Any) -> str:
    return str(value) if isinstance(value, int) else number(value)


@assertion("value")
class Value(Numerical):
    """A number: a quantity of a part, or arithmetic over several; a ratio of two; a bound."""

    value: str = key(TEXT, "arithmetic over terms, quantities and layers", default=ITSELF)
    to: str = key(TEXT, "what it is stated as so many times, or percent more or less, of",
                  default="")  # fmt: skip
    relation: str = key(TEXT, "the computed is <, <=, >= or > the stated", default="=")
    units: dict[str, Any] = key(MAPPING, "what a unit means here, such as K: 1024", default={})
    precision: Any = key(ANYTHING, "worth of the last digit that is meant", default=None)

    def find(self, networks: Networks, statement: Statement) -> Finding:
        result = self._result(self.calculation(networks, statement), statement)
        stated = statement.figure(self.units, self.precision)
        computed = _plain(result.value)
        if self.relation == "=":
            found = closeness(stated, computed, hedged=statement.hedged)
            return Finding(computed, _shown(result), *found, meaning=stated.meaning)
        relation = f"{self.relation} {number(stated.value)}"
        if _RELATIONS[self.relation](computed, stated.value):
            return Finding(computed, f"{_shown(result)} {relation}", "exact")
        text = number(computed)
        return Finding(computed, text, "contradicted", difference=f"{text} is not {relation}")

    def _result(self, calculation: Calculation, statement: Statement) -> Traced:
        """The number; a ratio in the unit that is stated: times, or percent of difference."""
        result = calculation.value(self.value)
        if self.to:
            to = calculation.value(self.to)
            match statement.figure().unit.split():
                case ["%", "more"]:
                    result = (result - to) * 100 / to
                case ["%", "fewer" | "less"]:
                    result = (to - result) * 100 / to
                case ["%", *_]:
                    result = result * 100 / to
                case _:
                    result = result / to
        return result

    def working(self, networks: Networks, statement: Statement) -> list[Remark]:
        calculation = self.calculation(networks, statement)
        return calculation.lines(self._result(calculation, statement))


@assertion("comparison")
class Comparison(Numerical):
    """That numbers stand in an order: each is below (or above, or equal to) the next."""

    values: list[Any] = key(LIST, "arithmetic, one text a number")
    relation: str = key(TEXT, "between neighbours: <, <=, =, >= or >", default="<")

    def find(self, networks: Networks, statement: Statement) -> Finding:
        calculation = self.calculation(networks, statement)
        numbers = [_plain(result.value) for result in calculation.values(self.values)]
        texts = [number(n) for n in numbers]
        pairs = range(1, len(numbers))
        holds = _RELATIONS[self.relation]
        breaks = [i for i in pairs if not holds(numbers[i - 1], numbers[i])]
        if not breaks:
            return Finding(
                numbers, f" {self.relation} ".join(texts) + self._times(numbers), "exact"
            )
        difference = "; ".join(f"{texts[i - 1]} is not {self.relation} {texts[i]}" for i in breaks)
        in_part = statement.hedged and 2 * len(breaks) <= len(pairs)
        verdict = "approximate" if in_part else "contradicted"
        return Finding(numbers, ", ".join(texts), verdict, difference=difference)  # type: ignore[arg-type]

    def _times(self, numbers: list[Any]) -> str:
        """How many times as large the larger of two numbers is, where that is at least twice."""
        small, large = min(numbers), max(numbers)
        if len(numbers) != 2 or self.relation not in "<>" or not 0 < 2 * small <= large:
            return ""
        return f" ({figures.ratio(large, small)})"

    def working(self, networks: Networks, statement: Statement) -> list[Remark]:
        calculation = self.calculation(networks, statement)
        results = calculation.values(self.values)
        own = [remark("", result) for result in results if result.operation]
        return own + [line for line in calculation.lines(results[-1]) if line.name]


_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")


@assertion("series")
class Series(Numerical):
    """Several numbers in order: filters of three layers, `48 x 5x5x480`, depths of a family."""

    values: list[Any] = key(LIST, "arithmetic, one text a number")

    def find(self, networks: Networks, statement: Statement) -> Finding:
        computed = [_plain(result.value) for result in self._results(networks, statement)]
        stated = [_plain(match[0]) for match in _NUMBER.finditer(statement.text)]
        texts = iter(map(_size, computed))
        if len(stated) == len(computed):  # the computed numbers in the words of the statement
            text = _NUMBER.sub(lambda match: next(texts), statement.text)
        else:
            text = ", ".join(texts)
        return statement.against(computed, text, stated)

    def _results(self, networks: Networks, statement: Statement) -> list[Traced]:
        calculation = self.calculation(networks, statement)
        return calculation.values(self.values)

    def working(self, networks: Networks, statement: Statement) -> list[Remark]:
        results = self._results(networks, statement)
        return [remark(formula(result), result) for result in results if result.operation]


@assertion("formula")
class Formula(Numerical):
    """That a quantity of layers is given by a formula, tried on each of the layers."""

    layers: list[Any] = key(LIST, "the layers to try it on")
    formula: str = key(TEXT, "the stated formula over quantities of the layer")

    def find(self, networks: Networks, statement: Statement) -> Finding:
        given, true, texts = [], [], []
        for layer in self.layers:
            subject = replace(statement.subject, layer=(layer,))
            calculation = Calculation(networks, subject, self.terms)
            by_formula = calculation.value(self.formula)
            itself = _plain(calculation.leaf(subject, layer).value)
            given.append(_plain(by_formula.value))
            true.append(itself)
            sign = "=" if given[-1] == itself else "is not"
            texts.append(f"{layer} {substituted(by_formula)} {sign} {number(itself)}")
        return statement.against(true, "; ".join(texts), given)

    def working(self, networks: Networks, statement: Statement) -> list[Remark]:
        subject = statement.subject
        parts = {layer: networks.part(replace(subject, layer=(layer,))) for layer in self.layers}
        shown = {layer: working(part, subject.quantity) for layer, part in parts.items()}
        return [remark(layer, number) for layer, number in shown.items() if number is not None]
