"""Judged claims as tables, summaries and explanations."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from archcalc.claims.calculation import Remark
from archcalc.claims.judge import AGREES, Judgement, finding_of
from archcalc.claims.ledger import SOURCE_KINDS, Claim
from archcalc.claims.stated import VERDICTS
from archcalc.claims.subject import Networks
from archcalc.formats import Column, Row, Table, cut, wrapped

MOST_SHOWN = 5
"""The most contradicted claims that a summary shows."""
LONGEST_CELL = 70
"""The most characters of a cell in text."""


# --- one line a claim -----------------------------------------------------------------------------


def verdict_text(judged: Judgement) -> str:
    """`rounded (down)`, `contradicted, 42.8% too low`."""
    found = judged.finding
    if found.rounding in ("down", "up"):
        return f"{found.verdict} ({found.rounding})"
    if found.difference and found.verdict in ("approximate", "contradicted"):
        return f"{found.verdict}, {found.difference}"
    return found.verdict


def stated_text(claim: Claim) -> str:
    """What is stated, as it is printed; of a table, its rows."""
    return _stated(claim.keys)


def _stated(keys: Mapping[str, Any]) -> str:
    if keys.get("stated") is not None:
        return str(keys["stated"])
    rows = keys.get("rows")
    if isinstance(rows, dict):
        return "; ".join(f"{name} {_cells(cells)}" for name, cells in rows.items())
    return "; ".join(map(_stated, keys.get("parts", [])))


def _cells(cells: Any) -> str:
    values = cells if isinstance(cells, list) else [cells]
    return ", ".join(str(value) for value in values if value is not None)


def sentence(judged: Judgement) -> str:
    """`stated 4M, computed 6,998,552: 42.8% too low; a reading that agrees: ...`."""
    found = judged.finding
    stated = _short(stated_text(judged.claim))
    if found.verdict == "not computable":
        return f"stated {stated}: not computable, {found.difference}"
    meaning = f" ({found.meaning})" if found.meaning else ""
    text = f"stated {stated}{meaning}, computed {_short(found.text)}"
    if found.figures:  # a table would be cut in the middle: its figures in short
        text = f"{found.difference}; first: {found.details[0]}" if found.details else found.text
    elif found.verdict in ("exact", "rounded"):
        text += f": {verdict_text(judged)}"
    elif found.difference:
        text += f": {found.difference}"
    if judged.reading:
        text += f"; a reading that agrees: {judged.reading}"
    if not judged.is_expected and judged.expectation:
        text += f"; expected {judged.expectation}"
        text += "" if judged.claim.demand else f", derived {judged.verdict}"
    return text


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_CELL else text[: LONGEST_CELL - 3] + "..."


def claim_record(judged: Judgement) -> dict[str, Any]:
    """What programs get of one claim."""
    claim, found = judged.claim, judged.finding
    subject, stated = claim.statement.subject, claim.statement.stated
    return {
        "id": claim.id,
        "source": claim.source.name,
        "at": claim.at,
        "claim": claim.text,
        "type": claim.check.assertion.name,
        "model": subject.model or None,
        "layer": ", ".join(subject.layer) or None,
        "quantity": subject.quantity or None,
        "stated": stated_text(claim) if stated is None else stated,
        "computed": found.computed,
        "verdict": found.verdict,
        "rounding": found.rounding,
        "difference": found.difference or None,
        "reading": judged.reading or None,
        "expected": claim.expected or (None if claim.demand == "any" else claim.demand or None),
        "is_expected": judged.is_expected,
        "convention": claim.convention or None,
        "confidence": claim.confidence,
        "literature": claim.literature or None,
        "note": judged.note,
    }


_COLUMNS = (
    Column("id", "claim", align="left"),
    Column("claim", "says", align="left", in_text=False),
    Column("stated", "stated", align="left"),
    Column("computed", "computed", align="left"),
    Column("verdict", "verdict", align="left"),
)


def judgement_table(judgements: Sequence[Judgement]) -> Table:
    """One row a claim."""
    rows = [
        Row(
            {
                "id": judged.claim.id,
                "claim": judged.claim.text,
                "stated": stated_text(judged.claim),
                "computed": judged.finding.text or None,
                "verdict": verdict_text(judged),
            }
        )
        for judged in judgements
    ]
    return Table("", _COLUMNS, rows, records=[claim_record(judged) for judged in judgements])


# --- text -----------------------------------------------------------------------------------------


SHORTEST_TITLE = 20
"""A title cut shorter than this says nothing."""


def verdicts(judgements: Sequence[Judgement]) -> Table:
    """Counts by source and verdict."""
    columns = (
        Column("source", "source", align="left"),
        *(Column(verdict, verdict, str) for verdict in VERDICTS),
        Column("claims", "claims", str),
        Column("title", "title", align="left", leaves=1, least=SHORTEST_TITLE),
    )
    sources = list(dict.fromkeys(judged.claim.source for judged in judgements))
    rows: list[Row | str] = [
        Row(
            _counts(source.name, [j for j in judgements if j.claim.source == source])
            | {"title": source.title}
        )
        for source in sources
    ]
    if len(sources) > 1:
        rows.append(Row(_counts("total", judgements)))
    return Table(_title(judgements), columns, rows)


def index(judgements: Sequence[Judgement], width: int) -> list[str]:
    """A line a claim: its id, its verdict, and what it says as far as that fits."""
    ids = max((len(judged.claim.id) for judged in judgements), default=0)
    words = max((len(judged.verdict) for judged in judgements), default=0)
    room = max(width - ids - words - 4, SHORTEST_TITLE)
    return [
        f"{judged.claim.id:<{ids}}  {judged.verdict:<{words}}  {cut(judged.claim.text, room)}"
        for judged in judgements
    ]


def _counts(name: str, judgements: Sequence[Judgement]) -> dict[str, Any]:
    counts = Counter(judged.verdict for judged in judgements)
    return {"source": name, **{v: counts[v] for v in VERDICTS}, "claims": len(judgements)}


def _title(judgements: Sequence[Judgement]) -> str:
    claims = f"{len(judgements)} claims" if len(judgements) != 1 else "1 claim"
    decided = sum(judged.verdict != "not computable" for judged in judgements)
    parts = []
    for kind in SOURCE_KINDS:
        count = len({j.claim.source for j in judgements if j.claim.source.kind == kind})
        if count:
            parts.append(f"{count} {kind if count > 1 else kind.removesuffix('s')}")
    return f"{claims} in {' and '.join(parts)}, {decided} of which a spec decides"


def lines(judgements: Sequence[Judgement], width: int) -> list[str]:
    """A claim a line, its id in front; what is too long goes on under it."""
    indent = min(max((len(j.claim.id) for j in judgements), default=0), 32) + 2
    text = []
    for judged in judgements:
        first, *rest = wrapped(sentence(judged), width - indent)
        name = judged.claim.id
        if len(name) > indent - 2:
            text.append(name)
            name = ""
        text.append(f"{name:<{indent}}{first}".rstrip())
        text += [" " * indent + line for line in rest]
    return text


def closing(judgements: Sequence[Judgement]) -> str:
    """Whether the verdicts are the ones that the ledgers expect."""
    if not judgements:
        return "no claim matches all of this"
    off = [judged for judged in judgements if not judged.is_expected]
    if judgements[0].claim.demand:
        return f"{len(judgements) - len(off)} of {len(judgements)} claims met"
    if not off:
        return f"all {len(judgements)} verdicts are as expected"
    return f"{len(off)} of {len(judgements)} verdicts are not as expected"


def summary_notes(judgements: Sequence[Judgement], width: int) -> list[str]:
    """What stands under the summary: the contradicted and the unexpected ones."""
    contradicted = [j for j in judgements if j.verdict == "contradicted"]
    off = [judged for judged in judgements if not judged.is_expected]
    text = []
    if contradicted:
        shown = contradicted[:MOST_SHOWN]
        rest = f", {len(shown)} of {len(contradicted)} (--verdict contradicted: all)"
        text.append("contradicted" + (rest if len(shown) < len(contradicted) else ""))
        text += lines(shown, width)
    if off:
        text += ["not as expected", *lines(off, width)]
    return [*text, closing(judgements)]


# --- one claim explained --------------------------------------------------------------------------


def explanation(judged: Judgement, networks: Networks, width: int) -> str:
    """Everything about one claim: what is stated and where, the arithmetic, the comparison."""
    claim = judged.claim
    text = [f"{claim.id}: {verdict_text(judged)}"]
    for name, value in _facts(judged, networks):
        first, *rest = wrapped(value, width - 10) or [""]
        text.append(f"{name:<10}{first}".rstrip())
        text += [" " * 10 + line for line in rest]
    return "\n".join(text)


def _facts(judged: Judgement, networks: Networks) -> Iterator[tuple[str, str]]:
    claim = judged.claim
    yield "claim", claim.text
    name, title = claim.source.name, claim.source.title
    yield "source", f"{name} {claim.at}".strip() + ("" if name == title else f": {title}")
    if claim.convention:
        yield "counted", claim.convention
    beside = [judged.finding.meaning, "hedged" if claim.statement.hedged else ""]
    said = ", ".join(filter(None, beside))
    yield "stated", stated_text(claim) + (f" ({said})" if said else "")
    shown = claim.check.working(networks)
    texts = [_line(line) for line in shown]
    if not shown or shown[0].name or judged.finding.text not in texts[0]:
        texts.insert(0, judged.finding.text or "-")
    for i, text in enumerate(texts):
        yield ("computed" if i == 0 else ""), text
    for detail in judged.finding.details:
        yield "", detail
    yield "verdict", verdict_text(judged) + _reason(judged)
    for reading in claim.readings:
        found = finding_of(claim, reading, networks)
        agrees = "agrees" if found.verdict in AGREES else "does not agree either"
        yield "reading", f"{reading.name}: {found.text}, {agrees}"
    if not judged.is_expected and judged.expectation:
        yield "expected", judged.expectation
    if claim.confidence != "found in print":
        yield "sourced", claim.confidence
    if claim.literature and judged.verdict == "not computable":
        yield "papers", claim.literature
    if claim.note:
        yield "note", claim.note


def _reason(judged: Judgement) -> str:
    return f": {judged.finding.difference}" if judged.verdict == "not computable" else ""


def _line(line: Remark) -> str:
    return f"{line.name}: {line.text}" if line.name else line.text


def explanation_record(judged: Judgement, networks: Networks) -> dict[str, Any]:
    """What programs get of one claim explained."""
    return claim_record(judged) | {
        "working": [
            {"name": line.name, "formula": line.formula, "substituted": line.substituted,
             "value": line.value}
            for line in judged.claim.check.working(networks)
        ]
    }  # fmt: skip
