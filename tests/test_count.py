"""One op with its shapes, counted by hand, and the sums of a network."""

from __future__ import annotations

from dataclasses import replace

from archcalc.analysis.count import Reading, readings
from archcalc.graph import Graph, Node
from archcalc.ops.in_torch import AsCalled
from archcalc.ops.registry import OPS, create
from archcalc.quantities import QUANTITIES
from archcalc.shape import Shape
from tests.spec_files import graph, spec


def test_activations_are_outputs_of_weighted_products_alone() -> None:
    """As fvcore counts them: 2·3·3 of a convolution, none of what follows it."""
    conv = create(OPS["conv2d"], {"out_channels": 2, "kernel_size": 1})
    relu, x = create(OPS["relu"], {}), Shape(2, 3, 3)
    of_layer = QUANTITIES["activations"].of_layer  # type: ignore[attr-defined]
    assert of_layer(Reading(conv, x, [x])) == 18
    activations = of_layer(Reading(relu, x, [x]))
    assert activations == 0
    assert activations.reason == "no output of a convolution, linear layer or matrix product"


def test_a_layer_counts_for_the_samples_that_it_runs_over() -> None:
    """Two that are alike, of 4·9·4·16 MACs for a sample; the second runs over one alone."""
    conv = {"name": "conv", "op": "conv2d", "out_channels": 4, "kernel_size": 3, "padding": 1}
    group = {"name": "group", "repeat": 2, "layers": [conv]}
    net = replace(graph(spec(group, input=[4, 4, 4])), samples={"group.1.conv": 1})
    first, second = net.nodes
    assert (first.op, first.input_shapes) == (second.op, second.input_shapes)
    macs = [reading.macs for reading in readings(net, batch=8).values()]
    assert macs == [8 * 2304, 2304]


def test_global_pooling_adds_rows_and_columns() -> None:
    """14 additions and a division for each of two maps of 3x5."""
    pool, x = create(OPS["global_avg_pool2d"], {}), Shape(2, 3, 5)
    assert Reading(pool, Shape(2, 1, 1), [x]).operations == {"add": 28, "divide": 2}


def test_one_sample_unless_asked() -> None:
    """5 features to 3: 15 weights, 3 biases."""
    linear, x, y = create(OPS["linear"], {"out_features": 3}), Shape(5), Shape(3)
    net = graph(spec({"op": "linear", "out_features": 3}, input=[5]))
    for one in (Reading(linear, y, [x]), Reading(linear, y, [x], 1), readings(net)["linear"]):
        assert (one.parameters, one.macs, one.buffers, one.operations) == (18, 15, 0, {"bias": 3})
    for four in (Reading(linear, y, [x], 4), readings(net, 4)["linear"]):
        assert (four.parameters, four.macs, four.operations) == (18, 60, {"bias": 12})


def test_layers_alike_of_which_one_is_a_call_are_told_apart() -> None:
    op, xs = create(OPS["relu"], {}), (Shape(3, 4, 4),)
    nodes = (Node("a", op, ("input",), xs, xs[0], ""), Node("b", op, ("a",), xs, xs[0], ""))
    alike = Graph(xs[0], nodes, ("b",), as_called={"b": AsCalled("", False, "relu")})
    table = readings(alike)
    assert (table["a"].as_called, table["b"].as_called) == (None, alike.as_called["b"])
