"""The options that say which networks a command is about, and how they are to be built."""

from __future__ import annotations

import fnmatch
import functools
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import click

from archcalc import catalog
from archcalc.errors import ArchcalcError, did_you_mean, quote
from archcalc.expression import LARGEST, MOST_DIGITS
from archcalc.language.budget import Budget
from archcalc.network import MODES, MOST_BYTES, Mode, Network, load_with
from archcalc.shape import MOST_SIZES


@dataclass(frozen=True)
class Setup:
    """How networks are to be built, as a command's options say."""

    arguments: Mapping[str, str]
    input: tuple[int, ...] | None
    batch: int
    bytes_per_number: int
    mode: Mode
    said: set[str] = field(default_factory=set)
    """The warnings that have been printed."""

    def load(self, model: str, mode: Mode | None = None, budget: Budget | None = None) -> Network:
        """The network of a name or a file; in the command's mode unless another is given.

        A `budget` bounds several networks together.

        Raises:
            ArchcalcError: it, an argument or a size does not exist or fit.
        """
        net = self._load(model, self.input, mode, budget)
        for line in net.graph.warnings:
            if line not in self.said:
                self.said.add(line)
                click.echo(f"archcalc: {line}", err=True)
        if self.input is not None and mode is None:
            for line in what_grew(net, self._load(model, None, mode)):
                click.echo(f"archcalc: {line}", err=True)
        return net

    def _load(
        self,
        model: str,
        input: tuple[int, ...] | None,
        mode: Mode | None,
        budget: Budget | None = None,
    ) -> Network:
        return load_with(
            model,
            self.arguments,
            input=input,
            batch=self.batch,
            mode=mode or self.mode,
            bytes_per_number=self.bytes_per_number,
            budget=budget,
        )

    def load_all(self, selection: str, mode: Mode | None = None) -> list[Network]:
        """The networks that `--models` selects.

        Raises:
            ArchcalcError: as `load`; of several models, all that lack an argument are named.
        """
        names = read_models(selection)
        if len(names) > 1:
            _check_arguments(names, self.arguments)
        of_files: defaultdict[str, Budget] = defaultdict(Budget)
        return [self.load(name, mode, of_files[catalog.file_of(name)]) for name in names]

    def load_variant(self, text: str) -> Network:
        """The network of `MODEL,NAME=VALUE,...`, with its own settings over the command's.

        A name is an argument of the network, or `input`, `batch` or `mode`.

        Raises:
            ArchcalcError: as `load`.
        """
        model, *settings = _parts(text)
        own = read_settings(tuple(settings))
        changes: dict[str, Any] = {}
        if "input" in own:
            changes["input"] = read_input(own.pop("input"))
        if "batch" in own:
            changes["batch"] = WholeNumber(1, LARGEST).convert(own.pop("batch"), None, None)
        mode = own.pop("mode", self.mode)
        if mode not in MODES:
            raise ArchcalcError(f"mode is 'eval' or 'train', got {quote(mode)}")
        changes |= {"mode": mode, "arguments": {**self.arguments, **own}}
        return replace(self, **changes).load(model)


def _parts(text: str) -> list[str]:
    """What commas separate, but for those inside brackets.

    >>> _parts("resnet50,units=[3, 4, 23, 3],groups=32")
    ['resnet50', 'units=[3, 4, 23, 3]', 'groups=32']
    """
    parts, depth = [""], 0
    for character in text:
        depth += (character == "[") - (character == "]")
        if character == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += character
    return parts


def what_grew(net: Network, usual: Network) -> Iterator[str]:
    """A line for each layer whose parameters depend on the input's size, unlike usual."""
    for node in net.layers:
        before = usual.graph.by_name.get(node.name)
        now, then = (n.readings_by_name.get(node.name) for n in (net, usual))
        if before and now and then and now.parameters != then.parameters:
            maps = ["+".join(map(str, n.input_shapes)) for n in (node, before)]
            yield (
                f"at {net.input}, {node.name} of {net.name} has {now.parameters:,} parameters, not "
                f"the {then.parameters:,} of {usual.input}: it reads {maps[0]}, not {maps[1]}"
            )


def models_option(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--models`: which networks."""
    option = click.option(
        "--models",
        default="all",
        show_default=True,
        metavar="NAMES",
        help="all, or names, patterns and files: a,b,'resnet*',my.json.",
    )
    # Names without the option are no usage of its own in --help.
    bare = click.argument("names", nargs=-1, metavar="", expose_value=False, callback=_ask_option)
    return bare(option(command))


def _ask_option(context: click.Context, argument: click.Parameter, names: tuple[str, ...]) -> None:
    """Refuse models that are given without `--models`."""
    if names:
        given = ",".join(names)
        hint = f"did you mean --models {quote(given)}?"
        raise ArchcalcError(f"{context.info_name} takes models by an option; {hint}")


class WholeNumber(click.IntRange):
    """Plain digits, where Python's int takes more, such as `1_0`."""

    def convert(
        self, value: Any, option: click.Parameter | None, context: click.Context | None
    ) -> int:
        """The number that a user gives."""
        most = LARGEST if self.max is None else self.max
        text = str(value)
        is_short = text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS
        if is_short and 1 <= int(text) <= most:
            return int(text)
        name = option.opts[0] if option else "batch"
        takes = f"{name} takes a whole number from 1 to {most:,}"
        raise ArchcalcError(f"{takes}, got {quote(text)}")


def network_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """`--set`, `--input`, `--batch`, `--bytes` and `--mode`, given to the command as a Setup."""
    mode = click.option("--mode", type=click.Choice(["eval", "train"]), default="eval",
                        show_default=True, help="train has the auxiliary classifiers.")  # fmt: skip
    return mode(setting_options(command))


def setting_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The same without `--mode`, for a command that has its own."""

    @click.option(
        "--set",
        "settings",
        multiple=True,
        metavar="NAME=VALUE",
        help="Set an argument of the network, such as num_classes=10.",
    )
    @click.option("--input", metavar="SIZES", help="Another input, such as 3x299x299.")
    @click.option(
        "--batch",
        type=WholeNumber(1, LARGEST),
        default=1,
        show_default=True,
        help="Samples; MACs and activations count them all.",
    )
    @click.option(
        "--bytes",
        "bytes_per_number",
        type=WholeNumber(1, MOST_BYTES),
        default=4,
        show_default=True,
        help="Bytes a number, for memory.",
    )
    @functools.wraps(command)
    def with_setup(
        *,
        settings: tuple[str, ...],
        input: str | None,
        batch: int,
        bytes_per_number: int,
        mode: Mode = "eval",
        **rest: Any,
    ) -> Any:
        arguments = read_settings(settings)
        setup = Setup(arguments, read_input(input), batch, bytes_per_number, mode)
        return command(setup=setup, **rest)

    return with_setup  # fmt: skip


def read_input(text: str | None) -> tuple[int, ...] | None:
    """`3x224x224` as (3, 224, 224).

    Raises:
        ArchcalcError: it is no shape.
    """
    if text is None:
        return None
    sizes = text.lower().split("x")
    if len(sizes) > MOST_SIZES or not all(
        s.isascii() and s.isdecimal() and len(s) <= MOST_DIGITS for s in sizes
    ):
        raise ArchcalcError(f"--input takes sizes, such as 3x224x224; got {quote(text)}")
    return tuple(map(int, sizes))


def read_settings(settings: tuple[str, ...]) -> dict[str, str]:
    """`("num_classes=10",)` as {"num_classes": "10"}.

    Raises:
        ArchcalcError: one is not NAME=VALUE, or sets what another one has set.
    """
    pairs: dict[str, str] = {}
    for setting in settings:
        name, equals, value = (part.strip() for part in setting.partition("="))
        if not equals or not name or not value:
            raise ArchcalcError(f"--set takes NAME=VALUE, got {quote(setting)}")
        if name in pairs:
            raise ArchcalcError(f"--set gives {quote(name)} twice")
        pairs[name] = value
    return pairs


def read_models(selection: str) -> list[str]:
    """The model names that `all`, `a,b`, `resnet*`, `file.json` select, without repetitions.

    A file is all its networks.

    Raises:
        ArchcalcError: a pattern that matches nothing.
    """
    names: dict[str, None] = {}
    for part in filter(None, (part.strip() for part in selection.split(","))):
        if part == "all":
            names |= dict.fromkeys(catalog.built_in())
        elif part.lower() == "all":
            raise ArchcalcError(f"no model {quote(part)}; did you mean 'all'?")
        elif "*" in part or "?" in part:
            names |= dict.fromkeys(_matching(part))
        else:
            names |= dict.fromkeys(catalog.members(part))
    if not names:
        raise ArchcalcError(
            f"--models takes names such as all or 'resnet*', got {quote(selection)}"
        )
    return list(names)


def _matching(pattern: str) -> list[str]:
    """The networks that a pattern matches; studies where it matches no network."""
    for kind in catalog.SPEC_FOLDERS:
        matches = [name for name in catalog.built_in(kind) if fnmatch.fnmatchcase(name, pattern)]
        if matches:
            return matches
    raise ArchcalcError(f"no model matches {quote(pattern)} (archcalc list)")


def _check_arguments(names: list[str], arguments: Mapping[str, str]) -> None:
    declared = {name: catalog.find(name)[0].arguments for name in names}
    for argument in arguments:
        lacking = [name for name, has in declared.items() if argument not in has]
        if lacking:
            known = {known for has in declared.values() for known in has}
            hint = "" if argument in known else did_you_mean(argument, sorted(known))
            listed = ", ".join(lacking[:5]) + (
                f" and {len(lacking) - 5} more" if len(lacking) > 5 else ""
            )
            message = f"no argument {quote(argument)} in {listed}"
            raise ArchcalcError(f"{message}; {hint}" if hint else message)
