"""The fields of an op: each declared once, with the kind of its values, a line of documentation and
its name in formulas.

From that the reader checks the value in a spec file, the JSON Schema completes it in an editor, the
reference documents it, and an explanation names it.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any, NamedTuple

from archcalc.errors import LONGEST_QUOTE, quote
from archcalc.ops.kinds import LAYER, FieldError, Kind

REQUIRED: Any = object()
"""The default of a field that must be given."""


class FieldInfo(NamedTuple):
    """What is said about a field: its kind, one line of documentation, its name in formulas."""

    kind: Kind
    doc: str
    default: Any = REQUIRED
    """What it is where it is not given: a string names the field whose value it takes (a pool's
    stride is its kernel_size), unless the kind itself is text."""
    symbol: str = ""
    silent: int | None = None
    """The value that formulas leave out: no bias, one group."""
    words: tuple[str, ...] = ()
    """Plain words that a spec file can give instead of a value; reading settles what they mean."""

    @property
    def accepts(self) -> str:
        """What a spec file can give."""
        if not self.words:
            return self.kind.accepts
        parts = [*self.kind.accepts.split(", or "), *map(quote, self.words)]
        return f"{', '.join(parts[:-1])} or {parts[-1]}"


def field(
    kind: Kind,
    doc: str,
    *,
    default: Any = REQUIRED,
    symbol: str = "",
    silent: int | None = None,
    words: tuple[str, ...] = (),
) -> Any:
    """Declare a field of an op, as a FieldInfo says it."""
    return FieldInfo(kind, doc, default, symbol, silent, words)


def shared_weights() -> Any:
    """The field that names the layer whose parameters an op uses in place of its own."""
    return field(LAYER, "an earlier layer whose parameters this one uses", default="")


def check(kind: Kind, value: Any) -> Any:
    """The value as the kind keeps it.

    Raises:
        FieldError: says what the kind takes and what it got.
    """
    try:
        return kind.check(value)
    except FieldError:
        raise FieldError(f"takes {kind.accepts}, got {written(value)}") from None


def written(value: Any) -> str:
    """A value as a spec file writes it, cut where it is long.

    >>> written((1, Fraction(17, 100), Fraction(2, 3), True))
    '[1, 0.17, 2/3, true]'
    """
    if isinstance(value, Fraction):
        decimal = repr(float(value))
        return decimal if "e" not in decimal and Fraction(decimal) == value else str(value)
    if isinstance(value, tuple | list):
        text = "[" + ", ".join(map(written, value[:LONGEST_QUOTE])) + "]"
        return text if len(text) <= LONGEST_QUOTE else text[: LONGEST_QUOTE - 3] + "..."
    if isinstance(value, dict):
        return "an object"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if hasattr(value, "name"):  # a block or an op that an argument holds
        return str(value.name)
    return quote(value) if isinstance(value, str) else str(value)
