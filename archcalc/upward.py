"""The way up from what is computed to what shows it, which stands above it.

`net.plot("cost")` draws a network, but a picture is made of networks. So neither imports the other
for it: `archcalc` itself, which knows both, says here what shows it, when it is imported. Likewise
for what `print`, a notebook and pandas show of a result.
"""

from __future__ import annotations

TYPE_CHECKING = False  # as type checkers read it; `typing` is not loaded for `archcalc --help`
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, Literal

SHOWN_BY: dict[
    Literal["plot", "notebook_page", "render", "dataframe", "layers_dataframe"], Callable[..., Any]
] = {}
"""`plot(kind, net)` makes a picture, `notebook_page(shown)` the HTML that a notebook shows,
`render(shown, format, width)` what is printed, `dataframe(shown)` what pandas has of a result, and
`layers_dataframe(part, columns)` of layers."""
