"""Options that several commands have, each spelled and explained in one place."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

import click

from archcalc.cli.completion import complete_one, complete_several
from archcalc.errors import ArchcalcError, did_you_mean, quote

Decorated = TypeVar("Decorated", bound=Callable[..., Any])


class Decorator(Protocol):
    """Adds options to a command."""

    def __call__(self, command: Decorated, /) -> Decorated:
        """The command with them."""


class OneOf(click.Choice):  # type: ignore[type-arg]  # click 8.1 takes none
    """One of some words; of another one, the nearest is suggested."""

    def convert(
        self, value: Any, option: click.Parameter | None, context: click.Context | None
    ) -> Any:
        """The word that a user gives."""
        if value in self.choices:
            return value
        words = [str(word) for word in self.choices]
        taker = str(option.opts[0]) if isinstance(option, click.Option) else "it"
        if isinstance(option, click.Argument) and context is not None:
            taker = str(context.info_name)
        said = f"{taker} takes one of {', '.join(words)}; got {quote(value)}"
        hint = did_you_mean(str(value), words)
        raise ArchcalcError(f"{said}; {hint}" if hint else said)


no_notes_option = click.option(
    "--no-notes", is_flag=True, help="Leave out the notes on what columns mean."
)


def choice_option(
    name: str, known: Iterable[str], default: str, help: str, *, given_as: str = ""
) -> Decorator:
    """An option that is one of some words, with one of these where it is not given.

    The command gets it by its own name, unless as another.
    """
    names = (name, given_as) if given_as else (name,)
    return click.option(
        *names, type=OneOf(list(known)), default=default, show_default=True, help=help
    )


def theme_option(command: Decorated) -> Decorated:
    """`--theme`, the colours of a picture."""
    from archcalc.pictures.picture import THEMES

    help = "Light or dark colours; auto has both, as the page that shows it asks for."
    return choice_option("--theme", THEMES, "auto", help)(command)


def several_option(
    name: str, known: Iterable[str], default: Iterable[str], metavar: str
) -> Decorator:
    """An option that names some quantities, with usual ones where it is not given."""
    return click.option(
        name,
        default=",".join(default),
        show_default=True,
        metavar=metavar,
        shell_complete=complete_several(known),
        help=f"Comma-separated, any of {', '.join(known)}.",
    )


def columns_option(known: Iterable[str]) -> Decorator:
    """The option --columns of a table that has the known ones."""
    return click.option(
        "--columns",
        metavar="KEYS",
        shell_complete=complete_several(known),
        callback=lambda context, option, text: _columns(text, known),
        help=f"Columns to show, comma-separated: all, or any of {', '.join(known)}.",
    )


def _columns(text: str | None, known: Iterable[str]) -> list[str]:
    """The keys that `--columns` names; none where it is not given."""
    from archcalc.tables.choosing import read_columns

    return [] if text is None else read_columns(text, known)


def sort_options(known: Iterable[str], help: str) -> Decorator:
    """`--sort` and `--ascending`, of a table that has the known columns."""

    def add(command: Decorated) -> Decorated:
        command = click.option("--ascending", is_flag=True, help="With --sort, smallest first.")(
            command
        )
        return click.option(
            "--sort", default="", metavar="KEY", shell_complete=complete_one(known), help=help
        )(command)

    return add
