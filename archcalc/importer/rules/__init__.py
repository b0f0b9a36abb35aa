"""Which op of archcalc a call of torch is: a rule an operator.

What is in none of these tables, and cannot be taken apart into what is, is refused.
"""

from __future__ import annotations

import importlib
from functools import cache
from pkgutil import iter_modules
from typing import Any

from archcalc.importer.called import Free
from archcalc.importer.heard import NAMESPACES
from archcalc.importer.rules.free import free
from archcalc.importer.rules.table import RULES_OF_CALLS
from archcalc.importer.sites import CallRule

for _module in iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")


@cache
def rule_of(function: Any) -> CallRule | None:
    """The rule for an operator, if there is one."""
    if function.namespace not in NAMESPACES:
        return None  # an operator of somebody else's, whatever it is called
    word = function.overloadpacket.__name__
    return RULES_OF_CALLS.get(word) or RULES_OF_CALLS.get(f"{word}.{function._overloadname}")


@cache
def is_known(function: Any) -> bool:
    """Whether there is a rule for an operator, or it is known to have no multiply-adds."""
    return rule_of(function) is not None or free_of(function) is not None


@cache
def is_free_of_products(function: Any) -> bool:
    """Whether an operator is known to have no multiply-adds, and no rule has it as something else:
    what torch counts of it need not be heard."""
    return rule_of(function) is None and free_of(function) is not None


@cache
def free_of(function: Any) -> Free | None:
    """Why an operator has no multiply-adds; None where nobody says so."""
    return free(function)
