"""Names of nodes: those of the modules that users know, `layer1.0.conv1`.

A module that makes one call each time it runs gives its own name to that; another's calls are named
after their ops inside it, `layer1.0.add`. What reads a parameter of another module, which never
ran, is named after that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from archcalc.graph import INPUT
from archcalc.importer.raising import Draft
from archcalc.ops.parameter import Parameter


def names_of(drafts: Sequence[Draft], inputs: Iterable[str]) -> list[str]:
    """A name for each node, in order; no two are equal, none is a level of another's or an input's
    name."""
    wanted = [_wanted(draft, ones) for ones in [_single(drafts)] for draft in drafts]
    levels = {prefix for name in wanted for prefix in _prefixes(name)}
    taken = {INPUT, *inputs}
    names = []
    for name, draft in zip(wanted, drafts, strict=True):
        if name in levels:
            name = f"{name}.{draft.word}"
        names.append(_free_name(name, taken, levels))
    return names


def _single(drafts: Sequence[Draft]) -> set[str]:
    """The modules that make one call each time they run, and hold no module that runs."""
    runs = Counter((draft.path, draft.run) for draft in drafts if not _is_stored(draft))
    several = {path for (path, _), calls in runs.items() if calls > 1}
    paths = {path for path, _ in runs}
    outer = {prefix for path in paths for prefix in _prefixes(path)}
    return paths - several - outer - {""}


def _is_stored(draft: Draft) -> bool:
    return isinstance(draft.op, Parameter)


def _wanted(draft: Draft, single: set[str]) -> str:
    if _is_stored(draft):
        return draft.owner
    if draft.path in single:
        return draft.path
    owner = _owner_of(draft)
    if owner and owner != draft.path:
        return owner
    if owner:
        return f"{owner}.{draft.word}"
    return f"{draft.path}.{draft.word}" if draft.path else draft.word


def _owner_of(draft: Draft) -> str:
    """The module, or the name, that stands for the first parameter that a node reads."""
    if not draft.owner:
        return ""
    module, _, word = draft.owner.rpartition(".")
    if word in ("weight", "bias", "running_mean"):
        return module
    word = word.removesuffix("_weight").removesuffix("_bias")
    return f"{module}.{word}" if module else word


def _prefixes(name: str) -> list[str]:
    words = name.split(".")
    return [".".join(words[:end]) for end in range(1, len(words))]


def _free_name(name: str, taken: set[str], levels: set[str]) -> str:
    number, free = 1, name
    while free in taken or free in levels:
        number += 1
        free = f"{name}_{number}"
    taken.add(free)
    return free
