"""A corpus of files that are built to cost, to confuse or to deceive: seeded, a family a function.

Each family makes the file of a number; the same number is the same file for ever.
`bench/corpus.py` reads all of them, `tests/test_corpus.py` a sample.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from tests import hostile_chains, hostile_counts, hostile_graphs, hostile_units
from tests.hostile_files import FAMILIES
from tests.hostile_specs import written

__all__ = [
    "FAMILIES",
    "corpus",
    "file_of",
    "hostile_chains",
    "hostile_counts",
    "hostile_graphs",
    "hostile_units",
    "write",
]


def file_of(name: str, number: int) -> bytes:
    """The bytes of one file of the corpus."""
    made = FAMILIES[name](random.Random(f"{name} {number}"))
    if isinstance(made, dict):
        made = written(made)
    return made if isinstance(made, bytes) else made.encode("utf-8", "surrogatepass")


def corpus(count: int, some: str = "") -> Iterator[tuple[str, int, bytes]]:
    """The first files of all families, or those with a text in their names, in turn: family,
    number, bytes."""
    for number in range(-(-count // len(FAMILIES))):
        for name in FAMILIES:
            if some in name:
                yield name, number, file_of(name, number)


def write(folder: Path, name: str, number: int) -> Path:
    """Write one file of the corpus, to look at it."""
    path = folder / f"{name}-{number}.json"
    path.write_bytes(file_of(name, number))
    return path
