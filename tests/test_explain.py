"""explain: every number with its working, which evaluates to what was counted."""

from __future__ import annotations

import ast
import csv
import dataclasses
import io
import json
import re
import tempfile
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

import archcalc
from archcalc import catalog, explanation
from archcalc.cli import main
from archcalc.errors import ArchcalcError
from archcalc.explanation import KINDS, Explanation, explain
from archcalc.explanation.design import comparisons, naive_module
from archcalc.explanation.page import Grid, Line
from archcalc.explanation.pages import page
from archcalc.explanation.render import render
from archcalc.network import Network, load
from archcalc.receptive_field import ReceptiveField
from tests.arithmetic import evaluate
from tests.random_specs import specs

LARGE = 450
"""Networks of more nodes than this repeat what smaller ones of their family show."""


def parts(root: Explanation) -> Iterator[Explanation]:
    stack = [root]
    while stack:
        part = stack.pop()
        yield part
        stack += part.children


def quantities(part: Explanation) -> dict[str, Any]:
    found = {quantity.name: quantity for quantity in part.quantities}
    assert len(found) == len(part.quantities), "a name stands for one quantity"
    return found


def shown(model: str, layer: str | None, quantity: str) -> tuple[str, str, int]:
    (found,) = explain(load(model), layer, quantity).quantities
    return found.formula, found.substituted, found.value


def spec_file(folder: str | Path, *layers: dict[str, Any], input: Any = (3, 8, 8)) -> str:
    tree = {"title": "T", "year": 2020, "source": "S", "input": list(input), "layers": list(layers)}
    path = Path(folder) / "t.json"
    path.write_text(json.dumps(tree))
    return str(path)


# --- worked out by hand ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("model", "layer", "quantity", "formula", "substituted", "value"),
    [
        ("lenet5", "c1", "parameters", "(kernel·kernel·in + 1)·out", "(5·5·1 + 1)·6", 156),
        (
            "lenet5", "c1", "macs", "(height·width·out)·(kernel·kernel·in)",
            "(28·28·6)·(5·5·1)", 117_600,
        ),
        ("lenet5", "s2", "parameters", "(coefficient + bias)·channels", "(1 + 1)·6", 12),
        (
            "lenet5", "s2", "connections",
            "(kernel·kernel)·(channels·height·width) + channels·height·width",
            "(2·2)·(6·14·14) + 6·14·14", 5_880,
        ),
        ("lenet5", "f6", "parameters", "(in_features + 1)·out_features", "(120 + 1)·84", 10_164),
        ("lenet5", "output", "buffers", "in_features·out_features", "84·10", 840),
        (
            "alexnet", "conv2", "parameters",
            "(kernel·kernel·(in/groups) + 1)·out", "(5·5·(96/2) + 1)·256", 307_456,
        ),
        ("vgg16", "fc6", "parameters", "(in_features + 1)·out_features", "(25088 + 1)·4096",
         102_764_544),
        ("resnet50", "bn1", "parameters", "2·channels", "2·64", 128),
        ("resnet50", "conv1", "activations", "out·height·width", "64·112·112", 802_816),
        (
            "resnet50", None, "depth",
            "conv1 + 3·(layer1 + layer2 + layer3 + layer4) + fc", "1 + 3·(3 + 4 + 6 + 3) + 1", 50,
        ),
        ("lenet5", None, "depth", "c1 + c3 + c5 + f6 + output", "1 + 1 + 1 + 1 + 1", 5),
        ("resnet50", "layer1", "macs", "layer1.0 + 2·layer1.1", "231211008 + 2·218365952",
         667_942_912),
        ("googlenet", "inception4a", "macs", "1x1 + 3x3 + 5x5 + pool",
         "18063360 + 44255232 + 5268480 + 6021120", 73_608_192),
        ("lenet5", "c3", "receptive_field", "size + (kernel - 1)·stride so far", "6 + (5 - 1)·2",
         14),
        ("googlenet", "inception4a", "receptive_field", "max(1x1, 3x3, 5x5, pool)", "171", 171),
    ],
)  # fmt: skip
def test_workings(
    model: str, layer: str | None, quantity: str, formula: str, substituted: str, value: int
) -> None:
    assert shown(model, layer, quantity) == (formula, substituted, value)


def test_the_connection_table_of_c3_run_by_run() -> None:
    parameters = quantities(explain(load("lenet5"), "c3"))["parameters"]
    assert parameters.substituted == (
        "(5·5·3 + 1)·6 + (5·5·4 + 1)·6 + (5·5·4 + 1)·3 + (5·5·6 + 1)·1"
    )
    assert parameters.value == 456 + 606 + 303 + 151 == 1_516


def test_sizes_of_an_output() -> None:
    found = quantities(explain(load("googlenet"), "conv1.conv2d", "shape"))
    assert found["height"].formula == "(height + 2·padding - kernel)//stride + 1"
    assert found["height"].substituted == "(224 + 2·3 - 7)//2 + 1"
    assert [q.value for q in found.values()] == [64, 112, 112]
    (joined, *_) = explain(load("googlenet"), "inception4a.concat", "shape").quantities
    assert (joined.substituted, joined.value) == ("192 + 208 + 48 + 64", 512)


def test_a_kernel_of_two_sides_has_two_receptive_fields(tmp_path: Path) -> None:
    file = spec_file(tmp_path, {"op": "conv2d", "out_channels": 2, "kernel_size": [1, 7]})
    found = quantities(explain(load(file), "conv2d"))
    assert found["receptive_field_height"].substituted == "1 + (1 - 1)·1"
    assert found["receptive_field_width"].substituted == "1 + (7 - 1)·1"
    assert found["parameters"].formula == "(kernel_height·kernel_width·in + 1)·out"


def test_receptive_fields_of_layers_that_make_maps_larger(tmp_path: Path) -> None:
    layers = [
        {"op": "avg_pool2d", "kernel_size": 2},
        {"op": "upsample", "scale_factor": 2, "mode": "bilinear"},
        conv("c", 2, 3),
    ]
    net = load(spec_file(tmp_path, *layers))
    for part in parts(explain(net, None, "receptive_field")):
        if part.node is not None:
            check_field(net, part, quantities(part))
    assert quantities(explain(net, "c"))["receptive_field"].formula == (
        "size + (kernel - 1)·stride so far"
    )


def test_a_batch_multiplies_what_is_done_and_not_what_is_stored() -> None:
    found = quantities(explain(load("lenet5", batch=8), "c1"))
    assert found["macs"].substituted == "8·(28·28·6)·(5·5·1)"
    assert found["macs"].value == 8 * 117_600
    assert found["parameters"].value == 156


# --- what a design buys ---------------------------------------------------------------------------


def macs(readings: Any) -> int:
    return sum(reading.cost.macs.value for reading in readings)


def test_the_5x5_of_inception4a_costs_21_times_less_behind_its_1x1() -> None:
    net = load("googlenet")
    found = {c.kernels[0].name: c for c in comparisons(net, net["inception4a"].nodes)}
    five = found["inception4a.5x5.conv.conv2d"]
    assert macs(five.reference) == 14 * 14 * 48 * 5 * 5 * 480 == 112_896_000
    assert macs(five.chosen) == 5_268_480
    text = str(explain(net, "inception4a"))
    assert "direct   (14·14·48)·(5·5·480) = 112,896,000" in text
    assert "= 1,505,280 + 3,763,200 = 5,268,480: 21.4x fewer" in text


def test_the_naive_module_hands_on_what_it_pools() -> None:
    net = load("googlenet")
    naive = naive_module(net, net["inception4a"].nodes)
    assert naive is not None
    assert naive.channels == {"1x1": 192, "3x3": 208, "5x5": 48, "pool": 480}
    terms = [macs(readings) for readings in naive.branches.values()]
    assert terms == [18_063_360, 176_117_760, 112_896_000, 0]


def test_a_naive_module_has_nothing_to_compare() -> None:
    net = load("googlenet-naive")
    assert comparisons(net, net.layers) == []
    assert naive_module(net, net["inception4a"].nodes) is None


def test_a_bottleneck_against_its_kernel_at_full_width() -> None:
    net = load("resnet50")
    (found,) = comparisons(net, net["layer2.1"].nodes)
    assert [node.name[-5:] for node in found.nodes] == ["conv1", "conv2", "conv3"]
    assert macs(found.reference) == 28 * 28 * 512 * 3 * 3 * 512
    assert macs(found.chosen) == net["layer2.1"].macs


def test_a_squeeze_before_two_kernels_is_compared_with_both_applied_directly() -> None:
    net = load("squeezenet1.0")
    (found,) = comparisons(net, net["fire2"].nodes)
    assert macs(found.reference) == 55 * 55 * 64 * (1 * 1 * 96 + 3 * 3 * 96)


def test_groups_and_a_table_against_none() -> None:
    alexnet, lenet = load("alexnet"), load("lenet5")
    (groups,) = comparisons(alexnet, alexnet["conv2"].nodes)
    assert groups.reference[0].cost.parameters.value == (5 * 5 * 96 + 1) * 256 == 614_656
    (table,) = comparisons(lenet, lenet["c3"].nodes)
    assert table.reference[0].cost.parameters.value == (5 * 5 * 6 + 1) * 16 == 2_416
    text = str(explain(lenet, "c3"))
    assert "(5·5·6 + 1)·16 = 2,416 parameters; the table has 37.3% fewer" in text
    assert "it reads 60 of the 16·6 = 96 pairs of maps" in text


def conv(name: str, channels: int, kernel_size: int, **fields: Any) -> dict[str, Any]:
    padding = kernel_size // 2
    return {"name": name, "op": "conv2d", "out_channels": channels, "kernel_size": kernel_size,
            "padding": padding, **fields}  # fmt: skip


@pytest.mark.parametrize(
    ("layers", "why"),
    [
        ([conv("a", 3, 1), conv("b", 8, 3)], "as many channels behind the 1x1 as before it"),
        ([conv("a", 2, 3), conv("b", 8, 3)], "no 1x1"),
        ([conv("a", 2, 1), conv("b", 8, 1)], "no larger kernel"),
        ([conv("a", 2, 1), {"op": "max_pool2d", "kernel_size": 2}, conv("b", 8, 3)], "a pool"),
        (
            [conv("a", 2, 1), conv("b", 2, 3), {"op": "add", "inputs": ["a", "b"]}],
            "the 1x1 is read by more than the kernel",
        ),
        ([conv("a", 2, 1), conv("b", 2, 3, groups=2)], "a grouped kernel"),
    ],
)
def test_no_reduction_is_found_where_there_is_none(
    layers: list[dict[str, Any]], why: str, tmp_path: Path
) -> None:
    net = load(spec_file(tmp_path, *layers))
    rules = {comparison.rule for comparison in comparisons(net, net.layers)}
    assert "1x1 reduction" not in rules, why


def test_a_reduction_is_found_past_element_wise_ops(tmp_path: Path) -> None:
    layers = [conv("a", 2, 1), {"op": "batch_norm"}, {"op": "relu"}, conv("b", 8, 3)]
    net = load(spec_file(tmp_path, *layers))
    (found,) = comparisons(net, net.layers)
    assert (macs(found.reference), macs(found.chosen)) == (
        8 * 8 * 8 * 9 * 3,
        8 * 8 * 2 * 3 + 8 * 8 * 8 * 9 * 2,
    )


def test_shared_parameters_are_not_compared_but_what_is_done_with_them_is(tmp_path: Path) -> None:
    layers = [conv("a", 2, 1), conv("b", 3, 3), conv("c", 2, 1), conv("d", 3, 3, weights="b")]
    net = load(spec_file(tmp_path, *layers))
    first, second = comparisons(net, net.layers)
    assert macs(first.chosen) == macs(second.chosen) == 8 * 8 * (2 * 3 + 3 * 9 * 2)
    tree = json.loads(render(explain(net), "json"))
    compared = [[q["name"] for q in found["quantities"]] for found in tree["design"]]
    assert compared == [["parameters", "macs"], ["macs"]]
    assert "2 times      direct" in render(explain(net))
    parameters = render(explain(net, None, "parameters"))
    assert "b            direct   (3·3·3 + 1)·3 = 84" in parameters
    assert "d            direct" not in parameters
    assert "none: uses the parameters of b" in render(explain(net, "d"))


def test_no_network_is_named_where_designs_are_found() -> None:
    names = {re.split(r"[-\d]", name)[0] for name in catalog.built_in()} - {"plain", "wide"}
    assert "googlenet" in names
    for path in Path(explanation.__file__).parent.glob("*.py"):
        for text in strings(path.read_text(encoding="utf-8")):
            assert not names & set(re.findall("[a-z]+", text.lower())), (path, text)


def strings(source: str) -> Iterator[str]:
    """The strings of a module, and its names; docstrings left out."""
    tree = ast.parse(source)
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef)
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Constant) and isinstance(node.value, str)
        if is_text and id(node) not in documentation:
            yield node.value
        elif isinstance(node, ast.Name):
            yield node.id


# --- properties -----------------------------------------------------------------------------------


def check_every_working(net: Network) -> None:
    """What is shown evaluates to the value; the values are the counted ones."""
    root = explain(net)
    for part in parts(root):
        found = quantities(part)
        for quantity in found.values():
            assert evaluate(quantity.substituted) == quantity.value, (part, quantity)
            assert quantity.value or quantity.reason or part.layer is None or quantity.formula
        counted = net.costs[part.node.name] if part.node else net.total
        if part.node is None and part.layer is not None:
            counted = net[part.layer].total
        assert found["parameters"].value == counted.parameters, part
        assert found["macs"].value == counted.macs, part
        assert sum(child.total(KINDS["macs"]) for child in part.children) in (0, counted.macs)
        if part.node is not None:
            check_node(net, part, found)
    assert quantities(root)["depth"].value == net.depth


def check_node(net: Network, part: Explanation, found: dict[str, Any]) -> None:
    assert part.node is not None
    sizes = ("channels", "height", "width") if part.output.is_map else ("features",)
    assert [found[size].value for size in sizes] == part.output.sizes
    check_field(net, part, found)
    for name in ("parameters", "macs"):
        is_literal = found[name].formula == "0"
        assert not is_literal or found[name].reason, f"{part.layer}: 0 {name}, and no reason"


def check_field(net: Network, part: Explanation, found: dict[str, Any]) -> None:
    assert part.node is not None
    seen = net.receptive_fields[part.node.name]
    if isinstance(seen, ReceptiveField) and "receptive_field" in found:
        assert seen.size == [found["receptive_field"].value] * 2
    elif isinstance(seen, ReceptiveField):
        axes = ("receptive_field_height", "receptive_field_width")
        assert seen.size == [found[axis].value for axis in axes]


@pytest.mark.parametrize("kind", catalog.KINDS)
def test_every_working_of_every_built_in_network(kind: str) -> None:
    networks = [load(model) for model in catalog.built_in(kind)]
    assert networks
    for net in networks:
        if len(net) <= LARGE:
            check_every_working(net)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(specs())
def test_every_working_of_networks_that_nobody_thought_of(tree: dict[str, Any]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "random.json"
        path.write_text(json.dumps(tree))
        net = load(str(path), batch=2, mode="train")
    check_every_working(net)
    for quantity in KINDS:
        for format in ("text", "latex", "markdown"):
            assert render(explain(net, None, quantity), format)


def test_a_wrong_working_would_be_found(monkeypatch: pytest.MonkeyPatch) -> None:
    from archcalc.explanation import reading

    explained = reading.explained

    def one_channel_more(net: Network, node: Any) -> Any:
        found = explained(net, node)
        xs = [x._replace(channels=x.channels + 1) for x in found.xs]
        return dataclasses.replace(found, xs=xs)

    monkeypatch.setattr("archcalc.explanation.tree.explained", one_channel_more)
    with pytest.raises(AssertionError):
        check_every_working(load("lenet5"))


# --- what is printed ------------------------------------------------------------------------------

GOLDEN = {
    "lenet5": "lenet5",
    "lenet5-c1": "lenet5 --layer c1",
    "lenet5-s2": "lenet5 --layer s2",
    "lenet5-c3": "lenet5 --layer c3",
    "lenet5-c5": "lenet5 --layer c5",
    "lenet5-f6": "lenet5 --layer f6",
    "lenet5-output": "lenet5 --layer output",
    "lenet5-c1-batch": "lenet5 --layer c1 --batch 8",
    "alexnet": "alexnet",
    "alexnet-conv2": "alexnet --layer conv2",
    "vgg16": "vgg16",
    "vgg16-fc6-parameters": "vgg16 --layer fc6 --quantity parameters",
    "googlenet": "googlenet",
    "googlenet-conv1": "googlenet --layer conv1",
    "googlenet-pool1": "googlenet --layer pool1",
    "googlenet-inception4a": "googlenet --layer inception4a",
    "googlenet-inception4a-parameters": "googlenet --layer inception4a --quantity parameters",
    "googlenet-inception4a-concat": "googlenet --layer inception4a.concat",
    "googlenet-inception3a-shape": "googlenet --layer inception3a --quantity shape",
    "googlenet-inception3a-field": "googlenet --layer inception3a --quantity receptive_field",
    "googlenet-aux1": "googlenet --mode train --layer aux1",
    "resnet50": "resnet50",
    "resnet50-layer2": "resnet50 --layer layer2",
    "resnet50-layer2.0": "resnet50 --layer layer2.0",
    "resnet50-layer2.0.conv2": "resnet50 --layer layer2.0.conv2",
    "resnet50-depth": "resnet50 --quantity depth",
    "inception-v3-field": "inception-v3 --layer Mixed_6b --quantity receptive_field",
    "googlenet-inception4a.md": "googlenet --layer inception4a --format markdown",
    "googlenet-inception4a.tex": "googlenet --layer inception4a --format latex",
    "lenet5-c3.tex": "lenet5 --layer c3 --format latex",
    "lenet5-c1.json": "lenet5 --layer c1 --format json",
}


@pytest.mark.parametrize("name", GOLDEN)
def test_golden_text(
    name: str, golden: Callable[[str, str], None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", *GOLDEN[name].split()]) == 0
    suffix = "" if name.endswith((".md", ".tex", ".json")) else ".txt"
    golden(f"explain/{name}{suffix}", capsys.readouterr().out)


def pages(net: Network) -> Iterator[Explanation]:
    """The parts that are worth a page: down to two levels."""
    return (part for part in parts(explain(net)) if (part.layer or "").count(".") < 2)


PRINTED = ("lenet5", "alexnet", "vgg16", "googlenet", "resnet50", "inception-v3", "squeezenet1.0")


@pytest.mark.parametrize("model", PRINTED)
def test_every_equation_printed_is_true_of_its_digits(model: str) -> None:
    for part in pages(load(model)):
        for item in page(part).items:
            if isinstance(item, Line):
                digits = [step.text() for step in item.steps if step.form != "formula"]
                assert len({evaluate(text) for text in digits}) <= 1, (part, digits)


@pytest.mark.parametrize("model", PRINTED)
def test_printed_rows_add_up_to_the_printed_totals(model: str) -> None:
    for part in pages(load(model)):
        for item in page(part).items:
            if isinstance(item, Grid):
                for i, column in enumerate(item.columns):
                    cells = [row.cells[i] for row in item.rows if row.name != "sum"]
                    values = [evaluate(cell.value.text()) for cell in cells if cell.value]
                    for cell in cells:
                        if cell.working and cell.value:
                            assert evaluate(cell.working.text()) == evaluate(cell.value.text())
                    kind = next(k for k in KINDS.values() if k.title == column.title)
                    assert sum(values) == part.total(kind), (part, column)


def test_the_printed_column_itself_adds_up(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "googlenet", "--layer", "inception4a"]) == 0
    lines = capsys.readouterr().out.split("\n")
    end = next(i for i, line in enumerate(lines) if line.startswith("sum"))
    columns = zip(*(last_numbers(line) for line in lines[3:end] if "=" in line), strict=True)
    assert [sum(column) for column in columns] == last_numbers(lines[end])
    assert last_numbers(lines[end]) == [376_176, 73_608_192]


def last_numbers(line: str) -> list[int]:
    """Of each column of a row the value, behind `=` or by itself."""
    found = re.findall(r"(?:= +|   )([\d,]+)(?=  |$)", line)
    return [int(number.replace(",", "")) for number in found]


@pytest.mark.parametrize("width", [80, 100])
def test_lines_fit(width: int) -> None:
    for model in ("lenet5", "alexnet", "vgg16", "googlenet", "resnet50"):
        for part in pages(load(model)):
            for line in render(part, "text", width).split("\n"):
                assert len(line) <= width, line


def test_zero_says_why() -> None:
    text = str(explain(load("googlenet"), "inception4a"))
    (row,) = [line for line in text.split("\n") if line.startswith("pool.pool")]
    assert "max pooling has no weights" in row
    assert "only comparisons" in row
    relu = quantities(explain(load("resnet50"), "relu"))
    assert relu["macs"].value == 0
    assert relu["macs"].reason == "one comparison a value"


def test_what_is_stated_comes_last() -> None:
    part = explain(load("lenet5"), "c3")
    lines = render(part, stated=["somewhere: 1,516, exact", "elsewhere: 1,516, exact"]).split("\n")
    assert lines[-2:] == [
        "stated       somewhere: 1,516, exact",
        "             elsewhere: 1,516, exact",
    ]


# --- for programs ---------------------------------------------------------------------------------


def test_json_holds_the_tree_with_every_working() -> None:
    net = load("googlenet")
    tree = json.loads(render(explain(net), "json"))
    assert (tree["model"], tree["layer"]) == ("googlenet", None)
    stack, nodes = [tree], 0
    while stack:
        part = stack.pop()
        stack += part["children"]
        nodes += not part["children"]
        for quantity in part["quantities"]:
            assert re.fullmatch(r"[0-9 ()+\-·/]+", quantity["substituted"]), quantity
            assert evaluate(quantity["substituted"]) == quantity["value"]
    assert nodes == len(net)


def test_json_says_what_a_design_buys() -> None:
    tree = json.loads(render(explain(load("googlenet"), "inception4a"), "json"))
    by_rule: dict[str, list[Any]] = {}
    for comparison in tree["design"]:
        by_rule.setdefault(comparison["rule"], []).append(comparison)
    five = by_rule["1x1 reduction"][1]
    compared = {quantity["name"]: quantity for quantity in five["quantities"]}
    assert compared["macs"]["reference"]["value"] == 112_896_000
    assert compared["macs"]["chosen"]["value"] == 5_268_480
    assert round(compared["macs"]["ratio"], 2) == 21.43
    (module,) = by_rule["naive module"]
    assert sum(module["channels"].values()) == 928


def test_csv_has_a_row_a_quantity() -> None:
    rows = list(csv.DictReader(io.StringIO(render(explain(load("lenet5")), "csv"))))
    (c1,) = [row for row in rows if (row["layer"], row["name"]) == ("c1", "parameters")]
    assert (c1["substituted"], c1["value"]) == ("(5·5·1 + 1)·6", "156")


@pytest.mark.parametrize("layer", [None, "inception4a", "conv1", "inception4a.concat"])
def test_latex_is_balanced(layer: str | None) -> None:
    text = render(explain(load("googlenet"), layer), "latex")
    assert text.count(r"\begin{align*}") == text.count(r"\end{align*}") >= 1
    assert text.count(r"\left") == text.count(r"\right") > 0
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
    for block in re.findall(r"\\begin{align\*}\n(.*?)\n\\end{align\*}", text, re.DOTALL):
        for line in block.split("\n"):
            assert len(re.findall(r"(?<!\\)&", line)) == 1, line
        assert block.count("\\\\\n") == block.count("\n")
        assert "·" not in block


def test_a_line_of_latex_never_goes_on_with_another_equation() -> None:
    text = render(explain(load("lenet5"), "c3"), "latex")
    assert r"456 + 606 + 303 + 151 &= 456 + 909 + 151" in text
    assert r"\text{pairs} &= \text{maps}" in text


def test_html_is_escaped(tmp_path: Path) -> None:
    text = render(explain(load("lenet5"), "c1"), "html")
    assert "1x32x32 -&gt; 6x28x28" in text
    assert text.count("<pre>") == text.count("</pre>") == 1


# --- the interface --------------------------------------------------------------------------------


def test_explain_in_python() -> None:
    part = archcalc.explain(archcalc.load("lenet5"), "c1")
    assert str(part).startswith("lenet5 c1: conv2d 5x5, 1x32x32 -> 6x28x28")
    assert repr(part).startswith("<Explanation of lenet5 c1: shape, parameters, macs")
    assert part._repr_markdown_().startswith("### lenet5 c1")


def test_a_prefix_of_names_is_a_layer_too() -> None:
    net = load("resnet50")
    assert quantities(explain(net, "layer1.0"))["macs"].value == 231_211_008
    assert explain(net, "layer1").is_repetition


@pytest.mark.parametrize(
    ("layer", "quantity", "message"),
    [
        (
            "inception_4a",
            None,
            "googlenet has no layer 'inception_4a'; did you mean 'inception4a'",
        ),
        (
            "inception4a",
            "parameter",
            "no quantity 'parameter'; did you mean 'parameters' or 'memory_parameters'?",
        ),
        (None, "x", f"no quantity 'x'; one of {', '.join(KINDS)}"),
    ],
)
def test_mistakes(layer: str | None, quantity: str | None, message: str) -> None:
    with pytest.raises(ArchcalcError) as error:
        explain(load("googlenet"), layer, quantity)
    assert str(error.value).startswith(message)


def test_every_quantity_can_be_asked_for_by_itself(capsys: pytest.CaptureFixture[str]) -> None:
    for quantity in KINDS:
        for layer in ([], ["--layer", "c3"]):
            assert main(["explain", "lenet5", *layer, "--quantity", quantity]) == 0
            assert len(capsys.readouterr().out.split("\n")) > 1


def test_connections_are_usual_only_where_the_unit_means_something() -> None:
    assert "connections" in quantities(explain(load("lenet5")))
    assert "connections" not in quantities(explain(load("resnet50")))
    assert shown("vgg16", "fc8", "connections")[1] == "4096·1000 + 1000"


def test_a_chain_of_5000_layers(tmp_path: Path) -> None:
    item = conv("x", 4, 3, repeat=5_000)
    net = load(spec_file(tmp_path, item))
    root = explain(net)
    assert quantities(root)["parameters"].substituted == "112 + 4999·148"
    assert quantities(root)["depth"].value == 5_000
    assert "2 x" not in render(root)
    assert len(list(parts(root))) == 5_002
    assert "x.4999 3x3" in render(explain(net, None, "receptive_field"))


def test_residual_blocks_in_a_row_are_explained_in_no_time() -> None:
    assert "35 at stride 4 before it" in str(explain(load("resnet152"), "layer2"))


def value_of(net: Network, layer: str | None, quantity: str) -> Any:
    (found,) = explain(net, layer, quantity).quantities
    return found.value


def test_memory_and_intensity_are_worked_out_as_they_are_counted() -> None:
    net = load("lenet5", batch=2)
    # c1: 156 parameters, 32·32 in, 6·28·28 out, 4 bytes each; two samples.
    assert value_of(net, "c1", "memory_parameters") == 4 * 156
    assert value_of(net, "c1", "memory_outputs") == 4 * 2 * 4_704
    assert value_of(net, "c1", "moved_bytes") == 4 * 156 + 4 * 2 * (1_024 + 4_704)
    assert value_of(net, "c1", "memory_peak") == 4 * 2 * (1_024 + 4_704)
    intensity = Fraction(2 * 117_600, 4 * 156 + 4 * 2 * 5_728)
    assert value_of(net, "c1", "arithmetic_intensity") == intensity
    assert value_of(net, None, "memory_peak") == net.memory.peak
    assert value_of(net, None, "memory_outputs") == net.memory.outputs
    assert value_of(net, None, "arithmetic_intensity") == net.arithmetic_intensity


def test_other_operations_are_explained_by_kind() -> None:
    found = {q.name: q.value for q in explain(load("lenet5"), None, "operations").quantities}
    counted: dict[str, int] = {}
    for kinds in load("lenet5").operations.values():
        for kind, count in kinds.items():
            counted[f"operations_{kind}"] = counted.get(f"operations_{kind}", 0) + count
    assert found == {name: count for name, count in counted.items() if count}
    # The RBF's links and the subsampling's: 840, 4·1,176 and 4·400.
    assert found["operations_link"] == 840 + 4_704 + 1_600
