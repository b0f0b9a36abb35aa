"""Numbers that tools have printed, derived."""

from __future__ import annotations

from pathlib import Path

import pytest

from archcalc.counters import built_in_counters, reconcile
from archcalc.counters.alike import in_kinds
from archcalc.counters.derivation import Sight
from archcalc.counters.terms import derived_by, written_sum
from archcalc.network import load
from tests.counter_files import network
from tests.op_examples import readings_of_examples

PRINTED = {
    # Printed by the tools for torchvision 0.29.1's modules, at 1x3x224x224 in eval mode.
    "resnet50-v1.5": {
        "fvcore": 4_111_512_576,
        "FlopCounterMode": 2 * 4_089_184_256,
        "thop": 4_133_742_592,
        "ptflops pytorch": 4_132_436_968,
        "ptflops aten": 4_089_185_256,
        "torchinfo": 4_089_238_376,
        "torchprofile": 4_100_300_288,
        "torchscan MACs": 4_111_916_032,
        "torchscan": 8_221_876_096,
        "calflops": 8_211_108_352,
        "calflops MACs": 4_089_184_256,
    },
    "googlenet-bn": {
        "fvcore": 1_504_878_688,
        "FlopCounterMode": 2 * 1_498_376_192,
        "thop": 1_511_332_032,
        "ptflops aten": 1_498_377_192,
        "torchinfo": 1_498_391_752,
        "torchprofile": 1_501_603_376,
        "calflops MACs": 1_498_376_192,
    },
}


@pytest.mark.parametrize("model", PRINTED)
def test_derived_is_what_tools_print_for_torchvisions_modules(model: str) -> None:
    found = reconcile(load(model), "all")
    assert {name: found[name].number for name in PRINTED[model]} == PRINTED[model]


PRINTED_OF_LAYERS = [
    # An op's example at batch 2, a counter, and what the tool printed for its module.
    ("conv1d", 0, {"torchinfo": 560, "torchscan MACs": 480, "torchscan": 960, "torchlens": 1_040}),
    ("conv3d", 0, {"torchinfo": 1_259_520, "torchscan MACs": 1_244_160, "torchscan": 2_488_320}),
    ("conv3d", 0, {"torchlens": 2_503_680}),
    ("conv_transpose3d", 0, {"torchlens": 65_280}),
    ("max_pool3d", 0, {"torchlens": 1_152}),
    ("avg_pool1d", 1, {"torchlens": 180}),
    ("adaptive_max_pool2d", 0, {"torchlens": 160}),
    ("adaptive_avg_pool3d", 0, {"torchlens": 192}),
    ("selu", 0, {"torchlens": 100}),
    ("exp", 0, {"torchlens": 96}),
    ("conv3d", 1, {"torchinfo": 2_592, "torchscan MACs": 2_592, "torchscan": 4_968}),
    ("conv_transpose1d", 0, {"torchinfo": 4_000, "torchprofile": 3_840, "torchscan": 7_688}),
    ("conv_transpose3d", 0, {"torchinfo": 249_600, "torchprofile": 245_760, "torchscan": 491_544}),
    ("global_avg_pool1d", 0, {"torchscan MACs": 60}),
    ("global_avg_pool3d", 0, {"torchscan MACs": 504}),
    ("max_pool1d", 0, {"torchscan": 64}),
    ("avg_pool3d", 0, {"torchscan": 576}),
    ("lstm", 0, {"calflops": 2_640, "FlopCounterMode": 2_240, "torchinfo": 1_440}),
    ("lstm", 2, {"FlopCounterMode": 5_376, "torchinfo": 2_688}),
    ("gru", 1, {"DeepSpeed": 2_208, "FlopCounterMode": 1_872, "torchinfo": 1_224}),
    ("rnn", 1, {"calflops": 1_120, "DeepSpeed": 1_120, "FlopCounterMode": 1_200, "torchinfo": 600}),
    ("multihead_attention", 0, {"torchinfo": 1_218_723_840, "ptflops aten": 2 * 609_361_920}),
    ("attention", 0, {"ptflops aten": 0}),  # fused on a CPU
    ("attention", 3, {"ptflops aten": 2 * 300}),  # of other values than keys, which is not
]  # fmt: skip


@pytest.mark.parametrize(("op", "place", "printed"), PRINTED_OF_LAYERS)
def test_derived_is_what_tools_print_for_a_layer(
    op: str, place: int, printed: dict[str, int]
) -> None:
    reading = [reading for reading in readings_of_examples() if reading.op.name == op][place]
    found = {
        each.counter.name: each.number
        for each in derived_by(built_in_counters().values(), in_kinds({Sight(reading): 1}))
    }
    assert {name: found[name] for name in printed} == printed


PRINTED_OF_NETWORKS = {
    # Of archcalc's modules. torch_flops has an arithmetic of its own: a sum of squares' numbers but
    # one, attention step by step; zfnet-deconv pools once more for the places of maxima.
    "torch_flops": {
        "lenet5": 672_276,
        "zfnet-deconv": 2_222_461_376,
        "vit-b-16": 35_168_752_224,
        "swin-t": 9_012_673_632,
        "mixer-b-16": 25_232_965_632,
    },
    "torchlens": {
        "lenet5": 732_204,
        "alexnet": 1_455_762_216,
        "zfnet-deconv": 4_450_131_584,
        "googlenet-bn": 3_020_374_216,
    },
}


@pytest.mark.parametrize("tool", PRINTED_OF_NETWORKS)
def test_derived_is_what_a_tool_prints_of_networks(tool: str) -> None:
    printed = PRINTED_OF_NETWORKS[tool]
    assert {model: reconcile(load(model), [tool])[tool].number for model in printed} == printed


def test_a_layer_of_an_lstm_as_thop_and_ptflops_count_it(tmp_path: Path) -> None:
    """Printed by them for `nn.LSTM(5, 7)` over 6 steps, batch 2."""
    net = network(tmp_path, [{"op": "lstm", "hidden_size": 7}], [6, 5], batch=2)
    found = reconcile(net, ["thop", "ptflops modules", "torchinfo", "torchprofile", "calflops"])
    assert [derived.number for derived in found.derived.values()] == [5376, 5544, 4704, 4032, 8904]


def test_the_sizes_that_torchinfo_prints() -> None:
    """Its README has 0.60, 360.87 and 240.77 MB for torchvision's resnet152."""
    sizes = ["torchinfo input size", "torchinfo pass size", "torchinfo params size"]
    found = reconcile(load("resnet152-v1.5"), sizes)
    assert found["torchinfo input size"].number == 602_176  # printed, of 3·224·224 floats
    assert written_sum(found["torchinfo input size"]) == "602,112 input bytes + 64·1 input tensors"
    assert found["torchinfo pass size"].number == 360_873_792
    assert found["torchinfo params size"].number == 240_771_232
    assert found.uncounted == {}
