"""Strict JSON from an untrusted file: bounded, exact numbers, no duplicate keys, printable text."""

from __future__ import annotations

import codecs
import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from archcalc.errors import Problem, SpecError, is_legible, quote
from archcalc.expressions.expression import ExpressionError
from archcalc.expressions.parsing import MOST_DIGITS, literal
from archcalc.untrusted import read_untrusted

LARGEST_FILE = 1 << 20
"""The most bytes of a file."""
_DEEPEST = 64
"""The most values within each other."""
_LONGEST_TEXT = 500
"""The most characters of a text."""
MOST_PROBLEMS = 100
"""The number of problems after which nobody reads on."""
_LONGEST_PLACE = 200
"""The most characters of a place; of a longer one, the middle is left out."""
BYTE_ORDER_MARKS = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


class _Refused:
    """A value that JSON has and a spec must not; it is reported with its place."""

    def __init__(self, problem: str):
        self.problem = problem


class _Repetitive(dict[str, Any]):
    """An object that was given some key twice."""

    def __init__(self, pairs: list[tuple[str, Any]]):
        super().__init__(pairs)
        times = Counter(key for key, _ in pairs)
        self.duplicates = [key for key in self if times[key] > 1]


def read_file(path: Path) -> Any:
    """The JSON value in a file.

    Raises:
        ArchcalcError: the file cannot be read.
        SpecError: it is not strict JSON.
    """
    return read_text(decoded(read_bytes(path), str(path)), str(path))


def read_bytes(path: Path) -> bytes:
    """What a file holds; a pipe or a device is not opened, since it may never end.

    Raises:
        ArchcalcError: the file cannot be read.
    """
    return read_untrusted(path, LARGEST_FILE + 1)


def decoded(data: bytes, name: str) -> str:
    """The text of a file; `name` is the file's, for messages.

    Raises:
        SpecError: it is no plain UTF-8.
    """
    if len(data) > LARGEST_FILE:
        raise SpecError(name, [Problem("", "is larger than 1 MiB")])
    if data.startswith(BYTE_ORDER_MARKS):
        raise SpecError(
            name, [Problem("", "starts with a byte-order mark", "save it as plain UTF-8")]
        )
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SpecError(name, [Problem("", f"is not UTF-8 text (byte {error.start})")]) from None


def read_text(text: str, name: str) -> Any:
    """The JSON value that a text writes; `name` is the file's, for messages.

    Raises:
        SpecError: the text is no JSON, or has what no spec may have.
    """
    try:
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_number,
            parse_constant=lambda word: _Refused(f"{word} is no number of a spec"),
        )
    except json.JSONDecodeError as error:
        at, problem = _not_json(text, error)
        line, column = text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
        place = f"{name}:{line}:{column}"
        raise SpecError(place, [Problem("", f"not JSON: {problem}")]) from None
    except RecursionError:
        raise SpecError(name, [Problem("", f"is nested deeper than {_DEEPEST} levels")]) from None
    problems = list(islice(_problems(value), MOST_PROBLEMS))
    if problems:
        raise SpecError(name, problems)
    return value


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    return value if len(value) == len(pairs) else _Repetitive(pairs)


def _integer(digits: str) -> Any:
    return int(digits) if len(digits) <= MOST_DIGITS else _number(digits)


def _number(digits: str) -> Any:
    try:
        return literal(digits)
    except ExpressionError as error:
        return _Refused(str(error))


_NOT_IN_JSON = {
    "//": "a comment, which JSON has not",
    "/*": "a comment, which JSON has not",
    "#": "a comment, which JSON has not",
    "'": "a text stands in double quotes",
    "True": "it is written true",
    "False": "it is written false",
    "None": "it is written null",
}
"""What people write where JSON takes no value and no key, and what is said of it."""


def _not_json(text: str, error: json.JSONDecodeError) -> tuple[int, str]:
    """Where a text is no JSON, and why; Python's decoder says so in terms of what it expected."""
    at = len(text) - len(text[error.pos :].lstrip())
    comma = len(text[:at].rstrip()) - 1
    if text[at : at + 1] == ",":  # where Python from 3.13 on finds it
        comma, at = at, len(text) - len(text[at + 1 :].lstrip())
    closing = text[at : at + 1]
    if closing in ("]", "}") and text[comma : comma + 1] == ",":
        return comma, f"a trailing comma, in front of the closing {quote(closing)}"
    for words, problem in _NOT_IN_JSON.items():
        if text.startswith(words, at):
            return at, problem
    problem = error.msg.removesuffix(" at").removesuffix(" starting")
    return error.pos, problem[:1].lower() + problem[1:]


_Place = tuple[Any, str | int] | None
"""Where a value stands: the place of what it is in, and its key or number there."""


def _problems(value: Any, place: _Place = None, depth: int = 1) -> Iterator[Problem]:
    """What is wrong in a value, in the file's order."""
    if depth > _DEEPEST:
        yield Problem(_path(place), f"is nested deeper than {_DEEPEST} levels")
    elif isinstance(value, _Refused):
        yield Problem(_path(place), value.problem)
    elif isinstance(value, str):
        if not _is_sound(value):
            yield _text_problem(value, place)
    elif isinstance(value, dict):
        for key in value.duplicates if isinstance(value, _Repetitive) else ():
            yield Problem(_path(place), f"key {quote(key)} is given twice")
        for key in value:
            if not _is_sound(key):
                yield _text_problem(key, place)
        for key, child in value.items():
            if not _is_plain(child):
                yield from _problems(child, (place, key), depth + 1)
    elif isinstance(value, list):
        for i, child in enumerate(value):
            if not _is_plain(child):
                yield from _problems(child, (place, i), depth + 1)


def _is_plain(value: Any) -> bool:
    """Whether it is a number or a text with nothing wrong: most values are, and need no place."""
    kind = type(value)
    return kind is int or (kind is str and _is_sound(value))


def _is_sound(text: str) -> bool:
    return len(text) <= _LONGEST_TEXT and is_legible(text)


def _text_problem(text: str, place: _Place) -> Problem:
    if len(text) > _LONGEST_TEXT:
        problem = f"a text of {len(text)} characters; the most is {_LONGEST_TEXT}"
    else:
        problem = f"{quote(text)} has characters that cannot be printed"
    return Problem(_path(place), problem)


def _path(place: _Place) -> str:
    """A place as it is written: `blocks.unit.layers[0]`."""
    parts: list[str | int] = []
    while place is not None:
        place, part = place
        parts.append(part)
    text = ""
    for part in reversed(parts):
        text = at_key(text, part)
    return text


def at_key(place: str, key: str | int) -> str:
    """The place of a key's value, or of a list's: `blocks.unit.layers`, `layers[0]`."""
    if isinstance(key, int):
        return shortened(f"{place}[{key}]")
    safe = quote(key, marks="")
    return shortened(f"{place}.{safe}" if place else safe)


def shortened(place: str) -> str:
    """A place without its middle, where it is long: its file has lists within lists."""
    if len(place) <= _LONGEST_PLACE:
        return place
    half = _LONGEST_PLACE // 2
    return f"{place[:half]}...{place[3 - half :]}"
