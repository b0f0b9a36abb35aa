"""LaTeX, for a document that loads the packages named in its comments."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence

from archcalc.formats.format import Document
from archcalc.formats.printable import Arithmetic, DocumentBlock, Table
from archcalc.formats.table import Column, Row

PACKAGES = {"booktabs": r"\toprule", "amsmath": r"\begin{align*}"}
"""What a document has to load, and the command for which it is needed."""

TIE = "\N{NO-BREAK SPACE}"
_ESCAPES = {
    **{character: rf"\{character}" for character in "&%$#_{}"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "\\": r"\textbackslash{}",
    "|": r"\textbar{}",
    "[": "{[}",  # behind the end of a line it would begin an argument, and so would *
    "*": "{*}",
    "`": r"\textasciigrave{}",
    TIE: "~",
    **{
        character: f"${command}$"
        for character, command in {
            "<": "<", ">": ">", "·": r"\cdot", "×": r"\times", "²": "^2", "±": r"\pm", "−": "-",
            "→": r"\to", "≤": r"\le", "≥": r"\ge", "≈": r"\approx", "∞": r"\infty",
        }.items()
    },
    **{
        character: rf"\{command}{{}}"
        for character, command in {
            "–": "textendash", "—": "textemdash", "…": "ldots", "‘": "textquoteleft",
            "’": "textquoteright", "“": "textquotedblleft", "”": "textquotedblright",
            "ß": "ss", "æ": "ae", "Æ": "AE", "œ": "oe", "Œ": "OE", "ø": "o", "Ø": "O",
            "ł": "l", "Ł": "L",
        }.items()
    },
}  # fmt: skip
_ACCENTS = dict(zip("\u0300\u0301\u0302\u0303\u0308\u030a\u030c\u0327", "`'^~\"rvc", strict=True))
_LIGATURES = re.compile(r"-(?=-)|,(?=,)|'(?=')|[!?](?=\\textasciigrave)|/(?=/)")
"""Characters that the one after them would change."""


def escape(text: str) -> str:
    r"""A text that LaTeX shows as it is, outside mathematics.

    A letter with an accent is made of both; one that not every LaTeX has is written by its number.

    >>> escape("in_features -> 50%"), escape("Kühn \N{CJK UNIFIED IDEOGRAPH-4E2D}")
    ('in\\_features $\\to$ 50\\%', 'K\\"{u}hn {[}U+4E2D]')
    """
    escaped = "".join(map(_escaped, re.sub(r"\s+", " ", text)))
    return _LIGATURES.sub(r"\g<0>{}", escaped.replace("-$>$", _ESCAPES["→"]))


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isascii():
        return character
    decomposed = unicodedata.normalize("NFD", character)
    letter, accent = decomposed[0], decomposed[1:]
    if letter.isascii() and accent in _ACCENTS:
        return rf"\{_ACCENTS[accent]}{{{letter}}}"
    return f"{{[}}U+{ord(character):04X}]"


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
        r"""Lines of a typewriter, each space a tie; `verbatim` would end at its own end in them."""
        lines = (self.escape(line.replace(" ", TIE)) or "~" for line in text.splitlines())
        body = "\\\\\n".join(rf"\mbox{{{line}}}" for line in lines)
        return f"\\begin{{flushleft}}\\ttfamily\\scriptsize\n{body}\n\\end{{flushleft}}"

    def page(self, blocks: Sequence[DocumentBlock]) -> str:
        """All blocks, under the packages that they need."""
        text = super().page(blocks)
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
