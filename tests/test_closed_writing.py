"""Closed forms as text, Python and LaTeX."""

from __future__ import annotations

from fractions import Fraction

import pytest

from archcalc.closed.atoms import Indicator, extremum, floored, quotient
from archcalc.closed.polynomial import Polynomial
from archcalc.closed.symbols import latex_symbols
from archcalc.closed.writing import latex, python, text
from tests.open_arithmetic import (
    A,
    B,
)

H, W, G = map(Polynomial.of, ("height", "width", "groups"))
HALF = floored(H + 1, 2)
FLOOR = r"\left\lfloor\frac{h + 1}{2}\right\rfloor"
WRITTEN = [
    (H * W * 76848 + 5, "76848·height·width + 5", "76848*height*width + 5", r"76{,}848\,h\,w + 5"),
    (HALF, "(height + 1)//2", "(height + 1)//2", FLOOR),
    (HALF * -3, "-3·((height + 1)//2)", "-3*((height + 1)//2)", rf"-3\,{FLOOR}"),
    (W * 2 - HALF, "-((height + 1)//2) + 2·width", "-((height + 1)//2) + 2*width",
     rf"-{FLOOR} + 2\,w"),
    (H - floored(W, 2), "height - width//2", "height - width//2",
     r"h - \left\lfloor\frac{w}{2}\right\rfloor"),
    (2 - HALF, "-((height + 1)//2) + 2", "-((height + 1)//2) + 2", f"-{FLOOR} + 2"),
    (HALF * HALF, "((height + 1)//2)²", "((height + 1)//2)**2", f"{FLOOR}^{{2}}"),
    (H * H * H, "height³", "height**3", "h^{3}"),
    (H * W * Fraction(1, 32), "height·width/32", "(height*width)//32", r"\frac{h\,w}{32}"),
    (H * Fraction(3, 4) - W * Fraction(1, 6), "(9·height - 2·width)/12", "(9*height - 2*width)//12",
     r"\frac{9\,h - 2\,w}{12}"),
    (quotient(H * 64, G), "64·height/groups", "(64*height)//groups", r"\frac{64\,h}{g}"),
    (Polynomial({}), "0", "0", "0"),
    (Polynomial.constant(-3), "-3", "-3", "-3"),
    (
        extremum("max", [H, W]) * 2,
        "2·max(height, width)",
        "2*max(height, width)",
        r"2\,\max\left(h, w\right)",
    ),
    (
        Polynomial.of(Indicator(H - W, ">=")) * 8,
        "8·[height >= width]",
        "8*(height >= width)",
        r"8\,\left[h \ge w\right]",
    ),
]  # fmt: skip


PRODUCTS = [
    ((H - 4) * (W - 4) * 1500, "1500·(height - 4)·(width - 4)"),
    (H * (W + 3) * -2 + 7, "-2·height·width - 6·height + 7"),
    (7 - (HALF - 1) * (W + 2) * 3, "-3·((height + 1)//2 - 1)·(width + 2) + 7"),
    ((G * 256 + 9) * (H + 25) * (W - 1) - G, "(256·groups + 9)·(height + 25)·(width - 1) - groups"),
    (H * W * 4 + H * 2 + W * 6, "4·height·width + 2·height + 6·width"),  # 2/4 is not whole
    (H * H + H * 2 + 1, "height² + 2·height + 1"),
]
"""Forms and their text: products of two sums, where that is shorter than multiplied out."""


@pytest.mark.parametrize(("form", "expected"), PRODUCTS, ids=[said for _, said in PRODUCTS])
def test_products_of_sums_are_not_multiplied_out(form: Polynomial, expected: str) -> None:
    names = ["height", "width", "groups"]
    assert text(form, names) == expected
    at = {"height": 17, "width": 230, "groups": 3}
    assert eval(python(form, names), dict(at)) == form.evaluate(at)


@pytest.mark.parametrize("case", WRITTEN, ids=[case[1] for case in WRITTEN])
def test_forms_as_text_python_and_latex(case: tuple[Polynomial, str, str, str]) -> None:
    form, *expected = case
    names = ["height", "width", "groups"]
    assert [text(form, names), python(form, names), latex(form, names)] == expected


def test_terms_stand_in_the_order_of_the_names() -> None:
    form = A * B + B * B + A + B + 1
    assert text(form, ["b", "a"]) == "b² + b·a + b + a + 1"
    assert text(form, ["a", "b"]) == "a·b + b² + a + b + 1"


def test_latex_names() -> None:
    symbols = latex_symbols(["height", "width", "widen", "num_classes", "units[0]", "units[2]"])
    assert symbols == {
        "height": "h",
        "width": r"\mathrm{width}",
        "widen": r"\mathrm{widen}",
        "num_classes": "n",
        "units[0]": "u_{0}",
        "units[2]": "u_{2}",
    }
