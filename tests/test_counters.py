"""What other tools say of a network, derived: their rules, sums and refusals."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archcalc.analysis.count import Reading
from archcalc.cli import main
from archcalc.counters import Counter, built_in_counters, read_counter, reconcile
from archcalc.counters.alike import in_kinds
from archcalc.counters.derivation import Sight
from archcalc.counters.libraries import libraries
from archcalc.counters.reconciliation import without_softmax
from archcalc.counters.terms import derived_by, sights_of, written_sum
from archcalc.counters.vocabulary import AMOUNTS, FLAGS
from archcalc.errors import SpecError
from archcalc.network import load
from archcalc.ops.in_torch import TorchModule
from archcalc.ops.registry import OPS, create
from archcalc.shape import Shape
from tests.counter_files import MINE, counter_file, network
from tests.op_examples import fields_of
from tests.random_specs import specs

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


PRINTED_IN_TORCHVISION = {
    # Printed by the tools for torchvision 0.28.0's modules, as `bench/installed.py` runs them.
    "inception-v3": {
        "ptflops pytorch": 5_747_660_552,
        "ptflops modules": 5_733_633_992,
        "thop": 5_749_219_168,
        "torchprofile": 5_724_188_032,
        "torch_flops": 11_454_618_240,
        "torchscan": 11_454_656_768,
    },
    "vgg16": {
        "ptflops pytorch": 15_523_225_576,
        "thop": 15_470_314_496,
        "fvcore": 15_470_289_408,
        "torchprofile": 15_470_289_408,
        "torch_flops": 30_955_639_808,
    },
    "densenet121": {"ptflops pytorch": 2_899_843_048, "thop": 2_897_007_104},
    "mobilenet-v2": {"ptflops modules": 320_237_288, "thop": 327_486_720},
    "mnasnet1.0": {"fvcore": 325_329_152, "torchprofile": 319_873_792},
    "shufflenet-v2-x1.0": {"calflops": 295_505_472, "torchscan": 297_321_324},
    "googlenet-bn": {"ptflops pytorch": 1_513_907_448, "torchscan": 3_009_291_824},
}


@pytest.mark.parametrize("model", PRINTED_IN_TORCHVISION)
def test_derived_is_what_tools_print_where_torchvision_writes_a_layer_otherwise(model: str) -> None:
    printed = PRINTED_IN_TORCHVISION[model]
    found = reconcile(load(model), [*printed], spelling="torchvision")
    assert {name: found[name].number for name in printed} == printed
    prices = [found.price(change) for change in found.written.changes] if found.written else []
    plain = reconcile(load(model), [*printed])
    for name in printed:
        assert (
            plain[name].number + sum(price.get(name, 0) or 0 for price in prices) == printed[name]
        )


def test_every_network_that_a_library_builds_is_known_and_every_rewriting_meets_one() -> None:
    for library in libraries().values():
        used = set()
        for name in library.models:
            written = library.written(without_softmax(load(name)))
            used |= {id(change.rewriting) for change in written.changes}
        assert used == {id(rewriting) for rewriting in library.rewritings}
        assert library.arguments.keys() <= {*library.models.values()}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["resnet50"], "how torchvision writes resnet50; it builds resnet50-v1.5"),
        (["lenet5"], "it is not known how torchvision writes lenet5"),
        (["vgg16", "--input", "3x256x256"], "its adaptive_avg_pool2d makes 512x7x7 of 512x8x8"),
        (["googlenet-bn", "--mode", "train"], "it is known in eval mode alone how torchvision"),
        (["resnet18", "--set", "num_classes=10", "--run"], "resnet18 without num_classes"),
    ],
)
def test_what_a_library_does_not_build_is_refused(
    arguments: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["reconcile", *arguments, "--spelling", "torchvision"]) == 2
    assert said in capsys.readouterr().err


def test_no_such_library(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconcile", "resnet18", "--spelling", "torchvison"]) == 2
    assert "no library 'torchvison'; did you mean 'torchvision'?" in capsys.readouterr().err


def test_each_change_of_a_library_has_its_price(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["reconcile", "googlenet-bn", "--spelling", "torchvision", "--tools"]
    assert main([*command, "thop,ptflops pytorch,torchscan"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert ", as torchvision 0.28.0 writes googlenet: 1,498,376,192 MACs" in out
    assert "57 layers of relu as F.relu: ptflops pytorch, torchscan - 3,226,160" in out
    assert main([*command, "fvcore"]) == 0
    assert "57 layers of relu as F.relu: no number changes" in capsys.readouterr().out
    assert main(["reconcile", "resnet18", "--spelling", "torchvision"]) == 0
    assert "torchvision writes it as archcalc does" in capsys.readouterr().out


PRINTED_OF_LAYERS = [
    # An op's example at batch 2, a counter, and what the tool printed for its module.
    ("conv1d", 0, {"torchinfo": 560, "torchscan MACs": 480, "torchscan": 960}),
    ("conv3d", 0, {"torchinfo": 1_259_520, "torchscan MACs": 1_244_160, "torchscan": 2_488_320}),
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
    reading = [reading for reading in examples() if reading.op.name == op][place]
    found = {
        each.counter.name: each.number
        for each in derived_by(built_in_counters().values(), in_kinds({Sight(reading): 1}))
    }
    assert {name: found[name] for name in printed} == printed


PRINTED_BY_TORCH_FLOPS = {
    # By its own arithmetic: a sum of squares' numbers but one, attention step by step.
    "lenet5": 672_276,
    "zfnet-deconv": 2_222_461_376,
    "vit-b-16": 35_168_752_224,
    "swin-t": 9_012_673_632,
    "mixer-b-16": 25_232_965_632,
}


@pytest.mark.parametrize("model", PRINTED_BY_TORCH_FLOPS)
def test_derived_is_what_torch_flops_prints(model: str) -> None:
    found = reconcile(load(model), ["torch_flops"])
    assert found["torch_flops"].number == PRINTED_BY_TORCH_FLOPS[model]


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


def test_what_is_counted_of_a_network_s_inputs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mine = {**MINE, "network_inputs": {"tensors": "2", "values": 4, "value": 1}}
    with pytest.raises(SpecError) as caught:
        read_counter(counter_file(tmp_path, mine))
    assert "network_inputs: no amount 'value'; did you mean 'values'?" in str(caught.value)
    assert "network_inputs.tensors: takes a whole number" in str(caught.value)
    assert main(["explain", "lenet5", "--quantity", "torchinfo input size"]) == 2
    assert "torchinfo input size is of a network's inputs, not of layers" in capsys.readouterr().err


def test_sums_by_hand() -> None:
    """LeNet-5: its subsampling and scaled tanh are calls, its rbf units are no multiply-adds."""
    found = reconcile(load("lenet5"), ["fvcore", "ptflops aten", "torchprofile", "torchinfo"])
    outputs = 6 * 28 * 28 + 16 * 10 * 10 + 120  # of its convolutions
    assert found["fvcore"].number == 325_680
    assert found["ptflops aten"].number == 325_680 + outputs + 84
    # Two factors a value of each tanh; a mean and a factor a value of each subsampling.
    scaled = outputs + 84 + 6 * 14 * 14 + 16 * 5 * 5
    assert found["torchprofile"].number == 325_680 + 2 * scaled + 2 * (6 * 14 * 14 + 16 * 5 * 5)
    assert written_sum(found["torchinfo"]) == "MACs + 6,508 bias + 44 subsampling parameters"


def test_counts_of_one_kind_share_its_name() -> None:
    """LRN squares, averages over padded channels and divides."""
    terms = reconcile(load("alexnet"), ["calflops"])["calflops"].terms
    of_norm = [(term.coefficient, term.count) for term in terms if "norm" in term.kind]
    # 96x55x55 and 256x27x27 values; two channels more before and behind them.
    values, padded = 96 * 55 * 55 + 256 * 27 * 27, 100 * 55 * 55 + 260 * 27 * 27
    assert of_norm == [(3, values), (1, padded)]
    written = written_sum(reconcile(load("alexnet"), ["calflops"])["calflops"])
    assert f"3·{values:,} + {padded:,} local response norm" in written


def test_a_softmax_at_the_end_is_left_out_and_what_it_would_add_is_said() -> None:
    found = reconcile(load("resnet18"), ["thop", "fvcore", "calflops"])
    assert found.without == ("prob",)
    assert found.of_softmax == {"thop": 3 * 1000 - 1, "calflops": 1000}
    assert len(found.net) == len(load("resnet18")) - 1


@pytest.mark.parametrize(
    ("input", "macs", "counted", "said"),
    [
        # 2·9·4 of the layer, 2·(2·2·4) of the attention.
        ([2, 9], 72 + 32, 72, "MACs - 32 attention MACs"),
        # 7·3·4 and 2·(7·7·4): where most are not counted, those are said that are.
        ([7, 3], 84 + 392, 84, "84 linear MACs"),
    ],
)
def test_some_multiply_adds_are_not_counted(
    input: list[int], macs: int, counted: int, said: str, tmp_path: Path
) -> None:
    layers = [
        {"name": "fc", "op": "linear", "out_features": 4, "bias": False},
        {"op": "attention", "num_heads": 2, "inputs": ["fc", "fc", "fc"]},
    ]
    net = network(tmp_path, layers, input)
    found = reconcile(net, ["fvcore", "DeepSpeed MACs", "ptflops aten"])
    assert (net.macs, found["DeepSpeed MACs"].number) == (macs, macs)
    assert found["fvcore"].number == found["ptflops aten"].number == counted
    assert written_sum(found["fvcore"]) == said


def test_multiply_adds_that_are_counted_zero_times_are_no_term() -> None:
    for name in ("mixer-b-16", "bert-base", "vit-b-16"):
        for derived in reconcile(load(name), "all").derived.values():
            assert all(term.coefficient for term in derived.terms), (name, derived.counter.name)
            assert "parameter parameters" not in written_sum(derived)


def test_parameters_as_each_tool_counts_them() -> None:
    shared = load("zfnet-deconv")
    once, leaves, registered = (
        reconcile(shared, [name])[name].parameters for name in ("fvcore", "torchinfo", "thop")
    )
    assert once == shared.parameters
    assert leaves == 29_806_208 // 4  # as bytes in torchinfo's summary; shared ones twice
    assert registered is not None
    assert load("lenet5").parameters - 44 == reconcile(load("lenet5"), ["thop"])["thop"].parameters


def test_a_batch_multiplies_all_but_what_is_there_once() -> None:
    one, three = (reconcile(load("resnet18", batch=n), "all").derived for n in (1, 3))
    for name in one.keys() - {"torchinfo params size", "torchinfo input size"}:
        # Of each batch norm's channels torchscan takes two roots and sums, whatever the batch.
        once = 2 * 4800 if name == "torchscan" else 0
        assert three[name].number == 3 * (one[name].number or 0) - 2 * once, name
    assert three["torchinfo params size"].number == one["torchinfo params size"].number
    assert three["torchinfo input size"].number == 3 * 3 * 224 * 224 * 4 + 64


# --- what ops consist of in torch -----------------------------------------------------------------


def examples() -> list[Reading]:
    found = []
    for name, cls in OPS.items():
        for example in cls.examples:
            op = create(OPS[name], fields_of(example))
            xs = [Shape(*sizes) for sizes in example.inputs]
            found.append(Reading(op, Shape(*example.output), xs, 2))
    return found


@pytest.mark.parametrize("reading", examples(), ids=lambda r: f"{r.op.name}-{r.y}")
def test_every_op_says_what_it_consists_of_and_every_counter_answers(reading: Reading) -> None:
    for counter in built_in_counters().values():
        said = Sight(reading).said_by(counter)
        assert all(isinstance(addend.number, int) for addend in said.addends), counter.name


def test_a_module_of_torch_has_one_part_with_its_class() -> None:
    """But for what reads a sequence positions first, which is turned for torch."""
    checked = set()
    for reading in examples():
        op = reading.op
        if op.torch_name and getattr(op, "axis", None) is None:
            (part,) = op.consists_of(reading.y, *reading.xs)
            assert isinstance(part, TorchModule), op.name
            assert part.name.partition("(")[0] == op.torch_name
            checked.add(op.name)
    assert {"conv1d", "conv2d", "lstm"} <= checked


# --- unknown is refused ---------------------------------------------------------------------------


def met(counter: Counter, readings: Iterable[Reading]) -> set[tuple[str, str]]:
    """The names of a counter's rules that some layers have."""
    return {
        (way, name)
        for reading in readings
        for way in counter.rules
        for name, _, is_inside in Sight(reading).things[way]
        if name in counter.rules[way] and (counter.into_modules or not is_inside)
    }


NETWORKS = ["alexnet", "resnet18", "googlenet-bn", "zfnet-deconv", "densenet-40-k12", "vit-b-16"]


@pytest.mark.parametrize("counter", built_in_counters().values(), ids=lambda c: c.name)
def test_a_name_without_its_rule_makes_all_that_meets_it_unknown(counter: Counter) -> None:
    several = [load(name).readings for name in NETWORKS]
    for readings in (*several, *({reading: 1} for reading in examples())):
        seen = sights_of(readings)
        for way, name in sorted(met(counter, readings)):
            without = {n: rule for n, rule in counter.rules[way].items() if n != name}
            others = {**counter.others, way: counter.others.get(way, frozenset()) | {name}}
            changed = counter._replace(rules={**counter.rules, way: without}, others=others)
            (derived,) = derived_by([changed], seen)
            assert derived.number is None, (way, name)


def test_an_unknown_number_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["reconcile", "swin-t", "--tools", "ptflops aten"]
    assert main(command) == 0
    of = "scaled_dot_product_attention(mask)"
    said = f"unknown: ptflops aten has a rule for {of} that is not written down here"
    assert said in " ".join(capsys.readouterr().out.split())
    assert main([*command, "--format", "json"]) == 0
    (tool,) = json.loads(capsys.readouterr().out)["tools"]
    assert (tool["number"], tool["unknown"]) == (None, said.removeprefix("unknown: "))


# --- terms ----------------------------------------------------------------------------------------


@given(specs(), st.integers(1, 3))
@settings(max_examples=60, deadline=None)
def test_terms_sum_to_the_number_on_networks_that_nobody_thought_of(
    tree: dict[str, Any], batch: int
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        net = load(str(counter_file(Path(folder), tree)), batch=batch)
    for derived in reconcile(net, "all").derived.values():
        if derived.number is not None:
            assert sum(term.number for term in derived.terms) == derived.number
            assert derived.number >= 0


# --- rules ----------------------------------------------------------------------------------------


def test_no_measure_and_no_flag_is_there_for_nothing() -> None:
    of_kinds = {"subtract", "compare"}  # for conventions of one's own
    amounts = {
        amount
        for counter in built_in_counters().values()
        for rules in counter.rules.values()
        for rule in rules.values()
        for amount in rule
    }
    assert amounts == AMOUNTS.keys() - of_kinds
    used = {
        name
        for counter in built_in_counters().values()
        for rules in counter.rules.values()
        for rule in rules.values()
        for coefficient in (*rule.values(), *counter.times.values())
        for name in getattr(coefficient, "names", ())
    }
    assert used == FLAGS.keys()


def test_every_counter_says_where_its_rules_are_from() -> None:
    for counter in built_in_counters().values():
        assert counter.version, counter.name
        assert counter.source, counter.name
