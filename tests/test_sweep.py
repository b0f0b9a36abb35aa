"""`archcalc sweep`: what closed forms come to over arrays is what each network comes to alone."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence
from fractions import Fraction
from itertools import product
from pathlib import Path
from typing import Any

import numpy
import pytest

import archcalc
from archcalc.closed.polynomial import Polynomial
from archcalc.errors import ArchcalcError
from archcalc.formulas.openable import Openable
from archcalc.network import load
from archcalc.sweeps import space as spaces
from archcalc.sweeps import sweeping
from archcalc.sweeps.choice import front, meeting, read_aims
from archcalc.sweeps.evaluation import Evaluation, Region
from archcalc.sweeps.space import Space, SpaceAxis, input_axis, read_inputs, read_values
from archcalc.tables.choosing import read_condition
from tests.spec_files import spec


def refusal(call: Any, *arguments: Any, **settings: Any) -> str:
    with pytest.raises(ArchcalcError) as error:
        call(*arguments, **settings)
    return str(error.value)


# --- figures --------------------------------------------------------------------------------------


def test_figures_by_hand() -> None:
    """Simonyan, Zisserman 2015, section 2.3: a 7x7 convolution has 49·C² weights."""
    found = archcalc.sweep(load("one-7x7"), {"channels": [1, 2, 30], "height": [1, 5]})
    (block,) = found
    assert block["channels"].tolist() == [1, 1, 2, 2, 30, 30]
    assert block["parameters"].tolist() == [49, 49, 196, 196, 44_100, 44_100]
    width = load("one-7x7").input[2]
    assert block["macs"].tolist() == [
        49 * width, 245 * width, 196 * width, 980 * width, 44_100 * width, 220_500 * width
    ]  # fmt: skip


def test_numbers_over_64_bits_are_exact() -> None:
    """49·C² of 10^9 channels is 4.9·10^19; the largest int64 is 9.2·10^18."""
    found = archcalc.sweep(load("one-7x7"), {"channels": [10, 10**9]}, columns=["parameters"])
    (block,) = found
    assert block["parameters"].tolist() == [4_900, 49 * 10**18]
    above = archcalc.sweep(
        load("one-7x7"), {"channels": [10, 10**9]}, where="parameters > 900e15", columns=["flops"]
    )
    assert [b["channels"].tolist() for b in above] == [[10**9]]


SPACES: list[tuple[str, dict[str, Sequence[Any]]]] = [
    ("wrn-28-10", {"depth": range(7, 50, 3), "widen": [1, 2, 7], "height": [31, 32]}),
    ("resnet50", {"height": range(30, 70, 5), "width": [32, 97], "num_classes": [1, 10]}),
    ("resnet50", {"units[0]": [0, 1, 2, 9], "units": [], "units[2]": [1, 5]}),
    ("densenet-40-k12", {"growth": [1, 12], "depth": range(10, 30)}),
    ("resnext50-32x4d", {"groups": [1, 2, 3, 32], "width_per_group": range(1, 9)}),
    ("vgg16", {"width": range(20, 80, 7), "lrn": [0, 1]}),
    ("resnet50", {"units": [(1, 1, 1, 1), (3, 4, 6, 3)], "num_classes": range(1, 4)}),
    ("squeezenet1.0", {"in_channels": [1, 3], "height": range(200, 240, 5)}),
]
QUANTITIES = ("parameters", "macs", "memory_peak", "memory_training")


def plain(model: str, settings: Mapping[str, Any]) -> dict[str, int] | None:
    """The figures of a network that is loaded as users load one; None where it is refused."""
    net = load(model)
    sizes = dict(zip(("in_channels", "height", "width"), net.input, strict=True))
    arguments: dict[str, Any] = {}
    for name, value in settings.items():
        stem, bracket, item = name.partition("[")
        if name in sizes:
            sizes[name] = value
        elif bracket:
            given = arguments.get(stem, Openable.of(net).arguments[stem])
            at = int(item[:-1])
            arguments[stem] = [*given[:at], value, *given[at + 1 :]]
        else:
            arguments[name] = value
    try:
        net = load(model, input=tuple(sizes.values()), **arguments)
        return {name: getattr(net, name) for name in QUANTITIES}
    except ArchcalcError:
        return None


@pytest.mark.parametrize(("model", "space"), SPACES)
@pytest.mark.parametrize("block", [100_000, 7])
def test_every_point_is_what_its_network_comes_to(
    model: str, space: dict[str, Sequence[Any]], block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spaces, "POINTS_AT_ONCE", block)
    given = {name: values for name, values in space.items() if len(values)}
    found = archcalc.sweep(load(model), given, columns=QUANTITIES)
    refused, rows = 0, {}
    for part in found:
        columns = [part[name].tolist() for name in QUANTITIES]
        axes = [part[name].tolist() for name in given]
        for at, values in zip(zip(*axes, strict=True), zip(*columns, strict=True), strict=True):
            rows[at] = dict(zip(QUANTITIES, values, strict=True))
    points = list(product(*given.values()))
    for point in points:
        expected = plain(model, dict(zip(given, point, strict=True)))
        refused += expected is None
        shown = tuple(v if isinstance(v, int) else str(v) for v in point)
        assert rows.get(shown) == expected
    assert found.accepted + sum(found.refusals.values()) == len(points) == found.space.size
    assert sum(found.refusals.values()) == refused


def test_fractions_are_values_one_by_one(tmp_path: Path) -> None:
    layers = [{"op": "conv2d", "out_channels": "round_to(32 * width, 8)", "kernel_size": 1}]
    path = tmp_path / "w.json"
    path.write_text(json.dumps(spec(*layers, arguments={"width": 1})))
    found = archcalc.sweep(load(path), {"width": [Fraction(1, 4), 0.5, 1]})
    (block,) = found
    # 8, 16 and 32 channels of 3 weights and a bias.
    assert block["parameters"].tolist() == [32, 64, 128]
    assert block["width"].tolist() == [Fraction(1, 4), Fraction(1, 2), 1]
    chosen = archcalc.sweep(load(path), {"width": [Fraction(1, 4), 0.5, 1]}, where="width >= 0.5")
    assert [b["parameters"].tolist() for b in chosen] == [[64, 128]]


def test_a_wrong_closed_form_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Evaluation._region

    def wrong(self: Evaluation, *where: Any) -> Region:
        region = right(self, *where)
        forms = {name: form + Polynomial.constant(1) for name, form in region.forms.items()}
        return Region(region.domain, forms, region.refusal)

    monkeypatch.setattr(Evaluation, "_region", wrong)
    said = refusal(archcalc.sweep, load("lenet5"), {"height": [32, 33]})
    assert said.endswith("please report this")
    assert "closed forms give {'parameters': 60001, " in said
    assert "whole numbers {'parameters': 60000, " in said


@pytest.mark.parametrize("height", [32, 10**9])
def test_where_a_closed_form_divides_by_zero_it_does_not_hold(height: int, tmp_path: Path) -> None:
    """A stride of 0 is refused; 33 rows and columns padded by none are 33, 17 and 11 of each."""
    layer = {"op": "conv2d", "out_channels": 2, "kernel_size": 1, "stride": "s", "bias": False}
    path = tmp_path / "s.json"
    path.write_text(json.dumps(spec(layer, arguments={"s": 1})))
    space = {"s": [2, 0, 1, 3], "height": [33, height]}
    found = archcalc.sweep(load(path, input=(3, 33, 33)), space, columns=["macs"])
    (block,) = found
    at_33 = block["macs"][block["height"] == 33]
    assert at_33.tolist() == [6 * 17 * 17, 6 * 33 * 33, 6 * 11 * 11]
    assert sum(found.refusals.values()) == 2


# --- spaces ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("10:100:6", list(range(10, 101, 6))),
        ("1:3", [1, 2, 3]),
        ("1:4:2, 8", [1, 3, 8]),
        ("0.5:1:0.25", [Fraction(1, 2), Fraction(3, 4), 1]),
        ("10", [10]),
        ("[3,4],[3,23]", ["[3,4]", "[3,23]"]),
    ],
)
def test_values_and_ranges_with_both_ends(text: str, values: list[Any]) -> None:
    found = [v if isinstance(v, int | Fraction) else str(v) for v in read_values(text, "--set")]
    assert found == values


@pytest.mark.parametrize("text", ["1:", "3:1", "1:3:0", "1:3:-1", "a:b", "1:2:3:4", "1:99999999"])
def test_what_is_no_range_is_refused(text: str) -> None:
    assert refusal(read_values, text, "--set").startswith("--set")


def test_a_range_without_values_is_named() -> None:
    said = "--set depth: the range '10:5' has no values: it starts above where it stops"
    assert refusal(read_values, "3,10:5", "--set depth") == said
    said = "--set depth: the range '5:10:0' has a step that is not above 0"
    assert refusal(read_values, "5:10:0", "--set depth") == said


def test_inputs_are_sizes_alike_or_shapes() -> None:
    openable = Openable.of(load("resnet50"))
    axis = input_axis(read_inputs("32:64:16, 3x40x50"), openable)
    assert axis.columns == {"input": [32, 48, 64, "3x40x50"]}
    assert axis.settings == {
        "height": [32, 48, 64, 40],
        "width": [32, 48, 64, 50],
        "in_channels": [3, 3, 3, 3],
    }
    assert (
        refusal(input_axis, [(1, 2, 3, 4)], openable)
        == "resnet50 has 3x224x224, and takes no input '1x2x3x4'"
    )


def test_blocks_are_the_space_in_order(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spaces, "POINTS_AT_ONCE", 12)
    space = Space(
        [SpaceAxis.of(n, range(size)) for n, size in zip("abcd", (2, 3, 4, 5), strict=True)]
    )
    points = [at for part in space.blocks() for at in product(*part)]
    assert points == list(product(range(2), range(3), range(4), range(5)))
    assert [tuple(space.index(number)) for number in range(space.size)] == points
    assert max(len(list(product(*part))) for part in space.blocks()) <= 12


@pytest.mark.parametrize(
    ("space", "said"),
    [
        ({}, "a sweep takes what varies, such as {'num_classes': [10, 100, 1000]}"),
        ({"num_clases": [1]}, "did you mean 'num_classes'?"),
        ({"num_classes": []}, "a sweep has 1 to 1,000,000,000,000 points, not 0"),
        ({"units[9]": [1, 2]}, "units of resnet50 has items 0 to 3"),
        ({"num_classes": [None]}, "num_classes takes a number, a list or an expression"),
        ({"input": [32], "height": [32]}, "the space has 'height' twice"),
    ],
)
def test_what_is_no_space_is_refused(space: dict[str, Any], said: str) -> None:
    assert said in refusal(archcalc.sweep, load("resnet50"), space)


# --- choice ---------------------------------------------------------------------------------------

CONDITIONS = [
    "a < 50",
    "a < 50 and b > 3",
    "not a < 50 or b * b >= a",
    "a / b <= 3 and a // 7 != 4",
    "(a < 20) + (b < 10) == 1",
    "a * 100e6 > 5G",
    "min(a, b) == b",
    "a == b or a + b == 60 or (a > 90 and not b > 2)",
]


@pytest.mark.parametrize("text", CONDITIONS)
def test_a_condition_over_arrays_is_the_one_of_each_row(text: str) -> None:
    drawn = random.Random(text)
    columns = {n: numpy.array([drawn.randint(1, 100) for _ in range(200)]) for n in "ab"}
    condition = read_condition(text, ["a", "b"])
    rows = zip(*(columns[n].tolist() for n in "ab"), strict=True)
    expected = [bool(condition.holds({"a": a, "b": b})) for a, b in rows]
    assert meeting(condition, columns, 200).tolist() == expected
    assert 0 < sum(expected) < 200


def test_a_condition_is_exact_over_64_bits() -> None:
    columns = {"a": numpy.array([2**32, 1]), "b": numpy.array([5, 5])}
    assert meeting(read_condition("a * a > b", ["a", "b"]), columns, 2).tolist() == [True, False]
    # 2^40·10^9 is between 2^69 and 2^70.
    large = {"a": numpy.array([2**70, 2**69, 5], object), "b": numpy.array([2**40] * 3)}
    condition = read_condition("a > b * 1G", ["a", "b"])
    assert meeting(condition, large, 3).tolist() == [True, False, False]


def test_a_condition_is_over_whatever_varies() -> None:
    """Items of lists and sizes of named inputs too, whose names are no words."""
    columns = {"u[0]": numpy.array([1, 2]), "u_0_": numpy.array([5, 1]), "a.b": numpy.array([3, 3])}
    condition = read_condition("u[0] > u_0_ and a.b == 3", columns)
    assert {*condition.keys} == {"u[0]", "u_0_", "a.b"}
    assert meeting(condition, columns, 2).tolist() == [False, True]
    said = "where: 'a.b / (u[0] - 1) > 1' divides by zero"
    assert refusal(meeting, read_condition("a.b / (u[0] - 1) > 1", columns), columns, 2) == said
    assert refusal(read_condition, "a.c > 1", columns).startswith("where takes a condition")
    found = archcalc.sweep(load("resnet50"), {"units[2]": [6, 23]}, where="units[2] > 9")
    assert [block["parameters"].tolist() for block in found] == [[load("resnet101").parameters]]


@pytest.mark.parametrize(
    ("space", "name", "what"),
    [
        ({"input": [(8, 8), (16, 16)]}, "input", "a shape"),
        ({"unit": ["basic", "bottleneck"]}, "unit", "no number"),
        ({"units": [[1, 1, 1, 1], [3, 4, 6, 3]]}, "units", "no number"),
    ],
)
def test_a_condition_compares_numbers_alone(space: Any, name: str, what: str) -> None:
    net = load("resnet50")
    said = f"where compares figures, and {name!r} is {what}"
    assert refusal(archcalc.sweep, net, space, where=f"{name} > 3") == said
    mixed = archcalc.sweep(net, {"input": [32, 64]}, where="input > 40")
    assert [block["input"].tolist() for block in mixed] == [[64]]


@pytest.mark.parametrize("names", [["units", "units[0]"], ["units[0]", "units"]])
def test_a_list_and_an_item_of_it_are_not_both_given(names: list[str]) -> None:
    values = {"units": [[1, 1, 1, 1], [2, 2, 2, 2]], "units[0]": [1, 2, 3]}
    said = "the space has 'units' and 'units[0]', an item of it; it takes one of them"
    found = refusal(archcalc.sweep, load("resnet50"), {name: values[name] for name in names})
    assert found == said


@pytest.mark.parametrize("name", ["densenet-40-k12", "densenet-bc-100-k12"])
def test_copies_that_grow_are_swept_by_few_closed_forms(name: str) -> None:
    """Not by one for each depth; what is alive at once would need that."""
    space = {"depth": range(4, 60), "growth": [1, 7, 12]}
    found = archcalc.sweep(load(name), space, columns="parameters,macs")
    (block,) = found
    for depth, growth, parameters, macs in zip(*map(list, block.values()), strict=True):
        expected = plain(name, {"depth": int(depth), "growth": int(growth)})
        assert expected is not None
        assert (parameters, macs) == (expected["parameters"], expected["macs"])
    assert len(block["depth"]) >= 27  # every third depth or every sixth, of three growths
    assert found.evaluation.forms <= 4


def test_batches_are_whole_numbers_from_1_on() -> None:
    found = archcalc.sweep(load("lenet5"), {"batch": [0, 1, Fraction(3, 2), 2]}, columns="macs")
    assert [block["macs"].tolist() for block in found] == [[325_680, 651_360]]
    assert list(found.refusals) == [
        "like batch 0: batch takes whole numbers from 1 on, got 0",
        "like batch 1.5: batch takes whole numbers from 1 on, got 1.5",
    ]


def test_division_by_zero_is_said() -> None:
    condition = read_condition("b / a > 1", ["a", "b"])
    columns = {"a": numpy.array([1, 0]), "b": numpy.array([2, 2])}
    assert refusal(meeting, condition, columns, 2) == "where: 'b / a > 1' divides by zero"


def best(rows: list[tuple[int, ...]]) -> list[int]:
    """The rows that no other is better than, by comparing all with all."""

    def is_better(a: tuple[int, ...], b: tuple[int, ...]) -> bool:
        return a != b and all(x >= y for x, y in zip(a, b, strict=True))

    return [i for i, row in enumerate(rows) if not any(is_better(other, row) for other in rows)]


@pytest.mark.parametrize("aims", ["a", "-b", "a,b", "a,-b", "-b,-a", "a,b,c", "-a,b,-c"])
@pytest.mark.parametrize("dtype", [numpy.int64, object])
def test_the_front_is_what_no_row_is_better_than(aims: str, dtype: Any) -> None:
    drawn = random.Random(aims)
    for spread in (3, 30, 1000):
        columns = {
            n: numpy.array([drawn.randrange(spread) for _ in range(60)], dtype) for n in "abc"
        }
        signs = {aim.key: -1 if aim.is_smallest else 1 for aim in read_aims(aims)}
        lists = [[sign * v for v in columns[key].tolist()] for key, sign in signs.items()]
        expected = best(list(zip(*lists, strict=True)))
        assert front(read_aims(aims), columns).tolist() == expected


def test_a_size_by_its_name_is_in_no_wrong_place() -> None:
    """3x3x1 looks like an image with its channels last; a size that has a name is meant."""
    space = {"channels": [1], "height": [3], "width": [1]}
    (block,) = archcalc.sweep(load("one-7x7", input=(3, 5, 5)), space)
    assert block["macs"].tolist() == [49 * 3 * 3]


@pytest.mark.parametrize("block", [100_000, 7])
def test_rows_that_are_wanted(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """49·C²·positions: the MACs of 1 to 6 channels on maps of 1 to 4 rows and 1 column."""
    monkeypatch.setattr(spaces, "POINTS_AT_ONCE", block)
    net = load("one-7x7")
    space = {"channels": range(1, 7), "height": range(1, 5), "width": [1]}

    def wanted(**asked: Any) -> list[tuple[int, ...]]:
        found = [
            row
            for part in archcalc.sweep(net, space, columns=["macs"], **asked)
            for row in zip(*(array.tolist() for array in part.values()), strict=True)
        ]
        return [(c, h) for c, h, _, macs in found if macs == 49 * c * c * h]

    assert wanted() == [(c, h) for c in range(1, 7) for h in range(1, 5)]
    assert wanted(where="macs > 49 * 80") == [(5, 4), (6, 3), (6, 4)]
    assert wanted(sort="macs", limit=3) == [(6, 4), (6, 3), (5, 4)]
    assert wanted(sort="macs", limit=4, ascending=True) == [(1, 1), (1, 2), (1, 3), (1, 4)]
    assert wanted(limit=2) == [(1, 1), (1, 2)]
    # 36·1 is more than 25·1 and 16·1, so that of each height only six channels are on the front.
    assert wanted(pareto="channels,-macs") == [(c, 1) for c in range(1, 7)]
    assert wanted(pareto="macs,-height") == [(6, h) for h in range(1, 5)]
    assert wanted(pareto="macs,-height", sort="height", limit=1) == [(6, 4)]


def test_too_many_rows_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sweeping, "MOST_HELD", 10)
    monkeypatch.setattr(spaces, "POINTS_AT_ONCE", 4)
    found = archcalc.sweep(load("vgg16"), {"num_classes": range(1, 12)})
    assert "a sweep of over 10 rows" in refusal(found.rows)
    assert len(archcalc.sweep(load("vgg16"), {"num_classes": range(1, 11)}).rows()) == 10
