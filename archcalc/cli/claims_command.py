"""`archcalc claims`."""

from __future__ import annotations

from pathlib import Path

import click

from archcalc.claims import printed
from archcalc.claims.judge import judge, judgement
from archcalc.claims.ledger import ledgers
from archcalc.claims.stated import VERDICTS
from archcalc.claims.subject import Networks
from archcalc.cli.output import emit, output_options, width
from archcalc.errors import ArchcalcError
from archcalc.formats import render, to_json


@click.command("claims")
@click.argument("id", required=False)
@click.option("--source", default="", metavar="NAME", help="documents, papers, or one by name.")
@click.option("--model", default="", metavar="NAME", help="Only what is stated about it.")
@click.option("--quantity", default="", metavar="NAME", help="Only statements of it.")
@click.option("--verdict", type=click.Choice(VERDICTS), help="Only these.")
@output_options()
def command(
    id: str | None,
    source: str,
    model: str,
    quantity: str,
    verdict: str | None,
    format: str,
    output: Path | None,
) -> int:
    """What documents and papers state, judged against the specs; with an ID, one explained.

    One source is listed whole. An ID goes with no filter, and with text, markdown or json.
    The exit code is 1 where a verdict is not the one that the ledger expects.

    \b
    archcalc claims --source documents
    archcalc claims --model googlenet --verdict contradicted
    archcalc claims d4-lenet-sum-omits-c3
    """
    claims = ledgers()
    networks = Networks()
    if id is not None:
        filters = {"source": source, "model": model, "quantity": quantity, "verdict": verdict}
        for name, given in filters.items():
            if given:
                raise ArchcalcError(f"one claim is explained as it is: give an ID or --{name}")
        return _explain(id, networks, format, output)
    judgements = judge(printed.selected(claims, source, model, quantity), networks)
    if verdict:
        judgements = [judged for judged in judgements if judged.verdict == verdict]
    if format != "text":
        emit(render(printed.table(judgements), format, width()), output)
    elif model or quantity or verdict:
        emit("\n".join([*printed.lines(judgements, width()), printed.closing(judgements)]), output)
    else:
        table = render(printed.verdicts(judgements), format, width())
        is_one_source = len({judged.claim.source for judged in judgements}) == 1
        whole = printed.index(judgements, width()) if source and is_one_source else []
        notes = printed.summary_notes(judgements, width())
        emit("\n".join([table, *whole, *notes]), output)
    return int(not all(judged.is_expected for judged in judgements))


def _explain(id: str, networks: Networks, format: str, output: Path | None) -> int:
    judged = judgement(printed.one(ledgers(), id), networks)
    if format == "json":
        emit(to_json(printed.explanation_record(judged, networks)), output)
    elif format == "text":
        emit(printed.explanation(judged, networks, width()), output)
    elif format == "markdown":
        emit(f"```\n{printed.explanation(judged, networks, width())}\n```", output)
    else:
        raise ArchcalcError(f"one claim is explained as text, markdown or json, not {format}")
    return int(not judged.is_expected)
