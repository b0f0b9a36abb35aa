"""All networks: parameters against MACs, those of large and of small inputs apart."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby, pairwise

from archcalc import figures
from archcalc.network import Network
from archcalc.pictures.images import batches_said, image_side, is_small
from archcalc.pictures.labels import BesidePoint, label_points, squares_around
from archcalc.pictures.lettering import room_for
from archcalc.pictures.lineages import Lineage, lineages
from archcalc.pictures.marks import RADIUS, draw_legend, draw_mark, legend_lines
from archcalc.pictures.pen import Pen, Point, polyline
from archcalc.pictures.picture import Picture
from archcalc.pictures.placement import Area, Labelled
from archcalc.pictures.scales import logarithmic, marked
from archcalc.shape import Shape

WIDTH = 1000
_BETWEEN, _LEFT, _TOP, _HIGH = 52, 52, 84, 470
_HIGHER, _MANY = 620, 100
"""The height of panels where there are more networks than that."""
_TICK = 36
"""The least distance of two values that are written beside an axis."""
_FAR = 30
"""Times as many MACs, from which on a network is out of sight of a smaller one."""
Dots = dict[Network, Point]


def input_groups(networks: Sequence[Network]) -> list[tuple[str, list[Network]]]:
    """Networks whose MACs can be read against each other: by the size of their images."""
    large: list[Network] = []
    small: list[Network] = []
    other: list[Network] = []
    for net in networks:
        (other if image_side(net) is None else small if is_small(net) else large).append(net)
    found = [
        ("Images of 65 pixels and more", large),
        ("Images of at most 64 pixels", small),
        ("Other inputs", other),
    ]
    return [(_said(title, members), members) for title, members in found if members]


def _said(title: str, members: Sequence[Network]) -> str:
    sides = sorted({side for net in members if (side := image_side(net)) is not None})
    if not sides:
        lengths = sorted({size for net in members for size in _lengths(net)})
        return f"{lengths[0]} to {lengths[-1]} tokens" if len(lengths) > 1 else title
    if len(sides) == 1:
        return f"Inputs of {sides[0]} pixels"
    return f"Inputs of {sides[0]} to {sides[-1]} pixels"


def _lengths(net: Network) -> list[int]:
    """The length of the sequence that a network takes; none of one with other inputs."""
    return net.input.sizes if isinstance(net.input, Shape) and len(net.input) == 1 else []


def networks_picture(networks: Sequence[Network]) -> Picture:
    """The map of some networks."""
    counted = [net for net in networks if net.macs and net.parameters]
    groups = input_groups(counted)
    lines_of = lineages(net.family for net in counted)
    legend = legend_lines(dict.fromkeys(lines_of.values()), WIDTH - _LEFT - 20)
    bottom = _TOP + (_HIGHER if len(counted) > _MANY else _HIGH)
    height = bottom + 66 + 20 * len(legend)
    title = f"What {len(counted)} networks cost"
    if len(counted) == 1:
        title = f"What {counted[0].title} costs"
    pen = Pen(WIDTH, height, title, _facts(groups))
    pen.text(14, 26, title, size=17, bold=True)
    what = f"parameters against MACs, {batches_said(networks)}"
    said = f"{what}, each at its own input size; both axes logarithmic"
    after = 14 + room_for(title, 17, bold=True) + 24
    if after + room_for(said, 12) > WIDTH:
        said = f"{what}; both axes logarithmic"
    pen.text(after, 26, said, fill="muted")
    free = WIDTH - len(groups) * _BETWEEN - 24
    shares = [max(len(members), 12) ** 0.5 for _, members in groups]
    at = float(_LEFT)
    for (name, members), share in zip(groups, shares, strict=True):
        width = free * share / sum(shares)
        _panel(pen, name, members, lines_of, at, width, bottom)
        at += width + _BETWEEN
    draw_legend(pen, legend, _LEFT, bottom + 66)
    return pen.picture("networks")


def _facts(groups: Sequence[tuple[str, list[Network]]]) -> str:
    found = []
    for name, members in groups:
        least, most = (choose(members, key=lambda net: net.macs) for choose in (min, max))
        found.append(
            f"{name}: from {least.title}, {figures.short(least.macs)} MACs, to {most.title}, "
            f"{figures.short(most.macs)}."
        )
    return " ".join(found)


def _panel(
    pen: Pen,
    name: str,
    members: Sequence[Network],
    lines_of: dict[str, Lineage],
    left: float,
    width: float,
    bottom: float,
) -> None:
    pen.text(left, _TOP - 20, name, size=12.5, bold=True)
    members, far = _near(members)
    for i, net in enumerate(far):
        said = f"{net.title}, far to the left: {figures.short(net.parameters)} parameters, "
        said += f"{figures.short(net.macs)} MACs"
        if room_for(said, 11) > width - 8:
            said = f"{net.title} is far to the left"
        pen.text(left + 8, bottom - 10 - 16 * i, said, fill="muted", size=11)
    across = logarithmic((net.macs for net in members), left, left + width)
    up = logarithmic((net.parameters for net in members), bottom, _TOP)
    written = across.written(_TICK)
    for value, _ in across.marks():
        x = across(value)
        pen.line((x, _TOP), (x, bottom), "grid")
        if value in written:
            pen.text(x, bottom + 16, marked(value), fill="muted", size=11, anchor="middle")
    for value, _ in up.marks():
        pen.line((left, up(value)), (left + width, up(value)), "grid")
        pen.text(left - 6, up(value) + 4, marked(value), fill="muted", size=11, anchor="end")
    pen.text(left + width, bottom + 34, "MACs", fill="muted", anchor="end")
    pen.text(left, _TOP - 4, "parameters", fill="muted", size=11)
    dots = {net: (across(net.macs), up(net.parameters)) for net in members}
    _descent(pen, dots, lines_of)
    found = _labels(dots, lines_of, (left + 1, _TOP, left + width + 18, bottom))
    for shown in found:
        shown.draw_under(pen)
    for net, (x, y) in dots.items():
        draw_mark(pen, lines_of[net.family], x, y, title=_said_of(net))
    for shown in found:
        shown.draw(pen)


def _near(members: Sequence[Network]) -> tuple[list[Network], list[Network]]:
    """Networks that are in sight of each other, and the few smallest that are far from them."""
    ordered = sorted(members, key=lambda net: net.macs)
    for i in range(min(2, len(ordered) - 3), 0, -1):
        if ordered[i].macs > _FAR * ordered[i - 1].macs:
            return [net for net in members if net not in ordered[:i]], ordered[:i]
    return list(members), []


def _said_of(net: Network) -> str:
    return f"{net.dated_title}: {net.parameters:,} parameters, {net.macs:,} MACs"


def _descent(pen: Pen, dots: Dots, lines_of: dict[str, Lineage]) -> None:
    """A thin line between members of a family where both figures grow."""
    ordered = sorted(dots, key=lambda net: (net.family, net.macs))
    for family, members in groupby(ordered, key=lambda net: net.family):
        path = ""
        for before, after in pairwise(members):
            if after.parameters >= before.parameters:
                path += polyline([dots[before], dots[after]])
        if path:
            pen.path(path, stroke=f"mark-{lines_of[family].colour}", opacity=0.35)


def _labels(dots: Dots, lines_of: dict[str, Lineage], within: Area) -> list[BesidePoint]:
    points = []
    for same in by_importance(list(dots)):
        colour = f"mark-{lines_of[same[0].family].colour}"
        points.append(Labelled(*dots[same[0]], RADIUS, joint_title(same), colour))
    return label_points(points, squares_around((x, y, RADIUS) for x, y in dots.values()), within)


def by_importance(networks: Sequence[Network]) -> list[list[Network]]:
    """Networks in the order in which they get their labels: of each family the largest, then the
    smallest, then the rest; those of equal cost together."""
    families: dict[str, list[Network]] = {}
    for net in networks:
        families.setdefault(net.family, []).append(net)
    ranked: dict[int, list[list[Network]]] = {}
    for members in families.values():
        members.sort(key=lambda net: -net.macs)
        equal = [
            list(same) for _, same in groupby(members, key=lambda net: figures.short(net.macs))
        ]
        order = [equal[0], *equal[:0:-1]]
        for rank, same in enumerate(order):
            ranked.setdefault(rank, []).append(same)
    return [same for rank in sorted(ranked) for same in ranked[rank]]


def joint_title(members: Sequence[Network]) -> str:
    """The label of networks in one place."""
    first = short_title(members[0])
    if len(members) == 1:
        return first
    if len(members) == 2:
        return f"{first}, {short_title(members[1])}"
    return f"{first} and {len(members) - 1} more"


_SHORTER = {
    "Pre-activation ": "pre-act ",
    "Inception-ResNet": "Inc.-ResNet",
    "-bottleneck": "",
    " (paper's figures)": " (paper)",
    " (BN-Inception)": "",
    " with batch norm (torchvision)": " BN",
    "DenseNet-BC": "BC",
    "EfficientNet": "EffNet",
}


def short_title(net: Network) -> str:
    """A network's title as a label in a picture."""
    title = net.title
    for long, short in _SHORTER.items():
        title = title.replace(long, short)
    return title
