"""`archcalc formula`: what is refused, and what is printed."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from typing import Any

import pytest

from archcalc.cli import main
from archcalc.errors import ArchcalcError
from archcalc.formats import render
from archcalc.formulas import formula
from archcalc.formulas.printed import FormulaPage
from archcalc.network import load

MISTAKES = [
    (["--open", "hight"], "resnet50 has no size or argument 'hight'; did you mean 'height'?"),
    (["--open", "unit"], "unit of resnet50 is bottleneck; only a whole number stays open"),
    (["--open", "height,height"], "--open names 'height' twice"),
    (["--open", "units[4]"], "units of resnet50 has items 0 to 3"),
    (["--open", ""], "--open takes names, such as height,width"),
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


DENSE = "densenet121: units[0] decides the number of copies of 'denseblock1' (dense), each of "
NO_PEAK = "densenet121: it decides the number of copies of 'denseblock1' (dense), each of "
NO_FOURTH = (
    "preact-resnet110-cifar: it decides the number of copies of 'layer4' (unit), too few of "
)
NO_POLYNOMIAL = [
    # The largest of several sums, of which another one is the largest behind other blocks.
    (
        "densenet121", ["units[0]", "units[2]"], {"quantities": ["macs", "memory_peak"]},
        f"units[0], units[2] cannot all stay open in {DENSE}another shape, and no polynomial fits "
        "memory_peak, as one does the other quantities",
    ),
    # Its classifier reads the third stage, and would read the fourth.
    (
        "preact-resnet110-cifar", ["units[3]"], {"quantities": ["macs"]},
        f"units[3] cannot stay open in {NO_FOURTH}which are there to tell, and no polynomial fits; "
        "one may where units[3] is above 0",
    ),
    # Half of the sums of several channels, rounded down.
    (
        "densenet121", ["units[0]", "growth"], {"quantities": ["memory_peak"], "floors": True},
        f"units[0] cannot stay open in {NO_PEAK}another shape, and no polynomial fits; "
        "one may where fewer names are open, or without floors",
    ),
    # With and without bottlenecks there are other layers.
    (
        "densenet-40-k12", ["depth", "bottleneck"], {},
        "densenet-40-k12 has no closed form in depth, bottleneck: it would hold only where "
        "bottleneck == 0; it may have one in depth",
    ),
    (
        "resnet50", ["residual", "num_classes", "groups"], {},
        "resnet50 has no closed form in residual, num_classes, groups: it would hold only where "
        "residual == 1; it may have one in num_classes, groups",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "names", "options", "said"), NO_POLYNOMIAL)
def test_what_decides_structure_is_refused_with_the_reason(
    name: str, names: list[str], options: dict[str, Any], said: str
) -> None:
    with pytest.raises(ArchcalcError) as refusal:
        formula(load(name), names, **options)
    assert str(refusal.value) == said


def test_what_a_refusal_says_may_be_open_is() -> None:
    assert formula(load("densenet121"), ["growth"], quantities=["memory_peak"], floors=True)
    assert formula(load("densenet121"), ["units[0]", "units[2]"], quantities=["macs"])
    assert formula(load("resnet50"), ["num_classes", "groups"])
    assert formula(load("preact-resnet110-cifar", units=(18, 18, 18, 1)), ["units[3]"]).checked


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
