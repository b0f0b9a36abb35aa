"""A number that remembers its name and how it was computed.

The formulas that count with ints, read with Traced numbers, show their working:

>>> kernel, channels, out = Traced(5, "kernel"), Traced(1, "in"), Traced(6, "out")
>>> parameters = (product(kernel, kernel, channels) + Traced(1, "1", default=True)) * out
>>> print(working(parameters))
(kernel·kernel·in + 1)·out = (5·5·1 + 1)·6 = 156
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from archcalc.arithmetic import exact_div

SUM, PRODUCT, ATOM = 1, 2, 3
_PRECEDENCE = {"+": SUM, "-": SUM, "*": PRODUCT, "//": PRODUCT, "/": PRODUCT}


class Traced:
    """A value with its making: a named leaf, or an operation on other values.

    A leaf that only says the default (no bias, one group, no dilation) is left out of the
    arithmetic where it changes nothing, so that no `+ 0` and no `/1` is ever shown. `computed`
    marks a leaf that is itself a count and not a size; it is printed with thousands separators.
    """

    __slots__ = ("args", "computed", "default", "group", "label", "operation", "value")

    def __init__(
        self,
        value: Any,
        label: str = "",
        *,
        operation: str = "",
        args: tuple[Traced, ...] = (),
        default: bool = False,
        computed: bool = False,
        group: bool = False,
    ):
        self.value = value
        self.label = label
        self.operation = operation
        self.args = args
        self.default = default
        self.computed = computed
        self.group = group

    def __add__(self, other: Any) -> Traced:
        return _sum(self, _traced(other))

    def __radd__(self, other: Any) -> Traced:
        return _sum(_traced(other), self)

    def __sub__(self, other: Any) -> Traced:
        return _difference(self, _traced(other))

    def __rsub__(self, other: Any) -> Traced:
        return _difference(_traced(other), self)

    def __mul__(self, other: Any) -> Traced:
        return _product(self, _traced(other))

    def __rmul__(self, other: Any) -> Traced:
        return _product(_traced(other), self)

    def __floordiv__(self, other: Any) -> Traced:
        divisor = _traced(other)
        return _operation("//", self.value // divisor.value, self, divisor)

    def __rfloordiv__(self, other: Any) -> Traced:
        return _traced(other) // self

    def __truediv__(self, other: Any) -> Traced:
        divisor = _traced(other)
        if divisor.default and divisor.value == 1:
            return self
        return _operation("/", exact_div(self.value, divisor.value), self, divisor)

    def __rtruediv__(self, other: Any) -> Traced:
        return _traced(other) / self

    def minimum(self, other: Any) -> Traced:
        """`min(self, other)`."""
        b = _traced(other)
        return _operation("min", min(self.value, b.value), self, b)

    def maximum(self, other: Any) -> Traced:
        """`max(self, other)`."""
        b = _traced(other)
        return _operation("max", max(self.value, b.value), self, b)

    def grouped(self) -> Traced:
        """The same number, whose factors belong together: in parentheses among other factors."""
        if self.operation != "*":
            return self
        return Traced(self.value, operation="*", args=self.args, group=True)

    @staticmethod
    def named(label: str, value: Any) -> Traced:
        """A leaf of this number system; see archcalc.arithmetic.named."""
        return Traced(value, label)

    def __bool__(self) -> bool:
        raise TypeError("a formula must not branch on a number: structure is decided on ints")

    def __repr__(self) -> str:
        return f"Traced({formula(self)} = {self.value})"


def _traced(number: Any) -> Traced:
    return number if isinstance(number, Traced) else Traced(number)


def _operation(operation: str, value: Any, *args: Traced) -> Traced:
    return Traced(value, operation=operation, args=args)


def _is_silent(number: Traced, value: int) -> bool:
    return number.default and number.value == value


def _sum(a: Traced, b: Traced) -> Traced:
    if _is_silent(a, 0):
        return b
    if _is_silent(b, 0):
        return a
    return _operation("+", a.value + b.value, a, b)


def _difference(a: Traced, b: Traced) -> Traced:
    if _is_silent(b, 0):
        return a
    if a.default and a.value == b.value:  # (dilation - 1) of an undilated kernel
        return Traced(0, default=True)
    return _operation("-", a.value - b.value, a, b)


def _product(a: Traced, b: Traced) -> Traced:
    if _is_silent(a, 0) or _is_silent(b, 0):
        return Traced(0, default=True)
    if _is_silent(a, 1) or _is_plain_one(a):
        return b
    if _is_silent(b, 1):
        return a
    return _operation("*", a.value * b.value, a, b)


def _is_plain_one(number: Traced) -> bool:
    """The 1 that math.prod starts from."""
    return not number.operation and not number.label and number.value == 1


def total(parts: list[Any], labels: list[str] | None = None) -> Traced:
    """The sum of several counts, as one line of arithmetic over their names."""
    leaves = [
        Traced(part, label, computed=True)
        for part, label in zip(parts, labels or [""] * len(parts), strict=True)
    ]
    result = leaves[0]
    for leaf in leaves[1:]:
        result = _operation("+", result.value + leaf.value, result, leaf)
    return result


# --- rendering ------------------------------------------------------------------------------------

Leaf = Callable[[Traced], str]


def formula(number: Any) -> str:
    """The arithmetic in names: `(kernel·kernel·in + 1)·out`."""
    return _render(_traced(number), lambda leaf: leaf.label or _digits(leaf.value))


def substituted(number: Any, *, commas: bool = False) -> str:
    """The arithmetic in digits, `(5·5·1 + 1)·6`; it evaluates to the value as plain arithmetic.

    With `commas`, for people, counts have thousands separators and sizes stay plain.
    """
    return _render(
        _traced(number),
        lambda leaf: f"{leaf.value:,}" if commas and leaf.computed else _digits(leaf.value),
    )


def working(number: Any) -> str:
    """Formula, substitution and result, on one line for people."""
    steps = [formula(number), substituted(number, commas=True), f"{_traced(number).value:,}"]
    distinct = [step for i, step in enumerate(steps) if i == 0 or step != steps[i - 1]]
    return " = ".join(distinct)


def latex(number: Any, *, names: bool = True) -> str:
    r"""The arithmetic as LaTeX, with `\cdot` for the product and `\lfloor \rfloor` for `//`."""

    def leaf(number: Traced) -> str:
        if names and number.label and not number.label.isdigit():
            return r"\mathrm{" + number.label.replace("_", r"\_") + "}"
        return _digits(number.value)

    return _render(_traced(number), leaf, _LATEX)


def python(number: Any) -> str:
    """The arithmetic as a Python expression over the names."""
    return _render(_traced(number), lambda leaf: leaf.label or _digits(leaf.value), _PYTHON)


_TEXT = {"*": "{}·{}", "+": "{} + {}", "-": "{} - {}", "//": "{}//{}", "/": "{}/{}"}
_PYTHON = _TEXT | {"*": "{}*{}"}
_LATEX = {
    "*": r"{} \cdot {}",
    "+": "{} + {}",
    "-": "{} - {}",
    "//": r"\left\lfloor \frac{{{}}}{{{}}} \right\rfloor",
    "/": r"\frac{{{}}}{{{}}}",
    "min": r"\min\left({}, {}\right)",
    "max": r"\max\left({}, {}\right)",
}


def _digits(value: Any) -> str:
    return f"({value})" if isinstance(value, Fraction) or value < 0 else str(value)


def _render(number: Traced, leaf: Leaf, style: dict[str, str] = _TEXT) -> str:
    """Iterative over the left operand: a sum of thousands of terms must not exhaust the stack."""
    spine = []
    while number.operation:
        spine.append(number)
        number = number.args[0]
    text = leaf(number)
    previous = number
    for parent in reversed(spine):
        right = _render(parent.args[1], leaf, style)
        operation = parent.operation
        template = style.get(operation, operation + "({}, {})")
        if operation in _PRECEDENCE and not template.startswith("\\"):
            text = _in_parentheses(text, _left_needs(previous, operation), style)
            right = _in_parentheses(right, _right_needs(parent.args[1], operation), style)
        text = template.format(text, right)
        previous = parent
    return text


def _in_parentheses(text: str, needed: bool, style: dict[str, str]) -> str:
    if not needed:
        return text
    return rf"\left({text}\right)" if style is _LATEX else f"({text})"


def _precedence(number: Traced) -> int:
    return _PRECEDENCE.get(number.operation, ATOM)


def _left_needs(operand: Traced, operation: str) -> bool:
    if operation in "+-":
        return False
    if operation == "*":
        return _precedence(operand) == SUM or operand.group or operand.operation in ("/", "//")
    return _precedence(operand) < ATOM and operand.operation != operation


def _right_needs(operand: Traced, operation: str) -> bool:
    if operation == "+":
        return False
    if operation == "-":
        return _precedence(operand) == SUM
    if operation == "*":
        return _precedence(operand) == SUM or operand.group or operand.operation in ("/", "//")
    return _precedence(operand) < ATOM
