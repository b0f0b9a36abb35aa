"""What is suggested for a name that is none: the field's words, and never nonsense."""

from __future__ import annotations

import pytest

from archcalc.cli import main
from archcalc.errors import LONGEST_PLACE, ArchcalcError, Problem, is_legible, quote
from archcalc.language.items import BODY_KEYS
from archcalc.language.model import ITEM_KEYS
from archcalc.names import catalog
from archcalc.network import load, models
from archcalc.ops.registry import OPS
from archcalc.quantities import QUANTITIES
from archcalc.suggestions import _WORDS, _distance, bare, suggestions

FIELDS = sorted({field for op in OPS.values() for field in op.field_infos})
NETWORKS = models()


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("deconv", OPS, ["conv_transpose2d"]),
        ("Deconvolution", OPS, ["conv_transpose2d"]),
        ("dense", OPS, ["linear"]),
        ("InnerProduct", OPS, ["linear"]),
        ("lrn", OPS, ["local_response_norm"]),
        ("Eltwise", OPS, ["add", "multiply"]),
        ("activation", OPS, ["relu", "sigmoid"]),
        ("BatchNorm", OPS, ["batch_norm"]),
        ("MaxPool", OPS, ["max_pool2d"]),
        ("gap", OPS, ["global_avg_pool2d"]),
        ("conv", OPS, ["conv2d"]),
        ("conv2", OPS, ["conv2d"]),
        ("filters", FIELDS, ["out_channels"]),
        ("kernel", FIELDS, ["kernel_size"]),
        ("ksize", FIELDS, ["kernel_size"]),
        ("pad", FIELDS, ["padding", "padding_mode"]),
        ("strides", FIELDS, ["stride"]),
        ("dilation_rate", FIELDS, ["dilation"]),
        ("use_bias", FIELDS, ["bias"]),
        ("heads", ["num_heads", "causal"], ["num_heads"]),
        ("num_heads", ["heads", "width"], ["heads"]),
        ("is_causal", ["num_heads", "causal"], ["causal"]),
        ("nhead", ["num_heads", "bias"], ["num_heads"]),
        ("params", QUANTITIES, ["parameters"]),
        ("mult-adds", QUANTITIES, ["macs"]),
        ("RF", QUANTITIES, ["receptive_field"]),
        ("classes", ["num_classes", "groups"], ["num_classes"]),
        ("resnet51", NETWORKS, ["resnet50"]),
        ("densenet", NETWORKS, ["densenet121", "densenet161"]),
        ("lenet", NETWORKS, ["lenet5"]),
        # Names that begin with it come before those that are spelled like it.
        ("mobilenet_v3", NETWORKS, ["mobilenet-v3-large", "mobilenet-v3-small"]),
        ("bert_base_uncased", NETWORKS, ["bert-base"]),
        ("resnet50_fpn", NETWORKS, ["resnet50"]),
    ],
)
def test_a_word_of_the_field_is_what_was_meant(word, known, meant) -> None:
    assert suggestions(word, known) == meant


@pytest.mark.parametrize(
    "name", ["ghostnet", "nfnet-f0", "t5-small", "wav2vec2", "detr", "yolov3", "x", ""]
)
def test_a_network_that_is_not_here_is_none_of_those_that_are(name: str) -> None:
    known = [other for other in NETWORKS if bare(other)[:4] != bare(name)[:4]]
    assert suggestions(name, known) == []


def test_every_word_leads_to_something_that_there_is() -> None:
    arguments = {name for net in NETWORKS for name in catalog.described(net)[0].arguments}
    known = {*OPS, *FIELDS, *QUANTITIES, *arguments, *BODY_KEYS, *ITEM_KEYS, "batch", "arguments"}
    for word, meant in _WORDS.items():
        assert bare(word) == word
        assert set(meant.split()) <= known, word


def test_no_two_networks_differ_in_case_and_signs_alone() -> None:
    """So that each is understood however it is spelled."""
    names = [name for kind in catalog.SPEC_FOLDERS for name in catalog.built_in(kind)]
    assert len({bare(name) for name in names}) == len(names)


@pytest.mark.parametrize(
    ("spelled", "name"),
    [("ResNet-50", "resnet50"), ("VGG16", "vgg16"), ("inception_v3", "inception-v3"),
     ("resnet50_v1.5", "resnet50-v1.5"), ("GoogLeNet", "googlenet"), ("LeNet-5", "lenet5"),
     ("SqueezeNet 1.1", "squeezenet1.1"), ("ViT-B/16", "vit-b-16"), ("ViT B/16", "vit-b-16")],
)  # fmt: skip
def test_an_obvious_spelling_is_understood(spelled: str, name: str) -> None:
    assert load(spelled).name == name
    assert [load(member).name for member in catalog.members(spelled)] == [name]


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("gpt2-small", "did you mean 'gpt2'?"),  # by its title
        ("wideblok", "did you mean 'wide-block'?"),
        ("inception", "did you mean 'inception-v2' or 'inception-v3'?"),  # networks before studies
    ],
)
def test_a_model_that_is_none_is_told_which_was_meant(name: str, said: str) -> None:
    with pytest.raises(ArchcalcError) as caught:
        load(name)
    assert str(caught.value) == f"no model '{name}'; {said} (archcalc list)"


def test_a_path_is_no_spelling_of_a_name() -> None:
    with pytest.raises(ArchcalcError, match="no file"):
        load("./resnet50")


def test_blocks_that_papers_count_from_one_are_found(capsys: pytest.CaptureFixture[str]) -> None:
    """VGG's conv5_3 is the third of conv5, which is conv5.2 here."""
    for name, meant in (("conv5_3", "conv5.2"), ("conv5_2", "conv5.1"), ("conv5_1", "conv5.0")):
        assert main(["explain", "vgg16", "--layer", name]) == 2
        assert capsys.readouterr().err == (
            f"archcalc: vgg16 has no layer '{name}'; did you mean '{meant}'? "
            "(conv5's are counted from 0)\n"
        )


@pytest.mark.parametrize("letter", "\u3164\u2800\u115f\u034f\uffa0\ufe0f\U000e0100\u200b\u202e\x1b")
def test_a_letter_that_nobody_sees_is_shown_by_its_number(letter: str) -> None:
    assert not is_legible(f"a{letter}b")
    shown = quote(f"a{letter}b")
    assert is_legible(shown)
    assert f"{ord(letter):x}" in shown


def test_a_place_deep_in_a_file_is_cut_in_its_middle() -> None:
    place = ".".join(f"layers[{i}]" for i in range(500))
    said = str(Problem(place, "wrong"))
    assert said.startswith("layers[0].layers[1].")
    assert said.endswith("layers[499]: wrong")
    assert len(said) <= LONGEST_PLACE + len(": wrong")


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [("", "ab", 2), ("ab", "ba", 1), ("abc", "ca", 3), ("kitten", "sitting", 3), ("ab", "ab", 0),
     ("conv", "cnov", 1), ("relu", "prelu", 1), ("a" * 70, "b" + "a" * 69, 1)],
)  # fmt: skip
def test_distances(a: str, b: str, distance: int) -> None:
    """Exchanged letters are exchanged once: abc to ca is three changes, not two."""
    assert _distance(a, b, 3) == _distance(b, a, 3) == distance
    assert _distance(a, b, 1) == min(distance, 2)
