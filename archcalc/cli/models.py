"""The models of a command, on its command line."""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

import click

from archcalc.cli.completion import complete_model
from archcalc.errors import ArchcalcError
from archcalc.selection.selected import EVERY


def model_argument(command: Callable[..., Any]) -> Callable[..., Any]:
    """The model of a command that takes one."""
    return click.argument("model", shell_complete=complete_model)(command)


def models_argument(default: Sequence[str] = EVERY) -> Callable[[Callable[..., Any]], Any]:
    """The models of a command that takes several: behind its name, or by `--models`."""

    def add(command: Callable[..., Any]) -> Callable[..., Any]:
        option = click.option(
            "--models",
            "by_option",
            multiple=True,
            metavar="MODELS",
            shell_complete=complete_model,
            help="MODELS as an option, comma-separated: a,b,'resnet*',my.json.",
        )

        @click.argument("models", nargs=-1, metavar="[MODELS]...", shell_complete=complete_model)
        @option
        @functools.wraps(command)
        def with_models(*, models: tuple[str, ...], by_option: tuple[str, ...], **rest: Any) -> Any:
            try:
                return command(models=(*models, *by_option) or tuple(default), **rest)
            except ArchcalcError:
                from archcalc.cli.mistakes import layers_among, separated_by_commas

                separated_by_commas(models, click.get_current_context())
                layers_among(models, click.get_current_context())
                raise

        return with_models

    return add
