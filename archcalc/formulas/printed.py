"""Closed forms as commands print them: a table, LaTeX's `align*`, functions of Python, records."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from archcalc.closed import writing
from archcalc.closed.symbols import latex_symbols, python_names
from archcalc.figures import count_of
from archcalc.formats import Arithmetic, Column, DocumentBlock, Printable, Record, Row, Table
from archcalc.formats.latex import align, escape
from archcalc.formats.latex_layout import broken_sum
from archcalc.formulas.breakdown import Share
from archcalc.formulas.closed_forms import Formula
from archcalc.formulas.openable import Openable
from archcalc.quantities import QUANTITIES

_COLUMNS = (
    Column("quantity", "quantity", align="left"),
    Column("text", "closed form", align="left", least=40, wraps=True),
)


class FormulaPage(Printable):
    """The closed forms of a network, with where they come from and where they hold."""

    def __init__(self, found: Formula):
        self.found = found

    def as_blocks(self) -> Sequence[DocumentBlock]:
        """One table; in LaTeX, mathematics."""
        table = Table(
            self._title, _COLUMNS, list(self._rows()), notes=[self._checked, *self.not_of_input]
        )
        return [Arithmetic(table, self.latex)]

    def as_records(self) -> Sequence[Record]:
        """A record a quantity, and one for each of its shares."""
        found = self.found
        records = []
        for quantity, form in found.quantities.items():
            model = {"model": found.network.name, "layer": found.layer or None}
            forms = {"text": form.text, "python": form.python, "latex": form.latex}
            records.append({**model, "quantity": quantity, "share": None, **forms})
            for share in found.breakdowns.get(quantity, ()):
                of = {"quantity": quantity, "share": self._name(share)}
                records.append({**model, **of, **self._forms(share)})
        return records

    def as_data(self) -> Any:
        """A record a quantity, with its shares and where it holds."""
        found = self.found
        remainders = found.domain.remainders
        domain = [
            {
                "name": name,
                "value": own,
                "least": found.domain.least[name],
                "divisor": remainders[name].divisor,
                "remainders": sorted(remainders[name].rests),
            }
            for name, own in found.domain.values.items()
        ]
        return [
            {
                "model": found.network.name,
                "layer": found.layer or None,
                "quantity": quantity,
                "open": list(found.names),
                "text": form.text,
                "python": form.python,
                "latex": form.latex,
                "value": form.evaluate(found.domain.values),
                "shares": [
                    {"name": self._name(share), **self._forms(share)}
                    for share in found.breakdowns.get(quantity, ())
                ],
                "domain": domain,
                "given": found.given,
                "fit": None if found.fit is None else found.fit._asdict(),
                "checked": found.checked,
            }
            for quantity, form in found.quantities.items()
        ]

    def python(self) -> str:
        """A module of Python, with a function a quantity."""
        found = self.found
        words = python_names(found.names)
        lists = {name.partition("[")[0] for name in found.names if "[" in name}
        stems = dict.fromkeys(word.partition("[")[0] for word in words.values())
        given = [f"{stem}: list[int]" if stem in lists else f"{stem}: int" for stem in stems]
        functions = [
            f"def {quantity}({', '.join(given)}) -> int:\n    return {form.python}\n"
            for quantity, form in found.quantities.items()
        ]
        head = f'"""{" ".join(self._title.splitlines())}."""\n'
        if any("Fraction(" in function for function in functions):
            head += "\nfrom fractions import Fraction\n"
        return "\n\n".join([head, *functions])

    # --- pieces -----------------------------------------------------------------------------------

    @property
    def _title(self) -> str:
        found = self.found
        net = found.network
        held = f"for {'; '.join(found.held)}"
        conditions = net.conditions_beside(found.names)
        return f"{net.heading(found.layer)}, {conditions}\n{held}"

    @property
    def _checked(self) -> str:
        found = self.found
        own = ", ".join(f"{name} {value}" for name, value in found.domain.values.items())
        quantity = "macs" if "macs" in found.quantities else next(iter(found.quantities))
        value = found[quantity].evaluate(found.domain.values)
        said = f"at {own}: {value:,} {QUANTITIES[quantity].title}"
        if found.fit is not None:
            names = ", ".join(found.fit.names)
            of = "it" if len(found.fit.names) == 1 else "them"
            said += f"; fitted in {names}, exact at {found.fit.values} values of {of}"
        return f"{said}; equal at {found.checked} random points" if found.checked else said

    @property
    def not_of_input(self) -> list[str]:
        """What is said of arguments that have the name of a size of the input."""
        sizes = Openable.of(self.found.network).sizes
        own = [(name, f"input_{name}") for name in self.found.names]
        return [
            f"{name} is the network's argument; the {name} of its input is {size}"
            for name, size in own
            if size in sizes
        ]

    def _shares(self, quantity: str) -> Sequence[Share]:
        """What a closed form is the sum of; nothing where that is one share, the same again."""
        shares = self.found.breakdowns.get(quantity, ())
        if len(shares) == 1 and self._written(shares[0], "text") == self.found[quantity].text:
            return ()
        return shares

    def _rows(self) -> Iterator[Row]:
        for quantity, form in self.found.quantities.items():
            yield Row({"quantity": QUANTITIES[quantity].title, "text": form.text})
            for share in self._shares(quantity):
                text = self._written(share, "text")
                yield Row({"quantity": self._name(share), "text": text}, level=1)

    def _name(self, share: Share) -> str:
        if share.name:
            return share.name
        values = self.found.domain.values
        return "x".join(str(size.evaluate(values)) for size in share.sizes) or "no map"

    def _forms(self, share: Share) -> dict[str, str]:
        return {style: self._written(share, style) for style in ("text", "python", "latex")}

    def _written(self, share: Share, style: str) -> str:
        return writing.product((share.form, *share.sizes), style, self.found.names)

    def latex(self) -> str:
        """The equations, with what the table says of them as comments."""
        lines = []
        for quantity, form in self.found.quantities.items():
            title = escape(QUANTITIES[quantity].title)
            lines += _equation(rf"\text{{{title}}}", form.latex)
            for share in self._shares(quantity):
                name, text = escape(self._name(share)), self._written(share, "latex")
                lines += _equation(rf"\quad\text{{{name}}}", text)
        symbols = latex_symbols(self.found.names)
        comments = [*self._title.splitlines(), self._checked, *self.not_of_input]
        comments += [f"{symbol}: {name}" for name, symbol in symbols.items()]
        head = "\n".join(f"% {line}" for line in comments)
        return f"{head}\n{align(lines)}"


class FormulasPage(Printable):
    """The closed forms of several networks, a row each, with where they hold.

    Args:
        found: those of each network, of the same quantities.
    """

    def __init__(self, found: Sequence[Formula]):
        self.pages = [FormulaPage(one) for one in found]

    def as_blocks(self) -> Sequence[DocumentBlock]:
        """One table; in LaTeX, the mathematics of each network."""
        return [Arithmetic(self._table, self._latex)]

    def as_records(self) -> Sequence[Record]:
        """The records of each network, one behind the other."""
        return [record for page in self.pages for record in page.as_records()]

    def as_data(self) -> Any:
        """The data of each network, one behind the other."""
        return [quantity for page in self.pages for quantity in page.as_data()]

    @property
    def _table(self) -> Table:
        found = [page.found for page in self.pages]
        held = {one.network.name: "; ".join(one.held) for one in found}
        conditions = {one.network.conditions_beside(one.names) for one in found}
        title = ", ".join(
            [count_of(len(found), "network"), *(conditions if len(conditions) == 1 else ())]
        )
        columns = [Column("model", "model", align="left")]
        columns += [
            Column(key, QUANTITIES[key].title, align="left", least=12, wraps=True)
            for key in found[0].quantities
        ]
        if len({*held.values()}) == 1:
            title += f"\nfor {next(iter(held.values()))}"
        else:
            columns.append(Column("held", "for", align="left", least=20, wraps=True))
        rows = [
            Row(
                {
                    "model": one.network.name,
                    **{key: form.text for key, form in one.quantities.items()},
                    "held": held[one.network.name],
                }
            )
            for one in found
        ]
        checks = {one.checked for one in found}
        least = "" if len(checks) == 1 else "at least "
        notes = [f"each equal at {least}{min(checks)} random points"] if min(checks) else []
        notes += [f"fitted: {', '.join(fitted)}"] if (fitted := _fitted(found)) else []
        notes += dict.fromkeys(note for page in self.pages for note in page.not_of_input)
        return Table(title, columns, rows, notes=notes)

    def _latex(self) -> str:
        named = ((page.found.network.name, page.latex()) for page in self.pages)
        return "\n\n".join(
            f"\\noindent\\textbf{{{escape(name)}}}\n{latex}" for name, latex in named
        )


def _fitted(found: Sequence[Formula]) -> list[str]:
    """The networks whose forms are fitted, as what is open decides their structure."""
    return [one.network.name for one in found if one.fit is not None]


LONGEST_LINE = 36
"""About how many signs of a closed form stand in one line of LaTeX."""


def _equation(left: str, form: str) -> list[str]:
    first, *more = broken_sum(form, LONGEST_LINE)
    return [f"{left} &= {first}", *(rf"&\quad {term}" for term in more)]
