"""Totals of the built-in networks, from implementations and arithmetic that are not ours.

A number here comes from the source beside it. torchvision 0.29.1, timm 1.0.31 and pytorchcv 0.0.74
were built on torch's meta device: parameters are those that require grad, multiply-adds are half
of torch.utils.flop_counter's count. "less" and "with" name what that implementation does otherwise.
"""

from __future__ import annotations

from typing import NamedTuple


class Totals(NamedTuple):
    model: str
    parameters: int
    macs: int
    source: str


# The 1x1 projections of ResNet-18 and 34, and of CIFAR ResNets: plain nets and option A have none.
PROJECTIONS = 64 * 128 + 2 * 128 + 128 * 256 + 2 * 256 + 256 * 512 + 2 * 512
PROJECTION_MACS = 28 * 28 * 64 * 128 + 14 * 14 * 128 * 256 + 7 * 7 * 256 * 512
PROJECTIONS_CIFAR = 16 * 32 + 2 * 32 + 32 * 64 + 2 * 64
PROJECTION_MACS_CIFAR = 16 * 16 * 16 * 32 + 8 * 8 * 32 * 64

# Stride 2 in the first 1x1 of two CIFAR bottlenecks, not in the 3x3 after it.
EARLIER_STRIDE = (32 * 32 - 16 * 16) * 64 * 32 + (16 * 16 - 8 * 8) * 128 * 64


def chain(*layers: tuple[int, int, int]) -> tuple[int, int]:
    """Layers with biases, each as positions, weights of one output, and outputs."""
    parameters = sum((weights + 1) * outputs for _, weights, outputs in layers)
    return parameters, sum(positions * weights * out for positions, weights, out in layers)


ALEXNET = chain(  # Krizhevsky et al. 2012, section 3.5: two groups in layers 2, 4 and 5
    (55 * 55, 11 * 11 * 3, 96),
    (27 * 27, 5 * 5 * 48, 256),
    (13 * 13, 3 * 3 * 256, 384),
    (13 * 13, 3 * 3 * 192, 384),
    (13 * 13, 3 * 3 * 192, 256),
    (1, 6 * 6 * 256, 4096),
    (1, 4096, 4096),
    (1, 4096, 1000),
)
ZFNET_CONVS = chain(  # Zeiler, Fergus 2013, Figure 3
    (110 * 110, 7 * 7 * 3, 96),
    (26 * 26, 5 * 5 * 96, 256),
    (13 * 13, 3 * 3 * 256, 384),
    (13 * 13, 3 * 3 * 384, 384),
    (13 * 13, 3 * 3 * 384, 256),
)
NIN = chain(  # the authors' prototxt, maps of 54, 27, 13 and 6
    (54 * 54, 11 * 11 * 3, 96),
    *[(54 * 54, 96, 96)] * 2,
    (27 * 27, 5 * 5 * 96, 256),
    *[(27 * 27, 256, 256)] * 2,
    (13 * 13, 3 * 3 * 256, 384),
    *[(13 * 13, 384, 384)] * 2,
    (6 * 6, 3 * 3 * 384, 1024),
    (6 * 6, 1024, 1024),
    (6 * 6, 1024, 1000),
)

# Szegedy et al. 2014, Table 1: side of the map, 1x1, 3x3 reduce, 3x3, 5x5 reduce, 5x5, projection.
GOOGLENET_MODULES = [
    (28, 64, 96, 128, 16, 32, 32),
    (28, 128, 128, 192, 32, 96, 64),
    (14, 192, 96, 208, 16, 48, 64),
    (14, 160, 112, 224, 24, 64, 64),
    (14, 128, 128, 256, 24, 64, 64),
    (14, 112, 144, 288, 32, 64, 64),
    (14, 256, 160, 320, 32, 128, 128),
    (7, 256, 160, 320, 32, 128, 128),
    (7, 384, 192, 384, 48, 128, 128),
]


def googlenet(naive: bool) -> tuple[int, int]:
    """Table 1, biases and the last layer included, auxiliary classifiers not."""
    stem = [(112, 7 * 7 * 3, 64), (56, 64, 64), (56, 3 * 3 * 64, 192)]
    parameters = sum((weights + 1) * out for _, weights, out in stem)
    macs = sum(side * side * weights * out for side, weights, out in stem)
    channels = 192
    for side, c1, r3, c3, r5, c5, project in GOOGLENET_MODULES:
        convs = [(channels, c1)]
        if naive:
            convs += [(9 * channels, c3), (25 * channels, c5)]
            channels += c1 + c3 + c5
        else:
            convs += [(channels, r3), (9 * r3, c3), (channels, r5), (25 * r5, c5)]
            convs += [(channels, project)]
            channels = c1 + c3 + c5 + project
        parameters += sum((weights + 1) * out for weights, out in convs)
        macs += side * side * sum(weights * out for weights, out in convs)
    return parameters + (channels + 1) * 1000, macs + channels * 1000


def densenet_cifar(depth: int, growth: int) -> tuple[int, int]:
    """Huang et al. 2016, section 4.2, without bottleneck and compression: 16 channels to begin."""
    channels, side = 16, 32
    parameters, macs = 9 * 3 * 16, 32 * 32 * 9 * 3 * 16
    for block in range(3):
        for _ in range((depth - 4) // 3):
            parameters += 2 * channels + 9 * channels * growth
            macs += side * side * 9 * channels * growth
            channels += growth
        if block < 2:
            parameters += 2 * channels + channels * channels
            macs += side * side * channels * channels
            side //= 2
    return parameters + 2 * channels + (channels + 1) * 10, macs + channels * 10


def fractalnet(columns: int, widths: list[int]) -> tuple[int, int]:
    """Larsson et al. 2016: in a block, C convolutions read its input, 2^C - 1 - C its own width."""
    parameters = macs = 0
    channels, side = 3, 32
    for width in widths:
        weights = 9 * width * (columns * channels + (2**columns - 1 - columns) * width)
        parameters += weights + (2**columns - 1) * 2 * width
        macs += side * side * weights
        channels, side = width, side // 2
    return parameters + (channels + 1) * 10, macs + channels * 10


def yolo_v2(last: int) -> tuple[int, int]:
    """yolov2.cfg: a side of a map, a kernel, channels in and out; batch norm but in the last."""
    convs = [(416, 3, 3, 32), (208, 3, 32, 64)]
    for side, width, narrowed in [(104, 128, 1), (52, 256, 1), (26, 512, 2), (13, 1024, 2)]:
        convs += [(side, 3, width // 2, width)]
        convs += [(side, 1, width, width // 2), (side, 3, width // 2, width)] * narrowed
    convs += [(13, 3, 1024, 1024)] * 2 + [(26, 1, 512, 64), (13, 3, 4 * 64 + 1024, 1024)]
    parameters = sum((kernel**2 * read + 2) * made for _, kernel, read, made in convs)
    macs = sum(side**2 * kernel**2 * read * made for side, kernel, read, made in convs)
    return parameters + (1024 + 1) * last, macs + 13 * 13 * 1024 * last


def bert(layers: int, width: int) -> tuple[int, int]:
    """Devlin et al. 2018 on 512 tokens: in a block four linear layers of the width, two to and from
    four times that, and two norms; then the pooler, a linear layer on one token."""
    tables = (30_522 + 512 + 2 + 2) * width
    block = 4 * (width + 1) * width + (width + 1) * 4 * width + (4 * width + 1) * width + 4 * width
    attention = 2 * 512 * 512 * width
    macs = layers * (512 * 12 * width * width + attention) + width * width
    return tables + layers * block + (width + 1) * width, macs


def llama3(layers: int, width: int, hidden: int) -> tuple[int, int]:
    """Llama 3 on 8192 tokens, Table 3: keys and values of 8 heads of 128; three linear layers in a
    perceptron; words and scores each with a table of 128,256; RMS norms, no biases."""
    weights = width * (2 * width + 2 * 8 * 128) + 3 * width * hidden
    scores = 128_256 * width
    parameters = 2 * scores + layers * (weights + 2 * width) + width
    return parameters, 8192 * (layers * (weights + 2 * 8192 * width) + scores)


def unet() -> tuple[int, int]:
    """Ronneberger et al. 2015, Figure 1: the side of each convolution's output, as printed there;
    an up-convolution's positions are those of its input."""
    convs, channels = [], 1
    for first, width in [(570, 64), (282, 128), (138, 256), (66, 512), (30, 1024)]:
        convs += [(first**2, 9 * channels, width), ((first - 2) ** 2, 9 * width, width)]
        channels = width
    for side, width in [(28, 512), (52, 256), (100, 128), (196, 64)]:
        convs += [
            ((2 * side - 2) ** 2, 9 * 2 * width, width),
            ((2 * side - 4) ** 2, 9 * width, width),
        ]
    parameters, macs = chain(*convs, (388 * 388, 64, 2))
    for side, width in [(28, 512), (52, 256), (100, 128), (196, 64)]:
        parameters += (2 * width * 2 * 2 + 1) * width
        macs += side**2 * 2 * width * 2 * 2 * width
    return parameters, macs


def segnet() -> tuple[int, int]:
    """Badrinarayanan et al. 2015, section 3, on 360x480: both ways, norms of two a channel."""
    maps = [360 * 480, 180 * 240, 90 * 120, 45 * 60, 23 * 30]
    ways = [(64, 64), (128, 128), (256,) * 3, (512,) * 3, (512,) * 3]
    back = [(512,) * 3, (512, 512, 256), (256, 256, 128), (128, 64), (64,)]
    convs, channels = [], 3
    for positions, widths in [*zip(maps, ways, strict=True), *zip(maps[::-1], back, strict=True)]:
        for width in widths:
            convs.append((positions, 9 * channels, width))
            channels = width
    parameters, macs = chain(*convs, (360 * 480, 9 * 64, 12))
    return parameters + sum(2 * width for _, _, width in convs), macs


UNFITTED = 64 * (3 * 3 + 3 * 3 + 5 * 5) + 3 * 64 * 32 + (4 - 1) * 96 * 32
"""The weights that NASNet's first CIFAR cell has more where what it reads is not fitted to 32
channels: three separable convolutions read 96, and four 1x1 stand in the place of one."""
PAPER_WIDTHS = [64, 128, 256, 512, 512]
TOTALS = [
    Totals("lenet5", 156 + 12 + 1_516 + 32 + 48_120 + 10_164, 117_600 + 150_000 + 48_000 + 10_080,
        "LeCun et al. 1998, section II-B: parameters by layer; connections there less biases"),
    Totals("alexnet", *ALEXNET, "arithmetic on section 3.5; 61M and 724M in Sze et al. 2017"),
    Totals("alexnet-torchvision", 61_100_840, 714_188_480, "torchvision alexnet"),
    Totals("nin-imagenet", *NIN, "arithmetic on the released prototxt; 29 MiB of float32"),
    Totals("nin-cifar10", 966_986, 222_486_528, "pytorchcv nin_cifar10"),
    Totals("zfnet", 62_357_608, 1_168_032_896, "pytorchcv zfnet"),
    Totals("zfnet-wide", 107_627_624, 2_476_704_896, "pytorchcv zfnetb"),
    Totals("zfnet-deconv", ZFNET_CONVS[0], 2 * ZFNET_CONVS[1],
        "arithmetic on Figure 3; each convolution once more, transposed, with the same weights"),
    Totals("googlenet", *googlenet(naive=False), "arithmetic on Table 1"),
    Totals("googlenet-naive", *googlenet(naive=True), "arithmetic on Table 1 and Figure 2(a)"),
    Totals("googlenet-bn", 6_624_904, 1_498_376_192, "torchvision googlenet"),
    Totals("vgg11", 132_863_336, 7_609_090_048, "torchvision vgg11"),
    Totals("vgg11-lrn", 132_863_336, 7_609_090_048, "torchvision vgg11; response norms add none"),
    Totals("vgg13", 133_047_848, 11_308_466_176, "torchvision vgg13"),
    Totals("vgg16-1x1", 133_047_848 + (256 + 1) * 256 + 2 * (512 + 1) * 512,
        11_308_466_176 + 56 * 56 * 256 * 256 + (28 * 28 + 14 * 14) * 512 * 512,
        "torchvision vgg13 with three 1x1 convolutions"),
    Totals("vgg16", 138_357_544, 15_470_264_320, "torchvision vgg16"),
    Totals("vgg19", 143_667_240, 19_632_062_464, "torchvision vgg19"),
    Totals("inception-v2", 11_195_240 - 256 - 7 * 7 * 3 * 64 + 7 * 7 * 3 * 8 + 24 * 64,
        2_018_851_840 - 112 * 112 * (7 * 7 * 3 * 64) + 112 * 112 * (7 * 7 * 3 * 8 + 24 * 64),
        "pytorchcv BNInception with TF-slim's widths, less 256 biases, its first layer separable"),
    Totals("inception-v3", 23_834_568, 5_713_216_096, "torchvision and timm inception_v3"),
    Totals("inception-v4", 42_679_816, 12_253_974_624, "timm inception_v4"),
    Totals("inception-resnet-v1", 22_756_328, 6_206_361_696,
        "pytorchcv's units for it, as many as in Figures 10 to 15, and one linear layer"),
    Totals("inception-resnet-v2", 55_843_464, 13_155_794_016, "timm inception_resnet_v2"),
    Totals("inception-resnet-v2-paper", 32_433_928, 9_257_953_632,
        "pytorchcv's units for v1 and stem for v4, as many and as wide as in Figures 3, 15 to 19"),
    Totals("plain18", 11_689_512 - PROJECTIONS, 1_814_073_344 - PROJECTION_MACS,
        "torchvision resnet18 less projections"),
    Totals("plain34", 21_797_672 - PROJECTIONS, 3_663_761_408 - PROJECTION_MACS,
        "torchvision resnet34 less projections"),
    Totals("resnet18", 11_689_512, 1_814_073_344, "torchvision resnet18"),
    Totals("resnet34", 21_797_672, 3_663_761_408, "torchvision resnet34"),
    Totals("resnet34-a", 21_797_672 - PROJECTIONS, 3_663_761_408 - PROJECTION_MACS,
        "torchvision resnet34 less projections"),
    Totals("resnet50", 25_557_032, 3_857_973_248, "pytorchcv resnet50"),
    Totals("resnet101", 44_549_160, 7_570_194_432, "pytorchcv resnet101"),
    Totals("resnet152", 60_192_808, 11_282_415_616, "pytorchcv resnet152"),
    Totals("resnet50-v1.5", 25_557_032, 4_089_184_256, "torchvision resnet50"),
    Totals("resnet101-v1.5", 44_549_160, 7_801_405_440, "torchvision resnet101"),
    Totals("resnet152-v1.5", 60_192_808, 11_513_626_624, "torchvision resnet152"),
    Totals("wide-resnet50-2", 68_883_240, 11_398_021_120, "torchvision wide_resnet50_2"),
    Totals("wide-resnet101-2", 126_886_696, 22_753_050_624, "torchvision wide_resnet101_2"),
    Totals("resnext50-32x4d", 25_028_904, 4_230_479_872, "torchvision resnext50_32x4d"),
    Totals("resnext101-32x4d", 44_177_704, 7_969_996_800, "timm resnext101_32x4d"),
    Totals("resnext101-32x8d", 88_791_336, 16_414_015_488, "torchvision resnext101_32x8d"),
    Totals("resnext101-64x4d", 83_455_272, 15_460_270_080, "torchvision resnext101_64x4d"),
    *(
        Totals(model.format(depth), parameters - PROJECTIONS_CIFAR, macs - PROJECTION_MACS_CIFAR,
            f"pytorchcv resnet{depth}_cifar10 less projections")
        for depth, parameters, macs, models in [
            (20, 272_474, 40_813_184, ["resnet{}-cifar", "plain{}-cifar"]),
            (32, 466_906, 69_124_736, ["resnet{}-cifar", "plain{}-cifar"]),
            (44, 661_338, 97_436_288, ["resnet{}-cifar", "plain{}-cifar"]),
            (56, 855_770, 125_747_840, ["resnet{}-cifar", "plain{}-cifar"]),
            (110, 1_730_714, 253_149_824, ["resnet{}-cifar", "resnet{}-stochastic-depth-cifar"]),
            (1202, 19_424_026, 2_829_501_056, ["resnet{}-cifar"]),
        ]
        for model in models
    ),
    Totals("preact-resnet110-cifar", 1_730_522 - 16 * 32 - 32 * 64,
        253_149_824 - PROJECTION_MACS_CIFAR, "pytorchcv preresnet110_cifar10 less projections"),
    Totals("preact-resnet164-cifar", 1_703_258, 247_646_720 - EARLIER_STRIDE,
        "pytorchcv preresnet164bn_cifar10, with the stride in the first 1x1"),
    Totals("preact-resnet1001-cifar", 10_327_706, 1_490_995_712 - EARLIER_STRIDE,
        "pytorchcv preresnet1001_cifar10, with the stride in the first 1x1"),
    Totals("preact-resnet200", 64_666_280 - 2 * 64, 14_776_270_848,
        "pytorchcv preresnet200, less a second batch norm before the first unit"),
    Totals("densenet121", 7_978_856, 2_834_161_664, "torchvision densenet121"),
    Totals("densenet161", 28_681_000, 7_727_907_072, "torchvision densenet161"),
    Totals("densenet169", 14_149_480, 3_359_843_328, "torchvision densenet169"),
    Totals("densenet201", 20_013_928, 4_291_365_888, "torchvision densenet201"),
    Totals("densenet264", 33_337_704, 5_751_653_376, "torchvision DenseNet(32, (6, 12, 64, 48))"),
    Totals("densenet-40-k12", *densenet_cifar(40, 12), "arithmetic on section 4.2; 1.0M"),
    Totals("densenet-100-k12", *densenet_cifar(100, 12), "arithmetic on section 4.2; 7.0M"),
    Totals("densenet-100-k24", *densenet_cifar(100, 24), "arithmetic on section 4.2; 27.2M"),
    Totals("densenet-bc-100-k12", 769_162, 287_929_692, "pytorchcv densenet100_k12_bc"),
    Totals("densenet-bc-250-k24", 15_324_406, 5_418_785_724, "pytorchcv densenet250_k24_bc"),
    Totals("densenet-bc-190-k40", 25_624_430, 9_301_945_740, "pytorchcv densenet190_k40_bc"),
    Totals("wrn-16-8", 10_961_370, 1_548_145_664, "pytorchcv get_wrn_cifar(16, 8)"),
    Totals("wrn-16-10", 17_116_634, 2_412_173_568, "pytorchcv wrn16_10_cifar10"),
    Totals("wrn-22-8", 17_158_106, 2_454_115_328, "pytorchcv get_wrn_cifar(22, 8)"),
    Totals("wrn-22-10", 26_797_914, 3_827_751_168, "pytorchcv get_wrn_cifar(22, 10)"),
    Totals("wrn-28-10", 36_479_194, 5_243_328_768, "pytorchcv wrn28_10_cifar10"),
    Totals("wrn-28-12", 52_517_850, 7_543_905_792, "pytorchcv get_wrn_cifar(28, 12)"),
    Totals("wrn-40-1", 563_930, 83_280_512, "pytorchcv get_wrn_cifar(40, 1)"),
    Totals("wrn-40-2", 2_243_546, 327_599_360, "pytorchcv get_wrn_cifar(40, 2)"),
    Totals("wrn-40-4", 8_949_210, 1_298_582_016, "pytorchcv get_wrn_cifar(40, 4)"),
    Totals("wrn-40-8", 35_748_314, 5_172_024_320, "pytorchcv wrn40_8_cifar10"),
    Totals("fractalnet20-cifar", 33_724_618, 845_222_912, "pytorchcv fractalnet_cifar10"),
    Totals("fractalnet40-narrow-cifar", *fractalnet(4, [16, 32, 64, 128, 128]),
        "arithmetic on sections 2 and 4; 4.8M in the ultra-deep series"),
    Totals("nasnet-a-large", 88_753_150, 23_783_414_658, "timm nasnetalarge"),
    Totals("nasnet-a-mobile", 5_289_978, 563_638_816, "timm's cells, four a stage, no skip"),
    Totals("nasnet-a-cifar", 3_328_234 + UNFITTED + 3 * 2 * 32, 525_786_624 + 32 * 32 * UNFITTED,
        "timm's cells, six a stage, no stem cells; TF-slim's first cell"),
    Totals("squeezenet1.0", 1_248_424, 832_667_936, "torchvision squeezenet1_0 on 227x227"),
    Totals("squeezenet1.1", 1_235_496, 387_747_520, "torchvision squeezenet1_1 on 227x227"),
    Totals("mobilenet-v1", 4_231_976, 568_740_352, "timm mobilenetv1_100, pytorchcv mobilenet_w1"),
    Totals("mobilenet-v1-0.75", 2_585_560, 325_400_448, "pytorchcv mobilenet_w3d4"),
    Totals("mobilenet-v1-0.5", 1_331_592, 149_497_088, "pytorchcv mobilenet_wd2"),
    Totals("mobilenet-v1-0.25", 470_072, 41_030_272, "pytorchcv mobilenet_wd4"),
    Totals("mobilenet-v2", 3_504_872, 300_774_272, "torchvision mobilenet_v2"),
    Totals("mobilenet-v2-0.5", 1_968_680, 97_131_840, "torchvision mobilenet_v2(width_mult=0.5)"),
    Totals("mobilenet-v2-0.75", 2_636_424, 209_069_792, "torchvision, width_mult=0.75"),
    Totals("mobilenet-v2-1.4", 6_108_776, 582_195_824, "torchvision mobilenet_v2(width_mult=1.4)"),
    Totals("mobilenet-v3-small", 2_542_856, 56_510_400, "torchvision mobilenet_v3_small"),
    Totals("mobilenet-v3-large", 5_483_032, 216_589_760, "torchvision mobilenet_v3_large"),
    Totals("efficientnet-b0", 5_288_548, 385_814_752, "torchvision efficientnet_b0 on 224"),
    Totals("efficientnet-b1", 7_794_184, 686_802_832, "torchvision efficientnet_b1 on 240"),
    Totals("efficientnet-b2", 9_109_994, 993_561_872, "torchvision efficientnet_b2 on 260"),
    Totals("efficientnet-b3", 12_233_232, 1_827_141_392, "torchvision efficientnet_b3 on 300"),
    Totals("efficientnet-b4", 19_341_616, 4_393_771_024, "torchvision efficientnet_b4 on 380"),
    Totals("efficientnet-b5", 30_389_784, 10_266_384_752, "torchvision efficientnet_b5 on 456"),
    Totals("efficientnet-b6", 43_040_704, 19_067_593_536, "torchvision efficientnet_b6 on 528"),
    Totals("efficientnet-b7", 66_347_960, 37_745_884_192, "torchvision efficientnet_b7 on 600"),
    Totals("efficientnet-v2-s", 21_458_488, 8_365_617_152, "torchvision efficientnet_v2_s on 384"),
    Totals("efficientnet-v2-m", 54_139_356, 24_582_460_384, "torchvision efficientnet_v2_m on 480"),
    Totals("efficientnet-v2-l", 118_515_272, 56_079_699_008, "torchvision efficientnet_v2_l, 480"),
    Totals("mnasnet-a1", 3_887_038, 311_579_072, "timm semnasnet_100"),
    Totals("mnasnet0.5", 2_218_512, 104_455_968, "torchvision mnasnet0_5"),
    Totals("mnasnet0.75", 3_170_208, 215_493_104, "torchvision mnasnet0_75"),
    Totals("mnasnet1.0", 4_383_312, 314_415_872, "torchvision mnasnet1_0"),
    Totals("mnasnet1.3", 6_282_256, 526_362_432, "torchvision mnasnet1_3"),
    Totals("shufflenet-v1-g1", 1_531_936, 143_078_976, "pytorchcv shufflenet_g1_w1"),
    Totals("shufflenet-v1-g2", 1_733_848, 140_836_512, "pytorchcv shufflenet_g2_w1"),
    Totals("shufflenet-v1-g3", 1_865_728, 137_460_672, "pytorchcv shufflenet_g3_w1"),
    Totals("shufflenet-v1-g4", 1_968_344, 134_339_776, "pytorchcv shufflenet_g4_w1"),
    Totals("shufflenet-v1-g8", 2_434_768, 138_365_952, "pytorchcv shufflenet_g8_w1"),
    Totals("shufflenet-v1-g3-0.5", 718_324, 37_589_856, "pytorchcv shufflenet_g3_wd2"),
    Totals("shufflenet-v1-g3-1.5", 3_443_212, 299_612_448, "pytorchcv get_shufflenet(3, 1.5)"),
    Totals("shufflenet-v1-g3-2.0", 5_450_776, 524_045_184, "pytorchcv get_shufflenet(3, 2.0)"),
    Totals("shufflenet-v2-x0.5", 1_366_792, 40_476_448, "torchvision shufflenet_v2_x0_5"),
    Totals("shufflenet-v2-x1.0", 2_278_604, 144_907_992, "torchvision shufflenet_v2_x1_0"),
    Totals("shufflenet-v2-x1.5", 3_503_624, 295_759_392, "torchvision shufflenet_v2_x1_5"),
    Totals("shufflenet-v2-x2.0", 7_393_996, 583_253_464, "torchvision shufflenet_v2_x2_0"),
    Totals("se-resnet50", 28_088_024, 3_860_488_192, "timm legacy_seresnet50"),
    Totals("se-resnet101", 49_326_872, 7_574_937_600, "timm legacy_seresnet101"),
    Totals("se-resnet152", 66_821_848, 11_288_993_792, "timm legacy_seresnet152"),
    Totals("se-resnext50-32x4d", 27_559_896, 4_232_994_816, "timm legacy_seresnext50_32x4d"),
    Totals("se-resnext101-32x4d", 48_955_416, 7_974_739_968, "timm legacy_seresnext101_32x4d"),
    Totals("senet154", 115_088_984, 20_688_363_520, "timm legacy_senet154"),
    Totals("regnet-x-200mf", 2_684_792, 199_039_872, "timm regnetx_002"),
    Totals("regnet-x-400mf", 5_157_512, 397_677_568, "timm regnetx_004"),
    Totals("regnet-x-600mf", 6_196_040, 600_890_112, "timm regnetx_006"),
    Totals("regnet-x-800mf", 7_259_656, 799_699_712, "timm regnetx_008"),
    Totals("regnet-x-1.6gf", 9_190_136, 1_602_849_792, "timm regnetx_016"),
    Totals("regnet-x-3.2gf", 15_296_552, 3_176_621_952, "timm regnetx_032"),
    Totals("regnet-x-4gf", 22_118_248, 3_964_498_816, "timm regnetx_040"),
    Totals("regnet-x-6.4gf", 26_209_256, 6_460_291_264, "timm regnetx_064"),
    Totals("regnet-x-8gf", 39_572_648, 7_995_132_416, "timm regnetx_080"),
    Totals("regnet-x-12gf", 46_106_056, 12_086_678_016, "timm regnetx_120"),
    Totals("regnet-x-16gf", 54_278_536, 15_940_755_456, "timm regnetx_160"),
    Totals("regnet-x-32gf", 107_811_560, 31_735_929_792, "timm regnetx_320"),
    Totals("regnet-y-200mf", 3_162_996, 199_514_080, "timm regnety_002"),
    Totals("regnet-y-400mf", 4_344_144, 401_842_848, "timm regnety_004"),
    Totals("regnet-y-600mf", 6_055_160, 601_220_992, "timm regnety_006"),
    Totals("regnet-y-800mf", 6_263_168, 797_176_832, "timm regnety_008"),
    Totals("regnet-y-1.6gf", 11_202_430, 1_612_076_160, "timm regnety_016"),
    Totals("regnet-y-3.2gf", 19_436_338, 3_176_482_752, "timm regnety_032"),
    Totals("regnet-y-4gf", 20_646_656, 3_973_288_448, "timm regnety_040"),
    Totals("regnet-y-6.4gf", 30_583_252, 6_355_204_992, "timm regnety_064"),
    Totals("regnet-y-8gf", 39_180_068, 7_963_057_312, "timm regnety_080"),
    Totals("regnet-y-12gf", 51_822_544, 12_092_376_576, "timm regnety_120"),
    Totals("regnet-y-16gf", 83_590_140, 15_911_510_272, "timm regnety_160"),
    Totals("regnet-y-32gf", 145_046_770, 32_279_552_832, "timm regnety_320"),
    Totals("regnet-x-400mf-torchvision", 5_495_976, 413_812_608, "torchvision regnet_x_400mf"),
    Totals("regnet-y-800mf-torchvision", 6_432_512, 833_856_256, "torchvision regnet_y_800mf"),
    Totals("regnet-y-8gf-torchvision", 39_381_472, 8_473_070_592, "torchvision regnet_y_8gf"),
    Totals("regnet-y-128gf", 644_812_894, 127_517_815_680, "torchvision regnet_y_128gf"),
    Totals("xception", 22_855_952, 8_357_403_496, "timm legacy_xception"),
    Totals("convnext-tiny", 28_589_128, 4_455_531_264, "torchvision convnext_tiny"),
    Totals("convnext-small", 50_223_688, 8_683_712_256, "torchvision convnext_small"),
    Totals("convnext-base", 88_591_464, 15_354_729_472, "torchvision convnext_base"),
    Totals("convnext-large", 197_767_336, 34_361_433_600, "torchvision convnext_large"),
    Totals("convnext-xlarge", 350_196_968, 60_921_030_656, "timm convnext_xlarge"),
    Totals("resnet50-d", 25_576_264, 4_328_824_832, "timm resnet50d on 224"),
    Totals("resnet101-d", 44_568_392, 8_041_046_016, "timm resnet101d on 224"),
    Totals("resnest50", 27_483_240, 5_371_160_576, "timm resnest50d"),
    Totals("resnest101", 48_275_016, 13_321_472_000, "timm resnest101e on 256"),
    Totals("darknet19", 20_842_376, 2_790_989_824, "pytorchcv darknet19"),
    Totals("darknet53", 41_609_928, 9_285_115_904, "timm darknet53 on 256"),
    Totals("cspdarknet53", 27_642_184, 6_533_652_480, "timm cspdarknet53 on 256"),
    Totals("cspresnet50", 21_616_168, 4_517_240_832, "timm cspresnet50 on 256"),
    Totals("yolo-v2", *yolo_v2(425), "arithmetic on yolov2.cfg"),
    Totals("yolo-v2-voc", *yolo_v2(125), "arithmetic on yolov2-voc.cfg"),
    Totals("resnet18-cifar", 11_173_962, 555_422_720, "kuangliu's modules, built on meta"),
    Totals("resnet34-cifar", 21_282_122, 1_159_402_496, "kuangliu's modules, built on meta"),
    Totals("resnet50-cifar", 23_520_842, 1_297_829_888, "kuangliu's modules, built on meta"),
    Totals("preact-resnet18-cifar", 11_171_146, 555_422_720, "kuangliu's modules, built on meta"),
    Totals("vgg11-bn", 132_868_840, 7_609_090_048, "torchvision vgg11_bn"),
    Totals("vgg13-bn", 133_053_736, 11_308_466_176, "torchvision vgg13_bn"),
    Totals("vgg16-bn", 138_365_992, 15_470_264_320, "torchvision vgg16_bn"),
    Totals("vgg19-bn", 143_678_248, 19_632_062_464, "torchvision vgg19_bn"),
    Totals("squeezenet1.0-torchvision", 1_248_424, 818_924_576, "torchvision squeezenet1_0"),
    Totals("squeezenet1.1-torchvision", 1_235_496, 349_151_936, "torchvision squeezenet1_1"),
    Totals("vit-b-16", 86_567_656, 17_563_828_224, "torchvision vit_b_16"),
    Totals("vit-b-32", 88_224_232, 4_409_186_304, "torchvision vit_b_32"),
    Totals("vit-l-16", 304_326_632, 61_554_712_576, "torchvision vit_l_16"),
    Totals("vit-l-32", 306_535_400, 15_377_539_072, "torchvision vit_l_32"),
    Totals("vit-h-14", 632_045_800, 167_295_109_120, "torchvision vit_h_14 on 224"),
    Totals("deit-ti", 5_717_416, 1_253_683_200, "timm deit_tiny_patch16_224"),
    Totals("deit-s", 22_050_664, 4_598_882_304, "timm deit_small_patch16_224"),
    Totals("deit-b", 86_567_656, 17_563_828_224, "timm deit_base_patch16_224"),
    Totals("deit-b-distilled", 87_338_192, 17_656_811_520, "timm deit_base_distilled_patch16_224"),
    Totals("mixer-s-16", 18_528_264, 3_776_958_464, "timm mixer_s16_224"),
    Totals("mixer-b-16", 59_880_472, 12_601_767_936, "timm mixer_b16_224"),
    Totals("mixer-l-16", 208_196_168, 44_547_678_208, "timm mixer_l16_224"),
    Totals("bert-base", *bert(12, 768), "arithmetic on section 3; 110M"),
    Totals("bert-large", *bert(24, 1024), "arithmetic on section 3; 340M"),
    Totals("gpt2", 124_439_808, 145_824_153_600, "transformers 4.57.1 GPT2LMHeadModel"),
    Totals("gpt2-medium", 354_823_168, 413_475_536_896, "transformers 4.57.1 GPT2LMHeadModel"),
    Totals("gpt2-large", 774_030_080, 887_285_350_400, "transformers 4.57.1 GPT2LMHeadModel"),
    Totals("gpt2-xl", 1_557_611_200, 1_753_351_782_400, "transformers 4.57.1 GPT2LMHeadModel"),
    Totals("llama3-8b", *llama3(32, 4096, 14_336), "arithmetic on Table 3"),
    Totals("llama3-70b", *llama3(80, 8192, 28_672), "arithmetic on Table 3"),
    Totals("unet", *unet(), "arithmetic on Figure 1; 31,030,658 in its many copies"),
    Totals("fcn8s", 134_489_759, 181_529_034_048, "voc-fcn8s as a torch module, built on meta"),
    Totals("segnet", *segnet(), "arithmetic on section 3"),
    Totals("deeplabv3-resnet50", 39_638_869, 168_731_205_888, "torchvision, no aux_loss"),
    Totals("deeplabv3-resnet101", 58_630_997, 248_752_300_288, "torchvision, no aux_loss"),
    Totals("swin-t", 28_288_354, 4_490_566_656, "torchvision swin_t"),
    Totals("swin-s", 49_606_258, 8_740_875_264, "torchvision swin_s"),
    Totals("swin-b", 87_768_224, 15_430_946_816, "torchvision swin_b"),
    Totals("swin-l", 196_532_476, 34_475_759_616, "timm swin_large_patch4_window7_224"),
]  # fmt: skip
