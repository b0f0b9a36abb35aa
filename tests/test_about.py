"""What a spec says of its networks is shown with one network, and what studies are set against."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from archcalc.cli import main
from archcalc.errors import SpecError
from archcalc.language.read import read
from archcalc.names import catalog
from archcalc.network import load, models
from archcalc.tables.about import about, set_against


def shown(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(list(arguments)) == 0
    return " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize(
    "command", ["table --models resnet50", "layers resnet50", "explain resnet50"]
)
def test_one_network_is_shown_with_its_source_and_the_one_that_people_usually_mean(command, capsys):
    text = shown(capsys, *command.split())
    assert "He, Zhang, Ren, Sun: Deep residual learning for image recognition" in text
    assert "The paper's bottleneck has its stride in the first 1x1, v1.5 in the 3x3." in text
    # torchvision's resnet50 has 25,557,032 parameters and 4,089,184,256 multiply-adds.
    usual = "resnet50-v1.5 is meant: ResNet-50 v1.5, 25.6M parameters, 4.09G MACs"
    assert text.endswith(f"usually{':' * ('explain' not in command)} {usual}")


def test_several_networks_are_a_table_alone(capsys):
    assert "usually" not in shown(capsys, "table", "--models", "resnet50,resnet101")


def test_without_notes_there_are_none(capsys):
    assert "He, Zhang" not in shown(capsys, "layers", "resnet50", "--no-notes")


def test_what_is_usually_meant_is_another_built_in_network():
    built_in = catalog.built_in()
    usual = {name: preset.usually for name, preset in built_in.items() if preset.usually}
    assert {"alexnet", "googlenet", "resnet50", "resnet101", "resnet152"} <= set(usual)
    assert all(other in built_in and other != name for name, other in usual.items())
    assert not set(usual.values()) & set(usual)


# --- studies --------------------------------------------------------------------------------------


def test_a_study_is_read_against_what_it_names(capsys):
    # 2·9·C·C against 25·C·C: 7 of 25 fewer, for parameters and multiply-adds.
    said = "one-5x5, one 5x5: parameters 28.0% fewer, MACs 28.0% fewer"
    assert f"against {said}" in shown(capsys, "explain", "two-3x3")
    both = shown(capsys, "table", "--models", "two-3x3,one-5x5")
    assert both.endswith("two-3x3 against one-5x5: parameters 28.0% fewer, MACs 28.0% fewer")


def test_a_study_and_its_reference_have_the_same_settings():
    reference = set_against(load("two-3x3", channels=8, batch=3, mode="train"))
    assert reference is not None
    assert (reference.name, reference.parameters) == ("one-5x5", 25 * 8 * 8)
    assert (reference.batch, reference.mode) == (3, "train")
    resized = set_against(load("two-3x3", input=(256, 14, 14)))
    assert resized is not None
    assert resized.input.sizes == [256, 14, 14]


def test_the_direct_expands_of_a_fire_module_are_told_from_the_direct_3x3(capsys):
    text = shown(capsys, "explain", "fire-module")
    assert "= 4,646,400 + 3,097,600 + 27,878,400 = 35,622,400: 5.22x fewer" in text
    assert "against fire-direct, one 3x3 to 128: parameters 9.29x fewer, MACs 9.39x fewer" in text
    assert "What explain calls direct is the same module without its squeeze" in text


def test_the_overview_says_what_each_study_is_set_against():
    overview = (Path(__file__).parent.parent / "reports" / "README.md").read_text("utf-8")
    row = next(line for line in overview.splitlines() if line.startswith("| three-3x3 "))
    assert "| one-7x7 | 44.9% fewer | 44.9% fewer |" in " ".join(row.split())


FAMILY = {
    "title": "T", "year": 2024, "source": "s", "input": [1, 8, 8],
    "layers": [{"op": "relu"}],
    "presets": {"small": {}, "large": {"against": "small", "note": "n"}},
}  # fmt: skip


def write(folder: Path, tree: object) -> Path:
    path = folder / "t.json"
    path.write_text(json.dumps(tree))
    return path


def test_a_file_of_ones_own_can_say_the_same(tmp_path):
    path = write(tmp_path, FAMILY)
    assert about(load(f"{path}:large")) == [
        ("source", "s"),
        ("note", "n"),
        ("against", "small, T: parameters equal, MACs equal"),
    ]


@pytest.mark.parametrize(("name", "hint"), [("smal", "; did you mean 'small'?"), ("large", "")])
def test_a_reference_is_another_preset_of_the_file(name, hint, tmp_path):
    tree = json.loads(json.dumps(FAMILY))
    tree["presets"]["large"]["against"] = name
    with pytest.raises(SpecError) as caught:
        read(write(tmp_path, tree))
    assert str(caught.value).endswith(f"presets.large.against: no other preset {name!r}{hint}")


def test_a_network_whose_namesake_is_torchvision_s_says_so() -> None:
    """People who take a name for granted mean torchvision's."""
    named = {n.removesuffix("-torchvision"): n for n in models() if n.endswith("-torchvision")}
    assert len(named) == 6
    for name, namesake in named.items():
        assert load(name).preset.usually == namesake
        assert not load(namesake).preset.usually


def test_a_sentence_that_several_networks_ask_for_is_said_once(tmp_path, capsys):
    """Two networks of two outputs each; of one of them the gates are said, too."""
    for name, first in [("plain", "relu"), ("gated", "group_norm")]:
        layers = [
            {"op": first, **({"num_groups": 1} if first == "group_norm" else {})},
            {"name": "a", "op": "conv2d", "out_channels": 2, "kernel_size": 3},
            {"name": "b", "op": "conv2d", "out_channels": 2, "kernel_size": 3},
        ]
        tree = {"input": [3, 16, 16], "layers": layers, "outputs": {"a": "a", "b": "b"}}
        (tmp_path / f"{name}.json").write_text(json.dumps(tree))
    assert main(["table", *(str(tmp_path / f"{name}.json") for name in ("plain", "gated"))]) == 0
    words = " ".join(capsys.readouterr().out.split())
    assert words.count("Of several outputs the largest.") == 1
    assert words.count("In brackets: through windows alone.") == 1
