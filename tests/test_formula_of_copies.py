"""Closed forms in what decides how many layers there are: by induction over copies, or fitted."""

from __future__ import annotations

import gc
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from archcalc.closed.domain import Domain
from archcalc.closed.number import Open
from archcalc.closed.polynomial import Polynomial
from archcalc.errors import ArchcalcError, SpecError
from archcalc.formulas import formula
from archcalc.formulas.closed_forms import USUAL
from archcalc.formulas.fit import Fitted, fitted
from archcalc.formulas.forms import Question
from archcalc.formulas.openable import Openable
from archcalc.formulas.points import points_in
from archcalc.network import Network, load
from tests.formulas import anew, evaluated
from tests.spec_files import spec

STRUCTURE = [
    ("resnet50", "units"),
    ("resnet18", "units[0]"),
    ("resnext50-32x4d", "units[2]"),
    ("wrn-28-10", "depth"),
    ("resnet110-cifar", "depth"),
    ("preact-resnet110-cifar", "units[0]"),
    ("resnet110-stochastic-depth-cifar", "depth"),
    ("vgg16", "convs"),
    ("nasnet-a-mobile", "cells"),
    ("inception-resnet-v2", "units"),
    ("three-3x3", "convs"),
    ("densenet-40-k12", "depth"),
    ("densenet-bc-100-k12", "depth"),
    ("densenet121", "units[1]"),
]


@pytest.mark.parametrize(("name", "argument"), STRUCTURE)
def test_numbers_of_blocks_stay_open(name: str, argument: str) -> None:
    """By induction, once a copy gives what it takes; else fitted, and equal at further values."""
    net = load(name)
    names = [argument, *(["height"] if len(net.input) == 3 else [])]
    quantities = (*USUAL, "memory_outputs", "memory_peak", "moved_bytes")
    found = formula(net, names, quantities=quantities)
    assert any(name.startswith(argument) for name in found["macs"].form.names)
    points = list(points_in(found.domain, 8, anew()))
    assert len(points) == 8
    for values in points:
        assert found.evaluate(**values) == evaluated(found, values)


def test_one_closed_form_is_all_three_resnets() -> None:
    found = formula(load("resnet50"), ["units"], quantities=["parameters", "macs"])
    for name, units in (("resnet101", (3, 4, 23, 3)), ("resnet152", (3, 8, 36, 3))):
        values = {f"units[{i}]": n for i, n in enumerate(units)}
        deeper = load(name)
        assert found.evaluate(**values) == {"parameters": deeper.parameters, "macs": deeper.macs}


def test_a_fitted_form_says_so() -> None:
    """Of what training keeps of a layer some is kept by another, so its copies are not summed."""
    found = formula(load("densenet-40-k12"), ["depth"], quantities=["memory_saved"])
    assert found.fit is not None
    assert found.fit.names == ("depth",)
    assert found.fit.values >= 15


def test_copies_that_grow_are_summed() -> None:
    """Huang et al. 2017: growth in each of three blocks, so depth to the second power."""
    found = formula(load("densenet-40-k12"), ["depth", "growth"])
    assert found.fit is None
    assert found["activations"].text == "960·depth·growth - 3840·growth + 36874"
    # (depth - 4)/3 layers in each block, so from none on.
    assert found.held == ["depth 1 more than a multiple of 3, from 4", "growth from 1"]


@pytest.mark.parametrize("name", ["densenet121", "densenet264"])
def test_one_closed_form_is_all_densenets(name: str) -> None:
    """Table 1 of Huang et al. 2017; the totals are those of torchvision's models."""
    found = formula(load(name), ["units"], quantities=["parameters"])
    assert found.fit is None
    assert found.held == ["units[0], units[1], units[2] and units[3] from 1"]
    for units, parameters in (
        ((6, 12, 24, 16), 7_978_856),
        ((6, 12, 32, 32), 14_149_480),
        ((6, 12, 48, 32), 20_013_928),
    ):
        assert found.evaluate(**items("units", units))["parameters"] == parameters


def test_one_closed_form_is_densenets_of_all_depths_and_widths() -> None:
    """The total of densenet161, whose growth is 48, is that of torchvision's model."""
    found = formula(load("densenet121"), ["units", "growth"], quantities=["parameters", "macs"])
    assert found.held == [
        "units[0], units[1], units[2] and units[3] from 1",
        "growth a multiple of 8",  # three transitions each halve the channels
    ]
    wider = found.evaluate(**items("units", (6, 12, 36, 24)), growth=48)
    assert wider == {"parameters": 28_681_000, "macs": load("densenet161").macs}
    for units, growth in (((1, 1, 1, 1), 8), ((3, 1, 2, 5), 24), ((40, 7, 1, 90), 16)):
        values = found.evaluate(**items("units", units), growth=growth)
        assert values["parameters"] == parameters_of_densenet(units, growth)


@pytest.mark.parametrize("name", ["densenet121", "densenet264"])
def test_numbers_of_blocks_that_grow_stay_open_with_floors(name: str) -> None:
    """Three transitions halve what channels there are, rounded down, whatever the growth."""
    found = formula(load(name), ["units", "growth"], quantities=["parameters"], floors=True)
    assert found.held == ["units[0], units[1], units[2], units[3] and growth from 1"]
    for units, growth in (((1, 1, 1, 1), 1), ((3, 1, 2, 5), 7), ((40, 7, 1, 90), 13)):
        values = found.evaluate(**items("units", units), growth=growth)
        assert values["parameters"] == parameters_of_densenet(units, growth)


GROWING = {
    "from the first on": ({"name": "u", "block": "grow", "repeat": "n"}, 0),
    "with a first copy of its own": (
        {"name": "u", "block": "grow", "repeat": "n", "first": {"kernel_size": 3}}, 1,
    ),
    "from the second on": (
        [
            {"name": "c", "op": "conv2d", "out_channels": 4, "kernel_size": 1, "when": "k == 9"},
            {"name": "u", "block": "grow", "repeat": "n", "first": {"by": 5}},
        ], 1,
    ),
    "in a block that grows too": (
        {"name": "v", "repeat": "k", "layers": [{"name": "u", "block": "grow", "repeat": "n"}]}, 0,
    ),
    "in a block whose number is inside": (
        {"name": "v", "repeat": "n", "layers": [{"name": "u", "block": "grow", "repeat": 3}]}, 0,
    ),
    "with pairs of layers": (
        {"name": "v", "repeat": "n", "layers": [
            {"name": "u", "block": "grow"}, {"name": "w", "block": "grow", "by": "k"}]}, 0,
    ),
    "and shrinks on the sides": (
        {"name": "v", "repeat": "n", "layers": [
            {"name": "u", "block": "grow"}, {"op": "max_pool2d", "kernel_size": 2, "stride": 1}]},
        0,
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", GROWING)
@pytest.mark.parametrize("own", [(1, 2), (3, 4)])
def test_sums_are_what_copies_one_by_one_come_to(
    case: str, own: tuple[int, int], tmp_path: Path
) -> None:
    given, least = GROWING[case]
    listed: Any = given if isinstance(given, list) else [given]
    n, k = own
    grow = {
        "arguments": {"kernel_size": 1, "by": 2},
        "layers": [
            {"op": "conv2d", "out_channels": "by", "kernel_size": "kernel_size",
             "padding": "kernel_size // 2"},
            {"op": "concat", "inputs": ["input", "conv2d"]},
        ],
    }  # fmt: skip
    net = saved(tmp_path, spec(*listed, arguments={"n": n, "k": k}, blocks={"grow": grow}))
    names = ["n", *(["k"] if "k" in str(given) and "k ==" not in str(given) else [])]
    found = formula(net, names, quantities=[*USUAL, "memory_outputs", "moved_bytes"])
    assert found.fit is None or (n == 1 and least)
    checked = 0
    for values in ({"n": i, "k": j} for i in range(5) for j in range(4)):
        asked = {name: values[name] for name in names}
        if found.domain.holds(asked):
            checked += 1
            assert found.evaluate(**asked) == evaluated(found, asked)
    assert checked >= 3


def items(name: str, values: Sequence[int]) -> dict[str, int]:
    return {f"{name}[{i}]": value for i, value in enumerate(values)}


def parameters_of_densenet(units: Sequence[int], growth: int) -> int:
    """Section 3 of Huang et al. 2017, added up layer by layer; a norm has two for each channel."""
    channels = 2 * growth
    total = 7 * 7 * 3 * channels + 2 * channels
    for block, layers in enumerate(units):
        for _ in range(layers):
            total += 2 * channels + channels * 4 * growth  # the bottleneck
            total += 2 * 4 * growth + 3 * 3 * 4 * growth * growth
            channels += growth
        if block < 3:
            total += 2 * channels + channels * (channels // 2)  # the transition
            channels //= 2
    return total + 2 * channels + (channels + 1) * 1000


@pytest.mark.parametrize("list_given", ["[2,2,2,2]", (2, 2, 2, 2), [2, 2, 2, 2]])
def test_items_of_a_list_that_is_given_stay_open(list_given: Any) -> None:
    found = formula(load("resnet18", units=list_given), ["units"], quantities=["parameters"])
    assert (
        found.evaluate(**items("units", (3, 4, 6, 3)))["parameters"] == load("resnet34").parameters
    )


def test_what_is_no_polynomial_is_not_fitted() -> None:
    """2^(a + b), and a·b to the third power, of degree 6; a·b to the second has degree 4."""

    def fit(value: Callable[[int, int], int]) -> Fitted | None:
        def read_at(values: Mapping[str, int]) -> tuple[dict[str, Polynomial], Domain]:
            if values["b"] % 3 != 2:
                raise ArchcalcError("b is 2 more than a multiple of 3")
            return {"": Polynomial.constant(value(values["a"], values["b"]))}, Domain(values)

        steps = Domain({"a": 5, "b": 20})
        steps.restrict("b", 2, 3)
        return fitted(["a", "b"], steps, read_at, with_floors=True)

    assert fit(lambda a, b: 2 ** (a + b)) is None
    assert fit(lambda a, b: (a * b) ** 3) is None
    assert fit(lambda a, b: a * b + (a == 5 and b == 44)) is None  # the last value of b
    found = fit(lambda a, b: (a * b) ** 2 - 7 * b + a)
    assert found is not None
    a, b = Polynomial.of("a"), Polynomial.of("b")
    assert found.forms[""] == a * a * b * b - b * 7 + a
    assert found.domain.least == {"a": 1, "b": 2}
    assert not found.domain.holds({"a": 5, "b": 21})


@pytest.mark.parametrize("condition", ["n == 55", "n - 1 == 2*27", "k == n"])
def test_a_form_is_fitted_to_few_blocks_where_no_condition_turns(
    tmp_path: Path, condition: str
) -> None:
    """A layer that is there with 55 blocks alone, of which 100 are far away."""
    items = [
        {"name": "u", "op": "conv2d", "out_channels": "3 + index", "kernel_size": 1, "repeat": "n"},
        {"op": "conv2d", "out_channels": 3, "kernel_size": 1, "when": condition},
    ]
    found = formula(saved(tmp_path, spec(*items, arguments={"n": 100, "k": 55})), ["n"])
    assert found.held == ["n from 90"]
    plain = formula(saved(tmp_path, spec(items[0], arguments={"n": 100})), ["n"])
    assert plain.held == ["n from 1"]


@pytest.mark.parametrize(
    ("condition", "held"),
    [
        ("n == 200", "n != 200"),
        ("n < 200", "n <= 199"),
        ("2*n > 500", "n <= 250"),
        ("n == 200 or n == 300", "n != 200; n != 300"),
    ],
)
def test_a_condition_that_turns_beyond_what_is_fitted_is_said(
    tmp_path: Path, condition: str, held: str
) -> None:
    """A layer that is there, or is not, with more blocks alone than the 100 that it has."""
    items = [
        {"name": "u", "op": "conv2d", "out_channels": "3 + index", "kernel_size": 1, "repeat": "n"},
        {"op": "conv2d", "out_channels": 3, "kernel_size": 1, "when": condition},
    ]
    found = formula(saved(tmp_path, spec(*items, arguments={"n": 100})), ["n"])
    assert found.held == ["n from 1", *(f"given {each}" for each in held.split("; "))]


def test_fewer_than_no_copies_are_refused(tmp_path: Path) -> None:
    """A depth of 1 is -1 layers, (depth - 4)/3, open or not."""
    domain = Domain({"depth": 1})
    relus = {"name": "relus", "repeat": "(depth - 4)/3", "layers": [{"op": "relu"}]}
    tree = {
        "title": "copies", "year": 2024, "source": "this test", "input": [3],
        "arguments": {"depth": 7}, "layers": [relus],
    }  # fmt: skip
    file = tmp_path / "copies.json"
    file.write_text(json.dumps(tree))
    with pytest.raises(SpecError, match="is -1; it needs a whole number of at least 0"):
        Openable.of(load(file)).read({"depth": Open.of("depth", domain)})
    assert domain.holds({"depth": 1})
    assert not domain.holds({"depth": 4})


COPIES = {
    "each of another shape": [
        {"name": "u", "block": "grow", "repeat": "n"},
    ],
    "each of which reads its number": [
        {"name": "u", "op": "conv2d", "out_channels": "index + 1", "kernel_size": 1, "repeat": "n"},
    ],
    "which stand side by side": [
        {"name": "u", "op": "conv2d", "out_channels": 3, "kernel_size": 1, "repeat": "n",
         "inputs": "input"},
        {"op": "add", "inputs": "u.*"},
    ],
    "which are read one by one": [
        {"name": "u", "op": "relu", "repeat": "n"},
        {"op": "add", "inputs": ["u.1", "u"]},
    ],
}  # fmt: skip


@pytest.mark.parametrize("why", COPIES)
def test_copies_that_are_not_alike_have_no_closed_form_by_induction(
    why: str, tmp_path: Path
) -> None:
    """Concatenation doubles the channels: 3·2^n, which is no polynomial."""
    grow = {"layers": [{"op": "relu"}, {"op": "concat", "inputs": ["input", "relu"]}]}
    used = {"blocks": {"grow": grow}} if why == "each of another shape" else {}
    net = saved(tmp_path, spec(*COPIES[why], arguments={"n": 4}, **used))
    openable = Openable.of(net)
    read = Question(openable, ("n",), "", ("parameters",), "").read({})
    (what,) = read.domain.pinned.values()
    assert what.startswith("the number of copies of 'u'")
    assert what.endswith(why)
    if used:
        with pytest.raises(ArchcalcError, match="n cannot stay open in my: it decides the number"):
            formula(net, ["n"], quantities=["memory_outputs"])


def saved(folder: Path, content: Any) -> Network:
    file = folder / "my.json"
    file.write_text(json.dumps(content))
    return load(file)


def test_a_first_copy_with_settings_of_its_own_is_counted_once(tmp_path: Path) -> None:
    unit = {
        "arguments": {"stride": 1, "kernel_size": 3},
        "layers": [
            {"op": "conv2d", "out_channels": 5, "kernel_size": "kernel_size", "stride": "stride",
             "padding": "kernel_size // 2", "bias": False}
        ],
    }  # fmt: skip
    item = {"name": "u", "block": "unit", "repeat": "n", "first": {"stride": 2, "kernel_size": 5}}
    net = saved(tmp_path, spec(item, arguments={"n": 3}, blocks={"unit": unit}))
    found = formula(net, ["n"])
    # 5·5·3·5 of the first, 3·3·5·5 of each other one, at 16·16 positions.
    assert found["parameters"].text == "225·n + 150"
    assert found["macs"].text == "57600·n + 38400"


def test_a_repeat_inside_a_repeat_multiplies(tmp_path: Path) -> None:
    inner = {"name": "c", "op": "conv2d", "out_channels": 3, "kernel_size": 1, "repeat": "k"}
    outer = {"name": "u", "layers": [inner, {"op": "relu"}], "repeat": "n"}
    net = saved(tmp_path, spec(outer, arguments={"n": 3, "k": 4}))
    found = formula(net, ["n", "k"], quantities=[*USUAL, "memory_outputs"])
    assert found["parameters"].text == "12·n·k"  # 3·3 + 3 of each
    assert found["memory_outputs"].text == "12288·n·(k + 1)"
    # The number of copies inside a block, where the block is used twice.
    block = {"layers": [inner]}
    uses = [{"name": name, "block": "b"} for name in ("first", "second")]
    file = spec(*uses, arguments={"k": 4}, blocks={"b": block})
    assert formula(saved(tmp_path, file), ["k"])["parameters"].text == "24·k"


def test_blocks_that_cost_the_same_are_counted_together() -> None:
    """A block without projection is 218,365,952 MACs in every stage; what else there is, is
    of conv1, of layer1's projection, of the other three's with their larger 1x1, and of fc."""
    found = formula(load("resnet50"), ["units"])
    assert found["macs"].text == (
        "218365952·(units[0] + units[1] + units[2] + units[3]) + 364118016"
    )
    assert 364_118_016 == 118_013_952 + 12_845_056 + 3 * 77_070_336 + 2_048_000
    assert found["macs"].python == found["macs"].text.replace("·", "*")


def unlike_copies(folder: Path, depth: int) -> Network:
    """Convolutions, each with a channel more than the one before, so that forms are fitted."""
    conv = {"name": "c", "op": "conv2d", "out_channels": "index + 3", "kernel_size": 1}
    file = folder / f"{depth}.json"
    file.write_text(json.dumps(spec({**conv, "repeat": "depth"}, arguments={"depth": depth})))
    return load(file)


def test_what_is_fitted_to_networks_that_come_to_too_much_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = unlike_copies(tmp_path, 30)
    assert formula(net, "depth").evaluate(depth=2)["parameters"] == (3 * 3 + 3) + (3 * 4 + 4)
    monkeypatch.setattr("archcalc.formulas.forms.MOST_FITTED", 500)
    with pytest.raises(ArchcalcError, match="of 30 nodes, it comes to more than 500 items at the"):
        formula(net, "depth")


def test_networks_that_were_read_for_a_form_are_freed(tmp_path: Path) -> None:
    """Also those whose parts were asked: a command that prints them collects no garbage."""

    def left(depth: int) -> int:
        net = unlike_copies(tmp_path, depth)
        gc.collect()
        gc.disable()
        try:
            assert formula(net, "depth", by="stage").fit
        finally:
            gc.enable()
        return gc.collect()

    left(20)  # what is made once a process
    assert left(60) < left(20) + 60
