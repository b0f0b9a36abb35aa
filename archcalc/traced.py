"""A number that remembers its name and how it was computed.

The formulas that count with ints, read with Traced numbers, show their working:

>>> from archcalc.arithmetic import product
>>> kernel, channels, out = Traced(5, "kernel"), Traced(1, "in"), Traced(6, "out")
>>> parameters = (product(kernel, kernel, channels) + Traced(1, "1", default=True)) * out
>>> formula(parameters), substituted(parameters), parameters.value
('(kernel·kernel·in + 1)·out', '(5·5·1 + 1)·6', 156)
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from fractions import Fraction
from typing import Any

from archcalc.arithmetic import Zero, exact_div, sum_of, whole
from archcalc.formats.latex import escape

SUM, PRODUCT, ATOM = 1, 2, 3
_PRECEDENCE = {"+": SUM, "-": SUM, "*": PRODUCT, "//": PRODUCT, "/": PRODUCT}


class Traced:
    """A value with its making: a named leaf, or an operation on other values.

    A leaf that only says the default (no bias, one group, no dilation) is left out of the
    arithmetic where it changes nothing, so that no `+ 0` and no `/1` is ever shown. `computed`
    marks a leaf that is itself a count and not a size; it is printed with thousands separators.
    A leaf with a `definition` is a computed number that has a name of its own.
    """

    __slots__ = (
        "args",
        "computed",
        "default",
        "definition",
        "group",
        "label",
        "operation",
        "value",
    )

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
        definition: Traced | None = None,
    ):
        self.value = value
        self.label = label
        self.operation = operation
        self.args = args
        self.default = default
        self.computed = computed
        self.group = group
        self.definition = definition

    def __add__(self, other: Any) -> Traced:
        return _sum(self, _traced(other))

    def __radd__(self, other: Any) -> Traced:
        return _sum(_traced(other), self)

    def __sub__(self, other: Any) -> Traced:
        return _difference(self, _traced(other))

    def __rsub__(self, other: Any) -> Traced:
        return _difference(_traced(other), self)

    def __neg__(self) -> Traced:
        return _difference(Traced(0), self)

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Zero):
            return other
        return _product(self, _traced(other))

    def __rmul__(self, other: Any) -> Traced:
        return _product(_traced(other), self)

    def __floordiv__(self, other: Any) -> Traced:
        divisor = _traced(other)
        if divisor is self:
            return Traced(1, default=True)
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
        return _extremum("min", min, self, _traced(other))

    def maximum(self, other: Any) -> Traced:
        """`max(self, other)`."""
        return _extremum("max", max, self, _traced(other))

    def grouped(self) -> Traced:
        """The same number, whose factors belong together: in parentheses among other factors."""
        if self.operation != "*":
            return self
        return Traced(self.value, operation="*", args=self.args, group=True)

    @staticmethod
    def named(label: str, value: Any) -> Traced:
        """A leaf of this number system; see archcalc.arithmetic.named."""
        return Traced(value, label)

    def defined(self, label: str) -> Traced:
        """The number under a name; see archcalc.arithmetic.defined."""
        if not self.operation:
            return Traced(self.value, label, computed=self.computed)
        # Sizes have no commas, and 2048·1·1 is the size 2048; 512·7·7 is a count, 25,088.
        is_size = any(leaf.value == self.value for leaf in _leaves(self))
        return Traced(self.value, label, computed=not is_size, definition=self)

    def __bool__(self) -> bool:
        raise TypeError("a formula must not branch on a number: structure is decided on ints")

    def __repr__(self) -> str:
        return f"Traced({formula(self)} = {self.value})"


def _traced(number: Any) -> Traced:
    """A number that a formula writes out: one that changes nothing (+ 0, times 1) is silent."""
    return number if isinstance(number, Traced) else Traced(number, default=True)


def _operation(operation: str, value: Any, *args: Traced) -> Traced:
    return Traced(whole(value), operation=operation, args=args)


def _extremum(name: str, choose: Callable[..., Any], a: Traced, b: Traced) -> Traced:
    """`max(a, b)`, which is printed as `max(a, b, c)` where `a` is a max itself."""
    return _operation(name, choose(a.value, b.value), a, b)


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
    if a.default and a.label and a.value == b.value:  # (dilation - 1) of an undilated kernel
        return Traced(0, default=True)
    return _operation("-", a.value - b.value, a, b)


def _product(a: Traced, b: Traced) -> Traced:
    if _is_silent(a, 0) or _is_silent(b, 0):
        return Traced(0, default=True)
    if _is_one(a):
        return b
    if _is_one(b):
        return a
    return _operation("*", a.value * b.value, a, b)


def _is_one(number: Traced) -> bool:
    """A factor that changes nothing; a bias has the name 1 in formulas."""
    return _is_silent(number, 1) or (number.label == "1" and number.value == 1)


def summed(addends: Iterable[Traced]) -> Traced:
    """A sum that shows all its addends."""
    first, *others = addends
    if not others:
        return first
    return _operation("+", sum_of(each.value for each in (first, *others)), first, *others)


def addends(number: Traced) -> list[Traced]:
    """The numbers whose sum it is, in order; itself where it is no sum."""
    found: list[Traced] = []
    while number.operation == "+":
        found += reversed(number.args[1:])
        number = number.args[0]
    return [number, *reversed(found)]


def definitions(number: Traced) -> list[Traced]:
    """The leaves with a name and a working of their own, each once, in order."""
    found: dict[str, Traced] = {}
    for leaf in _leaves(number):
        if leaf.definition is not None:
            found.setdefault(leaf.label, leaf)
    return list(found.values())


def _leaves(number: Traced) -> Iterator[Traced]:
    stack = [number]
    while stack:
        part = stack.pop()
        stack.extend(reversed(part.args))
        if not part.operation:
            yield part


# --- rendering ------------------------------------------------------------------------------------

Leaf = Callable[[Traced], str]


def formula(number: Any) -> str:
    """The arithmetic in names: `(kernel·kernel·in + 1)·out`."""
    return _render(_traced(number), lambda leaf: leaf.label or _digits(leaf.value))


def substituted(number: Any, *, commas: bool = False) -> str:
    """The arithmetic in digits, `(5·5·1 + 1)·6`; it evaluates to the value as plain arithmetic.

    With `commas`, for people, counts have thousands separators; sizes stay plain.
    """
    leaf = _digits_with_commas if commas else lambda leaf: _digits(leaf.value)
    return _render(_traced(number), leaf)


def _digits_with_commas(leaf: Traced) -> str:
    return f"{leaf.value:,}" if leaf.computed else _digits(leaf.value)


def latex(number: Any, *, names: bool = True) -> str:
    r"""The arithmetic as LaTeX, with `\cdot` for the product and `\lfloor \rfloor` for `//`.

    Args:
        number: whose working it is.
        names: in names; otherwise in digits.
    """

    def leaf(number: Traced) -> str:
        if names and number.label and not number.label.isdigit():
            return rf"\text{{{escape(number.label)}}}"
        return _digits_with_commas(number).replace(",", "{,}")

    return _render(_traced(number), leaf, _LATEX)


_TEXT = {
    "*": "{}·{}",
    "+": "{} + {}",
    "-": "{} - {}",
    "//": "{}//{}",
    "/": "{}/{}",
    "min": "min({})",
    "max": "max({})",
}
_LATEX = {
    "*": r"{} \cdot {}",
    "+": "{} + {}",
    "-": "{} - {}",
    "//": r"\left\lfloor \frac{{{}}}{{{}}} \right\rfloor",
    "/": r"\frac{{{}}}{{{}}}",
    "min": r"\min\left({}\right)",
    "max": r"\max\left({}\right)",
}


def _digits(value: Any) -> str:
    return f"({value})" if isinstance(value, Fraction) or value < 0 else str(value)


def _render(number: Traced, leaf: Leaf, style: dict[str, str] = _TEXT) -> str:
    """Iterative over the left operand: a sum of thousands of terms must not exhaust the stack."""
    spine = []
    while number.operation in _PRECEDENCE:
        spine.append(number)
        number = number.args[0]
    texts = [_extremum_text(number, leaf, style) if number.operation else leaf(number)]
    previous = number
    for parent in reversed(spine):
        template = style[parent.operation]
        for argument in parent.args[1:]:
            right = _render(argument, leaf, style)
            if template.startswith("\\"):
                texts = [template.format("".join(texts), right)]
            else:
                if _left_needs(previous, parent.operation):
                    texts = [_in_parentheses("".join(texts), True, style)]
                right = _in_parentheses(right, _right_needs(argument, parent.operation), style)
                texts.append(template.removeprefix("{}").format(right))
            previous = parent
    return "".join(texts)


def _extremum_text(number: Traced, leaf: Leaf, style: dict[str, str]) -> str:
    name, among = number.operation, []
    while number.operation == name:
        among.append(number.args[1])
        number = number.args[0]
    texts = [_render(each, leaf, style) for each in (number, *reversed(among))]
    return style[name].format(", ".join(texts))


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
