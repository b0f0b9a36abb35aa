"""The table of rules, which the modules of this folder fill."""

from __future__ import annotations

from collections.abc import Callable

from archcalc.importer.sites import CallRule

RULES_OF_CALLS: dict[str, CallRule] = {}
"""The rule of each operator by its name in aten: without the overload, or `lstm.input` of one that
is not as the others."""


def rule(*operators: str) -> Callable[[CallRule], CallRule]:
    """Register a function as the rule of some operators.

    Raises:
        ValueError: one has a rule.
    """

    def register(function: CallRule) -> CallRule:
        for name in operators:
            if name in RULES_OF_CALLS:
                raise ValueError(f"{name} has two rules")
            RULES_OF_CALLS[name] = function
        return function

    return register
