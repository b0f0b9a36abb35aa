"""Where a network's cost is, from input to output: parameters, MACs by kernel, live outputs, and
the receptive field against the input's size."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from archcalc import figures
from archcalc.analysis.count import Reading
from archcalc.network import Network
from archcalc.parts.folding import LayerRow, folded
from archcalc.parts.part import Part
from archcalc.pictures.field_bars import FieldBars
from archcalc.pictures.images import image_side
from archcalc.pictures.layer_kinds import kernel_text, kind_nouns, kind_of
from archcalc.pictures.lettering import cut_to, room_for
from archcalc.pictures.palette import KINDS
from archcalc.pictures.pen import Pen
from archcalc.pictures.picture import Picture
from archcalc.pictures.scales import marked, round_steps

MOST_STAGES = 26
"""Rows up to which repetitions are opened."""
_FEW, _VERY_FEW = 8, 5
"""Rows below which the group with the most MACs is opened, and equal repetitions all at once."""
_LEAST_SHARE = 200
"""A row without MACs is left out if it has fewer than one in so many parameters."""

WIDTH, ROW, TOP, LEFT = 880, 23, 84, 14
_BAR = 16
_NAMES = 170
"""The most room for the names of stages."""


class Segment(NamedTuple):
    """What one kind of layer has of a stage's cost."""

    kind: str
    label: str
    value: int


def stages(net: Network) -> list[LayerRow]:
    """The rows of a network's picture: its parts, with repetitions opened; of few rows the one
    with the most MACs is opened too, of equal repetitions all at once."""
    least = net.parameters // _LEAST_SHARE

    def costly(rows: Iterable[LayerRow]) -> list[LayerRow]:
        return [row for row in rows if row.part.macs or row.part.parameters > least]

    rows = costly(folded(net))
    while True:
        opened = [row for row in rows if row.inside and _is_run(row)]
        if not opened and len(rows) < _FEW:
            are_very_few = len(rows) < _VERY_FEW
            groups = [row for row in rows if row.inside or (are_very_few and row.copies > 1)]
            opened = sorted(groups, key=lambda row: row.part.macs)[-1:]
        inside = {row.part.path: costly(row.inside or _in_each_copy(row)) for row in opened}
        more = sum(len(rows) - 1 for rows in inside.values())
        if not opened or len(rows) + more > MOST_STAGES:
            return rows or list(folded(net))
        rows = [inner for row in rows for inner in inside.get(row.part.path, [row])]


def _in_each_copy(row: LayerRow) -> list[LayerRow]:
    """What is in equal repetitions: each of their layers and groups, of all of them together."""
    net, nodes = row.part.network, row.part.nodes
    size = len(nodes) // row.copies
    above, _, first = row.part.path.partition("..")[0].rpartition(".")
    copy = net[".".join(filter(None, (above, first)))]
    place = {node.name: i for i, node in enumerate(nodes[:size])}
    found = []
    for inner in folded(copy):
        path = row.part.path + inner.part.path[len(copy.path) :]
        places = [place[node.name] for node in inner.part.nodes]
        every = (nodes[start + i] for start in range(0, len(nodes), size) for i in places)
        found.append(replace(inner, part=Part(net, path, tuple(every)), inside=()))
    return found


def _is_run(row: LayerRow) -> bool:
    return all(inner.name.partition("..")[0].isdigit() for inner in row.inside)


def segments(part: Part, of: Callable[[Reading], int]) -> list[Segment]:
    """A part's cost by kind of layer; a kind is labelled by the kernel that costs most of it."""
    found: dict[str, int] = {}
    by_kernel: dict[tuple[str, str], int] = {}
    for layer, copies in part.readings.items():
        value = copies * of(layer)
        if value:
            kind, label = kind_of(layer), kernel_text(layer)
            found[kind] = found.get(kind, 0) + value
            by_kernel[kind, label] = by_kernel.get((kind, label), 0) + value
    labels = {kind: label for (kind, label), _ in sorted(by_kernel.items(), key=lambda p: p[1])}
    return [Segment(kind, labels[kind], found[kind]) for kind in KINDS if kind in found]


def _parameters(layer: Reading) -> int:
    found: int = layer.parameters
    return found


def _macs(layer: Reading) -> int:
    found: int = layer.macs
    return found


@dataclass(frozen=True)
class _Panel:
    """One column of bars: from where, how long the longest is, and what they are of."""

    x: float
    width: float
    title: str
    total: int
    of: Callable[[Reading], int]


def cost_picture(net: Network) -> Picture:
    """The picture of one network."""
    rows = stages(net)
    facts = _facts(net, rows)
    pen = Pen(
        WIDTH, TOP + len(rows) * ROW + 62, f"Where the cost of {net.title} is", " ".join(facts)
    )
    pen.text(LEFT, 24, net.title, size=17, bold=True)
    after = LEFT + room_for(net.title, 17, bold=True) + 14
    said = f"where the cost is, from input to output ({net.input}, batch {net.batch})"
    if after + room_for(said, 12) > WIDTH:
        said = f"{net.input}, batch {net.batch}"
    pen.text(after, 24, said, fill="muted")
    names = [cut_to(row.part.path, _NAMES, 12) for row in rows]
    shapes = [figures.outputs(row.part.ends[:1]) for row in rows]
    name_room = max(room_for(name, 12) for name in names)
    left = LEFT + name_room + 16 + max(room_for(shape, 11.5) for shape in shapes) + 14
    fields = FieldBars(net, [row.part for row in rows])
    right = WIDTH - 16 - 140 - fields.room
    width = (right - left) / 2
    panels = [
        _Panel(left, width - 62, "parameters", net.parameters, _parameters),
        _Panel(left + width, width - 62, "MACs", net.macs, _macs),
    ]
    _rows(pen, rows, names, shapes, left - 14)
    for panel in panels:
        _bars(pen, panel, rows)
    _live(pen, right + 4, 66, rows)
    if fields.room:
        fields.draw(pen, right + 144, TOP, ROW)
    _legend(pen, net, left, TOP + len(rows) * ROW + 46)
    return pen.picture(f"cost {net.name}")


def _rows(
    pen: Pen, rows: Sequence[LayerRow], names: Sequence[str], shapes: Sequence[str], end: float
) -> None:
    for i, (row, name, shape) in enumerate(zip(rows, names, shapes, strict=True)):
        y = TOP + i * ROW
        pen.text(LEFT, y + 15, name)
        pen.text(end, y + 15, shape, fill="muted", size=11.5, anchor="end")
        if i:
            pen.line((LEFT - 6, y), (WIDTH - 8, y), "grid")
        pen.rect(LEFT, y + 2, end - LEFT, ROW - 4, "paper", opacity=0, title=row.op)


def _bars(pen: Pen, panel: _Panel, rows: Sequence[LayerRow]) -> None:
    pen.text(panel.x, TOP - 22, panel.title, bold=True)
    after = panel.x + room_for(panel.title, 12, bold=True) + 8
    pen.text(after, TOP - 22, figures.short(panel.total), fill="muted")
    by_row = [segments(row.part, panel.of) for row in rows]
    most = max((sum(each.value for each in found) for found in by_row), default=0)
    bottom = TOP + len(rows) * ROW
    scale = panel.width / most if most else 0
    for step in round_steps(most):
        x = panel.x + step * scale
        pen.line((x, TOP - 8), (x, bottom), "grid")
        pen.text(x, bottom + 14, marked(step), fill="muted", size=11, anchor="middle")
    for i, (row, found) in enumerate(zip(rows, by_row, strict=True)):
        y = TOP + i * ROW + (ROW - _BAR) / 2
        x = panel.x
        for each in found:
            length = each.value * scale
            said = f"{row.part.path}: {each.label}, {each.value:,} {panel.title}"
            pen.rect(x, y, max(length, 0.5), _BAR, f"kind-{each.kind}", title=said)
            if x > panel.x:
                pen.line((x, y), (x, y + _BAR), "paper")
            if length > room_for(each.label, 11) + 4:
                middle = x + length / 2
                pen.text(middle, y + 12, each.label, fill=f"on-{each.kind}", size=11,
                         anchor="middle")  # fmt: skip
            x += length
        share = figures.percent(sum(each.value for each in found), panel.total)
        if share:
            pen.text(x + 6, y + 12, share, fill="muted", size=11.5)


def _live(pen: Pen, x: float, width: float, rows: Sequence[LayerRow]) -> None:
    pen.text(x, TOP - 22, "live outputs", bold=True)
    peaks = [row.part.memory_peak for row in rows]
    most = max(peaks)
    pen.line((x, TOP - 8), (x, TOP + len(rows) * ROW), "grid")
    for i, (row, peak) in enumerate(zip(rows, peaks, strict=True)):
        y = TOP + i * ROW + (ROW - _BAR) / 2
        length = max(peak * width / most, 0.5) if most else 0
        title = f"{row.part.path}: at most {figures.memory(peak)} of outputs are alive"
        pen.rect(x, y, length, _BAR, "live", title=title)
        if peak == most and peak not in peaks[:i]:
            pen.text(x + length + 5, y + 12, figures.memory(peak), fill="muted", size=11.5)


def _legend(pen: Pen, net: Network, x: float, y: float) -> None:
    for kind, words in kind_nouns(_costly(net)).items():
        pen.rect(x, y - 10, 12, 12, f"kind-{kind}", radius=2)
        pen.text(x + 18, y, words)
        x += 18 + room_for(words, 12) + 18


def _costly(net: Network) -> Iterator[Reading]:
    return (layer for layer in net.readings if layer.macs or layer.parameters)


def _facts(net: Network, rows: Sequence[LayerRow]) -> list[str]:
    """What a reader takes away: where parameters and MACs are, where the receptive field passes
    the input, where memory peaks."""
    found = []
    said = []
    for key, noun in (("parameters", "parameters"), ("macs", "MACs")):
        total = getattr(net, key)
        if total:
            row = max(rows, key=lambda row: getattr(row.part, key))
            share = figures.percent(getattr(row.part, key), total)
            said.append(f"{noun} in {row.part.path} ({share})")
    if said:
        found.append(f"Most {', most '.join(said)}.")
    if beyond := FieldBars(net, [row.part for row in rows]).first_beyond:
        found.append(
            f"From {beyond.path} on, one output sees more than the {image_side(net)} pixels of "
            "the input's side."
        )
    peak = max(net.nodes, key=lambda node: net.live_bytes[node.name])
    found.append(
        f"The most memory is alive at {peak.name}: {figures.memory(net.memory_peak)} of outputs."
    )
    return found


__all__ = ["cost_picture", "segments", "stages"]
