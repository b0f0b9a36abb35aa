"""The conditions of closed forms: what has to be decided, and what holds everywhere."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from archcalc.arithmetic import Zero, exact_div
from archcalc.closed.atoms import floored
from archcalc.closed.bounds import grows_with
from archcalc.closed.condition import Remainders, condition
from archcalc.closed.number import Open
from archcalc.closed.writing import condition as condition_text
from archcalc.closed.writing import text
from archcalc.formulas import formula
from archcalc.network import load
from tests.open_arithmetic import (
    A,
    B,
    open_numbers,
)


def test_a_window_that_fits_says_from_which_size_on() -> None:
    domain, names = open_numbers(height=224)
    after = names["height"]
    for _ in range(5):
        assert after >= 2
        after = after // 2
    assert domain.least == {"height": 32}
    assert not domain.conditions


def test_what_holds_everywhere_is_no_condition() -> None:
    domain, names = open_numbers(height=8, width=8)
    h, w = names["height"], names["width"]
    assert h > 0
    assert h + w >= 2
    assert not h * w < h
    assert h != -3
    assert 2 * h != 5
    assert h // 2 <= h
    assert h % 4 < 4
    assert (domain.least, domain.conditions) == ({"height": 1, "width": 1}, {})


def test_what_depends_is_noted_once_as_it_was_decided() -> None:
    domain, names = open_numbers(a=64, b=256)
    a, b = names["a"], names["b"]
    for _ in range(2):
        assert b != 3 * a
        assert b == 4 * a
        assert not a > b
        assert 3 * a - b + 1 <= 0
    said = [condition_text(*c) for c in domain.conditions]
    assert said == ["3·a != b", "4·a == b", "b >= a", "b >= 3·a + 1"]
    assert domain.holds({"a": 1, "b": 4})
    assert not domain.holds({"a": 1, "b": 5})


def test_divisors_make_a_lattice() -> None:
    domain, names = open_numbers(depth=28)
    depth = names["depth"]
    n = exact_div(depth - 4, 6)
    assert n.is_whole()
    assert not depth % 4
    assert n >= 1
    assert domain.remainders == {"depth": Remainders(12, frozenset([4]))}
    assert domain.least == {"depth": 10}
    assert domain.others == []
    assert [v for v in range(60) if domain.holds({"depth": v})] == [16, 28, 40, 52]


def test_a_lattice_of_several_divisors_and_factors() -> None:
    domain, names = open_numbers(a=29)
    assert exact_div(7 * names["a"] + 1, 12).is_whole()
    assert exact_div(names["a"] + 1, 10).is_whole()
    assert domain.remainders == {"a": Remainders(60, frozenset([29]))}
    assert [v for v in range(160) if domain.holds({"a": v})] == [29, 89, 149]


def test_equal_floors_are_remainders() -> None:
    """A pooled map joins one of another stride: h // 2 and (h + 1) // 2 are equal for even h."""
    domain, names = open_numbers(h=32, w=32)
    assert (names["h"] + 1) // 16 == (names["h"] + 9) // 16
    assert names["h"] % 2 == 0
    assert names["w"] % 3 != 1
    assert domain.others == []
    rests = {name: sorted(remainders.rests) for name, remainders in domain.remainders.items()}
    assert rests == {"h": [0, 2, 4, 6], "w": [0, 2]}
    assert domain.remainders["w"].next(16) == 17


def test_remainders_by_too_many_divisors_stay_conditions() -> None:
    domain, names = open_numbers(a=0)
    for divisor in (4096, 4095):
        assert not names["a"] % divisor
    assert domain.remainders["a"].divisor == 4096
    assert [condition_text(*c) for c in domain.others] == ["4095·(a//4095) == a"]


def test_a_divisor_can_be_open() -> None:
    domain, names = open_numbers(groups=32)
    assert exact_div(96, names["groups"]).is_whole()
    assert not 96 % names["groups"]
    (noted,) = domain.conditions
    assert condition_text(noted.form, noted.relation) == "(96//groups)·groups == 96"
    assert [v for v in range(1, 99) if domain.holds({"groups": v})] == [
        1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 96,
    ]  # fmt: skip


def test_what_is_not_whole_is_noted_too() -> None:
    domain, names = open_numbers(a=7)
    assert not exact_div(names["a"], 2).is_whole()
    assert domain.holds({"a": 9})
    assert not domain.holds({"a": 8})


def test_a_pinned_number_is_that_one() -> None:
    domain, names = open_numbers(a=7)
    assert (names["a"] + 1).pinned("which is read") == 8
    assert list(domain.pinned.values()) == ["which is read"]
    assert [v for v in range(1, 20) if domain.holds({"a": v})] == [7]


def test_a_comparison_is_a_number_until_it_is_decided() -> None:
    domain, names = open_numbers(a=7, b=9)
    is_more = (names["b"] > names["a"]).number()
    rounded = names["a"] + 8 * is_more
    assert not domain.conditions
    assert rounded.value == 15
    assert rounded.form.evaluate({"a": 9, "b": 9}) == 9
    assert is_more
    assert [condition_text(*c) for c in domain.conditions] == ["b >= a + 1"]


def test_equal_forms_are_one_key() -> None:
    domain, names = open_numbers(height=56, width=56)
    h, w = names["height"], names["width"]
    kept = {(64, h // 2, w // 2): "half"}
    assert kept.get((64, (h + 1 - 1) // 2, w // 2)) == "half"
    assert (64, 28, 28) not in kept
    assert (64, w // 2, h // 2) not in kept
    assert not domain.conditions


LOSSES: dict[str, Callable[[Any], object]] = {
    "int": int,
    "float": float,
    "range": range,
    "index": lambda a: [1, 2, 3][a],
    "repetition": lambda a: [0] * a,
    "floor": math.floor,
    "inexact": lambda a: a + 0.5,
    "text": lambda a: "x" * a,
}


@pytest.mark.parametrize("loss", LOSSES.values(), ids=LOSSES)
def test_a_form_cannot_get_lost(loss: Callable[[Any], object]) -> None:
    _, names = open_numbers(a=2)
    with pytest.raises(TypeError):
        loss(names["a"])


def test_fractions_do_not_swallow_a_form() -> None:
    _, names = open_numbers(a=4)
    for half in (
        Fraction(1, 2) * names["a"],
        names["a"] * Fraction(1, 2),
        exact_div(names["a"], 2),
    ):
        assert isinstance(half, Open)
        assert (text(half.form), half.value) == ("a/2", 2)
    assert text((Fraction(1, 2) + names["a"]).form) == "(2·a + 1)/2"
    assert text((Fraction(1, 2) - names["a"]).form) == "(-2·a + 1)/2"
    assert bool(Fraction(1, 2) < names["a"])


def test_nothing_keeps_its_reason() -> None:
    zero = Zero("no weights")
    _, names = open_numbers(a=4)
    assert (names["a"] * zero) is zero
    assert (zero * names["a"]) is zero


def test_a_form_that_no_longer_depends_is_a_plain_number() -> None:
    _, names = open_numbers(a=4)
    assert type(names["a"] - names["a"] + 3) is int


def test_where_a_form_never_falls() -> None:
    least = {"a": 0, "b": 0}
    assert grows_with(floored(A + 1, 2) * A - 3, least) == "a"
    assert grows_with(A * A - A * 3, least) is None
    assert grows_with(A + B, least) is None
    assert grows_with(A * A, {"a": -3}) is None


def test_conditions_have_one_form() -> None:
    assert condition(A * 2 - 5, ">=") == condition(A * 6 - 18, ">=") == condition(A - 2, ">")
    assert condition(A * 2 - B * 2, "==") == condition(B - A, "==")
    assert condition(A - 3, ">=").negated.negated == condition(A - 3, ">=")


@pytest.mark.parametrize(
    ("op", "input", "names", "form"),
    [
        ("conv_transpose1d", [4, 50], ["length"], "24·length"),
        ("conv_transpose2d", [4, 12, 50], ["height", "width"], "72·height·width"),
        ("conv_transpose3d", [4, 6, 12, 50], ["frames", "height", "width"],
         "216·frames·height·width"),
    ],
)  # fmt: skip
def test_sizes_of_a_transposed_convolution_are_not_compared_with_each_other(
    op: str, input: list[int], names: list[str], form: str, tmp_path: Path
) -> None:
    """4 channels to 2, by kernels of 3: 4·2·3 products for each position of the input."""
    layer = {"op": op, "out_channels": 2, "kernel_size": 3, "padding": 1, "stride": 2}
    file = tmp_path / "my.json"
    file.write_text(json.dumps({"input": input, "layers": [layer]}))
    found = formula(load(file), names, quantities=["macs"])
    assert str(found["macs"]) == form
    assert not any(condition.startswith("given") for condition in found.held)
