"""Every built-in network is what its paper says: its outline, written from there, knows."""

from __future__ import annotations

import random
import re
from pathlib import Path

import pytest

from archcalc.language.expand import expand
from archcalc.language.read import read
from archcalc.language.strict_json import read_file
from archcalc.names import catalog
from tests.mutations import changes, spec_files
from tests.outline import differences, outline, outlines
from tests.sabotage import judge

NETWORKS = catalog.specs_folder() / "networks"
FILES = sorted(NETWORKS.glob("*.json"))


def built_in() -> list[str]:
    return [name for file, names in spec_files().items() if file in FILES for name in sorted(names)]


def test_every_network_has_an_outline():
    assert sorted(outlines()) == sorted(built_in())


@pytest.mark.parametrize("train", [False, True], ids=["eval", "train"])
@pytest.mark.parametrize("name", built_in())
def test_a_network_is_what_its_paper_says(name: str, train: bool) -> None:
    spec, preset = catalog.find(name)
    graph = expand(spec, preset, arguments={}, train=train)
    assert differences(graph, outline(name), train=train) == []


def turned(match: re.Match[str]) -> str:
    return "[7, 1]" if match[0] == "[1, 7]" else "[1, 7]"


SABOTAGES = [
    ("1x7 and 7x1 swapped", "inception-v3", r"\[1, 7\]|\[7, 1\]", turned),
    ("average pools made max", "inception-v3",
     '"avg_pool2d", "kernel_size": 3', '"max_pool2d", "kernel_size": 3'),
    ("a pool made average", "nasnet-a-mobile", '"op": "max_pool2d"', '"op": "avg_pool2d"'),
    ("the mean made a sum", "fractalnet20-cifar",
     '"mean", "when": "columns > 1", "drop_path": "drop_path"', '"add", "when": "columns > 1"'),
    ("another amplitude of tanh", "lenet5", "1.7159", "1"),
    ("another factor of a residual", "inception-resnet-v1", '"factor": 0.17', '"factor": 0.1'),
    ("a relu left out", "wrn-28-10",
     '"name": "inner", "block": "activation"', '"name": "inner", "op": "batch_norm"'),
    ("branches in another order", "squeezenet1.0",
     r'("expand1x1": .*),\n *("expand3x3": .*)\n', r"\2,\n\1\n"),
    ("the first head one module later", "googlenet",
     r'( *{"name": "aux1".*\n)( *{"name": "inception4b".*\n)', r"\2\1"),
    ("the response norm left out", "vgg11-lrn", r', "lrn": true', ""),
]  # fmt: skip
"""Faults that keep every total of parameters: what is wrong, a network, what stands for what."""


@pytest.mark.parametrize(("name", "old", "new"), [row[1:] for row in SABOTAGES],
                         ids=[row[0] for row in SABOTAGES])  # fmt: skip
def test_a_fault_that_keeps_the_totals_is_noticed(name, old, new, tmp_path):
    true, _ = catalog.find(name)
    (file,) = (file for file, names in spec_files().items() if name in names)
    wrong, count = re.subn(old, new, file.read_text("utf-8"))
    assert count
    copy = tmp_path / file.name
    copy.write_text(wrong)
    spec = read(copy)
    graphs = [expand(s, s.presets[name], arguments={}, train=True) for s in (true, spec)]
    right, now = (
        sum(node.op.parameters(*node.input_shapes) for node in graph.nodes) for graph in graphs
    )
    assert now == right
    assert differences(graphs[1], outline(name), train=True)


def test_a_difference_names_the_layer_and_what_the_paper_has():
    spec, preset = catalog.find("squeezenet1.0")
    graph = expand(spec, preset, arguments={"border": 1}, train=False)
    first, *_ = found = differences(graph, outline("squeezenet1.0"))
    assert first == "the graph has conv10.conv2d: conv2d 1x1 pad 1"
    assert "the outline has layer 62: conv 1x1 1000" in found


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_a_change_of_one_place_is_noticed_or_idle(file: Path) -> None:
    """A sample: `bench/sabotage.py` tries every change of every spec."""
    tree = read_file(file)
    found = random.Random(0).sample(list(changes(tree)), 60)
    outcomes = [judge(file, tree, change) for change in found]
    missed = [c for c, outcome in zip(found, outcomes, strict=True) if outcome == "not noticed"]
    assert all(change.said.endswith("swapped") for change in missed)
    assert "noticed" in outcomes


def test_the_order_of_a_sums_inputs_is_all_that_is_not_noticed():
    file = NETWORKS / "inception-resnet.json"
    tree = read_file(file)
    (change,) = (
        c for c in changes(tree) if str(c) == "blocks.residual.layers.2.inputs: 0 and 1 swapped"
    )
    assert judge(file, tree, change) == "not noticed"
