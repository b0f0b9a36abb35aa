"""What a counter sees of an op, and what it adds for it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Any, NamedTuple

from archcalc.analysis.count import Reading
from archcalc.arithmetic import Number, is_whole, plain
from archcalc.counters.doubts import doubt_of
from archcalc.counters.rules import (
    ANY_OTHER,
    LARGEST_COEFFICIENT,
    Counter,
    Times,
)
from archcalc.counters.vocabulary import AMOUNTS, FLAGS
from archcalc.errors import ArchcalcError, quote
from archcalc.expressions.expression import ExpressionError
from archcalc.ops.in_torch import (
    AsCalled,
    HeardCall,
    TorchCall,
    TorchModule,
    TorchPart,
    all_calls,
)
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


class Thing(NamedTuple):
    """A module, call, operator or op that counters can have a rule for."""

    name: str
    part: TorchPart
    is_inside: bool
    """Whether it is seen by those alone that look into torch's own modules."""


AmountOf = Callable[[str, str, int], Number]
"""How much there is of an amount in the thing that is at some place in a way of seeing."""


class Sight:
    """An op with its shapes as counters see it."""

    def __init__(self, reading: Reading, parts: Sequence[TorchPart] | None = None):
        """`parts` are what it consists of where that is not what its own module does."""
        self.reading = reading
        op = reading.op
        self.unknown = ""
        """Why it is not known what the op consists of; else nothing."""
        as_op = TorchCall(op.name, numbers_taken(reading), reading.y.elements)
        self.modules: list[Thing] = []
        self.calls: list[Thing] = []
        self.operators: list[Thing] = []
        self.things = {
            "modules": self.modules,
            "calls": self.calls,
            "operators": self.operators,
            "ops": [Thing(op.name, as_op, False)],
        }
        """What there is of it to be seen in each way."""
        if parts is None:
            try:
                parts = op.consists_of(reading.y, *reading.xs)
            except OpError as error:
                self.unknown = error.problem
                parts = ()
            called = reading.as_called
            if called is not None and not called.is_module:
                self.unknown = ""
                self._see_call(called, tuple(all_calls(parts)))
                return
        for part in parts:
            if isinstance(part, TorchModule):
                self.modules.append(Thing(part.name, part, False))
                for call in part.called:
                    self._note(call, part.is_of_torch)
            else:
                self._note(part, False)

    def _note(self, call: TorchCall, is_inside: bool) -> None:
        self.calls.append(Thing(call.name, call, is_inside))
        self.operators.append(Thing(call.traced_as, call, is_inside))

    def _see_call(self, called: AsCalled, usual: Sequence[TorchCall]) -> None:
        """See a layer that is a call in a forward: as what it was heard, in place of what its op
        usually is."""
        is_inside = bool(called.module)
        calls = usual
        if called.calls is not None:
            calls = [self._heard(call, usual) for call in called.calls]
        self.calls += [Thing(call.name, call, is_inside) for call in calls]
        word = called.operator
        if word:
            kind = "_convolution" if word.startswith("conv") else word
            same = [call for call in usual if call.traced_as.partition("(")[0] == kind]
            call = same[0] if same else self._call(word)
            self.operators.append(Thing(call.traced_as, call, is_inside))

    def _heard(self, heard: HeardCall, usual: Sequence[TorchCall]) -> TorchCall:
        call = next((call for call in usual if call.name == heard.name), self._call(heard.name))
        samples = plain(self.reading.batch)
        if plain(call.inputs) * samples != heard.inputs:
            call = call._replace(inputs=heard.inputs // samples)
        if plain(call.outputs) * samples != heard.outputs:
            call = call._replace(outputs=heard.outputs // samples)
        if heard.left_aligned != heard.outputs:
            call = call._replace(left_aligned=heard.left_aligned)
        return call

    def _call(self, name: str) -> TorchCall:
        return TorchCall(name, numbers_taken(self.reading), self.reading.y.elements)

    @cached_property
    def flags(self) -> dict[str, Number]:
        """What coefficients can depend on."""
        return {flag: compute(self.reading) for flag, (_, compute) in FLAGS.items()}

    @property
    def kind(self) -> tuple[Any, ...]:
        """Of two with the same counters say the same but for their sizes."""
        reading = self.reading
        return (
            type(reading.op),
            tuple([(thing.name, thing.is_inside) for thing in self.modules]),
            tuple([(thing.name, thing.is_inside) for thing in self.calls]),
            tuple([thing.name for thing in self.operators]),
            tuple(self.flags.values()),
            numbers_taken(reading) == reading.y.elements,
            self.unknown,
            reading.as_called,
        )

    def amount(self, amount: str, way: str, place: int) -> Number:
        """How much there is of an amount in one of its things."""
        return AMOUNTS[amount].compute(self.reading, self.things[way][place].part)

    def said_by(self, counter: Counter, amount_of: AmountOf | None = None) -> Said:
        """What a counter says of the op. In Traced numbers, its addends show their working."""
        addends: list[Addend] = []
        unseen: list[str] = []
        if self.unknown and counter.rules.keys() - {"ops"}:
            return Said((), self.unknown)
        called = self.reading.as_called
        if called is not None and not called.is_read and not counter.counts_unread:
            return Said(())
        doubt = doubt_of(self.reading, counter) if called is not None else ""
        if doubt:
            return Said((), doubt)
        for way, rules in counter.rules.items():
            factor = self._coefficient(counter, way, counter.times.get(way, 1))
            for place, (name, _, is_inside) in enumerate(self.things[way]):
                if is_inside and not counter.into_modules:
                    continue
                rule = rules.get(name)
                if rule is None:
                    if name in counter.others.get(way, ()):
                        rule_for = f"{counter.name} has a rule for {name}"
                        return Said((), f"{rule_for} that is not written down here")
                    rule = rules.get(ANY_OTHER)
                if rule is None:
                    if way == "operators":
                        unseen.append(name.partition("(")[0])  # a case of it, lstm(proj_size)
                    continue
                for amount, times in rule.items():
                    if not AMOUNTS[amount].is_of(self.reading.op):
                        raise ArchcalcError(f"{self._place(counter, name)} has no {amount}")
                    coefficient = factor * self._coefficient(counter, name, times)
                    count = (amount_of or self.amount)(amount, way, place)
                    addends.append(Addend(name, coefficient, amount, count))
        return Said(addends, "", unseen)

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


def numbers_taken(reading: Reading) -> Number:
    """The numbers in the first input of a node; none where it has no input."""
    return reading.xs[0].elements if reading.xs else 0
