"""`archcalc compare`: what networks have alike, and what not."""

from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from difflib import SequenceMatcher
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from archcalc.cli import main
from archcalc.differences import compare
from archcalc.differences.alignment import MOST_WORK, _runs, _Work, aligned
from archcalc.differences.data import deltas, everything
from archcalc.differences.printed import SideBySidePage
from archcalc.errors import ArchcalcError
from archcalc.formats import render
from archcalc.names import catalog
from archcalc.network import Network, load, models
from tests.spec_files import point, spec

RESNETS = ("resnet50", "resnet50-v1.5")


def neighbours() -> list[tuple[str, str]]:
    """Built-in networks next to each other in one family."""
    families = [(name, catalog.find(name)[1].family) for name in models()]
    return [(a, b) for (a, f), (b, g) in pairwise(families) if f == g]


ACROSS = [("googlenet", "inception-v3"), ("lenet5", "nasnet-a-mobile"), ("zfnet-deconv", "vgg16")]


@pytest.mark.parametrize(("a", "b"), [*neighbours(), *ACROSS], ids=lambda name: name)
def test_what_differs_adds_up_to_the_difference(a: str, b: str) -> None:
    """Layers, stages and strides each hold all of both networks, once."""
    reference, other = load(a), load(b)
    for by in ("stage", "stride"):
        (pair,) = compare(reference, other, by=by).pairs
        for quantity in ("parameters", "macs"):
            sides = [[getattr(s, quantity) for s in section[1:]] for section in pair.sections]
            assert [*map(sum, zip(*sides, strict=True))] == [
                getattr(net, quantity) for net in (reference, other)
            ]
    total = [deltas(pair, layer) for layer in pair.layers]
    assert [*map(sum, zip(*total, strict=True))] == [
        other.parameters - reference.parameters,
        other.macs - reference.macs,
    ]
    assert sum(pair.counts.values()) == len(pair.layers)
    assert [layer.reference for layer in pair.layers if layer.reference] == [*reference]
    assert [layer.other for layer in pair.layers if layer.other] == [*other]


@pytest.mark.parametrize(("a", "b"), [*neighbours()[::4], *ACROSS], ids=lambda name: name)
def test_aligned_layers_stand_in_the_same_order_and_are_the_same_op(a: str, b: str) -> None:
    ours, theirs = load(a).nodes, load(b).nodes
    pairs = aligned(ours, theirs)
    assert all(i < k and j < m for (i, j), (k, m) in pairwise(pairs))
    assert all(ours[i].op.name == theirs[j].op.name for i, j in pairs)


@pytest.mark.parametrize("name", ["resnet1202-cifar", "nasnet-a-large", "lenet5"])
def test_a_network_is_like_itself(name: str) -> None:
    (pair,) = compare(load(name), load(name)).pairs
    assert pair.counts["same"] == len(load(name))
    assert all(section.is_equal for section in pair.sections)
    assert pair.arguments == []


def test_resnet_and_its_later_form() -> None:
    """He et al. 2015 have the stride in the 1x1, torchvision in the 3x3: 3.86 and 4.09 GMACs."""
    found = compare(*map(load, RESNETS))
    assert found.values("macs") == [3_857_973_248, 4_089_184_256]
    (pair,) = found.pairs
    assert pair.arguments == [("strides", (2, 1), (1, 2))]
    counts = pair.counts
    # In each of three stages' first blocks conv1 and conv2 are set otherwise, and conv1's batch
    # norm and ReLU see a larger map.
    assert (counts["set otherwise"], counts["another shape"]) == (6, 6)
    assert [s.name for s in pair.sections if not s.is_equal] == ["layer2", "layer3", "layer4"]
    # conv1 at four times the positions: 3·56·56·128·256.
    differences = {s.other.macs - s.reference.macs for s in pair.sections if not s.is_equal}
    assert differences == {77_070_336}


def test_more_blocks_are_only_in_the_deeper_network() -> None:
    (pair,) = compare(load("resnet50"), load("resnet101")).pairs
    assert pair.counts["same"] == len(load("resnet50"))
    # 17 blocks more, of 3 convolutions, 3 norms, 3 ReLUs and the addition.
    assert pair.counts["only here"] == 17 * 10
    assert {s.name for s in pair.sections if not s.is_equal} == {"layer3"}


def test_networks_with_nothing_in_common_are_compared_by_stride() -> None:
    (pair,) = compare(load("googlenet"), load("inception-v3")).pairs
    assert pair.by == "stride"
    assert [section.name for section in pair.sections] == ["2", "4", "8", "16", "32", "vector"]
    assert str(pair.sections[0].reference.output) == "64x112x112"
    assert [side.layers for side in pair.sections[2][1:]] == [12, 23]


def test_equal_fields_of_other_inputs_are_equal() -> None:
    text = render(page("lenet5", "lenet5[input=1x36x36]"), "text")
    row = next(line for line in text.splitlines() if line.startswith("RF"))
    assert row.split() == ["RF", "32", "32", "equal"]


def test_what_sees_the_whole_input_or_nothing_of_it_has_no_size() -> None:
    """A class token sees nothing, attention everything: neither is more or less than 483 pixels."""
    found = compare(load("resnet50"), load("vit-b-16"))
    (pair,) = found.pairs
    names = [section.name for section in pair.sections]
    assert names[-2:] == ["vector", "no input"]
    no_input = pair.sections[-1]
    assert (no_input.other.parameters, no_input.other.macs) == (768 + 197 * 768, 0)
    assert no_input.reference.parameters == 0
    lines = render(SideBySidePage(found), "text").splitlines()
    row = next(line for line in lines if line.startswith("RF"))
    assert row.split() == ["RF", "483", "whole", "-"]
    (field,) = [q for q in everything(found)["quantities"] if q["name"] == "receptive_field"]
    assert field["values"] == [[483, 483], None]


def test_a_stage_goes_with_the_one_that_holds_most_of_its_layers(tmp_path: Path) -> None:
    """Stages of other names, one of them split off: `body` holds two of the three convolutions."""
    convs = [point(channels, name=f"c{channels}") for channels in (2, 3, 4)]
    files = [
        spec({"name": "stem", "layers": convs}),
        spec({"name": "body", "layers": convs[:2]}, {"name": "tail", "layers": convs[2:]}),
    ]
    nets = []
    for name, content in zip("ab", files, strict=True):
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(content))
        nets.append(load(file))
    (pair,) = compare(*nets).pairs
    assert pair.by == "stage"
    names = [(section.reference.name, section.other.name) for section in pair.sections]
    assert names == [("stem", "body"), ("", "tail")]


def page(*names: str) -> SideBySidePage:
    return SideBySidePage(compare(*map(load, names)))


@pytest.mark.parametrize(
    "names",
    [RESNETS, ("googlenet", "googlenet-naive"), ("googlenet", "inception-v3"),
     ("vgg16", "vgg19", "vgg13"), ("two-3x3", "one-5x5", "three-3x3", "one-7x7")],
    ids=" ".join,
)  # fmt: skip
def test_text(names: tuple[str, ...], golden: Callable[[str, str], None]) -> None:
    text = render(page(*names), "text")
    golden(f"compare-{names[0]}-{names[-1]}.txt", text)
    assert max(map(len, text.splitlines())) <= 100


@pytest.mark.parametrize("format", ["markdown", "latex", "html"])
def test_documents_have_the_same_figures(format: str) -> None:
    text = render(page(*RESNETS), format)
    for figure in ("3,857,973,248", "4,089,184,256", "+77,070,336"):
        assert figure in text


def test_a_spreadsheet_gets_totals_and_sections() -> None:
    rows = list(csv.DictReader(io.StringIO(render(page(*RESNETS), "csv"))))
    assert rows[1] == {
        "part": "total", "quantity": "macs", "resnet50": "3857973248",
        "resnet50-v1.5": "4089184256",
    }  # fmt: skip
    stages = [row for row in rows if row["quantity"] == "macs" and row["part"] != "total"]
    assert sum(int(row["resnet50-v1.5"]) for row in stages) == 4_089_184_256


def test_programs_get_every_layer_that_differs() -> None:
    data = json.loads(render(page(*RESNETS), "json"))
    assert [quantity["values"] for quantity in data["quantities"][:2]] == [
        [25_557_032, 25_557_032],
        [3_857_973_248, 4_089_184_256],
    ]
    changed = [d for d in data["differences"] if d["change"] == "set otherwise"]
    assert changed[0]["layers"] == ["layer2.0.conv1", "layer2.0.conv1"]
    assert changed[0]["ops"] == ["conv2d 1x1/2", "conv2d 1x1"]
    assert sum(d["macs"] for d in data["differences"]) == 4_089_184_256 - 3_857_973_248


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(["compare", *arguments])
    out, err = capsys.readouterr()
    return status, out, err


def test_variants_of_one_model(capsys: pytest.CaptureFixture[str]) -> None:
    variants = ["resnet50", "resnet50[units=[3, 4, 23, 3]]", "resnet50[input=3x448x448,batch=2]"]
    status, out, _ = run(capsys, *variants, "--format", "json")
    assert status == 0
    data = json.loads(out)
    names = ["resnet50", "resnet50[units=[3,4,23,3]]", "resnet50[input=3x448x448,batch=2]"]
    assert [model["name"] for model in data["models"]] == names
    # Networks that Python has built are called what the command line would call them.
    nets = [load("resnet50"), load("resnet50", units=[3, 4, 23, 3]),
            load("resnet50", input=(3, 448, 448), batch=2)]  # fmt: skip
    assert compare(*nets).names == names
    macs = data["quantities"][1]["values"]
    assert macs[1] == 7_570_194_432  # ResNet-101's
    # Four times the positions, twice the samples; the classifier's 2,048,000 are of each sample.
    assert macs[2] == 2 * (4 * (3_857_973_248 - 2_048_000) + 2_048_000)


def test_a_study_s_file_is_all_that_is_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Simonyan, Zisserman 2014, section 2.3: three 3x3 have 27 C^2 weights, one 7x7 has 49 C^2."""
    status, out, _ = run(capsys, "stacked-3x3", "--open", "channels", "--format", "json")
    assert status == 0
    data = json.loads(out)
    forms = dict(zip([m["name"] for m in data["models"]], data["closed_forms"], strict=True))
    assert forms["three-3x3"]["parameters"]["text"] == "27·channels²"
    assert forms["one-7x7"]["parameters"]["text"] == "49·channels²"
    _, text, _ = run(capsys, "three-3x3", "one-7x7", "--open", "channels")
    assert "49/27: 81.5% more" in text


MISTAKES = [
    (["resnet50"], "compare takes at least two different networks"),
    (["resnet50", "resnet51"], "no model 'resnet51'; did you mean 'resnet50'"),
    ([], "compare takes at least two different networks"),
    (["resnet50", "resnet50[group=2]"], "resnet50 has no argument 'group'; did you mean 'groups'?"),
    (["vgg16", "vgg19", "--quantity", "mac"], "no quantity 'mac'; did you mean 'macs'?"),
    (["lenet5", "vgg16", "--open", "num_classes"], "lenet5 has no size or argument 'num_classes'"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), MISTAKES, ids=lambda x: " ".join(x)[:40])
def test_a_mistake_is_one_clear_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, err = run(capsys, *arguments)
    assert (status, out) == (2, "")
    assert err.startswith(f"archcalc: {message}")


def test_only_networks_are_compared() -> None:
    with pytest.raises(ArchcalcError, match="compare takes a Network"):
        compare(load("lenet5"), "vgg16")  # type: ignore[arg-type]
    with pytest.raises(ArchcalcError, match="by is 'stage' or 'stride'"):
        compare(*map(load, RESNETS), by="layer")  # type: ignore[arg-type]
    assert isinstance(compare(*map(load, RESNETS)).networks[0], Network)


@pytest.mark.parametrize("kinds", [1, 2, 3, 10])
def test_runs_are_those_of_difflib_where_there_is_work_enough(kinds: int) -> None:
    draw = random.Random(kinds)
    for _ in range(50):
        a, b = ([draw.randrange(kinds) for _ in range(draw.randrange(1, 40))] for _ in "ab")
        blocks = SequenceMatcher(None, a, b, autojunk=False).get_matching_blocks()
        whole = {(i + k, j + k) for i, j, size in blocks for k in range(size)}
        found = {(i + k, j + k) for i, j, n in _runs(a, b, _Work(10**6)) for k in range(n)}
        assert found == whole


def test_unlike_layers_between_equal_ones_are_looked_at_for_a_bounded_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A relu behind every layer is a run of one, and each asks for all that is left: of 250 each,
    about 250^3/2 = 7.8 million pairs."""
    looked_at = []
    find = SequenceMatcher.find_longest_match

    def counted(self: Any, *range: int) -> Any:
        looked_at.append((range[1] - range[0]) // 2 * 250)
        return find(self, *range)

    monkeypatch.setattr(SequenceMatcher, "find_longest_match", counted)
    a, b = ([kind for i in range(250) for kind in (0, sign * (i + 1))] for sign in (1, -1))
    work = _Work(MOST_WORK)
    runs = [*_runs(a, b, work)]
    assert {size for _, _, size in runs} == {1}
    assert sum(looked_at) <= MOST_WORK
    calls = len(looked_at)
    assert not [*_runs(a, b, work)]
    assert len(looked_at) == calls
