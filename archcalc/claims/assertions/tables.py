"""Statements of several figures that belong together: the rows of a paper's table."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from archcalc.claims.assertions.base import (
    LIST,
    MAPPING,
    TEXT,
    Assertion,
    Finding,
    assertion,
    key,
)
from archcalc.claims.stated import VERDICTS
from archcalc.errors import ArchcalcError

if TYPE_CHECKING:
    from archcalc.claims.arithmetic import Line
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
        found = [
            (cell, cell.assertion.find(networks, cell))
            for cells in self.cells(claim)
            for cell in cells
        ]
        weakest = max((f.verdict for _, f in found), key=VERDICTS.index)
        off = [
            f"{cell.id}: stated {cell.stated}, computed {f.text}"
            + (f": {f.difference}" if f.difference else "")
            for cell, f in found
            if f.verdict in ("contradicted", "approximate")
        ]
        agree = len(found) - len(off)
        rounding = next((f.rounding for _, f in found if f.rounding), None)
        return Finding(
            [f.computed for _, f in found],
            f"{agree} of {len(found)} figures agree",
            weakest,
            rounding if weakest == "rounded" else None,
            f"{len(off)} of {len(found)} figures differ" if off else "",
            off,
        )

    def cells(self, claim: Claim) -> list[list[Claim]]:
        """A claim for every cell, by row."""
        rows = []
        for name, stated in self.rows.items():
            values = stated if isinstance(stated, list) else [stated]
            if len(values) != len(self.columns):
                raise ArchcalcError(
                    f"row {name!r} has {len(values)} cells for {len(self.columns)} columns"
                )
            rows.append(
                [
                    claim.cell(name, i, {**column, self.row: name, "stated": value})
                    for i, (column, value) in enumerate(zip(self.columns, values, strict=True))
                    if value is not None
                ]
            )
        return rows

    def working(self, networks: Networks, claim: Claim) -> list[Line]:
        return [
            line
            for cells in self.cells(claim)
            for cell in cells
            for line in cell.assertion.working(networks, cell)[:1]
        ]


@assertion("all")
class All(Assertion):
    """A statement of several parts, all of which must hold; the verdict is the weakest part's."""

    parts: list[Any] = key(LIST, "a type, its keys and what is stated, for each part")

    def find(self, networks: Networks, claim: Claim) -> Finding:
        found = [part.assertion.find(networks, part) for part in self.claims(claim)]
        weakest = max((f.verdict for f in found), key=VERDICTS.index)
        return Finding(
            [f.computed for f in found],
            "; ".join(f.text for f in found),
            weakest,
            next((f.rounding for f in found if f.rounding), None) if weakest == "rounded" else None,
            "; ".join(f.difference for f in found if f.difference),
        )

    def claims(self, claim: Claim) -> list[Claim]:
        """A claim for each part."""
        return [claim.cell("part", i, keys) for i, keys in enumerate(self.parts)]

    def working(self, networks: Networks, claim: Claim) -> list[Line]:
        return [
            line for part in self.claims(claim) for line in part.assertion.working(networks, part)
        ]
