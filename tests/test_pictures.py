"""Pictures: what they show, that every text is inside and legible, and the same bytes each time."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from functools import cache
from itertools import combinations, groupby
from pathlib import Path

import pytest

import archcalc
from archcalc.claims.ledger import ledgers
from archcalc.claims.measured import best_known, measured
from archcalc.names import catalog
from archcalc.network import Network
from archcalc.pictures import PLOTS, Picture
from archcalc.pictures.cost_picture import stages
from archcalc.pictures.layer_kinds import kind_nouns, kind_of
from archcalc.pictures.lettering import room_for, text_width
from archcalc.pictures.lineages import lineages
from archcalc.pictures.palette import COLOURS, KINDS, MARKS, ON_KINDS, SURFACES
from archcalc.pictures.placement import Labelled, place
from archcalc.pictures.study_picture import ordered
from tests.colours import SIGHTS, contrast, distance

SVG = "{http://www.w3.org/2000/svg}"
SCHEMES = ("light", "dark")


@cache
def networks() -> tuple[Network, ...]:
    return tuple(archcalc.load(name) for name in archcalc.models())


def drawn() -> Iterator[tuple[str, Picture]]:
    for net in networks():
        yield f"cost of {net.name}", archcalc.plot("cost", net)
    for kind in PLOTS:
        if PLOTS[kind].is_of_all:
            yield kind, archcalc.plot(kind, *networks())
    compared = [archcalc.load(name) for name in ("vgg16", "resnet50", "densenet121", "lenet5")]
    yield "compare", archcalc.plot("compare", *compared)
    members = [archcalc.load(name) for name in catalog.built_in("studies")]
    for study, group in groupby(members, key=lambda net: net.family):
        yield f"study {study}", archcalc.plot("study", *group)


@cache
def pictures() -> dict[str, Picture]:
    return dict(drawn())


def root(picture: Picture) -> ET.Element:
    return ET.fromstring(picture.svg)


def texts(picture: Picture) -> Iterator[tuple[str, float, float, float, float]]:
    """Each text with the box that its letters may take."""
    for element in root(picture).iter(f"{SVG}text"):
        size = float(element.get("font-size", "12"))
        text = element.text or ""
        width = room_for(text, size, bold=element.get("font-weight") == "600")
        x, y = float(element.get("x", "")), float(element.get("y", ""))
        left = {"start": x, "middle": x - width / 2, "end": x - width}[
            element.get("text-anchor", "start")
        ]
        yield text, left, y - 0.8 * size, left + width, y + 0.25 * size


def test_no_text_falls_outside() -> None:
    found = []
    for name, picture in pictures().items():
        _, _, width, height = map(float, root(picture).get("viewBox", "").split())
        for text, left, top, right, bottom in texts(picture):
            if left < 0 or top < 0 or right > width or bottom > height:
                found.append((name, text, left, right, width))
    assert found == []


def test_texts_hardly_touch() -> None:
    """In other fonts than Arial they are wider: a tenth of a letter may then be shared."""
    found = []
    for name, picture in pictures().items():
        for a, b in combinations(texts(picture), 2):
            across = min(a[3], b[3]) - max(a[1], b[1])
            down = min(a[4], b[4]) - max(a[2], b[2])
            if across > 8 and down > 5:
                found.append((name, a[0], b[0]))
    assert found == []


def test_no_text_of_a_built_in_network_is_cut() -> None:
    found = [(name, text) for name, picture in pictures().items() for text, *_ in texts(picture)
             if "…" in text]  # fmt: skip
    assert found == []


def test_each_is_a_titled_and_described_image() -> None:
    for name, picture in pictures().items():
        svg = root(picture)
        assert svg.get("role") == "img", name
        named = dict(zip(("title", "desc"), svg.get("aria-labelledby", "").split(), strict=True))
        for tag, text in (("title", picture.title), ("desc", picture.description)):
            element = svg.find(f"{SVG}{tag}")
            assert element is not None
            assert (element.get("id"), element.text) == (named[tag], text)
            assert text, name
        everything = [e.get("id") for e in svg.iter() if e.get("id")]
        assert len(everything) == len(set(everything)) == 2


def test_each_colour_has_its_dark_one() -> None:
    for name, picture in pictures().items():
        style = root(picture).find(f"{SVG}style")
        assert style is not None
        dark = dict(re.findall(r"\.([fs]-[\w-]+)\{\w+:(#\w+)\}", style.text or ""))
        assert (style.text or "").startswith("@media (prefers-color-scheme:dark){")
        used = set()
        for element in root(picture).iter():
            for each in (element.get("class") or "").split():
                role = each[2:]
                attribute = {"f": "fill", "s": "stroke"}[each[0]]
                assert element.get(attribute) == COLOURS[role].light, name
                assert dark[each] == COLOURS[role].dark
                used.add(each)
        assert used == set(dark)


def test_the_same_bytes_again() -> None:
    for name, picture in drawn():
        assert picture.svg == pictures()[name].svg, name


def test_the_same_bytes_whatever_python_hashes_texts_to() -> None:
    """Inception-v3 has kernels 1x7 and 7x1: sets of texts have another order in each process."""
    command = [sys.executable, "-m", "archcalc", "plot", "cost", "inception-v3"]
    found = {
        subprocess.run(
            command, env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, check=True
        ).stdout
        for seed in "1234"
    }
    assert len(found) == 1


def test_nothing_of_a_spec_is_markup(tmp_path: Path) -> None:
    spec = tmp_path / "odd.json"
    spec.write_text(
        '{"title": "</svg><script>&", "year": 2024, "source": "a < b", "input": [3, 8, 8], '
        '"layers": [{"op": "conv2d", "out_channels": 2, "kernel_size": 3}]}'
    )
    picture = archcalc.plot("cost", archcalc.load(spec))
    assert next(root(picture).iter(f"{SVG}text")).text == "</svg><script>&"
    assert not list(root(picture).iter(f"{SVG}script"))


# --- what is shown --------------------------------------------------------------------------------


def test_bars_of_lenet5_are_its_figures() -> None:
    """C3's 156 + ... = 60,000 parameters and 325,680 MACs, as the paper's layers add up."""
    picture = archcalc.plot("cost", archcalc.load("lenet5"))
    said = {
        title.text: float(bar.get("width", ""))
        for bar in root(picture).iter(f"{SVG}rect")
        for title in bar.iter(f"{SVG}title")
    }
    c3, c5 = said["c3: 5x5, 150,000 MACs"], said["c5: 5x5, 48,000 MACs"]
    assert c3 / c5 == pytest.approx(150_000 / 48_000, rel=0.01)
    assert said["c1: 5x5, 156 parameters"] < said["c5: 5x5, 48,120 parameters"]
    assert "Most parameters in c5 (80.2%), most MACs in c3 (46.1%)." in picture.description


def test_kinds_go_by_kernel_and_groups() -> None:
    net = archcalc.load("nasnet-a-mobile")
    kinds = {kind_of(layer) for layer in net.readings if layer.macs}
    assert kinds == {"1x1", "3x3", "depthwise", "linear"}
    vgg = {kind_of(layer) for layer in archcalc.load("vgg16").readings if layer.macs}
    assert vgg == {"3x3", "linear"}
    assert kind_of(next(iter(archcalc.load("resnet50")["conv1"].readings))) == "larger"
    grouped = archcalc.load("resnext50-32x4d")["layer1.0.conv2"]
    assert kind_of(next(iter(grouped.readings))) == "3x3", "32 groups of four channels"


def test_stages_open_what_repeats_and_add_up() -> None:
    net = archcalc.load("resnet50")
    names = [row.part.path for row in stages(net)]
    assert names == [
        *("conv1", "layer1.0", "layer1.1..2", "layer2.0", "layer2.1..3", "layer3.0"),
        *("layer3.1..5", "layer4.0", "layer4.1..2", "fc"),
    ]
    assert sum(row.part.macs for row in stages(net)) == 3_857_973_248


def test_of_equal_repetitions_the_inside_is_shown_where_rows_are_few() -> None:
    net = archcalc.load("bert-base")
    rows = {row.part.path: row.part for row in stages(net)}
    assert list(rows) == [
        *("words", "block.0..11.attention", "block.0..11.fc1", "block.0..11.fc2", "pooler"),
    ]
    assert rows["block.0..11.fc1"].parameters == 12 * (768 + 1) * 3072
    assert rows["block.0..11.fc1"].macs == 12 * 512 * 768 * 3072
    assert sum(part.macs for part in rows.values()) == net.macs


def test_what_gates_see_stands_before_what_windows_see() -> None:
    written = [text for text, *_ in texts(archcalc.plot("cost", archcalc.load("se-resnet50")))]
    # ResNet-50's own receptive field, and every output sees all of the input through the gates.
    assert "whole (483)" in written
    assert "whole" in written, "fc"
    assert "7" in written, "conv1"


def test_legends_say_what_kinds_there_are() -> None:
    legends = {
        "lenet5": {"5x5", "linear", "subsampling"},
        "gpt2": {"linear", "matrix products", "embedding, layer norm, parameter"},
        "resnet50": {"1x1", "3x3", "7x7", "linear", "batch norm"},
    }
    for name, words in legends.items():
        net = archcalc.load(name)
        assert set(kind_nouns(each for each in net.readings if each.parameters)) <= set(KINDS)
        assert words <= {text for text, *_ in texts(archcalc.plot("cost", net))}, name


def test_equal_networks_share_a_label_and_small_inputs_a_panel() -> None:
    names = ("lenet5", "plain56-cifar", "resnet56-cifar", "resnet20-cifar", "resnet110-cifar",
             "vgg16", "resnet50")  # fmt: skip
    drawn = archcalc.plot("networks", *map(archcalc.load, names))
    written = [text for text, *_ in texts(drawn)]
    assert "plain-56, ResNet-56" in written
    assert "Inputs of 32 pixels" in written
    assert "LeNet-5, far to the left: 60.0K parameters, 326K MACs" in written


def test_measurements_keep_their_protocols() -> None:
    found = best_known(measured(ledgers()))
    single, *others = found["resnet50"]
    assert (str(single.error), single.is_single_crop) == ("247/10", True)
    assert {other.protocol for other in others} >= {"10-crop", "multi-scale dense"}
    assert {each.crop for each in found["preact-resnet200"]} == {224, 320}
    assert all(each.model in found for each in found["vgg13"])
    assert float(found["nasnet-a-large"][0].accuracy) == 82.7


def test_a_network_measured_on_larger_crops_costs_what_it_does_there() -> None:
    few = map(archcalc.load, ("preact-resnet200", "resnet50", "vgg16"))
    written = [text for text, *_ in texts(archcalc.plot("accuracy", *few))]
    assert "pre-act ResNet-200 at 320" in written
    assert "pre-act ResNet-200" in written


def test_pictures_of_several_networks_say_of_how_many_inputs_they_are() -> None:
    one, four = archcalc.load("resnet50"), archcalc.load("vgg16", batch=4)
    for kind in ("networks", "accuracy", "history"):
        assert "batch 1" in archcalc.plot(kind, one).svg
        assert "batch 4" in archcalc.plot(kind, four).svg
        assert "batches of 1 to 4" in archcalc.plot(kind, one, four).svg


def test_only_what_has_fewer_macs_is_called_below_five_billion() -> None:
    said = archcalc.plot("accuracy", archcalc.load("preact-resnet200")).description
    assert said == (
        "By a single crop pre-act ResNet-200 at 320 is the most accurate of 2: 79.9% with 30.2G "
        "MACs."
    )


def test_lines_join_the_networks_of_one_spec() -> None:
    """MobileNets v1 and v3 are one family, and no series of sizes."""
    names = ("mobilenet-v1-0.5", "mobilenet-v1", "mobilenet-v3-small", "mobilenet-v3-large")

    def lines(*names: str) -> int:
        svg = archcalc.plot("accuracy", *map(archcalc.load, names)).svg
        return svg.count('opacity="0.4"')

    assert lines(*names) == 2
    assert lines(*names[:2]) == 1
    assert lines(*names[1:3]) == 0


def test_members_of_a_study_stand_behind_their_reference() -> None:
    members = [archcalc.load(name) for name in catalog.members("stacked-3x3")]
    assert [net.title for net in ordered(members)] == [
        *("one 5x5", "two 3x3", "one 7x7", "three 3x3", "one 11x11", "five 3x3"),
    ]
    written = [text for text, *_ in texts(archcalc.plot("study", *members))]
    assert written.count("28.0% fewer") == 2, "18 of 25 weights: parameters and MACs"
    assert written.count("44.9% fewer") == 2, "27 of 49"


def test_a_study_without_multiply_adds_compares_other_operations() -> None:
    members = [archcalc.load(f"{kind}-pooling") for kind in ("non-overlapping", "overlapping")]
    drawn = archcalc.plot("study", *members)
    written = [text for text, *_ in texts(drawn)]
    assert "operations: compare" in written
    # A maximum of 4 takes 3 comparisons, of 9 takes 8, at as many outputs.
    assert "2.67x as many" in written
    assert not {"parameters", "MACs"} & set(written)
    assert (
        drawn.description
        == "3x3, stride 2 against 2x2, stride 2: operations: compare 2.67x as many."
    )


def test_receptive_fields_of_a_study_are_whole_words() -> None:
    members = [archcalc.load(name) for name in catalog.members("squeeze-and-excitation")]
    assert "whole (3)" in [text for text, *_ in texts(archcalc.plot("study", *members))]


# --- letters and labels ---------------------------------------------------------------------------


def test_letters_have_arials_advances() -> None:
    """`ResNet` in units of 1/1000: R 722, e 556, s 500, N 722, e 556, t 278."""
    assert text_width("ResNet", 100) == 333.4
    assert text_width("한", 10) == 10


def test_labels_avoid_each_other_or_are_left_out() -> None:
    points = [Labelled(100, 100, 5, f"network {i}", "ink") for i in range(40)]
    places = place(points, [], (0, 0, 220, 220))
    boxes = [
        (label.x, label.y - 9, label.x + room_for(point.text, 11), label.y + 3)
        for point, label in zip(points, places, strict=True)
        if label is not None
    ]
    assert places[0] is not None
    assert 2 < len(boxes) < 40
    for a, b in combinations(boxes, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]


def test_families_have_a_mark_of_their_own() -> None:
    families = dict.fromkeys(net.family for net in networks())
    found = set(lineages([*families, "Zebra", "Yak (CIFAR)", "Yak"]).values())
    assert len({(each.colour, each.shape) for each in found}) == len(found)
    assert lineages(["Yak (CIFAR)", "Yak"])["Yak"].name == "Yak"


# --- colours --------------------------------------------------------------------------------------


@pytest.mark.parametrize("scheme", SCHEMES)
@pytest.mark.parametrize("sight", SIGHTS)
@pytest.mark.parametrize("palette", [KINDS, MARKS], ids=["kinds", "marks"])
def test_colours_are_apart_for_every_sight(
    palette: dict[str, object], sight: str, scheme: str
) -> None:
    near = [
        (a, b)
        for a, b in combinations(palette, 2)
        if distance(getattr(palette[a], scheme), getattr(palette[b], scheme), sight) < 15
    ]
    assert near == []


def test_the_measure_of_colours_finds_what_cannot_be_told_apart() -> None:
    assert distance("#000000", "#ffffff", "all three") == pytest.approx(100, abs=0.1)
    assert distance("#cc4400", "#668800", "no red") < 25 < distance("#cc4400", "#668800", "no blue")
    assert contrast("#000000", "#ffffff") == pytest.approx(21)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_text_is_legible(scheme: str) -> None:
    def colour(role: str) -> str:
        found: str = getattr(COLOURS[role], scheme)
        return found

    pairs = [(role, "paper") for role in ("ink", "muted", "fewer", "more")]
    pairs += [(role, "panel") for role in ("ink", "muted")]
    pairs += [(f"mark-{name}", "paper") for name in MARKS]
    pairs += [(f"on-{name}", f"kind-{name}") for name in ON_KINDS]
    assert set(ON_KINDS) == set(KINDS)
    assert set(SURFACES) >= {"paper", "ink"}
    pale = [pair for pair in pairs if contrast(*map(colour, pair)) < 4.5]
    assert pale == []


def test_every_kind_is_documented_and_drawn_here() -> None:
    page = Path(__file__).parent.parent / "docs" / "pictures.md"
    assert re.findall(r"^\| `(\w+)` \|", page.read_text(encoding="utf-8"), re.MULTILINE) == [*PLOTS]
    assert {name.split()[0] for name in pictures()} == {*PLOTS}
