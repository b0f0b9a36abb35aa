"""Sums of costs, by hand."""

from __future__ import annotations

from archcalc.count import Cost, total


def test_nothing_costs_nothing() -> None:
    assert total([]) == Cost(0, 0, 0, 0)


def test_costs_add_up_column_by_column() -> None:
    costs = [Cost(1, 20, 300, 4_000), Cost(5, 60, 700, 8_000)]
    assert total(costs) == Cost(6, 80, 1_000, 12_000)
    assert total(costs).flops == 160
