"""The dotted names of layers, and what a name that there is not was meant to be."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator

from archcalc.errors import did_you_mean, quote


def meant(name: str, layers: Iterable[str]) -> str:
    """A hint which layer, or group of some, was meant; none where no name is near."""
    paths = {path for layer in layers for path in _paths(layer)}
    return _counted_from_one(name, paths) or did_you_mean(name, sorted(paths))


def _counted_from_one(name: str, paths: Collection[str]) -> str:
    """A hint where papers count copies of a block from one: VGG's conv5_3 is conv5.2."""
    found = re.fullmatch(r"(.+?)[._-](\d{1,4})", name)
    if found is None:
        return ""
    path = f"{found[1]}.{int(found[2]) - 1}"
    return f"did you mean {quote(path)}? ({found[1]}'s are counted from 0)" if path in paths else ""


def _paths(name: str) -> Iterator[str]:
    """A dotted name and every group that it is in."""
    words = name.split(".")
    for end in range(1, len(words) + 1):
        yield ".".join(words[:end])
