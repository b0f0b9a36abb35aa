"""Lists of items, checked: what each is, which names it gives, what it refers to."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from functools import cached_property
from typing import Any

from archcalc.errors import did_you_mean, quote
from archcalc.expression import Expression
from archcalc.language.model import (
    Back,
    BlockUse,
    Body,
    Branches,
    Group,
    Inputs,
    Item,
    OpUse,
    Value,
)
from archcalc.language.strict_json import at_key
from archcalc.language.values import Reading, near
from archcalc.ops.fields import LAYER, FieldError, written
from archcalc.ops.op import OPS, Op, create, field_infos, required_fields

BODY_KEYS = ("op", "block", "branches", "layers")
ITEM_KEYS = ("name", "inputs", "when", "repeat", "first", "auxiliary", "note")
JOINS = ("concat", "add", "mean", "multiply")


class Names:
    """What `inputs` can refer to at one point of a list, and in the lists around it."""

    def __init__(self, inputs: Iterable[str] = (), around: Names | None = None):
        self.here: dict[str, Names | None] = dict.fromkeys(inputs)
        """None where the names inside are known only when it is expanded: blocks, repetitions."""
        self.later: set[str] = set()
        """Names of the items that come after the one that is being read."""
        self.around = around

    def lists(self) -> Iterator[Names]:
        """This list and those around it, from the inside out."""
        level: Names | None = self
        while level is not None:
            yield level
            level = level.around

    def knows(self, path: str) -> bool:
        """Whether a dotted path names something earlier, here or around."""
        return any(names._has(path) for names in self.lists())

    def _has(self, path: str) -> bool:
        first, _, rest = path.partition(".")
        if first not in self.here:
            return False
        inner = self.here[first]
        return inner is None or not rest or inner._has(rest)

    def comes_later(self, path: str) -> bool:
        """Whether a dotted path names something that is still to come."""
        return any(path.partition(".")[0] in names.later for names in self.lists())

    def all(self) -> list[str]:
        """Every name that can be referred to from here, the nearest first."""
        return [name for names in self.lists() for name in names.here]


class Scope:
    """Where a list stands: the arguments that its expressions see, the names it can refer to."""

    def __init__(self, visible: frozenset[str], names: Names):
        self.visible, self.names = visible, names

    @cached_property
    def with_channels(self) -> frozenset[str]:
        """What expressions see once the item's input is known."""
        return self.visible | {"in_channels"}

    def repeated(self) -> Scope:
        """The scope of an item that repeats: its expressions see the copy's number."""
        return Scope(self.visible | {"index"}, self.names)

    def inside(self) -> Scope:
        """The scope of a list within an item."""
        return Scope(self.visible, Names(around=self.names))


def read_items(reading: Reading, tree: Any, place: str, scope: Scope) -> tuple[Item, ...]:
    """A list of items."""
    if not isinstance(tree, list):
        reading.problem(place, f"takes a list of items, got {written(tree)}")
        return ()
    named = (item.get("name") for item in tree if isinstance(item, dict))
    scope.names.later = {name for name in named if isinstance(name, str)}
    unnamed: dict[str, int] = {}
    items = (_item(reading, item, f"{place}[{i}]", scope, unnamed) for i, item in enumerate(tree))
    return tuple(item for item in items if item is not None)


def _item(
    reading: Reading, tree: Any, place: str, scope: Scope, unnamed: dict[str, int]
) -> Item | None:
    kind = _kind(reading, tree, place)
    if kind is None:
        return None
    body_key, called = kind
    label = f"{quote(tree['name'])} ({called})" if tree.get("name") else f"({called})"
    at = f"{place} {label}"
    name = reading.name(tree["name"], at) if "name" in tree else ""
    scope.names.later.discard(name)
    repeats = "repeat" in tree
    if repeats and "name" not in tree:
        reading.problem(at, "an item that repeats needs a name")
    if "first" in tree and not repeats:
        reading.problem(at, "'first' needs 'repeat'")
    if "note" in tree:
        reading.text(tree["note"], at, "note")
    if repeats and "auxiliary" in tree:
        reading.problem(at, "'auxiliary' and 'repeat' do not go together")
    node = name or _numbered(called, unnamed)
    makes_node = body_key == "op" or "join" in tree
    own = scope.repeated() if repeats else scope
    inner = own.inside()
    body = _body(reading, body_key, tree, place, at, own, inner)
    first, first_inputs = _first(reading, tree, body, at, own, scope)
    item = Item(
        place=place,
        label=label,
        name=name,
        node=node,
        known_as=name or (node if makes_node else ""),
        body=body,
        inputs=_inputs(reading, tree, at, scope),
        when=reading.condition(tree["when"], at, "when", scope.with_channels)
        if "when" in tree
        else None,
        repeat=reading.number(tree["repeat"], at, "repeat", scope.with_channels)
        if repeats
        else None,
        first=first,
        first_inputs=first_inputs,
        auxiliary=_auxiliary(reading, tree["auxiliary"], at) if "auxiliary" in tree else None,
    )
    _give_names(reading, item, inner.names, at, scope.names)
    return item


def _kind(reading: Reading, tree: Any, place: str) -> tuple[str, str] | None:
    """An item's body key, and what it is called: the op's, block's or join's name."""
    if not isinstance(tree, dict):
        reading.problem(place, f"an item is an object, got {written(tree)}")
        return None
    keys = [key for key in BODY_KEYS if key in tree]
    if len(keys) != 1:
        got = " and ".join(map(quote, keys)) or "none of them"
        near = [did_you_mean(key, BODY_KEYS) for key in tree if key not in ITEM_KEYS[1:]]
        hint = "" if keys else next(filter(None, near), "")
        reading.problem(place, f"an item has one of op, block, branches, layers; got {got}", hint)
        return None
    key = keys[0]
    value = tree.get("join", "branches") if key == "branches" else tree[key]
    if key == "layers":
        return key, "layers"
    if not isinstance(value, str):
        word = "join" if key == "branches" else key
        reading.problem(place, f"{word} takes a name, got {written(value)}")
        return None
    if key == "op" and value not in OPS:
        reading.problem(place, f"unknown op {quote(value)}", did_you_mean(value, OPS))
        return None
    return key, quote(value, marks="")


def _numbered(kind: str, unnamed: dict[str, int]) -> str:
    """The node name of an unnamed item: the second relu of a list is `relu_2`."""
    unnamed[kind] = unnamed.get(kind, 0) + 1
    return kind if unnamed[kind] == 1 else f"{kind}_{unnamed[kind]}"


def _give_names(reading: Reading, item: Item, inner: Names, at: str, names: Names) -> None:
    """Add the names that an item gives to its list: its own, or those that are inside it."""
    join = item.body.join if isinstance(item.body, Branches) else None
    given: dict[str, Names | None] = inner.here
    if item.name:
        closed = item.repeat is not None or isinstance(item.body, BlockUse)
        given = {item.name: None if closed else inner}
        if join is not None and join.name in inner.here:
            reading.problem(at, f"branch {quote(join.name)} is named like its join")
    elif item.known_as:
        given = {**inner.here, item.known_as: Names()}
    for name in given:
        if name in names.here:
            reading.problem(at, f"the name {quote(name)} is taken in this list")
    names.here.update(given)


# --- bodies ---------------------------------------------------------------------------------------


def _body(
    reading: Reading,
    key: str,
    tree: Mapping[str, Any],
    place: str,
    at: str,
    own: Scope,
    inner: Scope,
) -> Body:
    rest = {k: v for k, v in tree.items() if k != key and k not in ITEM_KEYS}
    match key:
        case "op":
            return _op_use(reading, OPS[tree["op"]], rest, at, own)
        case "block":
            return _block_use(reading, tree["block"], rest, at, own)
        case "branches":
            return _branches(reading, tree["branches"], rest, place, at, inner)
    reading.known_keys(rest, (), at)
    return Group(read_items(reading, tree["layers"], f"{place}.layers", inner))


def _op_use(
    reading: Reading, op: type[Op], given: Mapping[str, Any], at: str, scope: Scope
) -> OpUse:
    infos = field_infos(op)
    reading.known_keys(given, infos, at, "field")
    missing = [name for name in required_fields(op) if name not in given]
    for name in missing:
        reading.problem(at, f"field {quote(name)} is missing")
    values: dict[str, Value] = {}
    layers: dict[str, str] = {}
    for name, value in given.items():
        if name not in infos:
            continue
        if infos[name].kind is LAYER:
            layers[name] = _reference(reading, value, at, scope, name)
        else:
            values[name] = reading.field(value, infos[name].kind, name, at, scope.with_channels)
    ready = None
    if not (missing or layers or any(isinstance(v, Expression) for v in values.values())):
        with suppress(FieldError):  # the field has been reported
            ready = create(op, values)
    return OpUse(op, values, layers, ready)


def _block_use(
    reading: Reading, block: str, given: Mapping[str, Any], at: str, scope: Scope
) -> BlockUse:
    if block in reading.blocks or block in scope.visible:
        reading.used.add(block)
    elif block in OPS:
        reading.problem(at, f"{quote(block)} is an op, not a block", f'"op": "{block}"')
    else:
        hint = near(block, [*reading.blocks, *scope.visible])
        reading.problem(at, f"no block or argument {quote(block)}", hint)
    for name, default in reading.blocks.get(block, {}).items():
        if default is None and name not in given:
            reading.problem(at, f"argument {quote(name)} of block {quote(block)} is missing")
    return BlockUse(block, _arguments(reading, block, given, at, scope))


def _arguments(
    reading: Reading, block: str, given: Mapping[str, Any], at: str, scope: Scope
) -> dict[str, Value]:
    """What a use gives a block; which block an argument holds is known when it is expanded."""
    for key in given:
        if key not in reading.blocks.get(block, given):
            hint = near(key, reading.blocks[block])
            reading.problem(at, f"block {quote(block)} has no argument {quote(key)}", hint)
    return {
        key: reading.argument(v, at, scope.with_channels, f"argument {quote(key)}")
        for key, v in given.items()
    }


def _branches(
    reading: Reading, tree: Any, rest: dict[str, Any], place: str, at: str, scope: Scope
) -> Branches:
    join = rest.pop("join", None)
    reading.known_keys(rest, (), at)
    if join is not None and join not in JOINS:
        reading.problem(at, f"unknown join {quote(join)}", f"one of {', '.join(JOINS)}")
    branches = {}
    for key, value in reading.object(tree, at, "branches").items():
        here = at_key(f"{place}.branches", key)
        name = reading.name(key, here)
        if isinstance(value, dict):
            if "when" in value:
                reading.problem(here, "a branch of one item has no 'when'", "write a list")
            value = [value]
        inside = scope.inside()
        branches[name] = read_items(reading, value, here, inside)
        scope.names.here[name] = inside.names
    if not branches:
        reading.problem(at, "branches is empty")
    return Branches(branches, OPS[join] if join in JOINS else None)


# --- what surrounds a body ------------------------------------------------------------------------


def _reference(reading: Reading, value: Any, at: str, scope: Scope, what: str) -> str:
    """The name of an earlier item, or a dotted path into one."""
    if not isinstance(value, str):
        reading.problem(at, f"{what} takes the name of an earlier item, got {written(value)}")
        return ""
    path = value.removesuffix(".*")
    if not scope.names.knows(path):
        later = "it comes later" if scope.names.comes_later(path) else ""
        hint = later or near(path, scope.names.all())
        reading.problem(at, f"no earlier item {quote(path)}", hint)
    return value


def _inputs(reading: Reading, tree: Mapping[str, Any], at: str, scope: Scope) -> Inputs | None:
    if "inputs" not in tree:
        return None
    value = tree["inputs"]
    references = value if isinstance(value, list) else [value]
    if not references:
        reading.problem(at, "inputs is empty")
    inputs: list[str | Back] = []
    for reference in references:
        if isinstance(reference, str) and not reference.startswith("-"):
            inputs.append(_reference(reading, reference, at, scope, "inputs"))
        elif isinstance(reference, str | int) and not isinstance(reference, bool):
            inputs.append(Back(reading.number(reference, at, "inputs", scope.visible)))
        else:
            takes = "inputs takes names of earlier items, or steps back such as -1"
            reading.problem(at, f"{takes}; got {written(reference)}")
    return tuple(inputs)


def _first(
    reading: Reading, tree: Mapping[str, Any], body: Body, at: str, own: Scope, scope: Scope
) -> tuple[dict[str, Value], Inputs | None]:
    """What copy 0 has otherwise: values, and inputs."""
    if "first" not in tree:
        return {}, None
    first = reading.object(tree["first"], at, "first")
    at = f"{at}: first"
    given = {key: value for key, value in first.items() if key != "inputs"}
    values = {}
    match body:
        case BlockUse(block=block):
            values = _arguments(reading, block, given, at, own)
        case OpUse(op=op):
            infos = {k: info for k, info in field_infos(op).items() if info.kind is not LAYER}
            reading.known_keys(given, infos, at, "field")
            values = {
                key: reading.field(value, infos[key].kind, key, at, own.with_channels)
                for key, value in given.items()
                if key in infos
            }
        case _:
            for key in given:
                reading.problem(at, f"cannot set {quote(key)} of inline layers")
    return values, _inputs(reading, first, at, scope)


def _auxiliary(reading: Reading, value: Any, at: str) -> Any:
    if not isinstance(value, dict) or "loss_weight" not in value:
        reading.problem(at, f'auxiliary takes {{"loss_weight": number}}, got {written(value)}')
        return None
    reading.known_keys(value, ("loss_weight",), f"{at}: auxiliary")
    weight = value["loss_weight"]
    if weight is None or isinstance(weight, bool | str | list | dict):
        reading.problem(at, f"auxiliary: loss_weight takes a number, got {written(weight)}")
    return weight
