"""The page of whatever is explained: of a layer, a group of layers or a network.

`page` is what pages are made of; `lines` and the modules beside it what a quantity says on each of
them, `by_quantity` which has which; `rows` the table of sums; `layer`, `group` and `network` put it
together, with what the `design` buys.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

from archcalc.explanation.pages.group import page_of_group
from archcalc.explanation.pages.layer import page_of_layer
from archcalc.explanation.pages.network import page_of_network
from archcalc.explanation.pages.page import Page, words
from archcalc.explanation.tree import Explanation

Saying = tuple[str, str]
"""A sentence that is said of what is explained, after its label."""


def page_of(explanation: Explanation, width: int = 100, said: Sequence[Saying] = ()) -> Page:
    """An explanation as it is read; `said` stands under its end, each with its label."""
    part, main = explanation.part, explanation.part.main
    if part is part.network:
        found = page_of_network(explanation)
    elif main is not None and explanation.values == replace(explanation, part=main).values:
        found = page_of_layer(explanation, main)
    else:
        found = page_of_group(explanation, width)
    lines = [words(label, text) for label, text in said]
    return replace(found, items=chain(found.items, lines))
