"""LaTeX, for a document that loads the packages named in its comments."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence

from archcalc.formats.format import Document
from archcalc.formats.latex_layout import (
    BREAK,
    SHEETS,
    Sheet,
    TablePart,
    breakable,
    layout,
    natural_width,
)
from archcalc.formats.printable import Arithmetic, DocumentBlock, Table
from archcalc.formats.table import Column, Row

PACKAGES = {
    "booktabs": r"\toprule",
    "longtable": r"\begin{longtable}",
    "array": r"\arraybackslash",
    "graphicx": r"\resizebox",
    "lscape": r"\begin{landscape}",
    "amsmath": r"\text{",
}
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
    BREAK: r"\allowbreak{}",
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


def align(lines: Iterable[str]) -> str:
    """Equations below each other, in letters and lines that fit a page, over several pages."""
    body = " \\\\\n".join(lines)
    return f"{{\\footnotesize\\allowdisplaybreaks\n\\begin{{align*}}\n{body}\n\\end{{align*}}}}"


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
        size = r"\scriptsize"
        if max(map(len, text.splitlines()), default=0) > WIDEST_LINE:
            size = r"\fontsize{6}{7}\selectfont"
        return f"\\begin{{flushleft}}\\ttfamily{size}\n{body}\n\\end{{flushleft}}"

    def page(self, blocks: Sequence[DocumentBlock]) -> str:
        """All blocks, under the packages that they need."""
        text = "\\begingroup\\sloppy\n" + super().page(blocks) + "\n\\par\\endgroup"
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
        """A table with the rules of booktabs, as wide as a page at most.

        One that a page has room for is a `tabular`, to be put where the document wants it; a longer
        or wider one goes on over pages.
        """
        if not columns:
            return ""
        are_texts = [column.align == "left" for column in columns]
        texts = [[column.title, *(row.shown(column) for row in rows)] for column in columns]
        found = layout(
            [[breakable(t) for t in of] if is_text else of
             for of, is_text in zip(texts, are_texts, strict=True)],
            are_texts,
        )  # fmt: skip
        cells = [
            [self.escape(breakable(t) if is_text else t) for t in of]
            for of, is_text in zip(texts, are_texts, strict=True)
        ]
        width = natural_width(texts)
        if len(rows) <= ROWS_OF_A_PAGE and found.sheet.is_landscape and width <= WIDEST_SCALED:
            whole = TablePart(tuple(range(len(columns))), (None,) * len(columns))
            return _tabular(whole, columns, cells, SHEETS[0], is_scaled=True)
        make = _longtable
        if len(rows) <= ROWS_OF_A_PAGE and not found.sheet.is_landscape:
            make = _tabular
        return "\n".join(make(part, columns, cells, found.sheet) for part in found.parts)


WIDEST_LINE = 90
"""The most characters of a typewriter line that stand in one of a page at the size of notes."""


ROWS_OF_A_PAGE = 40
"""The most rows for which a page has room."""
WIDEST_SCALED = 540
"""The most points of a table that is scaled to the width of a line: its letters stay legible."""


def _tabular(
    part: TablePart,
    columns: Sequence[Column],
    cells: Sequence[Sequence[str]],
    sheet: Sheet,
    *,
    is_scaled: bool = False,
) -> str:
    """A table in one piece, scaled to the width of a line if asked for."""
    kinds, head, body = _in_latex(part, columns, cells)
    begin, end = rf"\begin{{tabular}}{{{kinds}}}", r"\end{tabular}"
    if is_scaled:
        begin, end = rf"\resizebox{{\linewidth}}{{!}}{{{begin}", f"{end}}}"
    lines = [begin, r"\toprule", head, r"\midrule", *body, r"\bottomrule", end]
    return "\n".join([rf"\noindent{{{_letters(sheet)}%", *lines, "}"])


def _longtable(
    part: TablePart, columns: Sequence[Column], cells: Sequence[Sequence[str]], sheet: Sheet
) -> str:
    """A table that goes on over pages."""
    kinds, head, body = _in_latex(part, columns, cells)
    lines = [
        r"\begingroup" + _letters(sheet),
        rf"\begin{{longtable}}{{{kinds}}}",
        *(r"\toprule", head, r"\midrule", r"\endhead", *body, r"\bottomrule"),
        r"\end{longtable}",
        r"\endgroup",
    ]
    if sheet.is_landscape:
        lines = [r"\begin{landscape}", *lines, r"\end{landscape}"]
    return "\n".join(lines)


def _letters(sheet: Sheet) -> str:
    return rf"\{sheet.size}\setlength{{\tabcolsep}}{{3pt}}"


def _in_latex(
    part: TablePart, columns: Sequence[Column], cells: Sequence[Sequence[str]]
) -> tuple[str, str, list[str]]:
    """The kinds of some columns, their headings, and their rows."""
    chosen = [columns[i] for i in part.columns]
    kinds = "".join(_kind(c, width) for c, width in zip(chosen, part.widths, strict=True))
    head, *body = zip(*(cells[i] for i in part.columns), strict=True)
    return rf"@{{}}{kinds}@{{}}", _line(head), list(map(_line, body))


def _kind(column: Column, width: float | None) -> str:
    """A column of its alignment, or one whose cells wrap at a share of the line."""
    if width is None:
        return column.align[0]
    ragged = "right" if column.align == "left" else "left"
    return rf">{{\ragged{ragged}\arraybackslash}}p{{{width}\linewidth}}"


def _line(cells: Sequence[str]) -> str:
    return " & ".join(cells) + r" \\"


def _comments(texts: Sequence[str]) -> Iterator[str]:
    return (f"% {line}" for text in texts for line in text.splitlines())
