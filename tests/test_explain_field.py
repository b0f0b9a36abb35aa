"""What explain and tables say of receptive fields that are more than one number."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from archcalc.explanation import explain
from archcalc.formats import render
from archcalc.network import Network, load
from archcalc.tables.layer_table import layer_table
from archcalc.tables.network_table import network_table
from tests.explaining import conv, quantities, spec_file

GLOBAL = {"op": "global_avg_pool2d"}
GATED = [
    conv("a", 3, 3, padding=1),
    {"name": "squeeze", "layers": [GLOBAL, {"op": "sigmoid"}]},
    {"name": "gated", "op": "multiply", "inputs": ["a", "squeeze"]},
    conv("b", 2, 3, stride=2),
]
DOWN_AND_UP = [
    conv("down", 2, 3, padding=1),
    {"op": "max_pool2d", "kernel_size": 2},
    {"name": "up", "op": "upsample", "scale_factor": 2},
    {"name": "join", "op": "concat", "inputs": ["up", "down"]},
    conv("last", 1, 3),
]
HEADS = [
    conv("c2", 2, 3, stride=2, padding=1),
    {
        "name": "heads",
        "branches": {
            "fine": conv("f", 3, 1),
            "coarse": [conv("c", 4, 3, stride=2, padding=1)],
        },
    },
]


@pytest.fixture
def net(request: pytest.FixtureRequest, tmp_path: Path) -> Network:
    return load(spec_file(tmp_path, *request.param, input=(3, 32, 32)))


def of(layers: list[dict[str, Any]]) -> Any:
    return pytest.mark.parametrize("net", [layers], indirect=True, ids=[""])


def said(net: Network, layer: str | None = None, *names: str) -> list[str]:
    """The lines of an explanation, without its title."""
    return str(explain(net, layer, names or None)).split("\n")[1:]


# --- gates ----------------------------------------------------------------------------------------


@of(GATED)
def test_behind_a_gate_the_whole_and_the_trunk_are_said(net: Network) -> None:
    whole = "the whole input, 3x32x32"
    assert f"RF           {whole}; 5 through windows alone" in said(net)
    assert f"RF           {whole}; 5 through windows alone" in said(net, "b")
    assert f"RF           {whole}" in said(net, "squeeze")
    trunk = quantities(explain(net, "b", "receptive_field_trunk"))["receptive_field_trunk"]
    assert (trunk.formula, trunk.substituted, trunk.value) == (
        "size + (kernel - 1)·stride so far", "3 + (3 - 1)·1", 5,
    )  # fmt: skip
    (none,) = explain(net, "a", "receptive_field_trunk").workings
    assert (none.value, none.reason) == (None, "nothing in it sees all positions at once")


@of(GATED)
def test_the_way_from_the_input_is_that_of_the_trunk(net: Network) -> None:
    table = [" ".join(line.split()) for line in said(net, None, "receptive_field")]
    assert table[1:] == [
        "layer RF through windows alone stride so far",
        "size + (kernel - 1)·stride so far",
        "a 3x3 1 + (3 - 1)·1 = 3",
        "squeeze the whole input",
        "gated 3",
        "b 3x3/2 3 + (3 - 1)·1 = 5 1·2 = 2",
    ]


@of(GATED)
def test_programs_get_the_figure_of_the_trunk(net: Network) -> None:
    (record,) = json.loads(render(network_table([net]), "json"))
    assert record["receptive_field"] is None
    assert record["receptive_field_note"] == "the whole input; 5 through windows alone"
    rows = {row["name"]: row for row in json.loads(render(layer_table(net), "json"))}
    keys = ("receptive_field_trunk", "effective_stride", "effective_padding")
    assert [rows["b"][key] for key in keys] == [[5, 5], [2, 2], [2, 2]]
    assert [rows["squeeze.sigmoid"][key] for key in keys] == [None, None, None]


# --- layers that make maps larger -----------------------------------------------------------------


@of(
    [  # along the width all outputs see all 32 columns, through one window as wide as they are
        conv("a", 3, 3, padding=1),
        {"name": "pool", "op": "max_pool2d", "kernel_size": [1, 32]},
        {"name": "up", "op": "max_unpool2d", "of": "pool"},
        {"name": "join", "op": "add", "inputs": ["up", "a"]},
    ]
)
def test_a_gate_along_one_axis_leaves_the_other_its_own_figure(net: Network) -> None:
    assert net["join"].receptive_field.size == [3, 32]
    found = quantities(explain(net, "join"))
    assert found["receptive_field_height"].value == 3
    assert found["receptive_field_width"].value == 32


@of(DOWN_AND_UP)
def test_what_an_output_sees_is_said_with_the_position_that_sees_the_most(net: Network) -> None:
    """Positions 0 and 1 of `up` read rows 0 and 1 of `down`, which see rows -1 to 2. Output 0 of
    the last 3x3 reads positions -1 to 1: rows -3 to 2."""
    line = "RF           last - first + 1 = 2 - (-3) + 1 = 6, at output position 0 of every 2"
    assert line in said(net, "last")
    assert "RF           6 pixels, at its output" in said(net)


@of([{"op": "upsample", "scale_factor": 3}, conv("last", 1, 2)])
def test_the_smallest_is_said_where_outputs_differ(net: Network) -> None:
    """A 2x2 over three copies of each pixel reads one pixel or, at each third output, two."""
    assert said(net, "last", "receptive_field") == [
        "RF           last - first + 1 = 0 - (-1) + 1 = 2, at output position 0 of every 3; "
        "1 at least",
    ]
    assert said(net, "last", "receptive_field_smallest") == [
        "least RF     last - first + 1 = 0 - 0 + 1 = 1"
    ]
    assert said(net, "last", "effective_stride") == [
        "stride       pixels/positions = 1/3, about 0.333"
    ]
    assert "RF           2 pixels at most and 1 at least, at its output" in said(net)
    table = " ".join(render(network_table([net]), "text").split())
    assert "1..2" in table
    assert "a..b: from the smallest to the largest, by the output's position." in table
    (record,) = json.loads(render(network_table([net]), "json"))
    assert record["receptive_field"] == [2, 2]
    assert record["receptive_field_note"] == "1 to 2, by the output's position"


# --- effective stride and padding -----------------------------------------------------------------


def test_stride_and_padding_are_computed_from_those_so_far() -> None:
    found = said(load("alexnet"), "conv3", "effective_stride", "effective_padding")
    assert found == [
        "stride       stride so far·stride = 16·1 = 16",
        "padding      padding so far + padding·stride so far = 16 + 1·16 = 32",
    ]
    assert said(load("alexnet"), "pool5", "effective_stride") == [
        "stride       stride so far·stride = 16·2 = 32"
    ]
    (none,) = explain(load("alexnet"), "fc6", "effective_stride").workings
    assert none.reason == "none: an output sees the whole input, 3x227x227"


def test_padding_stands_in_the_way_from_the_input_where_it_is_asked_for() -> None:
    table = said(load("vgg16"), None, "receptive_field", "effective_padding")
    rows = [" ".join(line.split()) for line in table]
    assert "conv5.2 3x3 164 + (3 - 1)·16 = 196 74 + 1·16 = 90" in rows
    assert not any("padding" in line for line in said(load("vgg16"), None, "receptive_field"))


# --- several outputs ------------------------------------------------------------------------------


@of(HEADS)
def test_each_open_end_has_its_shape_and_its_receptive_field(net: Network) -> None:
    """3x3/2 sees 3 rows at stride 2, and 3x3/2 behind it 7 at stride 4."""
    title, *lines = str(explain(net)).split("\n")
    assert "3x32x32 -> heads.fine 3x16x16, heads.coarse 4x8x8, batch 1" in title
    assert [line for line in lines if line.startswith("RF")] == [
        "RF           3 pixels at stride 2, at heads.fine",
        "RF           7 pixels at stride 4, at heads.coarse",
    ]
    title, *lines = str(explain(net, "heads")).split("\n")
    assert "2x16x16 -> 3x16x16, 4x8x8, batch 1" in title
    assert [line for line in lines if line.startswith("RF")] == [
        "RF           3 pixels at stride 2, at fine.f",
        "RF           7 pixels at stride 4, at coarse.c",
    ]


@of([conv("a", 2, 3), conv("b", 2, 3), conv("c", 2, 3, inputs="a"), conv("d", 2, 3)])
def test_outputs_behind_more_or_fewer_layers_have_their_depths(net: Network) -> None:
    lines = str(explain(net)).split("\n")
    assert "-> b 2x32x32, d 2x32x32, batch 1" in lines[0]
    assert "depth        1 + 1 + 1 = 3 weighted layers on the longest path; 2 to b, 3 to d" in lines


@of(HEADS)
def test_tables_show_each_open_end(net: Network) -> None:
    text = render(layer_table(net, columns=["output_shape", "receptive_field"]), "text")
    (heads,) = [line for line in text.split("\n") if line.startswith("heads ")]
    assert re.split("  +", heads)[1:] == ["3x16x16, 4x8x8", "3, 7"]
    table = render(network_table([net]), "text")
    assert "Of several outputs the largest." in " ".join(table.split())
    (record,) = json.loads(render(network_table([net]), "json"))
    assert record["receptive_field"] == [7, 7]
    assert record["receptive_field_note"] == "heads.fine.f: 3; heads.coarse.c: 7"
    explained = json.loads(explain(net, "heads").render("json"))
    assert explained["output_shapes"] == [[3, 16, 16], [4, 8, 8]]
