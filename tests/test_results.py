"""What `print` shows of what Python functions give."""

from __future__ import annotations

import html
import re
from itertools import pairwise
from typing import Any

import pytest

import archcalc
from archcalc.cli import main

SOLVED = (
    "solve",
    "wrn-28-10",
    "--set",
    "widen=4",
    "--for",
    "depth",
    "--where",
    "parameters <= 10M",
)


def solved() -> Any:
    net = archcalc.load("wrn-28-10", widen=4)
    return archcalc.solve(net, "depth", "parameters <= 10M")


@pytest.mark.parametrize(
    ("command", "found"),
    [
        (("compare", "lenet5", "alexnet"),
         lambda: archcalc.compare(archcalc.load("lenet5"), archcalc.load("alexnet"))),
        (("reconcile", "lenet5"), lambda: archcalc.reconcile(archcalc.load("lenet5"))),
        (("formula", "wrn-28-10", "--open", "widen"),
         lambda: archcalc.formula(archcalc.load("wrn-28-10"), ["widen"], by="stage")),
        (SOLVED, solved),
        (("sweep", "wrn-28-10", "--set", "depth=10,16,22"),
         lambda: archcalc.sweep(archcalc.load("wrn-28-10"), {"depth": [10, 16, 22]})),
    ],
)  # fmt: skip
def test_what_is_computed_prints_as_the_command_does(
    command: tuple[str, ...], found: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(list(command)) == 0
    result = found()
    assert str(result) == capsys.readouterr().out.rstrip("\n")
    assert len(repr(result)) < 200
    for word in re.findall(r"[0-9,]{5,}", str(result)):
        assert word in html.unescape(result._repr_html_())


def test_of_many_points_the_first_are_shown_and_no_others_computed() -> None:
    """A linear layer of 640 features to each class, with its bias: 641 parameters a class."""
    found = archcalc.sweep(archcalc.load("wrn-28-10"), {"num_classes": range(1, 3_000_001)})
    shown = str(found).splitlines()
    assert shown[-1] == "and 2,999,980 more points"
    rows = [[int(word.replace(",", "")) for word in line.split()] for line in shown[3:-1]]
    assert [row[0] for row in rows] == list(range(1, 21))
    assert {after[1] - before[1] for before, after in pairwise(rows)} == {641}
    assert found.accepted == 0


def test_of_many_rows_that_are_wanted_the_first_are_shown() -> None:
    space = {"num_classes": range(1, 101)}
    found = archcalc.sweep(archcalc.load("wrn-28-10"), space, where="num_classes > 40")
    assert str(found).endswith("and 40 more rows")
    assert "100 points, 60 with num_classes > 40" in str(found)


def test_what_is_short_is_one_line() -> None:
    assert repr(solved()) == "<Solution of wrn-28-10: depth 40, parameters <= 10M>"
    found = archcalc.sweep(archcalc.load("lenet5"), {"height": [32]})
    assert repr(found) == "<Sweep of lenet5: 1 point of height; parameters, macs>"
