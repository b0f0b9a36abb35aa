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
from archcalc.cli import main
from archcalc.graph import Node
from archcalc.names import catalog
from archcalc.ops.registry import OPS, create
from archcalc.page import page
from archcalc.page.formulary import Formulary
from archcalc.page.javascript import Js, code_of, fields_named, shape_named
from archcalc.page.payload import Payload
from archcalc.page.variable import is_input_free_when_loaded, loaded_classes, what_varies
from archcalc.pictures.images import image_side
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


def test_the_command_of_a_module_says_its_input() -> None:
    """Without one it may be given another."""
    torch = pytest.importorskip("torch", reason="needs torch")
    net = archcalc.from_torch(torch.nn.Conv2d(3, 8, 3), torch.zeros(1, 3, 9, 9))
    own, built_in = data_of(page([net, archcalc.load("lenet5")]))["networks"]
    assert own["own"] == 1
    assert "own" not in built_in


def test_formulas_name_axes_by_what_is_known_of_them() -> None:
    node = archcalc.load("mixer-b-16")["block.0.token_mixing.fc1"].node
    formulary = Formulary()
    row = formulary.ops.texts[formulary.op(node)]
    assert formulary.texts.texts[row["M"][0]] == "channels·(in_features·out_features)"


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


def check_by_loading(net: Any) -> None:
    """What may vary is what loading the network otherwise, and nothing else, finds."""
    found = what_varies(net)
    assert found.classes == loaded_classes(net), net.name
    if image_side(net) is not None:
        assert found.input == is_input_free_when_loaded(net), net.name


VARIED = [
    "lenet5", "vgg11", "resnet18", "nin-cifar10", "squeezenet1.1", "googlenet", "unet", "segnet",
    "fcn8s", "vit-b-32", "mixer-s-16", "regnet-y-200mf", "efficientnet-v2-s", "yolo-v2", "gpt2",
]  # fmt: skip


@pytest.mark.parametrize("name", VARIED)
def test_what_may_vary_is_what_loading_otherwise_finds(name: str) -> None:
    check_by_loading(archcalc.load(name))


@pytest.mark.slow
def test_that_holds_of_every_spec() -> None:
    for kind in catalog.SPEC_FOLDERS:
        for name in catalog.built_in(kind):
            check_by_loading(archcalc.load(name))


def varying(tmp_path: Path, layers: list[Any]) -> Any:
    spec = {
        "title": "Mine", "year": 2024, "source": "s", "input": [3, 16, 16], "layers": layers,
        "arguments": {"num_classes": {"default": 10}},
    }  # fmt: skip
    file = tmp_path / "mine.json"
    file.write_text(json.dumps(spec))
    return archcalc.load(file)


CONV = {"name": "c", "op": "conv2d", "out_channels": 4, "kernel_size": 3}
FC = {"name": "fc", "op": "linear", "out_features": "num_classes"}
POOL = {"op": "global_avg_pool2d"}
NOT_FREE = {
    "the height": [CONV, {"name": "p", "op": "linear", "out_features": "height(c)"}],
    "the flow's first size": [CONV, {"op": "flatten"}, {**FC, "out_features": "in_channels"}],
    "whether a layer is there": [CONV, {"op": "relu", "when": "width(c) > 40"}],
    "padding": [{**CONV, "padding": "tf_same", "stride": 3}],
}
"""Networks in which a field or a layer depends on the input's size."""
NOT_CLASSES = {
    "half of them": [CONV, POOL, {**FC, "out_features": "num_classes * 2"}],
    "they are channels": [CONV, POOL, FC, {"op": "linear", "out_features": "in_channels"}],
    "they decide a layer": [CONV, POOL, FC, {"op": "relu", "when": "in_channels > 20"}],
    "a block takes them": [CONV, POOL, FC, {**FC, "name": "f2", "when": "num_classes < 20"}],
}
"""Networks in which more than one field depends on the number of classes."""


@pytest.mark.parametrize("layers", NOT_FREE.values(), ids=NOT_FREE)
def test_an_input_that_a_field_depends_on_cannot_be_set(tmp_path: Path, layers: list[Any]) -> None:
    net = varying(tmp_path, layers)
    assert not what_varies(net).input
    check_by_loading(net)


@pytest.mark.parametrize("layers", NOT_CLASSES.values(), ids=NOT_CLASSES)
def test_classes_on_which_more_depends_cannot_be_set(tmp_path: Path, layers: list[Any]) -> None:
    net = varying(tmp_path, layers)
    assert what_varies(net).classes == loaded_classes(net)


def test_without_a_path_it_is_page_html_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["page", "lenet5"]) == 0
    assert (tmp_path / "page.html").read_text(encoding="utf-8").startswith("<!doctype html>")


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


def test_a_study_without_multiply_adds_has_its_operations() -> None:
    """96x27x27 maximums of 4 values, or of 9; other studies have their MACs."""
    names = ["non-overlapping-pooling", "overlapping-pooling", "two-3x3"]
    found = Payload([], [archcalc.load(name) for name in names]).data["studies"]
    outputs = 96 * 27 * 27
    assert [row.get("operations") for row in found] == [
        [["operations: compare", 3 * outputs]],
        [["operations: compare", 8 * outputs]],
        None,
    ]
