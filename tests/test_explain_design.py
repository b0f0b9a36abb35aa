"""What explain says that a design buys, by rules that know no network."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from archcalc import explanation
from archcalc.explanation import explain
from archcalc.explanation.design import naive_module, savings
from archcalc.names import catalog
from archcalc.network import load
from tests.explaining import conv, spec_file


def macs(readings: Any) -> int:
    return sum(reading.macs.value for reading in readings)


def test_the_5x5_of_inception4a_costs_21_times_less_behind_its_1x1() -> None:
    net = load("googlenet")
    found = {c.kernels[0].name: c for c in savings(net, net["inception4a"].nodes)}
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
    assert savings(net, net.layers) == []
    assert naive_module(net, net["inception4a"].nodes) is None


def test_a_bottleneck_against_its_kernel_at_full_width() -> None:
    net = load("resnet50")
    (found,) = savings(net, net["layer2.1"].nodes)
    assert [node.name[-5:] for node in found.nodes] == ["conv1", "conv2", "conv3"]
    assert macs(found.reference) == 28 * 28 * 512 * 3 * 3 * 512
    assert macs(found.chosen) == net["layer2.1"].macs


def test_a_squeeze_before_two_kernels_is_compared_with_both_applied_directly() -> None:
    net = load("squeezenet1.0")
    (found,) = savings(net, net["fire2"].nodes)
    assert macs(found.reference) == 55 * 55 * 64 * (1 * 1 * 96 + 3 * 3 * 96)


def test_groups_and_a_table_against_none() -> None:
    alexnet, lenet = load("alexnet"), load("lenet5")
    (groups,) = savings(alexnet, alexnet["conv2"].nodes)
    assert groups.reference[0].parameters.value == (5 * 5 * 96 + 1) * 256 == 614_656
    (table,) = savings(lenet, lenet["c3"].nodes)
    assert table.reference[0].parameters.value == (5 * 5 * 6 + 1) * 16 == 2_416
    text = str(explain(lenet, "c3"))
    assert "(5·5·6 + 1)·16 = 2,416 parameters; the table has 37.3% fewer" in text
    assert "it reads 60 of the 16·6 = 96 pairs of maps" in text


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
    rules = {saving.rule for saving in savings(net, net.layers)}
    assert "1x1 reduction" not in rules, why


def test_a_reduction_is_found_past_element_wise_ops(tmp_path: Path) -> None:
    layers = [conv("a", 2, 1), {"op": "batch_norm"}, {"op": "relu"}, conv("b", 8, 3)]
    net = load(spec_file(tmp_path, *layers))
    (found,) = savings(net, net.layers)
    assert (macs(found.reference), macs(found.chosen)) == (
        8 * 8 * 8 * 9 * 3,
        8 * 8 * 2 * 3 + 8 * 8 * 8 * 9 * 2,
    )


def test_shared_parameters_are_not_compared_but_what_is_done_with_them_is(tmp_path: Path) -> None:
    layers = [conv("a", 2, 1), conv("b", 3, 3), conv("c", 2, 1), conv("d", 3, 3, weights="b")]
    net = load(spec_file(tmp_path, *layers))
    first, second = savings(net, net.layers)
    assert macs(first.chosen) == macs(second.chosen) == 8 * 8 * (2 * 3 + 3 * 9 * 2)
    tree = json.loads(explain(net).render("json"))
    compared = [[q["name"] for q in found["quantities"]] for found in tree["design"]]
    assert compared == [["parameters", "macs"], ["macs"]]
    assert "2 times      direct" in str(explain(net))
    parameters = str(explain(net, None, "parameters"))
    assert "b            direct   (3·3·3 + 1)·3 = 84" in parameters
    assert "d            direct" not in parameters
    assert "none: uses the parameters of b" in str(explain(net, "d"))


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
