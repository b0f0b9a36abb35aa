"""docs/spec-format.md: every example is read and counted as the page says."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path
from typing import Any

import pytest

from archcalc.language.expand import expand
from archcalc.language.read import from_json
from archcalc.network import Network

TEXT = (Path(__file__).parent.parent / "docs" / "spec-format.md").read_text(encoding="utf-8")
EXAMPLES = [json.loads(text) for text in re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)]


def network(tree: dict[str, object], name: str) -> Network:
    spec = from_json(tree, "spec-format.md", name)
    return Network(name, spec.presets[name], expand(spec, spec.presets[name]))


def test_the_page_has_examples() -> None:
    assert [tree["title"] for tree in EXAMPLES] == [
        "A small chain",
        "A small residual family",
        "A small Inception module",
        "An image and some features",
        "A small detector",
        "A sentence classifier",
    ]


def test_the_chain() -> None:
    net = network(EXAMPLES[0], "chain")
    # (3·3·3 + 1)·8 and (8·16·16 + 1)·10 parameters; 32·32·8·27 and 2048·10 multiply-adds.
    assert net.parameters == 224 + 20_490
    assert net.macs == 221_184 + 20_480
    assert [node.name for node in net.layers] == ["conv1", "relu", "pool1", "fc"]


def test_the_family() -> None:
    small = network(EXAMPLES[1], "small-8")
    # By hand: conv1 3·9·16 = 432; stage1 2·(9·16·16 + 32) = 4,672; stage2 9·16·32 + 64 + 9·32·32
    # + 64 + 16·32 = 14,464; stage3 9·32·64 + 128 + 9·64·64 + 128 + 32·64 = 57,600; fc 65·10.
    assert small.parameters == 432 + 4_672 + 14_464 + 57_600 + 650
    assert [n.name for n in small.layers if n.name.startswith("stage1")] == [
        "stage1.0.conv1", "stage1.0.bn1", "stage1.0.relu", "stage1.0.conv2", "stage1.0.bn2",
        "stage1.0.add", "stage1.0.relu_2",
    ]  # fmt: skip
    deeper = network(EXAMPLES[1], "small-14")
    # Each stage has one more unit without a projection: 2·(9·c·c + 2·c) for c = 16, 32, 64.
    assert deeper.parameters - small.parameters == 4_672 + 18_560 + 73_984
    assert deeper.depth == small.depth + 6


def test_the_block_of_the_family_also_halves_a_map_of_the_same_channels() -> None:
    tree: dict[str, Any] = copy.deepcopy(EXAMPLES[1])
    tree["layers"][2]["channels"] = 16
    # stage2 with a projection 1x1, 16 to 16, where the page has 16 to 32.
    assert network(tree, "small-8")["stage2.0.project"].parameters == 16 * 16


def test_the_branches() -> None:
    net = network(EXAMPLES[2], "module")
    assert [node.name for node in net.layers] == [
        "mixed.1x1.conv2d", "mixed.5x5.reduce", "mixed.5x5.conv", "mixed.concat",
    ]  # fmt: skip
    assert net["mixed"].shape == (16 + 8 + 64, 14, 14)
    assert net.parameters == 1_040 + 260 + 808


def test_the_inputs() -> None:
    net = network(EXAMPLES[3], "pair")
    assert net.input.sizes == {"image": [3, 32, 32], "features": [5]}
    # (3·3·3 + 1)·8, then 8 means and 5 features: (13 + 1)·10.
    assert net.parameters == 224 + 140


def test_the_outputs() -> None:
    net = network(EXAMPLES[4], "detector")
    assert net.graph.output_names == {"scores": "softmax", "boxes": "boxes"}
    # (3·3·3 + 1)·8 of the trunk, (8 + 1)·2 and (8 + 1)·4 of the heads.
    assert net.parameters == 224 + 18 + 36


def test_the_sequence() -> None:
    net = network(EXAMPLES[5], "sentence")
    # 1000·16 and 50·16, 4·(16 + 1)·16 of the projections, (3·16 + 1)·32 and (32 + 1)·2.
    assert net.parameters == 16_000 + 800 + 1_088 + 1_568 + 66
    # 4·50·16·16 and 2·50·50·16, then 48 places of 32 outputs of 3·16, and 64.
    assert net.macs == 51_200 + 80_000 + 73_728 + 64
    assert net["ngrams"].shape == (48, 32)


@pytest.mark.parametrize("tree", EXAMPLES, ids=lambda tree: tree["title"])
def test_pytorch_agrees(tree: dict[str, object]) -> None:
    from archcalc.verification import verify

    name = next(iter(tree.get("presets", {"net": {}})))  # type: ignore[call-overload]
    assert verify(network(tree, name)).agrees
