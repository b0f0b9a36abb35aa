"""What a notebook shows: of a network its totals, where its cost is, and its layers, folded; of a
group its layers, of a layer its arithmetic; of several networks, and of closed forms, what commands
print."""

from __future__ import annotations

import html
from dataclasses import replace
from functools import singledispatch
from typing import Any

from archcalc.explanation import explain
from archcalc.formats import HTML
from archcalc.network import Network
from archcalc.parts.part import Part
from archcalc.pictures.cost_picture import cost_picture
from archcalc.results import printable_of
from archcalc.tables.layer_table import layer_table


@singledispatch
def notebook_page(shown: Any) -> str:
    """The HTML of a network, or of what is computed of networks, in a notebook."""
    return _to_the_left("\n".join(map(HTML.block, printable_of(shown).as_blocks())))


@notebook_page.register
def _of_part(part: Part) -> str:
    if part.node is None:
        return f"<p>{html.escape(repr(part))}</p>{_layers(part)}"
    return f"<pre>{html.escape(str(explain(part.network, part.path)))}</pre>"


@notebook_page.register
def _of_network(net: Network) -> str:
    return (
        f"<p>{html.escape(repr(net))}</p>{cost_picture(net).svg}"
        f"<details><summary>layers</summary>{_layers(net)}</details>"
    )


def _layers(part: Part) -> str:
    return _to_the_left(HTML.table(replace(layer_table(part, notes=False), title="")))


def _to_the_left(tables: str) -> str:
    """Tables whose cells are at the left unless they say where they are: notebooks have them at the
    right. Lines above a table stay lines, however narrow it is."""
    style = 'style="text-align: left;"'
    caption = '<caption style="text-align: left; white-space: pre;">'
    cells = tables.replace("<td>", f"<td {style}>").replace("<th>", f"<th {style}>")
    return cells.replace("<caption>", caption)
