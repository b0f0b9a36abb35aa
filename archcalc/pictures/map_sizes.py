"""Some networks by the size of the map that a layer makes: a division that all of them have."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from archcalc import figures
from archcalc.network import Network
from archcalc.pictures.lettering import cut_to, room_for
from archcalc.pictures.pen import Pen
from archcalc.pictures.picture import Picture
from archcalc.shape import Shape

_ROLES = ("kind-1x1", "kind-linear", "kind-depthwise", "kind-products")
MOST_SIDE_BY_SIDE = len(_ROLES)
_WIDTH, _TOP, _BAR = 880, 92, 15
_Size = tuple[int, ...]


def maps_picture(networks: Sequence[Network]) -> Picture:
    """Two to four networks side by side."""
    costs = [_by_size(net) for net in networks]
    sizes = sorted({size for found in costs for size in found}, key=lambda s: (-len(s), -prod(s)))
    row = _BAR * len(networks) + 16
    height = _TOP + len(sizes) * row + 8 + 20 * len(networks)
    title = " / ".join(net.title for net in networks)
    pen = Pen(_WIDTH, height, title, _facts(networks, costs))
    pen.text(14, 26, cut_to(title, _WIDTH - 28, 17), size=17, bold=True)
    pen.text(14, 47, "cost by the size of the map that a layer makes", fill="muted")
    left = 14 + max(room_for(_said(size), 12) for size in sizes) + 14
    width = (_WIDTH - left - 10) / 2
    for place, noun in enumerate(("parameters", "MACs")):
        x = left + place * width
        pen.text(x, _TOP - 14, noun, bold=True)
        pen.line((x, _TOP - 4), (x, _TOP + len(sizes) * row - 8), "grid")
        most = max(found[size][place] for found in costs for size in found)
        for i, size in enumerate(sizes):
            if not place:
                y = _TOP + i * row + _BAR * len(networks) / 2 + 4
                pen.text(left - 14, y, _said(size), anchor="end")
            for k, (net, found) in enumerate(zip(networks, costs, strict=True)):
                total = (net.parameters, net.macs)[place]
                value = found.get(size, (0, 0))[place]
                _bar(pen, (x, _TOP + i * row + k * _BAR), value, total, most, width - 122, k)
    for k, net in enumerate(networks):
        y = _TOP + len(sizes) * row + 18 + 20 * k
        pen.rect(left, y - 10, 12, 12, _ROLES[k], radius=2)
        pen.text(left + 20, y, cut_to(_totals(net), _WIDTH - left - 30, 12))
    return pen.picture("maps " + " ".join(net.name for net in networks))


def _bar(
    pen: Pen, at: tuple[float, float], value: int, total: int, most: int, width: float, k: int
) -> None:
    x, y = at
    length = max(width * value / most, 0.5) if value else 0
    if value:
        pen.rect(x, y, length, _BAR - 3, _ROLES[k], radius=1.5)
    said = f"{figures.short(value)} {figures.percent(value, total)}" if value else "none"
    pen.text(x + length + 5, y + 10, said, fill="muted", size=11)


def _by_size(net: Network) -> dict[_Size, tuple[int, int]]:
    """Parameters and MACs by the positions of the output of the layer that has them."""
    found: dict[_Size, tuple[int, int]] = {}
    for layer, copies in net.readings.items():
        if layer.parameters or layer.macs:
            size = _positions(layer.y)
            parameters, macs = found.get(size, (0, 0))
            found[size] = parameters + copies * layer.parameters, macs + copies * layer.macs
    return found


def _positions(shape: Shape) -> _Size:
    if len(shape) == 1 or (len(shape) > 2 and set(shape[1:]) == {1}):
        return ()
    return tuple(shape[1:]) if len(shape) > 2 else (shape[0],)


def _said(size: _Size) -> str:
    if not size:
        return "vector"
    return "x".join(map(str, size)) if len(size) > 1 else f"{size[0]} tokens"


def _totals(net: Network) -> str:
    return (
        f"{net.title}: {figures.short(net.parameters)} parameters, {figures.short(net.macs)} MACs, "
        f"depth {net.depth}, RF {figures.receptive_field(net.receptive_field)}, "
        f"peak {figures.memory(net.memory_peak)}"
    )


def _facts(networks: Sequence[Network], costs: Sequence[dict[_Size, tuple[int, int]]]) -> str:
    found = []
    for net, by_size in zip(networks, costs, strict=True):
        if not by_size:
            found.append(f"{net.title} has neither parameters nor MACs.")
            continue
        where = [max(by_size, key=lambda size: by_size[size][place]) for place in (0, 1)]
        found.append(
            f"{net.title} has most parameters at {_said(where[0])}, most MACs at {_said(where[1])}."
        )
    return " ".join(found)
