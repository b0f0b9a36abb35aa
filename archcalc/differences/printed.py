"""Networks side by side as commands print them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

from archcalc import field_figures, figures
from archcalc.closed import atoms
from archcalc.differences import data
from archcalc.differences.pair import Change, NetworkPair
from archcalc.differences.pair_tables import (
    change_columns,
    change_rows,
    other_sections,
    section_table,
)
from archcalc.differences.side_by_side import SideBySide
from archcalc.formats import (
    NOT_APPLICABLE,
    Column,
    DocumentBlock,
    Paragraph,
    Printable,
    Record,
    Row,
    Table,
)
from archcalc.formulas import ClosedForm
from archcalc.ops.fields import written
from archcalc.quantities.quantity import COUNTS, FIELD, LARGE_COUNTS, SIZES, Quantity

_COUNTED = (COUNTS, LARGE_COUNTS)
"""The units of quantities that are read as ratios."""
MOST_IN_DETAIL = 3
"""The most networks for which is said where they differ; of more there is an overview."""
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class SideBySidePage(Printable):
    """Totals; then for each other network what it has otherwise than the reference."""

    def __init__(self, found: SideBySide):
        self.found = found

    def as_blocks(self) -> Sequence[DocumentBlock]:
        """Tables, with lines for what is equal."""
        is_few = len(self.found.networks) <= MOST_IN_DETAIL
        blocks: list[DocumentBlock] = [self._totals() if is_few else self._overview()]
        if self.found.open:
            blocks.append(self._closed_forms())
        blocks += () if is_few else self._study()
        for i, pair in enumerate(self.found.pairs, start=1):
            blocks += self._pair(pair, i) if is_few else ()
        return blocks

    def as_records(self) -> Sequence[Record]:
        """A record a quantity of the whole, and of each section of two."""
        return data.records(self.found)

    def as_data(self) -> Any:
        """Everything, exactly."""
        return data.everything(self.found)

    # --- the whole --------------------------------------------------------------------------------

    def _totals(self) -> Table:
        found = self.found
        columns = [Column("quantity", "quantity", align="left")]
        for i, name in enumerate(found.names):
            columns.append(Column(f"value {i}", name, heading=name))
            if i:
                columns.append(Column(f"against {i}", f"{self._letter(i)} has", align="left"))
        rows = []
        for kind in found.quantities:
            values = found.values(kind.name)
            cells = {"quantity": kind.title}
            for i, value in enumerate(values):
                cells[f"value {i}"] = kind.unit.show(value)
                if i:
                    cells[f"against {i}"] = _against(kind, value, values[0])
            rows.append(Row(cells))
        return Table(self._title(), columns, rows)

    def _overview(self) -> Table:
        """A row a network."""
        found = self.found
        columns = [Column("name", "model", align="left")]
        for kind in found.quantities:
            leaves = 2 if kind.name == "memory_peak" else None
            columns.append(Column(kind.name, kind.title, kind.unit.show, leaves=leaves))
            if kind.unit in _COUNTED:
                leaves = None if kind.name in ("parameters", "macs") else 1
                ratio = Column(f"{kind.name}_ratio", "than A", align="left", leaves=leaves)
                columns.append(ratio)
        rows = []
        for i, name in enumerate(found.names):
            cells: dict[str, Any] = {"name": f"{self._letter(i)} {name}"}
            for kind in found.quantities:
                values = found.values(kind.name)
                cells[kind.name] = values[i]
                if i:
                    cells[f"{kind.name}_ratio"] = _against(kind, values[i], values[0])
            rows.append(Row(cells))
        return Table(self._title(), columns, rows)

    def _study(self) -> Iterator[DocumentBlock]:
        """The members of a study, each read against the one that it is set against."""
        found = self.found
        by_name = {net.spelled: i for i, net in enumerate(found.networks)}
        for i, net in enumerate(found.networks):
            file, colon, _ = net.spelled.rpartition(":")
            other = by_name.get(f"{file}{colon}{net.preset.against}")
            if other is None:
                continue
            reference = found.networks[other]
            costs = (net.parameters, net.macs), (reference.parameters, reference.macs)
            pair = f"{found.names[i]} against {found.names[other]}"
            yield Paragraph(f"{pair}: {figures.costs_against(*costs)}")

    def _closed_forms(self) -> Table:
        """Parameters and MACs in the names that stay open, network by network."""
        found = self.found
        columns = [
            Column("name", f"open {', '.join(found.open)}", align="left", heading="Model"),
            Column("parameters", "parameters", align="left", least=30, wraps=True),
            Column("parameters_ratio", "than A", align="left"),
            Column("macs", "MACs", align="left", least=30, wraps=True),
            Column("macs_ratio", "than A", align="left"),
        ]
        rows = []
        for name, forms in zip(found.names, found.formulas, strict=True):
            cells = {"name": name}
            for quantity in ("parameters", "macs"):
                form, reference = forms[quantity], found.formulas[0][quantity]
                cells[quantity] = form.text
                if form is not reference:
                    cells[f"{quantity}_ratio"] = _ratio_of_forms(form, reference)
            rows.append(Row(cells))
        return Table("", columns, rows)

    def _letter(self, i: int) -> str:
        return LETTERS[i] if len(self.found.names) <= len(LETTERS) else str(i)

    def _title(self) -> str:
        found = self.found
        names = [f"{self._letter(i)} {name}" for i, name in enumerate(found.names)]
        if len(names) > MOST_IN_DETAIL:
            names = [f"{len(names)} networks"]
        held = [f"{net.input} -> {net.output}, {net.conditions}" for net in found.networks]
        if len(set(held)) == 1:
            both = "both" if len(held) == 2 else "all"
            return f"{', '.join(names)}: {both} {held[0]}"
        if len(held) > MOST_IN_DETAIL:
            return names[0]
        return "\n".join(f"{name}: {said}" for name, said in zip(names, held, strict=True))

    # --- a pair -----------------------------------------------------------------------------------

    def _pair(self, pair: NetworkPair, i: int) -> Iterator[DocumentBlock]:
        name, letter = self.found.names[i], self._letter(i)
        if len(self.found.pairs) > 1:
            yield Paragraph(f"{name} against {self.found.names[0]}")
        if pair.arguments:
            yield Paragraph(f"arguments: {_arguments(pair)}")
        yield Paragraph(f"layers: {_counts(pair, self.found.names[0], name)}")
        costing = [section for section in pair.sections if section.has_other_costs]
        if costing:
            yield section_table(pair, costing, letter)
        for line in other_sections([s for s in pair.sections if not s.has_other_costs]):
            yield Paragraph(line)
        changes = list(change_rows(pair))
        if changes:
            yield Table("", change_columns(letter), changes)


def _ratio_of_forms(form: ClosedForm, reference: ClosedForm) -> str:
    """What a closed form is for each of the reference's, where that is a number."""
    quotient = atoms.quotient(form.form, reference.form) if reference.form.terms else form.form
    if form.form == reference.form:
        return "equal"
    if not quotient.is_constant or not quotient.terms:
        return NOT_APPLICABLE
    value = Fraction(quotient.value)
    said = figures.against(value.numerator, value.denominator)
    return f"{value}: {said}" if value.denominator > 1 else said


def _against(kind: Quantity, value: Any, reference: Any) -> str:
    """What the other network has, seen from the reference."""
    if value == reference:
        return "equal"
    if kind.unit is FIELD:
        value, reference = map(_side_of_square, (value, reference))
    if not isinstance(value, int | Fraction) or not isinstance(reference, int | Fraction):
        return NOT_APPLICABLE
    if kind.unit in (FIELD, SIZES) and value != reference:
        return f"{abs(value - reference)} {'more' if value > reference else 'fewer'}"
    return figures.against(value, reference)  # type: ignore[arg-type]


def _side_of_square(seen: Any) -> int | None:
    """The side of a receptive field that is square."""
    sides = field_figures.field_size(seen)
    return sides[0] if sides and len(set(sides)) == 1 else None


def _arguments(pair: NetworkPair) -> str:
    return ", ".join(f"{name} {written(a)} -> {written(b)}" for name, a, b in pair.arguments)


def _counts(pair: NetworkPair, reference: str, name: str) -> str:
    words: dict[Change, str] = {
        "same": "the same",
        "set otherwise": "set otherwise",
        "another shape": "the same op on another shape",
        "only in reference": f"only in {reference}",
        "only here": f"only in {name}",
    }
    return ", ".join(f"{n} {words[change]}" for change, n in pair.counts.items() if n)
