"""Changes of one place of a spec file: which claims each reaches, which the outlines notice."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

from archcalc.claims.ledger import Claim
from archcalc.claims.statement import ClaimError
from archcalc.claims.subject import Networks, Subject
from archcalc.errors import ArchcalcError
from archcalc.language.model import Preset, Spec
from archcalc.language.read import from_json, read
from archcalc.language.strict_json import read_file
from archcalc.names import catalog
from archcalc.network import Network
from archcalc.ops.fields import check
from archcalc.ops.kinds import FieldError
from archcalc.ops.op import MANY
from archcalc.ops.registry import OPS

Tree = Any
Path_ = tuple[Any, ...]
REMOVED = object()
LIKELY, LESS, WHOLE, ORDER = range(4)
"""How soon a change is tried: those of numbers come before those that turn a network over."""


@dataclass(frozen=True)
class Change:
    """A path into a tree of JSON, and what is put there; REMOVED takes it out."""

    path: Path_
    value: Any
    rank: int = LIKELY
    said: str = ""
    """What it does, where that is not to put the value there."""

    def __str__(self) -> str:
        said = "removed" if self.value is REMOVED else self.said or self.value
        return f"{'.'.join(map(str, self.path))}: {said}"

    def of(self, tree: Tree) -> Tree:
        """A tree with the change made; the tree itself stays as it is."""
        if not self.path:
            return self.value
        step, *rest = self.path
        copy = dict(tree) if isinstance(tree, dict) else list(tree)
        if self.value is REMOVED and not rest:
            del copy[step]
        else:
            inner = tree[step] if rest else None
            copy[step] = Change(tuple(rest), self.value).of(inner)
        return copy


@dataclass(frozen=True)
class Scope:
    """What can be named at a place: values in expressions, blocks, and items as inputs."""

    values: tuple[str, ...]
    blocks: tuple[str, ...]
    items: tuple[Any, ...] = ("input", -1, -2, -3)


def changes(tree: Tree) -> Iterator[Change]:
    """Every change of one place of a spec file that may change a network."""
    arguments = tree.get("arguments", {})
    blocks = tree.get("blocks", {})
    scope = Scope(tuple(arguments), tuple(blocks))
    yield from _values(tree["input"], ("input",), scope)
    for name, value in arguments.items():
        yield from _values(*_default(value, ("arguments", name)), scope)
    for name, preset in tree.get("presets", {}).items():
        for key in ("set", "input"):
            yield from _values(preset.get(key, {}), ("presets", name, key), scope)
    for name, block in blocks.items():
        inner = replace(
            scope,
            values=(*scope.values, *block.get("arguments", {})),
            items=(*scope.items, *block.get("inputs", [])),
        )
        path = ("blocks", name)
        for key, value in block.get("arguments", {}).items():
            yield from _values(*_default(value, (*path, "arguments", key)), inner)
        yield from _items(block["layers"], (*path, "layers"), inner)
    yield from _items(tree["layers"], ("layers",), scope)


def _default(declared: Tree, path: Path_) -> tuple[Tree, Path_]:
    """The default of an argument, however it is declared, and its place."""
    if isinstance(declared, dict):
        return declared.get("default"), (*path, "default")
    return declared, path


def _items(items: Tree, path: Path_, scope: Scope) -> Iterator[Change]:
    if isinstance(items, dict):
        yield from _item(items, path, scope)
        return
    yield from _order(items, path)
    for i, item in enumerate(items):
        yield from _item(item, (*path, i), scope)
        known = item.get("name") or item.get("op")
        scope = replace(scope, items=(*scope.items, known)) if known else scope


def _order(items: list[Tree], path: Path_) -> Iterator[Change]:
    """Each taken out, each there twice, neighbours the other way round."""
    for i, item in enumerate(items):
        yield Change((*path, i), REMOVED, ORDER)
        twice = [*items[: i + 1], _unnamed(item), *items[i + 1 :]]
        yield Change(path, twice, ORDER, f"{i} twice")
        if i and item != items[i - 1]:
            swapped = [*items[: i - 1], item, items[i - 1], *items[i + 1 :]]
            yield Change(path, swapped, WHOLE, f"{i - 1} and {i} swapped")


def _unnamed(item: Tree) -> Tree:
    return {k: v for k, v in item.items() if k != "name"} if isinstance(item, dict) else item


def _item(item: Tree, path: Path_, scope: Scope) -> Iterator[Change]:
    for key, value in item.items():
        here = (*path, key)
        if key not in ("op", "block", "branches", "layers", "name", "note"):
            yield Change(here, REMOVED, LESS)
        if key == "op":
            yield from (Change(here, op, WHOLE) for op in OPS if op != value)
        elif key == "join":
            joins = (name for name, op in OPS.items() if op.arity == MANY and name != value)
            yield from (Change(here, join, WHOLE) for join in joins)
        elif key == "block":
            yield from (Change(here, block, WHOLE) for block in scope.blocks if block != value)
        elif key == "layers":
            yield from _items(value, here, scope)
        elif key == "branches":
            names = list(value)
            for i, name in enumerate(names):
                yield Change((*here, name), REMOVED, ORDER)
                yield from _items(value[name], (*here, name), scope)
                if i:
                    order = [*names[: i - 1], name, names[i - 1], *names[i + 1 :]]
                    swapped = {n: value[n] for n in order}
                    yield Change(here, swapped, WHOLE, f"{i - 1} and {i} swapped")
        elif key in ("inputs", "weights", "of"):
            yield from _references(value, here, scope)
        elif key == "first":
            inner = {k: v for k, v in value.items() if k != "inputs"}
            yield from _values(inner, here, scope)
            yield from _references(value.get("inputs", []), (*here, "inputs"), scope)
        elif key not in ("name", "note"):
            yield from _values(value, here, scope)
    if item.get("op") in OPS:
        yield from _added(item, path)


def _references(value: Tree, path: Path_, scope: Scope) -> Iterator[Change]:
    if isinstance(value, list):
        if value and path[-1] == "inputs":
            yield from _order(value, path)
        for i, one in enumerate(value):
            yield from _references(one, (*path, i), scope)
    else:
        others = dict.fromkeys(item for item in scope.items if item != value)
        yield from (Change(path, other, LESS) for other in others)


CANDIDATES = (True, False, 0, 1, 2, 3, Fraction(1, 4), "reflect", "bilinear", [1, 2], [[0]])


def _added(item: Tree, path: Path_) -> Iterator[Change]:
    """Fields that an op is not given, with values that they take."""
    for name, info in OPS[item["op"]].field_infos.items():
        for value in CANDIDATES if name not in item else ():
            try:
                check(info.kind, value if not isinstance(value, list) else tuple(value))
            except (FieldError, TypeError):
                continue
            yield Change((*path, name), value, LESS)


def _values(value: Tree, path: Path_, scope: Scope) -> Iterator[Change]:
    if isinstance(value, bool):
        yield Change(path, not value, LESS)
    elif isinstance(value, int):
        yield from (Change(path, n) for n in (value + 1, value - 1, value + 2))
        yield Change(path, 2 * value, LESS)
        yield Change(path, 0, LESS)
    elif isinstance(value, Fraction):
        yield from (Change(path, n) for n in (value / 2, value + Fraction(1, 10)))
    elif isinstance(value, list):
        yield from _order(value, path)
        for i, one in enumerate(value):
            yield from _values(one, (*path, i), scope)
    elif isinstance(value, dict):
        for key, one in value.items():
            yield Change((*path, key), REMOVED, LESS)
            yield from _values(one, (*path, key), scope)
    elif isinstance(value, str):
        yield Change(path, f"2*({value})", LESS)
        yield from (Change(path, n, LESS) for n in (1, 0))
        yield from (Change(path, block, LESS) for block in scope.blocks if value in scope.blocks)
        for found in re.finditer(r"[A-Za-z_]\w*|\d+", value):
            others = [name for name in scope.values if name != found[0]]
            if found[0].isdigit():
                others = [str(int(found[0]) + 1)]
            for other in others:
                yield Change(path, value[: found.start()] + other + value[found.end() :], LESS)


def changed_specs(file: Path) -> Iterator[Spec]:
    """The spec with one change made, for every change that can be read, the likely ones first."""
    tree = read_file(file)
    for change in sorted(changes(tree), key=lambda change: change.rank):
        spec = changed(file, tree, change)
        if spec is not None:
            yield spec


def changed(file: Path, tree: Tree, change: Change) -> Spec | None:
    """The spec with a change made; None where it is none any more."""
    try:
        return from_json(change.of(tree), str(file), file.stem)
    except (ArchcalcError, TypeError, AttributeError):
        return None


def spec_files() -> dict[Path, set[str]]:
    """Every built-in spec file with the models that it gives."""
    files: dict[Path, set[str]] = {}
    for kind in catalog.SPEC_FOLDERS:
        for path in sorted((catalog.specs_folder() / kind).glob("*.json")):
            files[path] = {preset.name for preset in read(path).presets.values()}
    return files


# --- claims ---------------------------------------------------------------------------------------


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
    """The claims whose computed value no change of one place of a spec changes."""
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
