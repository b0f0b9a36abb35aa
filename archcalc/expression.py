"""The arithmetic of spec files: Python's `+ - * / //`, comparisons and list items, and no more.

`/` is exact (a fraction, never a float), `//` rounds down. There is no power, no call, no
attribute, so a value grows no faster than its text.

>>> parse("(depth - 4) / 6").evaluate({"depth": 28})
4
>>> parse("kernel_size // 2").evaluate({"kernel_size": (1, 7)})
(0, 3)
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from keyword import iskeyword
from typing import Any

from archcalc.arithmetic import exact_div, whole
from archcalc.errors import did_you_mean, quote

LONGEST = 200
MOST_DIGITS = 12
LARGEST = 10**9
LONGEST_LIST = 256
"""Values in a list, those of lists inside it included."""
LONGEST_OPERAND = 16
"""Values in a list that is calculated with, once for each operator of an expression."""

Scope = dict[str, Any]
"""What expressions see: each name with what it stands for."""
_Evaluate = Callable[[Scope], Any]


class ExpressionError(ValueError):
    """An expression that cannot be read or evaluated: the problem and a suggestion."""

    def __init__(self, problem: str, hint: str = ""):
        self.problem, self.hint = problem, hint
        super().__init__(f"{problem}; {hint}" if hint else problem)


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression: its text, the names it uses, and whether it compares anything."""

    text: str
    names: frozenset[str]
    is_condition: bool
    _evaluate: _Evaluate

    def evaluate(self, scope: Scope) -> Any:
        """The value, in whatever number system the scope's values are.

        Raises:
            ExpressionError: division by zero, an index out of range, a value over 10^9, a name
                that is not in scope, or arithmetic on what is no number.
        """
        try:
            return bounded(self._evaluate(scope))
        except ZeroDivisionError:
            raise ExpressionError(f"{quote(self.text)} divides by zero") from None
        except IndexError:
            raise ExpressionError(f"{quote(self.text)} reads past the end of a list") from None
        except KeyError as error:
            hint = did_you_mean(error.args[0], scope)
            raise ExpressionError(
                f"unknown name {quote(error.args[0])} in {quote(self.text)}", hint
            ) from None
        except TypeError:
            raise ExpressionError(f"{quote(self.text)} calculates with what is no number") from None

    def __str__(self) -> str:
        return self.text


def bounded(value: Any) -> Any:
    """The value, unless it is larger than any size in a network, or a longer list."""
    kind = type(value)
    if kind is tuple:
        if length(value) > LONGEST_LIST:
            raise ExpressionError(f"a list has more than {LONGEST_LIST} values")
        for part in value:
            bounded(part)
    elif (kind is int or kind is Fraction) and not -LARGEST <= value <= LARGEST:
        raise ExpressionError("a value is larger than 10^9")
    return value


def length(value: Any) -> int:
    """The values in a list, those of lists inside it included; other values are one."""
    return sum(map(length, value)) + 1 if isinstance(value, tuple | list) else 1


_ALLOWED = re.compile(r"[A-Za-z0-9_ +\-*/()\[\],.<>=!]*")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_RUN_TOGETHER = re.compile(r"(?<![A-Za-z0-9_])[0-9.]+(and|else|if|in|is|not|or)\b")
"""`1or 2`, which Python reads and warns of on stderr."""


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """The expression that a text writes.

    Raises:
        ExpressionError: it is too long, or has something beside the arithmetic above.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"an expression of {len(text)} characters; the most is {LONGEST}")
    if not _ALLOWED.fullmatch(text) or _RUN_TOGETHER.search(text) or not text.strip():
        raise ExpressionError(
            f"{quote(text)} is no expression", "names, numbers, + - * / // ( ) [ ]"
        )
    if text.isidentifier() and not iskeyword(text):  # most are; the parser is slow to start
        return Expression(text, frozenset({text}), False, operator.itemgetter(text))
    try:
        tree = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ExpressionError(f"{quote(text)} is no expression", "is something missing?") from None
    reader = _Reader(text.strip())
    try:
        evaluate = reader.read(tree)
    except RecursionError:
        raise ExpressionError(f"{quote(text)} is nested too deeply") from None
    return Expression(text, frozenset(reader.names), reader.is_condition, evaluate)


def literal(number: str) -> int | Fraction:
    """A number of a spec file, exact.

    >>> literal("0.5"), literal("32")
    (Fraction(1, 2), 32)
    """
    if len(number) > MOST_DIGITS or not _NUMBER.fullmatch(number.removeprefix("-")):
        raise ExpressionError(
            f"{quote(number)} is no number", f"at most {MOST_DIGITS} digits, no exponent"
        )
    return whole(Fraction(number)) if "." in number else int(number)


def _elementwise(operate: Callable[[Any, Any], Any]) -> Callable[[Any, Any], Any]:
    """On a list, an operator works element by element."""

    def apply(a: Any, b: Any) -> Any:
        if type(a) is tuple or type(b) is tuple:
            if any(type(v) is tuple and len(v) > LONGEST_OPERAND for v in (a, b)):
                raise ExpressionError(f"calculates with a list of more than {LONGEST_OPERAND}")
            if type(a) is tuple and type(b) is tuple:
                if len(a) != len(b):
                    raise ExpressionError("lists of different lengths")
                return tuple(map(operate, a, b))
            if type(a) is tuple:
                return tuple(operate(x, b) for x in a)
            return tuple(operate(a, x) for x in b)
        return operate(a, b)

    return apply


_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: _elementwise(operator.add),
    ast.Sub: _elementwise(operator.sub),
    ast.Mult: _elementwise(operator.mul),
    ast.Div: _elementwise(exact_div),
    ast.FloorDiv: _elementwise(operator.floordiv),
}
_COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}


class _Reader:
    """Turns Python's syntax tree into a function of a scope, refusing all else."""

    def __init__(self, text: str):
        self.text = text
        self.names: set[str] = set()
        self.is_condition = False

    def read(self, tree: ast.expr) -> _Evaluate:
        match tree:
            case ast.Constant():
                return self._number(tree)
            case ast.Name(id=name):
                self.names.add(name)
                return operator.itemgetter(name)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return _binary(_OPERATORS[type(op)], self.read(left), self.read(right))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _binary(_OPERATORS[ast.Sub], lambda scope: 0, self.read(operand))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self.is_condition = True
                negated = self.read(operand)
                return lambda scope: int(not negated(scope))
            case ast.BoolOp(op=op, values=values):
                self.is_condition = True
                return _boolean(isinstance(op, ast.And), [self.read(value) for value in values])
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
                self.is_condition = True
                compare = _binary(_COMPARISONS[type(op)], self.read(left), self.read(right))
                return lambda scope: int(compare(scope))
            case ast.Subscript(value=value, slice=index):
                return _item(self.read(value), self.read(index))
            case ast.List(elts=elements):
                items = [self.read(element) for element in elements]
                return lambda scope: tuple(item(scope) for item in items)
        part = self.text[tree.col_offset : tree.end_col_offset]
        allowed = "only + - * / //, lists, names"
        if isinstance(tree, ast.Compare):
            allowed = "only == != < <= > >= of two values; 'and' joins comparisons"
        raise ExpressionError(f"{quote(part)} is not allowed here", allowed)

    def _number(self, tree: ast.Constant) -> _Evaluate:
        value = literal(self.text[tree.col_offset : tree.end_col_offset])
        return lambda scope: value


def _binary(operate: Callable[[Any, Any], Any], left: _Evaluate, right: _Evaluate) -> _Evaluate:
    return lambda scope: operate(left(scope), right(scope))


def _boolean(every: bool, parts: list[_Evaluate]) -> _Evaluate:
    if every:
        return lambda scope: int(all(part(scope) for part in parts))
    return lambda scope: int(any(part(scope) for part in parts))


def _item(value: _Evaluate, index: _Evaluate) -> _Evaluate:
    def item(scope: Scope) -> Any:
        items, i = value(scope), index(scope)
        if type(items) is not tuple or not isinstance(i, int):
            raise TypeError
        if i < 0:
            raise IndexError
        return items[i]

    return item
