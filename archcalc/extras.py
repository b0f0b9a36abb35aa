"""Libraries that only some functions need: loaded where they are used, and asked for by name."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.util import find_spec

from archcalc.errors import ArchcalcError


def require(feature: str, extra: str, *libraries: str) -> None:
    """Load the libraries that a feature needs.

    Args:
        feature: what the user asked for, as in "verify".
        extra: the name in pyproject.toml of the extra that brings the libraries.
        libraries: their names as modules.

    Raises:
        ArchcalcError: one is not installed; says what to do from a checkout.
    """
    missing = ArchcalcError(
        f"{feature} needs {' and '.join(libraries)}: in archcalc's checkout, "
        f"pip install -c constraints.txt '.[{extra}]'"
    )
    for library in libraries:  # before another one is loaded, which takes seconds
        if library not in sys.modules and find_spec(library) is None:
            raise missing
    for library in libraries:
        try:
            import_module(library)
        except ModuleNotFoundError as error:
            if error.name != library:
                raise
            raise missing from None
