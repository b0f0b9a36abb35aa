"""Reports: Markdown pages that GitHub renders, one a network, one of claims, and an overview.

Every page is generated; nothing in them is typed by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from functools import partial

from archcalc.claims.judge import judge
from archcalc.claims.ledger import ledgers
from archcalc.claims.subject import Networks, is_as_defined
from archcalc.errors import ArchcalcError, quote
from archcalc.network import Network
from archcalc.parts.checks import check_learning_known
from archcalc.report.claims_page import claims_page
from archcalc.report.network_page import network_page, page_name
from archcalc.report.overview import overview

MakePage = Callable[[Network], dict[str, str]]
Each = Callable[[MakePage, Sequence[Network]], Iterable[dict[str, str]]]


def pages(
    networks: Sequence[Network],
    studies: Sequence[Network] = (),
    each: Each = map,
) -> dict[str, str]:
    """The text of every page and picture by its file name; `README.md` is the overview.

    A report without studies is about its networks alone: the claims about others, and their page,
    are left out too. `each` makes the pages of all networks, as `map` does.

    Raises:
        ArchcalcError: two networks whose pages would have the same name.
    """
    _check_names(networks)
    check_learning_known(networks, "report")
    claims = ledgers()
    if not studies:
        names = {net.name for net in networks}
        claims = [claim for claim in claims if names & {*claim.models}]
    judged = judge(claims, Networks(loaded=filter(is_as_defined, (*networks, *studies))))
    files: dict[str, str] = {}
    page = partial(network_page, judged=judged, is_beside_specs=bool(studies))
    for written in each(page, networks):
        files |= written
    if not studies:
        return _pages_first({**overview(networks), **files})
    first = overview(networks, studies, judged)
    return _pages_first({**first, "claims.md": claims_page(judged), **files})


def _pages_first(files: dict[str, str]) -> dict[str, str]:
    """Pages before pictures, so that what fails to be written is named by its page."""
    return dict(sorted(files.items(), key=lambda file: not file[0].endswith(".md")))


def _check_names(networks: Sequence[Network]) -> None:
    """Refuse networks that would have the same page, also where a disk knows no upper case."""
    taken = {"readme.md": "the overview", "claims.md": "the claims"}
    for net in networks:
        page, called = page_name(net), quote(net.spelled, "")
        other = taken.setdefault(page.lower(), called)
        if other != called:
            raise ArchcalcError(
                f"{called} and {other} would have the same page, {page}; rename one of them"
            )


__all__ = ["pages"]
