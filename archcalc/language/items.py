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
from archcalc.language.values import SpecReader, near
from archcalc.ops.fields import LAYER, FieldError, written
from archcalc.ops.op import MANY, Op
from archcalc.ops.registry import OPS, create, field_infos, required_fields

BODY_KEYS = ("op", "block", "branches", "layers")
ITEM_KEYS = ("name", "inputs", "when", "repeat", "first", "auxiliary", "note")
JOINS = tuple(name for name, cls in OPS.items() if cls.arity == MANY)


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


class Context:
    """Where a list stands: the arguments that its expressions see, the names it can refer to."""

    def __init__(self, visible: frozenset[str], names: Names):
        self.visible, self.names = visible, names

    @cached_property
    def with_channels(self) -> frozenset[str]:
        """What expressions see once the item's input is known."""
        return self.visible | {"in_channels"}

    def repeated(self) -> Context:
        """The context of an item that repeats: its expressions see the copy's number."""
        return Context(self.visible | {"index"}, self.names)

    def inside(self) -> Context:
        """The context of a list within an item."""
        return Context(self.visible, Names(around=self.names))


def read_items(reader: SpecReader, tree: Any, place: str, context: Context) -> tuple[Item, ...]:
    """A list of items."""
    if not isinstance(tree, list):
        reader.problem(place, f"takes a list of items, got {written(tree)}")
        return ()
    named = (item.get("name") for item in tree if isinstance(item, dict))
    context.names.later = {name for name in named if isinstance(name, str)}
    unnamed: dict[str, int] = {}
    items = (_item(reader, item, f"{place}[{i}]", context, unnamed) for i, item in enumerate(tree))
    return tuple(item for item in items if item is not None)


def _item(
    reader: SpecReader, tree: Any, place: str, context: Context, unnamed: dict[str, int]
) -> Item | None:
    kind = _kind(reader, tree, place)
    if kind is None:
        return None
    body_key, called = kind
    label = f"{quote(tree['name'])} ({called})" if tree.get("name") else f"({called})"
    at = f"{place} {label}"
    name = reader.name(tree["name"], at) if "name" in tree else ""
    context.names.later.discard(name)
    repeats = "repeat" in tree
    if repeats and "name" not in tree:
        reader.problem(at, "an item that repeats needs a name")
    if "first" in tree and not repeats:
        reader.problem(at, "'first' needs 'repeat'")
    if "note" in tree:
        reader.text(tree["note"], at, "note")
    if repeats and "auxiliary" in tree:
        reader.problem(at, "'auxiliary' and 'repeat' do not go together")
    node = name or _numbered(called, unnamed)
    makes_node = body_key == "op" or "join" in tree
    own = context.repeated() if repeats else context
    inner = own.inside()
    body = _body(reader, body_key, tree, place, at, own, inner)
    first, first_inputs = _first(reader, tree, body, at, own, context)
    item = Item(
        place=place,
        label=label,
        name=name,
        node=node,
        known_as=name or (node if makes_node else ""),
        body=body,
        inputs=_inputs(reader, tree, at, context),
        when=reader.condition(tree["when"], at, "when", context.with_channels)
        if "when" in tree
        else None,
        repeat=reader.number(tree["repeat"], at, "repeat", context.with_channels)
        if repeats
        else None,
        first=first,
        first_inputs=first_inputs,
        auxiliary=_auxiliary(reader, tree["auxiliary"], at) if "auxiliary" in tree else None,
    )
    _give_names(reader, item, inner.names, at, context.names)
    return item


def _kind(reader: SpecReader, tree: Any, place: str) -> tuple[str, str] | None:
    """An item's body key, and what it is called: the op's, block's or join's name."""
    if not isinstance(tree, dict):
        reader.problem(place, f"an item is an object, got {written(tree)}")
        return None
    keys = [key for key in BODY_KEYS if key in tree]
    if len(keys) != 1:
        got = " and ".join(map(quote, keys)) or "none of them"
        near = [did_you_mean(key, BODY_KEYS) for key in tree if key not in ITEM_KEYS[1:]]
        hint = "" if keys else next(filter(None, near), "")
        reader.problem(place, f"an item has one of op, block, branches, layers; got {got}", hint)
        return None
    key = keys[0]
    value = tree.get("join", "branches") if key == "branches" else tree[key]
    if key == "layers":
        return key, "layers"
    if not isinstance(value, str):
        word = "join" if key == "branches" else key
        reader.problem(place, f"{word} takes a name, got {written(value)}")
        return None
    if key == "op" and value not in OPS:
        reader.problem(place, f"unknown op {quote(value)}", did_you_mean(value, OPS))
        return None
    return key, quote(value, marks="")


def _numbered(kind: str, unnamed: dict[str, int]) -> str:
    """The node name of an unnamed item: the second relu of a list is `relu_2`."""
    unnamed[kind] = unnamed.get(kind, 0) + 1
    return kind if unnamed[kind] == 1 else f"{kind}_{unnamed[kind]}"


def _give_names(reader: SpecReader, item: Item, inner: Names, at: str, names: Names) -> None:
    """Add the names that an item gives to its list: its own, or those that are inside it."""
    join = item.body.join if isinstance(item.body, Branches) else None
    given: dict[str, Names | None] = inner.here
    if item.name:
        closed = item.repeat is not None or isinstance(item.body, BlockUse)
        given = {item.name: None if closed else inner}
        if join is not None and join.name in inner.here:
            reader.problem(at, f"branch {quote(join.name)} is named like its join")
    elif item.known_as:
        given = {**inner.here, item.known_as: Names()}
    for name in given:
        if name in names.here:
            reader.problem(at, f"the name {quote(name)} is taken in this list")
    names.here.update(given)


# --- bodies ---------------------------------------------------------------------------------------


def _body(
    reader: SpecReader,
    key: str,
    tree: Mapping[str, Any],
    place: str,
    at: str,
    own: Context,
    inner: Context,
) -> Body:
    rest = {k: v for k, v in tree.items() if k != key and k not in ITEM_KEYS}
    match key:
        case "op":
            return _op_use(reader, OPS[tree["op"]], rest, at, own)
        case "block":
            return _block_use(reader, tree["block"], rest, at, own)
        case "branches":
            return _branches(reader, tree["branches"], rest, place, at, inner)
    reader.known_keys(rest, (), at)
    return Group(read_items(reader, tree["layers"], f"{place}.layers", inner))


def _op_use(
    reader: SpecReader, op: type[Op], given: Mapping[str, Any], at: str, context: Context
) -> OpUse:
    infos = field_infos(op)
    reader.known_keys(given, infos, at, "field")
    missing = [name for name in required_fields(op) if name not in given]
    for name in missing:
        reader.problem(at, f"field {quote(name)} is missing")
    values: dict[str, Value] = {}
    layers: dict[str, str] = {}
    for name, value in given.items():
        if name not in infos:
            continue
        if infos[name].kind is LAYER:
            layers[name] = _reference(reader, value, at, context, name)
        else:
            values[name] = reader.field(value, infos[name].kind, name, at, context.with_channels)
    ready = None
    if not (missing or layers or any(isinstance(v, Expression) for v in values.values())):
        with suppress(FieldError):  # the field has been reported
            ready = create(op, values)
    return OpUse(op, values, layers, ready)


def _block_use(
    reader: SpecReader, block: str, given: Mapping[str, Any], at: str, context: Context
) -> BlockUse:
    if block in reader.blocks or block in context.visible:
        reader.used.add(block)
    elif block in OPS:
        reader.problem(at, f"{quote(block)} is an op, not a block", f'"op": "{block}"')
    else:
        hint = near(block, [*reader.blocks, *context.visible])
        reader.problem(at, f"no block or argument {quote(block)}", hint)
    for name, default in reader.blocks.get(block, {}).items():
        if default is None and name not in given:
            reader.problem(at, f"argument {quote(name)} of block {quote(block)} is missing")
    return BlockUse(block, _arguments(reader, block, given, at, context))


def _arguments(
    reader: SpecReader, block: str, given: Mapping[str, Any], at: str, context: Context
) -> dict[str, Value]:
    """What a use gives a block; which block an argument holds is known when it is expanded."""
    for key in given:
        if key not in reader.blocks.get(block, given):
            hint = near(key, reader.blocks[block])
            reader.problem(at, f"block {quote(block)} has no argument {quote(key)}", hint)
    return {
        key: reader.argument(v, at, context.with_channels, f"argument {quote(key)}")
        for key, v in given.items()
    }


def _branches(
    reader: SpecReader, tree: Any, rest: dict[str, Any], place: str, at: str, context: Context
) -> Branches:
    join = rest.pop("join", None)
    reader.known_keys(rest, (), at)
    if join is not None and join not in JOINS:
        reader.problem(at, f"unknown join {quote(join)}", f"one of {', '.join(JOINS)}")
    branches = {}
    for key, value in reader.object(tree, at, "branches").items():
        here = at_key(f"{place}.branches", key)
        name = reader.name(key, here)
        if isinstance(value, dict):
            if "when" in value:
                reader.problem(here, "a branch of one item has no 'when'", "write a list")
            value = [value]
        inside = context.inside()
        branches[name] = read_items(reader, value, here, inside)
        context.names.here[name] = inside.names
    if not branches:
        reader.problem(at, "branches is empty")
    return Branches(branches, OPS[join] if join in JOINS else None)


# --- what surrounds a body ------------------------------------------------------------------------


def _reference(reader: SpecReader, value: Any, at: str, context: Context, what: str) -> str:
    """The name of an earlier item, or a dotted path into one."""
    if not isinstance(value, str):
        reader.problem(at, f"{what} takes the name of an earlier item, got {written(value)}")
        return ""
    path = value.removesuffix(".*")
    if not context.names.knows(path):
        later = "it comes later" if context.names.comes_later(path) else ""
        hint = later or near(path, context.names.all())
        reader.problem(at, f"no earlier item {quote(path)}", hint)
    return value


def _inputs(
    reader: SpecReader, tree: Mapping[str, Any], at: str, context: Context
) -> Inputs | None:
    if "inputs" not in tree:
        return None
    value = tree["inputs"]
    references = value if isinstance(value, list) else [value]
    if not references:
        reader.problem(at, "inputs is empty")
    inputs: list[str | Back] = []
    for reference in references:
        if isinstance(reference, str) and not reference.startswith("-"):
            inputs.append(_reference(reader, reference, at, context, "inputs"))
        elif isinstance(reference, str | int) and not isinstance(reference, bool):
            inputs.append(Back(reader.number(reference, at, "inputs", context.visible)))
        else:
            takes = "inputs takes names of earlier items, or steps back such as -1"
            reader.problem(at, f"{takes}; got {written(reference)}")
    return tuple(inputs)


def _first(
    reader: SpecReader, tree: Mapping[str, Any], body: Body, at: str, own: Context, context: Context
) -> tuple[dict[str, Value], Inputs | None]:
    """What copy 0 has otherwise: values, and inputs."""
    if "first" not in tree:
        return {}, None
    first = reader.object(tree["first"], at, "first")
    at = f"{at}: first"
    given = {key: value for key, value in first.items() if key != "inputs"}
    values = {}
    match body:
        case BlockUse(block=block):
            values = _arguments(reader, block, given, at, own)
        case OpUse(op=op):
            infos = {k: info for k, info in field_infos(op).items() if info.kind is not LAYER}
            reader.known_keys(given, infos, at, "field")
            values = {
                key: reader.field(value, infos[key].kind, key, at, own.with_channels)
                for key, value in given.items()
                if key in infos
            }
        case _:
            for key in given:
                reader.problem(at, f"cannot set {quote(key)} of inline layers")
    return values, _inputs(reader, first, at, context)


def _auxiliary(reader: SpecReader, value: Any, at: str) -> Any:
    if not isinstance(value, dict) or "loss_weight" not in value:
        reader.problem(at, f'auxiliary takes {{"loss_weight": number}}, got {written(value)}')
        return None
    reader.known_keys(value, ("loss_weight",), f"{at}: auxiliary")
    weight = value["loss_weight"]
    if weight is None or isinstance(weight, bool | str | list | dict):
        reader.problem(at, f"auxiliary: loss_weight takes a number, got {written(weight)}")
    return weight
