"""Networks by the year of their paper: depth, parameters and MACs, each network in one column."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from archcalc.errors import ArchcalcError
from archcalc.network import Network
from archcalc.pictures.images import batches_said, is_small
from archcalc.pictures.labels import label_points, squares_around
from archcalc.pictures.lineages import lineages
from archcalc.pictures.map_of_networks import short_title
from archcalc.pictures.marks import RADIUS, draw_legend, draw_mark, legend_lines
from archcalc.pictures.pen import Pen
from archcalc.pictures.picture import Picture
from archcalc.pictures.placement import Labelled
from archcalc.pictures.scales import logarithmic, marked

_WIDTH, _LEFT, _TOP, _HIGH, _BETWEEN = 1000, 58, 56, 150, 26


def history_picture(networks: Sequence[Network]) -> Picture:
    """Networks from the oldest to the newest; of each family and year the largest.

    Raises:
        ArchcalcError: it is not known from which year one is, or none has both figures.
    """
    for net in networks:
        if net.year is None:
            raise ArchcalcError(f"history takes networks of known years; {net.name} says none")
    shown = landmarks([net for net in networks if net.macs and net.parameters])
    if not shown:
        raise ArchcalcError("history takes networks with parameters and MACs")
    lines_of = lineages(net.family for net in shown)
    legend = legend_lines(dict.fromkeys(lines_of.values()), _WIDTH - _LEFT - 20)
    years = [year for year, _ in groupby(net.year for net in shown)]
    strips = ("depth", "parameters", "MACs")
    bottom = _TOP + len(strips) * (_HIGH + _BETWEEN) - _BETWEEN
    title = f"Networks of {years[0]} to {years[-1]}"
    pen = Pen(_WIDTH, bottom + 44 + 20 * len(legend), title, _facts(shown))
    pen.text(14, 26, title, size=17, bold=True)
    said = f"the largest of each family and year, {batches_said(shown)}; logarithmic"
    pen.text(24 + 11 * len(title), 26, said, fill="muted")
    places = _columns(shown)
    for i, strip in enumerate(strips):
        _strip(pen, strip, shown, places, _TOP + i * (_HIGH + _BETWEEN))
    for year in years:
        middle = [x for net, x in places.items() if net.year == year]
        pen.text((middle[0] + middle[-1]) / 2, bottom + 18, str(year), size=11.5, bold=True,
                 anchor="middle")  # fmt: skip
    draw_legend(pen, legend, _LEFT, bottom + 48)
    return pen.picture("history")


def landmarks(networks: Sequence[Network]) -> list[Network]:
    """Of each family in each year the network with the most MACs, by year; those of small images
    only where a year has no others."""
    large = [net for net in networks if not is_small(net)]
    years = {net.year for net in large}
    found: dict[tuple[int | None, str], Network] = {}
    for net in [*large, *(net for net in networks if is_small(net) and net.year not in years)]:
        key = (net.year, net.family)
        if key not in found or net.macs > found[key].macs:
            found[key] = net
    return sorted(found.values(), key=lambda net: net.year or 0)


def _columns(networks: Sequence[Network]) -> dict[Network, float]:
    """Where each network stands: one step apart, and between years so far that they can be read."""
    steps, last = [], None
    at = 0.0
    for net in networks:
        at += 0 if last is None else 1 if net.year == last else 3.4
        steps.append(at)
        last = net.year
    width = _WIDTH - _LEFT - 130
    return {
        net: _LEFT + 26 + (width * step / at if at else 0)
        for net, step in zip(networks, steps, strict=True)
    }


def _strip(
    pen: Pen, key: str, networks: Sequence[Network], places: dict[Network, float], top: float
) -> None:
    values = {net: getattr(net, key.lower()) or 1 for net in networks}
    lines_of = lineages(net.family for net in networks)
    pen.rect(_LEFT, top, _WIDTH - _LEFT - 14, _HIGH, "panel", radius=4)
    up = logarithmic(values.values(), top + _HIGH - 8, top + 8)
    powers = sum(is_power for _, is_power in up.marks())
    for value, is_power in up.marks():
        if is_power or powers < 3:
            pen.line((_LEFT, up(value)), (_WIDTH - 14, up(value)), "grid")
            pen.text(_LEFT - 6, up(value) + 4, marked(value), fill="muted", size=11, anchor="end")
    points = []
    for net in networks:
        colour = f"mark-{lines_of[net.family].colour}"
        points.append(Labelled(places[net], up(values[net]), RADIUS, short_title(net), colour))
    heading = (_LEFT, top, _LEFT + 90, top + 20)
    taken = [*squares_around((x, y, RADIUS) for x, y, *_ in points), heading]
    found = label_points(points, taken, (_LEFT + 2, top + 2, _WIDTH - 16, top + _HIGH - 2))
    for shown in found:
        shown.draw_under(pen, "panel")
    for net, point in zip(networks, points, strict=True):
        said = f"{net.dated_title}: {values[net]:,} {key}"
        draw_mark(pen, lines_of[net.family], point.x, point.y, title=said)
    for shown in found:
        shown.draw(pen)
    pen.text(_LEFT + 8, top + 16, key, bold=True)


def _facts(networks: Sequence[Network]) -> str:
    first, last = networks[0], networks[-1]
    deepest = max(networks, key=lambda net: net.depth)
    return (
        f"From {first.title} of {first.year}, {first.parameters:,} parameters, to {last.title} of "
        f"{last.year}, {last.parameters:,}; the deepest is {deepest.title} of {deepest.year} with "
        f"{deepest.depth} weighted layers."
    )
