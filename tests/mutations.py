"""Changes of one field of a spec file, and which claims each of them reaches."""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from archcalc import catalog
from archcalc.claims.ledger import Claim
from archcalc.claims.statement import ClaimError
from archcalc.claims.subject import Networks, Subject
from archcalc.errors import ArchcalcError
from archcalc.language.model import Preset, Spec
from archcalc.language.read import from_json, read
from archcalc.language.strict_json import read_file
from archcalc.network import Network

TEXT_KEYS = {"title", "family", "year", "source", "note", "name", "$schema", "join"}
OTHER_OPS = ("batch_norm", "tanh", "relu", "avg_pool2d", "max_pool2d", "linear", "add", "concat")
ADDED = {"groups": 2, "bias": False, "stride": 1, "padding": 1}
"""Fields that an op is given where its item does not give them."""

Tree = Any
Change = tuple[tuple[Any, ...], Any]
"""A path into a tree of JSON, and the value that is put there; REMOVED takes it out."""
REMOVED = object()


def changes(
    tree: Tree, blocks: Iterable[str] = (), path: tuple[Any, ...] = ()
) -> Iterator[tuple[int, Change]]:
    """Every change of one field, with its rank: the likely ones have the lower ranks."""
    if isinstance(tree, dict):
        for key, value in tree.items():
            here = (*path, key)
            if key == "op":
                yield from ((3, (here, op)) for op in OTHER_OPS if op != value)
            elif key == "block":
                yield from ((3, (here, block)) for block in blocks if block != value)
            elif key == "when" and isinstance(value, str):
                yield 2, (here, 0)
            elif key == "inputs":
                yield from (change for change in changes(value, (), here) if change[0] < 1)
            elif key not in TEXT_KEYS:
                yield from changes(value, blocks, here)
        if "op" in tree:
            yield from ((2, ((*path, key), v)) for key, v in ADDED.items() if key not in tree)
    elif isinstance(tree, list):
        for i, value in enumerate(tree):
            yield 4, ((*path, i), REMOVED)
            yield from changes(value, blocks, (*path, i))
    elif isinstance(tree, bool):
        yield 1, (path, not tree)
    elif isinstance(tree, int):
        yield from ((0, (path, tree + step)) for step in (1, -1, 2))
        yield 1, (path, 2 * tree)
    elif isinstance(tree, Fraction):
        yield 0, (path, tree / 2)
    elif isinstance(tree, str):
        yield 1, (path, f"2*({tree})")
        yield 2, (path, 1)


def changed(tree: Tree, change: Change) -> Tree:
    """A tree with one change made; the tree itself stays as it is."""
    (step, *rest), value = change
    copy = dict(tree) if isinstance(tree, dict) else list(tree)
    if rest:
        copy[step] = changed(tree[step], (tuple(rest), value))
    elif value is REMOVED:
        del copy[step]
    else:
        copy[step] = value
    return copy


class Changed(Networks):
    """The networks of one changed spec; all others come from where they are kept."""

    def __init__(self, spec: Spec, others: Networks):
        super().__init__(self._find)
        self.spec, self.others = spec, others

    def _find(self, name: str) -> tuple[Spec, Preset]:
        return self.spec, self.spec.presets[name]

    def of(self, subject: Subject) -> Network:
        here = subject.model in self.spec.presets
        return super().of(subject) if here else self.others.of(subject)


def computed(claim: Claim, networks: Networks) -> Any:
    """What a claim's assertion computes, or None where it cannot."""
    try:
        return claim.check.find(networks).computed
    except (ArchcalcError, ClaimError, AttributeError, IndexError, TypeError):
        return None


def unreached(claims: Sequence[Claim]) -> list[str]:
    """The claims whose computed value no change of one field of a spec changes."""
    base = Networks()
    true = {claim.id: computed(claim, base) for claim in claims}
    left = {claim.id: claim for claim in claims}
    for file, names in spec_files().items():
        here = [claim for claim in left.values() if claim.models & names]
        for spec in changed_specs(file):
            if not here:
                break
            networks = Changed(spec, base)
            for claim in list(here):
                value = computed(claim, networks)
                if value is not None and value != true[claim.id]:
                    here.remove(claim)
                    del left[claim.id]
    return list(left)


def spec_files() -> dict[Path, set[str]]:
    """Every built-in spec file with the models that it gives."""
    files: dict[Path, set[str]] = {}
    for kind in catalog.SPEC_FOLDERS:
        for path in sorted((catalog.specs_folder() / kind).glob("*.json")):
            files[path] = {preset.name for preset in read(path).presets.values()}
    return files


def changed_specs(file: Path) -> Iterator[Spec]:
    """The spec with one field changed, for every change that can be read."""
    tree = read_file(file)
    ranked = [
        (rank, i, change) for i, (rank, change) in enumerate(changes(tree, tree.get("blocks", {})))
    ]
    heapq.heapify(ranked)
    while ranked:
        _, _, change = heapq.heappop(ranked)
        try:
            yield from_json(changed(tree, change), str(file), file.stem)
        except (ArchcalcError, TypeError, AttributeError):
            continue
