"""How wide a text is, from the advances of Arial's letters: no font is asked, so that a picture has
the same bytes everywhere."""

from __future__ import annotations

_ADVANCES = {
    191: "'",
    222: "ijl",
    260: "|",
    278: " !,./:;I[\\]ft",
    333: "()-`r·",
    334: "{}",
    355: '"',
    389: "*",
    469: "^",
    500: "Jckxsvyz",
    556: "#$0123456789?L_abdeghnopqu",
    584: "+<=>~×",
    611: "FTZ",
    667: "&ABEKPSVXY",
    722: "CDHNRUw",
    778: "GOQ",
    833: "Mm",
    889: "%",
    944: "W",
    1000: "→…",
    1015: "@",
}
"""Thousandths of the font's size, by the letters that have that advance."""
_BY_LETTER = {letter: advance for advance, letters in _ADVANCES.items() for letter in letters}
_UNKNOWN = 1000
"""Letters of other scripts are at most as wide as they are high."""
_BOLD = 110
"""Percent that bold letters are wider."""
LETTER_MARGIN = 112
"""Percent that letters may be wider where another font steps in, such as DejaVu Sans."""


def text_width(text: str, size: float, *, bold: bool = False) -> float:
    """The width of a line in pixels, in Arial.

    >>> text_width("1x1", 10), text_width("1x1", 10, bold=True)
    (16.1, 17.7)
    """
    thousandths = sum(_BY_LETTER.get(letter, _UNKNOWN) for letter in text)
    percent = _BOLD if bold else 100
    return round(thousandths * size * percent / 100_000, 1)


def room_for(text: str, size: float, *, bold: bool = False) -> float:
    """The width to leave for a line, whichever font draws it."""
    return text_width(text, size, bold=bold) * LETTER_MARGIN / 100


def cut_to(text: str, width: float, size: float) -> str:
    """A line that fits into a width; of a longer one the end, where names differ.

    >>> cut_to("features.12", 400, 12), cut_to("features.12", 48, 12)
    ('features.12', '…es.12')
    """
    if room_for(text, size) <= width:
        return text
    kept = text
    while kept and room_for(f"…{kept}", size) > width:
        kept = kept[1:]
    return f"…{kept}"


def text_lines(text: str, width: float, size: float, most: int) -> list[str]:
    """A text in lines of at most a width, the last of at most so many cut off; a value stands in
    the line of the word that it is of, where both fit into one.

    >>> text_lines("max_pool2d 3x3 pad 1", 104, 9.5, 3)
    ['max_pool2d 3x3', 'pad 1']
    """
    units: list[str] = []
    for word in text.split():
        together = f"{units[-1]} {word}" if units and word[0] in "-0123456789[" else ""
        if together and room_for(together, size) <= width:
            units[-1] = together
        else:
            units.append(word)
    lines: list[str] = []
    line = ""
    for unit in units:
        longer = f"{line} {unit}".strip()
        if line and room_for(longer, size) > width:
            lines.append(line)
            line = unit
        else:
            line = longer
    lines.append(line)
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and room_for(f"{last}…", size) > width:
        last = last[:-1]
    return [*lines[: most - 1], f"{last}…"]
