"""The way up from a network to its pictures, which stand above it.

`net.plot("cost")` draws a network, but a picture is made of networks. So neither imports the other
for it: `archcalc` itself, which knows both, says here what draws, when it is imported. Likewise for
what `print` and a notebook show of a result.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers read it; `typing` is not loaded for `archcalc --help`
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal

DRAWN_BY: dict[Literal["plot", "notebook_page", "text"], Callable[..., Any]] = {}
"""`plot(kind, net)` makes a picture, `notebook_page(shown)` the HTML that a notebook shows, and
`text(shown)` what is printed."""


class PrintedResult:
    """What was computed, which `print` and notebooks show as commands do."""

    def __str__(self) -> str:
        return str(DRAWN_BY["text"](self))

    def _repr_html_(self) -> str:
        return str(DRAWN_BY["notebook_page"](self))
