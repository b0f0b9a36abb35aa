"""A pen that writes SVG: the same bytes each time, light and dark in one file.

Light colours are attributes of each element, which every program that draws SVG sees; dark ones
stand in one media query, by the class of their role. Positions are rounded to a tenth of a pixel.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from html import escape
from typing import TypedDict, Unpack

from archcalc.pictures.palette import COLOURS
from archcalc.pictures.picture import Picture

FONTS = "Helvetica, Arial, 'Liberation Sans', sans-serif"
Point = tuple[float, float]


class Look(TypedDict, total=False):
    """How a shape looks, besides what fills it."""

    stroke: str
    """The role of its outline's colour."""
    stroke_width: float
    opacity: float
    """Of what fills it; of a path, of all of it."""
    dash: str
    title: str
    """What a reader sees who points at it."""


class Pen:
    """Draws shapes and texts by their roles' colours; `picture` is what it has drawn."""

    def __init__(self, width: float, height: float, title: str, description: str):
        self.width, self.height = width, height
        self._title, self._description = title, description
        self._body: list[str] = []
        self._fills: set[str] = set()
        self._strokes: set[str] = set()
        self.rect(0, 0, width, height, "paper")

    def rect(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: str,
        *,
        radius: float = 0,
        **look: Unpack[Look],
    ) -> None:
        """A rectangle."""
        rounded = f' rx="{_number(radius)}"' if radius else ""
        sizes = f'x="{_number(x)}" y="{_number(y)}" width="{_number(width)}" '
        self._element("rect", f'{sizes}height="{_number(height)}"{rounded}', fill, **look)

    def line(self, start: Point, end: Point, stroke: str, *, dash: str = "") -> None:
        """A straight line."""
        (x1, y1), (x2, y2) = start, end
        ends = f'x1="{_number(x1)}" y1="{_number(y1)}" x2="{_number(x2)}" y2="{_number(y2)}"'
        self._element("line", ends, "", stroke=stroke, dash=dash)

    def path(self, commands: str, *, fill: str = "none", **look: Unpack[Look]) -> None:
        """A path of SVG's commands."""
        self._element("path", f'd="{commands}"', fill, **look)

    def circle(self, x: float, y: float, radius: float, fill: str, **look: Unpack[Look]) -> None:
        """A circle."""
        place = f'cx="{_number(x)}" cy="{_number(y)}" r="{_number(radius)}"'
        self._element("circle", place, fill, **look)

    def text(
        self,
        x: float,
        y: float,
        text: str,
        *,
        fill: str = "ink",
        size: float = 12,
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        """A line of text whose baseline is at `y`."""
        where = f'x="{_number(x)}" y="{_number(y)}"'
        where += f' font-size="{_number(size)}"' if size != 12 else ""
        where += f' text-anchor="{anchor}"' if anchor != "start" else ""
        where += ' font-weight="600"' if bold else ""
        self._fills.add(fill)
        colour = f'class="f-{fill}" fill="{COLOURS[fill].light}"'
        self._body.append(f"<text {where} {colour}>{escape(text, False)}</text>")

    def link(self, target: str) -> None:
        """Begin what leads to another place, until `unlink`."""
        self._body.append(f'<a href="{escape(target)}">')

    def unlink(self) -> None:
        """End a link."""
        self._body.append("</a>")

    def _element(
        self,
        tag: str,
        sizes: str,
        fill: str,
        *,
        stroke: str = "",
        stroke_width: float = 1,
        opacity: float = 1,
        dash: str = "",
        title: str = "",
    ) -> None:
        sizes += f' stroke-width="{_number(stroke_width)}"' if stroke_width != 1 else ""
        what = "opacity" if tag == "path" else "fill-opacity"
        sizes += f' {what}="{opacity}"' if opacity != 1 else ""
        sizes += f' stroke-dasharray="{dash}"' if dash else ""
        classes, colours = [], []
        for role, attribute, used in (
            (fill, "fill", self._fills),
            (stroke, "stroke", self._strokes),
        ):
            if role == "none":
                colours.append(f'{attribute}="none"')
            elif role:
                used.add(role)
                classes.append(f"{attribute[0]}-{role}")
                colours.append(f'{attribute}="{COLOURS[role].light}"')
        named = f' class="{" ".join(classes)}"' if classes else ""
        inside = f"><title>{escape(title, False)}</title></{tag}>" if title else "/>"
        self._body.append(f"<{tag} {sizes}{named} {' '.join(colours)}{inside}")

    def picture(self, name: str) -> Picture:
        """What was drawn, as a file; `name` makes its ids its own where several stand in a page."""
        key = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-") or "picture"
        size = f"{_number(self.width)} {_number(self.height)}"
        head = [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" '
            f'width="{_number(self.width)}" height="{_number(self.height)}" role="img" '
            f'aria-labelledby="{key}-title {key}-desc" font-family="{FONTS}" font-size="12">',
            f'<title id="{key}-title">{escape(self._title, False)}</title>',
            f'<desc id="{key}-desc">{escape(self._description, False)}</desc>',
        ]
        before, drawn = ("\n".join([*part, ""]) for part in (head, [*self._body, "</svg>"]))
        return Picture(
            self._title, self._description, self.height, before, self._dark_rules(), drawn
        )

    def _dark_rules(self) -> str:
        rules = [f".f-{role}{{fill:{COLOURS[role].dark}}}" for role in sorted(self._fills)]
        rules += [f".s-{role}{{stroke:{COLOURS[role].dark}}}" for role in sorted(self._strokes)]
        return "".join(rules)


def _number(value: float) -> str:
    """A position to a tenth of a pixel.

    >>> _number(3.04), _number(2.25001), _number(-0.04)
    ('3', '2.3', '0')
    """
    tenths = round(value * 10)
    whole, rest = divmod(abs(tenths), 10)
    sign = "-" if tenths < 0 else ""
    return f"{sign}{whole}.{rest}" if rest else f"{sign}{whole}"


def polyline(points: Sequence[Point]) -> str:
    """The commands of a path through points.

    >>> polyline([(0, 1), (2, 3)])
    'M0 1L2 3'
    """
    return "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in points)
