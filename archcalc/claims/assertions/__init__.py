"""Types of assertion, one class each; importing this package registers them all."""

from archcalc.claims.assertions import (
    numbers,
    paths,
    polynomials,
    shapes,
    structures,
    tables,
    uncomputed,
)
from archcalc.claims.assertions.assertion import (
    ASSERTIONS,
    Assertion,
    Check,
    Composite,
    create_assertion,
    keys_of,
)

__all__ = [
    "ASSERTIONS",
    "Assertion",
    "Check",
    "Composite",
    "create_assertion",
    "keys_of",
    "numbers",
    "paths",
    "polynomials",
    "shapes",
    "structures",
    "tables",
    "uncomputed",
]
