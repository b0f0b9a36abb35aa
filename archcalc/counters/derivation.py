"""What a counter sees of an op, and what it adds for it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property
from typing import NamedTuple

from archcalc.analysis.count import Reading
from archcalc.arithmetic import Number, is_whole, plain
from archcalc.counters.rules import (
    ANY_OTHER,
    LARGEST_COEFFICIENT,
    Counter,
    CountingRule,
    Times,
)
from archcalc.counters.vocabulary import AMOUNTS, FLAGS
from archcalc.errors import ArchcalcError, quote
from archcalc.expressions.expression import ExpressionError
from archcalc.ops.in_torch import TorchCall, TorchModule, TorchPart
from archcalc.ops.op import OpError


class Addend(NamedTuple):
    """What a rule adds for one thing of an op: so many times an amount."""

    name: str
    """What the counter has the rule for: `BatchNorm2d`."""
    coefficient: Number
    amount: str
    count: Number

    @property
    def number(self) -> Number:
        """What it adds."""
        return self.coefficient * self.count


class Said(NamedTuple):
    """What a counter says of one op."""

    addends: Sequence[Addend]
    unknown: str = ""
    """Why it is not known what it says; else nothing."""
    unseen: Sequence[str] = ()
    """The operators that it has no rule for, where it counts by operators."""


class Sight:
    """An op with its shapes as counters see it."""

    def __init__(self, reading: Reading):
        self.reading = reading
        self.outside: dict[str, list[tuple[str, TorchPart]]] = {"calls": [], "operators": []}
        """What any counter sees."""
        self.inside: dict[str, list[tuple[str, TorchPart]]] = {"calls": [], "operators": []}
        """What is seen by those alone that look into torch's own modules."""
        op, x, y = reading.op, reading.xs[0], reading.y
        self.outside["ops"] = [(op.name, TorchCall(op.name, x.elements, y.elements))]
        modules = self.outside["modules"] = []
        self.unknown = ""
        """Why it is not known what the op consists of; else nothing."""
        for part in self._parts():
            if isinstance(part, TorchModule):
                modules.append((part.name, part))
                found = self.inside if part.is_of_torch else self.outside
                for call in part.called:
                    _note(found, call)
            else:
                _note(self.outside, part)

    def _parts(self) -> Sequence[TorchPart]:
        try:
            return self.reading.op.consists_of(self.reading.y, *self.reading.xs)
        except OpError as error:
            self.unknown = error.problem
            return ()

    @cached_property
    def flags(self) -> dict[str, Number]:
        """What coefficients can depend on."""
        return {flag: compute(self.reading) for flag, (_, compute) in FLAGS.items()}

    def said_by(self, counter: Counter) -> Said:
        """What a counter says of the op. In Traced numbers, its addends show their working."""
        addends: list[Addend] = []
        unseen: list[str] = []
        if self.unknown and counter.rules.keys() - {"ops"}:
            return Said((), self.unknown)
        for way, rules in counter.rules.items():
            for name, part in self._things(way, counter):
                rule = rules.get(name)
                if rule is None:
                    if name in counter.others.get(way, ()):
                        rule_for = f"{counter.name} has a rule for {name}"
                        return Said((), f"{rule_for} that is not written down here")
                    rule = rules.get(ANY_OTHER)
                if rule:
                    addends += self._added(counter, rule, name, part)
                elif rule is None and way == "operators":
                    unseen.append(name.partition("(")[0])  # a case of it, lstm(proj_size)
        return Said(addends, "", unseen)

    def _things(self, way: str, counter: Counter) -> Iterator[tuple[str, TorchPart]]:
        yield from self.outside[way]
        if counter.into_modules and way in self.inside:
            yield from self.inside[way]

    def _added(
        self, counter: Counter, rule: CountingRule, name: str, part: TorchPart
    ) -> Iterator[Addend]:
        for amount, times in rule.items():
            if not AMOUNTS[amount].is_of(self.reading.op):
                raise ArchcalcError(f"{self._place(counter, name)} has no {amount}")
            count = AMOUNTS[amount].compute(self.reading, part)
            yield Addend(name, self._coefficient(counter, name, times), amount, count)

    def _coefficient(self, counter: Counter, name: str, times: Times) -> Number:
        """How many times an amount is added.

        Raises:
            ArchcalcError: that is no whole number.
        """
        if isinstance(times, int):
            return times
        problem = ""
        try:
            value = times.evaluate(self.flags)
        except ExpressionError as error:
            problem = error.problem
        else:
            if is_whole(plain(value)) and abs(plain(value)) <= LARGEST_COEFFICIENT:
                return value
            problem = f"{quote(times.text)} is {value}, no whole number up to a million"
        raise ArchcalcError(f"{self._place(counter, name)}: {problem}")

    def _place(self, counter: Counter, name: str) -> str:
        op = self.reading.op.name
        return f"counter {quote(counter.name)}: {name if name == op else f'{name} ({op})'}"


def _note(found: dict[str, list[tuple[str, TorchPart]]], call: TorchCall) -> None:
    found["calls"].append((call.name, call))
    found["operators"].append((call.traced_as, call))
