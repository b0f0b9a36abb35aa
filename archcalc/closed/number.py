"""An open number: a number of the network that is read, with its closed form in the open names.

>>> domain = Domain({"height": 224})
>>> height = Open.of("height", domain)
>>> after = (height + 2 * 3 - 7) // 2 + 1
>>> after
Open((height + 1)//2 = 112)

What depends on whether a condition holds is decided by the values; what had to be decided is
noted, so that a closed form says where it holds:

>>> bool(after > 5), domain.least
(True, {'height': 11})

It is no int, and nothing makes one of it by accident, so a form that gets lost is a TypeError.
"""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction
from typing import Any

from archcalc.arithmetic import Zero, exact_div, whole
from archcalc.closed.atoms import Indicator, quotient
from archcalc.closed.condition import Condition, condition
from archcalc.closed.domain import Domain
from archcalc.closed.polynomial import Coefficient, Polynomial, polynomial


class Open:
    """A value and the closed form that it is a value of. The form is never a constant."""

    __slots__ = ("domain", "form", "value")

    def __init__(self, value: Coefficient, form: Polynomial, domain: Domain):
        self.value, self.form, self.domain = value, form, domain

    @classmethod
    def of(cls, name: str, domain: Domain) -> Open:
        """The open number that a name of a domain is."""
        return cls(domain.values[name], Polynomial.of(name), domain)

    def _number(self, value: Coefficient, form: Polynomial) -> Open | Coefficient:
        if form.is_constant:
            return form.value
        return Open(whole(value), form, self.domain)

    # --- arithmetic -------------------------------------------------------------------------------

    def __add__(self, other: Any) -> Any:
        if (operand := _operand(other)) is None:
            return NotImplemented
        value, form = operand
        return self._number(self.value + value, self.form + form)

    __radd__ = __add__

    def __sub__(self, other: Any) -> Any:
        if (operand := _operand(other)) is None:
            return NotImplemented
        value, form = operand
        return self._number(self.value - value, self.form - form)

    def __rsub__(self, other: Any) -> Any:
        return -self + other

    def __neg__(self) -> Any:
        return self._number(-self.value, -self.form)

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Zero):
            return other
        if (operand := _operand(other)) is None:
            return NotImplemented
        value, form = operand
        return self._number(self.value * value, self.form * form)

    __rmul__ = __mul__

    def __truediv__(self, other: Any) -> Any:
        if (operand := _operand(other)) is None:
            return NotImplemented
        value, form = _nonzero(other, operand)
        return self._number(exact_div(self.value, value), quotient(self.form, form))

    def __rtruediv__(self, other: Any) -> Any:
        if (operand := _operand(other)) is None:
            return NotImplemented
        value, form = operand
        _nonzero(self, (self.value, self.form))
        return self._number(exact_div(value, self.value), quotient(form, self.form))

    def __floordiv__(self, other: Any) -> Any:
        if (operand := _operand(other)) is None:
            return NotImplemented
        value, form = _nonzero(other, operand)
        return self._number(self.value // value, self.domain.floored(self.form, form))

    def __rfloordiv__(self, other: Any) -> Any:
        if (operand := _operand(other)) is None:
            return NotImplemented
        value, form = operand
        _nonzero(self, (self.value, self.form))
        return self._number(value // self.value, self.domain.floored(form, self.form))

    def __mod__(self, other: Any) -> Any:
        if (operand := _operand(other)) is None:
            return NotImplemented
        value, form = _nonzero(other, operand)
        return self._number(self.value % value, self.domain.remainder(self.form, form))

    def __rmod__(self, other: Any) -> Any:
        if (operand := _operand(other)) is None:
            return NotImplemented
        value, form = operand
        _nonzero(self, (self.value, self.form))
        return self._number(value % self.value, self.domain.remainder(form, self.form))

    def minimum(self, other: Any) -> Any:
        """`min(self, other)`, without deciding which it is where that depends."""
        return self._extremum("min", other)

    def maximum(self, other: Any) -> Any:
        """`max(self, other)`, without deciding which it is where that depends."""
        return self._extremum("max", other)

    def largest(self, others: Iterable[Any]) -> Any:
        """The largest of several numbers, of which it is one."""
        operands = [_operand_or_refusal(other) for other in others]
        form = self.domain.extremum("max", [polynomial(form) for _, form in operands])
        return self._number(max(value for value, _ in operands), form)

    def _extremum(self, name: str, other: Any) -> Any:
        value, form = _operand_or_refusal(other)
        chosen = min if name == "min" else max
        form = self.domain.extremum(name, (self.form, polynomial(form)))
        return self._number(chosen(self.value, value), form)

    # --- comparison -------------------------------------------------------------------------------

    def _compared(
        self, left: Polynomial | Coefficient, relation: str, right: Polynomial | Coefficient
    ) -> bool | OpenTruth:
        found = self.domain.compared(left, relation, right)
        return OpenTruth(found, self.domain) if isinstance(found, Condition) else found

    def __eq__(self, other: object) -> Any:
        if (operand := _operand(other)) is None:
            return NotImplemented
        return self._compared(self.form, "==", operand[1])

    def __ne__(self, other: object) -> Any:
        if (operand := _operand(other)) is None:
            return NotImplemented
        return self._compared(self.form, "!=", operand[1])

    def __lt__(self, other: Any) -> Any:
        if (operand := _operand(other)) is None:
            return NotImplemented
        return self._compared(operand[1], ">", self.form)

    def __le__(self, other: Any) -> Any:
        if (operand := _operand(other)) is None:
            return NotImplemented
        return self._compared(operand[1], ">=", self.form)

    def __gt__(self, other: Any) -> Any:
        if (operand := _operand(other)) is None:
            return NotImplemented
        return self._compared(self.form, ">", operand[1])

    def __ge__(self, other: Any) -> Any:
        if (operand := _operand(other)) is None:
            return NotImplemented
        return self._compared(self.form, ">=", operand[1])

    def __hash__(self) -> int:
        return hash(self.form)

    def __bool__(self) -> bool:
        return bool(self != 0)

    # --- what structure needs to know -------------------------------------------------------------

    def pinned(self, what: str) -> Coefficient:
        """The value, with the condition that it is this one: for what cannot stay open."""
        self.domain.pin(self.form, self.value, what)
        return self.value

    def each(self) -> tuple[Open, Open] | None:
        """The number of each of so many copies, and how many they are, to be summed; None where
        there are no sums."""
        if not self.domain.has_sums or type(self.value) is not int:
            return None
        number, copies = self.domain.each(self.form, self.value)
        return Open.of(number, self.domain), Open.of(copies, self.domain)

    def is_whole(self) -> bool:
        """Whether it is a whole number; noted where that depends on the names."""
        is_whole = type(self.value) is int
        if not self.form.is_whole:
            asked = condition(self.domain.remainder(self.form, 1), "==")
            if self.domain.settled(asked) is None:
                self.domain.note(asked if is_whole else asked.negated)
        return is_whole

    def __str__(self) -> str:
        return str(self.value)

    def __format__(self, spec: str) -> str:
        return format(self.value, spec)

    def __repr__(self) -> str:
        from archcalc.closed.writing import text

        return f"Open({text(self.form)} = {self.value})"


class OpenTruth:
    """Whether a condition holds, before it is decided: `bool` decides and notes it."""

    __slots__ = ("condition", "domain")

    def __init__(self, condition: Condition, domain: Domain):
        self.condition, self.domain = condition, domain

    def __bool__(self) -> bool:
        value = self.condition.holds(self.domain.values)
        self.domain.note(self.condition if value else self.condition.negated)
        return value

    def number(self) -> Open:
        """1 where it holds, else 0, without deciding it."""
        value = int(self.condition.holds(self.domain.values))
        return Open(value, Polynomial.of(Indicator(*self.condition)), self.domain)


_Operand = tuple[Coefficient, Polynomial | Coefficient]


def _operand(other: Any) -> _Operand | None:
    """The value and the form of a number; None of what is none, or is inexact."""
    kind = type(other)
    if kind is Open:
        return other.value, other.form
    if kind is int or isinstance(other, int | Fraction):
        return other, other
    return None


def _nonzero(divisor: Any, operand: _Operand) -> _Operand:
    """The operand that a divisor is; that it is not 0 is noted where that depends.

    Raises:
        ZeroDivisionError: it is 0.
    """
    if divisor == 0:
        raise ZeroDivisionError
    return operand


def _operand_or_refusal(other: Any) -> _Operand:
    operand = _operand(other)
    if operand is None:
        raise TypeError(f"no open number: {type(other).__name__}")
    return operand
