"""Which axes positions are along, and how much coarser than the input a map is, worked by hand."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import archcalc
from archcalc.analysis.output_strides import NO_INPUT, VECTOR, OutputStride, output_strides
from archcalc.analysis.receptive_field.propagation import receptive_fields
from archcalc.ops.registry import OPS, create
from archcalc.pictures.stride_costs import StrideCost, by_output_stride
from archcalc.shape import (
    ChannelsFirst,
    FeaturesLast,
    Shape,
    Signal,
    Tokens,
    axes_of,
    with_axes_in_order,
    with_other_sizes,
)
from archcalc.traced import formula
from tests.spec_files import Tree, block, graph, spec


def last(*layers: Tree, input: list[int]) -> Shape:
    return graph(spec(*layers, input=input)).nodes[-1].shape


def test_features_are_followed_through_orders_and_shapes() -> None:
    rows = with_axes_in_order(Shape(96, 56, 48), (1, 2, 0))
    assert (type(rows), rows.features_axis, rows.positions) == (FeaturesLast, 2, (56, 48))
    assert axes_of(rows) == ("height", "width", "features")
    windows = with_other_sizes(rows, 8, 7, 8, 6, 96)
    assert (type(windows), windows.positions) == (FeaturesLast, (8, 7, 8, 6))
    # Patch merging: 2x2 positions become features, those in front stay.
    merged = with_other_sizes(FeaturesLast(28, 28, 2, 2, 96), 28, 28, 384)
    assert (type(merged), merged.positions) == (FeaturesLast, (28, 28))
    # Heads out of features: which axis has the features is no longer known.
    assert type(with_other_sizes(FeaturesLast(197, 768), 197, 12, 64)) is Shape
    assert type(with_axes_in_order(rows, (2, 0, 1))) is Shape  # CxHxW again
    assert with_axes_in_order(rows, (0, 2, 1)).features_axis == 0  # in the middle: as is usual
    columns = with_other_sizes(Shape(512, 14, 14), 512, 196)
    assert (type(columns), columns.positions) == (ChannelsFirst, (196,))
    assert type(with_axes_in_order(columns, (1, 0))) is FeaturesLast
    assert type(with_axes_in_order(Tokens(5, 3), (1, 0))) is Signal
    # Of a sequence that comes in nothing is known, in either order.
    assert type(with_axes_in_order(Shape(5, 3), (1, 0))) is Shape


def test_equal_sizes_in_another_order_are_read_apart() -> None:
    """8x8x8 as CxHxW and as HxWxC: what a block makes of the one is not kept for the other."""
    unit = block({"name": "norm", "op": "layer_norm", "axis": "last"})
    found = graph(
        spec(
            {"name": "conv", "op": "conv2d", "out_channels": 8, "kernel_size": 1},
            {"name": "a", "block": "unit"},
            {"name": "turned", "op": "permute", "order": [1, 2, 0]},
            {"name": "b", "block": "unit"},
            input=[3, 8, 8],
            blocks={"unit": unit},
        )
    )
    assert [type(node.shape) for node in found.nodes] == [Shape, Shape, FeaturesLast, FeaturesLast]


def test_a_linear_layer_takes_the_last_axis_of_what_is_not_known_for_features() -> None:
    over = {"op": "linear", "out_features": 5, "axis": "last"}
    assert type(last(over, input=[4, 6, 3])) is FeaturesLast
    assert type(last({"op": "layer_norm"}, over, input=[6, 3])) is Shape


@pytest.mark.parametrize(
    ("name", "layer", "named"),
    [
        ("swin-t", "stage1.0.regular.fc1", "(height·width)·(in_features·out_features)"),
        ("mixer-b-16", "block.0.token_mixing.fc1", "channels·(in_features·out_features)"),
        ("vit-b-16", "block.0.fc1", "tokens·(in_features·out_features)"),
    ],
)
def test_formulas_name_axes_by_what_they_hold(name: str, layer: str, named: str) -> None:
    reading = archcalc.load(name)[layer].traced
    assert formula(reading.op.macs(reading.y, *reading.xs)) == named


def test_rows_of_a_matrix_product_are_its_positions() -> None:
    scores = create(OPS["matmul"], {})
    assert scores.position_axes(Shape(12, 197, 64)) == (1,)
    assert scores.position_axes(Shape(64, 3, 49, 49)) == (2,)


def test_stages_of_swin_are_56_28_14_and_7_positions_along_a_side() -> None:
    """Liu et al. 2021, Table 7: 96, 192, 384 and 768 features at strides of 4, 8, 16 and 32."""
    net = archcalc.load("swin-t")
    costs = by_output_stride(net)
    maps = {4: "56x56", 8: "28x28", 16: "14x14", 32: "7x7", VECTOR: "", NO_INPUT: ""}
    assert {stride: cost.maps for stride, cost in costs.items()} == maps
    # A block of C features: 12·C·C + 13·C of its layers, and 4·C of its two norms. Then what makes
    # the next map half as large belongs to that: 2·4C norm, 4C·2C weights.
    blocks = {
        stride: 12 * c * c + 13 * c for stride, c in ((4, 96), (8, 192), (16, 384), (32, 768))
    }
    merging = {stride: 8 * c * c + 8 * c for stride, c in ((8, 96), (16, 192), (32, 384))}
    patches = (4 * 4 * 3 + 1) * 96 + 2 * 96
    assert costs[4].parameters == 2 * blocks[4] + patches
    assert costs[8].parameters == 2 * blocks[8] + merging[8]
    assert costs[16].parameters == 6 * blocks[16] + merging[16]
    assert costs[32].parameters == 2 * blocks[32] + merging[32] + 2 * 768
    assert costs[VECTOR].parameters == 769 * 1000
    # A value a head for each of 13·13 relative positions: 3, 6, 12 and 24 heads.
    assert costs[NO_INPUT].parameters == 169 * (2 * 3 + 2 * 6 + 6 * 12 + 2 * 24)


def test_a_class_token_changes_no_stride() -> None:
    costs = by_output_stride(archcalc.load("vit-b-16"))
    assert {stride: cost.maps for stride, cost in costs.items() if cost.maps} == {
        16: "197 tokens, 14x14"
    }
    # 257 positions of 16x16 and a class token: 224/√257 is 13.97, and the patches have 14.
    assert set(by_output_stride(archcalc.load("vit-h-14"))) == {14, VECTOR, NO_INPUT}


def test_a_decoder_is_as_fine_as_the_encoder_that_it_mirrors() -> None:
    """U-Net's convolutions are not padded: 392 and 284 pixels are strides of 1 and 2."""
    costs = by_output_stride(archcalc.load("unet"))
    assert {stride: cost.maps for stride, cost in costs.items()} == {
        1: "570x570 to 388x388",
        2: "282x282 to 196x196",
        4: "138x138 to 100x100",
        8: "66x66 to 52x52",
        16: "30x30, 28x28",
    }


def test_gates_leave_strides_as_they_are() -> None:
    strides = archcalc.load("efficientnet-b0").output_strides
    assert {s for s in strides.values() if s != VECTOR} == {2, 4, 8, 16, 32}


@pytest.mark.parametrize("name", ["resnet50", "swin-b", "mixer-l-16", "gpt2", "unet", "bert-large"])
def test_costs_add_up(name: str) -> None:
    net = archcalc.load(name)
    found: list[StrideCost] = [*by_output_stride(net).values()]
    assert sum(cost.parameters for cost in found) == net.parameters
    assert sum(cost.macs for cost in found) == net.macs


def strides_of(*layers: Tree, input: list[int]) -> dict[str, OutputStride]:
    """The strides of layers, some of which see the whole input, so that theirs is a ratio."""
    net = graph(spec(*layers, input=input))
    return output_strides(net, receptive_fields(net))


def test_the_stride_of_a_signal_is_that_along_its_length() -> None:
    """50 positions of 16,000 each see all behind a recurrence, 320 of them one: no root of that."""
    window = {"op": "conv1d", "out_channels": 8, "kernel_size": 320, "stride": 320}
    turned = {"op": "permute", "order": [1, 0]}
    found = strides_of(window, turned, {"op": "lstm", "hidden_size": 4}, input=[1, 16000])
    assert found == {"conv1d": 320, "permute": 320, "lstm": 320}


def test_the_maps_of_a_signal_have_a_length_and_those_of_a_text_tokens(tmp_path: Path) -> None:
    """Behind the window 16,000/320 = 50 positions, for the recurrence too, which reads them LxC."""
    window = {"op": "conv1d", "out_channels": 8, "kernel_size": 320, "stride": 320}
    turned = {"op": "permute", "order": [1, 0]}
    recurrence = {"op": "lstm", "hidden_size": 4}
    words = {"op": "embedding", "num_embeddings": 9, "embedding_dim": 8}
    signal = spec(window, turned, recurrence, input=[1, 16000])
    text = spec(words, recurrence, input=[50])
    both = spec(
        {"name": "a", "layers": [words]}, {"name": "b", "inputs": "signal", "layers": [window]},
        input={"ids": [50], "signal": [1, 16000]},
    )  # fmt: skip
    found = []
    for name, tree in {"signal": signal, "text": text, "both": both}.items():
        file = tmp_path / f"{name}.json"
        file.write_text(json.dumps(tree))
        maps = {str(s): cost.maps for s, cost in by_output_stride(archcalc.load(file)).items()}
        found.append(sorted({*maps.values()}))
    assert found == [["length 50"], ["50 tokens"], ["50 tokens", "length 50"]]


def test_the_stride_of_a_volume_is_that_along_a_side() -> None:
    """10·10·10 positions of 30·30·30, which see along other axes than their own: a third a side."""
    window = {"op": "conv3d", "out_channels": 8, "kernel_size": 3, "stride": 3}
    turned = {"op": "permute", "order": [0, 2, 1, 3]}
    assert strides_of(window, turned, input=[4, 30, 30, 30]) == {"conv3d": 3, "permute": 3}


def test_what_does_not_move_has_the_ratio_of_sides() -> None:
    """Pooling by 2 sees 4 of 5 positions, and a layer over positions makes 3 that all see these 4:
    a step of 0 is no stride, and 5/3 is nearest to 2; as where all see all 5."""
    pool = {"op": "avg_pool1d", "kernel_size": 2}
    some = {"name": "some", "op": "linear", "out_features": 3, "axis": "last"}
    every = {**some, "name": "every", "inputs": "input"}
    found = strides_of(pool, some, every, {"op": "add", "inputs": ["some", "every"]}, input=[2, 5])
    assert found == {"avg_pool1d": 2, "some": 2, "every": 2, "add": 2}
