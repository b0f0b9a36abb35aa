"""What every type of assertion declares, and the registry of them all.

A new type of statement is one class in one file of this folder: its fields are the keys that a
ledger may give, `find` computes what the statement speaks of and compares.
"""

from __future__ import annotations

import dataclasses
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from archcalc.claims.calculation import Remark
from archcalc.claims.stated import STRUCTURE_BAND, Rounding, Verdict
from archcalc.errors import did_you_mean, quote

if TYPE_CHECKING:
    from archcalc.claims.ledger import Claim
    from archcalc.claims.subject import Networks

MAPPING = "an object"
LIST = "a list"
TEXT = "a text"
FLAG = "true or false"
ANYTHING = "a value"

_JSON_TYPES: Mapping[str, tuple[type, ...]] = {
    MAPPING: (dict,),
    LIST: (list,),
    TEXT: (str,),
    FLAG: (bool,),
    ANYTHING: (dict, list, str, int, Fraction),
}


class ClaimError(ValueError):
    """A claim that is not written as its type takes it."""


@dataclass(frozen=True)
class Finding:
    """What an assertion computed, and the verdict that follows."""

    computed: Any
    """For programs: a number, a text or a list."""
    text: str
    """The same for people."""
    verdict: Verdict
    rounding: Rounding | None = None
    difference: str = ""
    """How far the stated is off, where it is."""
    details: Sequence[str] = ()
    """Of a table, the cells that do not agree."""
    figures: int = 0
    """Of a table, how many there are to compare."""


def key(kind: str, doc: str, *, default: Any = dataclasses.MISSING) -> Any:
    """Declare a key of an assertion, with the kind of value that it takes."""
    metadata = {"kind": kind, "doc": doc}
    if isinstance(default, dict | list):
        return dataclasses.field(default_factory=lambda: default, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


class Assertion(ABC):
    """A type of statement: frozen keys, and how to compute what it states."""

    name: ClassVar[str]
    states: ClassVar[bool] = True
    """Whether a claim of this type must give `stated`."""

    @abstractmethod
    def find(self, networks: Networks, claim: Claim) -> Finding:
        """What is computed, and how the stated stands to it."""

    def working(self, networks: Networks, claim: Claim) -> list[Remark]:
        """The arithmetic behind it, where there is some."""
        return []


ASSERTIONS: dict[str, type[Assertion]] = {}
"""Every type of assertion by the name that ledgers use."""

Declared = TypeVar("Declared", bound=type[Assertion])


def assertion(name: str) -> Callable[[Declared], Declared]:
    """Register a class as the assertion `name`, and make it a frozen dataclass.

    Raises:
        ValueError: the name is taken.
    """

    def register(cls: Declared) -> Declared:
        if name in ASSERTIONS:
            raise ValueError(f"assertion {name!r} is declared twice")
        cls.name = name
        ASSERTIONS[name] = dataclass(frozen=True)(cls)
        return cls

    return register


def create(name: str, keys: Mapping[str, Any], others: Iterable[str] = ()) -> Assertion:
    """The assertion that a claim's keys describe; `others` are the keys that all claims have.

    Raises:
        ClaimError: the type or a key is unknown, a key is missing or of another kind.
    """
    if name not in ASSERTIONS:
        hint = did_you_mean(name, ASSERTIONS) or f"one of {', '.join(sorted(ASSERTIONS))}"
        raise ClaimError(f"unknown type {quote(name)}; {hint}")
    cls = ASSERTIONS[name]
    declared = {f.name: f for f in dataclasses.fields(cls)}  # type: ignore[arg-type]
    for given, value in keys.items():
        if given not in declared:
            hint = did_you_mean(given, [*declared, *others]) or f"it has {', '.join(declared)}"
            raise ClaimError(f"unknown key {quote(given)} of {name}; {hint}")
        kind = declared[given].metadata["kind"]
        if not isinstance(value, _JSON_TYPES[kind]):
            raise ClaimError(f"{given} takes {kind}, got {quote(value)}")
    for wanted, f in declared.items():
        if wanted not in keys and f.default is f.default_factory:  # both MISSING: required
            raise ClaimError(f"key {quote(wanted)} of {name} is missing")
    return cls(**keys)


def structure(claim: Claim, stated: Any, computed: Any, text: str) -> Finding:
    """The verdict on a structure: exact if it is the stated one; where the text hedges and at
    least half of what is stated holds, approximate; else contradicted."""
    if stated == computed:
        return Finding(computed, text, "exact")
    share = _share(stated, computed)
    if claim.hedged and share is not None and share >= 1 - STRUCTURE_BAND:
        return Finding(computed, text, "approximate", difference="in part")
    return Finding(computed, text, "contradicted")


def _share(stated: Any, computed: Any) -> Fraction | None:
    """How much of what is stated, and of what is computed, the two have in common."""
    if not isinstance(stated, list) or not isinstance(computed, list):
        return None
    rest = list(computed)
    common = 0
    for item in stated:
        if item in rest:
            rest.remove(item)
            common += 1
    longer = max(len(stated), len(computed))
    return Fraction(common, longer) if longer else None
