"""What a spec file says of its networks: their arguments, presets, inputs and descriptions."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from archcalc.errors import quote
from archcalc.frozen import Frozen
from archcalc.graph import INPUT
from archcalc.language.context import Context
from archcalc.language.declarations import read_arguments
from archcalc.language.model import Argument, Family, Preset, Value
from archcalc.language.strict_json import at_key
from archcalc.language.values import SpecReader, near
from archcalc.ops.fields import written
from archcalc.shape import MOST_SIZES

PRESET_KEYS = (
    "set", "title", "family", "year", "source", "input", "note", "usually", "against",
)  # fmt: skip

RESERVED_ARGUMENTS = ("in_channels", "index", "input")
MODEL_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,63}")
MODEL_NAME_HINT = "1 to 64 of A-Z a-z 0-9 _ . -, not . or - first"
MOST_PRESETS = MOST_INPUTS = 1_000
"""The most presets of a file, and the most inputs of its networks."""


class FamilyReader:
    """Reads what a file says of its networks."""

    def __init__(self, reader: SpecReader):
        self.reader = reader
        self.settings: Mapping[str, Argument] = {}
        """The network's arguments."""

    def family(self, tree: Mapping[str, Any], name: str) -> Family:
        """What a file says of its networks; without presets it is one, called `name`."""
        self.settings = self.arguments(tree)
        return Family(Frozen(self.settings), Frozen(self.presets(tree, name)))

    def arguments(self, tree: Mapping[str, Any]) -> Mapping[str, Argument]:
        """The arguments that a file declares."""
        return read_arguments(
            self.reader, tree.get("arguments", {}), "arguments", (), RESERVED_ARGUMENTS,
            may_lack_default=False,
        )  # fmt: skip

    def presets(self, tree: Mapping[str, Any], name: str) -> dict[str, Preset]:
        """The presets of a file, whose arguments are read."""
        said = self._description(tree, "")
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
            settings = self._preset_settings(preset.get("set", {}), at_key(place, "set"))
            own = {"title": key, **shared, **self._description(preset, place)}
            has_input = "input" in preset
            if input_names(own) != input_names(shared):
                has = ", ".join(input_names(shared))
                self.reader.problem(at_key(place, "input"), f"the inputs of this file are {has}")
            presets[key] = Preset(key, settings, place=place, has_input=has_input, **own)
        for key, made in presets.items():
            others = [other for other in presets if other != key]
            if made.against and made.against not in others:
                place, what = at_key(made.place, "against"), quote(made.against)
                self.reader.problem(place, f"no other preset {what}", near(made.against, others))
        return presets

    def _description(self, tree: Mapping[str, Any], place: str) -> dict[str, Any]:
        """What a file, or one of its presets, says of its networks."""
        text = self.reader.text
        readers: dict[str, Callable[[Any, str], Any]] = {
            "title": text, "family": text, "year": self._year, "source": text,
            "input": self._input, "note": text, "usually": text, "against": text,
        }  # fmt: skip
        return {
            key: reader(tree[key], at_key(place, key))
            for key, reader in readers.items()
            if key in tree
        }

    def _preset_settings(self, tree: Any, place: str) -> Mapping[str, Value]:
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

    def _year(self, value: Any, place: str) -> int | None:
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self.reader.problem(place, f"takes a whole number, got {written(value)}")
        return None

    def _input(self, value: Any, place: str) -> tuple[Value, ...] | Mapping[str, tuple[Value, ...]]:
        if isinstance(value, dict):
            for name in value:
                self.reader.name(name, place)
            if not value:
                self.reader.problem(place, "is empty")
            if len(value) > MOST_INPUTS:
                self.reader.problem(place, f"has more than {MOST_INPUTS:,} inputs")
            return Frozen(
                {name: self._sizes(of, at_key(place, name)) for name, of in value.items()}
            )
        return self._sizes(value, place)

    def _sizes(self, value: Any, place: str) -> tuple[Value, ...]:
        if not isinstance(value, list) or not 1 <= len(value) <= MOST_SIZES:
            takes = f"takes 1 to {MOST_SIZES} sizes, such as [channels, height, width]"
            self.reader.problem(place, f"{takes}, got {written(value)}")
            return (1,)
        if len(value) == 3 and value[0] == value[1] != value[2] and value[2] in (1, 3):
            order = "sizes are [channels, height, width]"
            self.reader.warn(place, f"{written(value)} has its channels last; {order}")
        context = Context(self.settings)
        return tuple(self.reader.number(size, place, "a size", context) for size in value)


def input_names(tree: Mapping[str, Any]) -> tuple[str, ...]:
    """What items call the inputs of the network."""
    given = tree.get("input")
    return tuple(given) if isinstance(given, dict) else (INPUT,)
