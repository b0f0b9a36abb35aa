"""LaTeX, for a document that loads the packages named in its comments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from archcalc.formats.format import Document
from archcalc.formats.printable import Arithmetic, Printable
from archcalc.formats.table import Column, Row, Table

PACKAGES = {"booktabs": r"\toprule", "amsmath": r"\begin{align*}"}
"""What a document has to load, and the command for which it is needed."""

_ESCAPES = {
    **{character: rf"\{character}" for character in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
    "<": r"\ensuremath{<}",
    ">": r"\ensuremath{>}",
    "|": r"\textbar{}",
    "·": r"$\cdot$",
    "\N{NO-BREAK SPACE}": "~",
}


def escape(text: str) -> str:
    r"""A text that LaTeX shows as it is, outside mathematics.

    >>> escape("in_features -> 50%")
    'in\\_features $\\to$ 50\\%'
    """
    escaped = "".join(_ESCAPES.get(character, character) for character in text)
    return escaped.replace(r"-\ensuremath{>}", r"$\to$").replace("//", r"/\!/")


class Latex(Document):
    """A part of a LaTeX document."""

    name = "latex"

    def escape(self, text: str) -> str:
        """A text that LaTeX shows as it is."""
        return escape(text)

    def heading(self, text: str, level: int) -> str:
        """Bold words, since a part of a document does not know its sections."""
        return rf"\textbf{{{escape(text)}}}"

    def paragraph(self, text: str) -> str:
        """The text."""
        return escape(text)

    def preformatted(self, text: str) -> str:
        """Verbatim lines."""
        return f"\\begin{{verbatim}}\n{text}\n\\end{{verbatim}}"

    def write(self, found: Printable, width: int) -> str:
        """All blocks, under the packages that they need."""
        text = super().write(found, width)
        needed = [name for name, command in PACKAGES.items() if command in text]
        return "\n".join([*(rf"% needs \usepackage{{{name}}}" for name in needed), text])

    def arithmetic(self, block: Arithmetic) -> str:
        """Mathematics."""
        return block.latex()

    def table(self, table: Table) -> str:
        """A table, with what it is about and what it means in comments."""
        columns = [column for column in table.columns if column.for_people]
        grid = self.grid(columns, table.real_rows)
        below = _comments([*table.footer, *table.notes])
        return "\n".join([*_comments([table.title]), grid, *below])

    def grid(self, columns: Sequence[Column], rows: Sequence[Row]) -> str:
        """A tabular with the rules of booktabs."""
        head = [self.escape(column.title) for column in columns]
        body = [[self.cell(column, row) for column in columns] for row in rows]
        lines = [
            rf"\begin{{tabular}}{{{''.join(column.align[0] for column in columns)}}}",
            r"\toprule",
            _line(head),
            r"\midrule",
            *map(_line, body),
            r"\bottomrule",
            r"\end{tabular}",
        ]
        return "\n".join(lines)


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def _comments(texts: Sequence[str]) -> Iterator[str]:
    return (f"% {line}" for text in texts for line in text.splitlines())
