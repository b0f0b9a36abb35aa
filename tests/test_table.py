from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable

import pytest

from archcalc.errors import ArchcalcError
from archcalc.formats import render
from archcalc.network import load
from archcalc.tables.network_table import COLUMNS, network_table

KEYS = [
    "model", "family", "year", "input", "parameters", "macs", "flops", "activations", "depth",
    "receptive_field", "receptive_field_note", "title",
]  # fmt: skip


def test_text_groups_neighbours_by_family_and_year(golden: Callable[[str, str], None]) -> None:
    names = ["lenet5", "googlenet", "vgg16", "resnet101", "resnet50", "resnet50-v1.5"]
    text = render(network_table([load(name) for name in names]), "text")
    golden("table.txt", text)
    lines = text.splitlines()
    order = [line.split()[0] for line in lines if line.startswith("  ")]
    assert order == names
    assert [line for line in lines if line.startswith("ResNet")] == [
        "ResNet, 2015",
        "ResNet v1.5, 2017",
    ]


def test_json_has_the_contract_s_keys_and_exact_figures() -> None:
    (record,) = json.loads(render(network_table([load("lenet5")]), "json"))
    assert list(record) == KEYS
    assert record["parameters"] == 60_000  # LeCun et al. 1998, section II-B
    assert record["macs"] == 117_600 + 150_000 + 48_000 + 10_080
    assert record["flops"] == 2 * record["macs"]
    assert record["receptive_field"] == [32, 32]
    assert record["input"] == [1, 32, 32]


def test_batch_counts_every_sample_and_parameters_once() -> None:
    one, eight = (
        json.loads(render(network_table([load("lenet5", batch=b)]), "json"))[0] for b in (1, 8)
    )
    assert eight["macs"] == 8 * one["macs"]
    assert eight["activations"] == 8 * one["activations"]
    assert eight["parameters"] == one["parameters"]


def test_sorted_is_one_flat_list_largest_first() -> None:
    table = network_table([load(n) for n in ("lenet5", "vgg16", "resnet50")], sort="macs")
    assert [record["model"] for record in json.loads(render(table, "json"))] == [
        "vgg16", "resnet50", "lenet5",
    ]  # fmt: skip
    assert "family" in render(table, "text").splitlines()[1]


@pytest.mark.parametrize("key", COLUMNS)
def test_what_a_list_is_sorted_by_is_in_it(key: str) -> None:
    nets = [load("lenet5"), load("vgg16")]
    table = network_table(nets, sort=key, notes=False)
    header = render(table, "text", 80).splitlines()[1]
    assert COLUMNS[key].header in header.split("  ") + header.split()
    # LeNet-5 is first in no figure but its year's, which is smaller, and its buffers.
    names = [record["model"] for record in json.loads(render(table, "json"))]
    is_text = key in ("family", "model", "title")
    ties = ("buffers", "memory_buffers", "receptive_field_note", "receptive_field_trunk")
    assert (names[0] == "lenet5") == (is_text or key in ties)
    # Of columns that are asked for, none is added.
    asked = network_table(nets, columns=["macs"], sort=key)
    assert list(json.loads(render(asked, "json"))[0]) == ["model", "macs"]


def test_chosen_columns_in_every_format() -> None:
    table = network_table([load("lenet5")], columns=["model", "parameters"])
    assert json.loads(render(table, "json")) == [{"model": "lenet5", "parameters": 60_000}]
    assert list(csv.reader(io.StringIO(render(table, "csv")))) == [
        ["model", "parameters"],
        ["lenet5", "60000"],
    ]


def test_a_title_s_comma_moves_no_figure_for_readers_that_cut_at_every_comma() -> None:
    nets = [load("vgg16-1x1"), load("googlenet-naive")]
    for columns in ((), COLUMNS):
        header, *lines = render(network_table(nets, columns=columns), "csv").splitlines()
        place = header.split(",").index("macs")
        for net, line in zip(nets, lines, strict=True):
            assert "," in net.title
            assert line.split(",")[place] == str(net.macs)


def test_a_column_that_is_asked_for_is_there() -> None:
    """Also those that a heading says, that are for programs, or that leave a narrow table."""
    asked = ["title", "year", "flops", "activations"]
    table = network_table([load("lenet5")], columns=asked, notes=False)
    shown = render(table, "text", 20).splitlines()[-3:]
    assert [line.split() for line in shown] == [
        ["title", "year", "FLOPs", "activations"],
        ["LeNet,", "1998"],
        ["LeNet-5", "1998", "651K", "6.51K"],
    ]
    cells = render(table, "markdown").splitlines()[-1].split("|")
    assert [cell.strip() for cell in cells[1:-1]] == ["LeNet-5", "1998", "651K", "6.51K"]


def test_rows_are_named_whatever_is_asked_for() -> None:
    table = network_table([load("lenet5"), load("vgg16")], columns=["depth"])
    assert render(table, "csv") == "model,depth\nlenet5,5\nvgg16,16\n"


def test_an_unknown_column_is_suggested() -> None:
    with pytest.raises(ArchcalcError, match=r"no column .flop.; did you mean .flops.\?"):
        network_table([load("lenet5")], columns=["flop"])


def test_what_figures_hold_for_is_said() -> None:
    net = load("vgg16", batch=2, num_classes=10, bytes_per_number=2)
    assert net.conditions == "batch 2, eval mode, num_classes 10, 2 bytes a number"
    first = render(network_table([net, net]), "text").splitlines()[0]
    assert first == "2 networks, batch 2, eval mode, num_classes 10, 2 bytes a number"
    # Not said of all where it holds for some.
    assert render(network_table([net, load("vgg16")]), "text").splitlines()[0] == "2 networks"


def test_notes_say_what_is_counted() -> None:
    net = load("lenet5", bytes_per_number=2)
    columns = ["memory_parameters", "memory_peak", "memory_training"]
    text = " ".join(render(network_table([net], columns=columns), "text").split())
    assert "param bytes: 2 a parameter." in text
    assert "peak bytes: the most alive at once of the input and all outputs" in text
    assert "their gradients and what SGD with momentum keeps of each" in text
    adam = network_table([load("lenet5", optimizer="adam")], columns=["memory_training"])
    assert "what Adam keeps of each" in render(adam, "text").replace("\n", " ")
    # Of two networks, what was used of both.
    both = network_table([net, load("vgg16")], columns=columns[:1])
    assert "param bytes: 2 or 4 a parameter." in render(both, "text")


def test_exact_bytes_and_counts() -> None:
    columns = ["macs", "memory_parameters", "memory_outputs", "memory_peak", "memory_training"]
    net = load("lenet5")
    rounded = render(network_table([net], columns=columns), "text").splitlines()[3]
    assert " ".join(rounded.split()) == "lenet5 326K 234 KiB 63.2 KiB 36.8 KiB 825 KiB"
    exact = render(network_table([net], columns=columns, exact=True), "text").splitlines()[3]
    # Outputs: 2·(4,704 + 1,176 + 1,600 + 400 + 120 + 84) + 10 = 16,178 numbers; most at once: c1
    # and its tanh, 2·4,704; training: 3·240,000, 4·840 of RBF prototypes, and 121,040 as saved.
    found = " ".join(exact.split())
    assert found == "lenet5 325,680 240,000 B 64,712 B 37,632 B 844,400 B"


def test_operations_and_bytes_moved_of_a_network() -> None:
    columns = ["operations", "moved_bytes"]
    (record,) = json.loads(render(network_table([load("lenet5")], columns=columns), "json"))
    # A bias and a tanh a value of c1, s2, c3, s4, c5 and f6: 4,704 + 1,176 + 1,600 + 400 + 120 + 84
    assert record["operations"]["bias"] == record["operations"]["tanh"] == 8_084
    # Parameters, and of each layer its input and output; a tanh moves its layer's output twice.
    moved = 60_000 + 8_084 * 2 + (
        (1_024 + 4_704) + (4_704 + 1_176) + (1_176 + 1_600) + (1_600 + 400) + (400 + 120)
        + (120 + 84) + (84 + 10)
    )  # fmt: skip
    assert record["moved_bytes"] == 4 * moved


def test_what_has_no_receptive_field_says_why() -> None:
    nets = [load("lenet5"), load("fractalnet20-cifar")]
    for record in json.loads(render(network_table(nets), "json")):
        assert (record["receptive_field"] is None) == (record["receptive_field_note"] is not None)


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("sort", ["", "macs"])
@pytest.mark.parametrize("width", [80, 100])
def test_every_width_fits(width: int, sort: str, exact: bool) -> None:
    names = ["resnet110-stochastic-depth-cifar", "resnet152", "densenet-bc-190-k40", "vgg19"]
    table = network_table([load(name) for name in names], sort=sort, exact=exact)
    assert max(map(len, render(table, "text", width).splitlines())) <= width


def test_a_sorted_list_says_what_is_not_shown() -> None:
    names = ["resnet110-stochastic-depth-cifar", "resnet152", "densenet-bc-190-k40"]
    nets = [load(name) for name in names]
    lines = render(network_table(nets, sort="macs", exact=True), "text").splitlines()
    assert "not shown at this width: family, flops, activations" in lines
    # What it is sorted by stays.
    first = render(network_table(nets, sort="flops", exact=True), "text").splitlines()[1]
    assert "FLOPs" in first


@pytest.mark.parametrize("format", ["markdown", "latex", "html"])
def test_documents_are_told_what_figures_hold_for(format: str) -> None:
    text = render(network_table([load("lenet5", batch=8)]), format)
    assert "1 network, batch 8, eval mode" in text
    assert "FLOPs = 2 x MACs." in text
