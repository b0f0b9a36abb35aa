"""Reports: Markdown pages that GitHub renders, one a network, one of claims, and an overview.

Every page is generated; nothing in them is typed by hand.
"""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.claims.judge import judge
from archcalc.claims.ledger import ledgers
from archcalc.network import load
from archcalc.report.claims_page import claims_page
from archcalc.report.network_page import network_page
from archcalc.report.overview import overview


def pages(models: Sequence[str], studies: Sequence[str] = ()) -> dict[str, str]:
    """The text of every page by its file name; `README.md` is the overview.

    `models` and `studies` are what `load` takes. A report without studies is about its networks
    alone: the claims about others, and their page, are left out too.
    """
    networks = [load(model) for model in models]
    judged = judge(ledgers())
    files = {
        f"{net.name}.md": network_page(net, load(model, mode="train"), judged)
        for model, net in zip(models, networks, strict=True)
    }
    if not studies:
        return {"README.md": overview(networks), **files}
    first = overview(networks, [load(study) for study in studies], judged)
    return {"README.md": first, "claims.md": claims_page(judged), **files}


__all__ = ["pages"]
