"""`archcalc formula`: closed forms that are what whole numbers come to, wherever they say."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from archcalc import catalog
from archcalc.cli import main
from archcalc.errors import ArchcalcError
from archcalc.formats import render
from archcalc.formulas import Formula, formula
from archcalc.formulas.closed_forms import COUNTED
from archcalc.formulas.openable import Openable
from archcalc.formulas.points import points_in
from archcalc.formulas.printed import FormulaPage
from archcalc.network import Network, load

ALL = [*catalog.built_in("networks"), *catalog.built_in("studies")]
SIZES = ("height", "width", "num_classes", "channels")


def openable(net: Network, names: tuple[str, ...] = SIZES) -> list[str]:
    """Those of some names that a network has, with whole numbers for values."""
    found = Openable.of(net)
    return [n for n in names if isinstance({**found.sizes, **found.arguments}.get(n), int)]


def evaluated(found: Formula, values: dict[str, int]) -> dict[str, int]:
    """The quantities of a formula's network, counted in whole numbers."""
    net: Any = Openable.of(found.network).read(values)
    return {quantity: getattr(net, quantity) for quantity in found.quantities}


# --- right ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("floors", [False, True], ids=["multiples", "floors"])
@pytest.mark.parametrize("name", ALL)
def test_sizes_and_classes_stay_open_in_every_network(name: str, floors: bool) -> None:
    net = load(name)
    found = formula(net, openable(net), floors=floors)
    own = {quantity: getattr(net, quantity) for quantity in found.quantities}
    assert found.evaluate(**found.domain.values) == own
    for values in points_in(found.domain, 4):
        assert found.evaluate(**values) == evaluated(found, values)
    assert len(found["macs"].text) <= 600
    if not floors:
        assert "//" not in found["macs"].text
        assert len(found["macs"].form.terms) <= 8


@pytest.mark.parametrize(
    "name", ["resnet50", "googlenet", "densenet121", "nasnet-a-mobile", "squeezenet1.0", "lenet5"]
)
def test_every_count_has_a_closed_form(name: str) -> None:
    net = load(name)
    found = formula(net, openable(net), quantities=COUNTED, floors=True)
    for values in points_in(found.domain, 4):
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
    net = load(catalog.relatives(name)[0])
    found = formula(net, [argument, "height"], floors=True)
    assert argument in found["parameters"].form.names
    points = list(points_in(found.domain, 8))
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


# --- refused --------------------------------------------------------------------------------------

MISTAKES = [
    (["--open", "hight"], "resnet50 has no size or argument 'hight'; did you mean 'height'?"),
    (["--open", "unit"], "unit of resnet50 is bottleneck; only a whole number stays open"),
    (["--open", "height,height"], "--open names 'height' twice"),
    (["--open", "units[4]"], "units of resnet50 has items 0 to 3"),
    (["--open", ""], "--open takes names, such as height,width"),
    (["--open", "units"], "units[0] cannot stay open in resnet50: it decides the number of copies"),
    (["--quantity", "depth"], "no closed form of 'depth'; there is one of"),
    (["--quantity", "mac"], "no closed form of 'mac'; did you mean 'macs'?"),
    (["--layer", "layer5"], "resnet50 has no layer 'layer5'; did you mean"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), MISTAKES, ids=lambda x: " ".join(x)[:40])
def test_a_mistake_is_one_clear_line(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["formula", "resnet50", *arguments]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(f"archcalc: {message}")


# --- printed --------------------------------------------------------------------------------------


def page(name: str, names: str, **options: Any) -> FormulaPage:
    return FormulaPage(formula(load(name), names.split(","), **options))


GOLDEN = {
    "resnet50": lambda: page("resnet50", "height,width,num_classes", by="stage"),
    "inception-v3": lambda: page("inception-v3", "height,width", floors=True, by="map"),
    "inception-v2": lambda: page("inception-v2", "height,width", floors=True),
    "densenet121": lambda: page(
        "densenet121", "growth,height,width", quantities=("macs", "memory_peak")
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", GOLDEN)
def test_text(name: str, golden: Callable[[str, str], None]) -> None:
    text = render(GOLDEN[name](), "text")
    golden(f"formula-{name}.txt", text)
    assert max(map(len, text.splitlines())) <= 100


def test_latex(golden: Callable[[str, str], None]) -> None:
    golden("formula-resnet50.tex", render(GOLDEN["resnet50"](), "latex"))


def test_python_runs_and_gives_the_same(golden: Callable[[str, str], None]) -> None:
    found = page("inception-v3", "height,width", floors=True)
    code = found.python()
    golden("formula-inception-v3.py.txt", code)
    functions: dict[str, Any] = {}
    exec(code, functions)
    assert functions["macs"](299, 299) == 5_713_216_096
    assert functions["parameters"](height=1, width=1) == 23_834_568


@pytest.mark.parametrize("name", GOLDEN)
def test_programs_get_text_python_and_latex(name: str) -> None:
    records = json.loads(render(GOLDEN[name](), "json"))
    for record in records:
        values = {entry["name"]: entry["value"] for entry in record["domain"]}
        assert eval(record["python"], {}, values) == record["value"]
        shares = [eval(share["python"], {}, values) for share in record["shares"]]
        assert not shares or sum(shares) == record["value"]
    rows = list(csv.DictReader(io.StringIO(render(GOLDEN[name](), "csv"))))
    assert [row["text"] for row in rows if not row["share"]] == [r["text"] for r in records]
