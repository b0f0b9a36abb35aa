"""What is said of a command line that a command does not take: what, and what was meant."""

from __future__ import annotations

import re

import click
from click.core import ParameterSource

from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.suggestions import bare, suggestions

_EXTRA = re.compile(r"Got unexpected extra arguments? \((.*)\)")


_MEANT = {
    "--columns": "quantity quantities metrics fields",
    "--quantity": "columns column metrics",
    "--where": "filter condition if",
    "--sort": "order orderby by",
    "--top": "limit head first n",
    "--limit": "top head first n",
    "--most": "max maximize maximise",
    "--layer": "block module group name",
    "--input": "image imagesize img imgsize size shape resolution res",
    "--set num_classes=N": "classes nclasses numclass",
    "--mode train": "train training",
    "--bytes 2": "fp16 half float16 bf16 bfloat16",
    "--bytes N": "dtype precision",
    "--format json": "json",
    "--format csv": "csv",
    "--format latex": "latex tex",
    "--format markdown": "markdown md",
    "--format html": "html",
    "--format python": "python py",
    "--output": "o out file save to format",
}
"""What is written otherwise, with other names of it."""
_COMMANDS_WITH_OPTIONS = ("table", "layers", "explain", "compare", "formula", "sweep", "solve")
"""The commands whose options are taken for one another's."""
MOST_COMMANDS = 2
"""The most commands that are named for their option."""


def said_of_usage(error: click.UsageError) -> str:
    """What is said of words that a command does not take, of missing ones, of unknown options."""
    said, context = error.format_message().rstrip("."), error.ctx
    if isinstance(error, click.BadOptionUsage):
        return f"{error.option_name} takes a value, and none follows it"
    if context is None:
        return quote(said, marks="")
    name = context.info_name
    extra = _EXTRA.fullmatch(said)
    if extra:
        return _said_of_extra(extra[1].split()[0], context)
    if isinstance(error, click.NoSuchOption):
        hint = _said_of_option(error.option_name, context)
        return f"{name} has no option {quote(error.option_name)}; {hint}"
    if isinstance(error, click.MissingParameter) and error.param is not None:
        return f"{name} takes {_written(error.param)}; {_example(context)}"
    return f"{quote(said, marks='')} ({context.command_path} --help)"


def said_of_command(word: str, commands: list[str]) -> str:
    """What is said of a first word that is no command: a model, perhaps."""
    hint = did_you_mean(word, commands)
    if _is_model(word):
        hint = f"a command stands before a model: archcalc layers {quote(word, marks='')}"
    return f"no command {quote(word)}; {hint or 'see archcalc --help'}"


def separated_by_commas(words: tuple[str, ...], context: click.Context) -> None:
    """Refuse what stands behind an option's first name and is another name for it.

    Raises:
        ArchcalcError: there is such a word; it tells of the commas.
    """
    for word in words:
        for option in context.command.params:
            if option.metavar not in ("KEYS", "NAMES") or option.name is None:
                continue
            is_given = context.get_parameter_source(option.name) is ParameterSource.COMMANDLINE
            if is_given and word in {item.value for item in option.shell_complete(context, word)}:
                raise ArchcalcError(
                    f"{option.opts[0]} takes names with commas between them, no spaces; "
                    f"got {quote(word)} behind a space"
                )


def layers_among(models: tuple[str, ...], context: click.Context) -> None:
    """Refuse a layer behind a model, where a command takes several models.

    Raises:
        ArchcalcError: a word is no model, and a layer of the first; it tells of the option.
    """
    from archcalc.network import load

    if not models or "layer" not in {option.name for option in context.command.params}:
        return
    first, *others = models
    for word in others:
        if _is_model(first) and not _is_model(word) and word in load(first):
            said = (
                f"one of the layers of {quote(first, marks='')} is --layer {quote(word, marks='')}"
            )
            raise ArchcalcError(f"no model {quote(word)}; {said}")


def _said_of_extra(word: str, context: click.Context) -> str:
    name, shown = context.info_name, quote(word, marks="")
    try:
        separated_by_commas((word,), context)
    except ArchcalcError as error:
        return str(error)
    options = {option.name: option for option in context.command.params}
    if re.search(r"\.\w+$", word) and "output" in options:
        return f"{name} writes to a file with --output {shown}"
    if "=" in word and "settings" in options:
        return f"{name} takes settings with --set {shown}"
    if "layer" in options and not _is_model(word):
        return f"{name} takes one model; one of its layers is --layer {shown}"
    argument = next((p for p in context.command.params if isinstance(p, click.Argument)), None)
    takes = "no arguments" if argument is None else f"one {_written(argument)}"
    several = "; table and compare take several" if _is_model(word) else ""
    return f"{name} takes {takes}, got {quote(word)} too{several}"


def _is_model(word: str) -> bool:
    """Whether it is a model of a spec, with settings or without."""
    from archcalc.names import catalog
    from archcalc.names.variants import read_variant

    try:
        catalog.find(read_variant(word).model)
    except ArchcalcError:
        return False
    return True


def _said_of_option(given: str, context: click.Context) -> str:
    word = bare(given)
    known = _options(context.command)
    for written, words in _MEANT.items():
        if word in words.split() and written.split()[0] in known:
            return f"did you mean {quote(written)}?"
    found = suggestions(given.lstrip("-"), [name.lstrip("-") for name in known])
    if found:
        return f"did you mean {' or '.join(quote(f'--{name}') for name in found)}?"
    if "--set" in known and word in _arguments():
        return f"did you mean {quote(f'--set {_arguments()[word]}=VALUE')}?"
    group = context.find_root().command
    assert isinstance(group, click.Group)
    commands = [group.get_command(context, name) for name in _COMMANDS_WITH_OPTIONS]
    others = [str(each.name) for each in commands if each and given in _options(each)]
    having = f"{' and '.join(others[:MOST_COMMANDS])} ha{'ve' if len(others) > 1 else 's'} it; "
    return f"{having if others else ''}see {context.command_path} --help"


def _options(command: click.Command) -> list[str]:
    return [name for option in command.params for name in option.opts if name.startswith("--")]


def _arguments() -> dict[str, str]:
    """The arguments of all built-in networks, by their names without signs."""
    from archcalc.names import catalog

    return {
        bare(argument): argument
        for name in catalog.built_in()
        for argument in catalog.described(name)[0].arguments
    }


def _written(parameter: click.Parameter) -> str:
    """A parameter as help pages write it: MODEL, `--output FILE`."""
    context = click.Context(click.Command(""))
    metavar = parameter.make_metavar(context).strip("[]") if parameter.metavar is None else ""
    metavar = parameter.metavar or metavar or ""
    if isinstance(parameter, click.Argument):
        return metavar.removesuffix("...")
    return f"{parameter.opts[0]} {metavar}"


def _example(context: click.Context) -> str:
    """The first example of a command's help."""
    found = re.search(r"^ *(archcalc .*)$", context.command.help or "", re.MULTILINE)
    return f"as in: {found[1]}" if found else f"see {context.command_path} --help"
