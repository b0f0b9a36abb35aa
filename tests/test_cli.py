"""The command line: output, exit codes, and what a user's mistake looks like."""

from __future__ import annotations

import gc
import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest

from archcalc.cli import main, program
from archcalc.cli.start_page import COMMANDS, COMMANDS_BY_USE, start_page
from archcalc.errors import ArchcalcError
from archcalc.formats import FORMATS
from archcalc.names.catalog import specs_folder
from archcalc.network import models
from archcalc.selection.networks import MOST_WARNINGS
from tests.spec_files import RELU, spec

SPECS = sorted(specs_folder().glob("networks/*.json")) + sorted(
    specs_folder().glob("studies/*.json")
)


def run(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    status = main(list(arguments))
    out, err = capsys.readouterr()
    return status, out, err


def test_table_of_all_names_every_network(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "table", "--models", "all")
    assert status == 0
    assert {line.split()[0] for line in out.splitlines() if line.startswith("  ")} == set(models())


def test_patterns_files_and_names_select(capsys: pytest.CaptureFixture[str]) -> None:
    selection = f"lenet5,'{SPECS[0]}',vgg1?".replace("'", "")
    status, out, _ = run(capsys, "table", "--models", selection, "--format", "json")
    assert status == 0
    names = [record["model"] for record in json.loads(out)]
    assert {"lenet5", "vgg11", "vgg13", "vgg16", "vgg19"} <= set(names)


MISTAKES = [
    (["table", "--models", "resnet51"],
     "archcalc: no model 'resnet51'; did you mean 'resnet50'? (archcalc list)\n"),
    (["table", "torchvision.models.resnet18"],
     "archcalc: no model 'torchvision.models.resnet18'; a torch module of your own is written "
     "'torchvision.models:resnet18'\n"),
    (["layers", "vgg16", "--set", "classes=3"],
     "archcalc: vgg16 has no argument 'classes'; did you mean 'num_classes'?\n"),
    (["layers", "vgg16", "--set", "num_classes"],
     "archcalc: --set takes NAME=VALUE, got 'num_classes'\n"),
    (["layers", "vgg16", "--input", "3x"],
     "archcalc: --input takes sizes, such as 3x224x224; got '3x'\n"),
    (["table", "--models", "zzz*"], "archcalc: no model matches 'zzz*' (archcalc list)\n"),
    (["tabel"], "archcalc: no command 'tabel'; did you mean 'table'?\n"),
    (["ops", "conv2"], "archcalc: no op 'conv2'; did you mean 'conv2d'?\n"),
    (["layers", "lenet5", "--columns", "mac"],
     "archcalc: no column 'mac'; did you mean 'macs' or 'macs_share'?\n"),
    (["layers", "missing.json"],
     "archcalc: no file 'missing.json'\n"),
    (["explain", "googlenet", "--layer", "inception_4a"],
     "archcalc: googlenet has no layer 'inception_4a'; did you mean 'inception4a'?\n"),
    (["layers", "lenet5", "--depth", "1", "--format", "csv"],
     "archcalc: --depth folds rows for people; csv and json have one row a node\n"),
    (["table", "--columns", ""],
     "archcalc: --columns takes KEYS such as parameters,macs; got ''\n"),
    (["layers", "lenet5", "--columns", "op,"],
     "archcalc: --columns takes KEYS such as parameters,macs; got 'op,'\n"),
    (["layers", "lenet5", "--columns", "op,macs, op"],
     "archcalc: --columns names 'op' twice\n"),
    # case
    (["table", "--models", "vgg16,ALL"], "archcalc: no model 'ALL'; did you mean 'all'?\n"),
    (["layers", "lenet5", "--columns", "MACs"],
     "archcalc: no column 'MACs'; did you mean 'macs'?\n"),
    (["explain", "lenet5", "--layer", "C3"],
     "archcalc: lenet5 has no layer 'C3'; did you mean 'c3'?\n"),
    # several models where one is wanted, and the other way round
    *((["layers", several],
       f"archcalc: one model is wanted, got '{several}' (archcalc list)\n")
      for several in ("all", "resnet*", "vgg16,vgg19")),
    # --set
    (["layers", "vgg16", "--set", "num_classes=10=10"],
     "archcalc: vgg16: argument 'num_classes': '10=10' is no expression; is something missing?\n"),
    (["layers", "vgg16", "--set", "num_classes=1e5"],
     "archcalc: vgg16: argument 'num_classes': '1e5' is no number; at most 24 digits, "
     "no exponent\n"),
    (["layers", "vgg16", "--set", "num_classes=1,2"],
     "archcalc: vgg16: argument 'num_classes': '1,2' is not allowed here; a list is written "
     "[1,2]\n"),
    (["layers", "vgg16", "--set", "num_classes=1", "--set", " num_classes =2"],
     "archcalc: --set gives 'num_classes' twice\n"),
    # numbers
    *((["layers", "lenet5", option, given],
       f"archcalc: {option} takes a whole number from 1 to {most}, got '{got}'\n")
      for option, most in (("--batch", "1,000,000,000"), ("--depth", "1,000,000,000"),
                           ("--bytes", "16"))
      for given, got in (("٣", "٣"), ("1_0", "1_0"), ("0", "0"), ("x", "x"),
                         ("1000000001", "1000000001"), ("9" * 5_000, "9" * 57 + "..."))),
    (["layers", "lenet5", "--input", "3x1000000001x1"],
     "archcalc: lenet5: input: 1000000001 is larger than 10^9\n"),
]  # fmt: skip


@pytest.mark.parametrize(("arguments", "message"), MISTAKES, ids=lambda x: " ".join(x)[:40])
def test_a_mistake_is_one_clear_line_and_exit_code_2(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(capsys, *arguments) == (2, "", message)


def test_the_largest_sizes_are_taken(capsys: pytest.CaptureFixture[str]) -> None:
    status, out, _ = run(capsys, "layers", "five-3x3", "--input", "1x1000000000x11", "--batch",
                         "1000000000")  # fmt: skip
    assert (status, out.split(", ")[1]) == (0, "1x1000000000x11")


def test_a_file_that_is_not_named_as_a_path_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for file in ("noext", "t.JSON", "t.json"):
        Path(file).touch()
    rule = "(a file's path has a slash or ends in .json)\n"
    for name, path in (("noext", "./noext"), ("t.JSON", "./t.JSON"), ("t", "t.json")):
        said = f"archcalc: no model '{name}'; did you mean '{path}'? {rule}"
        assert run(capsys, "layers", name)[2] == run(capsys, "table", "--models", name)[2] == said


def test_where_no_claim_matches_none_is_as_expected(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, out, _ = run(capsys, "claims", "--model", "nin-cifar10", "--verdict", "contradicted")
    assert (status, out) == (0, "no claim matches all of this\n")


def test_validate_goes_on_after_a_file_that_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Each file is opened, not asked whether it could be: click would stop at the first."""
    monkeypatch.setattr("os.access", lambda *_: False)
    good = specs_folder() / "networks" / "lenet5.json"
    status, out, err = run(capsys, "validate", str(tmp_path), "a\x1b", str(good))
    assert (status, out) == (2, f"{good}: 1 network, all right\n")
    assert err == (
        f"archcalc: {tmp_path}: cannot be read: is a directory\narchcalc: no file 'a\\x1b'\n"
    )


def test_a_layers_name_is_its_first_column_once(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "layers", "lenet5", "--columns", "op,name", "--format", "csv")
    assert out.startswith("name,op\nc1,conv2d\n")


def test_an_input_that_changes_parameters_is_remarked_on(
    capsys: pytest.CaptureFixture[str],
) -> None:
    status, _, err = run(capsys, "table", "--models", "lenet5,resnet18", "--input", "3x36x36")
    assert (status, err.splitlines()[:1]) == (
        0,
        # (5·5·3 + 1)·6 parameters, and (5·5·1 + 1)·6.
        ["archcalc: at 3x36x36, c1 of lenet5 has 456 parameters, not the 156 of 1x32x32: "
         "it reads 3x36x36, not 1x32x32"],
    )  # fmt: skip
    # (120·2·2 + 1)·84, and (120 + 1)·84; resnet18 has no layer over a whole map.
    assert err.splitlines()[1:] == [
        "archcalc: at 3x36x36, f6 of lenet5 has 40,404 parameters, not the 10,164 of 1x32x32: "
        "it reads 120x2x2, not 120x1x1"
    ]
    assert run(capsys, "layers", "lenet5", "--input", "1x32x32")[2] == ""


def test_all_columns_can_be_asked_for_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "layers", "lenet5", "--columns", "all", "--format", "csv")
    assert out.startswith("name,op,output_shape,parameters,parameters_share,macs,macs_share,flops")
    # 156 of 60,000 parameters.
    assert out.splitlines()[1].split(",")[3:5] == ["156", "0.0026"]


def test_every_format_keeps_the_order_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    for format in FORMATS:
        _, out, _ = run(capsys, "table", "vgg16", "lenet5", "--format", format)
        assert out.index("vgg16") < out.index("lenet5")


@pytest.mark.parametrize("command", ["table", "layers"])
def test_help_does_not_break_a_column_key(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, command, "--help")
    assert {"memory_parameters", "arithmetic_intensity"} <= {w.strip(",.") for w in out.split()}


def test_settings_that_some_models_lack_name_them(capsys: pytest.CaptureFixture[str]) -> None:
    status, _, err = run(capsys, "table", "--models", "lenet5,vgg16", "--set", "num_classes=3")
    assert (status, err) == (2, "archcalc: no argument 'num_classes' in lenet5\n")


def test_output_is_written_whole_or_not_at_all(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "table.csv"
    assert (
        run(capsys, "table", "--models", "lenet5", "--format", "csv", "--output", str(file))[0] == 0
    )
    assert file.read_text().splitlines()[1].startswith("lenet5,LeNet,")
    status, _, err = run(capsys, "list", "--output", str(tmp_path / "no" / "such.txt"))
    assert status == 2
    assert err.endswith("no such file or directory; nothing was written\n")
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_has_help_with_a_first_line(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    status, out, _ = run(capsys, command, "--help")
    assert status == 0
    assert out.splitlines()[0].startswith(f"Usage: archcalc {command}")


@pytest.mark.parametrize("command", COMMANDS)
def test_the_line_of_a_command_is_the_first_of_its_own_help(command: str) -> None:
    module = importlib.import_module(f"archcalc.cli.{command}_command")
    assert module.command.get_short_help_str(limit=1_000) == COMMANDS[command]


@pytest.mark.parametrize(
    ("command", "collects"),
    [(command, command == "verify") for command in ("table", "layers", "explain", "verify")],
)
def test_only_verify_runs_with_the_garbage_collector(
    command: str, collects: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = []

    def load(*_: object, **__: object) -> None:
        seen.append(gc.isenabled())
        raise ArchcalcError("stop")

    monkeypatch.setattr("archcalc.selection.networks.load_with", load)
    models = ["lenet5"] if command in ("layers", "explain") else ["--models", "lenet5"]
    assert main([command, *models]) == 2
    assert seen == [collects]
    assert gc.isenabled()


def test_the_schema_accepts_the_specs_and_flags_typos(capsys: pytest.CaptureFixture[str]) -> None:
    _, out, _ = run(capsys, "schema")
    validator = jsonschema.Draft202012Validator(json.loads(out))
    for path in SPECS:
        assert not list(validator.iter_errors(json.loads(path.read_text()))), path.name
    typo = json.loads((specs_folder() / "networks" / "lenet5.json").read_text())
    typo["layers"][0]["out_channel"] = typo["layers"][0].pop("out_channels")
    assert list(validator.iter_errors(typo))


def test_validate_reports_every_problem_and_exits_2(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    good = specs_folder() / "networks" / "lenet5.json"
    bad = tmp_path / "bad.json"
    bad.write_text(good.read_text().replace("out_channels", "out_channel", 2))
    status, out, err = run(capsys, "validate", str(good), str(bad))
    assert status == 2
    assert out == f"{good}: 1 network, all right\n"
    assert (
        "layers[0] 'c1' (conv2d): unknown field 'out_channel'; did you mean 'out_channels'?" in err
    )
    assert err.splitlines()[-1].endswith(": 4 problems")


def test_validate_says_a_problem_once_with_the_networks_that_have_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    presets = {f"net{n}": {"set": {"n": n}} for n in (8, 9, 10)}
    pool = {"op": "max_pool2d", "kernel_size": 33}
    said = []
    for padding in ("n - n", "n // 10", "n // 9"):
        file = tmp_path / "my.json"
        layers = [{**pool, "padding": padding}, RELU]
        file.write_text(json.dumps(spec(*layers, arguments={"n": 1}, presets=presets)))
        assert main(["validate", str(file)]) == 2
        said.append(capsys.readouterr().err.partition("spans 33")[2])
    assert said == [", in all 3 networks\n", ", in net8 and net9\n", ", in net8, with n=8\n"]


def test_a_terminal_without_unicode_gets_ascii() -> None:
    result = subprocess.run(
        [sys.executable, "-m", "archcalc", "explain", "lenet5", "--layer", "c1"],
        capture_output=True,
        env={**os.environ, "PYTHONIOENCODING": "ascii"},
        check=True,
    )
    assert b"(5*5*1 + 1)*6 = 156" in result.stdout


def test_a_reader_that_stops_reading_is_no_error() -> None:
    result = subprocess.run(
        f"{sys.executable} -m archcalc table --models all | head -1",
        shell=True,
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stderr == ""


@pytest.mark.parametrize("command", ["explain", "layers", "diagram"])
def test_a_layer_after_a_model_is_told_its_option(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "vgg16", "fc6"]) == 2
    said = f"archcalc: {command} takes one model; one of its layers is --layer fc6\n"
    assert capsys.readouterr().err == said


def test_a_layer_among_models_is_told_its_option(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["formula", "vgg16", "fc6"]) == 2
    said = "archcalc: no model 'fc6'; one of the layers of vgg16 is --layer fc6\n"
    assert capsys.readouterr().err == said
    assert main(["formula", "vgg16", "fc66"]) == 2
    assert "no model 'fc66'" in capsys.readouterr().err
    assert main(["table", "vgg16", "fc6"]) == 2
    assert "--layer" not in capsys.readouterr().err  # table has none


@pytest.mark.parametrize("width", [80, 87, 100])
def test_the_start_page_is_laid_out_as_the_other_help_pages(
    width: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """click's own layout of the same group, of which the page is a copy that needs no click."""
    monkeypatch.delattr(program.Commands, "format_help")
    monkeypatch.setattr(program.Commands, "list_commands", lambda *_: [])
    context = program.archcalc.make_context("archcalc", ["list"], terminal_width=width)
    formatter = context.make_formatter()
    context.command.format_usage(context, formatter)
    context.command.format_options(context, formatter)
    for use, lines in COMMANDS_BY_USE.items():
        with formatter.section(use):
            longest = max(map(len, COMMANDS))
            formatter.write_dl([(name.ljust(longest), line) for name, line in lines.items()])
    page = start_page(width)
    usage, options = formatter.getvalue().split("\n\nOptions:")
    assert page.startswith(usage)
    assert page.endswith(f"\nOptions:{options}")
    assert max(map(len, page.splitlines())) <= width


def test_the_start_page_is_there_in_all_ways_of_asking(capsys: pytest.CaptureFixture[str]) -> None:
    pages = [run(capsys, *words) for words in ((), ("-h",), ("--help",), ("--help", "list"))]
    assert pages == [(0, start_page(100), "")] * 4


def test_of_many_warnings_the_first_are_said(capsys: pytest.CaptureFixture[str]) -> None:
    """Of 16 networks, fc6 of each reads a larger map than its own at 288."""
    status, out, err = run(
        capsys, "table", "vgg*", "alexnet*", "zfnet,zfnet-wide", "--input", "288", "--no-notes"
    )
    *said, last = err.splitlines()
    assert (status, len(said)) == (0, MOST_WARNINGS)
    assert all(line.startswith("archcalc: at 3x288x288, fc6.linear of ") for line in said)
    shown = sum(line.startswith("  ") for line in out.splitlines())
    assert last == f"archcalc: and {shown - MOST_WARNINGS} warnings more"
