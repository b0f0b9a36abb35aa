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
from archcalc.graph import INPUT
from archcalc.language.context import Context, KnownNames
from archcalc.language.declarations import names_in, read_arguments
from archcalc.language.items import read_items
from archcalc.language.model import ITEM_KEYS, Argument, Block, Family, Preset, Spec, Value
from archcalc.language.strict_json import at_key, decoded, read_bytes, read_text
from archcalc.language.uses import reference
from archcalc.language.values import SpecReader, Stop, near
from archcalc.ops.fields import written
from archcalc.shape import MOST_SIZES

_T = TypeVar("_T")

REQUIRED_KEYS = ("input", "layers")
FILE_KEYS = (
    *REQUIRED_KEYS, "title", "family", "year", "source", "arguments", "blocks", "presets",
    "outputs", "note", "usually", "$schema",
)  # fmt: skip
PRESET_KEYS = (
    "set", "title", "family", "year", "source", "input", "note", "usually", "against",
)  # fmt: skip
BLOCK_KEYS = ("layers", "arguments", "inputs", "note")

RESERVED_ARGUMENTS = ("in_channels", "index", "input")
MODEL_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,63}")
MODEL_NAME_HINT = "1 to 64 of A-Z a-z 0-9 _ . -, not . or - first"
MOST_PRESETS = MOST_INPUTS = 1_000
"""The most presets of a file, and the most inputs of its networks."""


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


class _FileReader:
    """Reads the parts of a file that surround its items."""

    def __init__(self, reader: SpecReader):
        self.reader = reader
        self.settings: Mapping[str, Argument] = {}
        """The network's arguments."""

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
        declared = arguments.values()
        reader.used = uses[""] = names_in([v for a in declared for v in (a.default, *a.values)])
        context = Context(self.settings, names=KnownNames(_input_names(tree)))
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
        )

    def family(self, tree: Mapping[str, Any], name: str) -> Family:
        self.settings = self.arguments(tree)
        return Family(Frozen(self.settings), Frozen(self.presets(tree, name)))

    def arguments(self, tree: Mapping[str, Any]) -> Mapping[str, Argument]:
        return read_arguments(
            self.reader, tree.get("arguments", {}), "arguments", (), RESERVED_ARGUMENTS,
            may_lack_default=False,
        )  # fmt: skip

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

    # --- presets ----------------------------------------------------------------------------------

    def presets(self, tree: Mapping[str, Any], name: str) -> dict[str, Preset]:
        said = self.description(tree, "")
        shared = {"family": said.get("title", name), "year": None, "source": "",
                  "input": (1,), "note": "", "usually": "", **said}  # fmt: skip
        if "presets" not in tree:
            return {name: Preset(name, Frozen(), **{"title": name, **shared})}
        presets: dict[str, Preset] = {}
        arguments = tree.get("arguments")
        hints = dict.fromkeys(
            arguments if isinstance(arguments, dict) else (), 'arguments stand in "set": {...}'
        )
        given = self.reader.object(tree["presets"], "presets")
        if not given:
            self.reader.problem("presets", "is empty", "leave it out for a file of one network")
        if len(given) > MOST_PRESETS:
            self.reader.problem("presets", f"has more than {MOST_PRESETS:,} presets")
            return presets
        for key, value in given.items():
            place = at_key("presets", key)
            if not MODEL_NAME.fullmatch(key):
                self.reader.problem(place, f"{quote(key)} cannot be a name", MODEL_NAME_HINT)
            preset = self.reader.object(value, place)
            self.reader.known_keys(preset, PRESET_KEYS, place, hints=hints)
            settings = self.preset_settings(preset.get("set", {}), at_key(place, "set"))
            own = {"title": key, **shared, **self.description(preset, place)}
            has_input = "input" in preset
            if _input_names(own) != _input_names(shared):
                has = ", ".join(_input_names(shared))
                self.reader.problem(at_key(place, "input"), f"the inputs of this file are {has}")
            presets[key] = Preset(key, settings, place=place, has_input=has_input, **own)
        for key, made in presets.items():
            others = [other for other in presets if other != key]
            if made.against and made.against not in others:
                place, what = at_key(made.place, "against"), quote(made.against)
                self.reader.problem(place, f"no other preset {what}", near(made.against, others))
        return presets

    def description(self, tree: Mapping[str, Any], place: str) -> dict[str, Any]:
        """What a file, or one of its presets, says of its networks."""
        text = self.reader.text
        readers: dict[str, Callable[[Any, str], Any]] = {
            "title": text, "family": text, "year": self.year, "source": text,
            "input": self.input, "note": text, "usually": text, "against": text,
        }  # fmt: skip
        return {
            key: reader(tree[key], at_key(place, key))
            for key, reader in readers.items()
            if key in tree
        }

    def preset_settings(self, tree: Any, place: str) -> Mapping[str, Value]:
        given = self.reader.object(tree, place)
        for key in given:
            if key not in self.settings:
                hint = near(key, self.settings)
                self.reader.problem(place, f"no argument {quote(key)}", hint)
        earlier: dict[str, None] = {}
        found = {}
        for key in self.settings:
            if key in given:
                context = Context(earlier)
                found[key] = self.reader.argument(given[key], at_key(place, key), context)
            earlier[key] = None
        return Frozen({key: found[key] for key in given if key in found})

    def year(self, value: Any, place: str) -> int | None:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self.reader.problem(place, f"takes a whole number, got {written(value)}")
        return None

    def input(self, value: Any, place: str) -> tuple[Value, ...] | Mapping[str, tuple[Value, ...]]:
        if isinstance(value, dict):
            for name in value:
                self.reader.name(name, place)
            if not value:
                self.reader.problem(place, "is empty")
            if len(value) > MOST_INPUTS:
                self.reader.problem(place, f"has more than {MOST_INPUTS:,} inputs")
            return Frozen({name: self.sizes(of, at_key(place, name)) for name, of in value.items()})
        return self.sizes(value, place)

    def sizes(self, value: Any, place: str) -> tuple[Value, ...]:
        if not isinstance(value, list) or not 1 <= len(value) <= MOST_SIZES:
            takes = f"takes 1 to {MOST_SIZES} sizes, such as [channels, height, width]"
            self.reader.problem(place, f"{takes}, got {written(value)}")
            return (1,)
        if len(value) == 3 and value[0] == value[1] != value[2] and value[2] in (1, 3):
            order = "sizes are [channels, height, width]"
            self.reader.warn(place, f"{written(value)} has its channels last; {order}")
        context = Context(self.settings)
        return tuple(self.reader.number(size, place, "a size", context) for size in value)


def _input_names(tree: Mapping[str, Any]) -> tuple[str, ...]:
    """What items call the inputs of the network."""
    given = tree.get("input")
    return tuple(given) if isinstance(given, dict) else (INPUT,)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


__all__ = ["family_from_json", "from_json", "read", "read_data"]
