"""The arithmetic of spec files: Python's `+ - * / //`, comparisons, list items, a few functions.

Numbers are exact: `/` gives a fraction, never a float, and a fraction that is whole is a whole
number. There is no power and no attribute, and every step is bounded, so a value grows no faster
than its text.

>>> parse("(depth - 4) / 6").evaluate({"depth": 28})
4
>>> parse("kernel_size // 2").evaluate({"kernel_size": (1, 7)})
(0, 3)
>>> parse("round_to(96 * width, 8)").evaluate({"width": Fraction(3, 4)})
72
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable, Mapping
from fractions import Fraction
from functools import lru_cache
from keyword import iskeyword
from typing import Any

from archcalc.arithmetic import whole
from archcalc.errors import did_you_mean, quote
from archcalc.expressions import functions
from archcalc.expressions.expression import Evaluate, Expression, ExpressionError, SizeOf
from archcalc.expressions.functions import FUNCTIONS

LONGEST = 200
"""The most characters of an expression."""
MOST_DIGITS = 24
"""The most characters of a number: as many as the shortest text of a float has without exponent."""

_ALLOWED = re.compile(r"[A-Za-z0-9_ +\-*/()\[\],.<>=!]*")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_RUN_TOGETHER = re.compile(r"(?<!\w)[0-9][\w.]*?(and|else|if|in|is|not|or)")
"""`1or 2`, `0.5inside`: Python reads a number and a word of its own, and warns of it on stderr."""
_SIZE = re.compile(
    r"\b(channels|height|width|frames|tokens|features)\( *([A-Za-z0-9_][A-Za-z0-9_.]*) *\)"
)
_PLACEHOLDER = "\u0131"
"""A letter that no expression has: names that begin with it stand for sizes, whose paths, such as
`mixed.1x1`, Python does not parse."""


@lru_cache(maxsize=4096)
def parse(text: str) -> Expression:
    """The expression that a text writes.

    Raises:
        ExpressionError: it is too long, or has something beside the arithmetic above.
    """
    if len(text) > LONGEST:
        raise ExpressionError(f"an expression of {len(text)} characters; the most is {LONGEST}")
    if not _ALLOWED.fullmatch(text) or not text.strip():
        raise _no_expression(text)
    if text.isidentifier() and not iskeyword(text):  # most are; the parser is slow to start
        name, value_of = frozenset({text}), operator.itemgetter(text)
        return Expression(text, name, frozenset(), False, 1, value_of, (parse, text))
    reader = _Reader(text.strip())
    if _RUN_TOGETHER.search(reader.text):
        raise _no_expression(text)
    try:
        evaluate = reader.read(ast.parse(reader.text, mode="eval").body)
    except (SyntaxError, ValueError, MemoryError) as error:
        if isinstance(error, ExpressionError):
            raise
        raise ExpressionError(f"{quote(text)} is no expression", "is something missing?") from None
    except RecursionError:
        raise ExpressionError(f"{quote(text)} is nested too deeply") from None
    names, sizes = frozenset(reader.names), frozenset(reader.sizes.values())
    is_condition, steps = reader.is_condition, reader.steps
    return Expression(text, names, sizes, is_condition, steps, evaluate, (parse, text))


def _no_expression(text: str) -> ExpressionError:
    return ExpressionError(f"{quote(text)} is no expression", "names, numbers, + - * / // ( ) [ ]")


def literal(number: str) -> int | Fraction:
    """A number of a spec file, exact.

    >>> literal("0.5"), literal("32")
    (Fraction(1, 2), 32)

    Raises:
        ExpressionError: it has an exponent or too many digits.
    """
    if len(number) > MOST_DIGITS or not _NUMBER.fullmatch(number.removeprefix("-")):
        raise ExpressionError(
            f"{quote(number)} is no number", f"at most {MOST_DIGITS} digits, no exponent"
        )
    return whole(Fraction(number)) if "." in number else int(number)


_OPERATORS: Mapping[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: functions.add,
    ast.Sub: functions.subtract,
    ast.Mult: functions.multiply,
    ast.Div: functions.divide,
    ast.FloorDiv: functions.divide_down,
}
_COMPARISONS: Mapping[type[ast.cmpop], Callable[[Any, Any], Any]] = {
    ast.Eq: functions.equal,
    ast.NotEq: functions.unequal,
    ast.Lt: functions.less,
    ast.LtE: functions.at_most,
    ast.Gt: functions.greater,
    ast.GtE: functions.at_least,
}


class _Reader:
    """Turns Python's syntax tree into a function of a scope, refusing all else."""

    def __init__(self, text: str):
        self.names: set[str] = set()
        self.sizes: dict[str, SizeOf] = {}
        """The sizes that are asked for, by the names that stand for them while Python parses."""
        self.is_condition = False
        self.steps = 0
        self.text = _SIZE.sub(self._placeholder, text)

    def _placeholder(self, match: re.Match[str]) -> str:
        name = f"{_PLACEHOLDER}{len(self.sizes)}"
        self.sizes[name] = SizeOf(match[1], match[2])
        return name

    def read(self, tree: ast.expr) -> Evaluate:
        self.steps += 1
        match tree:
            case ast.Constant():
                value = literal(self._text(tree))
                return lambda scope: value
            case ast.Name(id=name) if name in self.sizes:
                return operator.itemgetter(self.sizes[name])
            case ast.Name(id=name):
                self.names.add(name)
                return operator.itemgetter(name)
            case ast.BinOp(left=left, op=op, right=right) if type(op) in _OPERATORS:
                return _binary(_OPERATORS[type(op)], self.read(left), self.read(right))
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return _binary(functions.subtract, lambda scope: 0, self.read(operand))
            case ast.UnaryOp(op=ast.Not(), operand=operand):
                self.is_condition = True
                negated = self.read(operand)
                return lambda scope: int(not negated(scope))
            case ast.BoolOp(op=op, values=values):
                self.is_condition = True
                return _boolean(isinstance(op, ast.And), [self.read(value) for value in values])
            case ast.Compare(left=left, ops=[op], comparators=[right]) if type(op) in _COMPARISONS:
                self.is_condition = True
                return _binary(_COMPARISONS[type(op)], self.read(left), self.read(right))
            case ast.Subscript(value=value, slice=index):
                return _binary(functions.item, self.read(value), self.read(index))
            case ast.List(elts=elements):
                items = [self.read(element) for element in elements]
                return lambda scope: tuple(item(scope) for item in items)
            case ast.Call(func=ast.Name(id=name), args=arguments, keywords=[]):
                return self._call(tree, name, arguments)
        allowed = "only + - * / //, lists, names, functions"
        if isinstance(tree, ast.Compare):
            allowed = "only == != < <= > >= of two values; 'and' joins comparisons"
        if isinstance(tree, ast.Tuple):
            allowed = f"a list is written [{self._text(tree).strip('()')}]"
        raise ExpressionError(f"{quote(self._text(tree))} is not allowed here", allowed)

    def _call(self, tree: ast.expr, name: str, arguments: list[ast.expr]) -> Evaluate:
        if name not in FUNCTIONS:
            known = did_you_mean(name, FUNCTIONS) or f"the functions are {', '.join(FUNCTIONS)}"
            raise ExpressionError(f"no function {quote(self._text(tree))}", known)
        function = FUNCTIONS[name]
        if len(arguments) not in function.arguments:
            raise ExpressionError(f"{quote(self._text(tree))} is not {function.call}")
        self.steps += function.weight
        values = [self.read(argument) for argument in arguments]
        return lambda scope: function.compute(*(value(scope) for value in values))

    def _text(self, tree: ast.expr) -> str:
        """What a part of the tree was read from."""
        part = self.text.encode()[tree.col_offset : tree.end_col_offset].decode()
        return re.sub(f"{_PLACEHOLDER}[0-9]+", lambda match: str(self.sizes[match[0]]), part)


def _binary(operate: Callable[[Any, Any], Any], left: Evaluate, right: Evaluate) -> Evaluate:
    return lambda scope: operate(left(scope), right(scope))


def _boolean(every: bool, parts: list[Evaluate]) -> Evaluate:
    if every:
        return lambda scope: int(all(part(scope) for part in parts))
    return lambda scope: int(any(part(scope) for part in parts))
