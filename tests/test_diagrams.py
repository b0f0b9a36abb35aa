"""Diagrams: what is one box, and a layout in which boxes are apart and edges go down."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as ET
from functools import cache
from itertools import combinations, pairwise
from pathlib import Path

import pytest

import archcalc
from archcalc.cli import main
from archcalc.errors import ArchcalcError
from archcalc.pictures.diagram import (
    DIRECTIONS,
    Diagram,
    Direction,
    diagram,
    diagram_of,
    dot_text,
    mermaid_text,
)
from archcalc.pictures.diagram.drawn import BoxPlace, Plan, planned
from archcalc.pictures.diagram.ranks import crossings, layers_of
from archcalc.pictures.lettering import room_for

BLOCKS = [
    ("googlenet", "inception4a", 8, 0),
    ("resnet50", "layer2.0", 5, 0),
    ("resnet50", "layer2.1", 4, 0),
    ("densenet121", "denseblock1", 18, 0),
    ("squeezenet1.0", "fire2", 4, 0),
    ("nasnet-a-mobile", "stage1.1", 8, 1),
    ("lenet5", "", 7, 0),
    ("resnet50", "", 8, 0),
]


@cache
def found(model: str, layer: str) -> Diagram:
    return diagram_of(archcalc.load(model), layer)


@cache
def plan(model: str, layer: str) -> Plan:
    return planned(found(model, layer))


def plan_seen_down(model: str, layer: str, direction: Direction) -> Plan:
    """A plan; of one that leads to the right its mirror image, which leads down."""
    if direction == "down":
        return plan(model, layer)
    right = planned(found(model, layer), "right")
    places = {
        name: BoxPlace(at.y, at.x, at.height, at.width, at.lines)
        for name, at in right.places.items()
    }
    ways = [(a, b, [(y, x) for x, y in points]) for a, b, points in right.ways]
    return Plan(places, ways, right.height, right.width, "down")


each_direction = pytest.mark.parametrize("direction", DIRECTIONS)
each = pytest.mark.parametrize(("model", "layer", "boxes", "most"), BLOCKS)


@each
def test_norms_and_activations_are_in_the_box_of_their_layer(
    model: str, layer: str, boxes: int, most: int
) -> None:
    drawn = found(model, layer)
    assert len(drawn.boxes) == boxes
    net = archcalc.load(model)
    part = net[layer] if layer else net
    nodes = [node.name for box in drawn.boxes.values() for node in box.part.nodes]
    assert sorted(nodes) == sorted(node.name for node in part.nodes)
    assert sum(box.part.macs for box in drawn.boxes.values()) == part.macs


def test_what_a_bottleneck_is() -> None:
    drawn = found("resnet50", "layer2.0")
    assert {box.name: box.op for box in drawn.boxes.values()} == {
        "conv1": "conv2d 1x1/2, batch_norm, relu",
        "conv2": "conv2d 3x3 pad 1, batch_norm, relu",
        "conv3": "conv2d 1x1, batch_norm",
        "downsample": "conv2d 1x1/2, batch_norm",
        "add": "add, relu",
    }
    assert [edge for edge in drawn.edges if edge[1] == "layer2.0.add"] == [
        ("layer2.0.conv3", "layer2.0.add"),
        ("layer2.0.downsample", "layer2.0.add"),
    ]
    assert list(drawn.inputs.values()) == ["256x56x56"]
    assert drawn.outputs == {"layer2.0.add": "512x28x28"}


@each_direction
@each
def test_boxes_are_apart_and_edges_go_ahead(
    model: str, layer: str, boxes: int, most: int, direction: Direction
) -> None:
    layout = plan_seen_down(model, layer, direction)
    for a, b in combinations(layout.places.values(), 2):
        is_beside = a.x + a.width <= b.x or b.x + b.width <= a.x
        assert is_beside or a.y + a.height <= b.y or b.y + b.height <= a.y
    for _, _, points in layout.ways:
        assert all(above[1] <= below[1] for above, below in pairwise(points))
    for place in layout.places.values():
        assert place.x >= 0
        assert place.x + place.width <= layout.width
        assert place.y + place.height <= layout.height


@each_direction
@each
def test_no_edge_is_behind_a_box(
    model: str, layer: str, boxes: int, most: int, direction: Direction
) -> None:
    layout = plan_seen_down(model, layer, direction)
    for source, target, points in layout.ways:
        for (x1, y1), (x2, y2) in pairwise(points):
            for name, box in layout.places.items():
                is_at_height = y1 < box.y + box.height and box.y < y2
                is_in_width = min(x1, x2) < box.x + box.width and box.x < max(x1, x2)
                is_own = x1 == x2 and name in (source, target)
                assert is_own or not (is_at_height and is_in_width), (source, target, name)


def test_what_follows_each_other_is_one_straight_line_and_shortcuts_go_around() -> None:
    layout = plan("efficientnet-b0", "stage5.1")
    assert len({place.x + place.width // 2 for place in layout.places.values()}) == 1
    around = {source.rpartition(".")[2]: points for source, _, points in layout.ways
              if len({x for x, _ in points}) > 1}  # fmt: skip
    assert len(around) == 2, "one by the gate, one by the block"
    for points in around.values():
        assert len({x for x, _ in points[2:-1]}) == 1, "straight beside the boxes"


@each
def test_few_edges_cross(model: str, layer: str, boxes: int, most: int) -> None:
    drawn = found(model, layer)
    edges = list(drawn.edges)
    layers = layers_of([*drawn.inputs, *drawn.boxes], edges)
    assert crossings(layers.rows, layers.links) <= most


def test_crossings_are_counted_and_removed() -> None:
    links = [("a", "d"), ("b", "c")]
    assert crossings([["a", "b"], ["c", "d"]], links) == 1
    assert crossings([["a", "b"], ["d", "c"]], links) == 0
    assert [*layers_of(["a", "b", "c", "d"], links).rows[1]] == ["d", "c"]


def test_what_nothing_else_needs_earlier_stands_beside_its_equals() -> None:
    """The 1x1 of an inception module beside the 3x3 and the 5x5, as papers draw it."""
    layout = plan("googlenet", "inception4a")
    tops = {name.rpartition("inception4a.")[2]: at.y for name, at in layout.places.items()}
    assert tops["1x1"] == tops["3x3.conv"] == tops["5x5.conv"] == tops["pool.project"]
    assert tops["3x3.reduce"] < tops["3x3.conv"]


@each
def test_texts_are_inside_their_boxes(model: str, layer: str, boxes: int, most: int) -> None:
    for place in plan(model, layer).places.values():
        for line in place.lines:
            bold = line.role == "name"
            assert room_for(line.text, 10.5, bold=bold) <= place.width - 14, line
        assert len(place.lines) * 14 <= place.height


def test_of_many_layers_the_groups_are_boxes() -> None:
    assert [box.name for box in found("resnet50", "").boxes.values()] == [
        *("conv1", "maxpool", "layer1", "layer2", "layer3", "layer4", "avgpool", "fc"),
    ]


def test_too_many_boxes_are_refused(tmp_path: Path) -> None:
    layers = [{"op": "conv2d", "out_channels": 3, "kernel_size": 1}] * 70
    spec = {"title": "w", "year": 2024, "source": "s", "input": [3, 4, 4], "layers": layers}
    file = tmp_path / "long.json"
    file.write_text(json.dumps(spec))
    with pytest.raises(ArchcalcError, match=r"long is 70 boxes; a diagram has at most 60: say"):
        diagram(archcalc.load(file))


def test_a_picture_is_well_formed_and_the_same_again() -> None:
    net = archcalc.load("nasnet-a-mobile")
    picture = diagram(net, "stage1.1")
    ET.fromstring(picture.svg)
    assert picture.svg == diagram(net, "stage1.1").svg
    assert "From 264x28x28, 88x28x28 to 264x28x28 in 8 boxes" in picture.description
    assert "to 1000 in 1 box, " in diagram(archcalc.load("resnet50"), "fc").description


def test_a_shape_is_beside_the_edge_that_leaves_its_box() -> None:
    """From conv3 an edge turns right to the sum, from the shortcut one turns left."""
    svg = archcalc.diagram(archcalc.load("resnet50"), "layer2.0").svg
    places = plan("resnet50", "layer2.0").places
    middle = {name.rpartition(".")[2]: at.x + at.width // 2 for name, at in places.items()}
    shapes = re.findall(r'<text x="(\d+)"[^>]* font-size="9.5"(.*?)class.*>(.*)</text>', svg)
    assert shapes == [
        (f"{middle['conv1'] + 6}", " ", "128x28x28"),
        (f"{middle['conv2'] + 6}", " ", "128x28x28"),
        (f"{middle['conv3'] - 6}", ' text-anchor="end" ', "512x28x28"),
        (f"{middle['downsample'] + 6}", " ", "512x28x28"),
        (f"{middle['add'] + 6}", " ", "512x28x28"),
    ]


def test_a_diagram_is_in_the_middle_below_a_long_title() -> None:
    narrow = plan("densenet121", "denseblock1.0")
    wide = planned(found("densenet121", "denseblock1.0"), least=narrow.width + 100)
    moved = {wide.places[name].x - at.x for name, at in narrow.places.items()}
    assert len(moved) == 1
    assert 49 <= moved.pop() <= 51


def test_mermaid_and_dot_have_each_box_and_edge(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagram", "squeezenet1.0", "--layer", "fire2", "--format", "mermaid"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "flowchart TD",
        '  n0(["input 96x55x55"])',
        '  n1["squeeze<br>conv2d 1x1, relu<br>1.55K parameters, 4.65M MACs"]',
        '  n2["expand1x1<br>conv2d 1x1, relu<br>1.09K parameters, 3.10M MACs"]',
        '  n3["expand3x3<br>conv2d 3x3 pad 1, relu<br>9.28K parameters, 27.9M MACs"]',
        '  n4["concat<br>concat"]',
        '  n4o(["output 128x55x55"])',
        "  n0 --> n1",
        '  n1 -->|"16x55x55"| n2',
        '  n1 -->|"16x55x55"| n3',
        '  n2 -->|"64x55x55"| n4',
        '  n3 -->|"64x55x55"| n4',
        "  n4 --> n4o",
    ]
    assert main(["diagram", "squeezenet1.0", "--layer", "fire2", "--format", "dot"]) == 0
    dot = capsys.readouterr().out
    assert re.findall(r"(\w+) -> (\w+)", dot) == [
        *(("n0", "n1"), ("n1", "n2"), ("n1", "n3"), ("n2", "n4"), ("n3", "n4"), ("n4", "n4o")),
    ]


def test_a_diagram_to_the_right_has_its_boxes_in_one_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    places = planned(found("lenet5", ""), "right").places
    assert len({place.y + place.height // 2 for place in places.values()}) == 1
    lefts = [place.x for place in places.values()]
    assert lefts == sorted(lefts)
    shown = ("diagram", "squeezenet1.0", "--layer", "fire2", "--direction", "right")
    assert main([*shown, "--format", "mermaid"]) == 0
    assert capsys.readouterr().out.startswith("flowchart LR\n")
    assert main([*shown, "--format", "dot"]) == 0
    assert "\n  rankdir=LR;\n" in capsys.readouterr().out
    with pytest.raises(ArchcalcError, match="direction is 'down' or 'right', got 'left'"):
        diagram(archcalc.load("lenet5"), direction="left")  # type: ignore[arg-type]


def test_mermaid_refuses_what_it_cannot_draw(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("archcalc.pictures.diagram.written.MOST_EDGES", 4)
    with pytest.raises(ArchcalcError, match="5 edges are more than Mermaid draws"):
        mermaid_text(found("squeezenet1.0", "fire2"))


def test_an_unknown_layer_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diagram", "googlenet", "--layer", "inception_4a"]) == 2
    expected = "archcalc: googlenet has no layer 'inception_4a'; did you mean 'inception4a'?\n"
    assert capsys.readouterr().err == expected


def test_a_parameter_is_drawn_as_a_source_since_it_is_computed_of_nothing() -> None:
    boxes = diagram_of(archcalc.load("vit-b-16")).boxes
    assert boxes["class_token"].sources == boxes["positions"].sources == ()
    assert {"class_token", "patch_tokens"} == {*boxes["tokens"].sources}


def test_several_outputs_have_their_names_and_an_only_one_has_none(tmp_path: Path) -> None:
    conv = {"op": "conv2d", "kernel_size": 1, "inputs": "input"}
    layers = [conv | {"name": "a", "out_channels": 2}, conv | {"name": "b", "out_channels": 4}]
    outputs = {"scores": "a", "boxes": "b"}
    file = tmp_path / "two.json"
    file.write_text(json.dumps({"input": [3, 8, 8], "layers": layers, "outputs": outputs}))
    net = archcalc.load(file)
    words = re.findall(r">([^<>]+)</text>", diagram(net).svg)
    assert words[-4:] == ["scores", "2x8x8", "boxes", "4x8x8"]
    for text in (mermaid_text(diagram_of(net)), dot_text(diagram_of(net))):
        assert '"scores 2x8x8"' in text
        assert '"boxes 4x8x8"' in text
        assert '"input 3x8x8"' in text
    assert '"output 2x8x8"' in mermaid_text(diagram_of(net, "a"))
