"""Plain text, laid out to a width."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import zip_longest

from archcalc.formats.format import Format
from archcalc.formats.printable import Arithmetic, DocumentBlock, Paragraph, Printable, Table
from archcalc.formats.table import Column, Row


class Text(Format):
    """What a terminal shows: tables in columns, everything else as it stands."""

    name = "text"

    def write(self, found: Printable, width: int) -> str:
        """What is found for terminals, else its blocks."""
        text = found.as_text(width)
        if text is not None:
            return text
        return "\n".join(self._block(block, width) for block in found.as_blocks())

    def _block(self, block: DocumentBlock, width: int) -> str:
        if isinstance(block, Arithmetic):
            block = block.plain
        if isinstance(block, Table):
            return "\n".join(_table(block, width))
        if isinstance(block, Paragraph):
            return "\n".join(_paragraphs(block.text, width))
        return block.text


def _table(table: Table, width: int) -> list[str]:
    columns = [column for column in table.columns if column.for_people and column.in_text]
    cells = {
        c.key: [c.header, *(_cell(row, c, indented=i == 0) for row in table.real_rows)]
        for i, c in enumerate(columns)
    }
    widths = _fitting(columns, {key: max(map(len, cells[key])) for key in cells}, width)
    shown = [column for column in columns if column.key in widths]
    grid = zip(*(cells[column.key] for column in shown), strict=True)
    printed = iter([list(_lines(row, shown, widths)) for row in grid])
    lines = _paragraphs(table.title, width) + next(printed, [])
    for row in table.rows:
        lines += wrapped(row, width) if isinstance(row, str) else next(printed, [])
    lines += table.footer
    left_out = [column.key for column in columns if column.key not in widths]
    if left_out:
        lines += wrapped(f"not shown at this width: {', '.join(left_out)}", width)
    for note in table.notes:
        lines += wrapped(note, width)
    return lines


def _fitting(columns: Sequence[Column], widths: Mapping[str, int], width: int) -> dict[str, int]:
    """How wide each column is in a text: first some are narrowed, then some leave."""
    leaving = sorted((c for c in columns if c.leaves is not None), key=lambda c: c.leaves or 0)
    shown = list(columns)
    while True:
        found = {column.key: widths[column.key] for column in shown}
        room = width - 2 * (len(shown) - 1)
        while sum(found.values()) > room:
            wide = [c for c in shown if c.least is not None and found[c.key] > c.least]
            if not wide:
                break
            widest = max(wide, key=lambda c: found[c.key])
            others = [found[c.key] for c in wide if c is not widest]
            least = max(widest.least or 0, *others, 0)
            excess = sum(found.values()) - room
            found[widest.key] -= max(1, min(excess, found[widest.key] - least))
        if sum(found.values()) <= room or not leaving:
            return found
        shown.remove(leaving.pop(0))


def _lines(
    cells: Sequence[str], columns: Sequence[Column], widths: Mapping[str, int]
) -> Iterator[str]:
    """A row's line, and more of them where a narrowed text goes on."""
    parts = [_narrowed(cell, c, widths[c.key]) for cell, c in zip(cells, columns, strict=True)]
    for line in zip_longest(*parts, fillvalue=""):
        aligned = (
            cell.ljust(widths[c.key]) if c.align == "left" else cell.rjust(widths[c.key])
            for cell, c in zip(line, columns, strict=True)
        )
        yield "  ".join(aligned).rstrip()


def _narrowed(cell: str, column: Column, width: int) -> list[str]:
    if not column.wraps or len(cell) <= width:
        return [cut(cell, width)]
    return [line.replace(_TIED, " ") for line in wrapped(_tied(cell), width)]


_TIED = "\N{NO-BREAK SPACE}"


def _tied(text: str) -> str:
    """A text that is broken before `+` and `-`, not behind them, nor inside short parentheses, nor
    between a number and what it counts."""
    parentheses = r"\((?:[^()]|\([^()]{,30}\)){,30}\)"
    text = re.sub(parentheses, lambda match: match[0].replace(" ", _TIED), text)
    return re.sub(r"(?<= [+-]) |(?<=\d) (?=[a-z])", _TIED, text)


def _cell(row: Row, column: Column, *, indented: bool) -> str:
    if indented:
        return "  " * row.level + (row.name or row.shown(column))
    return row.shown(column)


def wrapped(text: str, width: int) -> list[str]:
    """A note's lines, broken between words."""
    import textwrap  # slow to load

    return textwrap.wrap(text, width, break_long_words=False, break_on_hyphens=False)


def _paragraphs(text: str, width: int) -> list[str]:
    """The lines of a text that has line breaks of its own, broken where they are too long."""
    return [line for own in text.splitlines() for line in wrapped(own, width) or [""]]


def cut(text: str, width: int) -> str:
    """A text in so many columns at most, cut behind a word.

    >>> cut("Going deeper with convolutions", 20)
    'Going deeper ...'
    """
    if len(text) <= width:
        return text
    whole = text[: width - 3].rpartition(" ")[0]
    return f"{whole or text[: width - 4]} ..."
