"""How wide the columns of a LaTeX table are, so that it fits a page of A4 as `article` sets it.

Cells are measured by the widths of Computer Modern, rounded up. A table that is too wide gets cells
that wrap, then smaller letters, then a page on its side, and at last several parts, each with the
first column.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

BREAK = "\ue000"
"""Where a long word in a cell may go on in the next line; of Unicode's private use."""
GAP = 6
"""Points between two columns."""


class Sheet(NamedTuple):
    """Letters of a size, and a line that they are set in."""

    size: str
    em: float
    """The width of an em in points."""
    line: int
    """The width of a line in points: `\\linewidth` of `article` on A4."""
    is_landscape: bool = False


SHEETS = (
    Sheet("footnotesize", 8.5, 345),
    Sheet("scriptsize", 8.0, 345),
    Sheet("footnotesize", 8.5, 598, is_landscape=True),
    Sheet("scriptsize", 8.0, 598, is_landscape=True),
)
"""What is tried, the most legible first."""

_EM = {
    **dict.fromkeys("ijl.,:;'|!·", 0.32),
    **dict.fromkeys("ft()[]rs -", 0.4),
    **dict.fromkeys("mwMW@%—", 1.0),
    **dict.fromkeys("+=<>~→×≈", 0.8),
    BREAK: 0.0,
}
"""Widths in em; capitals take three quarters, all else a bit more than half."""


class TablePart(NamedTuple):
    """Some columns of a table, by their numbers, with the width of each that wraps, in lines."""

    columns: tuple[int, ...]
    widths: tuple[float | None, ...]


class TableLayout(NamedTuple):
    """How a table is set."""

    sheet: Sheet
    parts: tuple[TablePart, ...]


def breakable(text: str) -> str:
    """A text whose long words, such as paths, may go on in the next line.

    >>> breakable("layer1.0.downsample 1.5").replace(BREAK, "|")
    'layer1.|0.|downsample 1.5'
    """
    return re.sub(
        r"(?=\S*[^\W\d_])\S{12,}",
        lambda word: re.sub(r"(?<=[/_.,\[=])(?=.)", BREAK, word[0]),
        text,
    )


def ems(text: str) -> float:
    """How wide a text is, in em."""
    return sum(_EM.get(c, 0.76 if c.isupper() else 0.56) for c in text)


def narrowest(text: str) -> float:
    """How wide the widest word is that cannot be broken."""
    return max(map(ems, re.split(rf"[\s{BREAK}]|(?<=-)", text)), default=0.0)


def natural_width(columns: Sequence[Sequence[str]]) -> float:
    """The width of a table in the most legible letters, in points, where no cell wraps."""
    widest = sum(max(map(ems, texts)) for texts in columns)
    return widest * SHEETS[0].em + GAP * (len(columns) - 1)


def layout(columns: Sequence[Sequence[str]], wrapping: Sequence[bool]) -> TableLayout:
    """How a table with these texts in its columns is set; the first one of each is its heading.

    Columns that wrap do so first, and then headings of the others.
    """
    natural = [max(map(ems, texts)) for texts in columns]
    least = [max(map(narrowest, texts)) for texts in columns]
    headings_wrap = [max(ems(t) for t in texts[1:] or [""]) for texts in columns]
    everything = range(len(columns))
    for sheet in SHEETS:
        room = sheet.line - GAP * (len(columns) - 1)
        for can in (
            [False] * len(columns),
            wrapping,
            [True] * len(columns),
        ):
            floor = [
                (least[i] if wrapping[i] else max(least[i], headings_wrap[i]))
                if can[i]
                else natural[i]
                for i in everything
            ]
            if sum(floor) * sheet.em <= room:
                return TableLayout(sheet, (_filled(everything, natural, floor, sheet),))
    return TableLayout(SHEETS[-1], tuple(_parts(natural, floor, SHEETS[-1])))


def _filled(
    columns: Sequence[int], natural: Sequence[float], floor: Sequence[float], sheet: Sheet
) -> TablePart:
    """Columns as wide as they ask for, but for the widest, which leave what is too much."""
    room = (sheet.line - GAP * (len(columns) - 1)) / sheet.em
    found = {i: natural[i] for i in columns}
    while sum(found.values()) > room + 1e-6:
        wide = [i for i in columns if found[i] > floor[i] + 1e-6]
        if not wide:
            break
        widest = max(wide, key=lambda i: found[i])
        found[widest] = max(floor[widest], found[widest] - 0.5)
    return TablePart(
        tuple(columns),
        tuple(
            round(found[i] * sheet.em / sheet.line, 3) if found[i] < natural[i] else None
            for i in columns
        ),
    )


def _parts(natural: Sequence[float], floor: Sequence[float], sheet: Sheet) -> Iterator[TablePart]:
    """As many columns as fit in one line, then the first with as many of the rest, and so on."""
    inside = [0]
    for i in range(1, len(floor)):
        taken = sum(floor[j] for j in (*inside, i)) * sheet.em + GAP * len(inside)
        if taken > sheet.line and len(inside) > 1:
            yield _filled(inside, natural, floor, sheet)
            inside = [0]
        inside.append(i)
    yield _filled(inside, natural, floor, sheet)


def broken_sum(formula: str, most: int) -> list[str]:
    r"""A sum in mathematics, broken before `+` and `-` where it is longer than so many signs.

    >>> broken_sum(r"2\,h + \left(h - 1\right) - 7", 4)
    ['2\\,h', '+ \\left(h - 1\\right)', '- 7']
    """
    depth = 0
    terms = [""]
    for token in re.findall(r"\\left.|\\right.|\\[A-Za-z]+|\\.| [+-] |.", formula):
        depth += (token[:5] == r"\left" or token == "{") - (token[:6] == r"\right" or token == "}")
        if depth == 0 and token in (" + ", " - "):
            terms.append(token.lstrip())
        else:
            terms[-1] += token
    lines = [terms[0]]
    for term in terms[1:]:
        if _signs(lines[-1]) + _signs(term) > most:
            lines.append(term)
        else:
            lines[-1] += f" {term}"
    return lines


def _signs(formula: str) -> int:
    """About how many signs wide a formula is."""
    return len(re.sub(r"\\[A-Za-z]+|\\.|[{} ]", "", formula))
