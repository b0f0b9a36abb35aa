"""Where labels of points go: beside their own point, on no other label and few other points."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from archcalc.pictures.lettering import room_for

Area = tuple[float, float, float, float]
"""Left, top, right, bottom."""


class Labelled(NamedTuple):
    """A point with the text that wants to stand beside it."""

    x: float
    y: float
    radius: float
    text: str
    colour: str
    """The role of its colour."""


class Label(NamedTuple):
    """Where a text stands: its left end and its baseline, and whether a line leads to its point."""

    x: float
    y: float
    is_led: bool


LABEL_SIZE = 11.0
_HEIGHT = 12
_FAR = 34
"""How far a label may be from its point, where a line leads there."""


def place(points: Sequence[Labelled], marks: Iterable[Area], within: Area) -> list[Label | None]:
    """The place of each label, the first with the first choice; None where there is none.

    No label lies on another one, nor outside; one on a mark of another point is the last choice.
    """
    taken: list[Area] = []
    boxes = list(marks)
    found: list[Label | None] = []
    for point in points:
        width = room_for(point.text, LABEL_SIZE)
        best: tuple[int, Label, Area] | None = None
        for rank, label in enumerate(_candidates(point, width)):
            box = (label.x - 1, label.y - 9, label.x + width + 1, label.y + 3)
            if not _is_inside(box, within) or any(_overlap(box, other) for other in taken):
                continue
            cost = rank + sum(_shared(box, mark) for mark in boxes)
            if best is None or cost < best[0]:
                best = (cost, label, box)
        if best is None or best[0] >= _TOO_MUCH:
            found.append(None)
        else:
            found.append(best[1])
            taken.append(best[2])
    return found


_TOO_MUCH = 50


def _candidates(point: Labelled, width: float) -> Iterator[Label]:
    x, y, r, _, _ = point
    right, left, middle = x + r + 3, x - r - 3 - width, x - width / 2
    yield Label(right, y + 4, False)
    yield Label(left, y + 4, False)
    for up in (y - r - 4, y + r + 11):
        yield Label(middle, up, False)
        yield Label(right - 4, up, False)
        yield Label(left + 4, up, False)
    for away in range(16, _FAR + 1, 6):
        for down in (-away, away + _HEIGHT - 4):
            yield Label(right + 4, y + down, True)
            yield Label(left - 4, y + down, True)
            yield Label(middle, y + down, True)


def _is_inside(box: Area, within: Area) -> bool:
    left, top, right, bottom = within
    return left <= box[0] and top <= box[1] and box[2] <= right and box[3] <= bottom


def _overlap(a: Area, b: Area) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]


def _shared(a: Area, b: Area) -> int:
    """The area that two boxes share, in units of what a label may cover: whole numbers, so that
    no rounding decides between two places."""
    across = min(a[2], b[2]) - max(a[0], b[0])
    down = min(a[3], b[3]) - max(a[1], b[1])
    return max(0, round(across)) * max(0, round(down)) if across > 0 and down > 0 else 0
