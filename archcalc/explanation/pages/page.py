"""A page of explanation, before it has a format: statements, tables and headings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal, NamedTuple

from archcalc import figures, traced
from archcalc.formats import Heading
from archcalc.traced import Traced

TIED = "\N{NO-BREAK SPACE}"
"""A space at which words are not broken."""

Form = Literal["formula", "substituted", "value"]


class Side(NamedTuple):
    """One side of an equation: a number in names, in digits, or its value."""

    number: Traced
    form: Form
    is_size: bool
    text: str
    """The side in plain text, with commas."""

    @property
    def is_about(self) -> bool:
        """Whether it is a value that is only told roughly: as a fraction it says nothing."""
        return self.form == "value" and _is_about(self.number)

    @property
    def rounded(self) -> str:
        """A value to three significant digits."""
        return figures.significant(self.number.value)


def side(number: Traced, form: Form, *, is_size: bool = False) -> Side:
    """One side of an equation; the value of a size is written without commas."""
    return Side(number, form, is_size, _text(number, form, is_size=is_size))


def _text(number: Traced, form: Form, *, is_size: bool) -> str:
    if form == "formula":
        return traced.formula(number)
    if form == "substituted":
        return traced.substituted(number, commas=True)
    value = number.value
    if _is_about(number):
        return f"about {figures.significant(value)}"
    if isinstance(value, Fraction):
        return f"{value.numerator:,}/{value.denominator:,}, about {figures.significant(value)}"
    return str(value) if is_size else f"{value:,}"


def _is_about(number: Traced) -> bool:
    value = number.value
    return isinstance(value, Fraction) and value.denominator > figures.LARGEST_DENOMINATOR


def words(label: str, text: str) -> Line:
    """A statement without arithmetic."""
    return Line(label, after=text)


def equation(number: Traced, *forms: Form, is_size: bool = False) -> tuple[Side, ...]:
    """The sides of an equation; one that only repeats the side before it is left out, and one that
    the side behind it says with more."""
    sides: list[Side] = []
    forms = forms or ("formula", "substituted", "value")
    if not number.operation and "value" in forms:
        forms = tuple(form for form in forms if form != "substituted")
    for form in forms:
        found = side(number, form, is_size=is_size)
        if sides and found.text.startswith(f"{sides[-1].text}, about"):
            sides.pop()
        if not sides or found.text != sides[-1].text:
            sides.append(found)
    return tuple(sides)


class Line(NamedTuple):
    """A statement: `MACs   before a = b = c, after`; without sides, words alone."""

    label: str
    sides: tuple[Side, ...] = ()
    before: str = ""
    after: str = ""
    indent: int = 0


class Cell(NamedTuple):
    """The working and the value of one number in a table, or words in their place."""

    working: Side | None = None
    value: Side | None = None
    words: str = ""

    @property
    def value_text(self) -> str:
        """The value as text; nothing where there is none."""
        return self.value.text if self.value else ""


class GridRow(NamedTuple):
    """A row of a table: `name` within what is explained, `path` within the network."""

    name: str
    path: str
    cells: tuple[Cell, ...]


class GridColumn(NamedTuple):
    """A column, with the formulas that its rows follow."""

    title: str
    formulas: Sequence[str] = ()


@dataclass(frozen=True)
class Grid:
    """A table of workings."""

    of: str
    """What a row is: a layer or a stage."""
    columns: Sequence[GridColumn]
    rows: Iterable[GridRow]
    """Its rows, some of which are made anew each time that they are gone through."""


@dataclass(frozen=True)
class Page:
    """An explanation as it is read, from top to bottom."""

    title: str
    items: Iterable[Line | Heading | Grid]
    """What stands on it; made as it is read, once, so that the tables are not all held."""


def cell(number: Traced, *, is_size: bool = False) -> Cell:
    """The cell of a number: its value, and its working where it has one."""
    value = side(number, "value", is_size=is_size)
    working = side(number, "substituted", is_size=is_size)
    return Cell(working if working.text != value.text else None, value)
