"""`archcalc solve`: the value that trying every network one by one finds too."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import archcalc
from archcalc.cli import main
from archcalc.errors import ArchcalcError
from archcalc.network import load

QUESTIONS: list[tuple[str, dict[str, Any], str, int, int, str, int]] = [
    # model, settings, name, first and last value tried, a quantity and the most of it
    ("wrn-28-10", {"widen": 4}, "depth", 1, 80, "parameters", 10_000_000),
    ("resnet50", {}, "width_per_group", 1, 40, "macs", 10**9),
    ("densenet-40-k12", {}, "growth", 1, 30, "parameters", 700_000),
    ("squeezenet1.0", {}, "height", 200, 260, "macs", 800_000_000),
    ("resnet50", {}, "num_classes", 1, 60, "memory_training", 389_000_000),
]


@pytest.mark.parametrize(
    ("model", "settings", "name", "first", "last", "quantity", "allowed"), QUESTIONS
)
def test_the_answer_is_what_trying_all_finds(
    model: str, settings: Any, name: str, first: int, last: int, quantity: str, allowed: int
) -> None:
    def count(value: int) -> int | None:
        """What the network that users load comes to; None where it is refused."""
        try:
            net = load(model, **settings)
            if name == "height":
                net = load(model, input=(3, value, net.input[2]), **settings)
            else:
                net = load(model, **settings, **{name: value})
        except ArchcalcError:
            return None
        return int(getattr(net, quantity))

    counts = {value: found for value in range(first, last + 1) if (found := count(value))}
    expected = max(value for value, found in counts.items() if found <= allowed)
    where = f"{quantity} <= {allowed}"
    found = archcalc.solve(load(model, **settings), name, where, values=range(first, last + 1))
    assert (found.value, found.answer[quantity]) == (expected, counts[expected])
    above = min((value for value in counts if value > expected), default=None)
    assert (found.above and found.above[name]) == above
    below = max((value for value in counts if value < expected), default=None)
    assert (found.below and found.below[name]) == below
    smallest = archcalc.solve(
        load(model, **settings), name, where, values=range(first, last + 1), smallest=True
    )
    assert smallest.value == min(v for v, found in counts.items() if found <= allowed)


def test_what_does_not_grow_is_no_reason_to_stop() -> None:
    """49·C² weights: under 200 for 1 and 2 channels, over 480,000 for 99 and 100 alone."""
    where = "parameters < 200 or parameters > 480e3"
    net = load("one-7x7")
    found = archcalc.solve(net, "channels", where, values=range(1, 101))
    assert (found.value, found.exception, found.holds) == (100, 98, (True, True, False))
    assert found.above is None
    found = archcalc.solve(net, "channels", where, values=range(1, 101), smallest=True)
    assert (found.value, found.exception, found.holds) == (1, 3, (False, True, True))
    inside = archcalc.solve(net, "channels", "parameters < 200", values=range(1, 101))
    assert (inside.value, inside.exception) == (2, None)


def test_most_of_another_quantity() -> None:
    """Convolutions of G groups have 1/G of the weights, and all are below 10^8: one group."""
    net = load("resnext50-32x4d")
    groups = archcalc.solve(net, "groups", "macs < 5e9", values=[1, 2, 4, 8, 16, 32])
    assert groups.value == 32
    found = archcalc.solve(net, "groups", "macs < 5e9", values=[1, 2, 4, 8], most="parameters")
    largest = max((load("resnext50-32x4d", groups=g).parameters, g) for g in (1, 2, 4, 8))
    assert (found.answer["parameters"], found.value) == largest


def test_all_values_are_tried_unless_others_are_asked_for() -> None:
    """49·C² of 100,000 channels are 4.9·10^11; what a DenseNet's training keeps is read for each of
    its depths, which are 4 and more by threes."""
    found = archcalc.solve(load("one-7x7"), "channels", "parameters < 490000000000")
    assert (found.value, found.tried) == (99_999, (100_000, 1, 100_000))
    found = archcalc.solve(load("densenet-40-k12"), "depth", "parameters < 2e6")
    assert found.tried == (33_333, 4, 100_000)
    # The next one has 740·55² - 4268·55 + 6442 parameters.
    assert (found.value, found.answer["parameters"]) == (52, 1_785_466)
    assert found.above == {"depth": 55, "parameters": 2_010_202}
    found = archcalc.solve(load("densenet-40-k12"), "depth", "memory_saved < 1G")
    assert found.tried == (99, 4, 298)


@pytest.mark.parametrize(
    ("name", "where", "said"),
    [
        (
            "channels",
            "parameters < 2",
            "no channels from 1 to 100,000 meets parameters < 2: 1 gives 49 parameters; other",
        ),
        ("chanels", "parameters < 2", "did you mean 'channels'?"),
        ("chanels", "chanels < 2", "did you mean 'channels'?"),
        (
            "channels",
            "channels < 1",
            "no channels from 1 to 100,000 meets channels < 1; other values can be given to try",
        ),
        ("channels", "parameter < 2", "did you mean 'parameters'?"),
    ],
)
def test_what_cannot_be_solved_is_said(name: str, where: str, said: str) -> None:
    with pytest.raises(ArchcalcError) as error:
        archcalc.solve(load("one-7x7"), name, where)
    assert said in str(error.value)


@pytest.mark.parametrize(
    "command", [["solve", "--for", "input", "--where", "macs < 1e9"], ["sweep"]]
)
def test_a_module_has_nothing_that_varies(
    command: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """Its code does not even run."""
    assert main([*command, "no_such_file.py:Net", "--input", "32,64"]) == 2
    said = "no_such_file.py:Net has no closed forms: it is a torch module, without sizes or"
    assert said in capsys.readouterr().err


def test_values_may_be_given_in_any_order() -> None:
    net = load("one-7x7")
    found = archcalc.solve(net, "channels", "parameters > 0", values=[30, 10, 20, 10])
    assert (found.value, found.below and found.below["channels"], found.above) == (30, 20, None)
    assert found.tried == (3, 10, 30)
    found = archcalc.solve(net, "channels", "parameters > 0", values=range(30, 9, -10))
    assert (found.value, found.tried) == (30, (3, 10, 30))


def test_shapes_of_the_input_are_values(capsys: pytest.CaptureFixture[str]) -> None:
    """ResNet-50 has 76848·height·width + 2,048,000 MACs."""
    command = ["solve", "resnet50", "--for", "input", "--input", "64x64,32x64,96x64"]
    assert main([*command, "--where", "macs < 400e6", "--format", "csv"]) == 0
    below, answer, above = capsys.readouterr().out.splitlines()[1:]
    assert below == f"32x64,{76848 * 32 * 64 + 2_048_000},True,below"
    assert answer == f"64x64,{76848 * 64 * 64 + 2_048_000},True,answer"
    assert above == f"96x64,{76848 * 96 * 64 + 2_048_000},False,above"
    assert main([*command, "--where", "input < 400e6"]) == 2
    said = "archcalc: --where compares figures, and 'input' is a shape\n"
    assert capsys.readouterr().err == said


def test_what_has_no_order_is_not_solved_for(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["solve", "resnet50", "--for", "unit", "--set", "unit=basic,bottleneck"]
    assert main([*command, "--where", "macs < 9G"]) == 2
    said = "archcalc: solve takes numbers to try, and unit 'basic' is none; archcalc sweep takes"
    assert capsys.readouterr().err.startswith(said)


def test_one_value_is_tried_alone(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["solve", "one-7x7", "--for", "channels", "--set", "channels=3"]
    assert main([*command, "--where", "parameters < 500"]) == 0
    title, how = capsys.readouterr().out.splitlines()[1:3]
    assert title == "channels 3 is the largest where parameters < 500, of 1 value"
    assert how == "by 1 closed form, checked at 1 point"


def test_where_no_figure_is_asked_for_no_closed_form_is_said(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["solve", "one-7x7", "--for", "channels", "--where", "channels < 9"]) == 0
    how = capsys.readouterr().out.splitlines()[2]
    assert how.startswith("checked at ")


def test_the_answer_is_compared_with_plain_counting() -> None:
    """Random depths up to 100,000 are too large to be read; the answer is not."""
    found = archcalc.solve(load("resnet50"), "units[1]", "macs < 10G")
    assert found.value == 32  # 218,365,952 MACs a block, with 2,984,169,472 at 0
    assert {(30,), (31,), (32,)} <= found.sweep.evaluation.compared
    assert found.answer["macs"] == load("resnet50", units=[3, 32, 6, 3]).macs


def test_the_largest_batch() -> None:
    """A 7x7 convolution of C channels onto C has 49·C² MACs at a position."""
    net = load("one-7x7", channels=2, input=(2, 3, 5))
    found = archcalc.solve(net, "batch", "macs <= 1e6")
    assert found.answer == {"batch": 340, "macs": 340 * 49 * 4 * 15}  # 2,940 a sample
    swept = archcalc.sweep(net, {"batch": [1, 7], "height": [3]}, columns=["macs", "parameters"])
    (block,) = swept
    assert block["macs"].tolist() == [2940, 7 * 2940]
    assert block["parameters"].tolist() == [196, 196]
    form = archcalc.formula(net, ["batch", "height"])["macs"]
    assert form.text == "980·batch·height"


def test_a_multiplier_is_tried_in_fractions(capsys: pytest.CaptureFixture[str]) -> None:
    """MobileNetV2 of width 1 has 300.8M multiply-adds, its other widths are fractions of that."""
    net = load("mobilenet-v2-0.5")
    found = archcalc.solve(net, "width", "macs < 290M")
    assert (found.value, found.tried) == (Fraction("0.95"), (100, Fraction("0.05"), 5))
    assert found.answer["macs"] == load("mobilenet-v2", width=0.95).macs < 290_000_000
    assert found.above is not None
    assert found.above["macs"] == load("mobilenet-v2").macs == 300_774_272
    command = ["solve", "mobilenet-v2", "--for", "width", "--where", "macs < 290M"]
    assert main([*command, "--set", "width=0.9:1.1:0.05"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1] == "width 0.95 is the largest where macs < 290M, of 5 values from 0.9 to 1.1"
    assert [line.split()[0] for line in lines[-3:]] == ["0.9", "0.95", "1"]
    assert main([*command[:-1], "macs < 1"]) == 2
    said = "MACs; other values can be tried by --set width=0.5:1:0.01\n"
    assert capsys.readouterr().err.endswith(said)


def test_that_larger_ones_were_not_tried_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    """49·C² weights, of 100,000 channels 4.9·10^11."""
    command = ["solve", "one-7x7", "--for", "channels", "--where"]
    assert main([*command, "parameters < 1e12"]) == 0
    said = "larger ones were not tried; they are by --set channels=100000:200000"
    assert capsys.readouterr().out.splitlines()[3] == said
    assert main([*command, "parameters < 1e12", "--set", "channels=100000:200000"]) == 0
    out = capsys.readouterr().out
    assert "channels 142857 is the largest" in out  # 49·142,857² = 999,997,959,201
    assert "tried;" not in out
    for others in (["parameters < 1e9"], ["parameters < 1e12", "--smallest"]):
        assert main([*command, *others]) == 0
        assert "tried;" not in capsys.readouterr().out
    assert main(["solve", "resnet50", "--for", "input", "--where", "parameters < 1G"]) == 0
    assert "they are by --input 100000:200000" in capsys.readouterr().out


def test_that_fractions_were_not_tried_is_said(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing in the file says that its width can be one; of classes none can."""
    layers = [{"op": "conv2d", "out_channels": "32 * width", "kernel_size": 1}]
    arguments = {"width": 1, "num_classes": {"default": 10, "minimum": 1}}
    layers += [{"op": "flatten"}, {"op": "linear", "out_features": "num_classes"}]
    spec = {"input": [3, 4, 4], "arguments": arguments, "layers": layers}
    file = tmp_path / "own.json"
    file.write_text(json.dumps(spec), encoding="utf-8")
    assert main(["solve", str(file), "--for", "width", "--where", "macs < 1"]) == 2
    said = "only whole numbers were tried; fractions too by --set width=0.05:2:0.05\n"
    assert capsys.readouterr().err.endswith(said)
    assert main(["solve", str(file), "--for", "num_classes", "--where", "macs < 1"]) == 2
    assert "fractions" not in capsys.readouterr().err
    spec["arguments"] = arguments | {"width": 64}  # a number of channels, and no multiplier
    file.write_text(json.dumps(spec), encoding="utf-8")
    assert main(["solve", str(file), "--for", "width", "--where", "macs < 1"]) == 2
    assert "fractions" not in capsys.readouterr().err


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    command = ["solve", "one-7x7", "--for", "channels", "--where", "parameters <= 50e3"]
    assert main(command) == 0
    out = capsys.readouterr().out
    # 49·31² = 47,089, 49·32² = 50,176
    assert "channels 31 is the largest where parameters <= 50e3" in out
    assert main([*command, "--format", "json", "--set", "channels=10:40:3"]) == 0
    assert json.loads(capsys.readouterr().out) == [
        {"channels": 28, "parameters": 49 * 28**2, "holds": True, "which": "below"},
        {"channels": 31, "parameters": 49 * 31**2, "holds": True, "which": "answer"},
        {"channels": 34, "parameters": 49 * 34**2, "holds": False, "which": "above"},
    ]
    assert main([*command, "--set", "kernel_size=3,5"]) == 2
    assert "give 'kernel_size' one value" in capsys.readouterr().err
    assert main(["solve", "resnet50", "--for", "input", "--input", "32:320:32", "--where",
                 "macs < 1G", "--format", "csv"]) == 0  # fmt: skip
    # 76848·height·width + 2,048,000: 96 squared gives 710,279,168, 128 squared 1,261,125,632.
    lines = capsys.readouterr().out.splitlines()
    assert lines[2:] == ["96,710279168,True,answer", "128,1261125632,False,above"]


def test_bytes_are_exact_where_rounding_would_hide_the_difference(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """4·49·channels² bytes: all three would be 73.0 GiB."""
    condition = "memory_parameters <= 78400000000"
    assert main(["solve", "one-7x7", "--for", "channels", "--where", condition]) == 0
    title, *_, below, answer, above = capsys.readouterr().out.splitlines()[1:]
    assert title.startswith("channels 20000 is the largest")
    assert below.split()[:2] == ["19999", f"{4 * 49 * 19_999**2:,}"]
    assert answer.split()[:4] == ["20000", "78,400,000,000", "B", "yes"]
    assert above.split()[:4] == ["20001", f"{4 * 49 * 20_001**2:,}", "B", "no"]
