"""Quantities that are asked for: operations, memory, stochastic depth, and receptive fields."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from archcalc.explanation import ALL, QUANTITIES, explain
from archcalc.explanation.pages.rows import Followed, named_formulas
from archcalc.network import load
from archcalc.traced import Traced
from tests.arithmetic import evaluate
from tests.explaining import conv, parts, quantities, shown, spec_file

STOCHASTIC = "resnet110-stochastic-depth-cifar"
DROPPED = ("survival", "surviving_paths", "expected_macs", "least_macs", "most_macs")


def leaves(number: Traced) -> Iterator[Traced]:
    stack = [number]
    while stack:
        found = stack.pop()
        stack += found.args
        if not found.operation:
            yield found


@pytest.mark.parametrize("model", ["vgg16", "densenet121", "wrn-16-8", "googlenet"])
def test_no_name_in_a_formula_reads_as_another_number(model: str) -> None:
    for part in parts(explain(load(model), None, ALL)):
        for quantity in part.workings:
            for leaf in leaves(quantity.number):
                assert not leaf.label.isdigit() or int(leaf.label) == leaf.value, (part, quantity)
            if quantity.value is not None:
                assert evaluate(quantity.substituted) == quantity.value, (part, quantity)


def test_operations_add_up_over_copies() -> None:
    found = quantities(explain(load("vgg16"), "conv3", "operations"))
    bias = found["operations_bias"]
    assert (bias.formula, bias.value) == ("3·conv3.0", 3 * 256 * 56 * 56)
    found = quantities(explain(load("resnet50"), "layer2", "operations"))
    assert found["operations_multiply"].formula == "layer2.0 + 3·layer2.1"


def test_what_only_one_layer_has_is_its_formula_and_its_name() -> None:
    text = str(explain(load("resnet50"), None, "operations"))
    assert "bias         fc: out_features = 1,000" in text
    assert "buffers      output: in_features·out_features = 84·10 = 840" in str(
        explain(load("lenet5"))
    )


def test_a_layer_without_operations_has_its_own_reason(tmp_path: Path) -> None:
    layers = [
        conv("c", 4, 3, bias=False),
        {"name": "s", "op": "slice", "start": 0, "stop": 3},
        {"name": "f", "op": "flatten"},
        {"name": "d", "op": "dropout"},
    ]
    net = load(spec_file(tmp_path, *layers))
    reasons = {
        layer: [q.reason for q in explain(net, layer, "operations").workings]
        for layer in ("c", "s", "f", "d", None)
    }
    assert reasons == {
        "c": ["multiply-adds alone"],
        "s": ["a slice only leaves numbers out"],
        "f": ["flattening only arranges numbers"],
        "d": ["in use dropout passes its input on"],
        None: ["multiply-adds alone"],
    }


def test_the_title_is_of_the_layer_whose_figures_follow() -> None:
    net = load("vgg16")
    first, *_, last = str(explain(net, "fc6")).split("\n")
    assert first.startswith("vgg16 fc6.linear: linear 25088 -> 4096, 512x7x7 -> 4096,")
    assert last == "besides      relu, dropout: element-wise, without parameters"
    # Where its other layers count too, the group has a page of its own.
    operations = str(explain(net, "fc6", "operations"))
    assert operations.startswith("vgg16 fc6: dense, ")
    assert "compare      relu: features = 4,096" in operations
    outputs = str(explain(net, "fc6", "memory_outputs"))
    assert outputs.split("\n")[-1].split() == ["sum", "<0.1%", "of", "vgg16", "49,152"]


# --- memory ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["lenet5", "googlenet", "resnet50"])
def test_training_needs_what_its_parts_need(model: str) -> None:
    net = load(model, batch=3, bytes_per_number=2, mode="train")
    root = explain(net, None, "memory_training")
    whole = quantities(root)["memory_training"].value
    of_parts = sum(quantities(child)["memory_training"].value for child in root.children)
    assert whole == net.memory_training == of_parts


def test_the_rules_of_memory_are_said() -> None:
    text = str(explain(load("lenet5"), None, ["memory_training", "memory_peak"]))
    assert [" ".join(line.split()) for line in text.split("\n")[1:]] == [
        "peak bytes c1 + c1_squash.tanh = 18,816 + 18,816 = 37,632",
        "alive while c1_squash.tanh runs; the network's input counts until its last use",
        "train bytes 3·parameter bytes + buffer bytes + saved bytes "
        "= 3·240,000 + 3,360 + 121,040 = 844,400",
        "parameters, gradients and momentum",
    ]


def test_of_many_outputs_that_are_alive_the_largest_are_named(tmp_path: Path) -> None:
    layers = [
        {"name": "c", "op": "conv2d", "out_channels": "index + 1", "kernel_size": 1, "repeat": 20},
        {"name": "all", "op": "concat", "inputs": "c.*"},
    ]
    net = load(spec_file(tmp_path, *layers, input=[3, 2, 2]))
    (at_end,) = explain(net, "all", "memory_peak").workings
    # Maps of 2·2 numbers of 4 bytes: 16 a channel. c.0 to c.19 have 1 to 20 channels, together 210;
    # the smallest nine, c.0 to c.8, have 1 + 2 + ... + 9 = 45, which is 720 bytes.
    named = [*(f"c.{i}" for i in range(9, 20)), "all", "(9 others)"]
    assert at_end.formula == " + ".join(named)
    assert at_end.substituted == (
        "160 + 176 + 192 + 208 + 224 + 240 + 256 + 272 + 288 + 304 + 320 + 3360 + 720"
    )
    assert at_end.value == 2 * 210 * 16 == net.memory_peak
    assert at_end.note.startswith("the 12 largest of 21 alive while all runs; ")
    (before,) = explain(net, "c.11", "memory_peak").workings  # twelve, the input long gone
    assert before.formula == " + ".join(f"c.{i}" for i in range(12))
    (one_more,) = explain(net, "c.12", "memory_peak").workings
    assert one_more.formula.endswith(" + c.12 + (1 other)")
    assert one_more.substituted.endswith(" + 208 + 16")


def test_what_a_layer_saves_is_said_tensor_by_tensor() -> None:
    net = load("lenet5")
    (working,) = explain(net, "c3", "memory_saved").workings
    assert working.substituted == (
        "4*(14*14)*(6*3 + 6*4 + 3*4 + 1*6) + 8*(6*3 + 6*4 + 3*4 + 1*6) + 8*16"
    ).replace("*", "·")
    # What the layer before has saved already counts there, and a sum needs no values.
    (second,) = explain(load("vgg16"), "conv1.1.conv2d", "memory_saved").workings
    assert second.reason == "its input counts at conv1.0.relu"
    (added,) = explain(load("resnet50"), "layer1.0.add", "memory_saved").workings
    assert added.reason == "its gradient needs no values"


@pytest.mark.parametrize(
    ("layer", "terms"),
    [
        ({"op": "lstm", "hidden_size": 3}, 2),
        ({"op": "lstm", "hidden_size": 3, "num_layers": 2, "proj_size": 2}, 4),
        ({"op": "rnn", "hidden_size": 3}, 3),
        ({"op": "instance_norm"}, 3),
        ({"op": "instance_norm", "affine": True}, 4),
        ({"op": "rms_norm"}, 3),
    ],
)
def test_a_tensor_without_numbers_is_no_term_of_what_is_saved(
    layer: dict[str, Any], terms: int, tmp_path: Path
) -> None:
    first = {"name": "first", "op": "linear", "out_features": 8}
    net = load(spec_file(tmp_path, first, layer | {"name": "x"}, input=[5, 4]))
    (working,) = explain(net, "x", "memory_saved").workings
    assert working.substituted.count(" + ") == terms - 1
    assert " 0" not in working.substituted


# --- receptive fields -----------------------------------------------------------------------------

MIXED = [
    {
        "name": "m",
        "branches": {
            "a": [{"name": "c", "op": "conv2d", "out_channels": 4, "kernel_size": 3}],
            "b": [{"name": "p", "op": "max_pool2d", "kernel_size": 2}],
        },
        "join": "add",
    },
    {"name": "d", "op": "conv2d", "out_channels": 2, "kernel_size": 2},
]


def test_the_join_that_ends_a_receptive_field_is_named(tmp_path: Path) -> None:
    net = load(spec_file(tmp_path, *MIXED, input=(4, 4, 4)))
    (behind,) = explain(net, "d", "receptive_field").workings
    assert (behind.value, behind.reason) == (None, "undefined: m.add joins strides 1 and 2")
    (itself,) = explain(net, "m.add", "receptive_field").workings
    assert itself.reason == "undefined: joins strides 1 and 2"
    table = str(explain(net, None, "receptive_field")).split("\n")
    assert "m.add      undefined: joins strides 1 and 2" in table
    assert "d 2x2      undefined: m.add joins strides 1 and 2" in table


def test_rounding_up_shows_both_candidates_to_programs_too() -> None:
    height = quantities(explain(load("googlenet"), "pool1", "shape"))["height"]
    assert height.formula.startswith("min(")
    assert height.substituted == "min((112 + 2·0 - 3 + 2 - 1)//2 + 1, (112 + 0 + 2 - 1)//2)"
    assert height.value == 56


def test_the_field_grows_at_the_kernel_and_not_behind_it() -> None:
    assert "= 51, through conv2" in str(explain(load("resnet50"), "layer2.0"))
    assert "= 171, through 5x5" in str(explain(load("googlenet"), "inception4a"))


def test_a_dilated_kernel_has_its_formula_above_its_row(tmp_path: Path) -> None:
    layers = [conv("a", 2, 3), conv("b", 2, 3, dilation=2), conv("c", 2, 3)]
    table = str(explain(load(spec_file(tmp_path, *layers)), None, "receptive_field")).split("\n")
    assert [" ".join(line.split()) for line in table[-5:]] == [
        "a, c: size + (kernel - 1)·stride so far",
        "b: size + (kernel + (kernel - 1)·(dilation - 1) - 1)·stride so far",
        "a 3x3 1 + (3 - 1)·1 = 3",
        "b 3x3 3 + (3 + (3 - 1)·(2 - 1) - 1)·1 = 7",  # a kernel of 3 spans 5
        "c 3x3 7 + (3 - 1)·1 = 9",
    ]


def test_fields_that_lie_apart_are_joined_from_end_to_end(tmp_path: Path) -> None:
    def branch(before: int, after: int) -> list[dict[str, Any]]:
        ends = {"height": [before, after], "width": [before, after]}
        kernel = {"name": "c", "op": "conv2d", "out_channels": 3, "kernel_size": 3}
        return [{"name": "p", "op": "pad", **ends}, kernel]

    layers = [{"name": "m", "branches": {"a": branch(1, 0), "b": branch(0, 1)}, "join": "add"}]
    net = load(spec_file(tmp_path, *layers))
    (joined,) = explain(net, "m.add", "receptive_field").workings
    # Of the first position `a` sees -1 to 1, and `b` 0 to 2: together -1 to 2.
    assert joined.formula == "padding of m.a.c + m.b.c - padding of m.b.c"
    assert (joined.substituted, joined.value) == ("1 + 3 - 0", 4)
    assert "size + (kernel - 1)·stride so far" in str(explain(net, None, "receptive_field"))
    assert "m.a.p, m.b.p" not in str(explain(net, None, "receptive_field"))


# --- which rows a formula holds for ---------------------------------------------------------------


def rows_of(**formulas: str) -> list[Followed]:
    return [
        Followed(formula, name, name.rstrip("0123456789")) for name, formula in formulas.items()
    ]


@pytest.mark.parametrize(
    ("followed", "expected"),
    [
        (rows_of(conv1="a", conv2="a"), ["a"]),
        (rows_of(conv1="a", fc1="b"), ["conv1: a", "fc1: b"]),
        (
            rows_of(conv1="a", conv2="b", conv3="b", conv4="b", fc1="c", fc2="c", fc3="c"),
            ["conv1: a", "conv2, conv3, conv4: b", "fc: c"],
        ),
        (
            rows_of(c1="a", c2="b", c3="a", c4="a", c5="a", c6="a", c7="a", c8="a"),
            ["c2: b", "others: a"],
        ),
        ([], []),
    ],
)
def test_a_formula_names_the_rows_it_holds_for(
    followed: list[Followed], expected: list[str]
) -> None:
    assert named_formulas(followed) == expected


def test_a_group_with_one_counted_layer_has_its_formula_above() -> None:
    text = str(explain(load("nasnet-a-mobile"), None, "macs"))
    assert "stem: (height·width·out)·(kernel·kernel·in)" in text
    assert "(111·111·32)·(3·3·3)" in text
    shapes = str(explain(load("lenet5"), None, "shape"))
    assert "s2, s4: (height - kernel)//stride + 1" in shapes


# --- stochastic depth -----------------------------------------------------------------------------


def test_a_part_in_a_dropped_path_says_its_chance() -> None:
    net = load(STOCHASTIC, mode="train")
    # The second of 54 paths: 1 - 2/108; each of its two kernels has 32·32·16·3·3·16 MACs.
    for layer, macs in (("layer1.1", 2 * 2_359_296), ("layer1.1.conv1", 2_359_296)):
        found = quantities(explain(net, layer))
        assert found["survival"].value == Fraction(53, 54)
        assert found["survival"].formula == "survival of layer1.1"
        assert found["expected_macs"].value == Fraction(53, 54) * macs
        assert (found["least_macs"].value, found["most_macs"].value) == (0, macs)
        assert "survival     survival of layer1.1 = 53/54, about 0.981" in str(explain(net, layer))


def test_a_step_of_the_network_is_factored() -> None:
    net = load(STOCHASTIC, mode="train")
    found = quantities(explain(net))
    average = found["expected_macs"]
    assert average.formula == (
        "certain MACs + sum of 52 survivals·MACs of each + sum of 2 survivals·MACs of each"
    )
    # Of all 54 survivals, 161/4, those of blocks 19 and 37 are 1 - 19/108 and 1 - 37/108.
    two = Fraction(89 + 71, 108)
    fifty_two = Fraction(161, 4) - two
    assert average.value == 443_008 + fifty_two * 4_718_592 + two * 3_538_944
    assert average.value == net.expected_macs
    assert found["least_macs"].value == net.least_macs == 443_008
    assert found["most_macs"].value == net.most_macs == 252_887_680


def test_paths_inside_paths_and_paths_of_one_chance(tmp_path: Path) -> None:
    def one(name: str) -> dict[str, Any]:
        return conv(name, 3, 1)

    layers = [
        one("a"),
        one("b"),
        {"name": "inner", "op": "drop_path", "survival": "1/3"},
        {"name": "c", "op": "add", "inputs": ["a", "inner"]},
        {"name": "outer", "op": "drop_path", "survival": "1/2"},
        {"name": "d", "op": "add", "inputs": ["a", "outer"]},
        one("e"),
        {"name": "other", "op": "drop_path", "survival": "1/6"},
        {"name": "f", "op": "add", "inputs": ["d", "other"]},
    ]
    net = load(spec_file(tmp_path, *layers), mode="train")
    # 8·8·3·3 = 576 MACs a layer: a always; b where both survive, 1/6; e by 1/6 too.
    found = quantities(explain(net, None, ["expected_macs", "survival"]))
    average = found["expected_macs"]
    assert average.formula == "certain MACs + survival·its MACs"
    assert average.substituted == "576 + (1/6)·1152"
    assert found["survival"].reason == "its paths are dropped one by one"
    (of_b,) = explain(net, "b", "survival").workings
    assert of_b.formula == "survival of inner·survival of outer"
    assert (of_b.substituted, of_b.value) == ("(1/3)·(1/2)", Fraction(1, 6))
    (of_a,) = explain(net, "a", "survival").workings
    assert (of_a.value, of_a.reason) == (None, "nothing in it is dropped")


def test_networks_that_drop_no_path_do_not_have_its_quantities() -> None:
    net = load("resnet50", mode="train")
    assert not {kind.name for kind in explain(net, None, ALL).quantities} & set(DROPPED)
    assert not {kind.name for kind in explain(net).quantities} & set(DROPPED)
    for quantity in DROPPED:
        (found,) = explain(net, None, quantity).workings
        assert (found.value or None, found.reason) == (None, "it drops no path in training")
    assert "survival" not in quantities(explain(load(STOCHASTIC), "layer1.1"))
    assert set(DROPPED) < {kind.name for kind in explain(load(STOCHASTIC), None, ALL).quantities}


GATED_OR_UNEVEN = ("receptive_field_smallest", "receptive_field_trunk")
"""What only networks with gates have, or with layers that make a map larger."""


# --- several at once ------------------------------------------------------------------------------


def test_several_quantities_come_in_their_usual_order() -> None:
    root = explain(load("lenet5"), None, ["activations", "macs"])
    assert [kind.name for kind in root.quantities] == ["macs", "activations"]
    header = str(root).split("\n")[3].split()
    assert header == ["layer", "MACs", "activations"]
    everything = {kind.name for kind in explain(load("lenet5"), None, ALL).quantities}
    assert everything == set(QUANTITIES) - {*DROPPED, *GATED_OR_UNEVEN}


def test_softmax_over_a_vector_is_one_sum_of_its_features() -> None:
    found = quantities(explain(load("resnet50"), "prob", "operations"))
    assert found["operations_add"].formula == "features - 1"
    assert shown("resnet50", "fc", "operations")[0] == "out_features"
