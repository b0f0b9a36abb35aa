"""The values that an argument allows."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from archcalc.expression import Expression, ExpressionError, Scope
from archcalc.language.model import Argument
from archcalc.ops.fields import written


def check_argument(argument: Argument, value: Any, scope: Scope) -> None:
    """Refuse a value that an argument does not allow; `scope` is what its default sees.

    Raises:
        ExpressionError: says what it takes, and what it got.
    """
    default = argument.default
    if isinstance(default, Expression):
        default = None  # its value is only known where it is used
    if type(default) is tuple and default and not argument.any_length:
        if type(value) is not tuple:
            problem = f"takes a list of {len(default)} values, such as {written(default)}"
            raise ExpressionError(f"{problem}; got {written(value)}")
        if len(value) != len(default):
            problem = f"takes a list of {len(default)} values, as {written(default)} has"
            raise ExpressionError(f"{problem}; got {len(value)}: {written(value)}")
    if argument.values:
        allowed = [_value(one, scope) for one in argument.values]
        if value not in allowed:
            raise ExpressionError(f"takes {_listed(allowed)}; got {written(value)}")
    for one in value if type(value) is tuple else (value,):
        if isinstance(one, int | Fraction):
            if argument.minimum is not None and one < argument.minimum:
                least = f"takes numbers of at least {written(argument.minimum)}"
                raise ExpressionError(f"{least}; got {written(value)}")
            if argument.maximum is not None and one > argument.maximum:
                most = f"takes numbers of at most {written(argument.maximum)}"
                raise ExpressionError(f"{most}; got {written(value)}")


def allowed_values(argument: Argument) -> str:
    """What an argument takes, in words: `1, 2 or 4`, `a list of 4 values`, `at least 1`."""
    if argument.values:
        return _listed(list(argument.values))
    said = []
    if type(argument.default) is tuple:
        count = len(argument.default)
        said.append("a list" if argument.any_length or not count else f"a list of {count} values")
    if argument.minimum is not None:
        said.append(f"at least {written(argument.minimum)}")
    if argument.maximum is not None:
        said.append(f"at most {written(argument.maximum)}")
    return ", ".join(said)


def _value(value: Any, scope: Scope) -> Any:
    return value.evaluate(scope) if isinstance(value, Expression) else value


def _listed(values: list[Any]) -> str:
    """Values in words: `1, 2 or 4`."""
    texts = [written(value) for value in values]
    return " or ".join(filter(None, [", ".join(texts[:-1]), texts[-1]]))
