"""A number that remembers its name and how it was computed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from archcalc.arithmetic import Zero, exact_div, sum_of, whole


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
        return _sum(self, as_traced(other))

    def __radd__(self, other: Any) -> Traced:
        return _sum(as_traced(other), self)

    def __sub__(self, other: Any) -> Traced:
        return _difference(self, as_traced(other))

    def __rsub__(self, other: Any) -> Traced:
        return _difference(as_traced(other), self)

    def __neg__(self) -> Traced:
        return _difference(Traced(0), self)

    def __mul__(self, other: Any) -> Any:
        if isinstance(other, Zero):
            return other
        return _product(self, as_traced(other))

    def __rmul__(self, other: Any) -> Traced:
        return _product(as_traced(other), self)

    def __floordiv__(self, other: Any) -> Traced:
        divisor = as_traced(other)
        if divisor is self:
            return Traced(1, default=True)
        return _operation("//", self.value // divisor.value, self, divisor)

    def __rfloordiv__(self, other: Any) -> Traced:
        return as_traced(other) // self

    def __truediv__(self, other: Any) -> Traced:
        divisor = as_traced(other)
        if divisor.default and divisor.value == 1:
            return self
        return _operation("/", exact_div(self.value, divisor.value), self, divisor)

    def __rtruediv__(self, other: Any) -> Traced:
        return as_traced(other) / self

    def minimum(self, other: Any) -> Traced:
        """`min(self, other)`."""
        return _extremum("min", min, self, as_traced(other))

    def maximum(self, other: Any) -> Traced:
        """`max(self, other)`."""
        return _extremum("max", max, self, as_traced(other))

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
        return f"Traced({self.value}, {self.label or self.operation!r})"


def as_traced(number: Any) -> Traced:
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
