from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest

from archcalc.errors import ArchcalcError
from archcalc.formats import render
from archcalc.network import load
from archcalc.table import comparison

KEYS = [
    "model", "family", "title", "year", "input", "parameters", "macs", "flops", "activations",
    "depth", "receptive_field",
]  # fmt: skip


def test_text_groups_by_year_and_family(golden: Callable[[str, str], None]) -> None:
    names = ["resnet101", "resnet50-v1.5", "lenet5", "vgg16", "resnet50", "googlenet"]
    text = render(comparison([load(name) for name in names]), "text")
    golden("table.txt", text)
    lines = text.splitlines()
    # Years in order, and inside a family digits count as numbers: 50 before 101.
    order = [line.split()[0] for line in lines if line.startswith("  ")]
    assert order == ["lenet5", "googlenet", "vgg16", "resnet50", "resnet101", "resnet50-v1.5"]


def test_json_has_the_contract_s_keys_and_exact_figures() -> None:
    (record,) = json.loads(render(comparison([load("lenet5")]), "json"))
    assert list(record) == KEYS
    assert record["parameters"] == 60_000  # LeCun et al. 1998, section II-B
    assert record["macs"] == 117_600 + 150_000 + 48_000 + 10_080
    assert record["flops"] == 2 * record["macs"]
    assert record["receptive_field"] == [32, 32]
    assert record["input"] == [1, 32, 32]


def test_batch_counts_every_sample_and_parameters_once() -> None:
    one, eight = (
        json.loads(render(comparison([load("lenet5", batch=b)]), "json"))[0] for b in (1, 8)
    )
    assert eight["macs"] == 8 * one["macs"]
    assert eight["activations"] == 8 * one["activations"]
    assert eight["parameters"] == one["parameters"]


def test_sorted_is_one_flat_list_largest_first() -> None:
    table = comparison([load(n) for n in ("lenet5", "vgg16", "resnet50")], sort="macs")
    assert [record["model"] for record in json.loads(render(table, "json"))] == [
        "vgg16", "resnet50", "lenet5",
    ]  # fmt: skip
    assert "family" in render(table, "text").splitlines()[1]


def test_chosen_columns_in_every_format() -> None:
    table = comparison([load("lenet5")], columns=["model", "parameters"])
    assert json.loads(render(table, "json")) == [{"model": "lenet5", "parameters": 60_000}]
    assert list(csv.reader(io.StringIO(render(table, "csv")))) == [
        ["model", "parameters"],
        ["lenet5", "60000"],
    ]


def test_a_column_that_is_asked_for_is_there() -> None:
    """Also those that a heading says, that are for programs, or that leave a narrow table."""
    asked = ["title", "year", "flops", "activations"]
    table = comparison([load("lenet5")], columns=asked, notes=False)
    shown = render(table, "text", 20).splitlines()[1:]
    assert [line.split() for line in shown] == [
        ["title", "year", "FLOPs", "activations"],
        ["LeNet,", "1998"],
        ["LeNet-5", "1998", "651K", "6.51K"],
    ]
    assert render(table, "markdown").splitlines()[2] == "| LeNet-5 | 1998 | 651K | 6.51K |"


def test_rows_are_named_whatever_is_asked_for() -> None:
    table = comparison([load("lenet5"), load("vgg16")], columns=["depth"])
    assert render(table, "csv") == "model,depth\nlenet5,5\nvgg16,16\n"


def test_an_unknown_column_is_suggested() -> None:
    with pytest.raises(ArchcalcError, match=r"no column .flop.; did you mean .flops.\?"):
        comparison([load("lenet5")], columns=["flop"])


def test_what_figures_hold_for_is_said() -> None:
    net = load("vgg16", batch=2, num_classes=10, bytes_per_number=2)
    assert net.conditions == "batch 2, eval mode, num_classes 10, 2 bytes a number"
    first = render(comparison([net, net]), "text").splitlines()[0]
    assert first == "2 networks, batch 2, eval mode, num_classes 10, 2 bytes a number"
    # Not said of all where it holds for some.
    assert render(comparison([net, load("vgg16")]), "text").splitlines()[0] == "2 networks"
