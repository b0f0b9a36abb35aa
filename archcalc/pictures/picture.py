"""A finished picture: its text, what a notebook shows of it, and its file."""

from __future__ import annotations

import os
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, get_args

from archcalc.errors import ArchcalcError, quote
from archcalc.extras import require

PICTURE_FORMATS = ("svg", "png", "pdf")
Theme = Literal["auto", "light", "dark"]
THEMES: tuple[Theme, ...] = get_args(Theme)
_PIXELS = 2
"""Pixels of a PNG for each of the SVG's, so that text stays sharp."""


@dataclass(frozen=True)
class Picture:
    """An SVG with its title and a description of it in words.

    Light colours are attributes of what is drawn, before which the rules of dark ones go.
    """

    title: str
    description: str
    height: float
    """In pixels."""
    head: str = field(repr=False)
    """The SVG up to the rules of dark colours."""
    dark_rules: str = field(repr=False)
    """The dark colours, by the class of what has them."""
    drawn: str = field(repr=False)
    """The SVG behind these rules."""
    theme: Theme = "auto"

    @property
    def svg(self) -> str:
        """The file's text."""
        rules = {
            "auto": f"<style>@media (prefers-color-scheme:dark){{{self.dark_rules}}}</style>\n",
            "dark": f"<style>{self.dark_rules}</style>\n",
            "light": "",
        }
        return self.head + rules[self.theme] + self.drawn

    def _repr_svg_(self) -> str:
        return self.svg

    def in_theme(self, theme: Theme) -> Picture:
        """The picture in light colours or dark ones wherever it is shown; "auto" is as the page
        that shows it asks for.

        Raises:
            ArchcalcError: there is no such theme.
        """
        if theme not in THEMES:
            raise ArchcalcError(f"a theme is one of {', '.join(THEMES)}; got {quote(theme)}")
        return replace(self, theme=theme)

    def data(self, format: str) -> bytes:
        """The picture as a file's content: svg, png or pdf.

        Raises:
            ArchcalcError: what converts it is missing, or there is no such format.
        """
        if format == "svg":
            return self.svg.encode()
        if format not in PICTURE_FORMATS:
            known = ", ".join(PICTURE_FORMATS)
            raise ArchcalcError(f"a picture is one of {known}; got {quote(format)}")
        require(f"a {format} picture", "pictures", "cairosvg")
        import cairosvg

        convert = cairosvg.svg2png if format == "png" else cairosvg.svg2pdf
        options = {"scale": _PIXELS} if format == "png" else {}
        found: bytes = convert(bytestring=self.svg.encode(), **options)
        return found

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write it to a file, in the format that its name ends in.

        Raises:
            ArchcalcError: as `data`, or the file cannot be written.
        """
        place = Path(path)
        found = self.data(format_of(place))
        try:
            place.write_bytes(found)
        except OSError as error:
            why = error.strerror or type(error).__name__
            raise ArchcalcError(f"cannot write {quote(place, marks='')}: {why}") from None
        return place


def format_of(path: Path) -> str:
    """The format that a file's name asks for.

    Raises:
        ArchcalcError: it asks for none that there is.
    """
    ending = path.suffix.removeprefix(".").lower()
    if ending not in PICTURE_FORMATS:
        known = ", ".join(f".{each}" for each in PICTURE_FORMATS)
        raise ArchcalcError(f"a picture's file ends in {known}; got {quote(path.name)}")
    return ending
