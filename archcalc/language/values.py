"""The values of a spec file, checked: texts, names, numbers, expressions, fields.

A SpecReader notes every problem and goes on, so that one run of the reader reports them all.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from fractions import Fraction
from itertools import islice
from typing import Any

from archcalc.errors import Problem, did_you_mean, quote
from archcalc.expression import (
    LONGEST_LIST,
    Expression,
    ExpressionError,
    bounded,
    length,
    list_of,
    parse,
)
from archcalc.language.model import Value
from archcalc.language.strict_json import MOST_PROBLEMS
from archcalc.ops.fields import FieldError, Kind, check, written
from archcalc.ops.registry import OPS

NAME = re.compile(r"(?=.*[A-Za-z_])[A-Za-z0-9_]{1,64}")
NAME_HINT = "1 to 64 of A-Z a-z 0-9 _, not digits alone"


def near(name: str, known: Iterable[str]) -> str:
    """A suggestion from the names of a file, which may have very many."""
    return did_you_mean(name, islice(known, 200))


class TooManyProblems(Exception):
    """Enough problems have been found in one file."""


class SpecReader:
    """One file as it is read: its problems so far, and what of it has been used."""

    def __init__(self, blocks: Mapping[str, Mapping[str, Any]]):
        self.problems: list[Problem] = []
        self.blocks = blocks
        """The arguments that each block of the file declares; null must be given."""
        self.used: set[str] = set()
        """Names of arguments and blocks that an expression or a block's use has named."""

    def problem(self, place: str, problem: str, hint: str = "") -> None:
        """Note what is wrong at a place.

        Raises:
            TooManyProblems: nobody reads on.
        """
        self.problems.append(Problem(place, problem, hint))
        if len(self.problems) == MOST_PROBLEMS:
            raise TooManyProblems

    # --- plain values -----------------------------------------------------------------------------

    def object(self, value: Any, place: str, what: str = "") -> dict[str, Any]:
        """An object, or an empty one for what is none; `what` it is, if the place is an item."""
        if isinstance(value, dict):
            return value
        self.problem(place, f"{what} takes an object, got {written(value)}".lstrip())
        return {}

    def text(self, value: Any, place: str, what: str = "") -> str:
        """A text that people read."""
        if isinstance(value, str):
            return value
        self.problem(place, f"{what} takes a text, got {written(value)}".lstrip())
        return ""

    def name(self, value: Any, place: str) -> str:
        """A name for something in the file, or nothing where it cannot be one."""
        if value == "input":
            self.problem(place, "'input' cannot be a name", "it means the input")
        elif not isinstance(value, str) or not NAME.fullmatch(value):
            self.problem(place, f"{written(value)} cannot be a name", NAME_HINT)
        else:
            return value
        return ""

    def known_keys(
        self, tree: Mapping[str, Any], known: Iterable[str], place: str, what: str = "key"
    ) -> None:
        """Note the keys that an object cannot have."""
        for key in tree:
            if key not in known:
                self.problem(place, f"unknown {what} {quote(key)}", did_you_mean(key, known))

    # --- numbers and expressions ------------------------------------------------------------------

    def number(self, value: Any, place: str, what: str, visible: Collection[str]) -> Value:
        """A whole number, or an expression for one; `what` it is, if the place is an item."""
        if isinstance(value, str):
            return self.expression(value, place, visible, what=what)
        if isinstance(value, bool) or not isinstance(value, int):
            expected = "takes a whole number or an expression"
            self.problem(place, f"{what} {expected}, got {written(value)}")
            return 1
        return self.constant(value, place, what)

    def constant(self, value: Value, place: str, what: str = "") -> Value:
        """A number that is not larger than any in a network."""
        try:
            return bounded(value)
        except ExpressionError as error:
            self.problem(place, f"{what}: {error.problem}" if what else error.problem)
            return 1

    def condition(self, value: Any, place: str, what: str, visible: Collection[str]) -> Value:
        """A condition: an expression that may compare, or true or false."""
        if isinstance(value, str):
            return self.expression(value, place, visible, may_compare=True, what=what)
        if not isinstance(value, int):
            self.problem(place, f"{what} takes a condition, got {written(value)}")
            return 1
        return self.constant(value, place, what)

    def argument(self, value: Any, place: str, visible: Collection[str], what: str = "") -> Value:
        """The value of an argument: a number, a list, or an expression that may compare."""
        if isinstance(value, str):
            return self.expression(value, place, visible, may_compare=True, what=what)
        if isinstance(value, list):
            if length(value) > LONGEST_LIST:
                self.problem(place, f"a list has more than {LONGEST_LIST} values")
                return ()
            return self.list(value, place, visible, what)
        if value is None or isinstance(value, dict):
            expected = "an argument takes a number, a list or an expression"
            self.problem(place, f"{expected}, got {written(value)}")
            return 0
        return self.constant(int(value) if isinstance(value, bool) else value, place, what)

    def list(
        self, values: list[Any], place: str, visible: Collection[str], what: str = ""
    ) -> Value:
        """A list as a tuple; one expression for all of it where any part is an expression."""
        parts: list[Value] = []
        for value in values:
            if isinstance(value, list):
                parts.append(self.list(value, place, visible, what))
            elif isinstance(value, str):
                parts.append(self.expression(value, place, visible, what=what))
            elif value is None or isinstance(value, dict):
                self.problem(place, f"a list holds numbers and expressions, got {written(value)}")
            else:
                number = int(value) if isinstance(value, bool) else value
                parts.append(self.constant(number, place, what))
        expressions = [part for part in parts if isinstance(part, Expression)]
        if not expressions:
            return tuple(parts)
        return list_of(tuple(parts), written(values))

    def expression(
        self,
        text: str,
        place: str,
        visible: Collection[str],
        *,
        may_compare: bool = False,
        what: str = "",
    ) -> Value:
        """An expression whose names are all visible here, or else blocks or ops.

        `what` it is for, such as a field and what that takes, where the place does not say it.
        """
        before = f"{what}: " if what else ""
        try:
            expression = parse(text)
        except ExpressionError as error:
            self.problem(place, before + error.problem, error.hint)
            return 1
        for name in sorted(expression.names):
            if name in visible or name in self.blocks or name in OPS:
                self.used.add(name)
            else:
                hint = near(name, [*visible, *self.blocks])
                where = "" if name == text else f" in {quote(text)}"
                self.problem(place, f"{before}unknown name {quote(name)}{where}", hint)
        if expression.is_condition and not may_compare:
            rule = "a condition belongs in 'when' or an argument"
            self.problem(place, f"{before}{quote(text)} compares; {rule}")
        return expression

    def field(
        self, value: Any, kind: Kind, name: str, place: str, visible: Collection[str]
    ) -> Value:
        """An op's field: checked now if it is a constant, else its expression."""
        if isinstance(value, str) and not kind.is_text:
            return self.expression(value, place, visible, what=f"{name} takes {kind.accepts}")
        if isinstance(value, list):
            value = self.list(value, place, visible, f"{name} takes {kind.accepts}")
            if isinstance(value, Expression):
                return value
        elif isinstance(value, int | Fraction):
            value = self.constant(value, place, name)
        try:
            return check(kind, value)
        except FieldError as error:
            self.problem(place, f"{name} {error}")
            return value
