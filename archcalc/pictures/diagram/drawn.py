"""A diagram as a picture: boxes with shapes and costs, and what leads from one to the other."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple, get_args

from archcalc import figures
from archcalc.pictures.diagram.coordinates import middles
from archcalc.pictures.diagram.joined import Box, Diagram, shape_under
from archcalc.pictures.diagram.ranks import layers_of
from archcalc.pictures.lettering import room_for, text_lines
from archcalc.pictures.pen import Pen
from archcalc.pictures.picture import Picture

_SIZE, _LINE, _PAD = 10.5, 14, 10
_LEAST, _MOST = 74, 132
_TOP, _SIDE = 44, 16
Direction = Literal["down", "right"]
"""Where a diagram leads, from its inputs to its outputs."""
DIRECTIONS: Sequence[Direction] = get_args(Direction)
_BESIDE: Mapping[Direction, int] = {"down": 16, "right": 32}
"""Between boxes of one rank; under a box is its shape."""
_AHEAD: Mapping[Direction, int] = {"down": 42, "right": 36}
"""From one rank to the next."""
_INPUT, _OUTPUT = "input ", "output "


@dataclass(frozen=True)
class BoxPlace:
    """A box or a pill in its place: its left top corner, its size and its lines."""

    x: int
    y: int
    width: int
    height: int
    lines: Sequence[BoxLine]


@dataclass(frozen=True)
class Plan:
    """Where everything of a diagram is."""

    places: dict[str, BoxPlace]
    ways: list[tuple[str, str, list[tuple[int, int]]]]
    """Of each edge its source, its target and the points that it goes through."""
    width: int
    height: int
    direction: Direction


class BoxLine(NamedTuple):
    """A line in a box: its text, and whether it is of the box's name, its op or its costs."""

    text: str
    role: str

    @property
    def room(self) -> float:
        """The width that it needs."""
        return room_for(self.text, _SIZE, bold=self.role == "name")


def lines_in(box: Box) -> list[BoxLine]:
    """What is written in a box: name, op, parameters, MACs."""
    room = _MOST - 2 * _PAD
    name = text_lines(box.name.replace(".", ". "), room, _SIZE + 0.5, 2)
    lines = [BoxLine(line.replace(". ", "."), "name") for line in name]
    if box.op != box.name:
        lines += [BoxLine(line, "op") for line in text_lines(box.op, room, _SIZE - 0.5, 4)]
    for value, noun in ((box.part.parameters, "parameters"), (box.part.macs, "MACs")):
        if value:
            lines.append(BoxLine(f"{figures.short(value)} {noun}", "cost"))
    return lines


def _in_pills(
    shapes: Mapping[str, str], word: str, called: Mapping[str, str]
) -> dict[str, list[BoxLine]]:
    """What is written at the ends: their shapes, of several their names too."""
    return {
        word + name: [BoxLine(called[name], "name"), BoxLine(shape, "op")]
        if name in called
        else [BoxLine(f"{word}{shape}", "name")]
        for name, shape in shapes.items()
    }


def planned(found: Diagram, direction: Direction = "down", least: int = 0) -> Plan:
    """The places of a diagram's boxes, between its inputs and its outputs; one that leads down is
    in the middle of the least width."""
    texts = _in_pills(found.inputs, _INPUT, found.called)
    texts |= {name: lines_in(box) for name, box in found.boxes.items()}
    texts |= _in_pills(found.outputs, _OUTPUT, found.called)
    edges = [
        (source if source in found.boxes else _INPUT + source, target)
        for source, target in found.edges
    ]
    edges += [(name, _OUTPUT + name) for name in found.outputs]
    layers = layers_of(list(texts), list(dict.fromkeys(edges)))
    widths = {name: _width(lines) for name, lines in texts.items()}
    widths |= dict.fromkeys(found.boxes, max(widths[name] for name in found.boxes))
    heights = {name: 2 * 7 + _LINE * len(lines) for name, lines in texts.items()}
    is_down = direction == "down"
    long, broad = (heights, widths) if is_down else (widths, heights)  # ahead, and beside
    middle = middles(layers, broad, _BESIDE[direction])
    breadth = max(at + broad.get(name, 0) // 2 for name, at in middle.items())
    first, side = (_TOP, max(_SIDE, (least - breadth) // 2)) if is_down else (_SIDE, _TOP)

    def point(ahead: int, beside: int) -> tuple[int, int]:
        return (side + beside, ahead) if is_down else (ahead, side + beside)

    places: dict[str, BoxPlace] = {}
    level: dict[str, tuple[int, int]] = {}
    ahead = first
    for row in layers.rows:
        end = ahead + max((long[name] for name in row if name in texts), default=0)
        for name in row:
            level[name] = ahead, end
            if name in texts:
                x, y = point(ahead, middle[name] - broad[name] // 2)
                places[name] = BoxPlace(x, y, widths[name], heights[name], texts[name])
        ahead = end + _AHEAD[direction]
    ways = []
    for (source, target), chain in layers.chains.items():
        upper, *bends, lower = chain
        start, end = level[upper]
        points = [point(start + long[upper], middle[upper]), point(end, middle[upper])]
        points += [point(at, middle[bend]) for bend in bends for at in level[bend]]
        points.append(point(level[lower][0], middle[lower]))
        ways.append((source, target, points if upper == source else points[::-1]))
    ends = [(each.x + each.width, each.y + each.height) for each in places.values()]
    ends += [point for _, _, points in ways for point in points]
    width, height = (max(along, default=0) + _SIDE for along in zip(*ends, strict=True))
    return Plan(places, ways, width, height if is_down else height + _LINE, direction)


def _width(lines: Sequence[BoxLine]) -> int:
    return max(_LEAST, int(max(line.room for line in lines)) + 2 * _PAD)


def diagram_picture(found: Diagram, direction: Direction = "down") -> Picture:
    """The picture of a diagram."""
    part = found.part
    title = f"{part.network.title}: {part.path}" if part.path else part.network.title
    least = int(room_for(title, 14, bold=True)) + 2 * _SIDE
    plan = planned(found, direction, least)
    pen = Pen(max(plan.width, least), plan.height, title, _facts(found))
    pen.text(_SIDE, 24, title, size=14, bold=True)
    to_the_right = _turn_right(plan.ways) if direction == "down" else set()
    for _, _, points in plan.ways:
        pen.path(_curve(points, direction), stroke="edge")
        pen.path(_head(points, direction), fill="edge")
    for name, place in plan.places.items():
        box = found.boxes.get(name)
        if box is None:
            _pill(pen, place)
        else:
            _draw(pen, place, box, part.macs)
            _say_shape(pen, place, shape_under(box), direction, name in to_the_right)
    return pen.picture(f"diagram {part.network.name} {part.path}")


def _curve(points: Sequence[tuple[int, int]], direction: Direction) -> str:
    """Straight ahead along bends, in curves from one to the other."""
    x, y = points[0]
    commands = f"M{x} {y}"
    for (x1, y1), (x2, y2) in pairwise(points):
        if direction == "down":
            half = (y1 + y2) // 2
            commands += f"V{y2}" if x1 == x2 else f"C{x1} {half} {x2} {half} {x2} {y2}"
        else:
            half = (x1 + x2) // 2
            commands += f"H{x2}" if y1 == y2 else f"C{half} {y1} {half} {y2} {x2} {y2}"
    return commands


def _head(points: Sequence[tuple[int, int]], direction: Direction) -> str:
    """The head of an arrow."""
    before, (x, y) = points[-2:]
    if direction == "down":
        back = y - 6 if before[1] < y else y + 6
        return f"M{x} {y}L{x - 3} {back}L{x + 3} {back}Z"
    back = x - 6 if before[0] < x else x + 6
    return f"M{x} {y}L{back} {y - 3}L{back} {y + 3}Z"


def _pill(pen: Pen, place: BoxPlace) -> None:
    radius = min(place.height / 2, 14)
    pen.rect(place.x, place.y, place.width, place.height, "panel", stroke="grid", radius=radius)
    for i, line in enumerate(place.lines):
        x, y = place.x + place.width / 2, place.y + 7 + _LINE * i + 11
        pen.text(x, y, line.text, size=_SIZE, bold=line.role == "name", anchor="middle")


def _draw(pen: Pen, place: BoxPlace, box: Box, whole: int) -> None:
    x, y, width, height = place.x, place.y, place.width, place.height
    said = f"{box.part.path}: {box.op}; {box.part.parameters:,} parameters, {box.part.macs:,} MACs"
    pen.rect(x, y, width, height, "box", stroke="edge", radius=4, title=said)
    role = f"kind-{box.kind}" if box.kind else "edge"
    pen.rect(x, y, 4, height, role, radius=2)
    for i, line in enumerate(place.lines):
        fill, is_bold = "muted" if line.role == "op" else "ink", line.role == "name"
        pen.text(x + _PAD, y + 7 + _LINE * i + 11, line.text, fill=fill, size=_SIZE, bold=is_bold)
    if box.part.macs and whole:
        length = max((width - 8) * box.part.macs / whole, 1)
        pen.rect(x + 6, y + height - 4, length, 3, role)


def _say_shape(pen: Pen, place: BoxPlace, shape: str, direction: Direction, is_left: bool) -> None:
    """The shape under a box, beside the edges that leave there."""
    room = room_for(shape, 9.5)
    middle, y = place.x + place.width / 2, place.y + place.height
    if is_left and middle > room + 10:
        pen.rect(middle - 5 - room, y + 3, room, 12, "paper", opacity=0.85)
        pen.text(middle - 6, y + 13, shape, fill="muted", size=9.5, anchor="end")
        return
    at = middle + 6 if direction == "down" else place.x + 4
    pen.rect(at - 1, y + 3, room, 12, "paper", opacity=0.85)
    pen.text(at, y + 13, shape, fill="muted", size=9.5)


def _turn_right(ways: Sequence[tuple[str, str, Sequence[tuple[int, int]]]]) -> set[str]:
    """The boxes from which some way down turns to the right, and none to the left."""
    right: set[str] = set()
    left: set[str] = set()
    for source, _, points in ways:
        before, after = points[0][0], points[2][0]
        if after != before:
            (right if after > before else left).add(source)
    return right - left


def _facts(found: Diagram) -> str:
    part = found.part
    steps = [f"{box.name} ({box.op})" for box in found.boxes.values()]
    shown = "; ".join(steps[:12]) + (f"; and {len(steps) - 12} more" if len(steps) > 12 else "")
    takes = ", ".join(found.inputs.values())
    gives = ", ".join(found.outputs.values())
    boxes = "1 box" if len(steps) == 1 else f"{len(steps)} boxes"
    return (
        f"From {takes} to {gives} in {boxes}, {part.parameters:,} parameters and "
        f"{part.macs:,} MACs: {shown}."
    )
