"""The built-in networks against implementations, papers and arithmetic that are not ours."""

from __future__ import annotations

from collections import Counter

import pytest

from archcalc.expressions.parsing import parse
from archcalc.names import catalog
from archcalc.network import load
from archcalc.parts.conditions import Mode
from tests.network_totals import PAPER_WIDTHS, TOTALS, Totals, fractalnet


@pytest.mark.parametrize("totals", TOTALS, ids=lambda totals: totals.model)
def test_totals_are_those_of_another_implementation(totals: Totals) -> None:
    net = load(totals.model)
    assert (net.parameters, net.macs) == (totals.parameters, totals.macs), totals.source


def test_every_built_in_network_has_a_source_for_its_totals() -> None:
    assert sorted(totals.model for totals in TOTALS) == sorted(catalog.built_in())


def test_yolo_v2_fills_its_file_of_weights() -> None:
    # yolov2.weights: 16 bytes, then all parameters and running statistics as float32.
    net = load("yolo-v2")
    assert 16 + 4 * (net.parameters + net.buffers) == 203_934_260


REGNETS = [  # depth, w_0, w_a, w_m and group width, as pycls's configurations have them
    ("regnet-x-200mf", 13, 24, "36.44", "2.49", 8),
    ("regnet-x-400mf", 22, 24, "24.48", "2.54", 16),
    ("regnet-x-600mf", 16, 48, "36.97", "2.24", 24),
    ("regnet-x-800mf", 16, 56, "35.73", "2.28", 16),
    ("regnet-x-1.6gf", 18, 80, "34.01", "2.25", 24),
    ("regnet-x-3.2gf", 25, 88, "26.31", "2.25", 48),
    ("regnet-x-4gf", 23, 96, "38.65", "2.43", 40),
    ("regnet-x-6.4gf", 17, 184, "60.83", "2.07", 56),
    ("regnet-x-8gf", 23, 80, "49.56", "2.88", 120),
    ("regnet-x-12gf", 19, 168, "73.36", "2.37", 112),
    ("regnet-x-16gf", 22, 216, "55.59", "2.1", 128),
    ("regnet-x-32gf", 23, 320, "69.86", "2.0", 168),
    ("regnet-y-200mf", 13, 24, "36.44", "2.49", 8),
    ("regnet-y-400mf", 16, 48, "27.89", "2.09", 8),
    ("regnet-y-600mf", 15, 48, "32.54", "2.32", 16),
    ("regnet-y-800mf", 14, 56, "38.84", "2.4", 16),
    ("regnet-y-1.6gf", 27, 48, "20.71", "2.65", 24),
    ("regnet-y-3.2gf", 21, 80, "42.63", "2.66", 24),
    ("regnet-y-4gf", 22, 96, "31.41", "2.24", 64),
    ("regnet-y-6.4gf", 25, 112, "33.22", "2.27", 72),
    ("regnet-y-8gf", 17, 192, "76.82", "2.19", 56),
    ("regnet-y-12gf", 19, 168, "73.36", "2.37", 112),
    ("regnet-y-16gf", 18, 200, "106.23", "2.48", 112),
    ("regnet-y-32gf", 20, 232, "115.89", "2.53", 232),
]  # fmt: skip


@pytest.mark.parametrize(("model", "depth", "w_0", "w_a", "w_m", "group"), REGNETS)
def test_regnets_have_the_widths_that_four_numbers_give(
    model: str, depth: int, w_0: int, w_a: str, w_m: str, group: int
) -> None:
    widths = parse(f"regnet_widths({depth}, {w_0}, {w_a}, {w_m})").evaluate({})
    stages = Counter(widths)
    in_groups = [round(width / min(group, width)) * min(group, width) for width in stages]
    _, preset = catalog.find(model)
    assert preset.settings["layers"] == tuple(stages.values())
    assert preset.settings["widths"] == tuple(in_groups)


def test_the_arithmetic_on_fractalnet_gives_another_implementation_s_20_layers() -> None:
    assert fractalnet(3, PAPER_WIDTHS) == (33_724_618, 845_222_912)  # pytorchcv fractalnet_cifar10


def nasnet_classifier(channels: int, side: int) -> int:
    """NASNet's auxiliary classifier: 1x1 to 128, the whole map to 768, 1000 classes."""
    return channels * 128 + 2 * 128 + side * side * 128 * 768 + 2 * 768 + (768 + 1) * 1000


@pytest.mark.parametrize(
    ("model", "parameters"),
    [
        # Two heads: 1x1 to 128, (4·4·128 + 1)·1024, (1024 + 1)·1000; on 512 and on 528 channels.
        ("googlenet", 6_998_552 + (512 + 1) * 128 + (528 + 1) * 128 + 2 * (2_098_176 + 1_025_000)),
        ("googlenet-bn", 13_004_888),  # torchvision googlenet(aux_logits=True)
        ("inception-v3", 27_161_264),  # torchvision inception_v3(aux_logits=True)
        ("deeplabv3-resnet50[aux=true]", 42_004_074),  # torchvision, aux_loss=True
        # TF-slim's: 1x1 to 128, 5x5 to 768, 1000 classes
        ("inception-resnet-v2", 59_211_120),
        ("nasnet-a-mobile", 5_289_978 + nasnet_classifier(12 * 44, 4)),
        ("nasnet-a-large", 88_753_150 + nasnet_classifier(12 * 168, 6)),
        ("resnet50", 25_557_032),  # no auxiliary classifier
    ],
)
def test_in_training_there_are_auxiliary_classifiers(model: str, parameters: int) -> None:
    assert load(model, mode="train").parameters == parameters


def test_the_auxiliary_head_of_torchvision_s_deeplabv3() -> None:
    net = load("deeplabv3-resnet50", aux=True, mode="train")
    assert net.macs == 178_721_945_088  # torchvision, aux_loss=True: FlopCounterMode, halved
    assert {str(net[name].output) for name in net.graph.auxiliary} == {"21x520x520"}
    other = load("deeplabv3-resnet50", aux=True, mode="train", input=(3, 264, 264))
    assert {str(other[name].output) for name in other.graph.auxiliary} == {"21x264x264"}
    assert load("deeplabv3-resnet50", aux=True).parameters == 39_638_869  # in training alone


@pytest.mark.parametrize("mode", ["eval", "train"])
def test_the_classifiers_of_torchvision_s_googlenet_leave_its_output_as_it_is(mode: Mode) -> None:
    net = load("googlenet-bn", mode=mode)
    assert net.graph.outputs == ("prob",)
    assert len(net.graph.auxiliary) == (2 if mode == "train" else 0)


@pytest.mark.parametrize(
    ("model", "parameters", "macs"),
    [  # torchvision's model of the same name, with num_classes=10
        ("resnet50-v1.5", 23_528_522, 4_087_156_736),
        ("resnet34", 21_289_802, 3_663_254_528),
        ("vgg16", 134_301_514, 15_466_209_280),
        ("densenet121", 6_964_106, 2_833_147_904),
        ("squeezenet1.0", 740_554, 747_005_216),
        ("googlenet-bn", 5_610_154, 1_497_362_432),
        ("inception-v3", 21_806_058, 5_711_188_576),
    ],
)
def test_ten_classes(model: str, parameters: int, macs: int) -> None:
    net = load(model, num_classes=10)
    assert (net.parameters, net.macs) == (parameters, macs)
    assert net.layers[-1].shape.sizes == [10]


@pytest.mark.parametrize(
    ("model", "input", "macs"),
    [
        ("resnet50-v1.5", (3, 256, 256), 5_340_348_416),  # torchvision resnet50
        ("resnet50-v1.5", (3, 320, 256), 6_674_923_520),  # torchvision resnet50
        ("resnext101-64x4d", (3, 320, 320), 31_549_440_000),  # timm resnext101_64x4d
        ("densenet121", (3, 256, 256), 3_701_448_704),  # torchvision densenet121
        ("squeezenet1.0", (3, 224, 224), 818_924_576),  # torchvision squeezenet1_0
        ("squeezenet1.1", (3, 224, 224), 349_151_936),  # torchvision squeezenet1_1
        ("googlenet-bn", (3, 256, 256), 1_956_749_312),  # torchvision googlenet
        ("inception-v4", (3, 331, 331), 15_272_225_888),  # timm inception_v4
        ("efficientnet-b2", (3, 288, 288), 1_087_529_456),  # torchvision efficientnet_b2
        ("efficientnet-v2-m", (3, 384, 384), 15_736_775_680),  # torchvision efficientnet_v2_m
    ],
)
def test_another_input_size(model: str, input: tuple[int, int, int], macs: int) -> None:
    net = load(model, input=input)
    assert net.macs == macs
    assert net.parameters == load(model).parameters


def test_the_released_squeezenet_has_a_border_around_its_last_convolution() -> None:
    # Iandola et al.'s SqueezeNet_v1.0: 15x15 instead of 13x13 maps of 512 read, 1000 made.
    more = (15 * 15 - 13 * 13) * 512 * 1000
    assert load("squeezenet1.0", border=1).macs == 832_667_936 + more == 861_339_936


def test_a_larger_input_gives_vgg16_s_first_linear_layer_more_weights() -> None:
    more = (512 * 10 * 10 - 512 * 7 * 7) * 4096  # 320 / 32 = 10, 224 / 32 = 7
    assert load("vgg16", input=(3, 320, 320)).parameters == 138_357_544 + more


def test_inception_v2_with_a_dense_first_convolution() -> None:
    net = load("inception-v2", separable=False)  # pytorchcv BNInception, less 256 biases
    assert (net.parameters, net.macs) == (11_195_240 - 256, 2_018_851_840)


@pytest.mark.parametrize(
    ("model", "size"),
    [  # github.com/google-research/receptive_field (Araujo et al. 2019), models of TF-slim
        ("alexnet", 195),
        ("vgg16", 212),
        ("inception-v2", 699),
        ("inception-v3", 1311),
        ("inception-v4", 2071),
        ("inception-resnet-v2", 3039),
        ("resnet50", 483),
        ("resnet101", 1027),
        ("resnet152", 1507),
        ("preact-resnet200", 1763),
    ],
)
def test_receptive_fields_are_the_published_ones(model: str, size: int) -> None:
    assert load(model).receptive_field.size == [size, size]  # type: ignore[union-attr]


# Weighted layers on the longest path. Names count so, except where a paper counts otherwise.
DEPTHS = {
    "lenet5": 5, "alexnet": 8, "zfnet": 8, "vgg11": 11, "vgg13": 13, "vgg16": 16, "vgg19": 19,
    "googlenet": 22, "plain18": 18, "plain34": 34, "resnet18": 18, "resnet34": 34,
    "resnet34-a": 34, "resnet50": 50, "resnet101": 101, "resnet152": 152, "resnext50-32x4d": 50,
    "wide-resnet50-2": 50, "resnet20-cifar": 20, "plain56-cifar": 56, "resnet110-cifar": 110,
    "resnet1202-cifar": 1202, "preact-resnet110-cifar": 110, "preact-resnet164-cifar": 164,
    "preact-resnet1001-cifar": 1001, "preact-resnet200": 200, "densenet121": 121,
    "densenet161": 161, "densenet169": 169, "densenet201": 201, "densenet-40-k12": 40,
    "densenet-bc-100-k12": 100, "densenet-bc-250-k24": 250,
}  # fmt: skip


@pytest.mark.parametrize(("model", "depth"), DEPTHS.items())
def test_depth_is_what_the_name_or_the_paper_says(model: str, depth: int) -> None:
    assert load(model).depth == depth


def test_without_reductions_googlenet_is_nine_layers_shallower() -> None:
    assert load("googlenet").depth - load("googlenet-naive").depth == 9  # one a module


def test_option_a_and_plain_differ_from_option_b_in_the_projections_alone() -> None:
    plain, padded, projected = (load(name) for name in ("plain34", "resnet34-a", "resnet34"))
    assert plain.parameters == padded.parameters
    names = {node.name for node in projected} - {node.name for node in padded}
    assert names == {f"layer{i}.0.downsample.{op}" for i in (2, 3, 4) for op in ("conv", "bn")}
