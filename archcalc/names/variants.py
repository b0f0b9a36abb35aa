"""A model with settings of its own, in one word: `resnet50[num_classes=10,width=0.75]`.

A setting is an argument of the network, or `input`, `batch` or `mode` where no argument has that
name. Only settings stand in brackets at the end of a model's name, and only commas outside brackets
separate models.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from archcalc.errors import ArchcalcError, quote


class Variant(NamedTuple):
    """A built-in name or a file's path, and the settings behind it."""

    model: Any
    settings: Mapping[str, str]

    def __str__(self) -> str:
        return f"{self.model}{in_brackets(self.settings)}"

    def without(self, *names: str) -> str:
        """The model without some settings, as one word."""
        kept = {name: value for name, value in self.settings.items() if name not in names}
        return f"{self.model}{in_brackets(kept)}"


def in_brackets(settings: Mapping[str, str]) -> str:
    """Settings as they stand behind a model's name; no brackets where there are none."""
    return f"[{','.join(f'{name}={value}' for name, value in settings.items())}]" * bool(settings)


def read_variant(text: Any) -> Variant:
    """The model and the settings that a text names; what is no text names no settings.

    >>> read_variant("resnet50[units=[3, 4, 23, 3],groups=32]").settings
    {'units': '[3,4,23,3]', 'groups': '32'}

    Raises:
        ArchcalcError: a bracket is not closed, or a setting is not NAME=VALUE or is given twice.
    """
    if not isinstance(text, str) or "[" not in text or text.endswith(".json"):
        return Variant(text, {})
    start = _opening(text)
    if start is None:
        if re.search(r"[*?]|\.json:", text):
            return Variant(text, {})  # a pattern's letters, a path's own brackets
        raise ArchcalcError(
            f"settings stand in brackets, resnet50[num_classes=10]; got {quote(text)}"
        )
    model, inside = text[:start], text[start + 1 : -1]
    return Variant(model, read_settings(between_commas(inside), quote(model, marks="")))


def _opening(text: str) -> int | None:
    """Where the bracket opens that closes at the end of a text, if all brackets are closed."""
    open_at: list[int] = []
    last = None
    for i, character in enumerate(text):
        if character == "[":
            open_at.append(i)
        elif character == "]":
            if not open_at:
                return None
            last = open_at.pop()
    return last if text.endswith("]") and not open_at else None


def between_commas(text: str) -> list[str]:
    """What commas separate, but for those inside brackets.

    >>> between_commas("resnet50[groups=32,units=[3, 4]], vgg16")
    ['resnet50[groups=32,units=[3, 4]]', 'vgg16']
    """
    parts, depth = [""], 0
    for character in text:
        depth += (character == "[") - (character == "]")
        if character == "," and depth <= 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts]


def separated(names: str | Iterable[str]) -> list[str]:
    """The names in a text that commas separate, or those that are given one by one.

    >>> separated("macs, depth"), separated(["macs"])
    (['macs', 'depth'], ['macs'])
    """
    if isinstance(names, str):
        return [name.strip() for name in names.split(",") if name.strip()]
    return list(names)


def read_settings(settings: Iterable[str], taker: str) -> dict[str, str]:
    """`("num_classes=10",)` as {"num_classes": "10"}; `taker` is what takes them: `--set`.

    Raises:
        ArchcalcError: one is not NAME=VALUE, or sets what another one has set.
    """
    pairs: dict[str, str] = {}
    for setting in settings:
        name, equals, value = (part.strip() for part in setting.partition("="))
        if not equals or not name or not value:
            raise ArchcalcError(f"{taker} takes NAME=VALUE, got {quote(setting)}")
        if name in pairs:
            raise ArchcalcError(f"{taker} gives {quote(name)} twice")
        pairs[name] = re.sub(r"\s*,\s*", ",", value)
    return pairs
