"""The help page of a command: what its models may be, its own options, then those it shares."""

from __future__ import annotations

import click

SECTIONS = {
    "--set": "Network options", "--input": "Network options", "--batch": "Network options",
    "--mode": "Network options", "--bytes": "Network options", "--optimizer": "Network options",
    "--real": "Network options", "--format": "Output options", "--output": "Output options",
}  # fmt: skip
"""The sections of the options that many commands have, in the order that help pages show."""

_MODEL = (
    "A built-in network or study (archcalc list), a spec file (my.json), one network of it "
    "(my.json:preset), a torch module (my_net.py:build or package.module:Net) or an ONNX file "
    "(model.onnx). Its settings stand in brackets: 'resnet50[num_classes=10,input=3x288x288]'."
)
_MODELS = (
    f"{_MODEL} Several are separated by spaces or commas; 'resnet*' is all networks that match, "
    "and all is every built-in network."
)
ARGUMENTS = {"model": ("MODEL", _MODEL), "models": ("MODELS", _MODELS)}


class HelpfulCommand(click.Command):
    """A command whose help page says what a model is, and has its options in sections."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """What models are, the command's own options, and those that it shares with others."""
        sections: dict[str, list[tuple[str, str]]] = {"Arguments": [], "Options": []}
        shared: dict[str, tuple[str, str]] = {}
        for parameter in self.get_params(ctx):
            record = parameter.get_help_record(ctx)
            name = parameter.opts[0]
            if isinstance(parameter, click.Argument):
                sections["Arguments"] += [ARGUMENTS[name]] if name in ARGUMENTS else []
            elif record is not None and name in SECTIONS:
                shared[name] = record
            elif record is not None:
                sections["Options"].append(record)
        for name, section in SECTIONS.items():
            if name in shared:
                sections.setdefault(section, []).append(shared[name])
        for title, records in sections.items():
            if records:
                with formatter.section(title):
                    formatter.write_dl(records)
