"""`archcalc formula`: closed forms that are what whole numbers come to, wherever they say."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from archcalc.closed.domain import Domain
from archcalc.closed.number import Open
from archcalc.closed.polynomial import Polynomial
from archcalc.errors import ArchcalcError, SpecError
from archcalc.formats import render
from archcalc.formulas import Formula, formula
from archcalc.formulas.closed_forms import COUNTED, USUAL
from archcalc.formulas.fit import Fitted, fitted
from archcalc.formulas.forms import Question
from archcalc.formulas.openable import Openable
from archcalc.formulas.points import points_in
from archcalc.formulas.printed import FormulaPage
from archcalc.names import catalog
from archcalc.network import Network, load
from tests.spec_files import spec

ALL = [*catalog.built_in("networks"), *catalog.built_in("studies")]
ARGUMENTS_EVERYWHERE = ("num_classes", "channels")


def openable(net: Network, names: tuple[str, ...] = ARGUMENTS_EVERYWHERE) -> list[str]:
    """The sides of a network's input, where other ones fit it, and those of some arguments that it
    has with whole numbers for values."""
    found = Openable.of(net)
    if not net.name.startswith(OF_ONE_SIZE):
        names = (*found.sides, *names)
    return [n for n in names if isinstance({**found.sizes, **found.arguments}.get(n), int)]


def evaluated(found: Formula, values: dict[str, int]) -> dict[str, int]:
    """The quantities of a formula's network, counted in whole numbers."""
    net: Any = Openable.of(found.network).read(values)
    return {quantity: getattr(net, quantity) for quantity in found.quantities}


# --- right ----------------------------------------------------------------------------------------


SUMS_OF_SIZES = {"unet", "fcn8s"}
"""Networks whose maps are not fractions of the input, but those with something added or taken away:
each product of height and width has four terms."""


OF_ONE_SIZE = "swin-"
"""Networks whose specs cut a map of one size into windows."""
CLOSED = {"patches-by-linear"}
"""Studies whose input is of one size, and that have no classes or channels to be open."""


def test_a_size_with_the_name_of_an_argument_has_one_of_its_own() -> None:
    found = formula(load("vit-b-16"))
    assert found.names == ("height", "input_width")
    assert "argument" not in render(FormulaPage(found), "text")
    mixed = render(FormulaPage(formula(load("vit-b-16"), ["height", "width"])), "text")
    said = "width is the network's argument; the width of its input is input_width"
    assert said in " ".join(mixed.split())
    # 16x16 patches of 3 channels and a bias each, at each of (height/16)·(width/16) positions;
    # a position embedding of 768 numbers for each of these and for the class token.
    more = found.evaluate(height=240, input_width=224)["parameters"]
    assert more - found.evaluate(height=224, input_width=224)["parameters"] == 14 * 768


def test_tied_weights_stay_open() -> None:
    found = formula(load("gpt2"), ["width"], quantities=["parameters"])
    # words and positions; 12 blocks of (12·width + 13)·width; the last norm
    assert found["parameters"].evaluate({"width": 12}) == (
        (50257 + 1024) * 12 + 12 * (12 * 12 + 13) * 12 + 2 * 12
    )
    assert found.held == ["width a multiple of 12"]


def test_a_bound_has_its_name_on_the_left() -> None:
    assert formula(load("gpt2"), ["tokens"]).held == ["tokens from 1", "given tokens <= 1024"]


@pytest.mark.parametrize("name", ["swin-t", "patches-by-linear"])
def test_a_form_that_holds_nowhere_else_is_refused(name: str) -> None:
    with pytest.raises(ArchcalcError, match=f"{name} has no closed form in height, input_width"):
        formula(load(name))


@pytest.mark.parametrize("floors", [False, True], ids=["multiples", "floors"])
@pytest.mark.parametrize("name", [name for name in ALL if name not in CLOSED])
def test_sizes_and_classes_stay_open_in_every_network(name: str, floors: bool) -> None:
    net = load(name)
    found = formula(net, openable(net), floors=floors)
    own = {quantity: getattr(net, quantity) for quantity in found.quantities}
    assert found.evaluate(**found.domain.values) == own
    points = list(points_in(found.domain, 4))
    assert points
    for values in points:
        assert found.evaluate(**values) == evaluated(found, values)
    longest, most_terms = (1_200, 12) if name in SUMS_OF_SIZES else (600, 8)
    assert len(found["macs"].text) <= longest
    if not floors:
        assert "//" not in found["macs"].text
        assert len(found["macs"].form.terms) <= most_terms


def test_closed_forms_hold_where_an_argument_allows_it(tmp_path: Path) -> None:
    conv = {"op": "conv2d", "out_channels": "n", "kernel_size": 1, "bias": False}
    declared = {"n": {"default": 8, "minimum": 4, "maximum": 64}}
    file = tmp_path / "my.json"
    file.write_text(json.dumps(spec(conv, arguments=declared)))
    domain = formula(load(file), ["n"]).domain
    assert [n for n in (3, 4, 64, 65) if domain.holds({"n": n})] == [4, 64]


@pytest.mark.parametrize(
    "name", ["resnet50", "googlenet", "densenet121", "nasnet-a-mobile", "squeezenet1.0", "lenet5"]
)
def test_every_count_has_a_closed_form(name: str) -> None:
    net = load(name)
    found = formula(net, openable(net), quantities=COUNTED, floors=True)
    points = list(points_in(found.domain, 4))
    assert points
    for values in points:
        assert found.evaluate(**values) == evaluated(found, values)


ARGUMENTS = [
    ("densenet121", "growth"),
    ("densenet-bc-100-k12", "growth"),
    ("wrn-28-10", "widen"),
    ("nasnet-a-mobile", "filters"),
    ("resnext50-32x4d", "width_per_group"),
    ("resnext50-32x4d", "groups"),
    ("inception-module", "in_channels"),
    ("squeezenet1.0", "in_channels"),
    ("stacked-3x3", "kernel_size"),
]


@pytest.mark.parametrize(("name", "argument"), ARGUMENTS)
def test_widths_stay_open(name: str, argument: str) -> None:
    net = load(catalog.members(name)[0])
    found = formula(net, [argument, "height"], floors=True)
    assert argument in found["parameters"].form.names
    points = list(points_in(found.domain, 8))
    assert points
    for values in points:
        assert found.evaluate(**values) == evaluated(found, values)


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
    points = list(points_in(found.domain, 8))
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
    """Huang et al. 2017: growth in each of three blocks, so depth to the second power."""
    found = formula(load("densenet-40-k12"), ["depth", "growth"])
    assert found.fit is not None
    assert found.fit.names == ("depth",)
    assert found.fit.values >= 15
    assert found["activations"].text == "960·depth·growth - 3840·growth + 36874"
    assert found.held == ["depth 1 more than a multiple of 3, from 10", "growth from 1"]


def test_one_closed_form_is_all_densenets() -> None:
    """Table 1 of Huang et al. 2017; the totals are those of torchvision's models."""
    found = formula(load("densenet121"), ["units"], quantities=["parameters"])
    assert found.fit is not None
    assert len(found.fit.names) == 4
    for units, parameters in (
        ((6, 12, 24, 16), 7_978_856),
        ((6, 12, 32, 32), 14_149_480),
        ((6, 12, 48, 32), 20_013_928),
    ):
        values = {f"units[{i}]": n for i, n in enumerate(units)}
        assert found.evaluate(**values)["parameters"] == parameters


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


def test_resnet50_in_sizes_and_classes() -> None:
    """Each weight is used once a position: 9,408 of conv1 at (height/2)·(width/2), and so on."""
    found = formula(load("resnet50"), ["height", "width", "num_classes"], by="stage")
    assert found["parameters"].text == "2049·num_classes + 23508032"
    assert found["macs"].text == "76848·height·width + 2048·num_classes"
    assert found["activations"].text == "211·height·width + num_classes"
    assert found.held == ["height and width multiples of 32", "num_classes from 1"]
    by_stage = {share.name: share.form for share in found.breakdowns["macs"]}
    assert by_stage["conv1"].terms == {("height", "width"): 9408 // 4}
    total = sum(form.evaluate(found.domain.values) for form in by_stage.values())
    assert total == 3_857_973_248


def test_strides_that_follow_each_other_are_one() -> None:
    """55//s//t is 55//(s·t): a map of 56 after strides s and t is 55//(s·t) + 1."""
    found = formula(load("resnet50"), ["strides"])
    assert found.held == ["strides[0] and strides[1] from 1"]
    assert "(55//(strides[0]³·strides[1]³))²" in found["macs"].text
    assert all(f"({depth}55//strides" not in found["macs"].text for depth in ("(", "(("))


def test_the_documents_forms_of_stacked_convolutions() -> None:
    """Simonyan, Zisserman 2014, section 2.3: 27 C^2 against 49 C^2."""
    forms = [formula(load(name), ["channels"])["parameters"] for name in ("three-3x3", "one-7x7")]
    assert [form.text for form in forms] == ["27·channels²", "49·channels²"]
    assert [form.python for form in forms] == ["27*channels**2", "49*channels**2"]
    assert [form.latex for form in forms] == ["27\\,c^{2}", "49\\,c^{2}"]


def test_a_size_that_is_no_multiple_keeps_its_remainder() -> None:
    found = formula(load("inception-v3"), ["height", "width"])
    assert found.held == ["height and width 11 more than multiples of 32, from 75"]
    assert found.evaluate(height=299, width=299)["macs"] == load("inception-v3").macs
    smaller = load("inception-v3", input=(3, 75, 107))
    assert found.evaluate(height=75, width=107)["macs"] == smaller.macs
    with pytest.raises(ArchcalcError, match="the formula holds for height and width 11 more"):
        found.evaluate(height=300, width=299)


def test_floors_hold_from_the_smallest_size_that_the_spec_takes() -> None:
    found = formula(load("inception-v3"), ["height", "width"], floors=True)
    assert found.held == ["height and width from 75"]
    with pytest.raises(ArchcalcError, match="smaller than its kernel"):
        load("inception-v3", input=(3, 74, 75))
    assert (
        found.evaluate(height=75, width=80)["macs"] == load("inception-v3", input=(3, 75, 80)).macs
    )


def test_maps_that_are_joined_say_which_sizes_fit() -> None:
    """BN-Inception pools one branch and convolves another with padding: not every size fits."""
    net = load("inception-v2")
    found = formula(net, ["height"], floors=True)
    assert found.held == ["height that leave 0 to 6, 31 by 32, from 63"]
    for height in range(60, 200):
        try:
            macs = load("inception-v2", input=(3, height, 224)).macs
        except ArchcalcError:
            assert not found.domain.holds({"height": height})
        else:
            assert found.evaluate(height=height)["macs"] == macs


def test_the_weights_used_on_each_map() -> None:
    found = formula(load("vgg16"), ["height", "width"], quantities=["macs"], floors=True, by="map")
    shares = {share.sizes: share.form.value for share in found.breakdowns["macs"]}
    # 3·64 + 64·64 filters of 9 weights on the first map.
    first = next(weights for sizes, weights in shares.items() if sizes and len(sizes[0].terms) == 1)
    assert first == 9 * (3 * 64 + 64 * 64)
    totals = [share.total.evaluate(found.domain.values) for share in found.breakdowns["macs"]]
    assert sum(totals) == load("vgg16").macs


def test_a_layer_s_closed_form() -> None:
    found = formula(load("resnet50"), ["width_per_group"], layer="layer1.0.conv2")
    assert found["parameters"].text == "9·width_per_group²"


def test_the_expected_fault_of_a_wrong_form_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """A formula that drops a term in closed forms alone is found before anything is printed."""
    from archcalc.ops.linear import Linear

    right = Linear.macs
    monkeypatch.setattr(
        Linear, "macs", lambda self, y, x: right(self, y, x) - (type(y.channels) is not int)
    )
    with pytest.raises(ArchcalcError, match="the closed form of macs is another number"):
        formula(load("resnet50"), ["num_classes"])
