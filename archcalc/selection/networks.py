"""Networks built as options say; of many those that are refused apart."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, NamedTuple, TypeVar

from archcalc.analysis.memory import Optimizer
from archcalc.errors import ArchcalcError, did_you_mean, quote, together
from archcalc.figures import count_of
from archcalc.language.budget import Budget
from archcalc.names import catalog
from archcalc.names.spelling import spelling
from archcalc.names.variants import read_variant
from archcalc.network import Network, load_with
from archcalc.parts.conditions import OPTIMIZER, Mode
from archcalc.parts.resized import what_grew
from archcalc.selection.selected import EVERY, read_models

_T = TypeVar("_T")

MOST_WARNINGS = 10
"""The most warnings of several networks that are said one by one."""


@dataclass(frozen=True)
class Setup:
    """How networks are to be built, as options say."""

    arguments: Mapping[str, str]
    input: Any
    batch: int
    bytes_per_number: int
    mode: Mode
    optimizer: Optimizer = OPTIMIZER
    real: bool = False

    def load(self, model: str, mode: Mode | None = None, budget: Budget | None = None) -> Network:
        """The network of a name or a file; in this mode unless another is given.

        A `budget` bounds several networks together.

        Raises:
            ArchcalcError: it, an argument or a size does not exist or fit.
        """
        net, said = self._loaded(model, mode, budget)
        self.say(said)
        return net

    def _loaded(
        self, model: str, mode: Mode | None, budget: Budget | None
    ) -> tuple[Network, list[str]]:
        """A network, and what is to be said of it."""
        variant = read_variant(model)
        if mode is not None:
            model = variant.without("mode")
        net = self._load(model, self.input, mode, budget)
        said = [*net.graph.warnings]
        is_resized = self.input is not None or "input" in variant.settings
        if is_resized and mode is None and spelling(variant.model) is None:
            said += what_grew(net, self._load(variant.without("input"), None, mode))
        return net, said

    def say(self, lines: Iterable[str]) -> None:
        """Say lines about networks, where there is someone to hear them."""

    def _load(
        self,
        model: str,
        input: Any,
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
            optimizer=self.optimizer,
            budget=budget,
            real=self.real,
        )

    def load_all(self, selections: Sequence[str], mode: Mode | None = None) -> list[Network]:
        """The networks that models on the command line select, in their order.

        Raises:
            ArchcalcError: as `load`, of all that are refused; of several models, all that lack an
                argument are named.
        """
        budgets = _Budgets()
        found, refused = [], []
        for name in self._names(selections):
            try:
                found.append(self.load(name, mode, budgets.of(name)))
            except ArchcalcError as error:
                refused.append(error)
        if refused:
            raise together(refused)
        return found

    def load_with_studies(self, selections: Sequence[str]) -> tuple[list[Network], list[Network]]:
        """The networks that models on the command line select, and where these are all the studies.

        Raises:
            ArchcalcError: as `load_all`.
        """
        studies = catalog.built_in("studies") if tuple(selections) == EVERY else ()
        return self.load_all(selections), [*map(self.load, studies)]

    def read_all(
        self, selections: Sequence[str], read: Callable[[Network], _T]
    ) -> ReadNetworks[_T]:
        """What is read of each of the networks that models on the command line select.

        `read` and what it returns may be handed between processes.

        Raises:
            ArchcalcError: as `load_all`, or what `read` raises, where that is so of all of them.
        """
        names = self._names(selections)
        of_files: defaultdict[str, list[str]] = defaultdict(list)
        for name in names:
            of_files[catalog.file_of(read_variant(name).model)].append(name)
        files = sorted(of_files.values(), key=len, reverse=True)
        found: dict[str, _Found[_T] | ArchcalcError] = {}
        for results in self.of_each(files, partial(self._read, read)):
            found |= results
        result: ReadNetworks[_T] = ReadNetworks([], {})
        warnings: dict[str, None] = {}
        for name in names:
            match found[name]:
                case ArchcalcError() as error:
                    result.refused[name] = error
                case one:
                    warnings |= dict.fromkeys(one.said)
                    result.values.append(one.value)
        self.say([*warnings][:MOST_WARNINGS])
        if len(warnings) > MOST_WARNINGS:
            self.say([f"and {count_of(len(warnings) - MOST_WARNINGS, 'warning')} more"])
        if not result.values:
            raise together(result.refused.values())
        return result

    def of_each(
        self, files: Sequence[Sequence[str]], read: Callable[[Sequence[str]], _T]
    ) -> list[_T]:
        """What is read of the networks of each file, which are given by their names."""
        return [read(names) for names in files]

    def _read(
        self, read: Callable[[Network], _T], names: Sequence[str]
    ) -> dict[str, _Found[_T] | ArchcalcError]:
        """What is read of the networks of one file, or why that cannot be."""
        budgets = _Budgets()
        found: dict[str, _Found[_T] | ArchcalcError] = {}
        for name in names:
            try:
                net, said = self._loaded(name, None, budgets.of(name))
                found[name] = _Found(read(net), said)
            except ArchcalcError as error:
                found[name] = error
        return found

    def _names(self, selections: Sequence[str]) -> list[str]:
        names = read_models(selections)
        if len(names) > 1:
            _check_arguments(names, self.arguments)
        return names


class ReadNetworks(NamedTuple, Generic[_T]):
    """What was read of several networks, and why of others nothing can be."""

    values: list[_T]
    refused: dict[str, ArchcalcError]


class _Found(NamedTuple, Generic[_T]):
    """What was read of a network, and what is to be said of it on stderr."""

    value: _T
    said: Sequence[str]


class _Budgets:
    """What bounds networks: those of a user's file together, each of a built-in one alone."""

    def __init__(self) -> None:
        self._of_files: dict[str, Budget] = {}

    def of(self, name: str) -> Budget:
        """What bounds one, beside those that were asked for before."""
        model = read_variant(name).model
        file = catalog.file_of(model)
        budget = self._of_files.get(file)
        if budget is None:
            budget = Budget()
        elif not catalog.is_path(model):
            budget = budget.afresh()
        self._of_files[file] = budget
        return budget


def _check_arguments(names: list[str], arguments: Mapping[str, str]) -> None:
    """Refuse names that are no model, and arguments that some lack; a file that cannot be read is
    refused where it is loaded."""
    declared: dict[str, Collection[str]] = {}
    refused: dict[str, ArchcalcError] = {}
    for name in names:
        model = read_variant(name).model
        if spelling(model) is None:
            try:
                declared[name] = catalog.described(model)[0].arguments
            except ArchcalcError as error:
                refused[model] = error
    if not all(map(catalog.is_path, refused)):
        raise together(refused.values())
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
