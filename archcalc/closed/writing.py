"""Closed forms as text, Python and LaTeX.

>>> from archcalc.closed.atoms import floored
>>> h, w = Polynomial.of("height"), Polynomial.of("width")
>>> half = floored(h + 1, 2)
>>> form = h * w * 76848 - half * Fraction(1, 2) + 2
>>> text(form)
'76848·height·width - 1/2·((height + 1)//2) + 2'
>>> python(form)
'(153696*height*width - (height + 1)//2 + 4)//2'
>>> print(latex(h * w * 76848 + half))
76{,}848\\,h\\,w + \\left\\lfloor\\frac{h + 1}{2}\\right\\rfloor
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import groupby

from archcalc.closed.atoms import (
    Extremum,
    Floor,
    Indicator,
    Reciprocal,
    over_common_denominator,
)
from archcalc.closed.polynomial import Atom, Coefficient, Factor, Monomial, Polynomial

SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class _Style:
    """How the parts of a closed form are written."""

    name: Callable[[str], str]
    number: Callable[[Coefficient], str]
    times: str
    power: Callable[[str, int], str]
    over: Callable[[str, str], str]
    """A product over another one."""
    floor: Callable[[str, str], str]
    """A numerator and a divisor, in parentheses where they need some."""
    of: Callable[[str, Sequence[str]], str]
    """`min` or `max` of several."""
    if_: Callable[[str], str]
    """1 where a condition holds, else 0."""
    relations: dict[str, str]
    left: str = "("
    right: str = ")"
    has_fences: bool = False
    """Whether a floor has its own marks, so that nothing in it needs parentheses."""


_RELATIONS = {">=": ">=", ">": ">", "==": "==", "!=": "!="}


def _plain_number(value: Coefficient) -> str:
    return str(value)


_TEXT = _Style(
    name=str,
    number=_plain_number,
    times="·",
    power=lambda base, n: base + str(n).translate(SUPERSCRIPTS),
    over=lambda a, b: f"{a}/{b}",
    floor=lambda a, b: f"{a}//{b}",
    of=lambda name, parts: f"{name}({', '.join(parts)})",
    if_=lambda condition: f"[{condition}]",
    relations=_RELATIONS,
)
_PYTHON = _Style(
    name=str,
    number=_plain_number,
    times="*",
    power=lambda base, n: f"{base}**{n}",
    over=lambda a, b: f"Fraction({a}, {b})",
    floor=lambda a, b: f"{a}//{b}",
    of=lambda name, parts: f"{name}({', '.join(parts)})",
    if_=lambda condition: f"({condition})",
    relations=_RELATIONS,
)


def _latex_style(names: Sequence[str]) -> _Style:
    symbols = latex_symbols(names)
    return _Style(
        name=lambda name: symbols.get(name) or latex_symbols([name], short=False)[name],
        number=_latex_number,
        times=r"\,",
        power=lambda base, n: f"{base}^{{{n}}}",
        over=lambda a, b: rf"\frac{{{a}}}{{{b}}}",
        floor=lambda a, b: rf"\left\lfloor\frac{{{a}}}{{{b}}}\right\rfloor",
        of=lambda name, parts: rf"\{name}\left({', '.join(parts)}\right)",
        if_=lambda condition: rf"\left[{condition}\right]",
        relations={">=": r"\ge", ">": ">", "==": "=", "!=": r"\ne"},
        left=r"\left(",
        right=r"\right)",
        has_fences=True,
    )


def _latex_number(value: Coefficient) -> str:
    if isinstance(value, Fraction):
        return rf"\frac{{{_latex_number(value.numerator)}}}{{{_latex_number(value.denominator)}}}"
    return f"{value:,}".replace(",", "{,}")


def latex_symbols(names: Sequence[str], *, short: bool = True) -> dict[str, str]:
    r"""What each name is in LaTeX: its first letter where that is one name's alone.

    >>> latex_symbols(["height", "width", "num_classes", "widen", "units[0]"])["units[0]"]
    'u_{0}'
    """
    stems = {name: name.partition("[")[0] for name in names}
    initials = Counter(stem[0] for stem in set(stems.values()))
    symbols = {}
    for name, stem in stems.items():
        is_short = short and stem[0].isalpha() and initials[stem[0]] == 1
        escaped = stem.replace("_", r"\_")
        symbol = stem[0] if is_short else rf"\mathrm{{{escaped}}}"
        index = name[len(stem) :].replace("][", ",").strip("[]")
        symbols[name] = f"{symbol}_{{{index}}}" if index else symbol
    return symbols


def text(form: Polynomial, names: Sequence[str] = ()) -> str:
    """A closed form for people; its terms and factors in the order of the names."""
    return _written(form, _TEXT, names)


def python(form: Polynomial, names: Sequence[str] = ()) -> str:
    """A closed form as an expression of Python over whole numbers, exact where its value is whole.

    It has one division: the terms stand over their common denominator.
    """
    numerator, denominator = over_common_denominator(form)
    if denominator == Polynomial.constant(1):
        return _written(numerator, _PYTHON, names)
    return _fraction(numerator, denominator, _PYTHON, names)


def latex(form: Polynomial, names: Sequence[str] = ()) -> str:
    """A closed form for a document, in LaTeX's mathematical mode."""
    return _written(form, _latex_style(names or sorted(form.names)), names)


def condition(form: Polynomial, relation: str, names: Sequence[str] = ()) -> str:
    """How a polynomial stands to 0, for people, with its negative terms on the other side.

    >>> x, y = Polynomial.of("x"), Polynomial.of("y")
    >>> condition(x * 4 - y, "!=")
    '4·x != y'
    """
    return _condition(form, relation, _TEXT, names)


def _condition(form: Polynomial, relation: str, style: _Style, names: Sequence[str]) -> str:
    left = Polynomial({m: c for m, c in form.terms.items() if c > 0})
    right = left - form
    sides = (_written(side, style, names) for side in (left, right))
    return f" {style.relations[relation]} ".join(sides)


def _written(form: Polynomial, style: _Style, names: Sequence[str]) -> str:
    if not form.terms:
        return "0"
    order = {name: i for i, name in enumerate(names)}
    written = ""
    for monomial in sorted(form.terms, key=lambda monomial: _place(monomial, order)):
        coefficient = form.terms[monomial]
        sign = "-" if coefficient < 0 else "+"
        is_bare = abs(coefficient) == 1 and len(monomial) == 1
        if is_bare and isinstance(monomial[0], Floor) and (written or coefficient > 0):
            term = _floor(monomial[0], style, names)
        else:
            term = _term(monomial, max(coefficient, -coefficient), style, names, order)
        if written:
            written += f" {sign} {term}"
        else:
            written = f"-{term}" if coefficient < 0 else term
    return written


def _place(monomial: Monomial, order: dict[str, int]) -> tuple[int, list[tuple[int, str]]]:
    """Where a term stands: the highest powers first, then in the order of the names."""
    return (-len(monomial), sorted(_rank(factor, order) for factor in monomial))


def _rank(factor: Factor, order: dict[str, int]) -> tuple[int, str]:
    names = [factor] if isinstance(factor, str) else Polynomial.of(factor).names
    first = min((order.get(name, len(order)) for name in names), default=len(order))
    return first, factor if isinstance(factor, str) else factor.key


def _term(
    monomial: Monomial,
    coefficient: Coefficient,
    style: _Style,
    names: Sequence[str],
    order: dict[str, int],
) -> str:
    factors = sorted(monomial, key=lambda factor: _rank(factor, order))
    above = [f for f in factors if not isinstance(f, Reciprocal)]
    below = [f for f in factors if isinstance(f, Reciprocal)]
    parts = [] if coefficient == 1 and above else [style.number(coefficient)]
    for factor, same in groupby(above):
        times = len(list(same))
        base = _factor(factor, style, names)
        parts.append(style.power(base, times) if times > 1 else base)
    product = style.times.join(parts)
    for atom in below:
        product = style.over(product, _grouped(atom.divisor, style, names))
    return product


def _factor(factor: Factor, style: _Style, names: Sequence[str]) -> str:
    match factor:
        case str():
            return style.name(factor)
        case Floor():
            written = _floor(factor, style, names)
            return written if style.has_fences else f"({written})"
        case Extremum(name=name, forms=forms):
            return style.of(name, [_written(form, style, names) for form in forms])
        case Indicator(form=form, relation=relation):
            return style.if_(_condition(form, relation, style, names))
    raise AssertionError(f"no way to write {type(factor)}")


def _floor(atom: Floor, style: _Style, names: Sequence[str]) -> str:
    return _fraction(atom.numerator, atom.divisor, style, names)


def _fraction(a: Polynomial, b: Polynomial, style: _Style, names: Sequence[str]) -> str:
    return style.floor(_grouped(a, style, names), _grouped(b, style, names))


def _grouped(form: Polynomial, style: _Style, names: Sequence[str]) -> str:
    """A closed form in parentheses, unless it is a single name or number."""
    written = _written(form, style, names)
    if style.has_fences:
        return written
    is_single = len(form.terms) == 1 and (
        (form.is_constant and form.value > 0 and type(form.value) is int)
        or form.terms == {(next(iter(form.terms)) or ("",))[:1]: 1}
    )
    is_atom = is_single and any(isinstance(f, Atom) for f in next(iter(form.terms)))
    return written if is_single and not is_atom else f"{style.left}{written}{style.right}"


__all__ = ["condition", "latex", "latex_symbols", "python", "text"]
