"""The arguments of a network or a block, declared: defaults, a sentence, what is allowed."""

from __future__ import annotations

from collections.abc import Collection
from fractions import Fraction
from keyword import iskeyword
from typing import Any

from archcalc.errors import quote
from archcalc.expressions.expression import Expression
from archcalc.language.context import Context
from archcalc.language.model import Argument, Value
from archcalc.language.strict_json import at_key
from archcalc.language.values import SpecReader, near
from archcalc.ops.fields import written

DECLARATION_KEYS = (
    "default", "note", "values", "minimum", "maximum", "any_length", "as_long_as"
)  # fmt: skip
MOST_ARGUMENTS = 1_000
"""The most arguments of a network or a block."""
MOST_ALLOWED = 64
"""The most values that an argument allows, where it names them."""


def must_be_given(declared: Any) -> bool:
    """Whether an argument, as a file declares it, has no default."""
    return declared is None or (isinstance(declared, dict) and declared.get("default") is None)


def read_arguments(
    reader: SpecReader,
    tree: Any,
    place: str,
    outer: tuple[Collection[str], ...],
    reserved: tuple[str, ...],
    *,
    may_lack_default: bool,
) -> dict[str, Argument]:
    """Declared arguments; each default sees the arguments before it, and those of `outer`.

    No expression can read one that is named with a word of Python, such as `not`.
    """
    arguments: dict[str, Argument] = {}
    context = Context(*outer, arguments)
    declared = reader.object(tree, place)
    if len(declared) > MOST_ARGUMENTS:
        reader.problem(place, f"has more than {MOST_ARGUMENTS:,} arguments")
        return {}
    for name, value in declared.items():
        here = at_key(place, name)
        reader.name(name, here)
        if name in reserved or iskeyword(name):
            reader.problem(here, f"an argument cannot be named {quote(name)}")
        if name in reader.blocks:
            reader.problem(here, f"argument {quote(name)} is named like a block")
        if must_be_given(value) and not may_lack_default:
            takes = "an argument takes a number, a list or an expression"
            reader.problem(here, f"{takes}, got null" if value is None else "needs a default")
        arguments[name] = _argument(reader, value, here, context)
    return arguments


def _argument(reader: SpecReader, value: Any, place: str, context: Context) -> Argument:
    if value is None:
        return Argument(None)
    if not isinstance(value, dict):
        is_flag = isinstance(value, bool)
        return Argument(reader.argument(value, place, context), is_flag=is_flag)
    reader.known_keys(value, DECLARATION_KEYS, place)
    given = value.get("default")
    default = None if given is None else reader.argument(given, at_key(place, "default"), context)
    allowed = value.get("values", [])
    if not isinstance(allowed, list) or ("values" in value and not allowed):
        reader.problem(at_key(place, "values"), "takes a list of allowed values")
        allowed = []
    if len(allowed) > MOST_ALLOWED:
        reader.problem(at_key(place, "values"), f"has more than {MOST_ALLOWED} values")
        allowed = []
    return Argument(
        default,
        reader.text(value.get("note", ""), at_key(place, "note")),
        tuple(
            reader.argument(one, at_key(at_key(place, "values"), i), context)
            for i, one in enumerate(allowed)
        ),
        _limit(reader, value, "minimum", place),
        _limit(reader, value, "maximum", place),
        _flag(reader, value, "any_length", place),
        _other(reader, value, place, context),
        isinstance(given, bool),
    )


def _other(reader: SpecReader, tree: dict[str, Any], place: str, context: Context) -> str:
    """The earlier argument that a list is as long as."""
    here = at_key(place, "as_long_as")
    name = reader.text(tree.get("as_long_as", ""), here)
    if name and not context.sees(name):
        reader.problem(here, f"no earlier argument {quote(name)}", near(name, context.seen()))
    return name


def _limit(reader: SpecReader, tree: dict[str, Any], key: str, place: str) -> Any:
    limit = tree.get(key)
    if key in tree and (isinstance(limit, bool) or not isinstance(limit, int | Fraction)):
        reader.problem(at_key(place, key), f"takes a number, got {written(limit)}")
        return None
    return limit


def _flag(reader: SpecReader, tree: dict[str, Any], key: str, place: str) -> bool:
    flag = tree.get(key, False)
    if not isinstance(flag, bool):
        reader.problem(at_key(place, key), f"takes true or false, got {written(flag)}")
    return flag is True


def names_in(values: Collection[Value]) -> set[str]:
    """The names in those of some values that are expressions."""
    return set().union(*(value.names for value in values if isinstance(value, Expression)))
