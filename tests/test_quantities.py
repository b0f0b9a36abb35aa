"""Every quantity, of one layer and by hand; the columns and explanations that follow from them."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from archcalc.explanation import explain
from archcalc.formats import NOT_APPLICABLE, Row, render
from archcalc.network import load
from archcalc.parts.part import Part
from archcalc.quantities import MACS, QUANTITIES
from archcalc.quantities import PARAMETERS as LEARNED
from archcalc.quantities.quantity import Ratio, Sum
from archcalc.shape import Shape
from archcalc.tables import layer_table as layers
from archcalc.tables.network_table import network_table
from tests.explaining import spec_file

INPUT, OUTPUT = 6 * 14 * 14, 16 * 10 * 10
PARAMETERS = 60 * 25 + 16
"""LeNet-5's C3: 60 kernels of 5x5, as its table has it, and 16 biases."""

SAVED = 4 * 60 * 14 * 14 + 8 * 60 + 8 * 16
"""Each map once for every kernel that reads it, which maps these are, and the order of the
results, as int64."""

BY_HAND = {
    "shape": Shape(16, 10, 10),
    "parameters": PARAMETERS,
    "stored": PARAMETERS,
    "macs": 60 * 25 * 100,
    "flops": 2 * 60 * 25 * 100,
    "connections": PARAMETERS * 100,
    "buffers": 0,
    "activations": OUTPUT,
    "operations": {"bias": OUTPUT},
    # C1 sees 5 pixels, S2 one more at a stride of 2, C3 four more of those.
    "receptive_field": [5 + 1 + 4 * 2] * 2,
    "receptive_field_smallest": [14, 14],
    "receptive_field_trunk": None,
    "effective_stride": [2, 2],
    "effective_padding": [0, 0],
    "depth": 1,
    "survival": None,
    "surviving_paths": None,
    "expected_macs": None,
    "least_macs": None,
    "most_macs": None,
    "memory_parameters": 4 * PARAMETERS,
    "memory_outputs": 4 * OUTPUT,
    "memory_peak": 4 * (INPUT + OUTPUT),
    "memory_buffers": 0,
    "memory_inference": 4 * (PARAMETERS + INPUT + OUTPUT),
    "memory_saved": SAVED,
    "memory_training": 4 * 3 * PARAMETERS + SAVED,
    "moved_bytes": 4 * (PARAMETERS + INPUT + OUTPUT),
    "arithmetic_intensity": Fraction(60 * 25 * 100, 4 * (PARAMETERS + INPUT + OUTPUT)),
}
"""Every quantity of it, from 6x14x14."""


def test_every_quantity_has_its_row() -> None:
    assert sorted(BY_HAND) == sorted(QUANTITIES)


@pytest.mark.parametrize("name", BY_HAND)
def test_a_layer_by_hand(name: str) -> None:
    net = load("lenet5")
    value = getattr(net["c3"], name)
    assert getattr(value, "size", value) == BY_HAND[name]
    if isinstance(QUANTITIES[name], Sum | Ratio):
        (working,) = explain(net, "c3", name).workings
        assert working.value == BY_HAND[name]


@pytest.mark.parametrize("name", QUANTITIES)
def test_what_follows_from_a_quantity(name: str) -> None:
    """Columns with its title, a note that starts with it, and its values; one label in explain."""
    quantity, net = QUANTITIES[name], load("lenet5")
    for command in quantity.tables:
        if command == "layers":
            table = layers.layer_table(net, columns=[name])
        else:
            table = network_table([net], columns=[name])
        (column,) = (column for column in table.columns if column.key == name)
        assert column.header == quantity.title
        assert column.note.startswith(quantity.title)
        last = table.rows[-1]
        assert isinstance(last, Row)
        value = last.values[name]
        assert value == getattr(net, name)
        assert (NOT_APPLICABLE if value is None else column.show(value)) in render(table, "text")
    assert len(quantity.title) <= 12, "it would push the column of all labels of explain"


@pytest.fixture
def use(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ratio]:
    """A quantity for the time of a test."""
    ratio = Ratio("use", "MACs/param", over=MACS, under=LEARNED)
    monkeypatch.setitem(layers.COLUMNS, ratio.name, ratio.column("layers"))
    yield ratio
    del QUANTITIES[ratio.name]
    delattr(Part, ratio.name)


def test_a_ratio_to_nothing_is_no_number(use: Ratio, tmp_path: Path) -> None:
    """Tables show a dash, and explain says what is missing."""
    pool = {"op": "max_pool2d", "kernel_size": 3, "name": "pool"}
    linear = {"op": "linear", "out_features": 2, "name": "fc"}
    shared = {"op": "linear", "out_features": 2, "weights": "fc", "name": "again"}
    net = load(spec_file(tmp_path, pool, linear, shared, input=(2, 3, 3)))
    assert [net[name].use for name in ("pool", "fc", "again")] == [
        None, Fraction(4, 6), None,
    ]  # fmt: skip
    table = layers.layer_table(net, columns=["use"])
    shown = render(table, "text").splitlines()
    assert [line.split() for line in shown[2:7]] == [
        ["input"], ["pool", "-"], ["fc", "0.667"], ["again", "-"], ["total", "1.33"],
    ]  # fmt: skip
    records = json.loads(render(table, "json"))
    assert [record["use"] for record in records] == [None, 4 / 6, None]
    said = [str(explain(net, name, "use")).splitlines()[-1] for name in ("fc", None)]
    assert said == ["MACs/param   MACs/parameters = 4/6 = 2/3, about 0.667",
                    "MACs/param   MACs/parameters = 8/6 = 4/3, about 1.33"]  # fmt: skip
    (nothing,) = explain(net, "pool", "use").workings
    assert (nothing.value, nothing.reason) == (0, "only comparisons")
    (unknown,) = explain(net, "again", "use").workings
    assert (unknown.value, unknown.reason) == (None, "uses the parameters of fc")


def test_help_on_an_attribute_says_what_the_quantity_means() -> None:
    said = "MACs: multiply-adds of conv, linear and matrix products."
    assert inspect.getdoc(QUANTITIES["macs"]) == said
    assert all(inspect.getdoc(found) != type(found).__doc__ for found in QUANTITIES.values())
