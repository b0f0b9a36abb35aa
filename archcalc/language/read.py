"""From a spec file's JSON to a checked Spec: the first phase of reading.

Everything that does not depend on a preset is checked here, and all problems are reported at once:
keys, ops, fields, constants, expressions and the names in them, references, unused parts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from keyword import iskeyword
from pathlib import Path
from typing import Any

from archcalc.errors import Problem, SpecError, quote
from archcalc.expression import Expression
from archcalc.language.items import Context, Names, read_items
from archcalc.language.model import Block, Preset, Spec, Value
from archcalc.language.strict_json import MOST_PROBLEMS, at_key, read_file
from archcalc.language.values import SpecReader, TooManyProblems, near
from archcalc.ops.fields import written
from archcalc.ops.registry import OPS
from archcalc.shape import MOST_SIZES

REQUIRED_KEYS = ("title", "year", "source", "input", "layers")
FILE_KEYS = (*REQUIRED_KEYS, "family", "arguments", "blocks", "presets", "note", "$schema")
PRESET_KEYS = ("set", "title", "family", "year", "source", "input", "note")
BLOCK_KEYS = ("layers", "arguments", "inputs", "note")

RESERVED_ARGUMENTS = ("in_channels", "index", "input")
RESERVED_SETTINGS = (*RESERVED_ARGUMENTS, "height", "width", "batch")
"""Names that a network's arguments cannot have: `--input` and `--batch` set these."""
MODEL_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,63}")
MODEL_NAME_HINT = "1 to 64 of A-Z a-z 0-9 _ . -, not . or - first"


def read(path: Path | str) -> Spec:
    """A spec file, read and checked.

    Raises:
        SpecError: all problems of the file that can be seen without expanding it.
    """
    path = Path(path)
    return from_json(read_file(path), str(path), quote(path.stem, marks=""))


def from_json(tree: Any, file: str, name: str) -> Spec:
    """A Spec from a JSON value; `name` is what its default member is called.

    Raises:
        SpecError: all problems that can be seen without expanding it.
    """
    if not isinstance(tree, dict):
        raise SpecError(file, [Problem("", f"a spec is an object, got {written(tree)}")])
    reader = SpecReader(
        {
            name: _object(_object(block).get("arguments"))
            for name, block in _object(tree.get("blocks")).items()
        }
    )
    spec, stopped = None, []
    try:
        spec = _FileReader(reader).spec(tree, file, name)
    except TooManyProblems:
        stopped = [Problem("", f"reading stopped after {MOST_PROBLEMS} problems")]
    if spec is None or reader.problems:
        raise SpecError(file, _in_file_order(reader.problems, tree) + stopped)
    return spec


def _in_file_order(problems: list[Problem], tree: Mapping[str, Any]) -> list[Problem]:
    order = {key: i for i, key in enumerate(tree)}
    return sorted(problems, key=lambda p: order.get(re.split(r"[.\[ ]", p.place)[0], -1))


class _FileReader:
    """Reads the parts of a file that surround its items."""

    def __init__(self, reader: SpecReader):
        self.reader = reader
        self.settings: list[str] = []
        """The names of the network's arguments."""

    def spec(self, tree: Mapping[str, Any], file: str, name: str) -> Spec:
        reader = self.reader
        reader.known_keys(tree, FILE_KEYS, "")
        for key in REQUIRED_KEYS:
            if key not in tree:
                reader.problem("", f"{quote(key)} is missing")
        arguments = self.arguments(tree.get("arguments", {}), "arguments", RESERVED_SETTINGS, ())
        self.settings = list(arguments)
        blocks = reader.object(tree.get("blocks", {}), "blocks")
        uses: dict[str, set[str]] = {}
        read_blocks = {}
        for key, value in blocks.items():
            reader.used = set()
            read_blocks[key] = self.block(key, value, at_key("blocks", key))
            uses[key] = reader.used
        reader.used = uses[""] = _names_in(arguments.values())
        context = Context(frozenset(self.settings), Names(["input"]))
        items = read_items(reader, tree.get("layers", []), "layers", context)
        presets = self.presets(tree, name)
        self.check_used(uses)
        return Spec(file, arguments, read_blocks, items, presets)

    def check_used(self, uses: Mapping[str, set[str]]) -> None:
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
                    self.reader.problem(at_key(kind, name), "is never used")

    # --- arguments and blocks ---------------------------------------------------------------------

    def arguments(
        self, tree: Any, place: str, reserved: tuple[str, ...], visible: Iterable[str]
    ) -> dict[str, Value]:
        """Arguments with their defaults; each default may use the arguments before it.

        No expression can read one that is named with a word of Python, such as `not`.
        """
        reader = self.reader
        arguments: dict[str, Value] = {}
        for name, value in reader.object(tree, place).items():
            here = at_key(place, name)
            reader.name(name, here)
            if name in reserved or iskeyword(name):
                reader.problem(here, f"an argument cannot be named {quote(name)}")
            if name in reader.blocks:
                reader.problem(here, f"argument {quote(name)} is named like a block")
            arguments[name] = reader.argument(value, here, {*visible, *arguments})
        return arguments

    def block(self, name: str, tree: Any, place: str) -> Block:
        reader = self.reader
        reader.name(name, place)
        if name in OPS:
            reader.problem(place, f"block {quote(name)} is named like an op")
        tree = reader.object(tree, place)
        reader.known_keys(tree, BLOCK_KEYS, place)
        if "layers" not in tree:
            reader.problem(place, "'layers' is missing")
        if "note" in tree:
            reader.text(tree["note"], f"{place}.note")
        declared = reader.object(tree.get("arguments", {}), f"{place}.arguments")
        required = {key for key, value in declared.items() if value is None}
        arguments = self.arguments(
            {key: 0 if key in required else value for key, value in declared.items()},
            f"{place}.arguments",
            RESERVED_ARGUMENTS,
            [*self.settings, "in_channels"],
        )
        inputs = self.block_inputs(tree.get("inputs", ["input"]), f"{place}.inputs")
        context = Context(frozenset([*self.settings, *declared]), Names(inputs))
        items = read_items(reader, tree.get("layers", []), f"{place}.layers", context)
        for argument in declared:
            if argument not in reader.used:
                reader.problem(at_key(f"{place}.arguments", argument), "is never used")
        # A default sees the arguments before it, and else the network's.
        outer = (
            _names_in([v]) - set(list(arguments)[:i]) for i, v in enumerate(arguments.values())
        )
        reader.used = (reader.used - set(declared)).union(*outer)
        defaults = {key: None if key in required else value for key, value in arguments.items()}
        return Block(name, defaults, inputs, items)

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
        shared = {"title": "", "family": said.get("title", ""), "year": 0, "source": "",
                  "input": (1,), "note": "", **said}  # fmt: skip
        if "presets" not in tree:
            return {name: Preset(name, {}, **shared)}
        presets = {}
        for key, value in self.reader.object(tree["presets"], "presets").items():
            place = at_key("presets", key)
            if not MODEL_NAME.fullmatch(key):
                self.reader.problem(place, f"{quote(key)} cannot be a name", MODEL_NAME_HINT)
            preset = self.reader.object(value, place)
            self.reader.known_keys(preset, PRESET_KEYS, place)
            settings = self.preset_settings(preset.get("set", {}), at_key(place, "set"))
            presets[key] = Preset(key, settings, **{**shared, **self.description(preset, place)})
        if not presets:
            self.reader.problem("presets", "is empty", "leave it out for a file of one network")
        return presets

    def description(self, tree: Mapping[str, Any], place: str) -> dict[str, Any]:
        """What a file, or one of its presets, says of its networks."""
        text = self.reader.text
        readers: dict[str, Callable[[Any, str], Any]] = {
            "title": text, "family": text, "year": self.year, "source": text,
            "input": self.input, "note": text,
        }  # fmt: skip
        return {
            key: reader(tree[key], at_key(place, key))
            for key, reader in readers.items()
            if key in tree
        }

    def preset_settings(self, tree: Any, place: str) -> dict[str, Value]:
        settings = {}
        for key, value in self.reader.object(tree, place).items():
            if key in self.settings:
                earlier = self.settings[: self.settings.index(key)]
                settings[key] = self.reader.argument(value, at_key(place, key), earlier)
            else:
                hint = near(key, self.settings)
                self.reader.problem(place, f"no argument {quote(key)}", hint)
        return settings

    def year(self, value: Any, place: str) -> int:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self.reader.problem(place, f"takes a whole number, got {written(value)}")
        return 0

    def input(self, value: Any, place: str) -> tuple[Value, ...]:
        if not isinstance(value, list) or not 1 <= len(value) <= MOST_SIZES:
            takes = f"takes 1 to {MOST_SIZES} sizes, such as [channels, height, width]"
            self.reader.problem(place, f"{takes}, got {written(value)}")
            return (1,)
        return tuple(self.reader.number(size, place, "a size", self.settings) for size in value)


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _names_in(values: Iterable[Value]) -> set[str]:
    return set().union(*(value.names for value in values if isinstance(value, Expression)))


__all__ = ["from_json", "read"]
