"""Lists of items, checked: what each is, and which names it gives."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from archcalc.errors import did_you_mean, quote
from archcalc.language.context import Context, KnownNames
from archcalc.language.model import ITEM_KEYS, BlockUse, Body, Branches, Group, Item
from archcalc.language.strict_json import at_key
from archcalc.language.uses import block_use, first_copy, inputs, op_use
from archcalc.language.values import SpecReader
from archcalc.ops.fields import written
from archcalc.ops.op import MANY
from archcalc.ops.registry import OPS

BODY_KEYS = ("op", "block", "branches", "layers")
JOINS = tuple(n for n, op in OPS.items() if op.arity == MANY and not op.required_fields)


def read_items(reader: SpecReader, tree: Any, place: str, context: Context) -> tuple[Item, ...]:
    """A list of items."""
    if not isinstance(tree, list):
        reader.problem(place, f"takes a list of items, got {written(tree)}")
        return ()
    named = (item.get("name") for item in tree if isinstance(item, dict))
    context.names.later = {name for name in named if isinstance(name, str)}
    unnamed: dict[str, int] = {}
    items = (_item(reader, item, at_key(place, i), context, unnamed) for i, item in enumerate(tree))
    return tuple([item for item in items if item is not None])


def _item(
    reader: SpecReader, tree: Any, place: str, context: Context, unnamed: dict[str, int]
) -> Item | None:
    reader.count_item()
    kind = _kind(reader, tree, place)
    if kind is None:
        _know(tree, context.names)  # so that what refers to it is no second problem
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
    first, first_inputs = first_copy(reader, tree.get("first", {}), body, at, own, context)
    seen = context.with_channels
    item = Item(
        place=place,
        label=label,
        name=name,
        node=node,
        known_as=name or (node if makes_node else ""),
        body=body,
        inputs=inputs(reader, tree["inputs"], at, context) if "inputs" in tree else None,
        when=reader.condition(tree["when"], at, "when", seen) if "when" in tree else None,
        repeat=reader.number(tree["repeat"], at, "repeat", seen) if repeats else None,
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
        near = [did_you_mean(key, BODY_KEYS) for key in tree if key not in ITEM_KEYS]
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


def _know(tree: Any, names: KnownNames) -> None:
    """Let the name of an item that cannot be read be one that is there."""
    name = tree.get("name") if isinstance(tree, dict) else None
    if isinstance(name, str):
        names.later.discard(name)
        names.here.setdefault(name, None)


def _numbered(kind: str, unnamed: dict[str, int]) -> str:
    """The node name of an unnamed item: the second relu of a list is `relu_2`."""
    unnamed[kind] = unnamed.get(kind, 0) + 1
    return kind if unnamed[kind] == 1 else f"{kind}_{unnamed[kind]}"


def _give_names(
    reader: SpecReader, item: Item, inner: KnownNames, at: str, names: KnownNames
) -> None:
    """Add the names that an item gives to its list: its own, or those that are inside it."""
    join = item.body.join if isinstance(item.body, Branches) else None
    given: dict[str, KnownNames | None] = inner.here
    if item.name:
        closed = item.repeat is not None or isinstance(item.body, BlockUse)
        given = {item.name: None if closed else inner}
        if join is not None and join.name in inner.here:
            reader.problem(at, f"branch {quote(join.name)} is named like its join")
    elif item.known_as:
        given = {**inner.here, item.known_as: KnownNames()}
    for name in given:
        if name in names.here:
            reader.problem(at, f"the name {quote(name)} is taken in this list")
    names.here.update(given)


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
            return op_use(reader, OPS[tree["op"]], rest, at, own)
        case "block":
            return block_use(reader, tree["block"], rest, at, own)
        case "branches":
            return _branches(reader, tree["branches"], rest, place, at, inner)
    reader.known_keys(rest, (), at)
    return Group(read_items(reader, tree["layers"], at_key(place, "layers"), inner))


def _branches(
    reader: SpecReader, tree: Any, rest: dict[str, Any], place: str, at: str, context: Context
) -> Branches:
    join = rest.pop("join", None)
    reader.known_keys(rest, (), at)
    if join is not None and join not in JOINS:
        reader.problem(at, f"unknown join {quote(join)}", f"one of {', '.join(JOINS)}")
    branches = {}
    for key, value in reader.object(tree, at, "branches").items():
        here = at_key(at_key(place, "branches"), key)
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


def _auxiliary(reader: SpecReader, value: Any, at: str) -> Any:
    reader.has_auxiliary = True
    if not isinstance(value, dict) or "loss_weight" not in value:
        reader.problem(at, f'auxiliary takes {{"loss_weight": number}}, got {written(value)}')
        return None
    reader.known_keys(value, ("loss_weight",), f"{at}: auxiliary")
    weight = value["loss_weight"]
    if weight is None or isinstance(weight, bool | str | list | dict):
        reader.problem(at, f"auxiliary: loss_weight takes a number, got {written(weight)}")
    return weight
