"""The way up from a network to its pictures, which stand above it.

`net.plot("cost")` draws a network, but a picture is made of networks. So neither imports the other
for it: `archcalc` itself, which knows both, says here what draws, when it is imported. Likewise for
what a notebook shows.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

DRAWN_BY: dict[Literal["plot", "notebook_page"], Callable[..., Any]] = {}
"""`plot(kind, net)` makes a picture, `notebook_page(shown)` the HTML that a notebook shows."""
