"""The colours of pictures, each in a light and a dark scheme.

Those of marks are apart for readers with any kind of colour blindness; `tests/test_pictures.py`
measures how far. Colour never says alone what it says: kernels are written into bars, families
have a shape each.
"""

from __future__ import annotations

from typing import NamedTuple


class Colour(NamedTuple):
    """One role's colour in both schemes."""

    light: str
    dark: str


SURFACES = {
    "paper": Colour("#ffffff", "#0d1117"),
    "ink": Colour("#1f2328", "#e6edf3"),
    "muted": Colour("#59636e", "#9aa4af"),
    "grid": Colour("#dde2e7", "#2b323a"),
    "panel": Colour("#f4f6f9", "#151b23"),
    "box": Colour("#ffffff", "#151b23"),
    "edge": Colour("#8b95a1", "#6e7681"),
    "fewer": Colour("#1a7f37", "#4ac264"),
    "more": Colour("#b3204d", "#ff7b9c"),
    "live": Colour("#9aa3af", "#566270"),
    "field": Colour("#5b8f3a", "#8cc464"),
    "plain": Colour("#4292c6", "#5aa4ec"),
}
"""Of the page, of text and of single bars."""

KINDS = {
    "1x1": Colour("#08519c", "#cfe5ff"),
    "3x3": Colour("#4292c6", "#62a8f5"),
    "larger": Colour("#a9d2e8", "#2a62b8"),
    "depthwise": Colour("#4d7a2c", "#7ddc8f"),
    "linear": Colour("#de7900", "#f2953a"),
    "products": Colour("#8a2f6b", "#b26bad"),
    "other": Colour("#8d9096", "#a9adb4"),
}
"""Of the kinds of layer that cost multiply-adds or have parameters."""

ON_KINDS = {
    "1x1": Colour("#ffffff", "#0d1117"),
    "3x3": Colour("#0d1117", "#0d1117"),
    "larger": Colour("#0d1117", "#ffffff"),
    "depthwise": Colour("#ffffff", "#0d1117"),
    "linear": Colour("#0d1117", "#0d1117"),
    "products": Colour("#ffffff", "#0d1117"),
    "other": Colour("#0d1117", "#0d1117"),
}
"""Of text on them."""

MARKS = {
    "grey": Colour("#242527", "#e8e8e9"),
    "brown": Colour("#88640b", "#ffb91e"),
    "blue": Colour("#0f75d1", "#8bc1e5"),
    "navy": Colour("#071f8f", "#6979c8"),
    "green": Colour("#10501d", "#0ff49c"),
    "purple": Colour("#cc2886", "#b9678f"),
    "red": Colour("#b25858", "#f25651"),
    "violet": Colour("#7a08da", "#ae4bfb"),
}
"""Of families of networks, which have a shape each besides."""

COLOURS = {
    **SURFACES,
    **{f"kind-{name}": colour for name, colour in KINDS.items()},
    **{f"on-{name}": colour for name, colour in ON_KINDS.items()},
    **{f"mark-{name}": colour for name, colour in MARKS.items()},
}
"""Every colour by the name of its role."""
