"""Verdicts, derived: each claim against what the specs give."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from archcalc.claims.assertions import ClaimError, Finding
from archcalc.claims.calculation import Remark
from archcalc.claims.ledger import Claim
from archcalc.claims.subject import Networks, UnknownModel
from archcalc.errors import ArchcalcError, Problem, SpecError

AGREES = ("exact", "rounded")


@dataclass(frozen=True)
class Judgement:
    """A claim with what was computed, and the verdict that follows."""

    claim: Claim
    finding: Finding
    reading: str = ""
    """Where the claim is contradicted: another way to read it that agrees."""

    @property
    def verdict(self) -> str:
        """One of archcalc.claims.stated.VERDICTS."""
        return self.finding.verdict

    @property
    def is_expected(self) -> bool:
        """Whether the verdict is the one that the ledger expects, if it expects one."""
        return self.claim.expected in ("", self.verdict)

    @property
    def note(self) -> str:
        """All there is to say: how far off, another reading, the ledger's own note."""
        parts = [self.finding.difference, *self.finding.details]
        parts += [f"a reading that agrees: {self.reading}"] if self.reading else []
        return "; ".join(filter(None, [*parts, self.claim.note]))


def judge(claims: Iterable[Claim], networks: Networks | None = None) -> list[Judgement]:
    """The verdicts on some claims.

    Raises:
        SpecError: a claim names a layer or a quantity that does not exist.
    """
    networks = networks or Networks()
    return [judgement(claim, networks) for claim in claims]


def judgement(claim: Claim, networks: Networks) -> Judgement:
    """The verdict on one claim.

    Raises:
        SpecError: it names a layer or a quantity that does not exist.
    """
    found = find(claim, networks)
    reading = ""
    if found.verdict == "contradicted":
        for other in claim.readings:
            again = find(other.claim, networks)
            if again.verdict in AGREES:
                reading = f"{other.says}: {again.text}"
                break
    return Judgement(claim, found, reading)


def find(claim: Claim, networks: Networks) -> Finding:
    """What a claim's assertion finds; not computable where there is no spec of its model."""
    try:
        return claim.assertion.find(networks, claim)
    except UnknownModel as error:
        return Finding(None, "", "not computable", difference=str(error))
    except (ArchcalcError, ClaimError) as error:
        raise SpecError(f"claim {claim.id}", [Problem("", str(error))]) from error


def working(claim: Claim, networks: Networks) -> Sequence[Remark]:
    """The arithmetic behind a claim's computed value."""
    try:
        return claim.assertion.working(networks, claim)
    except UnknownModel:
        return []


def value(judged: Judgement) -> Any:
    """The computed value for programs."""
    return judged.finding.computed
