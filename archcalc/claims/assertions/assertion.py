"""What every type of assertion declares, and the registry of them all.

A new type of statement is one class in one file of this folder: its fields are the keys that a
ledger may give, `find` computes what the statement speaks of and compares.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, ClassVar, NamedTuple, TypeVar, dataclass_transform

from archcalc.claims.calculation import Calculation, Remark
from archcalc.claims.statement import ClaimError, Finding, Statement
from archcalc.claims.subject import Networks, UnknownModel
from archcalc.errors import did_you_mean, quote

MAPPING = "an object"
LIST = "a list"
OBJECTS = "a list of objects"
TEXT = "a text"
ANYTHING = "a value"

_IS: Mapping[str, Callable[[Any], bool]] = {
    MAPPING: lambda value: isinstance(value, dict),
    LIST: lambda value: isinstance(value, list),
    OBJECTS: lambda value: isinstance(value, list) and all(isinstance(v, dict) for v in value),
    TEXT: lambda value: isinstance(value, str),
    ANYTHING: lambda value: isinstance(value, dict | list | str | int | Fraction),
}


def key(takes: str, doc: str, *, default: Any = dataclasses.MISSING) -> Any:
    """Declare a key of an assertion, with the type of JSON value that it takes."""
    metadata = {"takes": takes, "doc": doc}
    if isinstance(default, dict | list):
        return dataclasses.field(default_factory=lambda: default, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


class Assertion(ABC):
    """A type of statement: frozen keys, and how to compute what it states."""

    name: ClassVar[str]
    states: ClassVar[bool] = True
    """Whether a claim of this type must give `stated`."""
    is_computed: ClassVar[bool] = True
    """Whether it computes the quantity that a claim of this type names."""

    @abstractmethod
    def find(self, networks: Networks, statement: Statement) -> Finding:
        """What is computed, and how the stated stands to it."""

    def working(self, networks: Networks, statement: Statement) -> list[Remark]:
        """The arithmetic behind it, where there is some."""
        return []


@dataclass(frozen=True, kw_only=True)
class Numerical(Assertion):
    """A type of statement about numbers that expressions give."""

    terms: dict[str, Any] = key(  # noqa: RUF009, it declares a field
        MAPPING, "names for parts and their quantities", default={}
    )

    def calculation(self, networks: Networks, statement: Statement) -> Calculation:
        """What evaluates the expressions."""
        return Calculation(networks, statement.subject, self.terms)


class Check(NamedTuple):
    """An assertion with the statement that it judges; `name` tells it from others of a claim."""

    name: str
    assertion: Assertion
    statement: Statement

    def find(self, networks: Networks) -> Finding:
        """What is computed, and how the stated stands to it; not computable where there is no
        spec of its model."""
        try:
            return self.assertion.find(networks, self.statement)
        except UnknownModel as error:
            return Finding(None, "", "not computable", difference=str(error))

    def working(self, networks: Networks) -> list[Remark]:
        """The arithmetic behind it, where there is a spec."""
        try:
            return self.assertion.working(networks, self.statement)
        except UnknownModel:
            return []


@dataclass(frozen=True, kw_only=True)
class Composite(Assertion):
    """A type of statement that has several parts, each judged by a type of its own."""

    states: ClassVar[bool] = False
    checks: Sequence[Check] = ()
    """One for each part, made when the ledger is read."""

    @abstractmethod
    def split(self) -> Iterator[tuple[str, Mapping[str, Any]]]:
        """The name of each part, and the keys in which it differs from the whole.

        Raises:
            ClaimError: the keys do not fit together.
        """


ASSERTIONS: dict[str, type[Assertion]] = {}
"""Every type of assertion by the name that ledgers use."""

_Declared = TypeVar("_Declared", bound=type[Assertion])


@dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(key,))
def assertion(name: str) -> Callable[[_Declared], _Declared]:
    """Register a class as the assertion `name`, and make it a frozen dataclass.

    Raises:
        ValueError: the name is taken.
    """

    def register(cls: _Declared) -> _Declared:
        if name in ASSERTIONS:
            raise ValueError(f"assertion {name!r} is declared twice")
        cls.name = name
        ASSERTIONS[name] = dataclass(frozen=True, kw_only=True)(cls)
        return cls

    return register


def keys_of(cls: type[Assertion]) -> dict[str, dataclasses.Field[Any]]:
    """The keys that a ledger may give to a type of assertion."""
    return {f.name: f for f in dataclasses.fields(cls) if f.metadata}  # type: ignore[arg-type]


def create_assertion(name: str, keys: Mapping[str, Any], others: Iterable[str] = ()) -> Assertion:
    """The assertion that a claim's keys describe; `others` are the keys that all claims have.

    Raises:
        ClaimError: the type or a key is unknown, a key is missing or of another type.
    """
    if name not in ASSERTIONS:
        hint = did_you_mean(name, ASSERTIONS) or f"one of {', '.join(sorted(ASSERTIONS))}"
        raise ClaimError(f"unknown type {quote(name)}; {hint}")
    cls = ASSERTIONS[name]
    declared = keys_of(cls)
    for given, value in keys.items():
        if given not in declared:
            hint = did_you_mean(given, [*declared, *others]) or f"it has {', '.join(declared)}"
            raise ClaimError(f"unknown key {quote(given)} of {name}; {hint}")
        takes = declared[given].metadata["takes"]
        if not _IS[takes](value):
            raise ClaimError(f"{given} takes {takes}, got {quote(value)}")
    for wanted, f in declared.items():
        if wanted not in keys and f.default is f.default_factory:  # both MISSING: required
            raise ClaimError(f"key {quote(wanted)} of {name} is missing")
    return cls(**keys)
