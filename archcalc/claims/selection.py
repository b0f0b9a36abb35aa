"""Which of all claims a user means."""

from __future__ import annotations

from collections.abc import Sequence

from archcalc.claims.ledger import Claim
from archcalc.errors import ArchcalcError, did_you_mean, quote


def selected(
    claims: Sequence[Claim], source: str = "", model: str = "", quantity: str = ""
) -> list[Claim]:
    """The claims of a source (or of all `documents` or `papers`), of a model, of a quantity.

    Raises:
        ArchcalcError: no claim has such a source, model or quantity.
    """
    chosen = list(claims)
    for name, wanted, values in (
        ("source", source, lambda c: {c.source.name, c.source.kind}),
        ("model", model, lambda c: c.models),
        ("quantity", quantity, lambda c: c.quantities),
    ):
        if not wanted:
            continue
        known = {value for claim in claims for value in values(claim)}
        if wanted not in known:
            hint = did_you_mean(wanted, sorted(known)) or f"such as {', '.join(sorted(known)[:4])}"
            raise ArchcalcError(f"no claim has the {name} {quote(wanted)}; {hint}")
        chosen = [claim for claim in chosen if wanted in values(claim)]
    return chosen


def one(claims: Sequence[Claim], id: str) -> Claim:
    """The claim of an id.

    Raises:
        ArchcalcError: there is none; what is stated about a model of that name is suggested first,
            then ids that begin so.
    """
    for claim in claims:
        if claim.id == id:
            return claim
    ids = [claim.id for claim in claims]
    longer = [known for known in ids if id and known.startswith(id)]
    hint = f"did you mean {' or '.join(map(quote, longer[:2]))}?" if longer else ""
    if len(longer) > 2:
        hint = f"{len(longer)} begin so, such as {quote(longer[0])} and {quote(longer[1])}"
    if any(id in claim.models for claim in claims):
        hint = f"archcalc claims --model {id} shows what is stated about it"
    hint = hint or did_you_mean(id, ids) or "see archcalc claims --source NAME"
    raise ArchcalcError(f"no claim {quote(id)}; {hint}")
