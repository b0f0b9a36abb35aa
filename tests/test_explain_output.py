"""What explain prints, for people and for programs."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from archcalc.cli import main
from archcalc.explanation import QUANTITIES, Explanation, explain
from archcalc.explanation.formats import Explained
from archcalc.explanation.pages import page_of
from archcalc.explanation.pages.page import Grid, Line
from archcalc.explanation.pages.rows import brief
from archcalc.formats import render
from archcalc.network import Network, load
from tests.arithmetic import evaluate
from tests.explaining import parts, quantities

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
        for item in page_of(part).items:
            if isinstance(item, Line):
                digits = [side.text for side in item.sides if side.form != "formula"]
                assert len({evaluate(text) for text in digits}) <= 1, (part, digits)


@pytest.mark.parametrize("model", PRINTED)
def test_printed_rows_add_up_to_the_printed_totals(model: str) -> None:
    for part in pages(load(model)):
        for item in page_of(part).items:
            if isinstance(item, Grid):
                for i, column in enumerate(item.columns):
                    cells = [row.cells[i] for row in item.rows if row.name != "sum"]
                    values = [evaluate(cell.value.text) for cell in cells if cell.value]
                    for cell in cells:
                        if cell.working and cell.value:
                            assert evaluate(cell.working.text) == evaluate(cell.value.text)
                    kind = next(k for k in QUANTITIES.values() if k.title == column.title)
                    assert sum(values) == getattr(part.part, kind.name), (part, column)


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
            for line in part.render("text", width).split("\n"):
                assert len(line) <= width, line


@pytest.mark.parametrize("quantity", QUANTITIES)
def test_lines_of_every_quantity_fit(quantity: str) -> None:
    for model, layers in (
        ("lenet5", [None, "s2_squash", "c3", "f6"]),
        ("googlenet", [None, "inception4a", "conv1", "fc"]),
    ):
        for layer in layers:
            text = str(explain(load(model), layer, quantity))
            assert max(map(len, text.split("\n"))) <= 100, text
    assert len(QUANTITIES[quantity].title) <= 12, "it would push the column of all labels"


def test_flops_are_twice_the_macs_when_asked_for() -> None:
    (found,) = explain(load("lenet5"), "c1", "flops").workings
    assert (found.substituted, found.value) == ("2·(28·28·6)·(5·5·1)", 235_200)
    (found,) = explain(load("lenet5"), None, "flops").workings
    assert found.value == 651_360
    assert "flops" not in quantities(explain(load("lenet5"), "c1"))


def test_a_design_is_spoken_of_only_where_it_is_asked_about() -> None:
    net = load("lenet5")
    for quantity in QUANTITIES:
        text = str(explain(net, "c3", quantity))
        assert ("60 of the" in text) == (quantity in ("parameters", "macs", "connections"))


def test_a_fraction_that_says_nothing_is_not_printed_twice() -> None:
    net = load("lenet5")
    text = str(explain(net, None, "arithmetic_intensity"))
    # 8,142/9,337 in lowest terms.
    assert text.endswith("MACs/bytes moved = 325,680/373,480, about 0.872")
    latex = explain(net, None, "arithmetic_intensity").render("latex")
    assert r"\frac{325{,}680}{373{,}480} \\" in latex
    assert r"&\approx 0.872" in latex
    kept = str(explain(load("resnet110-stochastic-depth-cifar"), None, "surviving_paths"))
    assert kept.endswith("= 161/4, about 40.3")


def test_a_number_computed_of_sizes_has_commas_and_a_size_has_none() -> None:
    net = load("alexnet")
    assert "(9,216 + 1)·4096 = 37,752,832" in str(explain(net, "fc6"))  # 256·6·6
    assert "(4096 + 1)·4096 = 16,781,312" in str(explain(net, "fc7"))  # fc6's out_features
    assert "(2048 + 1)·1000 = 2,049,000" in str(explain(load("resnet50"), "fc"))  # 2048·1·1


def test_a_cell_keeps_a_reason_whole_up_to_what_is_said_beside_it() -> None:
    reason = "an exponential, an addition and a division a value"
    assert brief(reason) == brief(f"{reason}; counted apart") == reason


def test_zero_says_why() -> None:
    text = str(explain(load("googlenet"), "inception4a"))
    (row,) = [line for line in text.split("\n") if line.startswith("pool.pool")]
    assert "max pooling has no weights" in row
    assert "only comparisons" in row
    relu = quantities(explain(load("resnet50"), "relu"))
    assert relu["macs"].value == 0
    assert relu["macs"].reason == "one comparison a value"


def test_what_else_is_said_comes_last() -> None:
    part = explain(load("lenet5"), "c3")
    lines = render(
        Explained(part, [("source", "somewhere"), ("note", "of its kind")]), "text"
    ).split("\n")
    assert lines[-2:] == ["source       somewhere", "note         of its kind"]


# --- for programs ---------------------------------------------------------------------------------


def test_json_holds_the_tree_with_every_working() -> None:
    net = load("googlenet")
    tree = json.loads(explain(net).render("json"))
    assert (tree["model"], tree["layer"]) == ("googlenet", None)
    stack, nodes = [tree], 0
    while stack:
        part = stack.pop()
        stack += part["children"]
        nodes += not part["children"]
        for quantity in part["quantities"]:
            if quantity["value"] is None:
                assert quantity["reason"], quantity
                continue
            assert re.fullmatch(r"([0-9 ()+\-·/,]|min|max)+", quantity["substituted"]), quantity
            assert evaluate(quantity["substituted"]) == quantity["value"]
    assert nodes == len(net)


def test_json_says_what_a_design_buys() -> None:
    tree = json.loads(explain(load("googlenet"), "inception4a").render("json"))
    by_rule: dict[str, list[Any]] = {}
    for saving in tree["design"]:
        by_rule.setdefault(saving["rule"], []).append(saving)
    five = by_rule["1x1 reduction"][1]
    compared = {quantity["name"]: quantity for quantity in five["quantities"]}
    assert compared["macs"]["reference"]["value"] == 112_896_000
    assert compared["macs"]["chosen"]["value"] == 5_268_480
    assert round(compared["macs"]["ratio"], 2) == 21.43
    (module,) = by_rule["naive module"]
    assert sum(module["channels"].values()) == 928


def test_json_has_no_design_where_it_is_not_asked_about() -> None:
    net = load("googlenet")
    assert json.loads(explain(net, None, "memory_peak").render("json"))["design"] == []
    tree = json.loads(explain(net, "inception4a", ["macs", "memory_training"]).render("json"))
    assert len(tree["design"]) == 3
    assert [quantity["name"] for quantity in tree["quantities"]] == ["macs", "memory_training"]
    assert tree["quantities"][1]["note"].startswith("parameters, gradients and momentum")


def test_several_quantities_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "lenet5", "--layer", "c1", "--quantity", "activations, macs"]) == 0
    assert [line.split()[0] for line in capsys.readouterr().out.split("\n")[1:3]] == [
        "MACs",
        "activations",
    ]
    assert main(["explain", "lenet5", "--layer", "c1", "--quantity", "all"]) == 0
    assert "train bytes  3·parameter bytes" in capsys.readouterr().out
    assert main(["explain", "lenet5", "--quantity", "macs,"]) == 2
    assert capsys.readouterr().err.startswith("archcalc: no quantity ''; one of shape, ")


def test_csv_has_a_row_a_quantity() -> None:
    rows = list(csv.DictReader(io.StringIO(explain(load("lenet5")).render("csv"))))
    (c1,) = [row for row in rows if (row["layer"], row["name"]) == ("c1", "parameters")]
    assert (c1["substituted"], c1["value"]) == ("(5·5·1 + 1)·6", "156")
    assert (c1["op"], c1["block"]) == ("conv2d", "")
    of_a_group = explain(load("googlenet"), "inception4a", "macs").render("csv")
    group, *_, concat = csv.DictReader(io.StringIO(of_a_group))
    assert (group["op"], group["block"]) == ("", "inception")
    assert (concat["op"], concat["block"]) == ("concat", "")


@pytest.mark.parametrize("layer", [None, "inception4a", "conv1", "inception4a.concat"])
def test_latex_is_balanced(layer: str | None) -> None:
    text = explain(load("googlenet"), layer).render("latex")
    assert text.count(r"\begin{align*}") == text.count(r"\end{align*}") >= 1
    assert text.count(r"\left") == text.count(r"\right") > 0
    assert text.count("{") - text.count(r"\{") == text.count("}") - text.count(r"\}")
    for block in re.findall(r"\\begin{align\*}\n(.*?)\n\\end{align\*}", text, re.DOTALL):
        for line in block.split("\n"):
            assert len(re.findall(r"(?<!\\)&", line)) == 1, line
        assert block.count("\\\\\n") == block.count("\n")
        assert "·" not in block


def test_in_latex_words_without_arithmetic_are_a_paragraph_under_their_label() -> None:
    text = explain(load("lenet5"), "c3", "macs").render("latex")
    assert "\n\n" + r"\textit{share:} 46.1\% of lenet5's 325,680 MACs" + "\n\n" in text


def test_a_line_of_latex_never_goes_on_with_another_equation() -> None:
    text = explain(load("lenet5"), "c3").render("latex")
    assert r"456 + 606 + 303 + 151 &= 456 + 909 + 151" in text
    assert r"\text{pairs} &= \text{maps}" in text


def test_latex_sets_every_character(tmp_path: Path) -> None:
    """In its first font encoding LaTeX sets a bare < as an exclamation mark upside down."""
    tree = {
        "title": "a < b > c | d", "year": 2020, "source": "S", "input": [2, 4, 4],
        "layers": [{"name": "c", "op": "conv2d", "out_channels": 4, "kernel_size": 3}],
    }  # fmt: skip
    path = tmp_path / "odd.json"
    path.write_text(json.dumps(tree))
    first, _, second, *_ = explain(load(str(path))).render("latex").split("\n")
    assert first == r"% needs \usepackage{amsmath}"
    assert second.startswith(r"\textbf{odd: a $<$ b $>$ c \textbar{} d, 2x4x4 $\to$ ")


def test_a_comma_in_a_large_number_takes_no_room_of_its_own() -> None:
    net = load("resnet110-stochastic-depth-cifar", mode="train")
    latex = explain(net, None, "expected_macs").render("latex")
    assert r"\frac{565{,}856{,}128}{3} \approx 188{,}618{,}709" in latex


def test_html_is_escaped(tmp_path: Path) -> None:
    text = explain(load("lenet5"), "c1").render("html")
    assert "1x32x32 -&gt; 6x28x28" in text
    assert text.count("<pre>") == text.count("</pre>") == 1


@pytest.mark.parametrize("times", [1, 2])
def test_many_layers_that_only_arrange_numbers_are_one_row(
    times: int, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """As attention of an imported module has them; three are a row each, six are one."""
    arranging = [
        {"op": "permute", "order": [1, 0]},
        {"op": "flatten"},
        {"op": "reshape", "shape": [3, 4]},
    ] * times
    linear = {"op": "linear", "out_features": 4}
    group = {"name": "g", "layers": [linear, *arranging, linear]}
    file = tmp_path / "own.json"
    file.write_text(json.dumps({"input": [3, 4], "layers": [group]}))
    assert main(["explain", str(file), "--layer", "g", "--quantity", "parameters"]) == 0
    rows = [line.split("  ")[0] for line in capsys.readouterr().out.splitlines()]
    middle = ["permute", "flatten", "reshape"] if times == 1 else ["6 layers"]
    first = rows.index("linear")
    assert rows[first : first + len(middle) + 2] == ["linear", *middle, "linear_2"]
