"""Statements that no spec decides: they are listed with the reason, never dropped."""

from __future__ import annotations

from typing import TYPE_CHECKING

from archcalc.claims.assertions.assertion import TEXT, Assertion, Finding, assertion, key

if TYPE_CHECKING:
    from archcalc.claims.ledger import Claim
    from archcalc.claims.subject import Networks


@assertion("statement")
class Statement(Assertion):
    """A statement about history, training or wording."""

    reason: str = key(TEXT, "why it cannot be computed")

    def find(self, networks: Networks, claim: Claim) -> Finding:
        return Finding(None, "", "not computable", difference=self.reason)


@assertion("measurement")
class Measurement(Assertion):
    """An error rate or accuracy: measured on data by a protocol, not computed from a spec."""

    protocol: str = key(TEXT, "crops, scales, models; the same for figures to be compared")
    data: str = key(TEXT, "the data set and split")

    def find(self, networks: Networks, claim: Claim) -> Finding:
        reason = f"measured on {self.data} ({self.protocol})"
        return Finding(None, "", "not computable", difference=reason)
