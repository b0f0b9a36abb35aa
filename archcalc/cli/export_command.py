"""`archcalc export`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from archcalc.cli.files import write_file
from archcalc.cli.help_page import HelpfulCommand
from archcalc.cli.models import model_argument
from archcalc.cli.network_options import network_options
from archcalc.cli.options import choice_option
from archcalc.cli.output import OutputPath, check_ending
from archcalc.selection.networks import Setup
from archcalc.twin.exporting import FILE_KINDS, FileKind, exported

_ENDINGS: Mapping[FileKind, Sequence[str]] = {"torch": [".pt2", ".pt"], "onnx": [".onnx"]}


@click.command("export", cls=HelpfulCommand)
@model_argument
@choice_option("--to", FILE_KINDS, "torch", "The kind of file; torch is one of torch.export.")
@click.option(
    "--output", type=OutputPath(), required=True, metavar="FILE", help="The file to write."
)
@network_options
def command(model: str, to: FileKind, output: Path, setup: Setup) -> None:
    """The torch module of a network as a torch.export or ONNX file, with initial weights.

    \b
    archcalc export resnet50 --to torch --output resnet50.pt2
    archcalc export my.json --to onnx --output my.onnx
    """
    check_ending(output, _ENDINGS[to])
    write_file(output, exported(setup.load(model), to))
