"""Which models a word means: names, patterns and files, each with settings of its own.

The same words mean the same everywhere: `resnet50`, `'resnet*'`, `my.json`, `my.json:mini`, `all`,
and `'resnet50[num_classes=10]'`.
"""

from __future__ import annotations

import fnmatch
from collections.abc import Iterable

from archcalc.errors import ArchcalcError, quote
from archcalc.names import catalog
from archcalc.names.variants import Variant, between_commas, read_variant

EVERY = ("all",)


def read_models(selections: Iterable[str]) -> list[str]:
    """The model names that `all`, `a,b`, `resnet*`, `file.json` select, without repetitions.

    A file is all its networks; one that cannot be read is a model too, which loading refuses. What
    is in brackets holds for each that is selected.

    Raises:
        ArchcalcError: a pattern that matches nothing, or nothing is selected.
    """
    selections = list(selections)
    names: dict[str, None] = {}
    for text in selections:
        for part in filter(None, between_commas(text)):
            variant = read_variant(part)
            chosen = _selected(variant.model)
            names |= dict.fromkeys(str(Variant(name, variant.settings)) for name in chosen)
    if not names:
        given = quote(" ".join(selections))
        raise ArchcalcError(f"models are names such as all or 'resnet*', got {given}")
    return list(names)


def _selected(model: str) -> list[str]:
    if model == "all":
        return list(catalog.built_in())
    if model.lower() == "all":
        raise ArchcalcError(f"no model {quote(model)}; did you mean 'all'?")
    if "*" in model or "?" in model:
        return _matching(model)
    try:
        return catalog.members(model)
    except ArchcalcError:
        return [model]


def _matching(pattern: str) -> list[str]:
    """The networks that a pattern matches; studies where it matches no network."""
    for kind in catalog.SPEC_FOLDERS:
        matches = [name for name in catalog.built_in(kind) if fnmatch.fnmatchcase(name, pattern)]
        if matches:
            return matches
    raise ArchcalcError(f"no model matches {quote(pattern)} (archcalc list)")
