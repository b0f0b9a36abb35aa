"""Command lines that a newcomer may type wrong, and what is said of each."""

from __future__ import annotations

import re

import pytest

from archcalc.cli import main
from archcalc.cli.start_page import COMMANDS

SAID = {
    "lenet5 table": "no command 'lenet5'; a command stands before a model: archcalc layers lenet5",
    "tabel lenet5": "no command 'tabel'; did you mean 'table'?",
    "frobnicate": "no command 'frobnicate'; see archcalc --help",
    "table --model lenet5": "table has no option '--model'; did you mean '--models'?",
    "layers lenet5 --layers c1": "layers has no option '--layers'; did you mean '--layer'?",
    "layers lenet5 --where x": "layers has no option '--where'; table and sweep have it; "
    "see archcalc layers --help",
    "formula lenet5 --limit 3": "formula has no option '--limit'; sweep has it; "
    "see archcalc formula --help",
    "table lenet5 --verbose": "table has no option '--verbose'; see archcalc table --help",
    "table lenet5 --quantity macs": "table has no option '--quantity'; did you mean '--columns'?",
    "explain lenet5 --columns macs": "explain has no option '--columns'; did you mean "
    "'--quantity'?",
    "plot cost lenet5 --format svg": "plot has no option '--format'; did you mean '--output'?",
    "table vgg16 --num-classes 10": "table has no option '--num-classes'; did you mean "
    "'--set num_classes=VALUE'?",
    "table vgg16 --sort -macs": "--sort macs has the largest first, --sort macs --ascending the "
    "smallest; got '-macs'",
    "list --columns": "list has no option '--columns'; table and layers have it; "
    "see archcalc list --help",
    "table ViT-B/15": "no file or model 'ViT-B/15'; did you mean 'vit-b-16'? (archcalc list)",
    "table my/nets": "no file 'my/nets'",
    "layers": "layers takes MODEL; as in: archcalc layers lenet5",
    "validate": "validate takes FILE; as in: archcalc validate my.json",
    "export lenet5": "export takes --output FILE; "
    "as in: archcalc export resnet50 --to torch --output resnet50.pt2",
    "layers lenet5 --top": "--top takes a value, and none follows it",
    "layers lenet5 c1": "layers takes one model; one of its layers is --layer c1",
    "layers lenet5 vgg16": "layers takes one MODEL, got 'vgg16' too; "
    "table and compare take several",
    "ops conv2d linear": "ops takes one NAME, got 'linear' too",
    "spec lenet5 my.json": "spec writes to a file with --output my.json",
    "layers resnet50 num_classes=10": "layers takes settings with --set num_classes=10",
    "table lenet5 --columns parameters macs": "--columns takes names with commas between them, "
    "no spaces; got 'macs' behind a space",
    "explain lenet5 --quantity parameters macs": "--quantity takes names with commas between "
    "them, no spaces; got 'macs' behind a space",
    "formula resnet50 --open height width": "--open takes names with commas between them, "
    "no spaces; got 'width' behind a space",
    "table lenet5 --format cvs": "--format takes one of text, markdown, csv, json, latex, html; "
    "got 'cvs'; did you mean 'csv'?",
    "sweep resnet50 --set num_classes=10..100": "--set num_classes takes ranges "
    "START:STOP:STEP, such as 32:256:32, with both ends; got '10..100'",
    "list 2015": "no model '2015'; did you mean --year?",
    "list resnet vgg": "no model matches 'resnet vgg'; a pattern has a star: 'resnet*'",
    "schema specs": "schema takes one of spec, counter; got 'specs'; did you mean 'spec'?",
    "verify lenet5 --time-limit 0": "--time-limit takes a whole number from 1 to 1,000,000,000, "
    "got '0'",
}


@pytest.mark.parametrize("line", SAID)
def test_a_mistake_is_one_line_with_what_was_meant(
    line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(line.split()) == 2
    assert capsys.readouterr() == ("", f"archcalc: {SAID[line]}\n")


def test_a_wrong_model_behind_columns_is_still_no_column(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["table", "resnet51", "--columns", "macs"]) == 2
    assert capsys.readouterr().err.startswith("archcalc: no model 'resnet51'; did you mean")


@pytest.mark.parametrize("command", COMMANDS)
def test_shared_options_stand_in_the_same_sections_of_every_help_page(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([command, "--help"]) == 0
    page = capsys.readouterr().out
    sections = dict(re.findall(r"^(\w[\w ]*):\n((?:  .*\n|\n(?=  ))+)", page, re.MULTILINE))
    assert list(sections) == [
        title
        for title in ("Arguments", "Options", "Network options", "Output options")
        if title in sections
    ]
    options = {
        title: re.findall(r"^  (?:-h, )?(--[a-z-]+)", body, re.MULTILINE)
        for title, body in sections.items()
    }
    network = ["--set", "--input", "--batch", "--mode", "--bytes", "--optimizer", "--real"]
    if "Network options" in options:
        if command == "verify":  # it has its own words for --mode
            assert sections["Network options"].count("[both|eval|train]") == 1
        assert options["Network options"] == network
        assert not {*options["Options"]} & {*network}
    output = [name for name in ("--format", "--output") if name in page]
    assert options.get("Output options", []) == output
    assert options["Options"][-1] == "--help"
    # The models, where a command takes them, are explained; `all` where it takes several.
    takes = page.splitlines()[0]
    is_about_models = re.search(r" \[?MODELS?\b", takes) is not None and command != "list"
    assert ("Arguments" in sections) == is_about_models
    assert ("every built-in network" in page) == (is_about_models and "MODELS" in takes)


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_a_help_page_has_short_lines_and_examples(
    command: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*command.split(), "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= 100
    assert any(line.startswith("  archcalc ") for line in lines)
