"""The values that an argument allows."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from archcalc.arithmetic import plain
from archcalc.expressions.expression import Expression, ExpressionError, Scope
from archcalc.language.model import Argument, evaluated
from archcalc.ops.fields import written


def check_argument(argument: Argument, value: Any, scope: Scope) -> None:
    """Refuse a value that an argument does not allow; `scope` is what its default sees.

    Raises:
        ExpressionError: says what it takes, what it got, and what the argument is.
    """
    problem = _problem(argument, value, scope)
    if problem:
        raise ExpressionError(f"takes {problem}", argument.note and f"it is: {argument.note}")


def _problem(argument: Argument, value: Any, scope: Scope) -> str:
    """What an argument takes and what it got, where that is something else."""
    default = argument.default
    if isinstance(default, Expression):
        default = None  # its value is only known where it is used
    other = scope[argument.as_long_as] if argument.as_long_as else None
    if type(other) is tuple:
        many = f"a list of {len(other)} values, as many as {argument.as_long_as} has"
        if type(value) is not tuple:
            return f"{many}; got {written(value)}"
        if len(value) != len(other):
            return f"{many}; got {len(value)}: {written(value)}"
    elif type(default) is tuple and default and not argument.any_length:
        if type(value) is not tuple:
            return (
                f"a list of {len(default)} values, such as {written(default)}; got {written(value)}"
            )
        if len(value) != len(default):
            takes = f"a list of {len(default)} values, as {written(default)} has"
            return f"{takes}; got {len(value)}: {written(value)}"
    if argument.is_flag and value not in (True, False):
        return f"true or false; got {written(value)}"
    if argument.values:
        allowed = [evaluated(one, scope) for one in argument.values]
        if value not in allowed:
            return f"{_listed(allowed)}; got {written(value)}"
    for one in value if type(value) is tuple else (value,):
        if isinstance(plain(one), int | Fraction):
            if argument.minimum is not None and one < argument.minimum:
                return f"numbers of at least {written(argument.minimum)}; got {written(value)}"
            if argument.maximum is not None and one > argument.maximum:
                return f"numbers of at most {written(argument.maximum)}; got {written(value)}"
    return ""


def as_declared(argument: Argument, value: Any) -> Any:
    """A value of an argument as a spec file writes it: that of a flag as true or false."""
    return bool(value) if argument.is_flag and isinstance(value, int) else value


def allowed_values(argument: Argument) -> str:
    """What an argument takes, in words: `1, 2 or 4`, `a list of 4 values`, `at least 1`."""
    if argument.is_flag:
        return "true or false"
    if argument.values:
        return _listed(list(argument.values))
    limits = []
    if argument.minimum is not None:
        limits.append(f"at least {written(argument.minimum)}")
    if argument.maximum is not None:
        limits.append(f"at most {written(argument.maximum)}")
    if type(argument.default) is not tuple:
        return ", ".join(limits)
    count = len(argument.default)
    a_list = f"a list of {count} values" if count else "a list"
    if argument.any_length or argument.as_long_as:
        a_list = f"a list as long as {argument.as_long_as}" if argument.as_long_as else "a list"
    return f"{a_list}, each {', '.join(limits)}" if limits else a_list


def _listed(values: list[Any]) -> str:
    """Values in words: `1, 2 or 4`."""
    texts = [written(value) for value in values]
    return " or ".join(filter(None, [", ".join(texts[:-1]), texts[-1]]))
