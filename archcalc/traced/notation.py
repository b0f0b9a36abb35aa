"""The arithmetic of traced numbers as text and as LaTeX, in names and in digits."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import Any

from archcalc.formats.latex import escape
from archcalc.traced.traced_number import Traced, as_traced

_SUM, _PRODUCT, _ATOM = 1, 2, 3
_PRECEDENCE = {"+": _SUM, "-": _SUM, "*": _PRODUCT, "//": _PRODUCT, "/": _PRODUCT}

Leaf = Callable[[Traced], str]


def formula(number: Any) -> str:
    """The arithmetic in names: `(kernel·kernel·in + 1)·out`."""
    return _render(as_traced(number), lambda leaf: leaf.label or _digits(leaf.value))


def substituted(number: Any, *, commas: bool = False) -> str:
    """The arithmetic in digits, `(5·5·1 + 1)·6`; it evaluates to the value as plain arithmetic.

    With `commas`, for people, counts have thousands separators; sizes stay plain.
    """
    leaf = _digits_with_commas if commas else lambda leaf: _digits(leaf.value)
    return _render(as_traced(number), leaf)


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

    return _render(as_traced(number), leaf, _LATEX)


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
    return _PRECEDENCE.get(number.operation, _ATOM)


def _left_needs(operand: Traced, operation: str) -> bool:
    if operation in "+-":
        return False
    if operation == "*":
        return _precedence(operand) == _SUM or operand.group or operand.operation in ("/", "//")
    return _precedence(operand) < _ATOM and operand.operation != operation


def _right_needs(operand: Traced, operation: str) -> bool:
    if operation == "+":
        return False
    if operation == "-":
        return _precedence(operand) == _SUM
    if operation == "*":
        return _precedence(operand) == _SUM or operand.group or operand.operation in ("/", "//")
    return _precedence(operand) < _ATOM
