from __future__ import annotations

import json
from collections.abc import Callable
from fractions import Fraction

import pytest

from archcalc.formats import Row, render
from archcalc.layers import layer_table
from archcalc.network import load, models
from tests.golden import counts


@pytest.mark.parametrize(
    ("model", "depth"), [("lenet5", None), ("resnet50", 2), ("googlenet", None), ("vgg16", None)]
)
def test_what_users_see(model: str, depth: int | None, golden: Callable[[str, str], None]) -> None:
    golden(f"layers-{model}.txt", render(layer_table(load(model), depth=depth), "text"))


def test_lenet_has_the_papers_figures() -> None:
    # LeCun et al. 1998, section II-B: parameters and connections of every layer.
    rows = {row["name"]: row for row in json.loads(render(layer_table(load("lenet5")), "json"))}
    paper = {
        "c1": (156, 122_304),
        "s2": (12, 5_880),
        "c3": (1_516, 151_600),
        "s4": (32, 2_000),
        "c5": (48_120, 48_120),
        "f6": (10_164, 10_164),
        "output": (0, 840),
    }
    for name, figures in paper.items():
        assert (rows[name]["parameters"], rows[name]["connections"]) == figures
    assert sum(row["connections"] for row in rows.values()) == 340_908


@pytest.mark.parametrize("depth", [None, 1, 2])
@pytest.mark.parametrize("model", models())
def test_rows_add_up_to_the_total(model: str, depth: int | None) -> None:
    summed = ("parameters", "macs", "flops", "activations", "connections", "buffers",
              "memory_parameters", "memory_outputs")  # fmt: skip
    table = layer_table(load(model), depth=depth, columns=summed)
    rows = [row for row in table.rows if isinstance(row, Row)]
    for key in summed:
        top = [row.values.get(key, 0) for row in rows[1:-1] if row.level == 0]
        assert sum(top) == rows[-1].values[key]
        for i, group in enumerate(rows):
            inside = []
            for row in rows[i + 1 :]:
                if row.level <= group.level:
                    break
                if row.level == group.level + 1:
                    inside.append(row.values[key])
            if inside:
                assert sum(inside) == group.values[key]


def test_printed_rows_add_up_to_the_printed_total() -> None:
    lines = render(layer_table(load("alexnet")), "text").splitlines()
    printed = [counts(line) for line in lines[3:-3]]
    total = counts(next(line for line in lines if line.startswith("total")))
    assert [sum(column) for column in zip(*(p[-2:] for p in printed), strict=True)] == total


def test_one_json_row_a_node_in_execution_order() -> None:
    net = load("resnet50")
    rows = json.loads(render(layer_table(net), "json"))
    assert [row["name"] for row in rows] == [node.name for node in net.layers]
    assert set(rows[0]) >= {"name", "op", "output_shape", "parameters", "macs"}
    assert rows[0]["output_shape"] == [64, 112, 112]


def test_equal_repetitions_fold_and_count_as_many() -> None:
    text = render(layer_table(load("resnet50"), depth=2), "text")
    # 2 x 70,400 and 3 x 280,064, as in He et al.'s bottlenecks without projection.
    assert "1..2   2 x bottleneck width 64               256x56x56      140,800" in text
    assert "3 x bottleneck width 128" in text


def test_every_quantity_of_a_row_is_that_of_its_layers() -> None:
    columns = ["flops", "memory_parameters", "memory_outputs", "arithmetic_intensity", "operations"]
    table = layer_table(load("lenet5"), columns=columns)
    rows = {row.values["name"]: row.values for row in table.rows if isinstance(row, Row)}
    # c1 and its tanh: 156 parameters; 2 outputs of 6·28·28, the convolution's and the tanh's.
    c1 = rows["c1"]
    assert c1["flops"] == 2 * 117_600
    assert c1["memory_parameters"] == 4 * 156
    assert c1["memory_outputs"] == 4 * 2 * 4_704
    # Moved: 156 parameters, 32·32 in, 4,704 out; and for the tanh 4,704 in, 4,704 out.
    assert c1["arithmetic_intensity"] == Fraction(117_600, 4 * (156 + 1_024 + 3 * 4_704))
    # A bias a position; then one tanh and two constant factors a value.
    assert c1["operations"] == {"bias": 4_704, "tanh": 4_704, "multiply": 2 * 4_704}
