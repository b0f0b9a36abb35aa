"""ImageNet accuracy, as papers print it, against the MACs of one crop of the size measured."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from archcalc import figures
from archcalc.claims.ledger import ledgers
from archcalc.claims.measured import Measured, best_known, measured
from archcalc.names.catalog import spec_file
from archcalc.network import Network, load_with
from archcalc.pictures.images import batches_said, image_side
from archcalc.pictures.labels import label_points, squares_around
from archcalc.pictures.lineages import Lineage, lineages
from archcalc.pictures.map_of_networks import by_importance, short_title
from archcalc.pictures.marks import area_radius, draw_legend, draw_sized_mark, legend_lines
from archcalc.pictures.pen import Pen, polyline
from archcalc.pictures.picture import Picture
from archcalc.pictures.placement import Labelled
from archcalc.pictures.scales import Logarithmic, logarithmic, marked
from archcalc.shape import Shape

_WIDTH, _LEFT, _TOP, _HIGH = 1000, 56, 52, 470
_LARGEST = 17.0
"""The radius of the network with the most parameters."""


@dataclass(frozen=True, eq=False)
class _Dot:
    """A network at the MACs and the accuracy of one measurement."""

    net: Network
    macs: int
    found: Measured
    others: list[Measured]

    @property
    def name(self) -> str:
        """Its title, with the crop where that is not the network's own input."""
        own = image_side(self.net)
        crop = self.found.crop
        return short_title(self.net) + (f" at {crop}" if crop and crop != own else "")


def accuracy_picture(networks: Sequence[Network]) -> Picture:
    """The networks whose accuracy a ledger has, on one pair of axes."""
    dots = _dots(networks)
    lines_of = lineages(dot.net.family for dot in dots)
    legend = legend_lines(dict.fromkeys(lines_of.values()), _WIDTH - _LEFT - 20)
    pen = Pen(_WIDTH, _TOP + _HIGH + 74 + 20 * len(legend), "What accuracy costs", _facts(dots))
    pen.text(14, 26, "What accuracy costs", size=17, bold=True)
    said = "ImageNet top-1 as papers print it, against MACs of one crop at the size that was "
    pen.text(220, 26, said + "measured; area: parameters", fill="muted")
    if not dots:
        pen.text(_LEFT, _TOP + 40, "No accuracy of these networks is known.", fill="muted")
        return pen.picture("accuracy")
    across = logarithmic((dot.macs for dot in dots), _LEFT, _WIDTH - 24)
    up = _Percent(dots)
    for value, _ in across.marks():
        pen.line((across(value), _TOP), (across(value), _TOP + _HIGH), "grid")
        pen.text(across(value), _TOP + _HIGH + 16, marked(value), fill="muted", size=11,
                 anchor="middle")  # fmt: skip
    for percent in up.marks():
        y = up.at(percent)
        pen.line((_LEFT, y), (_WIDTH - 24, y), "grid")
        pen.text(_LEFT - 6, y + 4, f"{percent}%", fill="muted", size=11, anchor="end")
    axis = f"MACs of one crop, {batches_said([dot.net for dot in dots])}"
    pen.text(_WIDTH - 24, _TOP + _HIGH + 34, axis, fill="muted", anchor="end")
    _draw(pen, dots, lines_of, across, up)
    _key(pen, _TOP + _HIGH + 38)
    draw_legend(pen, legend, _LEFT, _TOP + _HIGH + 66)
    return pen.picture("accuracy")


def _dots(networks: Sequence[Network]) -> list[_Dot]:
    by_model = best_known(measured(ledgers()))
    dots = []
    for net in networks:
        side = image_side(net)
        if side is None:
            continue
        by_crop: dict[int, list[Measured]] = {}
        for each in by_model.get(net.name, ()):
            by_crop.setdefault(each.crop or side, []).append(each)
        for crop, (first, *others) in by_crop.items():
            dots.append(_Dot(net, _macs_at(net, crop), first, others))
    return dots


def _macs_at(net: Network, crop: int) -> int:
    if crop == image_side(net):
        found: int = net.macs
        return found
    assert isinstance(net.input, Shape)
    channels, *sides = net.input
    resized = load_with(
        net.spelled, net.settings, input=[channels, *(crop for _ in sides)], batch=net.batch,
        mode=net.mode, bytes_per_number=net.bytes_per_number,
    )  # fmt: skip
    macs: int = resized.macs
    return macs


class _Percent:
    """The axis of accuracies: whole percents, in steps of five."""

    def __init__(self, dots: Sequence[_Dot]):
        found = [each.accuracy for dot in dots for each in (dot.found, *dot.others)]
        self.least = int(min(found) - 1) // 5 * 5
        self.most = min(-(int(-max(found) - 1) // 5 * 5), 100)

    def at(self, percent: object) -> float:
        """Where an accuracy stands."""
        share = (float(percent) - self.least) / (self.most - self.least)  # type: ignore[arg-type]
        return _TOP + _HIGH - share * _HIGH

    def marks(self) -> range:
        """The percents that are written beside it."""
        return range(self.least, self.most + 1, 5)


def _draw(
    pen: Pen,
    dots: Sequence[_Dot],
    lines_of: dict[str, Lineage],
    across: Logarithmic,
    up: _Percent,
) -> None:
    most = max(dot.net.parameters for dot in dots)
    places = {
        dot: (across(dot.macs), up.at(dot.found.accuracy), area_radius(dot.net.parameters, most,
                                                                      _LARGEST))
        for dot in dots
    }  # fmt: skip
    for series in _series(dots):
        path = polyline([places[dot][:2] for dot in series])
        pen.path(path, stroke=f"mark-{lines_of[series[0].net.family].colour}", opacity=0.4)
    for dot, (x, y, radius) in sorted(places.items(), key=lambda pair: -pair[1][2]):
        role = f"mark-{lines_of[dot.net.family].colour}"
        for other in dot.others:
            pen.path(polyline([(x, y), (x, up.at(other.accuracy))]), stroke=role, dash="2 2")
            said = f"{dot.name}: {_percent(other)} ({other.protocol})"
            pen.circle(x, up.at(other.accuracy), 2.6, "paper", stroke=role, title=said)
        said = f"{dot.name}: {_percent(dot.found)} ({dot.found.protocol}), {dot.macs:,} MACs, "
        said += f"{dot.net.parameters:,} parameters"
        lineage, is_filled = lines_of[dot.net.family], dot.found.is_single_crop
        draw_sized_mark(pen, lineage, x, y, radius, is_filled=is_filled, title=said)
    _name(pen, dots, lines_of, places)


def _series(dots: Iterable[_Dot]) -> Iterator[list[_Dot]]:
    """The networks of one spec that were measured alike, from the cheapest on."""
    alike: dict[Any, list[_Dot]] = {}
    for dot in sorted(dots, key=lambda dot: dot.macs):
        key = (spec_file(dot.net.name), dot.found.is_single_crop)
        alike.setdefault(key, []).append(dot)
    return (series for series in alike.values() if len(series) > 1)


def _name(
    pen: Pen,
    dots: Sequence[_Dot],
    lines_of: dict[str, Lineage],
    places: dict[_Dot, tuple[float, float, float]],
) -> None:
    order = {net: i for i, same in enumerate(by_importance([d.net for d in dots])) for net in same}
    wanted = sorted(dots, key=lambda dot: (order[dot.net], dot.macs))
    points = []
    for dot in wanted:
        colour = f"mark-{lines_of[dot.net.family].colour}"
        points.append(Labelled(*places[dot], dot.name, colour))
    within = (_LEFT + 2, _TOP, _WIDTH - 8, _TOP + _HIGH)
    for shown in label_points(points, squares_around(places.values()), within):
        shown.draw_under(pen)
        shown.draw(pen)


def _key(pen: Pen, y: float) -> None:
    pen.circle(_LEFT + 6, y - 4, 5, "live", stroke="muted")
    pen.text(_LEFT + 18, y, "single crop", fill="muted")
    pen.circle(_LEFT + 108, y - 4, 5, "paper", stroke="muted", stroke_width=1.6)
    said = "other protocols: 10 crops, dense, not said; small: the same network by another protocol"
    pen.text(_LEFT + 120, y, said, fill="muted")


def _percent(found: Measured) -> str:
    return f"{float(found.accuracy):.1f}%"


def _facts(dots: Sequence[_Dot]) -> str:
    single = [dot for dot in dots if dot.found.is_single_crop]
    if not single:
        return "Accuracy of networks against their MACs."
    best = max(single, key=lambda dot: dot.found.accuracy)
    said = (
        f"By a single crop {best.name} is the most accurate of {len(single)}: "
        f"{_percent(best.found)} with {figures.short(best.macs)} MACs"
    )
    cheap = [dot for dot in single if dot.macs < 5 * 10**9]
    if not cheap:
        return f"{said}."
    small = max(cheap, key=lambda dot: dot.found.accuracy)
    return (
        f"{said}; below 5G MACs {small.name}: {_percent(small.found)} with "
        f"{figures.short(small.macs)}."
    )
