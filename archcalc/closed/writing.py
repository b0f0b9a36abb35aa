"""Closed forms as text, Python and LaTeX.

>>> from fractions import Fraction
>>> from archcalc.closed.atoms import floored
>>> h, w = Polynomial.of("height"), Polynomial.of("width")
>>> form = h * w * 76848 + floored(h + 1, 2) * Fraction(1, 3)
>>> text(form)
'(230544·height·width + (height + 1)//2)/3'
>>> python(form)
'(230544*height*width + (height + 1)//2)//3'
>>> print(latex(form * 3))
230{,}544\\,h\\,w + \\left\\lfloor\\frac{h + 1}{2}\\right\\rfloor
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby

from archcalc.closed.atoms import (
    RELATIONS,
    Extremum,
    Floor,
    Indicator,
    over_common_denominator,
)
from archcalc.closed.factoring import Products, with_common_coefficients, with_products
from archcalc.closed.polynomial import Coefficient, Factor, Monomial, Polynomial
from archcalc.closed.symbols import latex_symbols, python_names

_SUPERSCRIPTS = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class _Style:
    """How the parts of a closed form are written; what has operands gets them as it needs them."""

    name: Callable[[str], str]
    number: Callable[[int], str]
    times: str
    power: Callable[[str, int], str]
    over: Callable[[str, str], str]
    floor: Callable[[str, str], str]
    extremum: Callable[[str, Sequence[str]], str]
    flag: Callable[[str], str]
    """1 where a condition holds, else 0."""
    relations: dict[str, str]
    has_fences: bool = False
    """Whether a fraction and a floor have marks of their own, so that they need no parentheses."""
    is_code: bool = False
    """Whether a quotient that is whole is written as one that is rounded down."""


_TEXT = _Style(
    name=str,
    number=str,
    times="·",
    power=lambda base, n: base + str(n).translate(_SUPERSCRIPTS),
    over=lambda a, b: f"{a}/{b}",
    floor=lambda a, b: f"{a}//{b}",
    extremum=lambda name, forms: f"{name}({', '.join(forms)})",
    flag=lambda condition: f"[{condition}]",
    relations={relation: relation for relation in ("<=", *RELATIONS)},
)


def _python(names: Sequence[str]) -> _Style:
    return replace(
        _TEXT,
        name=python_names(names).__getitem__,
        times="*",
        power=lambda base, n: f"{base}**{n}",
        over=lambda a, b: f"Fraction({a}, {b})",
        flag=lambda condition: f"({condition})",
        is_code=True,
    )


def _latex(names: Sequence[str]) -> _Style:
    symbols = latex_symbols(names)
    return _Style(
        name=symbols.__getitem__,
        number=lambda value: f"{value:,}".replace(",", "{,}"),
        times=r"\,",
        power=lambda base, n: f"{base}^{{{n}}}",
        over=lambda a, b: rf"\frac{{{a}}}{{{b}}}",
        floor=lambda a, b: rf"\left\lfloor\frac{{{a}}}{{{b}}}\right\rfloor",
        extremum=lambda name, forms: rf"\{name}\left({', '.join(forms)}\right)",
        flag=lambda condition: rf"\left[{condition}\right]",
        relations={">=": r"\ge", "<=": r"\le", "==": "=", "!=": r"\ne"},
        has_fences=True,
    )


def text(form: Polynomial, names: Sequence[str] = ()) -> str:
    """A closed form for people; its terms and factors in the order of the names."""
    return _Writer(_TEXT, names).quotient(form)


def python(form: Polynomial, names: Sequence[str] = ()) -> str:
    """A closed form as Python's arithmetic of whole numbers, exact where its value is whole."""
    writer = _Writer(_python(names or sorted(form.names)), names)
    numerator, denominator = over_common_denominator(form)
    if denominator == Polynomial.constant(1):
        return writer.sum(numerator)
    return writer.floor(numerator, denominator)


def latex(form: Polynomial, names: Sequence[str] = ()) -> str:
    """A closed form for a document, in LaTeX's mathematical mode."""
    return _Writer(_latex(names or sorted(form.names)), names).quotient(form)


def product(factors: Sequence[Polynomial], style: str, names: Sequence[str] = ()) -> str:
    """A product of closed forms in one of the styles `text`, `python` and `latex`, not multiplied
    out: `864·((height + 1)//2 - 1)`.

    >>> h, w = Polynomial.of("height"), Polynomial.of("width")
    >>> product([h * 864, w - 1], "text")
    '864·height·(width - 1)'
    """
    symbols = names or sorted(frozenset().union(*(factor.names for factor in factors)))
    styles = {"text": _TEXT, "python": _python(symbols), "latex": _latex(symbols)}
    return _Writer(styles[style], names).factors(factors)


def condition(form: Polynomial, relation: str, names: Sequence[str] = ()) -> str:
    """How a polynomial stands to 0, for people, with its negative terms on the other side.

    >>> x, y = Polynomial.of("x"), Polynomial.of("y")
    >>> condition(x * 4 - y, "!=")
    '4·x != y'
    >>> condition(y * -1 + 3, ">=")
    'y <= 3'
    """
    return _Writer(_TEXT, names).condition(form, relation)


_Rank = tuple[int, Coefficient, str]


class _Writer:
    """Writes in a style, with terms and factors in the order of some names."""

    def __init__(self, style: _Style, names: Sequence[str]):
        self.style = style
        self.order = {name: i for i, name in enumerate(names)}

    def quotient(self, form: Polynomial) -> str:
        """A form as one fraction, if it is not whole."""
        numerator, denominator = over_common_denominator(form)
        if denominator == Polynomial.constant(1):
            return self.sum(numerator)
        if self.style.has_fences:
            return self.style.over(self.sum(numerator), self.sum(denominator))
        is_product = len(numerator.terms) == 1
        above = self.sum(numerator) if is_product else self.grouped(numerator)
        return self.style.over(above, self.grouped(denominator))

    def floor(self, numerator: Polynomial, divisor: Polynomial) -> str:
        """A quotient rounded down."""
        if self.style.has_fences:
            return self.style.floor(self.sum(numerator), self.sum(divisor))
        return self.style.floor(self.grouped(numerator), self.grouped(divisor))

    def grouped(self, form: Polynomial) -> str:
        """A form in parentheses, unless it is a single name or a number."""
        match list(form.terms.items()):
            case [((str(),), 1)]:
                return self.sum(form)
            case [((), number)] if number > 0:
                return self.sum(form)
        return f"({self.sum(form)})"

    def factors(self, factors: Sequence[Polynomial]) -> str:
        """A product that is not multiplied out, over the common denominator of its factors."""
        if len(factors) == 1:
            return self.quotient(factors[0])
        above, below = [], Polynomial.constant(1)
        for factor in factors:
            numerator, denominator = over_common_denominator(factor)
            below = below * denominator
            match list(numerator.terms.items()):
                case [((), 1)]:
                    pass
                case [(monomial, coefficient)] if coefficient > 0:
                    above.append(self.product(monomial, int(coefficient)))
                case _:
                    above.append(self.fenced(numerator))
        product = self.style.times.join(above) or "1"
        if below == Polynomial.constant(1):
            return product
        if self.style.has_fences:
            return self.style.over(product, self.sum(below))
        return (
            self.style.floor(f"({product})", self.grouped(below))
            if self.style.is_code
            else (self.style.over(product, self.grouped(below)))
        )

    def fenced(self, form: Polynomial) -> str:
        """A form in parentheses."""
        left, right = (r"\left(", r"\right)") if self.style.has_fences else ("(", ")")
        return f"{left}{self.sum(form)}{right}"

    def condition(self, form: Polynomial, relation: str) -> str:
        """How a form stands to 0, a constant alone on the right."""
        left = Polynomial({m: c for m, c in form.terms.items() if c > 0})
        right = left - form
        if relation == ">=" and left.is_constant:
            left, right, relation = right, left, "<="
        sides = map(self.quotient, (left, right))
        return f" {self.style.relations[relation]} ".join(sides)

    def sum(self, form: Polynomial) -> str:
        """A form with whole coefficients; with products of sums in it, and terms of one
        coefficient in parentheses, where that is shorter."""
        ways: list[tuple[Products, Polynomial]] = [({}, form)]
        products, rest = with_products(form, self._place)
        if products:
            ways.append((products, rest))
        for products, rest in list(ways):
            alike, others = with_common_coefficients(rest, self._place)
            if alike:
                ways.append((products | alike, others))
        return min((self._sum(rest, products) for products, rest in ways), key=len)

    def _sum(self, form: Polynomial, products: Products) -> str:
        written = ""
        for monomial in sorted([*form.terms, *products], key=self._place):
            if monomial in products:
                times, *sums = products[monomial]
                coefficient = times.terms[times.leading]
                term = self.factors([times if coefficient > 0 else -times, *sums])
            else:
                coefficient = form.terms[monomial]
                term = self._term(monomial, int(coefficient), is_first=not written)
            if written:
                written += f" {'-' if coefficient < 0 else '+'} {term}"
            else:
                written = f"-{term}" if coefficient < 0 else term
        return written or "0"

    def _term(self, monomial: Monomial, coefficient: int, *, is_first: bool) -> str:
        """A term without its sign."""
        match monomial:
            case (Floor() as atom,) if coefficient == 1 or (coefficient == -1 and not is_first):
                return self.floor(*atom.parts)
        return self.product(monomial, abs(coefficient))

    def product(self, monomial: Monomial, coefficient: int) -> str:
        """A term without its sign."""
        factors = [] if coefficient == 1 and monomial else [self.style.number(coefficient)]
        for factor, same in groupby(sorted(monomial, key=self._rank)):
            times = len(list(same))
            base = self.factor(factor)
            factors.append(self.style.power(base, times) if times > 1 else base)
        return self.style.times.join(factors)

    def factor(self, factor: Factor) -> str:
        """A name or an atom, as it stands in a product."""
        match factor:
            case str():
                return self.style.name(factor)
            case Floor():
                written = self.floor(*factor.parts)
                return written if self.style.has_fences else f"({written})"
            case Extremum(name=name, forms=forms):
                return self.style.extremum(name, [self.quotient(form) for form in forms])
            case Indicator(form=form, relation=relation):
                return self.style.flag(self.condition(form, relation))
        raise AssertionError(f"no way to write {type(factor)}")

    def _place(self, monomial: Monomial) -> tuple[int, list[_Rank]]:
        """Where a term stands: the highest powers first, then in the order of the names."""
        return (-len(monomial), sorted(self._rank(factor) for factor in monomial))

    def _rank(self, factor: Factor) -> _Rank:
        """Names in their order, each before the floors of it, and these by their divisors."""
        order = self.order
        if isinstance(factor, str):
            return order.get(factor, len(order)), 0, factor
        first = min((order.get(n, len(order)) for n in Polynomial.of(factor).names), default=0)
        return first, factor.divisor.value if isinstance(factor, Floor) else 1, factor.key
