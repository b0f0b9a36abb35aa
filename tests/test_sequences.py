"""Sequences, CxL or LxC by what reads them, and windows of one and three axes."""

from __future__ import annotations

from typing import Any

import pytest

from archcalc.analysis.receptive_field.propagation import receptive_fields
from archcalc.analysis.receptive_field.seen import ReceptiveField
from archcalc.network import Network
from archcalc.shape import Shape, Signal, Tokens
from archcalc.verification import verify
from tests.spec_files import RELU, Tree, block, graph, message, spec

EMBED = {"op": "embedding", "num_embeddings": 50, "embedding_dim": 6}
CONV = {"op": "conv1d", "out_channels": 8, "kernel_size": 3}


def shapes(*layers: Tree, **keys: Any) -> list[Shape]:
    return [node.shape for node in graph(spec(*layers, **keys)).nodes]


def sizes(*layers: Tree, **keys: Any) -> list[int]:
    """What an output position sees along the axes of positions, of the last layer."""
    net = graph(spec(*layers, **keys))
    seen = receptive_fields(net)[net.nodes[-1].name]
    assert isinstance(seen, ReceptiveField)
    return seen.size


def test_a_convolution_reads_channels_first_unless_it_reads_tokens() -> None:
    assert shapes(CONV, input=[20, 30]) == [(8, 28)]
    assert shapes(EMBED, CONV, input=[20]) == [(20, 6), (18, 8)]
    assert shapes(CONV | {"axis": 0}, input=[20, 30]) == [(18, 8)]
    turned = {"op": "permute", "order": [1, 0]}
    assert shapes(EMBED, turned, CONV, input=[20]) == [(20, 6), (6, 20), (8, 18)]


def test_what_is_known_of_a_sequence_stays_known() -> None:
    embedded = shapes(EMBED, RELU, {"op": "linear", "out_features": 3}, {"op": "layer_norm"},
                      input=[20])  # fmt: skip
    assert [type(x) for x in embedded] == [Tokens] * 4
    slid = shapes(CONV, RELU, {"op": "max_pool1d", "kernel_size": 2}, input=[20, 30])
    assert [type(x) for x in slid] == [Signal] * 3


def test_a_block_and_an_item_are_kept_apart_for_equal_sizes_of_another_order() -> None:
    """[8, 8] as tokens and as a signal: the one convolution takes its places along axis 0."""
    unit = block(CONV | {"kernel_size": 3})
    tokens = {"name": "a", "layers": [EMBED | {"embedding_dim": 8}, {"block": "unit"}]}
    signal = {"name": "b", "inputs": "signal", "layers": [{"block": "unit"}]}
    found = graph(spec(tokens, signal, input={"ids": [8], "signal": [8, 8]}, blocks={"unit": unit}))
    assert found.shapes["a.conv1d"] == (6, 8)
    assert found.shapes["b.conv1d"] == (8, 6)


@pytest.mark.parametrize("op", ["batch_norm", "instance_norm", "group_norm", "pad"])
def test_tokens_are_not_read_as_channels(op: str) -> None:
    fields = {"group_norm": {"num_groups": 2}, "pad": {"length": 1}}.get(op, {})
    said = message(spec(EMBED, {"op": op, **fields}, input=[20]))
    assert f"{op} reads channels first, and 20x6 has its positions first; permute it by" in said


def test_receptive_fields_along_one_axis() -> None:
    """Six kernels of 3 with dilations 1, 2, 3, 1, 2, 3 see 1 + 2·12 positions."""
    dilated = [CONV | {"dilation": d} for d in (1, 2, 3, 1, 2, 3)]
    assert sizes(*dilated, input=[1, 100]) == [25]
    assert sizes(EMBED, *dilated, input=[100]) == [25]
    assert sizes(EMBED, {"op": "avg_pool1d", "kernel_size": 4}, CONV, input=[100]) == [12]
    over = {"op": "linear", "out_features": 5}
    assert sizes(CONV, over, input=[1, 20]) == [20]  # each output reads all 18 positions


def test_receptive_fields_along_three_axes() -> None:
    conv = {"op": "conv3d", "out_channels": 2, "kernel_size": [1, 3, 5]}
    pool = {"op": "max_pool3d", "kernel_size": [2, 2, 1]}
    assert sizes(conv, pool, conv, input=[1, 8, 16, 16]) == [2, 3 + 1 + 2 * 2, 5 + 4]


def test_padding_by_a_word_of_one_and_three_axes() -> None:
    even = CONV | {"kernel_size": 4, "padding": "same"}
    assert shapes(even, input=[3, 10]) == [(3, 13), (8, 10)]
    odd = {"op": "conv3d", "out_channels": 2, "kernel_size": 3, "padding": "same"}
    assert shapes(odd, input=[1, 4, 5, 6]) == [(2, 4, 5, 6)]
    assert "is uneven here, over tokens" in message(spec(EMBED, even, input=[20]))


@pytest.mark.parametrize(
    ("layer", "input", "problem"),
    [
        (CONV, [3, 8, 8], "conv1d takes a sequence CxL, got 3x8x8"),
        (CONV, [3, 2], "gets 3x2, smaller than its kernel: length 2 + padding is 2"),
        (CONV | {"axis": 2}, [3, 8], "conv1d has axis 2; 0 and -1 are those of a sequence"),
        ({"op": "max_pool3d", "kernel_size": 2}, [3, 8, 8], "takes a volume CxDxHxW, got 3x8x8"),
        ({"op": "pad", "frames": 1}, [3, 8, 8], "pad of frames: 3x8x8 has height and width"),
        (
            {"op": "pad", "channels": 1, "mode": "reflect"},
            [3, 8, 8],
            "mode reflect is of positions",
        ),
        ({"op": "pad", "length": 8, "mode": "reflect"}, [3, 8], "(=8) cannot be reflected in 3x8"),
        ({"op": "lstm", "hidden_size": 3}, [3, 8, 8], "lstm takes a sequence LxC, got 3x8x8"),
        ({"op": "lstm", "hidden_size": 3, "proj_size": 3}, [3, 8], "proj_size (=3) must be below"),
        (
            {"op": "multihead_attention", "num_heads": 3},
            [5, 8],
            "(=8) is not divisible by num_heads",
        ),
    ],
)
def test_what_does_not_fit(layer: Tree, input: list[int], problem: str) -> None:
    assert problem in message(spec(layer, input=input))


def test_layers_of_recurrent_ones_are_weighted_layers() -> None:
    layers = [EMBED, {"op": "gru", "hidden_size": 5, "num_layers": 3, "bidirectional": True},
              {"op": "multihead_attention", "num_heads": 2}]  # fmt: skip
    tree = spec(*layers, input=[7])
    net = Network("net", _preset(tree), graph(tree), batch=2)
    assert net.depth == 3 + 2
    assert net["gru"].activations == 2 * 3 * 7 * 10
    assert net["multihead_attention"].activations == 2 * (3 + 1 + 1) * 7 * 10
    assert verify(net).disagreements == ()


def _preset(tree: Tree) -> Any:
    from archcalc.language.read import from_json

    return from_json(tree, "net.json", "net").presets["net"]
