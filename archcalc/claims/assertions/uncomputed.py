"""Statements that no spec decides: they are listed with the reason, never dropped."""

from __future__ import annotations

from archcalc.claims.assertions.assertion import TEXT, Assertion, assertion, key
from archcalc.claims.statement import Finding, Statement
from archcalc.claims.subject import Networks


@assertion("undecided")
class Undecided(Assertion):
    """A statement about history, training or wording."""

    is_computed = False
    reason: str = key(TEXT, "why it cannot be computed")

    def find(self, networks: Networks, statement: Statement) -> Finding:
        return Finding(None, "", "not computable", difference=self.reason)


@assertion("measurement")
class Measurement(Assertion):
    """An error rate or accuracy: measured on data by a protocol, not computed from a spec."""

    is_computed = False
    protocol: str = key(TEXT, "crops, scales, models; the same for figures to be compared")
    data: str = key(TEXT, "the data set and split")

    def find(self, networks: Networks, statement: Statement) -> Finding:
        reason = f"measured on {self.data} ({self.protocol})"
        return Finding(None, "", "not computable", difference=reason)
