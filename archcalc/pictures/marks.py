"""The marks of points, a shape for each lineage, and the legend that says which is whose."""

from __future__ import annotations

from collections.abc import Iterable
from math import sqrt

from archcalc.pictures.lettering import room_for
from archcalc.pictures.lineages import Lineage
from archcalc.pictures.pen import Pen, polyline

RADIUS = 5.0


def draw_mark(pen: Pen, lineage: Lineage, x: float, y: float, *, title: str = "") -> None:
    """The mark of a lineage, about a circle of RADIUS in size."""
    role, r = f"mark-{lineage.colour}", RADIUS
    if lineage.shape == "circle":
        pen.circle(x, y, r, role, title=title)
    elif lineage.shape == "ring":
        pen.circle(x, y, r - 1, "paper", stroke=role, stroke_width=2.2, title=title)
    else:
        pen.path(_outline(lineage.shape, x, y, r), fill=role, title=title)


def draw_sized_mark(
    pen: Pen, lineage: Lineage, x: float, y: float, radius: float, *, is_filled: bool, title: str
) -> None:
    """The mark of a lineage in the size of a circle, filled or as an outline."""
    role = f"mark-{lineage.colour}"
    fill, opacity = (role, 0.75) if is_filled else ("paper", 1.0)
    if lineage.shape in ("circle", "ring"):
        pen.circle(x, y, radius, fill, stroke=role, stroke_width=1.6, opacity=opacity, title=title)
    else:
        outline = _outline(lineage.shape, x, y, radius)
        pen.path(outline, fill=fill, stroke=role, stroke_width=1.6, opacity=opacity, title=title)


def _outline(shape: str, x: float, y: float, r: float) -> str:
    side = r * 0.9
    high = r * 1.1
    wide = r * 0.34
    points = {
        "square": [(-side, -side), (side, -side), (side, side), (-side, side)],
        "triangle": [(0, -high), (high, side), (-high, side)],
        "down": [(0, high), (high, -side), (-high, -side)],
        "diamond": [(0, -r * 1.25), (r * 1.1, 0), (0, r * 1.25), (-r * 1.1, 0)],
        "plus": [
            *((-wide, -r), (wide, -r), (wide, -wide), (r, -wide), (r, wide), (wide, wide)),
            *((wide, r), (-wide, r), (-wide, wide), (-r, wide), (-r, -wide), (-wide, -wide)),
        ],
    }[shape]
    return polyline([(x + dx, y + dy) for dx, dy in points]) + "Z"


def area_radius(value: int, largest: int, radius: float) -> float:
    """The radius of a circle whose area is in proportion to a value."""
    return max(radius * sqrt(value / largest), 2.5)


def legend_lines(found: Iterable[Lineage], width: float) -> list[list[Lineage]]:
    """Lineages in lines of at most a width."""
    lines: list[list[Lineage]] = [[]]
    used = 0.0
    for lineage in found:
        room = _legend_room(lineage)
        if lines[-1] and used + room > width:
            lines.append([])
            used = 0
        lines[-1].append(lineage)
        used += room
    return lines


def _legend_room(lineage: Lineage) -> float:
    return 14 + room_for(lineage.name, 11.5, bold=True) + 14


def draw_legend(pen: Pen, lines: Iterable[Iterable[Lineage]], x: float, y: float) -> None:
    """The marks with their names, a line 20 pixels below the other."""
    for i, line in enumerate(lines):
        at = x
        for lineage in line:
            draw_mark(pen, lineage, at + 4, y + i * 20 - 4)
            fill = f"mark-{lineage.colour}"
            pen.text(at + 14, y + i * 20, lineage.name, fill=fill, size=11.5, bold=True)
            at += _legend_room(lineage)
