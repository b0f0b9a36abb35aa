"""Verdicts, derived: each claim against what the specs give."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from archcalc.claims.assertions import Check
from archcalc.claims.conventions import by_other_conventions, in_units_of_1024
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
        """Whether the verdict is the one that the ledger expects, if it expects one; of a claim
        in a file of one's own, whether it is met."""
        if not self.claim.demand:
            return self.claim.expected in ("", self.verdict)
        return self.verdict not in ("contradicted", "not computable") and self._is_as_demanded

    @property
    def _is_as_demanded(self) -> bool:
        found, demand = self.finding, self.claim.demand
        if demand == "any" or self.verdict == "exact":
            return True
        if demand in ("exact", "nearest"):
            return found.rounding == demand
        stated = self.claim.statement.figure(self.claim.keys.get("units")).value
        is_below = stated < found.computed
        return self.verdict == "rounded" and is_below == (demand == "down")

    @property
    def expectation(self) -> str:
        """What was expected of the verdict, in words; nothing if that it holds."""
        if not self.claim.demand:
            return self.claim.expected
        words = {"any": "", "exact": "the exact figure", "nearest": "it rounded to the nearest"}
        return words.get(self.claim.demand, f"it rounded {self.claim.demand}")

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
            reading = in_units_of_1024(claim.check, found.computed) or by_other_conventions(
                claim.check, networks
            )
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
