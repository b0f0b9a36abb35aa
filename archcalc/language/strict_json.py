"""Strict JSON from an untrusted file: bounded, exact numbers, no duplicate keys, printable text."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from archcalc.errors import Problem, SpecError, quote
from archcalc.expression import ExpressionError, literal

LARGEST_FILE = 1 << 20
DEEPEST = 64
LONGEST_TEXT = 500
MOST_PROBLEMS = 100


class _Refused:
    """A value that JSON has and a spec must not; it is reported with its place."""

    def __init__(self, problem: str):
        self.problem = problem


class _Object(dict[str, Any]):
    """An object that remembers the keys that were given twice."""

    def __init__(self, pairs: list[tuple[str, Any]]):
        super().__init__(pairs)
        self.duplicates: list[str] = []
        if len(self) < len(pairs):
            times = Counter(key for key, _ in pairs)
            self.duplicates = [key for key in self if times[key] > 1]


def read_file(path: Path) -> Any:
    """The JSON value in a file.

    Raises:
        SpecError: the file cannot be read, or is not strict JSON.
    """
    name = str(path)
    try:
        with path.open("rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise SpecError(name, [Problem("", f"cannot be read: {reason}")]) from None
    if len(data) > LARGEST_FILE:
        raise SpecError(name, [Problem("", "is larger than 1 MiB")])
    if data.startswith(b"\xef\xbb\xbf"):
        raise SpecError(
            name, [Problem("", "starts with a byte-order mark", "save it as plain UTF-8")]
        )
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise SpecError(name, [Problem("", f"is not UTF-8 text (byte {error.start})")]) from None
    return read_text(text, name)


def read_text(text: str, name: str) -> Any:
    """The JSON value that a text writes; `name` is the file's, for messages."""
    try:
        value = json.loads(
            text,
            object_pairs_hook=_Object,
            parse_int=_number,
            parse_float=_number,
            parse_constant=lambda word: _Refused(f"{word} is no number of a spec"),
        )
    except json.JSONDecodeError as error:
        place = f"{name}:{error.lineno}:{error.colno}"
        raise SpecError(place, [Problem("", f"not JSON: {_lower_first(error.msg)}")]) from None
    except RecursionError:
        raise SpecError(name, [Problem("", f"is nested deeper than {DEEPEST} levels")]) from None
    problems = list(islice(_problems(value), MOST_PROBLEMS))
    if problems:
        raise SpecError(name, problems)
    return value


def _number(digits: str) -> Any:
    try:
        return literal(digits)
    except ExpressionError as error:
        return _Refused(str(error))


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]


_Place = tuple[Any, str | int] | None
"""Where a value stands: the place of what it is in, and its key or number there."""


def _problems(value: Any) -> Iterator[Problem]:
    stack: list[tuple[Any, _Place, int]] = [(value, None, 1)]
    while stack:
        value, place, depth = stack.pop()
        if depth > DEEPEST:
            yield Problem(_path(place), f"is nested deeper than {DEEPEST} levels")
        elif isinstance(value, _Refused):
            yield Problem(_path(place), value.problem)
        elif isinstance(value, str):
            yield from _text_problems(value, place)
        elif isinstance(value, _Object):
            for key in value.duplicates:
                yield Problem(_path(place), f"key {quote(key)} is given twice")
            for key in value:
                yield from _text_problems(key, place)
            stack += reversed([(child, (place, key), depth + 1) for key, child in value.items()])
        elif isinstance(value, list):
            stack += reversed([(child, (place, i), depth + 1) for i, child in enumerate(value)])


def _text_problems(text: str, place: _Place) -> tuple[Problem, ...]:
    if len(text) > LONGEST_TEXT:
        problem = f"a text of {len(text)} characters; the most is {LONGEST_TEXT}"
    elif not text.isprintable():
        problem = f"{quote(text)} has characters that cannot be printed"
    else:
        return ()
    return (Problem(_path(place), problem),)


def _path(place: _Place) -> str:
    """A place as it is written: `blocks.unit.layers[0]`."""
    parts: list[str | int] = []
    while place is not None:
        place, part = place
        parts.append(part)
    text = ""
    for part in reversed(parts):
        text = f"{text}[{part}]" if isinstance(part, int) else at_key(text, part)
    return text


def at_key(place: str, key: str) -> str:
    """The place of a key's value: `blocks.unit.layers`."""
    safe = quote(key, marks="")
    return f"{place}.{safe}" if place else safe
