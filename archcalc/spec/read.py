"""From a spec file's JSON to a checked Spec: the first phase of reading.

Everything that does not depend on a preset is checked here, and all problems are reported at once:
keys, ops, fields, constants, expressions and the names in them, references, unused parts.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

from archcalc.errors import Problem, SpecError, did_you_mean, quote
from archcalc.expression import Expression, ExpressionError, parse
from archcalc.ops.base import MANY, OPS, Op, create, field_infos, required_fields
from archcalc.ops.fields import FieldError, Kind, check, written
from archcalc.spec.model import (
    Back,
    Block,
    BlockUse,
    Body,
    Branches,
    Group,
    Item,
    OpUse,
    Preset,
    Spec,
    Value,
)
from archcalc.spec.strict_json import at_key, read_file

FILE_KEYS = {
    "title": "required", "year": "required", "source": "required", "input": "required",
    "layers": "required", "family": "", "arguments": "", "blocks": "", "presets": "", "note": "",
    "$schema": "",
}  # fmt: skip
PRESET_KEYS = ("set", "title", "family", "year", "source", "input", "note")
BLOCK_KEYS = ("layers", "arguments", "inputs", "note")
BODY_KEYS = ("op", "block", "branches", "layers")
ITEM_KEYS = ("name", "inputs", "when", "repeat", "first", "auxiliary", "note")

RESERVED_ARGUMENTS = ("in_channels", "index", "input")
RESERVED_SETTINGS = (*RESERVED_ARGUMENTS, "height", "width", "batch")
"""Names that a network's arguments cannot have: `--input` and `--batch` set these."""
NAME = re.compile(r"(?=.*[A-Za-z_])[A-Za-z0-9_]{1,64}")
MODEL_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,63}")
JOINS = ("concat", "add", "mean", "multiply")


def read(path: Path | str) -> Spec:
    """A spec file, read and checked.

    Raises:
        SpecError: all problems of the file that can be seen without expanding it.
    """
    path = Path(path)
    return from_json(read_file(path), str(path), path.stem)


def from_json(tree: Any, file: str, name: str) -> Spec:
    """A Spec from a JSON value; `name` is what its default member is called."""
    reader = _Reader(file)
    spec = reader.spec(tree, name)
    if reader.problems:
        raise SpecError(file, reader.problems)
    assert spec is not None
    return spec


class _Names:
    """What can be referred to by `inputs` at one point of a list: the lists around, inside out."""

    def __init__(self, inputs: Iterable[str], around: _Names | None = None):
        self.here: dict[str, _Names | None] = dict.fromkeys(inputs)
        self.around = around

    def knows(self, path: str) -> bool:
        first, _, rest = path.partition(".")
        level: _Names | None = self
        while level is not None:
            if first in level.here:
                inner = level.here[first]
                # What is inside a block, or a repetition, is known when it is expanded.
                return inner is None or not rest or inner.knows(rest)
            level = level.around
        return False

    def all(self) -> list[str]:
        return list(self.here) + (self.around.all() if self.around else [])


class _Reader:
    def __init__(self, file: str):
        self.file = file
        self.problems: list[Problem] = []
        self.block_names: set[str] = set()
        self.network_arguments: list[str] = []
        self.used: set[str] = set()
        """Names of blocks and arguments that something uses."""

    def problem(self, place: str, problem: str, hint: str = "") -> None:
        self.problems.append(Problem(place, problem, hint))

    # --- the file ---------------------------------------------------------------------------------

    def spec(self, tree: Any, name: str) -> Spec | None:
        if not isinstance(tree, dict):
            self.problem("", f"a spec is an object, got {_kind_of(tree)}")
            return None
        self.unknown_keys(tree, FILE_KEYS, "", "key")
        for key, required in FILE_KEYS.items():
            if required and key not in tree:
                self.problem("", f"{quote(key)} is missing")
        blocks = self.object(tree.get("blocks", {}), "blocks")
        self.block_names = set(blocks)
        arguments = self.object(tree.get("arguments", {}), "arguments")
        self.network_arguments = list(arguments)
        network_arguments = self.arguments(arguments, "arguments", [], required=False)
        self.check_block_names(blocks)
        read_blocks = {
            key: self.block(key, value, f"blocks.{quote(key, marks='')}")
            for key, value in blocks.items()
        }
        items = self.items(
            tree.get("layers", []), "layers", _Names(["input"]), [*arguments], in_repeat=False
        )
        presets = self.presets(tree, name)
        self.check_unused(read_blocks)
        return Spec(self.file, network_arguments, read_blocks, items, presets)

    def check_block_names(self, blocks: Mapping[str, Any]) -> None:
        for name in blocks:
            self.name(name, f"blocks.{quote(name, marks='')}", "block")
            if name in OPS:
                self.problem("blocks", f"block {quote(name)} is named like an op")
            if name in self.network_arguments:
                self.problem("blocks", f"block {quote(name)} is named like an argument")

    def check_unused(self, blocks: Mapping[str, Block]) -> None:
        for name in blocks:
            if name not in self.used:
                self.problem(f"blocks.{name}", "is never used")
        for name in self.network_arguments:
            if name not in self.used:
                self.problem(f"arguments.{quote(name, marks='')}", "is never used")

    def presets(self, tree: Mapping[str, Any], name: str) -> dict[str, Preset]:
        presets = self.object(tree.get("presets", {name: {}}), "presets")
        if not presets:
            self.problem("presets", "is empty; leave it out for a file of one network")
        read_presets = {}
        for key, value in presets.items():
            place = f"presets.{quote(key, marks='')}"
            if not MODEL_NAME.fullmatch(key):
                self.problem(place, f"{quote(key)} cannot be a model's name", _NAME_HINT + " - .")
            preset = self.object(value, place)
            self.unknown_keys(preset, PRESET_KEYS, place, "key")
            read_presets[key] = self.preset(key, preset, tree, place)
        return read_presets

    def preset(
        self, name: str, preset: Mapping[str, Any], tree: Mapping[str, Any], place: str
    ) -> Preset:
        settings = self.object(preset.get("set", {}), f"{place}.set")
        for key in settings:
            if key not in self.network_arguments:
                hint = did_you_mean(key, self.network_arguments)
                self.problem(f"{place}.set", f"no argument {quote(key)}", hint)
        both = {**tree, **preset}
        at = {key: (place + "." if key in preset else "") + key for key in FILE_KEYS}
        title = self.text(both.get("title", ""), at["title"])
        return Preset(
            name,
            {
                key: self.argument_value(value, f"{place}.set.{key}", self.network_arguments)
                for key, value in settings.items()
            },
            title,
            self.text(both.get("family", tree.get("title", "")), at["family"]),
            self.year(both.get("year", 0), at["year"]),
            self.text(both.get("source", ""), at["source"]),
            self.input(both.get("input", []), at["input"]),
            self.text(both.get("note", ""), at["note"]),
        )

    def year(self, value: Any, place: str) -> int:
        if isinstance(value, bool) or not isinstance(value, int):
            self.problem(place, f"takes a whole number, got {_kind_of(value)}")
            return 0
        return value

    def input(self, value: Any, place: str) -> tuple[Value, ...]:
        if not isinstance(value, list) or len(value) not in (1, 3):
            self.problem(
                place, f"takes [channels, height, width] or [features], got {_show(value)}"
            )
            return ()
        return tuple(self.number(size, place, self.network_arguments) for size in value)

    def block(self, name: str, tree: Any, place: str) -> Block:
        tree = self.object(tree, place)
        self.unknown_keys(tree, BLOCK_KEYS, place, "key")
        if "layers" not in tree:
            self.problem(place, "'layers' is missing")
        declared = self.object(tree.get("arguments", {}), f"{place}.arguments")
        arguments = self.arguments(declared, f"{place}.arguments", ["in_channels"], required=True)
        inputs = self.block_inputs(tree.get("inputs", ["input"]), f"{place}.inputs")
        used_outside, self.used = self.used, set()
        visible = [*declared, *self.network_arguments]
        items = self.items(
            tree.get("layers", []), f"{place}.layers", _Names(inputs), visible, in_repeat=False
        )
        for expression in arguments.values():
            if isinstance(expression, Expression):
                self.used |= expression.names
        for argument in declared:
            if argument not in self.used:
                self.problem(f"{place}.arguments.{quote(argument, marks='')}", "is never used")
        self.used = used_outside | (self.used - set(declared))
        return Block(name, arguments, inputs, items)

    def block_inputs(self, value: Any, place: str) -> tuple[str, ...]:
        if not isinstance(value, list) or not value or len(set(map(str, value))) < len(value):
            self.problem(place, f"takes a list of different names, got {_show(value)}")
            return ("input",)
        for name in value:
            if name != "input":
                self.name(name, place, "input")
        return tuple(str(name) for name in value)

    def arguments(
        self, declared: Mapping[str, Any], place: str, visible: list[str], *, required: bool
    ) -> dict[str, Value | None]:
        """Arguments with their defaults; each default may use the arguments before it."""
        arguments: dict[str, Value | None] = {}
        for name, value in declared.items():
            here = f"{place}.{quote(name, marks='')}"
            self.name(name, here, "argument")
            if name in (RESERVED_ARGUMENTS if required else RESERVED_SETTINGS):
                self.problem(here, f"an argument cannot be named {quote(name)}")
            if value is None and required:
                arguments[name] = None
            else:
                seen = [*visible, *arguments]
                if required:
                    seen += self.network_arguments
                arguments[name] = self.argument_value(value, here, seen)
        return arguments

    # --- lists of items ---------------------------------------------------------------------------

    def items(
        self, tree: Any, place: str, names: _Names, visible: list[str], *, in_repeat: bool
    ) -> tuple[Item, ...]:
        if not isinstance(tree, list):
            self.problem(place, f"takes a list of items, got {_kind_of(tree)}")
            return ()
        unnamed: dict[str, int] = {}
        read_items = []
        for i, item_tree in enumerate(tree):
            item = self.item(item_tree, f"{place}[{i}]", names, visible, unnamed, in_repeat)
            if item is not None:
                read_items.append(item)
        return tuple(read_items)

    def item(
        self,
        tree: Any,
        place: str,
        names: _Names,
        visible: list[str],
        unnamed: dict[str, int],
        in_repeat: bool,
    ) -> Item | None:
        if not isinstance(tree, dict):
            self.problem(place, f"an item is an object, got {_kind_of(tree)}")
            return None
        bodies = [key for key in BODY_KEYS if key in tree]
        if len(bodies) != 1:
            got = " and ".join(map(quote, bodies)) or "none of them"
            self.problem(place, f"an item has one of op, block, branches, layers; got {got}")
            return None
        kind = self.item_kind(tree, bodies[0], place)
        if kind is None:
            return None
        name = tree.get("name", "")
        label = f"{quote(name)} ({kind})" if name else f"({kind})"
        at = f"{place} {label}"
        if "name" in tree:
            self.name(name, at, "item")
            if name in names.here:
                self.problem(at, f"the name {quote(name)} is taken in this list")
        repeats = "repeat" in tree
        if repeats and not name:
            self.problem(at, "an item that repeats needs a name")
        if "first" in tree and not repeats:
            self.problem(at, "'first' needs 'repeat'")
        inner = _Names([], names)
        body_visible = [*visible, "index"] if repeats else visible
        if in_repeat:
            body_visible = [*body_visible, "index"]
        body = self.body(tree, bodies[0], place, at, inner, body_visible, repeats or in_repeat)
        item_visible = [*body_visible, "in_channels"]
        first = self.object(tree.get("first", {}), at)
        item = Item(
            place=place,
            label=label,
            name=str(name),
            node=str(name) or _numbered(kind, unnamed),
            body=body,
            inputs=self.inputs(tree.get("inputs"), at, names, visible),
            when=self.condition(
                tree.get("when"), at, [*visible, "in_channels", *(["index"] * in_repeat)]
            ),
            repeat=self.whole(tree.get("repeat"), at, [*visible, "in_channels"]),
            first=self.first_values(first, body, at, item_visible),
            first_inputs=self.inputs(first.get("inputs"), at, names, visible),
            auxiliary=self.auxiliary(tree.get("auxiliary"), at),
        )
        if "note" in tree:
            self.text(tree["note"], at)
        if name:
            names.here[str(name)] = None if repeats or bodies[0] == "block" else inner
        else:
            names.here.update(inner.here)
        return item

    def item_kind(self, tree: Mapping[str, Any], key: str, place: str) -> str | None:
        """The op's, block's or join's name; None (and a problem) where it is not known."""
        value = tree[key]
        if key == "op":
            if value not in OPS if isinstance(value, str) else True:
                self.problem(place, f"unknown op {_show(value)}", did_you_mean(str(value), OPS))
                return None
            return str(value)
        if key == "block":
            if not isinstance(value, str):
                self.problem(place, f"block takes a name, got {_show(value)}")
                return None
            return value
        if key == "branches":
            return str(tree.get("join", "branches"))
        return "layers"

    def body(
        self,
        tree: Mapping[str, Any],
        key: str,
        place: str,
        at: str,
        names: _Names,
        visible: list[str],
        in_repeat: bool,
    ) -> Body:
        rest = {k: v for k, v in tree.items() if k != key and k not in ITEM_KEYS}
        if key == "op":
            return self.op_use(OPS[tree["op"]], rest, at, [*visible, "in_channels"])
        if key == "block":
            return self.block_use(tree["block"], rest, at, visible)
        if key == "layers":
            self.unknown_keys(rest, (), at, "key")
            items = self.items(
                tree["layers"], f"{place}.layers", names, visible, in_repeat=in_repeat
            )
            return Group(items)
        join = rest.pop("join", None)
        self.unknown_keys(rest, (), at, "key")
        if join is not None and join not in JOINS:
            self.problem(at, f"unknown join {_show(join)}", f"one of {', '.join(JOINS)}")
        branches = {}
        for branch, value in self.object(tree["branches"], at).items():
            here = at_key(f"{place}.branches", branch)
            self.name(branch, here, "branch")
            inside = _Names([], names)
            if isinstance(value, dict):
                if "when" in value:
                    self.problem(here, "a branch of one item has no 'when'", "write a list")
                value, here = [value], here
            branches[branch] = self.items(value, here, inside, visible, in_repeat=in_repeat)
            names.here[branch] = inside
        if not branches:
            self.problem(at, "branches is empty")
        return Branches(branches, OPS.get(str(join)) if join in JOINS else None)

    def op_use(self, op: type[Op], fields: Mapping[str, Any], at: str, visible: list[str]) -> OpUse:
        infos = field_infos(op)
        self.unknown_keys(fields, infos, at, "field")
        for name in required_fields(op):
            if name not in fields:
                self.problem(at, f"field {quote(name)} is missing")
        values = {
            name: self.field(value, infos[name].kind, name, at, visible)
            for name, value in fields.items()
            if name in infos
        }
        complete = all(name in values for name in required_fields(op))
        constant = not any(isinstance(value, Expression) for value in values.values())
        ready = None
        if complete and constant:
            with suppress(FieldError):  # self.field has reported it
                ready = create(op, values)
        return OpUse(op, values, ready)

    def field(self, value: Any, kind: Kind, name: str, at: str, visible: list[str]) -> Value:
        """A field's value: checked now if it is a constant, else its expression."""
        if isinstance(value, str) and not kind.is_text:
            return self.expression(value, at, visible, condition=False)
        if isinstance(value, list):
            value = self.listed(value, at, visible)
            if isinstance(value, Expression):
                return value
        try:
            return check(kind, value)
        except FieldError as error:
            self.problem(at, f"{name} {error}")
            return value

    def block_use(
        self, block: Any, given: Mapping[str, Any], at: str, visible: list[str]
    ) -> BlockUse:
        if block in self.block_names or block in visible:
            self.used.add(block)
        else:
            hint = did_you_mean(str(block), [*self.block_names, *visible])
            self.problem(at, f"no block or argument {_show(block)}", hint)
        arguments = {
            key: self.argument_value(value, at, [*visible, "in_channels"])
            for key, value in given.items()
        }
        return BlockUse(str(block), arguments)

    def first_values(
        self, first: Mapping[str, Any], body: Body, at: str, visible: list[str]
    ) -> dict[str, Value]:
        values = {}
        for key, value in first.items():
            if key == "inputs":
                continue
            if isinstance(body, OpUse):
                infos = field_infos(body.op)
                if key not in infos:
                    self.problem(
                        at, f"unknown field {quote(key)} in 'first'", did_you_mean(key, infos)
                    )
                else:
                    values[key] = self.field(value, infos[key].kind, key, at, visible)
            elif isinstance(body, BlockUse):
                values[key] = self.argument_value(value, at, visible)
            else:
                self.problem(at, f"'first' cannot set {quote(key)} of inline layers")
        return values

    # --- values -----------------------------------------------------------------------------------

    def inputs(
        self, value: Any, at: str, names: _Names, visible: list[str]
    ) -> tuple[str | Back, ...] | None:
        if value is None:
            return None
        references = value if isinstance(value, list) else [value]
        if not references:
            self.problem(at, "inputs is empty")
        read_inputs: list[str | Back] = []
        for reference in references:
            if isinstance(reference, str) and not reference.startswith("-"):
                path = reference.removesuffix(".*")
                if not names.knows(path):
                    hint = did_you_mean(path, names.all())
                    self.problem(at, f"no earlier item {quote(path)} to take as input", hint)
                read_inputs.append(reference)
            else:
                read_inputs.append(Back(self.number(reference, at, visible)))
        return tuple(read_inputs)

    def number(self, value: Any, at: str, visible: list[str]) -> Value:
        if isinstance(value, str):
            return self.expression(value, at, visible, condition=False)
        if isinstance(value, bool) or not isinstance(value, int):
            self.problem(at, f"takes a whole number or an expression, got {_show(value)}")
        return value

    def whole(self, value: Any, at: str, visible: list[str]) -> Value:
        return None if value is None else self.number(value, at, visible)

    def condition(self, value: Any, at: str, visible: list[str]) -> Value:
        if value is None:
            return None
        if isinstance(value, str):
            return self.expression(value, at, visible, condition=True)
        if not isinstance(value, int):
            self.problem(at, f"'when' takes a condition, got {_show(value)}")
        return value

    def auxiliary(self, value: Any, at: str) -> Any:
        if value is None:
            return None
        if not isinstance(value, dict) or set(value) != {"loss_weight"}:
            self.problem(at, f'auxiliary takes {{"loss_weight": number}}, got {_show(value)}')
            return None
        weight = value["loss_weight"]
        if isinstance(weight, bool | str | list | dict):
            self.problem(at, f"loss_weight takes a number, got {_show(weight)}")
        return weight

    def argument_value(self, value: Any, at: str, visible: list[str]) -> Value:
        """A value for an argument: a number, a list, or an expression that may compare."""
        if isinstance(value, str):
            return self.expression(value, at, visible, condition=True)
        if isinstance(value, list):
            return self.listed(value, at, visible)
        if value is None or isinstance(value, dict):
            self.problem(
                at, f"an argument takes a number, a list or an expression, got {_show(value)}"
            )
            return 0
        return int(value) if isinstance(value, bool) else value

    def listed(self, values: list[Any], at: str, visible: list[str]) -> Value:
        """A list as a tuple; one expression for all of it where any part is an expression."""
        parts = []
        for value in values:
            if isinstance(value, list):
                parts.append(self.listed(value, at, visible))
            elif isinstance(value, str):
                parts.append(self.expression(value, at, visible, condition=True))
            elif value is None or isinstance(value, dict):
                self.problem(at, f"a list holds numbers and expressions, got {_show(value)}")
            else:
                parts.append(int(value) if isinstance(value, bool) else value)
        expressions = [part for part in parts if isinstance(part, Expression)]
        if not expressions:
            return tuple(parts)
        return Expression(
            written(values),
            frozenset().union(*(e.names for e in expressions)),
            any(e.is_condition for e in expressions),
            lambda scope: tuple(
                p.evaluate(scope) if isinstance(p, Expression) else p for p in parts
            ),
        )

    def expression(self, text: str, at: str, visible: list[str], *, condition: bool) -> Value:
        try:
            expression = parse(text)
        except ExpressionError as error:
            self.problem(at, error.problem, error.hint)
            return 0
        for name in sorted(expression.names):
            if name in visible or name in self.block_names or name in OPS:
                self.used.add(name)
            else:
                known = [*visible, *self.block_names]
                self.problem(
                    at, f"unknown name {quote(name)} in {quote(text)}", did_you_mean(name, known)
                )
        if expression.is_condition and not condition:
            self.problem(
                at, f"{quote(text)} compares; a condition belongs in 'when' or an argument"
            )
        return expression

    def text(self, value: Any, place: str) -> str:
        if not isinstance(value, str):
            self.problem(place, f"takes a text, got {_show(value)}")
            return ""
        return value

    def object(self, value: Any, place: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.problem(place, f"takes an object, got {_show(value)}")
            return {}
        return value

    def name(self, value: Any, place: str, what: str) -> None:
        if not isinstance(value, str) or not NAME.fullmatch(value) or value == "input":
            self.problem(
                place,
                f"{_show(value)} cannot be the name of an {what}".replace(
                    "an block", "a block"
                ).replace("an branch", "a branch"),
                _NAME_HINT,
            )

    def unknown_keys(
        self, tree: Mapping[str, Any], known: Iterable[str], place: str, what: str
    ) -> None:
        for key in tree:
            if key not in known:
                self.problem(place, f"unknown {what} {quote(key)}", did_you_mean(key, known))


_NAME_HINT = "1 to 64 of A-Z a-z 0-9 _, not digits alone"


def _numbered(kind: str, unnamed: dict[str, int]) -> str:
    """The node name of an unnamed item: the second relu of a list is `relu_2`."""
    unnamed[kind] = unnamed.get(kind, 0) + 1
    return kind if unnamed[kind] == 1 else f"{kind}_{unnamed[kind]}"


def _kind_of(value: Any) -> str:
    if value is None:
        return "null"
    names = {bool: "a truth value", str: "a text", list: "a list", dict: "an object"}
    return next((name for cls, name in names.items() if isinstance(value, cls)), "a number")


def _show(value: Any) -> str:
    """A value in a message: itself if short, else its kind."""
    if value is None or isinstance(value, dict) or (isinstance(value, list) and len(value) > 6):
        return _kind_of(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    return written(value)


__all__ = ["MANY", "from_json", "read"]
