"""The ledgers in specs/claims/: what sources state, read and checked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from archcalc.claims.assertions import Check, Composite, create_assertion
from archcalc.claims.measures import MEASURES
from archcalc.claims.stated import VERDICTS
from archcalc.claims.statement import ClaimError, Statement
from archcalc.claims.subject import SUBJECT_KEYS, Subject
from archcalc.errors import Problem, SpecError, did_you_mean, quote
from archcalc.language.strict_json import read_file
from archcalc.names.catalog import specs_folder
from archcalc.network import MODES

SOURCE_KINDS = ("documents", "papers")
_FILE_KEYS = ("kind", "sources", "claims", "note")
CLAIM_KEYS = (
    "id", "source", "at", "claim", "type", "stated", "hedged", "expected", "readings", "note",
    "convention", "confidence", "literature",
)  # fmt: skip
CONFIDENCES = ("found in print", "recalled")
CHOICES = {
    "expected": VERDICTS,
    "confidence": CONFIDENCES,
    "literature": ("agrees", "partly", "disagrees", "no source checked"),
    "mode": MODES,
}


Demand = Literal["", "any", "exact", "nearest", "down", "up"]
"""How a stated figure must agree: any way, exactly, or as the nearest one of its digits, or the one
below or above; a ledger demands none."""


@dataclass(frozen=True)
class Source:
    """A document or paper: its short name, what it is, and of which kind."""

    name: str
    title: str
    kind: str


@dataclass(frozen=True)
class Claim:
    """One statement of a source, as data."""

    id: str
    source: Source
    at: str
    text: str
    check: Check
    expected: str = ""
    readings: Sequence[Check] = ()
    """Other ways to read the statement, in which it may be right."""
    note: str = ""
    convention: str = ""
    confidence: str = CONFIDENCES[0]
    literature: str = ""
    """Whether the literature agrees with a statement that no spec decides."""
    demand: Demand = ""
    keys: Mapping[str, Any] = field(default_factory=dict, repr=False)

    @property
    def statement(self) -> Statement:
        """What is stated of which part of which network."""
        return self.check.statement

    @cached_property
    def models(self) -> set[str]:
        """The models that it speaks of."""
        return set(_named("model", self.keys)) | set(_named("models", self.keys))

    @cached_property
    def quantities(self) -> set[str]:
        """The quantities that it speaks of."""
        return set(_named("quantity", self.keys))


def _named(key: str, value: Any) -> Iterator[str]:
    """All the names that a key has, at any depth."""
    if isinstance(value, dict):
        if key in value:
            yield from [value[key]] if isinstance(value[key], str) else value[key]
        if value.get("row") == key:  # of a table
            yield from value["rows"]
        for inner in value.values():
            yield from _named(key, inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _named(key, inner)


def ledger_files() -> list[Path]:
    """The built-in ledgers, in order of their names."""
    return sorted((specs_folder() / "claims").glob("*.json"))


def ledgers(files: Sequence[Path] | None = None) -> list[Claim]:
    """All claims of the built-in ledgers, or of some files, in order.

    Raises:
        SpecError: what is wrong in a file, all problems at once.
    """
    taken: dict[str, str] = {}
    return [
        claim
        for path in (ledger_files() if files is None else files)
        for claim in _read(path, taken)
    ]


def _read(path: Path, taken: dict[str, str]) -> list[Claim]:
    tree = read_file(path)
    problems = list(_file_problems(tree))
    if problems:
        raise SpecError(str(path), problems)
    sources = {name: Source(name, title, tree["kind"]) for name, title in tree["sources"].items()}
    claims = []
    for i, keys in enumerate(tree["claims"]):
        place = (
            f"claims[{i}] {quote(keys['id'])}"
            if isinstance(keys, dict) and "id" in keys
            else f"claims[{i}]"
        )
        try:
            claims.append(claim_of(keys, _source(keys, sources)))
            if keys["id"] in taken:
                raise ClaimError(f"the id is taken, in {taken[keys['id']]}")
            taken[keys["id"]] = path.name
        except ClaimError as error:
            problems.append(Problem(place, str(error)))
    if problems:
        raise SpecError(str(path), problems)
    return claims


def _file_problems(tree: Any) -> Iterator[Problem]:
    if not isinstance(tree, dict):
        yield Problem("", "a ledger is an object with kind, sources and claims")
        return
    for key in tree:
        if key not in _FILE_KEYS:
            yield Problem("", f"unknown key {quote(key)}", did_you_mean(key, _FILE_KEYS))
    if tree.get("kind") not in SOURCE_KINDS:
        yield Problem("kind", f"is one of {', '.join(SOURCE_KINDS)}, got {quote(tree.get('kind'))}")
    sources = tree.get("sources")
    if not isinstance(sources, dict) or not all(isinstance(t, str) for t in sources.values()):
        yield Problem("sources", "is an object of short names and titles")
    if not isinstance(tree.get("claims"), list):
        yield Problem("claims", "is a list")


def _source(keys: Any, sources: Mapping[str, Source]) -> Source:
    if not isinstance(keys, dict):
        raise ClaimError("a claim is an object")
    name = keys.get("source", next(iter(sources), ""))
    if name not in sources:
        hint = did_you_mean(str(name), sources) or f"it has {', '.join(sources)}"
        raise ClaimError(f"unknown source {quote(name)}; {hint}")
    return sources[name]


def claim_of(keys: Mapping[str, Any], source: Source) -> Claim:
    """A claim from the keys of a ledger.

    Raises:
        ClaimError: a key is unknown, missing or of another type.
    """
    for needed in ("id", "claim", "type"):
        if not isinstance(keys.get(needed), str):
            raise ClaimError(f"{quote(needed)} is missing, or no text")
    for name, known in CHOICES.items():
        if name in keys and keys[name] not in known:
            raise ClaimError(f"{name} is one of {', '.join(known)}; got {quote(keys[name])}")
    said = ("note", "convention", "confidence", "literature", "expected")
    return Claim(
        keys["id"],
        source,
        str(keys.get("at", "")),
        keys["claim"],
        _check(keys["id"], keys),
        readings=tuple(_readings(keys)),
        keys=keys,
        **{name: keys[name] for name in said if name in keys},
    )


def _check(name: str, keys: Mapping[str, Any]) -> Check:
    """The assertion of a claim, or of a part of one, with what is stated.

    Raises:
        ClaimError: a key is unknown, missing or of another type.
    """
    common = (*CLAIM_KEYS, *SUBJECT_KEYS)
    assertion = create_assertion(
        keys["type"], {k: v for k, v in keys.items() if k not in common}, common
    )
    if assertion.states and "stated" not in keys:
        raise ClaimError("'stated' is missing")
    quantity = keys.get("quantity")
    if quantity is not None and assertion.is_computed and quantity not in MEASURES:
        raise ClaimError(f"unknown quantity {quote(quantity)}; {did_you_mean(quantity, MEASURES)}")
    if isinstance(assertion, Composite):
        whole = {k: v for k, v in keys.items() if k in (*SUBJECT_KEYS, "hedged")}
        parts = [_part(part, {"type": "value", **whole, **own}) for part, own in assertion.split()]
        assertion = replace(assertion, checks=tuple(parts))
    subject = Subject().changed({k: v for k, v in keys.items() if k in SUBJECT_KEYS})
    return Check(
        name, assertion, Statement(subject, keys.get("stated"), bool(keys.get("hedged", False)))
    )


def _part(name: str, keys: Mapping[str, Any]) -> Check:
    try:
        return _check(name, keys)
    except ClaimError as error:
        raise ClaimError(f"{name}: {error}") from None


def _readings(keys: Mapping[str, Any]) -> Iterator[Check]:
    for reading in keys.get("readings", []):
        if not isinstance(reading, dict) or not isinstance(reading.get("says"), str):
            raise ClaimError("a reading is an object with 'says' and the keys that it changes")
        changed = {k: v for k, v in reading.items() if k != "says"}
        kept = keys
        if "type" in changed:  # another type has its own keys
            kept = {k: v for k, v in keys.items() if k in (*CLAIM_KEYS, *SUBJECT_KEYS)}
        yield _part(reading["says"], {**kept, **changed})
