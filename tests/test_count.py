"""Costs and their sums, by hand."""

from __future__ import annotations

from archcalc.count import Cost, cost, costs, operations, operations_of, total
from archcalc.ops.registry import OPS, create
from archcalc.shape import Shape
from tests.spec_files import graph, spec


def test_nothing_costs_nothing() -> None:
    assert total([]) == Cost(0, 0, 0, 0)


def test_costs_add_up_column_by_column() -> None:
    columns = [Cost(1, 20, 300, 4_000), Cost(5, 60, 700, 8_000)]
    assert total(columns) == Cost(6, 80, 1_000, 12_000)
    assert total(columns).flops == 160


def test_activations_are_outputs_of_weighted_products_alone() -> None:
    """As fvcore counts them: 2·3·3 of a convolution, none of what follows it."""
    conv = create(OPS["conv2d"], {"out_channels": 2, "kernel_size": 1})
    relu, x = create(OPS["relu"], {}), Shape(2, 3, 3)
    assert cost(conv, x, [x]).activations == 18
    activations = cost(relu, x, [x]).activations
    assert activations == 0
    assert activations.reason == "no output of a convolution, linear layer or matrix product"


def test_global_pooling_adds_rows_and_columns() -> None:
    """14 additions and a division for each of two maps of 3x5."""
    pool, x = create(OPS["global_avg_pool2d"], {}), Shape(2, 3, 5)
    assert operations_of(pool, Shape(2, 1, 1), [x]) == {"add": 28, "divide": 2}


def test_one_sample_unless_asked() -> None:
    """5 features to 3: 15 weights, 3 biases."""
    linear, x, y = create(OPS["linear"], {"out_features": 3}), Shape(5), Shape(3)
    assert cost(linear, y, [x]) == cost(linear, y, [x], batch=1) == Cost(18, 15, 3, 0)
    assert cost(linear, y, [x], batch=4) == Cost(18, 60, 12, 0)
    assert (operations_of(linear, y, [x]), operations_of(linear, y, [x], 4)) == (
        {"bias": 3}, {"bias": 12},
    )  # fmt: skip
    net = graph(spec({"op": "linear", "out_features": 3}, input=[5]))
    assert costs(net) == {"linear": Cost(18, 15, 3, 0)}
    assert costs(net, 4) == {"linear": Cost(18, 60, 12, 0)}
    assert operations(net) == {"linear": {"bias": 3}}
    assert operations(net, 4) == {"linear": {"bias": 12}}
