"""Labels beside points: a clear ground and a line to a point that is farther off, then the text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from archcalc.pictures.lettering import room_for
from archcalc.pictures.pen import Pen, polyline
from archcalc.pictures.placement import LABEL_SIZE, Area, Label, Labelled, place


class BesidePoint(NamedTuple):
    """A label in its place."""

    point: Labelled
    label: Label

    def draw_under(self, pen: Pen, ground: str = "paper") -> None:
        """What lies under the marks: a clear ground, and a line where it is needed."""
        x, y, is_led = self.label
        width = room_for(self.point.text, LABEL_SIZE)
        pen.rect(x - 1, y - 9, width, 12, ground, opacity=0.75)
        if is_led:
            near = min(max(self.point.x, x), x + width)
            end = y + 2 if y < self.point.y else y - 9
            path = polyline([(self.point.x, self.point.y), (near, end)])
            pen.path(path, stroke=self.point.colour, opacity=0.5)

    def draw(self, pen: Pen) -> None:
        """The text."""
        pen.text(
            self.label.x, self.label.y, self.point.text, fill=self.point.colour, size=LABEL_SIZE
        )


def label_points(
    points: Sequence[Labelled], marks: Iterable[Area], within: Area
) -> list[BesidePoint]:
    """The labels that have a place, the first of them with the first choice."""
    places = place(points, marks, within)
    return [
        BesidePoint(point, label)
        for point, label in zip(points, places, strict=True)
        if label is not None
    ]


def squares_around(points: Iterable[tuple[float, float, float]]) -> list[Area]:
    """The squares that round marks take, by their middles and radii."""
    return [(x - r, y - r, x + r, y + r) for x, y, r in points]
