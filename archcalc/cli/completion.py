"""What a shell completes: models with their settings, layers, columns, quantities."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import click

from archcalc.errors import ArchcalcError
from archcalc.language.model import Argument
from archcalc.names import catalog
from archcalc.names.variants import between_commas, read_variant
from archcalc.network import OPTIONS, load

Complete = Callable[[click.Context, click.Parameter, str], list[Any]]


def complete_model(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[Any]:
    """Names of models, or of the settings of one where its bracket is open; else files."""
    *before, last = between_commas(incomplete)
    start = ",".join([*before, ""]) if before else ""
    model, bracket, inside = last.partition("[")
    if bracket:
        *given, setting = between_commas(inside)
        found = _settings(_arguments(model) | dict.fromkeys(OPTIONS), setting)
        head = start + model + bracket + ",".join([*given, ""] if given else [])
        return [head + text for text in found]
    known = (name for kind in catalog.SPEC_FOLDERS for name in catalog.built_in(kind))
    names = [start + name for name in known if name.startswith(last)]
    if names:
        return names
    from click.shell_completion import CompletionItem  # loaded only by a shell

    return [CompletionItem(incomplete, type="file")]


def complete_setting(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[Any]:
    """What `--set` takes: the arguments of the models named before it."""
    known: dict[str, Argument | None] = {}
    for model in _named(context):
        known |= _arguments(model)
    return _settings(known, incomplete)


def complete_layer(
    context: click.Context, parameter: click.Parameter, incomplete: str
) -> list[Any]:
    """Layers and groups of the model named before it, one level of dots at a time."""
    try:
        net = load(_named(context)[0])
        path = incomplete.rpartition(".")[0]
        part = net[path] if path else net
    except (ArchcalcError, IndexError):
        return []
    found = (f"{path}.{word}" if path else word for word in part.by_word)
    return [name for name in found if name.startswith(incomplete)]


def complete_open(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[Any]:
    """The sizes and arguments that can stay open in the models named before it."""
    from archcalc.formulas.openable import Openable  # loaded only by a shell, or for a mistake

    known: dict[str, None] = {}
    for model in _named(context):
        try:
            found = Openable.of(load(model))
        except ArchcalcError:
            continue
        known |= dict.fromkeys([*found.sizes, *found.arguments])
    return complete_several(known)(context, parameter, incomplete)


def layer_option(help: str, default: str | None = None) -> Callable[[Callable[..., Any]], Any]:
    """`--layer`, of a command that is about one model."""
    return click.option(
        "--layer", metavar="NAME", default=default, shell_complete=complete_layer, help=help
    )


def complete_one(known: Iterable[str]) -> Complete:
    """One of some names."""
    return lambda context, parameter, incomplete: [
        name for name in known if name.startswith(incomplete)
    ]


def complete_several(known: Iterable[str]) -> Complete:
    """Several of some names, with commas between them, each once; or `all`."""

    def complete(context: click.Context, parameter: click.Parameter, incomplete: str) -> list[Any]:
        *before, last = incomplete.split(",")
        names = [name for name in known if name not in before]
        found = [name for name in ([] if before else ["all"]) + names if name.startswith(last)]
        return [",".join([*before, name]) for name in found]

    return complete


def _named(context: click.Context) -> list[str]:
    """The models before an option; click parses none where the option's value is still missing."""
    model = context.params.get("model")
    return [model] if model else [*context.params.get("models", ()), *context.args]


def _arguments(model: object) -> dict[str, Argument | None]:
    try:
        return dict(catalog.described(read_variant(model).model)[0].arguments)
    except ArchcalcError:
        return {}


def _settings(known: dict[str, Argument | None], incomplete: str) -> list[str]:
    """NAME= of each argument, or NAME=VALUE where its values are few."""
    name, equals, value = incomplete.partition("=")
    argument = known.get(name)
    if equals:
        values = map(str, argument.values if argument is not None and argument.values else ())
        return [f"{name}={text}" for text in values if text.startswith(value)]
    return [f"{other}=" for other in known if other.startswith(name)]
