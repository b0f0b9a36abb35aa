"""The values of a spec file, checked: texts, names, numbers, expressions, fields.

A SpecReader notes every problem and goes on, so that one run of the reader reports them all.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from fractions import Fraction
from itertools import chain, islice
from typing import Any

from archcalc.errors import Problem, did_you_mean, quote
from archcalc.expressions.expression import (
    LONGEST_LIST,
    Expression,
    ExpressionError,
    bounded,
    length,
    list_of,
)
from archcalc.expressions.parsing import parse
from archcalc.language.context import Context
from archcalc.language.model import Value
from archcalc.language.strict_json import MOST_PROBLEMS
from archcalc.ops.fields import FieldInfo, check, written
from archcalc.ops.kinds import FieldError
from archcalc.ops.registry import OPS

NAME = re.compile(r"(?=.*[A-Za-z_])[A-Za-z0-9_]{1,64}")
NAME_HINT = "1 to 64 of A-Z a-z 0-9 _, not digits alone"


MOST_WRITTEN = 20_000
"""The most items that are written in a file."""
MOST_SUGGESTED = 1_000
"""The most names that a misspelt one is compared with."""
MOST_LETTERS = 5_000
"""The most letters that these have."""


OWN_ITEM = {
    "activation": 'an activation is an item behind it: {"op": "relu"}',
    "batch_norm": 'a norm is an item behind it: {"op": "batch_norm"}',
    "dropout": 'dropout is an item of its own: {"op": "dropout", "p": 0.5}',
    "in_channels": "it follows from the input of the layer",
    "in_features": "it follows from the input of the layer",
}
"""What stands here in place of keys that layers have in other frameworks."""
UNEVEN = 'uneven sides are an item before: {"op": "pad", "height": [1, 2], "width": [1, 2]}'


class Stop(Exception):
    """Enough of a file has been read to refuse it; what is said of that."""


class SpecReader:
    """One file as it is read: its problems so far, and what of it has been used."""

    def __init__(self, blocks: Mapping[str, Mapping[str, Any]]):
        self.problems: list[Problem] = []
        self.warnings: list[Problem] = []
        """What is probably a mistake, and no reason to refuse the file."""
        self.blocks = blocks
        """The arguments that each block of the file declares."""
        self.used: set[str] = set()
        """Names of arguments and blocks that an expression or a block's use has named."""
        self.items = 0
        self.has_auxiliary = False

    def problem(self, place: str, problem: str, hint: str = "") -> None:
        """Note what is wrong at a place.

        Raises:
            Stop: nobody reads on.
        """
        self.problems.append(Problem(place, problem, hint))
        if len(self.problems) == MOST_PROBLEMS:
            raise Stop(f"reading stopped after {MOST_PROBLEMS} problems")

    def warn(self, place: str, problem: str) -> None:
        """Note what is probably a mistake."""
        if len(self.warnings) < MOST_PROBLEMS:
            self.warnings.append(Problem(place, problem))

    def count_item(self) -> None:
        """Count an item of the file.

        Raises:
            Stop: they are too many.
        """
        self.items += 1
        if self.items > MOST_WRITTEN:
            raise Stop(f"it has more than {MOST_WRITTEN:,} items")

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
        self,
        tree: Mapping[str, Any],
        known: Iterable[str],
        place: str,
        what: str = "key",
        *,
        meant: Iterable[str] = (),
        hints: Mapping[str, str] = OWN_ITEM,
        see: str = "",
    ) -> None:
        """Note the keys that an object cannot have; others may be `meant` than those it can, of
        some `hints` say where they belong, and of all else where those that it can are listed."""
        for key in tree:
            if key not in known:
                hint = did_you_mean(key, (*known, *meant)) or hints.get(key, see)
                self.problem(place, f"unknown {what} {quote(key)}", hint)

    # --- numbers and expressions ------------------------------------------------------------------

    def number(self, value: Any, place: str, what: str, context: Context) -> Value:
        """A whole number, or an expression for one; `what` it is, if the place is an item."""
        if isinstance(value, str):
            return self.expression(value, place, context, what=what)
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

    def condition(self, value: Any, place: str, what: str, context: Context) -> Value:
        """A condition: an expression that may compare, or true or false."""
        if isinstance(value, str):
            return self.expression(value, place, context, may_compare=True, what=what)
        if not isinstance(value, int):
            self.problem(place, f"{what} takes a condition, got {written(value)}")
            return 1
        return self.constant(value, place, what)

    def argument(self, value: Any, place: str, context: Context, what: str = "") -> Value:
        """The value of an argument: a number, a list, or an expression that may compare."""
        if isinstance(value, str):
            return self.expression(value, place, context, may_compare=True, what=what)
        if isinstance(value, list):
            if length(value) > LONGEST_LIST:
                self.problem(place, f"a list has more than {LONGEST_LIST} values")
                return ()
            return self.list(value, place, context, what)
        if value is None or isinstance(value, dict):
            expected = "an argument takes a number, a list or an expression"
            self.problem(place, f"{expected}, got {written(value)}")
            return 0
        return self.constant(int(value) if isinstance(value, bool) else value, place, what)

    def list(self, values: list[Any], place: str, context: Context, what: str = "") -> Value:
        """A list as a tuple; one expression for all of it where any part is an expression."""
        parts: list[Value] = []
        for value in values:
            if isinstance(value, list):
                parts.append(self.list(value, place, context, what))
            elif isinstance(value, str):
                parts.append(self.expression(value, place, context, what=what))
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
        context: Context,
        *,
        may_compare: bool = False,
        what: str = "",
        words: tuple[str, ...] = (),
    ) -> Value:
        """An expression whose names are all visible here, or else blocks or ops.

        `what` it is for, such as a field and what that takes, where the place does not say it; the
        `words` that it takes instead may be meant.
        """
        before = f"{what}: " if what else ""
        try:
            expression = parse(text)
        except ExpressionError as error:
            self.problem(place, before + error.problem, error.hint)
            return 1
        for name in sorted(expression.names):
            if context.sees(name) or name in self.blocks or name in OPS:
                self.used.add(name)
            else:
                hint = near(name, chain(words, context.seen(), self.blocks))
                where = "" if name == text else f" in {quote(text)}"
                self.problem(place, f"{before}unknown name {quote(name)}{where}", hint)
        for size in sorted(expression.sizes):
            if not context.names.knows(size.item):
                hint = near(size.item, context.names.all())
                self.problem(place, f"{before}{size}: no earlier item {quote(size.item)}", hint)
        if expression.is_condition and not may_compare:
            rule = "a condition belongs in 'when' or an argument"
            self.problem(place, f"{before}{quote(text)} compares; {rule}")
        return expression

    def field(self, value: Any, info: FieldInfo, name: str, place: str, context: Context) -> Value:
        """An op's field: checked now if it is a constant, else its expression."""
        kind = info.kind
        if isinstance(value, str) and value in info.words:
            return value
        if isinstance(value, str) and not kind.is_text:
            what = f"{name} takes {info.accepts}"
            return self.expression(value, place, context, what=what, words=info.words)
        if isinstance(value, list):
            is_text = kind.is_text and all(isinstance(part, str | int) for part in value)
            what = f"{name} takes {info.accepts}"
            value = tuple(value) if is_text else self.list(value, place, context, what)
            if isinstance(value, Expression):
                return value
        elif isinstance(value, int | Fraction):
            value = self.constant(value, place, name)
        try:
            return check(kind, value)
        except FieldError as error:
            is_uneven = name == "padding" and isinstance(value, tuple)
            is_uneven = is_uneven and (len(value) > 2 or any(isinstance(v, tuple) for v in value))
            self.problem(place, f"{name} {error}", UNEVEN if is_uneven else "")
            return value


def near(name: str, known: Iterable[str]) -> str:
    """A suggestion from the names of a file, which may have very many, and long ones."""
    some, letters = [], 0
    for other in islice(known, MOST_SUGGESTED):
        letters += len(other)
        if letters > MOST_LETTERS:
            break
        some.append(other)
    return did_you_mean(name, some)
