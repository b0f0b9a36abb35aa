"""The page: the fourth reading of each op's formulas, and what one file must hold."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from functools import cache
from math import floor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import archcalc
from archcalc import catalog
from archcalc.cli import main
from archcalc.graph import Node
from archcalc.ops.registry import OPS, create
from archcalc.page import page
from archcalc.page.formulary import Formulary
from archcalc.page.javascript import Js, code_of, fields_named, shape_named
from archcalc.page.variable import what_varies
from archcalc.shape import Shape
from tests.op_examples import fields_of

MATH = SimpleNamespace(min=min, max=max)


def evaluated(code: str, x: Any = (), y: Any = (), f: Any = ()) -> Any:
    """What a browser's engine computes: the formulas use no more of JavaScript than this."""
    names = {"F": floor, "Math": MATH, "x": x, "y": y, "f": f, "__builtins__": {}}
    return eval(code, names)


EXAMPLES = [
    pytest.param(cls, example, id=f"{name}-{i}")
    for name, cls in OPS.items()
    for i, example in enumerate(cls.examples)
]


@pytest.mark.parametrize(("cls", "example"), EXAMPLES)
def test_a_browser_counts_the_examples_worked_out_by_hand(cls: Any, example: Any) -> None:
    op = create(cls, fields_of(example))
    xs = tuple(Shape(*sizes) for sizes in example.inputs)
    node = Node("it", op, tuple("abcdefgh"[: len(xs)]), xs, Shape(*example.output), "")
    formulary = Formulary()
    row = formulary.ops.texts[formulary.op(node)]
    formulas = formulary.formulas.texts
    y = [evaluated(formulas[i], xs, None, row["f"]) for i in row["o"]]
    assert y == list(example.output)
    assert evaluated(formulas[row["p"]], xs, y, row["f"]) == example.parameters
    assert evaluated(formulas[row["m"]], xs, y, row["f"]) == example.macs


def test_the_numbers_of_an_op_are_variables() -> None:
    """LeNet-5's C1 on 32 pixels: (5·5·1 + 1)·6 = 156; the same code with 7 filters: 182."""
    op = create(OPS["conv2d"], {"out_channels": 6, "kernel_size": 5})
    named, values = fields_named(op)
    code = code_of(named.parameters(shape_named(Shape(1, 32, 32), "x[0]")))
    assert evaluated(code, [(1, 32, 32)], None, values) == 156
    assert evaluated(code, [(1, 32, 32)], None, [7, *values[1:]]) == 182


def test_parentheses_keep_the_order_of_python() -> None:
    a, b = Js("a", 7), Js("b", 3)
    for found, code in (
        ((a + b) * 2, "(a+b)*2"),
        (a - (b - 1), "a-(b-1)"),
        ((a * 2) // (b + 1), "F(a*2/(b+1))"),
        (a * (b // 2), "a*F(b/2)"),
        (10 - a, "10-a"),
        (a / (b * 2), "a/(b*2)"),
        ((a + 1).maximum(b), "Math.max(a+1,b)"),
    ):
        assert found.code == code
        names = {"a": 7, "b": 3, "F": floor, "Math": MATH}
        assert eval(code, names) == pytest.approx(float(found.value))


@cache
def lenet_and_study() -> str:
    return page([archcalc.load("lenet5")], [archcalc.load("three-3x3")])


def data_of(text: str) -> Any:
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', text, re.S)
    assert found is not None
    return json.loads(found[1])


def test_the_policy_allows_this_script_and_style_and_nothing_else() -> None:
    text = lenet_and_study()
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy is not None
    for tag, rule in (("style", "style-src"), ("script", "script-src")):
        inside = re.findall(rf"<{tag}>(.*?)</{tag}>", text, re.S)
        assert len(inside) == 1
        digest = base64.b64encode(hashlib.sha256(inside[0].encode()).digest()).decode()
        assert f"{rule} 'sha256-{digest}'" in policy[1]
    assert policy[1].startswith("default-src 'none'; ")
    assert not re.findall(r'(?:src|href)="(?!#|data:)', text)
    assert "http://" not in text.replace("http://www.w3.org/2000/svg", "")
    assert "innerHTML" not in text
    assert " style=" not in text


def test_a_spec_cannot_break_out_of_its_data(tmp_path: Path) -> None:
    spec = tmp_path / "odd.json"
    spec.write_text(
        '{"title": "</script><script>alert(1)</script>", "year": 2024, "source": "a < b", '
        '"input": [3, 8, 8], "layers": [{"op": "relu"}]}'
    )
    text = page([archcalc.load(spec)])
    assert text.count("</script>") == 2
    assert data_of(text)["networks"][0]["title"] == "</script><script>alert(1)</script>"


def test_formulas_and_texts_are_there_once() -> None:
    data = data_of(page([archcalc.load("resnet50"), archcalc.load("resnet152")]))
    assert len(data["texts"]) == len(set(data["texts"]))
    small = len(json.dumps(data_of(page([archcalc.load("resnet50")]))))
    assert len(json.dumps(data)) < small * 1.5, "what both have is shared"


def test_classes_are_found_where_only_their_number_changes() -> None:
    data = data_of(page([archcalc.load("resnet50"), archcalc.load("googlenet")]))
    for net in data["networks"]:
        assert [classes for _, _, classes in net["classes"]] == [1000]


def test_an_input_can_be_set_where_no_field_depends_on_it() -> None:
    """FCN-8s crops to its input; ViT has a position for each patch of it."""
    free = {name: what_varies(archcalc.load(name)).input for name in ("resnet50", "fcn8s", "gpt2")}
    assert free == {"resnet50": True, "fcn8s": False, "gpt2": False}


def test_the_command_writes_one_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "mine.html"
    assert main(["page", "lenet5", "--output", str(file)]) == 0
    assert capsys.readouterr().out == f"{file}: 1 network, open it in a browser\n"
    assert file.read_text(encoding="utf-8") == page([archcalc.load("lenet5")])
    assert main(["page", "lenet6", "--output", str(file)]) == 2
    assert "did you mean 'lenet5'" in capsys.readouterr().err


@pytest.mark.slow
def test_the_page_of_everything_is_small() -> None:
    networks = [archcalc.load(name) for name in archcalc.models()]
    studies = [archcalc.load(name) for name in catalog.built_in("studies")]
    written = page(networks, studies).encode()
    assert len(written) < 1_250_000
    assert len(gzip.compress(written, 9)) < 220_000
    assert written == page(networks, studies).encode()
