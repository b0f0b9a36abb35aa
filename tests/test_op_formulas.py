"""One formula, three readings: of every op in whole, in traced and in open numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from fractions import Fraction
from itertools import combinations
from typing import Any

import pytest

from archcalc.arithmetic import common_divisor
from archcalc.closed.domain import Domain
from archcalc.closed.number import Open
from archcalc.closed.polynomial import Polynomial
from archcalc.ops.op import Op
from archcalc.ops.registry import OPS, create, traced
from archcalc.shape import Shape
from archcalc.traced import Traced, substituted
from tests.op_cases import EXAMPLES, Case, case_of, formulas
from tests.op_examples import fields_of


@pytest.fixture(params=EXAMPLES, ids=lambda example: f"{example[0]}-{example[1]}")
def case(request: pytest.FixtureRequest) -> Case:
    return case_of(*request.param)


def test_traced_numbers_count_the_same_and_their_arithmetic_evaluates_to_it(case: Case) -> None:
    counted = formulas(case.op, case.inputs, case.output)
    explained = formulas(traced(case.op), [named(x) for x in case.inputs], named(case.output))
    assert explained.keys() == counted.keys()
    for name, number in explained.items():
        assert getattr(number, "value", number) == counted[name], name
        if isinstance(number, Traced):
            assert evaluated(substituted(number)) == counted[name], name


def named(shape: Shape) -> Shape:
    return Shape(*(Traced(size, f"size{i}") for i, size in enumerate(shape.sizes)))


def evaluated(arithmetic: str) -> Fraction:
    """Plain arithmetic with `·` for the product and `//` for floor, exactly."""
    exact = re.sub(r"\d+", r"Fraction(\g<0>)", arithmetic.replace("·", "*"))
    value: Fraction = eval(exact, {"__builtins__": {}, "Fraction": Fraction, "min": min})
    return value


# --- open numbers ---------------------------------------------------------------------------------


class Sizes:
    """The numbers of a case, those of its op's fields and of its inputs, each with a name."""

    def __init__(self, case: Case):
        self.case = case
        self.values: dict[str, int] = {}
        self.read(self.noted)

    def noted(self, name: str, value: int) -> int:
        self.values[name] = value
        return value

    def read(self, number: Any) -> dict[str, Any]:
        """What the formulas come to with `number(name, value)` in the place of each."""
        given, infos = fields_of(self.case.example), self.case.op.field_infos
        fields = {
            name: value if infos[name].kind.is_text else self.field(number, name, value)
            for name, value in given.items()
        }
        inputs = [self.shape(number, f"input{i}", x) for i, x in enumerate(self.case.inputs)]
        op = create(type(self.case.op), fields)
        op.check(*inputs)
        return formulas(op, inputs, op.output(*inputs))

    def field(self, number: Any, name: str, value: Any) -> Any:
        if isinstance(value, tuple):
            return tuple(self.field(number, f"{name}_{i}", v) for i, v in enumerate(value))
        return number(name, value) if type(value) is int else value

    def shape(self, number: Any, name: str, shape: Shape) -> Shape:
        """All sizes but 1, on which it depends whether a size serves those of others."""
        return Shape(*(n if n == 1 else number(f"{name}_{i}", n) for i, n in enumerate(shape)))

    def points(self) -> Iterator[dict[str, int]]:
        """Those of the example; with one number larger; with all equal ones; with two doubled."""
        yield self.values
        alone = [[name] for name in self.values]
        equal = [
            [name for name in self.values if self.values[name] == value]
            for value in dict.fromkeys(self.values.values())
        ]
        for names in (*alone, *equal):
            for more in (1, 2, 12):
                yield self.values | {name: self.values[name] + more for name in names}
        for names in combinations(self.values, 2):
            yield self.values | {name: self.values[name] * 2 for name in names}


def test_formulas_stay_open_and_hold_wherever_they_say(case: Case) -> None:
    sizes = Sizes(case)
    domain = Domain(sizes.values)
    forms = sizes.read(lambda name, value: Open.of(name, domain))
    compared = 0
    for point in sizes.points():
        if domain.holds(point):
            assert closed(forms, point) == sizes.read(lambda name, value: point[name])  # noqa: B023
            compared += 1
    assert compared > bool(sizes.values), "some larger number changes nothing that was decided"


def closed(forms: Mapping[str, Any], point: Mapping[str, int]) -> dict[str, Any]:
    return {
        name: number.form.evaluate(point) if isinstance(number, Open) else number
        for name, number in forms.items()
    }


def test_a_formula_of_open_numbers_does_stay_open() -> None:
    """The test above would pass on formulas that ignore their fields: not on this count."""
    domain = Domain({"height": 7, "width": 9, "out": 6})
    height, width, out = (Open.of(name, domain) for name in domain.values)
    conv: Op = create(OPS["conv2d"], {"out_channels": 6, "kernel_size": 5})
    conv = conv.replaced(out_channels=out)
    macs = conv.macs(Shape(out, height, width), Shape(3, height + 4, width + 4))
    assert macs.form == 75 * Polynomial.of("height") * Polynomial.of("width") * Polynomial.of("out")
    assert not domain.conditions


def test_a_common_divisor_holds_for_its_two_numbers_alone() -> None:
    domain = Domain({"size": 12})
    assert common_divisor(Open.of("size", domain), 18) == 6
    assert domain.holds({"size": 12})
    assert not domain.holds({"size": 18})
