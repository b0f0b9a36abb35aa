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
from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from keyword import iskeyword
from typing import Any, NamedTuple

from archcalc.arithmetic import whole
from archcalc.errors import did_you_mean, quote
from archcalc.expressions import functions
from archcalc.expressions.functions import FUNCTIONS, CalculationError

LONGEST = 200
"""The most characters of an expression."""
MOST_DIGITS = 12
"""The most characters of a number."""
LARGEST = 10**9
"""The largest value; the smallest is its negative."""
LONGEST_LIST = 256
"""The most values in a list, those of lists inside it included."""

Scope = dict[Any, Any]
"""What expressions see: each name, and each SizeOf, with what it stands for."""
_Evaluate = Callable[[Scope], Any]


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
    _evaluate: _Evaluate = field(compare=False, repr=False)
    _parts: tuple[Any, ...] | None = None
    """The values of a list, for copies of it."""

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
        return (parse, (self.text,)) if self._parts is None else (list_of, (self._parts, self.text))


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
        parts,
    )


def bounded(value: Any, text: str = "") -> Any:
    """The value, unless it is larger than any size in a network, or a longer list; `text` is the
    expression that it is the value of."""
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


# --- reading --------------------------------------------------------------------------------------

_ALLOWED = re.compile(r"[A-Za-z0-9_ +\-*/()\[\],.<>=!]*")
_NUMBER = re.compile(r"[0-9]+(\.[0-9]+)?")
_RUN_TOGETHER = re.compile(r"(?<![A-Za-z0-9_])[0-9.]+(and|else|if|in|is|not|or)\b")
"""`1or 2`, which Python reads and warns of on stderr."""
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
    if not _ALLOWED.fullmatch(text) or _RUN_TOGETHER.search(text) or not text.strip():
        raise ExpressionError(
            f"{quote(text)} is no expression", "names, numbers, + - * / // ( ) [ ]"
        )
    if text.isidentifier() and not iskeyword(text):  # most are; the parser is slow to start
        name = frozenset({text})
        return Expression(text, name, frozenset(), False, 1, operator.itemgetter(text))
    reader = _Reader(text.strip())
    try:
        evaluate = reader.read(ast.parse(reader.text, mode="eval").body)
    except (SyntaxError, ValueError, MemoryError) as error:
        if isinstance(error, ExpressionError):
            raise
        raise ExpressionError(f"{quote(text)} is no expression", "is something missing?") from None
    except RecursionError:
        raise ExpressionError(f"{quote(text)} is nested too deeply") from None
    names, sizes = frozenset(reader.names), frozenset(reader.sizes.values())
    return Expression(text, names, sizes, reader.is_condition, reader.steps, evaluate)


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

    def read(self, tree: ast.expr) -> _Evaluate:
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

    def _call(self, tree: ast.expr, name: str, arguments: list[ast.expr]) -> _Evaluate:
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


def _binary(operate: Callable[[Any, Any], Any], left: _Evaluate, right: _Evaluate) -> _Evaluate:
    return lambda scope: operate(left(scope), right(scope))


def _boolean(every: bool, parts: list[_Evaluate]) -> _Evaluate:
    if every:
        return lambda scope: int(all(part(scope) for part in parts))
    return lambda scope: int(any(part(scope) for part in parts))
