"""Statements of several figures that belong together: the rows of a paper's table."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from archcalc.claims.assertions.assertion import (
    LIST,
    MAPPING,
    TEXT,
    Assertion,
    Finding,
    assertion,
    key,
)
from archcalc.claims.stated import VERDICTS
from archcalc.claims.subject import UnknownModel
from archcalc.errors import ArchcalcError

if TYPE_CHECKING:
    from archcalc.claims.calculation import Remark
    from archcalc.claims.ledger import Claim
    from archcalc.claims.subject import Networks


@assertion("table")
class TableOf(Assertion):
    """Rows of stated cells, each judged as its column says; the verdict is the weakest cell's.

    A column is a claim without what is stated; a row names a layer (or whatever `row` says) and
    its cells, null for an empty one.
    """

    columns: list[Any] = key(LIST, "what each column states: a type and its keys")
    rows: dict[str, Any] = key(MAPPING, "what is stated, by layer")
    row: str = key(TEXT, "the key that a row sets", default="layer")
    states = False

    def find(self, networks: Networks, claim: Claim) -> Finding:
        found: list[tuple[Claim, Finding]] = []
        unknown: list[str] = []
        for cell in (cell for cells in self.cells(claim) for cell in cells):
            try:
                found.append((cell, cell.assertion.find(networks, cell)))
            except UnknownModel as error:
                unknown.append(str(error))
        if not found:
            raise UnknownModel(unknown[0])
        return _weakest(found, unknown)

    def cells(self, claim: Claim) -> list[list[Claim]]:
        """A claim for every cell, by row."""
        rows = []
        columns = self._column_names()
        for name, stated in self.rows.items():
            values = stated if isinstance(stated, list) else [stated]
            if len(values) != len(self.columns):
                raise ArchcalcError(
                    f"row {name!r} has {len(values)} cells for {len(self.columns)} columns"
                )
            rows.append(
                [
                    claim.cell(
                        f"{name} {what}".strip(), {**column, self.row: name, "stated": value}
                    )
                    for what, column, value in zip(columns, self.columns, values, strict=True)
                    if value is not None
                ]
            )
        return rows

    def _column_names(self) -> list[str]:
        """What each column is about in a word, with its number where that is not enough."""
        names = [
            str(column.get("quantity") or column.get("type", "value")).replace("_", " ")
            for column in self.columns
        ]
        return [
            name if names.count(name) == 1 else f"{name} (column {i})"
            for i, name in enumerate(names, start=1)
        ]

    def working(self, networks: Networks, claim: Claim) -> list[Remark]:
        return [
            replace(line, name=cell.id)
            for cells in self.cells(claim)
            for cell in cells
            for line in cell.assertion.working(networks, cell)[:1]
        ]


def _weakest(found: list[tuple[Claim, Finding]], unknown: list[str]) -> Finding:
    """The verdict on a table: that of its weakest cell among those that can be computed."""
    weakest = max((f.verdict for _, f in found), key=VERDICTS.index)
    off = [
        _difference(cell, f) for cell, f in found if f.verdict in ("contradicted", "approximate")
    ]
    rounding = next((f.rounding for _, f in found if f.rounding == "truncated"), None)
    differences = [_differ(len(off), len(found))] if off else []
    differences += [f"{len(unknown)} more: {unknown[0]}"] if unknown else []
    return Finding(
        [f.computed for _, f in found],
        _agree(len(off), len(found)),
        weakest,
        (rounding or "nearest") if weakest == "rounded" else None,
        "; ".join(differences),
        off,
        len(found),
    )


def _agree(differing: int, figures: int) -> str:
    return f"{figures - differing} of {figures} figures agree"


def _differ(differing: int, figures: int) -> str:
    return f"{differing} of {figures} figures {'differs' if differing == 1 else 'differ'}"


def _difference(cell: Claim, found: Finding) -> str:
    """`conv1 macs 34M against 118,013,952, 71.2% too low`."""
    text = f"{cell.id} {cell.stated} against {found.text}"
    return f"{text}, {found.difference}" if found.difference else text


LONGEST_TEXT = 160
"""Of a statement in several parts; beyond it, how many of them hold is said instead."""


@assertion("all")
class All(Assertion):
    """A statement of several parts, all of which must hold; the verdict is the weakest part's."""

    parts: list[Any] = key(LIST, "a type, its keys and what is stated, for each part")
    states = False

    def find(self, networks: Networks, claim: Claim) -> Finding:
        found = [(part, part.assertion.find(networks, part)) for part in self.claims(claim)]
        findings = [f for _, f in found]
        weakest = max((f.verdict for f in findings), key=VERDICTS.index)
        off = [(part, f) for part, f in found if f.verdict in ("contradicted", "approximate")]
        text = "; ".join(f.text for f in findings)
        difference = "; ".join(f.difference for _, f in off if f.difference)
        details = [line for part, f in off for line in f.details or [_difference(part, f)]]
        figures = sum(f.figures for f in findings)
        if all(f.figures for f in findings):
            text = _agree(len(details), figures)
            difference = _differ(len(details), figures) if details else ""
        elif len(text) > LONGEST_TEXT:
            text = f"{len(found) - len(off)} of {len(found)} parts hold"
        return Finding(
            [f.computed for f in findings],
            text,
            weakest,
            next((f.rounding for f in findings if f.rounding), None)
            if weakest == "rounded"
            else None,
            difference,
            details,
            figures if all(f.figures for f in findings) else 0,
        )

    def claims(self, claim: Claim) -> list[Claim]:
        """A claim for each part."""
        return [claim.cell(f"part {i}", keys) for i, keys in enumerate(self.parts, start=1)]

    def working(self, networks: Networks, claim: Claim) -> list[Remark]:
        return [
            line for part in self.claims(claim) for line in part.assertion.working(networks, part)
        ]
