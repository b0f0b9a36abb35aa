"""Uses of ops and blocks, checked: their fields and arguments, and the items that they refer to."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from itertools import chain
from typing import Any

from archcalc.errors import quote
from archcalc.expressions.expression import Expression, length
from archcalc.language.context import Context
from archcalc.language.declarations import must_be_given
from archcalc.language.model import ITEM_KEYS, Back, BlockUse, Body, Inputs, LayerName, OpUse, Value
from archcalc.language.values import SpecReader, near
from archcalc.ops.fields import written
from archcalc.ops.kinds import LAYER, FieldError
from archcalc.ops.op import Op
from archcalc.ops.registry import OPS, create


def op_use(
    reader: SpecReader, op: type[Op], given: Mapping[str, Any], at: str, context: Context
) -> OpUse:
    """A use of an op: its fields, constants of which are checked now."""
    infos = op.field_infos
    reader.known_keys(given, infos, at, "field", meant=ITEM_KEYS, see=_see(op))
    missing = [name for name in op.required_fields if name not in given]
    for name in missing:
        reader.problem(at, f"field {quote(name)} is missing")
    values: dict[str, Value] = {}
    layers: dict[str, str] = {}
    for name, value in given.items():
        if name not in infos:
            continue
        if infos[name].kind is LAYER:
            layers[name] = reference(reader, value, at, context, name)
        else:
            values[name] = reader.field(value, infos[name], name, at, context.with_channels)
    ready = None
    if not (missing or layers or any(isinstance(v, Expression) for v in values.values())):
        with suppress(FieldError):  # the field has been reported
            ready = create(op, values)
    lists = sum(length(value) for value in values.values() if isinstance(value, tuple))
    words = infos["padding"].words if "padding" in infos else ()
    return OpUse(op, values, layers, ready, words, lists)


def _see(op: type[Op]) -> str:
    return f"see archcalc ops {op.name}" if op.field_names else f"{op.name} has none"


def block_use(
    reader: SpecReader, block: str, given: Mapping[str, Any], at: str, context: Context
) -> BlockUse:
    """A use of a block of the file, or of an argument that holds a block or an op."""
    if block in reader.blocks or context.sees(block):
        reader.used.add(block)
    elif block in OPS:
        reader.problem(at, f"{quote(block)} is an op, not a block", f'"op": "{block}"')
    else:
        hint = near(block, chain(reader.blocks, context.seen()))
        reader.problem(at, f"no block or argument {quote(block)}", hint)
    declared = reader.blocks.get(block, {})
    for name, default in declared.items():
        if must_be_given(default) and name not in given:
            reader.problem(at, f"argument {quote(name)} of block {quote(block)} is missing")
    weights = ""
    if "weights" in given and "weights" not in declared:
        weights = reference(reader, given["weights"], at, context, "weights")
        given = {key: value for key, value in given.items() if key != "weights"}
    return BlockUse(block, arguments(reader, block, given, at, context), weights)


def arguments(
    reader: SpecReader, block: str, given: Mapping[str, Any], at: str, context: Context
) -> dict[str, Value]:
    """What a use gives a block; which block an argument holds is known when it is expanded."""
    for key in given:
        if key not in reader.blocks.get(block, given):
            hint = near(key, reader.blocks[block])
            reader.problem(at, f"block {quote(block)} has no argument {quote(key)}", hint)
    return {key: _argument(reader, key, value, at, context) for key, value in given.items()}


def _argument(reader: SpecReader, key: str, value: Any, at: str, context: Context) -> Value:
    """A value, or the name of an earlier item, whose parameters the block can then use."""
    seen = context.with_channels
    is_name = isinstance(value, str) and context.names.knows(value)
    if is_name and not (seen.sees(value) or value in reader.blocks or value in OPS):
        return LayerName(value)
    return reader.argument(value, at, seen, f"argument {quote(key)}")


def first_copy(
    reader: SpecReader, tree: Any, body: Body, at: str, own: Context, context: Context
) -> tuple[dict[str, Value], Inputs | None]:
    """What copy 0 has otherwise: values, and inputs."""
    first = reader.object(tree, at, "first")
    at = f"{at}: first"
    given = {key: value for key, value in first.items() if key != "inputs"}
    values = {}
    match body:
        case BlockUse(block=block):
            values = arguments(reader, block, given, at, own)
        case OpUse(op=op):
            infos = {k: info for k, info in op.field_infos.items() if info.kind is not LAYER}
            reader.known_keys(given, infos, at, "field", meant=ITEM_KEYS)
            values = {
                key: reader.field(value, infos[key], key, at, own.with_channels)
                for key, value in given.items()
                if key in infos
            }
        case _:
            for key in given:
                reader.problem(at, f"cannot set {quote(key)} of inline layers")
    return values, inputs(reader, first["inputs"], at, context) if "inputs" in first else None


# --- references to earlier items ------------------------------------------------------------------


def reference(reader: SpecReader, value: Any, at: str, context: Context, what: str = "") -> str:
    """The name of an earlier item, or a dotted path into one.

    Instead of a layer whose parameters are used, an argument that holds one can be named.
    """
    if not isinstance(value, str):
        takes = f"{what} takes the name of an earlier item".lstrip()
        reader.problem(at, f"{takes}, got {written(value)}")
        return ""
    path = value.removesuffix(".*")
    if not context.names.knows(path):
        if what == "weights" and context.sees(path):
            reader.used.add(path)
            return value
        later = "it comes later" if context.names.comes_later(path) else ""
        hint = later or near(path, context.names.all())
        reader.problem(at, f"no earlier item {quote(path)}", hint)
    return value


def inputs(reader: SpecReader, value: Any, at: str, context: Context) -> Inputs:
    """What an item takes."""
    references = value if isinstance(value, list) else [value]
    if not references:
        reader.problem(at, "inputs is empty")
    found: list[str | Back] = []
    for one in references:
        if isinstance(one, str) and not one.startswith("-"):
            found.append(reference(reader, one, at, context, "inputs"))
        elif isinstance(one, str | int) and not isinstance(one, bool):
            found.append(Back(reader.number(one, at, "inputs", context)))
        else:
            takes = "inputs takes names of earlier items, or steps back such as -1"
            reader.problem(at, f"{takes}; got {written(one)}")
    return tuple(found)
