"""An expression of spec files, once it is read: what it asks for, and its value."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, NamedTuple

from archcalc.errors import did_you_mean, quote
from archcalc.expressions.functions import CalculationError

LARGEST = 10**9
"""The largest value; the smallest is its negative."""
LONGEST_LIST = 256
"""The most values in a list, those of lists inside it included."""

Scope = dict[Any, Any]
"""What expressions see: each name, and each SizeOf, with what it stands for."""
Evaluate = Callable[[Scope], Any]
"""A step of an expression."""


class ExpressionError(ValueError):
    """An expression that cannot be read or evaluated: the problem and a suggestion."""

    def __init__(self, problem: str, hint: str = ""):
        self.problem, self.hint = problem, hint
        super().__init__(problem, hint)  # what copies of it are made of

    def __str__(self) -> str:
        return f"{self.problem}; {self.hint}" if self.hint else self.problem


class SizeOf(NamedTuple):
    """A size of an earlier item's output, as an expression asks for it: `height(down1.convs)`."""

    axis: str
    item: str

    def __str__(self) -> str:
        return f"{self.axis}({self.item})"


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression: its text, what it asks for, and whether it compares anything."""

    text: str
    names: frozenset[str]
    sizes: frozenset[SizeOf]
    is_condition: bool
    steps: int
    """How many steps it takes at least."""
    _evaluate: Evaluate = field(compare=False, repr=False)
    _made_by: tuple[Any, ...] = field(compare=False, repr=False)
    """A function and what it made this of, for copies."""

    def evaluate(self, scope: Scope) -> Any:
        """The value, in whatever number system the scope's values are.

        Raises:
            ExpressionError: division by zero, an index out of range, a value over 10^9, a name
                that is not in scope, or arithmetic on what is no number.
        """
        try:
            return bounded(self._evaluate(scope), self.text)
        except CalculationError as error:
            raise ExpressionError(f"{quote(self.text)} {error}") from None
        except ZeroDivisionError:
            raise ExpressionError(f"{quote(self.text)} divides by zero") from None
        except KeyError as error:
            (name,) = error.args
            hint = did_you_mean(str(name), (known for known in scope if isinstance(known, str)))
            raise ExpressionError(
                f"unknown name {quote(name)} in {quote(self.text)}", hint
            ) from None
        except (TypeError, AttributeError):
            raise ExpressionError(f"{quote(self.text)} calculates with what is no number") from None

    def __str__(self) -> str:
        return self.text

    def __reduce__(self) -> tuple[Any, ...]:
        make, *of = self._made_by
        return make, tuple(of)


def list_of(parts: tuple[Any, ...], text: str) -> Expression:
    """A list, some of whose values are expressions, as one expression."""
    found = [part for part in parts if isinstance(part, Expression)]
    return Expression(
        text,
        frozenset().union(*(part.names for part in found)),
        frozenset().union(*(part.sizes for part in found)),
        False,
        len(parts) + sum(part.steps for part in found),
        lambda scope: tuple(
            part.evaluate(scope) if isinstance(part, Expression) else part for part in parts
        ),
        (list_of, parts, text),
    )


def bounded(value: Any, text: str = "") -> Any:
    """The value; `text` is the expression that it is the value of.

    Raises:
        ExpressionError: it is larger than any size in a network, or a longer list.
    """
    if type(value) is tuple:
        if length(value) > LONGEST_LIST:
            raise ExpressionError(f"a list has more than {LONGEST_LIST} values")
        for part in value:
            bounded(part, text)
    elif isinstance(value, int | Fraction) and not -LARGEST <= value <= LARGEST:
        limit = "larger than 10^9" if value > 0 else "smaller than -10^9"
        amount = _digits(value)
        said = f"{quote(text)} is {amount}, {limit}" if text else f"{amount} is {limit}"
        raise ExpressionError(said)
    return value


def _digits(value: int | Fraction) -> str:
    """A number in a message; Python writes no numbers of thousands of digits."""
    short = -(10**30) < value < 10**30
    return quote(value, marks="") if short else "a number of more than 30 digits"


def length(value: Any) -> int:
    """The values in a list, those of lists inside it included; other values are one."""
    return sum(map(length, value)) + 1 if isinstance(value, tuple | list) else 1
