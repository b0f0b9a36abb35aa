"""The studies: what papers say of each comparison, and the networks that the blocks are from."""

from __future__ import annotations

from fractions import Fraction

import pytest

from archcalc.names import catalog
from archcalc.network import load

COMPARED = {
    # Simonyan, Zisserman 2014, section 2.3: 3·(3·3·C·C) = 27·C^2 against 49·C^2; C = 256 here.
    "three-3x3": (27 * 256**2, 27 * 256**2 * 28 * 28),
    "one-7x7": (49 * 256**2, 49 * 256**2 * 28 * 28),
    "two-3x3": (18 * 256**2, 18 * 256**2 * 28 * 28),
    "one-5x5": (25 * 256**2, 25 * 256**2 * 28 * 28),
    "five-3x3": (45 * 256**2, 45 * 256**2 * 28 * 28),
    "one-11x11": (121 * 256**2, 121 * 256**2 * 28 * 28),
    # A 1x1 to 32 channels before a 3x3 on 128, and to 16 before inception4a's 5x5.
    "direct-3x3": (147_456, 147_456 * 28 * 28),
    "reduced-3x3": (40_960, 40_960 * 28 * 28),
    "direct-5x5": (5 * 5 * 480 * 48, 112_896_000),
    "reduced-5x5": (480 * 16 + 5 * 5 * 16 * 48, 1_505_280 + 3_763_200),
    "one-1x1": (128 * 32, 128 * 32 * 28 * 28),
    # Lin et al. 2013, section 3.2; the last map of GoogLeNet.
    "fully-connected-vector": (51_380_224, 51_380_224),
    "global-average-vector": (0, 0),
    "fully-connected-classifier": (50_176_000, 50_176_000),
    "global-average-classifier": (1_024_000, 1_024_000),
    # Szegedy et al. 2014, Figure 2: the same 1x1, 3x3 and 5x5 without reductions and projection.
    "inception-3a-naive": (
        (192 + 1) * 64 + (9 * 192 + 1) * 128 + (25 * 192 + 1) * 32,
        28 * 28 * 387_072,
    ),
    "inception-4a-naive": (
        (480 + 1) * 192 + (9 * 480 + 1) * 208 + (25 * 480 + 1) * 48,
        18_063_360 + 176_117_760 + 112_896_000,
    ),
    "auxiliary-4a": (3_188_840, 4 * 4 * 512 * 128 + 2048 * 1024 + 1024 * 1000),
    "auxiliary-4d": (3_190_888, 4 * 4 * 528 * 128 + 2048 * 1024 + 1024 * 1000),
    # LeCun et al. 1998, Table I: 60 pairs of maps; a full connection has 96.
    "c3-by-table": (1_516, 10 * 10 * 25 * 60),
    "c3-full": (2_416, 10 * 10 * 25 * 96),
    # Chen et al., ISSCC 2016: 2.3 million weights and 666 million multiply-adds in AlexNet's convs.
    "two-groups": (34_944 + 307_456 + 885_120 + 663_936 + 442_624, 665_784_864),
    "one-group": (34_944 + 614_656 + 885_120 + 1_327_488 + 884_992, 1_076_634_144),
    # Zeiler, Fergus 2013, section 4.1.
    "conv1-alexnet": (34_944, 55 * 55 * 11 * 11 * 3 * 96),
    "conv1-zfnet": (14_208, 110 * 110 * 7 * 7 * 3 * 96),
    # Szegedy et al. 2014, Table 1 prints 2.7K and 34M: the separable form.
    "conv1-googlenet": (9_408, 118_013_952),
    "conv1-googlenet-separable": (2_712, 112 * 112 * 2_712),
    # Simonyan, Zisserman 2014, section 3.2: the same as convolutions.
    "head-linear": (123_642_856, (512 * 49 + 4096 + 1000) * 4096),
    "head-convolutional": (123_642_856, (512 * 49 + 4096 + 1000) * 4096),
    # He et al. 2015, Figure 5.
    "basic-64d": (2 * 9 * 64 * 64, 56 * 56 * 2 * 9 * 64 * 64),
    "basic-256d": (1_179_648, 56 * 56 * 1_179_648),
    "bottleneck-256d": (69_632, 56 * 56 * 69_632),
    "plain-block": (2 * (9 * 64 * 64 + 2 * 64), 56 * 56 * 2 * 9 * 64 * 64),
    "identity-shortcut": (2 * (9 * 64 * 64 + 2 * 64), 56 * 56 * 2 * 9 * 64 * 64),
    "projection-shortcut": (19 * 64 * 64 + 3 * 2 * 64, 56 * 56 * 19 * 64 * 64),
    # He et al. 2016, Figure 4: another order, nothing else.
    "post-activation-block": (2 * (9 * 64 * 64 + 2 * 64), 56 * 56 * 2 * 9 * 64 * 64),
    "pre-activation-block": (2 * (9 * 64 * 64 + 2 * 64), 56 * 56 * 2 * 9 * 64 * 64),
    "narrow-block": (2 * (9 * 16 * 16 + 2 * 16), 32 * 32 * 2 * 9 * 16 * 16),
    "wide-block": (2 * (9 * 160 * 160 + 2 * 160), 32 * 32 * 2 * 9 * 160 * 160),
    # Xie et al. 2016, section 3.3: C·(256·d + 3·3·d·d + d·256), about 70k.
    "resnext-a": (70_144, 56 * 56 * 70_144),
    "resnext-b": (70_144, 56 * 56 * 70_144),
    "resnext-c": (70_144, 56 * 56 * 70_144),
    # Iandola et al. 2016, Table 1, fire2.
    "fire-module": (11_920, 55 * 55 * (96 * 16 + 16 * 64 + 9 * 16 * 64)),
    "fire-direct": ((9 * 96 + 1) * 128, 55 * 55 * 9 * 96 * 128),
    # Larsson et al. 2016, section 3: 2^C - 1 convolutions.
    **{
        f"fractal-{columns}": (
            (2**columns - 1) * (9 * 64 * 64 + 2 * 64),
            (2**columns - 1) * 32 * 32 * 9 * 64 * 64,
        )
        for columns in (1, 2, 3, 4)
    },
    # Huang et al. 2016: 3x3 convolutions on 64, 96, ... 224 channels to 32 each.
    "dense-block-direct": (
        sum(2 * channels + 9 * channels * 32 for channels in range(64, 256, 32)),
        56 * 56 * 9 * 32 * sum(range(64, 256, 32)),
    ),
    # Howard et al. 2017, section 3.1: D_K^2·M·N against D_K^2·M + M·N, at each of 14·14 positions.
    "full-3x3": (9 * 512 * 512, 14 * 14 * 9 * 512 * 512),
    "separable-3x3": (9 * 512 + 512 * 512, 14 * 14 * (9 * 512 + 512 * 512)),
    # Sandler et al. 2018, Figure 3; with two norms of the inner width and one of the outer.
    "residual-192-32": (
        2 * 192 * 32 + 9 * 32 * 32 + 2 * (32 + 32 + 192),
        28 * 28 * (2 * 192 * 32 + 9 * 32 * 32),
    ),
    "inverted-residual-32-192": (
        2 * 32 * 192 + 9 * 192 + 2 * (192 + 192 + 32),
        28 * 28 * (2 * 32 * 192 + 9 * 192),
    ),
    # Hu et al. 2017, section 4: 2/r·C^2 more parameters.
    "bottleneck-1024": (17 * 256 * 256, 14 * 14 * 17 * 256 * 256),
    "se-bottleneck-1024": (
        17 * 256 * 256 + 2 * 1024 * 1024 // 16,
        14 * 14 * 17 * 256 * 256 + 2 * 1024 * 1024 // 16,
    ),
    # Zhang et al. 2017, section 3.2: hw(2cm/g + 9m).
    "pointwise-1-group": (2 * 240 * 60 + 9 * 60, 28 * 28 * (2 * 240 * 60 + 9 * 60)),
    "pointwise-3-groups": (
        2 * 240 * 60 // 3 + 9 * 60,
        28 * 28 * (2 * 240 * 60 // 3 + 9 * 60),
    ),
    # Vaswani et al. 2017, Table 1: two products of n·n·d; projections n·d·d each; k·n·d·d.
    "attention-14": (0, 2 * 196**2 * 384),
    "attention-14-projected": (4 * 384**2, 2 * 196**2 * 384 + 4 * 196 * 384**2),
    "attention-56": (0, 2 * 3136**2 * 384),
    "convolution-14": (9 * 384**2, 9 * 196 * 384**2),
    "convolution-56": (9 * 384**2, 9 * 3136 * 384**2),
    # Dosovitskiy et al. 2020, equation 1: E of (P·P·C) x D.
    "patches-by-convolution": ((16 * 16 * 3 + 1) * 768, 196 * 16 * 16 * 3 * 768),
    "patches-by-linear": ((16 * 16 * 3 + 1) * 768, 196 * 16 * 16 * 3 * 768),
    # Liu et al. 2022, Figure 4.
    "resnet-block": (2 * 256 * 64 + 9 * 64 * 64, 56 * 56 * (2 * 256 * 64 + 9 * 64 * 64)),
    "convnext-block": (49 * 96 + 8 * 96 * 96, 56 * 56 * (49 * 96 + 8 * 96 * 96)),
    "overlapping-pooling": (0, 0),
    "non-overlapping-pooling": (0, 0),
}


@pytest.mark.parametrize(("study", "costs"), COMPARED.items())
def test_what_is_compared_costs_what_the_papers_say(study: str, costs: tuple[int, int]) -> None:
    net = load(study)
    assert (net.parameters, net.macs) == costs


TAKEN_FROM = {
    "inception-3a": ("googlenet", "inception3a"),
    "inception-4a": ("googlenet", "inception4a"),
    "inception-3a-naive": ("googlenet-naive", "inception3a"),
    "conv1-zfnet": ("zfnet", "conv1"),
    "conv1-alexnet": ("alexnet", "conv1"),
    "c3-by-table": ("lenet5", "c3"),
    "inception-a": ("inception-v4", "inception_a.3"),
    "reduction-a": ("inception-v4", "reduction_a"),
    "inception-b": ("inception-v4", "inception_b.6"),
    "reduction-b": ("inception-v4", "reduction_b"),
    "inception-c": ("inception-v4", "inception_c.2"),
    "identity-shortcut": ("resnet34", "layer1.0"),
    "wide-block": ("wrn-28-10", "group1.1"),
    "dense-block": ("densenet121", "denseblock1"),
    "dense-transition": ("densenet121", "transition1"),
    "fire-module": ("squeezenet1.0", "fire2"),
    "nasnet-normal-cell": ("nasnet-a-mobile", "stage1.2"),
    "nasnet-reduction-cell": ("nasnet-a-mobile", "reduction1"),
}


@pytest.mark.parametrize(("study", "origin"), TAKEN_FROM.items())
def test_a_block_is_the_one_in_its_network(study: str, origin: tuple[str, str]) -> None:
    model, layer = origin
    block, part = load(study), load(model)[layer]
    assert (block.parameters, block.macs) == (part.parameters, part.macs)
    assert block.layers[-1].shape == part.shape


def test_every_study_is_here() -> None:
    assert sorted({*COMPARED, *TAKEN_FROM}) == sorted(catalog.built_in("studies"))


def test_a_depthwise_separable_convolution_is_8_to_9_times_cheaper() -> None:
    full, separable = load("full-3x3"), load("separable-3x3")
    ratio = Fraction(separable.macs, full.macs)
    assert ratio == Fraction(1, 512) + Fraction(1, 9)  # 1/N + 1/D_K^2
    assert 8 < 1 / ratio < 9


@pytest.mark.parametrize(
    ("stacked", "single", "size"),
    [("two-3x3", "one-5x5", 5), ("three-3x3", "one-7x7", 7), ("five-3x3", "one-11x11", 11)],
)
def test_stacked_3x3_see_what_one_large_kernel_sees(stacked: str, single: str, size: int) -> None:
    for name in (stacked, single):
        net = load(name)
        assert net.receptive_field.size == [size, size]  # type: ignore[union-attr]
        assert net.layers[-1].shape == net.input


@pytest.mark.parametrize("channels", [1, 3, 64])
def test_the_number_of_channels_is_an_argument(channels: int) -> None:
    assert load("three-3x3", channels=channels).parameters == 27 * channels**2
    assert load("one-7x7", channels=channels).parameters == 49 * channels**2


def test_a_naive_module_grows_in_channels() -> None:
    assert load("inception-3a").layers[-1].shape.channels == 256
    assert load("inception-3a-naive").layers[-1].shape.channels == 64 + 128 + 32 + 192
    assert load("inception-4a-naive").layers[-1].shape.channels == 192 + 208 + 48 + 480


def test_overlapping_pools_compare_more_for_the_same_output() -> None:
    overlapping, apart = load("overlapping-pooling"), load("non-overlapping-pooling")
    assert overlapping.layers[-1].shape == apart.layers[-1].shape
    assert overlapping["pool"].operations["compare"] == 27 * 27 * 96 * (3 * 3 - 1)
    assert apart["pool"].operations["compare"] == 27 * 27 * 96 * (2 * 2 - 1)


def test_a_head_of_convolutions_takes_a_larger_map_with_the_same_weights() -> None:
    larger = load("head-convolutional", input=(512, 12, 12))
    assert larger.parameters == 123_642_856
    assert larger.layers[-1].shape.sizes == [1000, 6, 6]
    assert load("head-linear", input=(512, 12, 12)).parameters > 123_642_856
