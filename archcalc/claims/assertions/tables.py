"""Statements in several parts: the rows of a paper's table, or several sentences."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from archcalc.claims.assertions.assertion import (
    MAPPING,
    OBJECTS,
    TEXT,
    Check,
    Composite,
    assertion,
    key,
)
from archcalc.claims.calculation import Remark
from archcalc.claims.stated import VERDICTS, Rounding, Verdict
from archcalc.claims.statement import ClaimError, Finding, Statement
from archcalc.claims.subject import Networks

_Part = tuple[str, Mapping[str, Any]]
Judged = Sequence[tuple[Check, Finding]]


@assertion("table")
class TableOf(Composite):
    """Rows of stated cells, each judged as its column says; the verdict is the weakest cell's.

    A column is a claim without what is stated; a row names a layer (or whatever `row` says) and
    its cells, null for an empty one.
    """

    columns: list[Any] = key(OBJECTS, "what each column states: a type and its keys")
    rows: dict[str, Any] = key(MAPPING, "what is stated, by layer")
    row: str = key(TEXT, "the key that a row sets", default="layer")

    def split(self) -> Iterator[_Part]:
        columns = list(zip(self._column_names(), self.columns, strict=True))
        for name, stated in self.rows.items():
            cells = stated if isinstance(stated, list) else [stated]
            if len(cells) != len(columns):
                raise ClaimError(f"row {name!r} has {len(cells)} cells for {len(columns)} columns")
            for (what, column), cell in zip(columns, cells, strict=True):
                if cell is not None:
                    yield f"{name} {what}".strip(), {**column, self.row: name, "stated": cell}

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

    def find(self, networks: Networks, statement: Statement) -> Finding:
        found = [(cell, cell.find(networks)) for cell in self.checks]
        off = [_difference(cell, f) for cell, f in _off(found)]
        missing = [f.difference for _, f in found if f.verdict == "not computable"]
        differences = [_differ(len(off), len(found))] if off else []
        if missing:
            differences.append(f"{len(missing)} of {len(found)} figures: {missing[0]}")
        return Finding(
            [f.computed for _, f in found],
            _agree(len(off) + len(missing), len(found)),
            *_weakest(found),
            "; ".join(differences),
            off,
            len(found),
        )

    def working(self, networks: Networks, statement: Statement) -> list[Remark]:
        return [
            replace(line, name=cell.name)
            for cell in self.checks
            for line in cell.working(networks)[:1]
        ]


_LONGEST_TEXT = 160
"""The longest text of a statement in several parts; a longer one says how many parts hold."""


@assertion("all")
class All(Composite):
    """A statement of several parts, all of which must hold; the verdict is the weakest part's."""

    parts: list[Any] = key(OBJECTS, "a type, its keys and what is stated, for each part")

    def split(self) -> Iterator[_Part]:
        yield from ((f"part {i}", keys) for i, keys in enumerate(self.parts, start=1))

    def find(self, networks: Networks, statement: Statement) -> Finding:
        found = [(part, part.find(networks)) for part in self.checks]
        findings = [f for _, f in found]
        off = _off(found)
        text = "; ".join(f.text for f in findings)
        difference = "; ".join(f.difference for _, f in off if f.difference)
        details = [line for part, f in off for line in f.details or [_difference(part, f)]]
        figures = sum(f.figures for f in findings) if all(f.figures for f in findings) else 0
        if figures:
            text = _agree(len(details), figures)
            difference = _differ(len(details), figures) if details else ""
        elif len(text) > _LONGEST_TEXT:
            text = f"{len(found) - len(off)} of {len(found)} parts hold"
        computed = [f.computed for f in findings]
        return Finding(computed, text, *_weakest(found), difference, details, figures)

    def working(self, networks: Networks, statement: Statement) -> list[Remark]:
        return [line for part in self.checks for line in part.working(networks)]


def _weakest(found: Judged) -> tuple[Verdict, Rounding | None]:
    """The verdict on the whole: that of its weakest part; one that is contradicted contradicts it,
    whatever cannot be computed."""
    verdicts = {f.verdict for _, f in found}
    if "contradicted" in verdicts:
        return "contradicted", None
    verdict = max(verdicts, key=VERDICTS.index)
    roundings = [f.rounding for _, f in found if f.rounding]
    off = [rounding for rounding in roundings if rounding != "nearest"]
    return verdict, next(iter([*off, *roundings]), None) if verdict == "rounded" else None


def _off(found: Judged) -> Judged:
    return [(part, f) for part, f in found if f.verdict in ("contradicted", "approximate")]


def _agree(differing: int, figures: int) -> str:
    return f"{figures - differing} of {figures} figures agree"


def _differ(differing: int, figures: int) -> str:
    return f"{differing} of {figures} figures {'differs' if differing == 1 else 'differ'}"


def _difference(cell: Check, found: Finding) -> str:
    """`conv1 macs 34M against 118,013,952, 71.2% too low`."""
    meaning = f" ({found.meaning})" if found.meaning else ""
    text = f"{cell.name} {cell.statement.stated}{meaning} against {found.text}"
    return f"{text}, {found.difference}" if found.difference else text
