from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from archcalc.cli import main
from archcalc.formats import Row, render
from archcalc.network import load, models
from archcalc.quantities import QUANTITIES
from archcalc.quantities.quantity import Sum
from archcalc.tables.layer_table import COLUMNS, folded, layer_table
from tests.golden import counts
from tests.spec_files import block, conv, spec


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
    summed = [name for name, each in QUANTITIES.items() if isinstance(each, Sum) and each.tables]
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
    lines = render(layer_table(load("alexnet"), notes=False), "text").splitlines()
    printed = [counts(line) for line in lines[3:-2]]
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
    assert rows["total"]["memory_parameters"] == 240_000


def test_the_total_has_the_networks_receptive_field_and_depth() -> None:
    text = render(layer_table(load("vgg16"), columns=["receptive_field", "depth"]), "text")
    total = next(line for line in text.splitlines() if line.startswith("total"))
    # Simonyan, Zisserman: 16 weighted layers. Each 3x3 adds 2 strides, each 2x2 pooling one:
    # 1 + 2·2 + 1 + 2·4 + 2 + 3·8 + 4 + 3·16 + 8 + 3·32 + 16 = 212.
    assert total.split() == ["total", "212", "16"]


def test_equal_repetitions_fold_though_they_are_given_other_things() -> None:
    text = render(layer_table(load("resnet110-stochastic-depth-cifar"), depth=2), "text")
    # He et al., 4.2: 3·18 units of two 3x3; the first of 32 channels has 9·16·32 + 9·32·32 weights
    # and 4·32 scales and shifts, the other 17 have 2·9·32·32 + 4·32 = 18,560 each.
    rows = [" ".join(line.split()) for line in text.splitlines()]
    assert any(row.startswith("1..17 17 x unit channels 32 32x16x16 315,520 ") for row in rows)
    assert any(row.startswith("0..17 18 x unit channels 16 16x32x32 84,096 ") for row in rows)
    assert not any("position" in row for row in rows if ".." in row)


def test_repetitions_of_other_layers_do_not_fold(tmp_path: Path) -> None:
    """1x7 and 7x1 have the same figures, and are not twice the same."""
    unit = block(
        conv(kernel_size=["1 + 6*tall", "7 - 6*tall"], padding=["3*tall", "3 - 3*tall"]),
        {"op": "batch_norm"},
        arguments={"tall": None},
    )
    stage = {"name": "stage", "block": "unit", "repeat": 3, "tall": "index >= 1"}
    file = tmp_path / "my.json"
    file.write_text(json.dumps(spec({**conv(), "name": "stem"}, stage, blocks={"unit": unit})))
    (_, stage_line) = folded(load(str(file)))
    assert [line.op for line in stage_line.inside] == ["unit tall 0", "2 x unit tall 1"]


def test_notes_stand_under_the_columns_that_are_shown() -> None:
    net = load("lenet5")
    usual = render(layer_table(net), "text").splitlines()
    assert usual[-5] == "13 nodes in all"
    assert usual[-4].startswith("parameters: learnable scalars")
    assert usual[-2].startswith("source: LeCun")
    assert "depth:" not in " ".join(usual)
    text = " ".join(render(layer_table(net, columns=["depth", "memory_peak"]), "text").split())
    assert "depth: weighted layers on the longest path from the input" in text
    assert "of several layers the largest, not the sum." in text
    assert "A row is of all ops that it names (conv2d 5x5, tanh)" in text
    assert "MACs:" not in text
    without = render(layer_table(net, columns=["depth"], notes=False), "text")
    assert without.endswith("13 nodes in all")


def test_one_node_is_not_several(tmp_path: Path) -> None:
    file = tmp_path / "my.json"
    file.write_text(json.dumps(spec({**conv(), "name": "stem"})))
    assert render(layer_table(load(str(file)), notes=False), "text").endswith("\n1 node in all")


def test_programs_are_told_why_a_layer_has_no_receptive_field() -> None:
    rows = {row["name"]: row for row in json.loads(render(layer_table(load("vgg16")), "json"))}
    assert rows["fc8"]["receptive_field"] is None
    assert rows["fc8"]["receptive_field_note"] == "the whole input"
    assert rows["pool1"]["receptive_field"] == [6, 6]  # two 3x3, one 2x2
    assert rows["pool1"]["receptive_field_note"] is None


def test_every_column_is_for_people_and_for_programs() -> None:
    table = layer_table(load("lenet5"), columns=list(COLUMNS))
    lines = render(table, "text").splitlines()
    assert lines[1].split("  ")[0] == "layer"
    assert "the whole input" in next(line for line in lines if line.startswith("f6 "))
    assert all(list(record) == list(COLUMNS) for record in json.loads(render(table, "json")))


@pytest.mark.parametrize("model", ["inception-v2", "fractalnet40-narrow-cifar", "nasnet-a-large"])
@pytest.mark.parametrize("width", [80, 100])
def test_every_width_fits(model: str, width: int) -> None:
    text = render(layer_table(load(model)), "text", width)
    assert max(map(len, text.splitlines())) <= width


def test_csv_names_every_input() -> None:
    rows = csv.DictReader(io.StringIO(render(layer_table(load("resnet50")), "csv")))
    inputs = {row["name"]: row["inputs"] for row in rows}
    assert inputs["layer1.0.add"] == "layer1.0.bn3 layer1.0.downsample.bn"


def test_activations_in_a_row_are_counted(tmp_path: Path) -> None:
    """Not named one by one: there may be thousands."""
    file = tmp_path / "my.json"
    ops = ("relu", "relu", "relu", "tanh", "tanh")
    file.write_text(
        json.dumps(spec(conv(), *({"name": f"a{i}", "op": o} for i, o in enumerate(ops))))
    )
    (row,) = folded(load(str(file)))
    assert row.op == "conv2d 3x3, 3 x relu, tanh, tanh"
    assert len(row.part) == 6


def test_a_group_alone_opens_one_of_equal_blocks(capsys: pytest.CaptureFixture[str]) -> None:
    """He et al. 2015: a bottleneck of ResNet-50's first stage has 64 1x1, 64 3x3 and 256 1x1
    kernels, each with a batch norm behind."""
    assert main(["layers", "resnet50", "--layer", "layer1.1", "--no-notes"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("resnet50 layer1.1: ResNet-50, 3x224x224")
    assert [line.split()[0] for line in lines[2:-2]] == ["conv1", "bn1", "conv2", "bn2", "conv3",
                                                       "bn3", "add"]  # fmt: skip
    parameters = 256 * 64 + 64 * 9 * 64 + 64 * 256 + 2 * (64 + 64 + 256)
    assert lines[-2].split()[:2] == ["total", f"{parameters:,}"]
    assert lines[-1] == "10 nodes in all"
    command = ["layers", "resnet50", "--layer", "layer1.1", "--top", "2", "--format", "json"]
    assert main(command) == 0
    names = [row["name"] for row in json.loads(capsys.readouterr().out)]
    assert names == ["layer1.1.conv2", "layer1.1.conv1"]
    assert main(["layers", "resnet50", "--layer", "conv1"]) == 2
    assert "conv1 is one layer: archcalc explain resnet50 --layer conv1" in capsys.readouterr().err
