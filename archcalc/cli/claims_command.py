"""`archcalc claims`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from archcalc.claims import printed, selection
from archcalc.claims.claims_file import read_claims
from archcalc.claims.judge import Judgement, judge, judgement
from archcalc.claims.ledger import ledgers
from archcalc.claims.stated import VERDICTS
from archcalc.claims.subject import Networks
from archcalc.cli.help_page import HelpfulCommand
from archcalc.cli.options import OneOf
from archcalc.cli.output import AnyPath, output_options, show
from archcalc.errors import ArchcalcError, quote
from archcalc.formats import DocumentBlock, Preformatted, Printable, Record, render


@click.command("claims", cls=HelpfulCommand)
@click.argument("id", required=False)
@click.option(
    "--source",
    default="",
    metavar="NAME",
    help="Only claims of documents, of papers, or of a source by name.",
)
@click.option("--model", default="", metavar="NAME", help="Only claims about this model.")
@click.option("--quantity", default="", metavar="NAME", help="Only claims of this quantity.")
@click.option("--verdict", type=OneOf(VERDICTS), help="Only claims with this verdict.")
@click.option(
    "--file",
    type=AnyPath(),
    metavar="FILE",
    help="A JSON file of claims of your own to judge, instead of the built-in ones.",
)
@click.option(
    "--run-code",
    is_flag=True,
    help="With --file, let its claims name torch modules, my_net.py:build, whose code runs.",
)
@output_options()
def command(
    id: str | None,
    file: Path | None,
    run_code: bool,
    source: str,
    model: str,
    quantity: str,
    verdict: str | None,
    format: str,
    output: Path | None,
) -> int:
    """Stated figures, of documents, papers or a file of your own, judged against the specs.

    With an ID, which goes with no filter, one claim is explained; with one source, each of its
    claims is listed. The exit code is 1 where a claim of your own file is not met, or a verdict is
    not the one that a built-in ledger expects.

    \b
    archcalc claims --file my_claims.json
    archcalc claims --source documents
    archcalc claims --model googlenet --verdict contradicted
    archcalc claims d4-lenet-sum-omits-c3
    """
    if run_code and file is None:
        raise ArchcalcError("--run-code goes with --file FILE")
    if id is not None and id.endswith(".json") and file is None:
        raise ArchcalcError(f"no claim {quote(id)}; a file of claims is judged with --file {id}")
    claims, networks = (ledgers(), Networks()) if file is None else read_claims(file, run_code)
    if id is not None:
        filters = {"source": source, "model": model, "quantity": quantity, "verdict": verdict}
        for name, given in filters.items():
            if given:
                raise ArchcalcError(f"one claim is explained as it is: give an ID or --{name}")
        judged = judgement(selection.one(claims, id), networks)
        show(OneClaim(judged, networks), format, output)
        return int(not judged.is_expected)
    judgements = judge(selection.selected(claims, source, model, quantity), networks)
    if verdict:
        judgements = [judged for judged in judgements if judged.verdict == verdict]
    found = Claims(judgements, bool(source), is_listed=bool(file or model or quantity or verdict))
    show(found, format, output)
    return int(not all(judged.is_expected for judged in judgements))


@dataclass(frozen=True)
class Claims(Printable):
    """Judged claims: a summary in a terminal, a row each elsewhere."""

    judgements: Sequence[Judgement]
    are_of_a_source: bool
    is_listed: bool
    """Whether each is shown, not their counts."""

    def as_text(self, width: int) -> str:
        """Counts by verdict and what is contradicted; of a source every claim, filtered each."""
        judgements = self.judgements
        if self.is_listed:
            return "\n".join([*printed.lines(judgements, width), printed.closing(judgements)])
        table = render(printed.verdicts(judgements), "text", width)
        is_one_source = len({judged.claim.source for judged in judgements}) == 1
        whole = printed.index(judgements, width) if self.are_of_a_source and is_one_source else []
        return "\n".join([table, *whole, *printed.summary_notes(judgements, width)])

    def as_blocks(self) -> Sequence[DocumentBlock]:
        """A table with a row a claim."""
        return [printed.judgement_table(self.judgements)]

    def as_records(self) -> Sequence[Record]:
        """A record a claim."""
        return printed.judgement_table(self.judgements).as_records()

    def keys(self) -> Sequence[str]:
        """The keys of the table."""
        return printed.judgement_table(()).keys()


@dataclass(frozen=True)
class OneClaim(Printable):
    """One claim explained."""

    judged: Judgement
    networks: Networks

    def as_text(self, width: int) -> str:
        """What is stated and where, the arithmetic, the comparison."""
        return printed.explanation(self.judged, self.networks, width)

    def as_blocks(self) -> Sequence[DocumentBlock]:
        """The text, as it stands in a terminal."""
        return [Preformatted(self.as_text(100))]

    def as_records(self) -> Sequence[Record]:
        """A single record, of the claim alone."""
        return [printed.claim_record(self.judged)]

    def as_data(self) -> Record:
        """The record with the working inside it."""
        return printed.explanation_record(self.judged, self.networks)
