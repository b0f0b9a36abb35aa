"""`archcalc formula`: closed forms that are what whole numbers come to, wherever they say."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archcalc.errors import ArchcalcError
from archcalc.formats import render
from archcalc.formulas import formula
from archcalc.formulas.closed_forms import COUNTED
from archcalc.formulas.openable import Openable
from archcalc.formulas.points import points_in
from archcalc.formulas.printed import FormulaPage
from archcalc.names import catalog
from archcalc.network import Network, load
from tests.formulas import anew, evaluated
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
    points = list(points_in(found.domain, 4, anew()))
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
    points = list(points_in(found.domain, 4, anew()))
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
    points = list(points_in(found.domain, 8, anew()))
    assert points
    for values in points:
        assert found.evaluate(**values) == evaluated(found, values)


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


@pytest.mark.parametrize("quantity", ["memory_peak", "memory_inference"])
def test_what_is_no_sum_over_layers_has_no_stages(quantity: str) -> None:
    """Each of its stages may be where the most is alive, so they add up to nothing."""
    found = formula(load("lenet5"), quantities=[quantity], by="stage")
    assert not found.breakdowns.get(quantity)
    assert formula(load("lenet5"), quantities=["memory_saved"], by="stage").breakdowns


def test_the_largest_of_products_is_one_where_it_always_is() -> None:
    """Of maps of one size all that are smaller at any size are left out."""
    found = formula(load("lenet5"), quantities=["memory_peak"], floors=True)
    # 12 of c1 and its activation, 28x28 each; s2 is a quarter of it; c3 and its own, 10x10.
    terms = found["memory_peak"].text.removeprefix("max(").removesuffix(")").split(", ")
    assert "48·(height - 4)·(width - 4)" in terms
    assert len(terms) <= 4


def test_remainders_are_said_by_the_least_divisor() -> None:
    found = formula(
        load("shufflenet-v2-x2.0"), ["channels[0]"], quantities=["parameters"], floors=True
    )
    assert found.held == ["channels[0] a multiple of 2"]


def test_what_follows_copies_that_stay_open_reads_the_number_of_its_own(tmp_path: Path) -> None:
    """Three times `m` layers of 4 channels, and one of 4 + its number."""
    point = {"op": "conv2d", "kernel_size": 1}
    inner = {"name": "c", **point, "out_channels": 4, "repeat": "m"}
    outer = {"repeat": 3, "layers": [inner, {**point, "out_channels": "4 + index"}], "name": "o"}
    file = tmp_path / "copies.json"
    file.write_text(json.dumps(spec(outer, arguments={"m": 4})))
    found = formula(load(file), ["m"], quantities=["parameters"])
    # (3 + 1)·4 and 20 a further copy, then 20; 20 a copy, 25; (5 + 1)·4 and 20 a further one, 30.
    assert found.evaluate(m=1) == {"parameters": 16 + 20 + 20 + 25 + 24 + 30}
    assert found["parameters"].text == "60·m + 75"
