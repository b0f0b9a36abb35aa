"""From a spec file's JSON to a checked Spec: the first phase of reading.

Everything that does not depend on a preset is checked here, and all problems are reported at once:
keys, ops, fields, constants, expressions and the names in them, references. What nothing uses is a
warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from archcalc.errors import Problem, SpecError, quote
from archcalc.frozen import Frozen
from archcalc.language.context import Context, KnownNames
from archcalc.language.declarations import names_in, read_arguments
from archcalc.language.families import RESERVED_ARGUMENTS, FamilyReader, input_names
from archcalc.language.items import read_items
from archcalc.language.model import ITEM_KEYS, Block, Family, Spec
from archcalc.language.strict_json import at_key, decoded, read_bytes, read_text
from archcalc.language.uses import reference
from archcalc.language.values import SpecReader, Stop
from archcalc.ops.fields import written

_T = TypeVar("_T")

REQUIRED_KEYS = ("input", "layers")
FILE_KEYS = (
    *REQUIRED_KEYS, "title", "family", "year", "source", "arguments", "blocks", "presets",
    "outputs", "note", "usually", "$schema",
)  # fmt: skip
BLOCK_KEYS = ("layers", "arguments", "inputs", "note")


def read(path: Path | str) -> Spec:
    """A spec file, read and checked; again only when it has changed.

    Raises:
        ArchcalcError: it cannot be read.
        SpecError: all problems of the file that can be seen without expanding it.
    """
    path = Path(path)
    return read_data(read_bytes(path), str(path), quote(path.stem, marks=""))


def read_data(data: bytes, file: str, name: str) -> Spec:
    """What a file holds, read once for all networks that it describes, also where it is refused.

    Raises:
        SpecError: all problems of the file that can be seen without expanding it.
    """
    found = spec_or_refusal(data, file, name)
    if isinstance(found, SpecError):
        raise found.with_traceback(None)
    return found


@lru_cache(maxsize=8)
def spec_or_refusal(data: bytes, file: str, name: str) -> Spec | SpecError:
    """What a file holds, or all that is wrong with it."""
    try:
        return from_json(read_text(decoded(data, file), file), file, name)
    except SpecError as error:
        return error.with_traceback(None)


def from_json(tree: Any, file: str, name: str) -> Spec:
    """A Spec from a JSON value; `name` is what its default member is called.

    Raises:
        SpecError: all problems that can be seen without expanding it.
    """
    spec, warnings = _read(tree, file, lambda reader: reader.spec(tree, file, name))
    return spec._replace(warnings=warnings)


def family_from_json(tree: Any, file: str, name: str) -> Family:
    """What a JSON value says of its networks, of whose layers nothing is read.

    Raises:
        SpecError: all problems of that much.
    """
    return _read(tree, file, lambda reader: reader.family(tree, name))[0]


def _read(
    tree: Any, file: str, read: Callable[[_FileReader], _T]
) -> tuple[_T, tuple[Problem, ...]]:
    """What is read of a JSON value, and what is probably a mistake in it."""
    if not isinstance(tree, dict):
        raise SpecError(file, [Problem("", f"a spec is an object, got {written(tree)}")])
    reader = SpecReader(
        {
            name: _object(_object(block).get("arguments"))
            for name, block in _object(tree.get("blocks")).items()
        }
    )
    stopped = []
    try:
        found = read(_FileReader(reader))
    except Stop as stop:
        stopped = [Problem("", str(stop))]
    if stopped or reader.problems:
        raise SpecError(file, _in_file_order(reader.problems, tree) + stopped)
    return found, tuple(_in_file_order(reader.warnings, tree))


def _in_file_order(problems: list[Problem], tree: Mapping[str, Any]) -> list[Problem]:
    order = {key: i for i, key in enumerate(tree)}
    return sorted(problems, key=lambda p: order.get(re.split(r"[.\[ ]", p.place)[0], -1))


class _FileReader(FamilyReader):
    """Reads the parts of a file that surround its items, too."""

    def spec(self, tree: Mapping[str, Any], file: str, name: str) -> Spec:
        reader = self.reader
        reader.known_keys(tree, FILE_KEYS, "")
        for key in REQUIRED_KEYS:
            if key not in tree:
                reader.problem("", f"{quote(key)} is missing")
        arguments = self.settings = self.arguments(tree)
        blocks = reader.object(tree.get("blocks", {}), "blocks")
        uses: dict[str, set[str]] = {}
        read_blocks = {}
        for key, value in blocks.items():
            reader.used = set()
            read_blocks[key] = self.block(key, value, at_key("blocks", key))
            uses[key] = reader.used
        used_in_blocks = set().union(*uses.values())
        declared = arguments.values()
        reader.used = uses[""] = names_in([v for a in declared for v in (a.default, *a.values)])
        context = Context(self.settings, names=KnownNames(input_names(tree)))
        items = read_items(reader, tree.get("layers", []), "layers", context)
        outputs = self.outputs(tree, context)
        presets = self.presets(tree, name)
        self.warn_unused(uses)
        return Spec(
            file,
            Frozen(arguments),
            Frozen(read_blocks),
            items,
            Frozen(presets),
            Frozen(outputs),
            reader.has_auxiliary,
            seen_in_blocks=tuple([name for name in arguments if name in used_in_blocks]),
        )

    def warn_unused(self, uses: Mapping[str, set[str]]) -> None:
        """Note the blocks and arguments that nothing uses; a block's own use of itself is none."""
        reached: set[str] = set()
        waiting = [""]
        while waiting:
            for name in uses[waiting.pop()] - reached:
                reached.add(name)
                if name in uses:
                    waiting.append(name)
        for kind, names in (("arguments", self.settings), ("blocks", list(uses)[:-1])):
            for name in names:
                if name not in reached:
                    self.reader.warn(at_key(kind, name), "is never used")

    def outputs(self, tree: Mapping[str, Any], context: Context) -> dict[str, str]:
        """The named outputs: each is an item, or a path into one."""
        reader = self.reader
        outputs = {}
        for name, value in reader.object(tree.get("outputs", {}), "outputs").items():
            place = at_key("outputs", name)
            reader.name(name, place)
            outputs[name] = reference(reader, value, place, context)
        if "outputs" in tree and not outputs:
            reader.problem("outputs", "is empty", "leave it out for the last result")
        return outputs

    # --- blocks -----------------------------------------------------------------------------------

    def block(self, name: str, tree: Any, place: str) -> Block:
        reader = self.reader
        reader.name(name, place)
        tree = reader.object(tree, place)
        reader.known_keys(tree, BLOCK_KEYS, place)
        if "layers" not in tree:
            reader.problem(place, "'layers' is missing")
        if "note" in tree:
            reader.text(tree["note"], at_key(place, "note"))
        at = at_key(place, "arguments")
        arguments = read_arguments(
            reader, tree.get("arguments", {}), at, (self.settings, ("in_channels",)),
            (*RESERVED_ARGUMENTS, *ITEM_KEYS, "block"), may_lack_default=True,
        )  # fmt: skip
        inputs = self.block_inputs(tree.get("inputs", ["input"]), at_key(place, "inputs"))
        context = Context(self.settings, arguments, names=KnownNames(inputs))
        items = read_items(reader, tree.get("layers", []), at_key(place, "layers"), context)
        for argument in arguments:
            if argument not in reader.used:
                reader.warn(at_key(at, argument), "is never used")
        # A default sees the arguments before it, and else the network's.
        outer: set[str] = set()
        earlier: set[str] = set()
        for key, declared in arguments.items():
            outer |= names_in([declared.default, *declared.values]) - earlier
            earlier.add(key)
        reader.used = (reader.used - set(arguments)) | outer
        return Block(name, Frozen(arguments), inputs, items)

    def block_inputs(self, value: Any, place: str) -> tuple[str, ...]:
        if not isinstance(value, list) or not value or len(set(map(str, value))) < len(value):
            self.reader.problem(place, f"takes a list of different names, got {written(value)}")
            return ("input",)
        for name in value:
            if name != "input":
                self.reader.name(name, place)
        return tuple(map(str, value))


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


__all__ = ["family_from_json", "from_json", "read", "read_data"]
