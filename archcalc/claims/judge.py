"""Verdicts, derived: each claim against what the specs give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from archcalc.claims.assertions import Check
from archcalc.claims.conventions import by_other_conventions
from archcalc.claims.ledger import Claim
from archcalc.claims.statement import ClaimError, Finding
from archcalc.claims.subject import Networks
from archcalc.errors import ArchcalcError, Problem, SpecError

AGREES = ("exact", "rounded")


@dataclass(frozen=True)
class Judgement:
    """A claim with what was computed, and the verdict that follows."""

    claim: Claim
    finding: Finding
    reading: str = ""
    """Another way to read a contradicted claim, which agrees."""

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
    found = finding_of(claim, claim.check, networks)
    reading = ""
    if found.verdict == "contradicted":
        for other in claim.readings:
            again = finding_of(claim, other, networks)
            if again.verdict in AGREES:
                reading = f"{other.name}: {again.text}"
                break
        else:
            reading = by_other_conventions(claim.check, networks)
    return Judgement(claim, found, reading)


def finding_of(claim: Claim, check: Check, networks: Networks) -> Finding:
    """What a claim, in itself or in another reading, comes to.

    Raises:
        SpecError: it names a layer or a quantity that does not exist.
    """
    try:
        return check.find(networks)
    except (ArchcalcError, ClaimError) as error:
        raise SpecError(f"claim {claim.id}", [Problem("", str(error))]) from error
