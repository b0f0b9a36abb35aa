"""Names of nodes: those of the modules that users know, `layer1.0.conv1`.

A module that makes one call each time it runs gives its own name to that, or to the one that reads
its parameters, beside which others stand as `norm_permute`; the calls of a module with modules in
it are named after their ops, `layer1.0.add`. What reads a parameter of another module, which never
ran, is named after that.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from archcalc.graph import INPUT
from archcalc.importer.drafts import Draft
from archcalc.ops.parameter import Parameter


def names_of(drafts: Sequence[Draft], inputs: Iterable[str]) -> list[str]:
    """A name for each node, in order; no two are equal, none is a level of another's or an input's
    name."""
    leaves = _leaves(drafts)
    wanted = [_wanted(draft, leaves) for draft in drafts]
    levels = {prefix for name in wanted for prefix in _prefixes(name)}
    taken = {INPUT, *inputs}
    numbers: dict[str, int] = {}
    names = []
    for name, draft in zip(wanted, drafts, strict=True):
        if name in levels:
            name = f"{name}.{draft.word}"
        names.append(_free_name(name, taken, levels, numbers))
    return names


class _Leaf(NamedTuple):
    """A module that holds no module that runs."""

    calls: int
    """The most calls that it makes when it runs."""
    weighted: int
    """How many of them read parameters of its own."""


def _leaves(drafts: Sequence[Draft]) -> dict[str, _Leaf]:
    calls = Counter((draft.path, draft.run) for draft in drafts if not _is_stored(draft))
    weighted = Counter((d.path, d.run) for d in drafts if not _is_stored(d) and _is_own(d))
    most: dict[str, _Leaf] = {}
    for (path, run), count in calls.items():
        before = most.get(path, _Leaf(0, 0))
        most[path] = _Leaf(max(before.calls, count), max(before.weighted, weighted[path, run]))
    outer = {prefix for path in most for prefix in _prefixes(path)}
    return {path: leaf for path, leaf in most.items() if path and path not in outer}


def _is_stored(draft: Draft) -> bool:
    return isinstance(draft.op, Parameter)


def _is_own(draft: Draft) -> bool:
    module, _, word = draft.owner.rpartition(".")
    return _is_usual(word) and module == draft.path


def _is_usual(word: str) -> bool:
    """Whether a parameter is called as in a module that is one layer, recurrent ones too."""
    return word in ("weight", "bias", "running_mean") or word.startswith("weight_ih_l")


def _wanted(draft: Draft, leaves: Mapping[str, _Leaf]) -> str:
    if _is_stored(draft):
        return draft.owner
    leaf = leaves.get(draft.path)
    if leaf is not None and leaf.calls == 1:
        return draft.path
    if leaf is not None and leaf.weighted == 1:
        return draft.path if _is_own(draft) else f"{draft.path}_{draft.word}"
    owner = _owner_of(draft)
    if owner and owner != draft.path:
        return owner
    return f"{draft.path}.{draft.word}" if draft.path else draft.word


def _owner_of(draft: Draft) -> str:
    """The module, or the name, that stands for the first parameter that a node reads."""
    if not draft.owner:
        return ""
    module, _, word = draft.owner.rpartition(".")
    if _is_usual(word):
        return module
    word = word.removesuffix("_weight").removesuffix("_bias")
    return f"{module}.{word}" if module else word


def _prefixes(name: str) -> list[str]:
    words = name.split(".")
    return [".".join(words[:end]) for end in range(1, len(words))]


def _free_name(name: str, taken: set[str], levels: set[str], numbers: dict[str, int]) -> str:
    """A name, or it with the next number that nothing has; `numbers` has the last one of each."""
    number = numbers.get(name, 1)
    free = name if number == 1 else f"{name}_{number}"
    while free in taken or free in levels:
        number += 1
        free = f"{name}_{number}"
    numbers[name] = number
    taken.add(free)
    return free
