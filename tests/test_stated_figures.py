"""Which number a stated figure is: of papers and READMEs, with a known cause; and of none."""

from __future__ import annotations

import json
import random
from fractions import Fraction

import pytest

from archcalc.cli import main
from archcalc.counters import quoted
from archcalc.counters.quoted import near_numbers, stated_numbers
from archcalc.counters.search import (
    COULD_BE_CHANCE,
    Found,
    search,
    search_among,
    sought_figure,
)
from archcalc.errors import ArchcalcError
from archcalc.names.catalog import specs_folder
from archcalc.network import load, models
from archcalc.stated_figure import read_figure

FORMS = [
    ("4.134e9", 4_133_500_000, 4_134_500_000, 4, ""),
    ("3.8 B", 3_750_000_000, 3_850_000_000, 2, ""),
    ("25.6M params", 25_550_000, 25_650_000, 3, "parameters"),
    ("8.2 GFLOPs", 8_150_000_000, 8_250_000_000, 2, "operations"),
    ("97.8 MB", 97_750_000, 97_850_000, 3, "bytes"),
    ("97.75 MiB", Fraction(97_745, 1000) * 2**20, Fraction(97_755, 1000) * 2**20, 4, "bytes"),
    ("5.7 billion multiply-adds", 5_650_000_000, 5_750_000_000, 2, "operations"),
    ("60,000 parameters", Fraction("59999.5"), Fraction("60000.5"), 5, "parameters"),
    ("569 MMACs", 568_500_000, 569_500_000, 3, "operations"),
]


@pytest.mark.parametrize(("text", "low", "high", "digits", "counts"), FORMS)
def test_a_figure_is_read(text: str, low: int, high: int, digits: int, counts: str) -> None:
    figure = sought_figure(text)
    assert figure.interval() == (low, high)
    assert (figure.digits, figure.counts) == (digits, counts)


READ = [
    # A text, its value, the worth of its last digit, and the power of a thousand of its prefix.
    ("138M", 138_000_000, 1_000_000, 2),
    ("138 M params", 138_000_000, 1_000_000, 2),
    ("25.6m params", 25_600_000, 100_000, 2),
    ("25.6 million weights", 25_600_000, 100_000, 2),
    ("~3.8 billion", 3_800_000_000, 100_000_000, 3),
    ("1.03e8", 103_000_000, 1_000_000, 0),
    ("4.1e3 MMACs", 4_100_000_000, 100_000_000, 2),
    ("4.1 GFLOPs", 4_100_000_000, 100_000_000, 3),
    ("1,234,567 MACs", 1_234_567, 1, 0),
    ("97.5 KiB", 99_840, Fraction(1024, 10), 1),
    ("97.5 KB", 97_500, 100, 1),
    ("27 C^2", 27, 1, 0),
    ("12 Blocks", 12, 1, 0),
    ("5 Mb/s", 5, 1, 0),
    ("3 mults", 3, 1, 0),
    ("-3M", -3_000_000, 1_000_000, 2),
]


@pytest.mark.parametrize(("text", "value", "step", "power"), READ)
def test_a_prefix_scales_where_it_is_alone_or_of_what_is_counted(
    text: str, value: int, step: Fraction, power: int
) -> None:
    figure = read_figure(text)
    assert (figure.value, figure.step, figure.power) == (value, step, power)


def test_a_b_is_a_byte_of_bytes_and_a_billion_else() -> None:
    assert read_figure("97 B").value == 97 * 10**9
    assert read_figure("97 B", of_bytes=True).value == 97
    assert read_figure("97 B params", of_bytes=True).value == 97 * 10**9


def test_the_same_digits_in_units_of_1024() -> None:
    figure = read_figure("380K").in_base(1024)
    assert (figure.value, figure.step, figure.meaning) == (389_120, 1024, "K = 1,024")
    assert read_figure("97.8 MB").in_base(1024).meaning == "MB = 1,048,576"
    assert read_figure("97.8 MiB").in_base(1024).value == Fraction(978, 10) * 2**20


@pytest.mark.parametrize("text", ["1,2345", "1" * 31, "M", "..5", "٣", "1,23"])
def test_what_does_not_begin_with_a_number_states_none(text: str) -> None:
    with pytest.raises(ValueError, match="states no figure"):
        read_figure(text)


def test_a_binary_unit_means_1024_alone(capsys: pytest.CaptureFixture[str]) -> None:
    """4·25,557,032 bytes are 97.49 units of 1024²."""
    assert main(["reconcile", "resnet50", "--number", "97.49 MiB"]) == 0
    out = capsys.readouterr().out
    assert "97.49 MiB: 4 digits, if rounded from 102,220,431.36 to below" in out
    assert "102,228,128  bytes of parameters of resnet50\n" in out
    assert main(["reconcile", "resnet50", "--number", "102.2 MiB"]) == 0
    assert "none gives it" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["", "abc", "4.1 Q", "-3", "4.1 GFLOPs of it", "0 M", "1.5.2"])
def test_what_is_no_figure_is_refused(text: str) -> None:
    with pytest.raises(ArchcalcError, match="--number takes a figure"):
        sought_figure(text)


@pytest.mark.parametrize("text", ["3.8", "138"])
def test_a_small_number_of_nothing_is_asked_about(text: str) -> None:
    with pytest.raises(ArchcalcError, match=f"did you mean {text}G, '{text}M params' or"):
        sought_figure(text)


def found(model: str, text: str) -> Found:
    return search(sought_figure(text), load(model))


CAUSES = [
    # thop 0.1.1 of torchvision's, in many READMEs.
    ("resnet50", "4.134e9", "thop's MACs of resnet50-v1.5", ""),
    # He et al. 2015, abstract of its table 1: cut off.
    ("resnet50", "3.8 B", "MACs of resnet50", "cut off"),
    ("resnet50", "25.6M params", "parameters of resnet50", ""),
    # ECANet's table: in units of 1024².
    ("resnet50", "24.37M params", "parameters of resnet50", "in units of 1024²"),
    # torchvision's table of weights.
    ("resnet50", "4.09 GFLOPs", "MACs of resnet50-v1.5", ""),
    ("resnet50", "8.2 G", "2·MACs of resnet50-v1.5", ""),
    ("vgg16", "15.5 G", "MACs of vgg16", ""),
    ("densenet121", "7.98M", "parameters of densenet121", ""),
]


@pytest.mark.parametrize(("model", "text", "what", "note"), CAUSES)
def test_the_cause_of_a_figure_comes_first(model: str, text: str, what: str, note: str) -> None:
    (fit,) = found(model, text).first
    assert (fit.quoted.what, fit.note) == (what, note)


def test_a_figure_without_a_cause_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconcile", "resnet50", "--number", "9.74 BFLOPs"]) == 0
    assert "none gives it; nearest: 10,076,717,056, 2·MACs of resnet50 at 3x256x256 (+3.5%)" in (
        capsys.readouterr().out
    )


def test_without_a_network_all_are_searched(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconcile", "--number", "4.134e9", "--format", "json"]) == 0
    output = json.loads(capsys.readouterr().out)
    assert [reading["what"] for reading in output["readings"]] == ["thop's MACs of resnet50-v1.5"]
    assert (output["digits"], output["nearest"]) == (4, None)


def test_the_numbers_of_all_networks_are_those_that_are_computed(
    request: pytest.FixtureRequest,
) -> None:
    """`pytest --update-golden` writes them anew, after a change of networks, ops or counters."""
    path = specs_folder() / "numbers.json"
    rows = (
        f"{json.dumps(name)}: {json.dumps(near_numbers(name), ensure_ascii=False)}"
        for name in models()
    )
    text = "{\n" + ",\n".join(rows) + "\n}\n"
    if request.config.getoption("--update-golden"):
        path.write_text(text, encoding="utf-8")
    assert path.read_text(encoding="utf-8") == text


def test_a_number_that_is_no_longer_that_of_a_network_is_not_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    old = {"lenet5": {"MACs": 4_134_000_000}, "resnet50-v1.5": {"thop's MACs": 4_134_000_000}}
    monkeypatch.setattr(quoted, "_written", lambda: old)
    monkeypatch.setattr(quoted, "models", lambda: list(old))
    (fit,) = search(sought_figure("4.134e9"), None).fits
    assert (fit.quoted.what, fit.quoted.value) == ("thop's MACs of resnet50-v1.5", 4_133_742_592)


def test_a_network_or_a_figure_is_wanted(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconcile"]) == 2
    assert "reconcile takes a MODEL" in capsys.readouterr().err


# --- by chance ------------------------------------------------------------------------------------


def test_random_figures_are_seldom_answered() -> None:
    """At most 6 in 100 of three digits, and 2 of four, without being said to be chance."""
    drawn = random.Random(14)
    answered, asked = {3: 0, 4: 0}, 0
    for name in ("alexnet", "vgg16", "googlenet", "resnet50", "squeezenet1.0", "vit-b-16"):
        net = load(name)
        numbers = stated_numbers(net)
        asked += 200
        for _ in range(200):
            value = net.macs * 4 ** drawn.uniform(-1, 1)
            for digits in answered:
                found = search_among(sought_figure(f"{value:.{digits - 1}e}"), numbers)
                answered[digits] += bool(found.fits) and found.by_chance <= COULD_BE_CHANCE
    assert answered[3] <= asked * 6 / 100
    assert answered[4] <= asked * 2 / 100


def test_the_nearest_is_the_one_in_the_unit_that_fits_best() -> None:
    """What torchvision says of ResNet-50's file: that is more than its numbers, by 0.1%."""
    found = search(sought_figure("97.8 MB"), load("resnet50"))
    assert found.nearest is not None
    assert found.nearest.quoted.value == 4 * (25_557_032 + 53_120)
    assert round(float(found.nearest.off), 3) == -0.001


def test_powers_of_ten_as_papers_write_them() -> None:
    for text in ("3.8x10^9", "3.8 x 10^9", "3.8·10^9", "3.8e9"):
        assert sought_figure(text).interval() == (3_750_000_000, 3_850_000_000)


# --- tools and their units ------------------------------------------------------------------------


@pytest.mark.parametrize("model", ["resnet50", None])
def test_a_unit_of_one_package_alone_is_sought_in_all_of_its_numbers(model: str | None) -> None:
    """ptflops before 0.7 prints that for torchvision's ResNet-50: 4,089,184,256 multiply-adds,
    1,000 biases, 2·11,113,984 values of norms, 9,608,704 of relus, 903,168 of pools."""
    found = search(sought_figure("4.12 GMac"), None if model is None else load(model))
    (only,) = found.first
    assert only.quoted.what == "ptflops modules' Mac of resnet50-v1.5"
    assert only.quoted.value == 4_121_925_096
    others = search(sought_figure("4.12 GMACs"), None if model is None else load(model)).first
    assert only not in others


def test_tools_that_are_named_are_sought_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconcile", "resnet50", "--number", "4.134e9", "--tools", "thop"]) == 0
    assert "4,133,742,592  thop's MACs of resnet50-v1.5" in capsys.readouterr().out
    assert main(["reconcile", "resnet50", "--number", "4.134e9", "--tools", "fvcore"]) == 0
    assert "none gives it; nearest: 4,111,512,576, fvcore's flops" in capsys.readouterr().out
    assert main(["reconcile", "--number", "4.134e9", "--tools", "torchlens"]) == 2
    assert "--number with --tools torchlens takes a MODEL too" in capsys.readouterr().err


def test_a_number_of_a_tool_is_written_as_its_sum(capsys: pytest.CaptureFixture[str]) -> None:
    """Four operations for each of 11,113,984 values that batch norms take, one for each of the
    2048·7·7 that are averaged, one for each mean: 4,089,184,256 + 44,455,936 + 102,400."""
    assert main(["reconcile", "resnet50", "--number", "4.134e9"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    terms = "MACs + 4·11,113,984 batch norm + 100,352 global avg pool inputs + 2,048 global avg"
    assert f"4,133,742,592 thop's MACs of resnet50-v1.5 = {terms} pool outputs 107 readings" in said
    assert main(["reconcile", "alexnet", "--number", "724M"]) == 0
    out = capsys.readouterr().out
    assert "1 reading was tried that is as simple" in out
    assert " = " not in out  # MACs are no sum


def test_an_old_version_says_what_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["reconcile", "--number", "4.12 GMac"]) == 0
    said = "ptflops modules: with count_functional off, and ptflops before 0.7"
    assert said in capsys.readouterr().out


def test_the_parameters_of_another_form_are_near_the_plain_ones(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """61,706 = 156 + 2,416 + 48,120 + 10,164 + 850, of LeNet-5 as it is written today."""
    assert main(["reconcile", "--number", "61706"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "nearest: 60,000, parameters of lenet5 (-2.8%); of another form of lenet5?" in said
    assert main(["reconcile", "--number", "9.74e9"]) == 0
    assert "another form" not in capsys.readouterr().out
