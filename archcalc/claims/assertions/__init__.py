"""Types of assertion, one class each; importing this package registers them all."""

from archcalc.claims.assertions import numbers, paths, shapes, structures, tables, uncomputed
from archcalc.claims.assertions.assertion import ASSERTIONS, Assertion, ClaimError, Finding, create

__all__ = [
    "ASSERTIONS",
    "Assertion",
    "ClaimError",
    "Finding",
    "create",
    "numbers",
    "paths",
    "shapes",
    "structures",
    "tables",
    "uncomputed",
]
