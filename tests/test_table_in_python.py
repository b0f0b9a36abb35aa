"""`archcalc.table`: what `archcalc table` shows, as an object; and what pandas has of networks."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas
import pytest
import torch

import archcalc
from archcalc.cli import main
from archcalc.formats import FORMATS


@pytest.mark.parametrize(
    ("models", "settings", "options"),
    [
        (("lenet5", "vgg1*[batch=2]"), {}, ()),
        (("vgg1?", "googlenet"), {"sort": "macs", "ascending": True, "notes": False},
         ("--sort", "macs", "--ascending", "--no-notes")),
        (("lenet5,alexnet", "vgg16"), {"where": "macs > 1M", "unit": "M"},
         ("--where", "macs > 1M", "--unit", "M")),
        (("gpt2", "fractalnet20-cifar"), {"columns": ["macs", "receptive_field", "operations"]},
         ("--columns", "macs,receptive_field,operations")),
        (("resnet18",), {"columns": "all", "exact": True}, ("--columns", "all", "--exact")),
    ],
)  # fmt: skip
@pytest.mark.parametrize("format", FORMATS)
def test_it_is_what_the_command_prints(
    models: tuple[str, ...],
    settings: dict[str, Any],
    options: tuple[str, ...],
    format: str,
    capsys: pytest.CaptureFixture[str],
) -> None:
    found = archcalc.table(*models, **settings)
    assert main(["table", *models, *options, "--format", format]) == 0
    assert found.render(format) == capsys.readouterr().out.rstrip("\n")


def test_networks_stand_where_they_are_given() -> None:
    own = archcalc.load("resnet18", num_classes=10)
    found = archcalc.table("vgg13", own, "vgg1?", archcalc.load("lenet5"), columns=["parameters"])
    names = [record["model"] for record in found.records()]
    assert names == ["vgg13", "resnet18", "vgg11", "vgg16", "vgg19", "lenet5"]
    # 512 features to 10 classes in place of 1,000: 990·(512 + 1) fewer than its 11,689,512.
    assert found.records()[1]["parameters"] == 11_689_512 - 990 * 513
    assert len(found) == 6
    assert repr(found) == "<NetworkTable of 6 networks: model, parameters>"


def test_networks_of_one_name_are_told_apart() -> None:
    load = archcalc.load
    found = archcalc.table(
        "lenet5",
        load("lenet5", batch=2),
        load("resnet18"),
        load("resnet18", num_classes=10, mode="train"),
        load("vgg11", num_classes=10),
        notes=False,
    )
    assert [record["model"] for record in found.records()] == [
        "lenet5", "lenet5[batch=2]", "resnet18", "resnet18[num_classes=10,mode=train]", "vgg11",
    ]  # fmt: skip
    assert "  resnet18[num_classes=10,mode=train]  3x224x224" in str(found)
    two = archcalc.table(load("resnet18"), load("resnet18", num_classes=10), columns=["macs"])
    assert str(two).splitlines()[0] == "2 networks, batch 1, eval mode"


def test_a_path_is_a_file(tmp_path: Path) -> None:
    file = tmp_path / "two.json"
    layers = [{"name": "fc", "op": "linear", "out_features": "n"}]
    spec = {"input": [4], "arguments": {"n": 3}, "layers": layers}
    file.write_text(json.dumps({**spec, "presets": {"one": {}, "two": {"set": {"n": 5}}}}))
    for given in (file, str(file)):
        records = archcalc.table(given, columns=["macs"]).records()
        assert records == [{"model": "one", "macs": 12}, {"model": "two", "macs": 20}]


def test_all_built_in_networks_unless_some_are_named() -> None:
    assert len(archcalc.table(where="year < 2013", notes=False)) == 2  # LeNet-5 and AlexNet
    assert len(archcalc.table(columns=["year"])) == len(archcalc.models())


@pytest.mark.parametrize(
    ("models", "settings", "said"),
    [
        ((["lenet5"],), {}, "table takes names, files and networks, each by itself: "
         "table('resnet18', 'vgg*'); got '['lenet5']'"),
        ((5,), {}, "table takes names, files and networks, each by itself: "
         "table('resnet18', 'vgg*'); got '5'"),
        (("lenet",), {}, "no model 'lenet'; did you mean 'lenet5'? (archcalc list)"),
        (("vgg9*",), {}, "no model matches 'vgg9*' (archcalc list)"),
        (("lenet5",), {"columns": ["mac"]}, "no column 'mac'; did you mean 'macs'?"),
        (("lenet5",), {"columns": "macs,"}, "columns takes KEYS such as parameters,macs; "
         "got 'macs,'"),
        (("lenet5",), {"columns": [3]}, "columns takes KEYS such as parameters,macs; got '[3]'"),
        (("lenet5",), {"columns": ["macs", "macs"]}, "columns names 'macs' twice"),
        (("lenet5",), {"columns": None}, "columns takes KEYS such as parameters,macs; got 'None'"),
        (("lenet5",), {"unit": "M", "exact": True}, "counts are in a unit or exact: give unit or "
         "exact"),
        (("lenet5",), {"unit": "B"}, "unit takes one of K, M, G, T, or KEY=UNIT,...; got 'B'"),
        (("lenet5",), {"unit": "depth=M"}, "unit is for counts, not 'depth'; one of parameters, "
         "macs, flops, activations, stored, connections, buffers"),
        (("lenet5",), {"unit": 1e6}, "unit takes a text, got '1000000.0'"),
        (("lenet5",), {"where": "macs = 5G"}, "where takes a condition such as 'macs < 5e9': "
         "'macs = 5G' is no expression; equal is =="),
        (("lenet5",), {"where": "macs"}, "where takes a condition such as 'macs < 5e9', got "
         "'macs'"),
        (("lenet5",), {"where": "macs < 5 GFLOPs"}, "where has no unit 'GFLOPs'; a number takes "
         "K, M, G, T, KB, MB, GB, TB, KiB, MiB, GiB, TiB"),
        (("lenet5",), {"where": "family < 5"}, "where compares figures, and 'family' is a text"),
        (("lenet5",), {"where": "macs/(depth-5) < 5"}, "where: 'macs/(depth-5) < 5' divides by "
         "zero"),
        (("lenet5",), {"where": ["macs < 5G"]}, "where takes a text, got '['macs < 5G']'"),
        (("lenet5",), {"sort": "-macs"}, "sort='macs' has the largest first, sort='macs', "
         "ascending=True the smallest; got '-macs'"),
        (("lenet5",), {"sort": None}, "sort takes a text, got 'None'"),
        (("lenet5",), {"ascending": True}, "ascending goes with sort"),
    ],
)  # fmt: skip
def test_mistakes_are_said(models: Any, settings: dict[str, Any], said: str) -> None:
    with pytest.raises(archcalc.ArchcalcError) as error:
        archcalc.table(*models, **settings)
    assert str(error.value) == said


MISTAKES_ELSEWHERE: dict[str, tuple[Callable[[archcalc.Network], object], str]] = {
    "layers": (lambda net: net.to_dataframe(["op", "op"]), "columns names 'op' twice"),
    "formula": (lambda net: archcalc.formula(net, []), "open takes names, such as height,width"),
    "sweep of nothing": (
        lambda net: archcalc.sweep(net, {}),
        "a sweep takes what varies, such as {'num_classes': [10, 100, 1000]}",
    ),
    "sweep of no names": (
        lambda net: archcalc.sweep(net, None),  # type: ignore[arg-type]
        "a sweep takes what varies, such as {'num_classes': [10, 100, 1000]}; got 'None'",
    ),
    "sweep of one value": (
        lambda net: archcalc.sweep(net, {"height": 32}),
        "a sweep takes what varies, such as {'num_classes': [10, 100, 1000]}; of height got '32'",
    ),
    "no format": (
        lambda net: archcalc.table(net).render(None),  # type: ignore[arg-type]
        "no format 'None'; one of text, markdown, csv, json, latex, html",
    ),
    "no width": (
        lambda net: archcalc.table(net).render(width=0),
        "width takes a whole number of at least 1, got '0'",
    ),
    "another width": (
        lambda net: archcalc.formula(net).render(width=None),  # type: ignore[arg-type]
        "width takes a whole number of at least 1, got 'None'",
    ),
    "sweep where": (
        lambda net: archcalc.sweep(net, {"height": [32]}, where="macs"),
        "where takes a condition such as 'macs < 5e9', got 'macs'",
    ),
    "sweep ascending": (
        lambda net: archcalc.sweep(net, {"height": [32]}, ascending=True),
        "ascending goes with sort",
    ),
    "sweep columns": (
        lambda net: archcalc.sweep(net, {"height": [32]}, columns="macs,macs"),
        "columns names 'macs' twice",
    ),
    "sweep pareto": (
        lambda net: archcalc.sweep(net, {"height": [32]}, pareto="macs,-macs"),
        "pareto names 'macs' twice",
    ),
    "a torch module": (
        lambda net: archcalc.table(torch.nn.ReLU()),  # type: ignore[arg-type]
        "table takes names, files and networks, each by itself: table('resnet18', 'vgg*'); "
        "got 'ReLU()'; from_torch(module, input) makes a Network of it",
    ),
    "a torch module beside a network": (
        lambda net: archcalc.compare(net, torch.nn.ReLU()),  # type: ignore[arg-type]
        "compare takes a Network, such as load(\"resnet18\"); got 'ReLU()'; "
        "from_torch(module, input) makes a Network of it",
    ),
    "solve": (lambda net: archcalc.solve(net, "height", None), "where takes a text, got 'None'"),  # type: ignore[arg-type]
    "load": (
        lambda net: archcalc.load("lenet5", height=64),
        "lenet5 has no argument 'height'; input sets the sizes",
    ),
}


@pytest.mark.parametrize("mistake", MISTAKES_ELSEWHERE)
def test_parameters_are_called_what_python_calls_them(mistake: str) -> None:
    make, said = MISTAKES_ELSEWHERE[mistake]
    with pytest.raises(archcalc.ArchcalcError) as error:
        make(archcalc.load("lenet5"))
    assert str(error.value) == said


@pytest.mark.parametrize(
    ("ask", "name"),
    [
        (lambda net, names: archcalc.formula(net, names).names, "height"),
        (lambda net, names: [*archcalc.formula(net, quantities=names).quantities], "macs"),
        (lambda net, names: archcalc.compare(net, net, open=names).open, "height"),
        (lambda net, names: archcalc.compare(net, net, quantities=names).quantities, "macs"),
        (lambda net, names: archcalc.sweep(net, {"width": [32]}, columns=names).quantities, "macs"),
        (lambda net, names: archcalc.solve(net, "height", "macs < 1M", columns=names), "flops"),
    ],
)  # fmt: skip
def test_names_are_a_text_or_a_list(
    ask: Callable[[archcalc.Network, object], object], name: str
) -> None:
    net = archcalc.load("lenet5")
    assert str(ask(net, name)) == str(ask(net, [name]))


def test_a_command_in_between_changes_nothing_in_python(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["table", "lenet5", "--unit", "B"]) == 2
    assert "archcalc: --unit takes one of" in capsys.readouterr().err
    with pytest.raises(archcalc.ArchcalcError, match=r"^unit takes one of"):
        archcalc.table("lenet5", unit="B")


def test_nothing_is_left_out_unsaid() -> None:
    """The command shows the others; Python has no second stream to say so."""
    with pytest.raises(archcalc.ArchcalcError) as error:
        archcalc.table("lenet5[input=1x3x3]", "vgg11", "alexnet[input=3x9x9]")
    assert [line.partition(":")[0] for line in str(error.value).splitlines()] == [
        "lenet5", "alexnet",
    ]  # fmt: skip


def test_nothing_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    archcalc.table("vgg11[input=3x448x448]")  # of which the command says what grew
    assert capsys.readouterr() == ("", "")


def test_pandas_is_loaded_when_it_is_asked_for() -> None:
    code = (
        "import archcalc, sys; t = archcalc.table('lenet5'); str(t), t.records(), t._repr_html_()"
    )
    code += "; assert 'pandas' not in sys.modules; t.to_dataframe(); assert 'pandas' in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


# --- DataFrames -----------------------------------------------------------------------------------


def test_a_table_as_a_dataframe() -> None:
    columns = "input,macs,arithmetic_intensity,receptive_field,operations,error"
    found = archcalc.table("lenet5", "gpt2", columns=columns).to_dataframe()
    assert list(found.columns) == [
        "model", "input", "macs", "arithmetic_intensity", "receptive_field_height",
        "receptive_field_width", "operations", "error",
    ]  # fmt: skip
    lenet, gpt2 = found.iloc[0], found.iloc[1]
    assert (lenet["model"], lenet["input"], lenet["macs"]) == ("lenet5", "1x32x32", 325_680)
    assert lenet["operations"]["tanh"] == 8_084  # as tests/test_table.py counts them
    # Whole numbers stay whole where others are missing; quotients are floats.
    assert (lenet["receptive_field_height"], gpt2["receptive_field_height"]) == (32, pandas.NA)
    assert found["receptive_field_height"].dtype == "Int64"
    assert found["macs"].dtype == "int64"
    assert found["arithmetic_intensity"].dtype == "float64"


def test_an_empty_table_has_its_columns() -> None:
    found = archcalc.table("lenet5", columns=["macs", "depth"], where="macs > 1T").to_dataframe()
    assert (len(found), list(found.columns)) == (0, ["model", "macs", "depth"])
    one = archcalc.table("lenet5").to_dataframe()
    none = archcalc.table("lenet5", where="macs > 1T").to_dataframe()
    assert set(none.columns) == {*one.columns}


def test_layers_as_a_dataframe() -> None:
    net = archcalc.load("lenet5")
    usual = net.to_dataframe()
    assert list(usual.columns) == [
        "name", "op", "output_shape", "parameters", "macs", "activations", "buffers",
    ]  # fmt: skip
    assert dict(usual.iloc[0]) == {
        "name": "c1", "op": "conv2d", "output_shape": "6x28x28", "parameters": 156,
        "macs": 117_600, "activations": 4_704, "buffers": 0,
    }  # fmt: skip
    assert usual["parameters"].sum() == 60_000


def test_the_columns_of_layers_are_those_that_are_asked_for() -> None:
    net = archcalc.load("lenet5")
    asked = net.to_dataframe(["macs_share", "receptive_field", "depth"]).set_index("name")
    assert asked.loc["c3"].to_dict() == {
        "macs_share": pytest.approx(150_000 / 325_680), "receptive_field_height": 14,
        "receptive_field_width": 14, "depth": 2,
    }  # fmt: skip
    assert net.to_dataframe("op,name").columns.to_list() == ["name", "op"]
    assert {"memory_saved", "receptive_field_note"} <= {*net.to_dataframe("all").columns}
    part = archcalc.load("resnet18")["layer1"].to_dataframe(["parameters"])
    assert part["parameters"].sum() == 4 * (9 * 64 * 64 + 2 * 64)
    for wrong, said in (
        ("mac", "no column 'mac'; did you mean"),
        (["op", 3], "columns takes KEYS"),
    ):
        with pytest.raises(archcalc.ArchcalcError, match=said):
            net.to_dataframe(wrong)


@pytest.mark.parametrize("columns", ["all", "macs,op"])
def test_layers_are_those_of_csv(columns: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["layers", "googlenet", "--columns", columns, "--format", "csv"]) == 0
    header = capsys.readouterr().out.partition("\n")[0]
    assert ",".join(archcalc.load("googlenet").to_dataframe(columns).columns) == header


def test_a_comparison_as_a_dataframe_has_aligned_layers() -> None:
    reference, other = archcalc.load("resnet50"), archcalc.load("resnet50-v1.5")
    found = archcalc.compare(reference, other).to_dataframe()
    assert list(found.columns) == [
        "network", "change",
        "reference_layer", "reference_op", "reference_output_shape", "reference_parameters",
        "reference_macs",
        "other_layer", "other_op", "other_output_shape", "other_parameters", "other_macs",
    ]  # fmt: skip
    # As README prints it: 163 the same, 6 set otherwise, 6 the same op on another shape.
    changes = found["change"].value_counts().to_dict()
    assert changes == {"same": 163, "set otherwise": 6, "another shape": 6}
    more = found["other_macs"].sum() - found["reference_macs"].sum()
    assert more == other.macs - reference.macs == 231_211_008
    # The strides are those of the 3x3 in v1.5: conv1 has four times the positions, 56·56·256·128.
    first = found[found["reference_layer"] == "layer2.0.conv1"].iloc[0]
    assert first["reference_output_shape"] == "128x28x28"
    assert first["other_output_shape"] == "128x56x56"
    assert first["other_macs"] == 4 * first["reference_macs"] == 56 * 56 * 256 * 128


def test_a_layer_of_one_network_alone_has_no_figures_in_the_other() -> None:
    names = ("vgg11", "vgg13", "vgg11-lrn")
    found = archcalc.compare(*map(archcalc.load, names)).to_dataframe()
    assert list(found["network"].unique()) == ["vgg13", "vgg11-lrn"]
    alone = found[(found["network"] == "vgg13") & (found["change"] == "only here")]
    # vgg13 has a second 3x3 at 64 and one at 128 channels, each with a relu.
    assert alone["other_macs"].sum() == 9 * (64 * 64 * 224**2 + 128 * 128 * 112**2)
    assert alone["reference_macs"].isna().all()
    assert alone["reference_layer"].isna().all()
    assert found["reference_macs"].dtype == "Int64"
