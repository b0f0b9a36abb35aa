"""The page of whatever is explained: a layer, a group of layers or a network."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from archcalc.explanation.group_page import group_page
from archcalc.explanation.leaf_page import leaf_page
from archcalc.explanation.network_page import network_page
from archcalc.explanation.page import Page, words
from archcalc.explanation.tree import Explanation


def page(part: Explanation, width: int = 100, stated: Sequence[str] = ()) -> Page:
    """An explanation as it is read; `stated` is what documents say of it, under its end."""
    if part.layer is None:
        found = network_page(part)
    elif part.main is not None and part.values == part.main.values:
        found = leaf_page(part, part.main)
    else:
        found = group_page(part, width)
    lines = [words("" if i else "stated", text) for i, text in enumerate(stated)]
    return replace(found, items=[*found.items, *lines])
