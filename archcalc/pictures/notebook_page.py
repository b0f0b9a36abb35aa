"""What a notebook shows of a network: its totals, where its cost is, and its layers, folded."""

from __future__ import annotations

import html
from dataclasses import replace

from archcalc.formats import HTML
from archcalc.network import Network
from archcalc.pictures.cost_picture import cost_picture
from archcalc.tables.layer_table import layer_table


def notebook_page(net: Network) -> str:
    """The HTML of a network in a notebook."""
    table = replace(layer_table(net, notes=False), title="")
    return (
        f"<p>{html.escape(repr(net))}</p>{cost_picture(net).svg}"
        f"<details><summary>layers</summary>{HTML.table(table)}</details>"
    )
